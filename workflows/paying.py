"""Paying: what is asked before a payout is paid, whether it goes to the bank or is set off against a recovery."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, exists, or_, select

from voucher.awards import ProviderAward
from voucher.checks.accounts import COOLING_DAYS
from voucher.checks.table import Stage
from voucher.claims import Claim, lock_claim
from voucher.database import get
from voucher.deposits import Deposit
from voucher.duties import Duty, hands_of, refuse_interested, refuse_one_hand, take_duty
from voucher.errors import NotAllowed, NotNow, Problem, Refusal, _, problem
from voucher.orders import Order
from voucher.payouts import Payout, PayoutState
from voucher.people import AccountConfirmation, BankAccount, Organisation
from voucher.work import Work
from workflows.booked import told_booked
from workflows.checking import Stop, check_claims, stopped


def to_fresh_accounts(session: Session, today: date, payouts: Sequence[Payout]) -> dict[UUID, BankAccount]:
    """Which payouts of awards and deposits go to an account that was changed a short time ago and that nobody has confirmed.

    The rule of claims, where a finding says it: `changed_account`. What goes back where it came from does not wait.
    """
    back = set(session.exec(select(Payout.id).join(Deposit, col(Deposit.id) == Payout.deposit_id).where(
        col(Payout.id).in_([each.id for each in payouts if each.deposit_id is not None]),
        col(Deposit.account_number) == Payout.account_number)))
    others = [payout for payout in payouts if payout.claim_id is None and payout.id not in back]
    if not others:
        return {}
    held = list(session.exec(select(BankAccount).where(
        col(BankAccount.organisation_id).in_({payout.payee_id for payout in others})).order_by(col(BankAccount.id))))
    confirmed = set(session.exec(select(AccountConfirmation.account_id).where(
        col(AccountConfirmation.account_id).in_([each.id for each in held]))))
    found = {}
    for payout in others:
        own = [each for each in held if (each.organisation_id, each.currency) == (payout.payee_id, payout.currency)]
        used = next((each for each in reversed(own) if each.number == payout.account_number), None)
        if used is None or used.id == own[0].id or used.id in confirmed or used.entered_at is None:
            continue
        if today < waits_until(used):
            found[payout.id] = used
    return found


def waits_until(account: BankAccount) -> date:
    """Until when a changed account waits."""
    assert account.entered_at is not None
    return account.entered_at.date() + timedelta(days=COOLING_DAYS)


def fresh_account(payout: Payout, accounts: Mapping[UUID, BankAccount]) -> Problem:
    """Why a payout to an account that was just changed waits."""
    return problem(_("{payout} goes to an account that was changed a short time ago. It waits until {until}, or until the payee has "
                     "confirmed it."), f"payouts.{payout.reference}", payout=payout.reference, until=waits_until(accounts[payout.id]))


def stopped_by(payout: Payout, stop: Stop) -> Problem:
    """Why a payout waits on whose claim a finding lies. One that was found just now is written down anew, so it has no name yet."""
    if stop.stood:
        return problem(_("{payout} waits for a decision on the finding {finding}."), f"payouts.{payout.reference}",
                       payout=payout.reference, finding=stop.finding)
    return problem(_("The checks find something on the claim {claim} that nobody has looked at, so {payout} is not paid. It stands "
                     "on the page of the claim now: decide about it there."), f"payouts.{payout.reference}",
                   payout=payout.reference, claim=stop.claim)


def keep_found(refusal: Refusal, stops: Mapping[UUID, Stop]) -> Refusal:
    """What the checks found just now on these claims stays written down, though all else goes with the refusal."""
    fresh = {claim: stop.claim for claim, stop in stops.items() if not stop.stood}
    if fresh:
        refusal.leaves = lambda work: _write_down(work, fresh)
    return refusal


def _write_down(work: Work, claims: Mapping[UUID, str]) -> None:
    for name in sorted(claims.values()):
        lock_claim(work.session, name)
    check_claims(work, claims, Stage.RELEASE)


def refuse_booked(work: Work, payout: Payout) -> None:
    """What came back, or never went, is not paid again or given up while a line of the bank tells that it was paid. Raises NotNow."""
    told = told_booked(work.session, [payout]) if payout.state == PayoutState.RETURNED else {}
    if told:
        raise NotNow(_("A line of the bank tells that this was paid after all."), told.values())


def let_set_off(work: Work, payout: Payout) -> None:
    """Ask of a payout that is set off what is asked of one that goes to the bank, for it is paid as well.

    Nothing that the checks found, now run again, stops it; its account did not change a short time ago; no line of the bank
    tells that it was paid before; and whoever sets it off has no other part in its case. Raises NotNow and NotAllowed.
    """
    held, fresh = stopped(work, claims_of([payout])), to_fresh_accounts(work.session, work.today, [payout])
    reasons = [stopped_by(payout, stop) for stop in held.values()] + [fresh_account(payout, fresh) for _account in fresh]
    reasons += told_booked(work.session, [payout]).values()
    if reasons:
        raise keep_found(NotNow(_("Set off, {payout} would be paid, and it must not be paid now."), reasons, payout=payout.reference), held)
    take_duty(work, cases_of(work, [payout]), Duty.RELEASE)
    refuse_own_awards(work, [payout])


def refuse_own_awards(work: Work, payouts: Sequence[Payout]) -> None:
    """Nobody releases an award that he proposed or decided; the database holds that too."""
    for award in work.session.exec(select(ProviderAward).where(
            col(ProviderAward.id).in_([payout.award_id for payout in payouts if payout.award_id]))):
        refuse_one_hand(work, (award.proposed_by, award.decided_by), award.asked_at,
                        _("You had a part in the award {award}, so another person has to do this."), award=award.reference)
        refuse_interested(work, get(work.session, Organisation, award.provider_id), Duty.RELEASE)


def refuse_own_accounts(work: Work, payouts: Sequence[Payout]) -> None:
    """Nobody signs a payment to an account that he entered and that its payee has not confirmed; the database holds that too.

    Nor that somebody entered for whom he stands in as he signs. (The role that enters accounts is lent to nobody.) Raises NotAllowed.
    """
    same = aliased(BankAccount)
    confirmed = exists().where(
        col(AccountConfirmation.account_id) == same.id, col(same.organisation_id) == BankAccount.organisation_id,
        col(same.currency) == BankAccount.currency, col(same.number) == BankAccount.number)
    own = work.session.exec(select(Payout.reference).join(BankAccount, and_(
        col(BankAccount.organisation_id) == Payout.payee_id, col(BankAccount.currency) == Payout.currency,
        col(BankAccount.number) == Payout.account_number)).where(
            col(Payout.id).in_([payout.id for payout in payouts]), col(BankAccount.entered_by).in_(hands_of(work, Duty.RELEASE)),
            ~confirmed).order_by(col(Payout.reference))).first()
    if own is not None:
        raise NotAllowed(_("You, or whom you stand in for, entered the account of {payout}, and its payee has not confirmed it. So "
                           "another person has to sign."), payout=own)


def cases_of(work: Work, payouts: Sequence[Payout]) -> list[UUID]:
    """The vouchers of payouts of claims and of deposits; an award has none."""
    claimed = select(Claim.order_id).where(col(Claim.id).in_(claims_of(payouts)))
    paid_in = select(Deposit.order_id).where(col(Deposit.id).in_([each.deposit_id for each in payouts if each.deposit_id is not None]))
    return list(work.session.exec(
        select(Order.voucher_id).where(or_(col(Order.id).in_(claimed), col(Order.id).in_(paid_in))).distinct()))


def claims_of(payouts: Sequence[Payout]) -> list[UUID]:
    """The claims that these payouts pay; the others pay awards."""
    return [payout.claim_id for payout in payouts if payout.claim_id is not None]
