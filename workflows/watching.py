"""Watching: the checks run again by themselves, each night on what is not paid yet, and 30, 90 and 365 days after a payment.

What they find on a claim that waits stops its payout like any finding. What would have stopped one that is paid, by the bank or by
being set off, makes its payment suspected: an auditor takes the suspicion up as a recovery, or drops it. An award rests on records
that may change after it: it is worked out anew, and what it is too high by is suspected. All of it are jobs that may run twice.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, literal
from sqlmodel import col, select

from voucher.awards import ProviderAward
from voucher.checks.table import Stage
from voucher.claims import LIVE, Claim, ClaimState
from voucher.database import fetch, get
from voucher.errors import Refusal, _
from voucher.files import FileStore
from voucher.findings import Finding, FindingState
from voucher.history import record
from voucher.jobs import Job, put_many
from voucher.languages import Translator, translator
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import GONE, PAID, Payout, claim_of
from voucher.people import office
from voucher.recoveries import Recovery, RecoveryState, left_of
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.awards import worth_of
from workflows.checking import check_claims
from workflows.recovery import suspect_recovery

#: So many days after the bank's day a payment is looked at again.
AFTER = (30, 90, 365)

#: How late that may be asked for, when no worker ran: until the next time comes.
_LATE = {30: timedelta(days=60), 90: timedelta(days=275), 365: timedelta(days=60)}

#: How many claims are checked in one piece of work.
AT_ONCE = 100


def ask_for_checks(work: Work, _store: FileStore) -> int:
    """Ask for tonight's checks of all that is not paid, and for those of payments whose day has come; answers how many jobs."""
    paid = select(Payout.claim_id).where(col(Payout.state).in_(GONE), col(Payout.claim_id).is_not(None))  # awards have none
    waiting = work.session.exec(select(Claim.id).where(col(Claim.state).in_(LIVE), col(Claim.id).not_in(paid))
                                .order_by(col(Claim.id))).all()
    tonight = {f"{work.today.isoformat()} {number}": {"claims": [str(each) for each in some]}
               for number, some in enumerate(_parts(waiting))}
    put_many(work, "check_waiting_claims", tonight)
    again = {f"{reference} {days}": {"payout": reference, "days": days} for days in AFTER for reference in _paid_before(work, days)}
    put_many(work, "recheck_payout", again)
    return len(tonight) + len(again)


def _parts(claims: Sequence[UUID]) -> list[Sequence[UUID]]:
    return [claims[start:start + AT_ONCE] for start in range(0, len(claims), AT_ONCE)]


def _paid_before(work: Work, days: int) -> list[str]:
    """The payouts of claims and awards that were paid so many days ago, or longer where no worker ran meanwhile, and not asked for yet."""
    day = work.today - timedelta(days=days)
    return list(work.session.exec(select(Payout.reference).where(
        col(Payout.state).in_(PAID), col(Payout.deposit_id).is_(None), col(Payout.settled_on) <= day,
        col(Payout.settled_on) > day - _LATE[days], ~_asked_for(days))))


def _asked_for(days: int) -> ColumnElement[bool]:
    return select(Job.id).where(col(Job.key) == literal("recheck_payout ") + col(Payout.reference) + f" {days}").exists()


def check_waiting_claims(work: Work, _store: FileStore, claims: list[str]) -> int:
    """Run the checks on claims that wait; answers how many findings are open on them. What has moved on meanwhile is left out."""
    held = work.session.exec(select(Claim).where(col(Claim.id).in_([UUID(each) for each in claims]), col(Claim.state).in_(LIVE))).all()
    approved = [each.id for each in held if each.state == ClaimState.APPROVED]
    found = [*check_claims(work, [each.id for each in held if each.state != ClaimState.APPROVED], Stage.APPROVAL),
             *check_claims(work, approved, Stage.RELEASE)]
    return len(_open(found))


def recheck_payout(work: Work, _store: FileStore, payout: str, days: int) -> int:
    """Look at a payment again so many days after it, and say in history that this was done; answers how many findings are open.

    On a claim the checks run; an award is worked out anew.
    """
    held = fetch(work.session, Payout, payout)
    if held.award_id is not None:
        return _recheck_award(work, held, get(work.session, ProviderAward, held.award_id), days)
    claim = get(work.session, Claim, claim_of(held))
    found = _open(check_claims(work, [claim.id], Stage.APPROVAL))
    voucher = get(work.session, Voucher, get(work.session, Order, claim.order_id).voucher_id)
    record(work, "payout.rechecked", held.reference, case=voucher.reference, days=days, findings=[each.reference for each in found])
    fresh = [each for each in found if each.stops and each.found_at == work.now]
    if fresh:
        say = _words_of_the_office(work)
        _suspect(work, held, "\n".join(f"{each.reference}: {say(each.what, **each.said)}" for each in fresh))
    return len(found)


def _recheck_award(work: Work, payout: Payout, award: ProviderAward, days: int) -> int:
    """By how much an award is above what the records now make of it is suspected, unless that came back, or somebody dropped or
    annulled it.
    """
    worth = worth_of(work, award)
    over = left_of(work.session, payout) - worth
    known = work.session.exec(select(Recovery.id).where(Recovery.payout_id == payout.id, Recovery.principal_minor >= over.minor,
                                                        col(Recovery.state).in_((RecoveryState.DROPPED, RecoveryState.ANNULLED)))).first()
    record(work, "payout.rechecked", payout.reference, case=award.reference, days=days, worth=str(worth), findings=[])
    if over.minor > 0 and known is None:
        _suspect(work, payout, _words_of_the_office(work)(
            _("By the records of today the award {award} comes to {worth} {currency}; {paid} {currency} was granted."),
            award=award.reference, worth=str(worth), paid=str(award.amount), currency=award.currency), over)
    return 0


def _words_of_the_office(work: Work) -> Translator:
    return translator("zh" if office(work.session).country == "CN" else "en")


def _suspect(work: Work, payout: Payout, facts: str, principal: Money | None = None) -> None:
    """Note the suspicion that what came to light now raises, unless a case is open or the payment is too old."""
    with suppress(Refusal):
        suspect_recovery(work, payout.reference, facts, principal)


def _open(found: list[Finding]) -> list[Finding]:
    return [each for each in found if each.state == FindingState.OPEN]
