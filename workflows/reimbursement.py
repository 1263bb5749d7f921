"""Reimbursement: payouts are gathered in a batch, two people release it, it goes to the bank.

The person who gathers does not release; nobody releases a batch in whose cases he decided anything. The bank's files and
the settlement statements are made by jobs, after the release has been committed. Before a file leaves, all is asked once more.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select
from sqlmodel import Session, and_, case, col, exists, or_, select

from voucher import accounting, jobs
from voucher.absences import act_as_one
from voucher.bank import pain001
from voucher.bank.accounts import Account
from voucher.bans import Ban, bans_in_force, bans_on, let_nobody_ban
from voucher.checks.accounts import COOLING_DAYS
from voucher.checks.facts import Level
from voucher.checks.table import Stage
from voucher.claims import Claim
from voucher.database import fetch, get, lock
from voucher.deadlines import last_day, place_of, start_clock
from voucher.deposits import Deposit, DepositState
from voucher.duties import Duty, DutyTaken, hands_of, refuse_interested, refuse_interested_for, take_duty
from voucher.errors import NotAllowed, NotNow, NotValid, Problem, Refusal, _, problem, refuse_if_any
from voucher.files import FileKind, FileStore, store_file
from voucher.findings import Finding, FindingState
from voucher.history import given, how_often, record
from voucher.holds import all_stand_approved
from voucher.ledger import Draft
from voucher.money import total
from voucher.numbering import next_reference
from voucher.orders import Order
from voucher.payouts import (
    Batch,
    BatchSignature,
    BatchState,
    PaymentFile,
    Payout,
    PayoutState,
    lock_source,
    payment_files_of,
    payouts_in,
    signatures_of,
)
from voucher.people import AccountConfirmation, BankAccount, Organisation, Role, account_of, office
from voucher.posting import post_many
from voucher.programmes.durations import Duration, Unit
from voucher.programmes.funding import copy_shares
from voucher.recoveries import live_recovery_of
from voucher.references import year_of
from voucher.vouchers import STOPPED_STATES, Voucher, VoucherState, refuse_revoked
from voucher.work import Work
from workflows.booked import told_booked
from workflows.checking import Stop, check_claims, confirm, stopped
from workflows.machine import Machine, Step
from workflows.paying import (
    cases_of,
    claims_of,
    fresh_account,
    keep_found,
    refuse_booked,
    refuse_own_accounts,
    refuse_own_awards,
    stopped_by,
    to_fresh_accounts,
)
from workflows.payouts import ANSWER, PAYOUT, make_payout

MOST_IN_A_BATCH = 10_000

# Until when a bank has said of each payment what became of it, from the day on which it is to pay.
DAYS_TO_ANSWER = Duration(5, Unit.WORKING_DAY)

#: Of how many payouts it is said why they wait, where all do.
MOST_NAMED = 50

BATCH = Machine(
    "batch",
    Step("gather_batch", (), BatchState.GATHERED, "batch.gathered", by=(Role.FINANCE,)),
    Step("sign_batch", (BatchState.GATHERED,), BatchState.SIGNED, "batch.signed", by=(Role.TREASURY, Role.FINANCE)),
    Step("release_batch", (BatchState.SIGNED,), BatchState.RELEASED, "batch.released", by=(Role.TREASURY, Role.FINANCE)),
    Step("dissolve_batch", (BatchState.GATHERED, BatchState.SIGNED, BatchState.RELEASED), BatchState.DISSOLVED, "batch.dissolved",
         by=(Role.FINANCE, Role.TREASURY)),
    Step("export_batch", (BatchState.RELEASED,), BatchState.EXPORTED, "batch.exported"),
)


def gather_batch(work: Work, payouts: Sequence[str] | None, execution_on: date) -> Batch:
    """Gather payable payouts, the named ones or all, for the bank to pay on a day. Changes nothing in the books.

    What its programme pays only after that day does not come along. Raises NotValid naming each named payout that cannot come
    along; NotNow when there is nothing to pay, naming what waits for what.
    """
    BATCH.allow(work, "gather_batch", {})
    if execution_on < work.today:
        raise NotValid(problems=[problem(_("The day of payment must not be in the past."), "execution_on")])
    chosen = _payable(work, payouts, execution_on)
    assert work.actor.person_id is not None
    batch = Batch(reference=next_reference(work.session, "B", year_of(work.today)), state="", execution_on=execution_on,
                  gathered_by=work.actor.person_id, gathered_at=work.now, digest=_digest(chosen))
    BATCH.begin(work, batch, "gather_batch", {}, case=batch.reference, payouts=len(chosen))
    _move(work, chosen, "gather_payout", batch, batch_id=batch.id)
    return batch


def _payable(work: Work, references: Sequence[str] | None, paid_on: date) -> list[Payout]:
    wanted = select(Payout).where(Payout.state == PayoutState.PAYABLE, col(Payout.reference).in_(references) if references is not None
                                  else col(Payout.id).in_(_first_in_line(work.today, paid_on, bans_in_force(work.session, work.today))))
    locked = wanted.order_by(col(Payout.reference)).limit(MOST_IN_A_BATCH).with_for_update(key_share=True)
    found = list(work.session.exec(locked.execution_options(populate_existing=True)))
    held = stopped(work, claims_of(found))
    waits = _in_the_way(work, found, held, paid_on)
    if references is not None:
        missing = [problem(_("{payout} is not payable now."), f"payouts.{each}", payout=each)
                   for each in sorted(set(references) - {payout.reference for payout in found})]
        wrong = [*missing, *(each for payout in found for each in waits[payout.id])]
        if wrong:
            raise keep_found(NotValid(None, wrong), held)
    chosen = [payout for payout in found if not waits[payout.id]]
    if not chosen:
        others = [] if references is not None else _not_in_line(work, found)
        why = waits | _in_the_way(work, others, {}, paid_on)
        raise keep_found(NotNow(_("No payout is payable now, or each waits for its day or for a decision on what the checks found."),
                                [each for payout in (*found, *others)[:MOST_NAMED] for each in why[payout.id]]), held)
    return chosen


def waits_of(work: Work, payouts: Sequence[Payout], paid_on: date) -> dict[UUID, list[Problem]]:
    """What each of these payouts waits for as far as that is known before the checks run; an empty list where there is nothing."""
    return _in_the_way(work, payouts, {}, paid_on)


def _in_the_way(work: Work, payouts: Sequence[Payout], held: Mapping[UUID, Stop], paid_on: date) -> dict[UUID, list[Problem]]:
    """What keeps each of these payouts from being paid on a day by whoever is at work; `held` is what the checks stop of them."""
    frozen, undecided = _on_frozen(work, payouts), _on_undecided(work, payouts)
    fresh, own = to_fresh_accounts(work.session, work.today, payouts), _in_own_cases(work, payouts)
    interested, booked = _with_interest(work, payouts), told_booked(work.session, payouts)
    banned = bans_on(work.session, (payout.payee_id for payout in payouts if payout.deposit_id is None), work.today)  # its own money
    return {payout.id: [
        *([_waiting(payout)] if payout.state == PayoutState.WAITING else []), *([_early(payout)] if _is_early(payout, paid_on) else []),
        *([stopped_by(payout, held[payout.claim_id])] if payout.claim_id is not None and payout.claim_id in held else []),
        *([_frozen(payout)] if payout.id in frozen else []), *([_undecided(payout)] if payout.id in undecided else []),
        *([fresh_account(payout, fresh)] if payout.id in fresh else []), *([_own(payout)] if payout.id in own else []),
        *([_interested(payout)] if payout.id in interested else []), *([booked[payout.id]] if payout.id in booked else []),
        *([_banned(payout, banned)] if _is_banned(payout, banned) else [])] for payout in payouts}


def _not_in_line(work: Work, found: Sequence[Payout]) -> Sequence[Payout]:
    """The first payouts that wait for their day, or for something else, and so found no place."""
    return work.session.exec(select(Payout).where(
        col(Payout.state).in_((PayoutState.PAYABLE, PayoutState.WAITING)), col(Payout.id).not_in([each.id for each in found]))
        .order_by(col(Payout.reference)).limit(MOST_NAMED)).all()


def _waiting(payout: Payout) -> Problem:
    return problem(_("{payout} waits: its claim is held, by a public notice, by an objection or by the office."),
                   f"payouts.{payout.reference}", payout=payout.reference)


def _first_in_line(today: date, paid_on: date, banned: Collection[UUID]) -> Select[UUID]:
    """The payable payouts that find place in a batch. What waits for its day, for a ban, for a voucher that stands still or for the
    claim behind it keeps no place; what waits for a decision of people, or for its account, stands behind the others, because whether
    it still waits is only known when the checks have run.
    """
    found = exists().where(col(Finding.claim_id) == Payout.claim_id, col(Finding.level) == Level.BLOCK,
                           col(Finding.state).in_((FindingState.OPEN, FindingState.CONFIRMED)))
    fresh = exists().where(col(Payout.claim_id).is_(None), col(BankAccount.organisation_id) == Payout.payee_id,
                           col(BankAccount.number) == Payout.account_number, col(BankAccount.currency) == Payout.currency,
                           col(BankAccount.entered_at) > datetime.combine(today - timedelta(days=COOLING_DAYS), time(), UTC),
                           ~exists().where(col(AccountConfirmation.account_id) == BankAccount.id))
    return (select(Payout.id).where(
        Payout.state == PayoutState.PAYABLE, or_(col(Payout.not_before).is_(None), col(Payout.not_before) <= paid_on),
        or_(col(Payout.deposit_id).is_not(None), col(Payout.payee_id).not_in(banned)), ~_is_frozen(), ~_is_undecided())
        .order_by(case((or_(found, fresh), 1), else_=0), col(Payout.reference)).limit(MOST_IN_A_BATCH))


def _is_early(payout: Payout, paid_on: date) -> bool:
    """Whether its programme pays it only after that day."""
    return payout.not_before is not None and payout.not_before > paid_on


def _early(payout: Payout) -> Problem:
    return problem(_("{payout} is paid from {day} on, by the rhythm of its programme."), f"payouts.{payout.reference}",
                   payout=payout.reference, day=payout.not_before)


def _on_frozen(work: Work, payouts: Sequence[Payout]) -> set[UUID]:
    """The payouts on vouchers that are frozen, may be revoked or were: nothing is paid on these.

    A firm's own money goes back to it when its voucher was revoked, and what came in wrong goes back in any case.
    """
    return set(work.session.exec(select(Payout.id).where(col(Payout.id).in_([each.id for each in payouts]), _is_frozen())))


def _is_frozen() -> ColumnElement[bool]:
    """Of payouts in a question: their voucher stands still, as `_on_frozen` says."""
    of_order = and_(col(Order.id) == col(Claim.order_id), col(Voucher.id) == Order.voucher_id)
    of_deposit = and_(col(Order.id) == col(Deposit.order_id), col(Voucher.id) == Order.voucher_id)
    return or_(
        exists().where(col(Claim.id) == Payout.claim_id, of_order, col(Voucher.state).in_((*STOPPED_STATES, VoucherState.REVOKED))),
        exists().where(col(Deposit.id) == Payout.deposit_id, col(Deposit.state) != DepositState.REFUSED, of_deposit,
                       col(Voucher.state).in_(STOPPED_STATES)))


def _on_undecided(work: Work, payouts: Sequence[Payout]) -> set[UUID]:
    """The payouts that hand a firm's own money on to its provider, where not every claim on the order stands approved and unheld.

    An approval may be taken back after such a payout was made; the wallet then takes the payout back.
    """
    return set(work.session.exec(select(Payout.id).where(col(Payout.id).in_([each.id for each in payouts]), _is_undecided())))


def _is_undecided() -> ColumnElement[bool]:
    """Of payouts in a question, the same."""
    return exists().where(col(Deposit.id) == Payout.deposit_id, col(Deposit.state) != DepositState.REFUSED,
                          col(Order.id) == Deposit.order_id, col(Order.provider_id) == Payout.payee_id, ~all_stand_approved())


def _undecided(payout: Payout) -> Problem:
    return problem(_("{payout} hands on what a firm paid in, and its claim does not stand approved any more, or is held."),
                   f"payouts.{payout.reference}", payout=payout.reference)


def _in_own_cases(work: Work, payouts: Sequence[Payout]) -> set[UUID]:
    """The payouts in whose case whoever is at work, or for whom he stands in, does something else than to pay."""
    hands = hands_of(work, Duty.RELEASE)
    return set(work.session.exec(
        select(Payout.id).join(Claim, col(Claim.id) == Payout.claim_id).join(Order, col(Order.id) == Claim.order_id)
        .join(DutyTaken, col(DutyTaken.voucher_id) == Order.voucher_id)
        .where(col(Payout.id).in_([payout.id for payout in payouts]), col(DutyTaken.person_id).in_(hands),
               DutyTaken.duty != Duty.RELEASE.value)).all()) if hands else set()


def _own(payout: Payout) -> Problem:
    return problem(_("You had a part in the case of {payout}, so another person has it paid."), f"payouts.{payout.reference}",
                   payout=payout.reference)


def _with_interest(work: Work, payouts: Sequence[Payout]) -> set[UUID]:
    """The payouts that whoever is at work may not release for his interest in a firm, or for that of whom he stands in for.

    They are looked at one by one only where there is such an interest at all.
    """
    if not payouts or not _has_interest(work, payouts):
        return set()
    return {payout.id for payout in payouts if _has_interest(work, [payout])}


def _has_interest(work: Work, payouts: Sequence[Payout]) -> bool:
    awarded = {payout.payee_id for payout in payouts if payout.award_id is not None}
    try:
        refuse_interested_for(work, cases_of(work, payouts), Duty.RELEASE)
        for payee in sorted(awarded):
            refuse_interested(work, get(work.session, Organisation, payee), Duty.RELEASE)
    except NotAllowed:
        return True
    return False


def _interested(payout: Payout) -> Problem:
    return problem(_("You, or whom you stand in for, have an interest in a firm in the case of {payout}, so another person has it paid."),
                   f"payouts.{payout.reference}", payout=payout.reference)


def confirm_award_account(work: Work, payout: str, channel: str, reason: str) -> Payout:
    """The payee confirmed over a second channel the changed account of its award or deposit: not to whoever entered the account.

    Raises NotNow when the payout does not wait for that. (With a claim a finding asks for it.)
    """
    lock_source(work.session, fetch(work.session, Payout, payout))
    held = lock(work.session, Payout, payout)
    PAYOUT.allow(work, "confirm_award_account", {})
    refuse_interested(work, get(work.session, Organisation, held.payee_id), Duty.RELEASE)
    account = to_fresh_accounts(work.session, work.today, [held]).get(held.id)
    if account is None:
        raise NotNow(_("This payout does not wait until its account is confirmed."))
    confirm(work, account, channel, reason)
    PAYOUT.advance(work, held, "confirm_award_account", {}, case=accounting.owed_by(work.session, [held])[held.id].case_name,
                   reason=given(reason), channel=channel)
    return held


def _frozen(payout: Payout) -> Problem:
    return problem(_("{payout} is on a voucher that is frozen."), f"payouts.{payout.reference}", payout=payout.reference)


def _is_banned(payout: Payout, banned: Mapping[UUID, Ban]) -> bool:
    """Whether the payee is kept out; what a firm itself paid in is no subsidy, and goes on."""
    return payout.deposit_id is None and payout.payee_id in banned


def _banned(payout: Payout, banned: Mapping[UUID, Ban]) -> Problem:
    return problem(_("{payout} is owed to somebody who is banned until {until}."), f"payouts.{payout.reference}",
                   payout=payout.reference, until=banned[payout.payee_id].until)


def _digest(payouts: Sequence[Payout]) -> str:
    """What the releasers sign: SHA-256 over one line a payout - reference, amount, currency, holder, account, bank."""
    lines = "".join(
        f"{each.reference}\t{each.amount_minor}\t{each.currency}\t{each.holder}\t{each.account_number}\t{each.bank_code}\n"
        for each in payouts)
    return hashlib.sha256(lines.encode()).hexdigest()


def _move(work: Work, payouts: Sequence[Payout], step: str, batch: Batch, **values: Any) -> None:
    """Take a step on the payouts of a batch all at once, with an event for each."""
    owed = accounting.owed_by(work.session, payouts)
    notes = [{"case": owed[payout.id].case_name, "batch": batch.reference} for payout in payouts]
    PAYOUT.advance_many(work, payouts, step, {}, notes, **values)


def release_batch(work: Work, batch: str) -> Batch:
    """Sign for the release of a batch; the second signature lets it go to the bank.

    Raises NotAllowed to who gathered it, to who signed it already, to who had any other part in one of its cases, and to who entered
    one of its accounts, unless the payee confirmed that.
    """
    held = lock(work.session, Batch, batch)
    step = "release_batch" if held.state == BatchState.SIGNED else "sign_batch"
    BATCH.allow(work, step, {})
    _check_signer(work, held)
    BATCH.advance(work, held, step, {}, case=held.reference)
    chosen = payouts_in(work.session, held.id)
    _refuse_changed(work, held, chosen)
    cases = cases_of(work, chosen)
    if step == "release_batch":
        _let_nobody_stop(work, cases)
    take_duty(work, cases, Duty.RELEASE)
    refuse_own_awards(work, chosen)
    refuse_own_accounts(work, chosen)
    _refuse_stopped(work, chosen)
    assert work.actor.person_id is not None
    work.session.add(BatchSignature(batch_id=held.id, person_id=work.actor.person_id, at=work.now))
    work.session.flush()
    if step == "release_batch":
        _release(work, held, chosen)
    return held


def _refuse_changed(work: Work, batch: Batch, payouts: Sequence[Payout]) -> None:
    """Refuse what is not what was gathered and signed, naming the payouts that go to no account of their payee."""
    if batch.digest == _digest(payouts):
        return
    payees = {payout.payee_id for payout in payouts} - {office(work.session).id}  # a stranger's account is kept nowhere else
    theirs = {(each.organisation_id, each.currency, each.holder, each.number, each.bank_code)
              for each in work.session.exec(select(BankAccount).where(col(BankAccount.organisation_id).in_(payees)))}
    raise NotValid(_("What is in the batch {batch} is not what was signed: somebody changed it beside the system. Find out who did and "
                     "what before any of it is paid."), [
        problem(_("The account in {payout} is none of its payee's."), f"payouts.{payout.reference}", payout=payout.reference)
        for payout in payouts if payout.payee_id in payees and theirs.isdisjoint(
            {(payout.payee_id, payout.currency, payout.holder, payout.account_number, payout.bank_code)})], batch=batch.reference)


def _refuse_stopped(work: Work, payouts: Sequence[Payout]) -> None:
    """Refuse, naming each, where something that came up since they were gathered keeps some of these payouts from being paid."""
    banned = bans_on(work.session, (payout.payee_id for payout in payouts), work.today)
    refuse_if_any([_banned(payout, banned) for payout in payouts if _is_banned(payout, banned)],
                  _("Some of these payees are banned now. Dissolve the batch and gather the others."))
    frozen = _on_frozen(work, payouts)
    refuse_if_any([_frozen(payout) for payout in payouts if payout.id in frozen],
                  _("Some of these vouchers are frozen now. Dissolve the batch and gather the others."))
    refuse_if_any(told_booked(work.session, payouts).values(),
                  _("The bank tells that it paid some of these before. Dissolve the batch and gather the others."))
    undecided = _on_undecided(work, payouts)
    refuse_if_any([_undecided(payout) for payout in payouts if payout.id in undecided],
                  _("Some of these claims do not stand approved any more. Dissolve the batch and gather the others."))
    held_up = stopped(work, claims_of(payouts))
    if held_up:
        why = [stopped_by(payout, held_up[payout.claim_id]) for payout in payouts if payout.claim_id in held_up]
        raise keep_found(NotValid(_("The checks stop some of these payouts now. Dissolve the batch and gather the others."), why), held_up)
    fresh = to_fresh_accounts(work.session, work.today, payouts)
    refuse_if_any([fresh_account(payout, fresh) for payout in payouts if payout.id in fresh],
                  _("Some of these accounts were changed a short time ago. Dissolve the batch and gather the others."))


def _check_signer(work: Work, batch: Batch) -> None:
    person = work.actor.person_id
    if person == batch.gathered_by:
        raise NotAllowed(_("You gathered this batch, so two other people have to release it."))
    if any(signature.person_id == person for signature in signatures_of(work.session, batch.id)):
        raise NotAllowed(_("You signed this batch already; another person has to sign too."))
    assert person is not None
    acted = [(batch.gathered_by, batch.gathered_at), *((each.person_id, each.at) for each in signatures_of(work.session, batch.id))]
    if act_as_one(work.session, person, Duty.RELEASE, work.now, acted):
        raise NotAllowed(_("Who stands in for another signs as one person with him, so a third person has to sign."))


def _let_nobody_stop(work: Work, vouchers: Sequence[UUID]) -> None:
    """Who bans somebody or freezes one of these vouchers waits until this is over, or was before. (The trigger on payouts meets them in
    no order.)
    """
    let_nobody_ban(work.session)
    work.session.exec(select(Voucher.id).where(col(Voucher.id).in_(vouchers)).order_by(col(Voucher.id)).with_for_update(read=True)).all()


def _release(work: Work, batch: Batch, payouts: Sequence[Payout]) -> None:
    _let_no_day_be_past(work, batch)
    drafts = _released(work, payouts)
    _move(work, payouts, "release_payout", batch)  # payouts before the books, as an import takes them
    post_many(work, drafts)
    jobs.put(work, "export_batch", batch.reference, {"batch": batch.reference})


def _let_no_day_be_past(work: Work, batch: Batch) -> None:
    """Banks refuse an order for a day that is over: what was signed or made ready late is paid today."""
    batch.execution_on = max(batch.execution_on, work.today)
    work.session.add(batch)


def _released(work: Work, payouts: Sequence[Payout], entry: Callable[..., Draft] = accounting.payout_released) -> list[Draft]:
    """The entries by which payment orders go out, or by which they are taken back."""
    owed = accounting.owed_by(work.session, payouts)
    before = {payout.replaces_id for payout in payouts if payout.replaces_id}
    replaced = dict(work.session.exec(select(Payout.id, Payout.reference).where(col(Payout.id).in_(before))).all())
    recalled = how_often(work.session, "payout.recalled", [payout.reference for payout in payouts])
    drafts = []
    for payout in payouts:
        old = replaced[payout.replaces_id] if payout.replaces_id else ""
        drafts.append(entry(owed[payout.id], payout, old, work.today, recalled=recalled[payout.reference]))
    return drafts


def dissolve_batch(work: Work, batch: str, reason: str) -> Batch:
    """Take a batch apart before its files are made for the bank; its payouts are payable again, and so are those that were released."""
    held = lock(work.session, Batch, batch)
    chosen = payouts_in(work.session, held.id)
    released = held.state == BatchState.RELEASED
    BATCH.advance(work, held, "dissolve_batch", {}, case=held.reference, reason=given(reason))
    drafts = _released(work, chosen, accounting.payout_recalled) if released else []
    _move(work, chosen, "recall_payout" if released else "put_payout_back", held, batch_id=None)
    post_many(work, drafts)
    return held


def export_batch(work: Work, store: FileStore, batch: str) -> list[PaymentFile]:
    """Make the bank's files of a released batch, one a currency (pain.001). Done once; asked again, the same files answer.

    None, where the batch was dissolved meanwhile. Raises NotValid, and tells the treasury, where something came up since the release
    that keeps one of its payouts from being paid: the batch stays released, until that is over or somebody dissolves it.
    """
    held = lock(work.session, Batch, batch)
    BATCH.allow(work, "export_batch", {})
    if held.state in (BatchState.EXPORTED, BatchState.DISSOLVED):
        return payment_files_of(work.session, held.id)
    chosen = payouts_in(work.session, held.id)
    _let_nobody_stop(work, cases_of(work, chosen))
    try:
        _refuse_changed(work, held, chosen)
        _refuse_stopped(work, chosen)
    except Refusal as refusal:
        raise _telling(refusal, held.reference) from None
    _let_no_day_be_past(work, held)
    BATCH.advance(work, held, "export_batch", {}, case=held.reference)
    by_currency = defaultdict(list)
    for payout in chosen:
        by_currency[payout.currency].append(payout)
    for currency in sorted(by_currency):
        work.session.add(_write_file(work, store, held, currency, by_currency[currency]))
    _move(work, chosen, "send_payout", held)
    start_clock(work, held.reference, ANSWER, case=held.reference, waits_for=Role.TREASURY, due=last_day(
        place_of(work, held.reference).calendar, max(work.today, held.execution_on), DAYS_TO_ANSWER))
    return payment_files_of(work.session, held.id)


def _telling(refusal: Refusal, batch: str) -> Refusal:
    """What keeps a released batch in the house is told, once, beside what the refusal leaves by itself."""
    found = refusal.leaves

    def leave(work: Work) -> None:
        held = lock(work.session, Batch, batch)
        if held.state == BatchState.RELEASED and not is_held_back(work.session, held):
            named = sorted(each.where.removeprefix("payouts.") for each in refusal.problems)[:MOST_NAMED]
            record(work, "batch.held_back", held.reference, case=held.reference, payouts=named)
        _ask_again_after_bans(work, held)
        if found is not None:
            found(work)

    refusal.leaves = leave
    return refusal


def _ask_again_after_bans(work: Work, batch: Batch) -> None:
    """A ban ends by itself with its last day: have the batch tried again then. What is lifted, or ends by a clock, asks for that itself."""
    payees = {payout.payee_id for payout in payouts_in(work.session, batch.id)}
    for until in sorted({ban.until for ban in bans_on(work.session, payees, work.today).values()}):
        jobs.put(work, "export_batch", f"{batch.reference} after {until.isoformat()}", {"batch": batch.reference},
                 after=datetime.combine(until + timedelta(days=1), time(), work.zone))


def is_held_back(session: Session, batch: Batch) -> bool:
    """Whether something kept a released batch from going to the bank when that was tried."""
    return batch.state == BatchState.RELEASED and how_often(session, "batch.held_back", [batch.reference])[batch.reference] > 0


def _write_file(work: Work, store: FileStore, batch: Batch, currency: str, payouts: Sequence[Payout]) -> PaymentFile:
    message = f"{batch.reference}-{currency}"
    content = pain001.write(message, batch.gathered_at, batch.execution_on, _debtor(work, currency),
                            _payments(work, payouts))
    file = store_file(work, store, FileKind.PAYMENT_FILE, f"{message}.xml", content, subject=batch.reference)
    record(work, "batch.file_made", batch.reference, case=batch.reference, file=file.reference, sha256=file.sha256,
           payouts=len(payouts), amount=str(total((each.amount for each in payouts), currency)), currency=currency)
    return PaymentFile(batch_id=batch.id, currency=currency, message_id=message, file_id=file.id)


def _debtor(work: Work, currency: str) -> Account:
    """The office's own account; a missing one is for an administrator to mend, and the job waits."""
    here = office(work.session)
    own = account_of(work.session, here.id, currency)
    if own is None:
        raise NotNow(_("The office has no account in {currency} to pay from. Name one, then try the job again."),
                     currency=currency)
    return account(own, here)


def account(held: BankAccount, owner: Organisation) -> Account:
    """An account as the bank's files need it."""
    return Account(holder=held.holder, number=held.number, currency=held.currency, bank_name=held.bank_name,
                   bank_code=held.bank_code, country=owner.country)


def _payments(work: Work, payouts: Sequence[Payout]) -> list[pain001.Payment]:
    countries = dict(work.session.exec(select(Organisation.id, Organisation.country).where(
        col(Organisation.id).in_({payout.payee_id for payout in payouts}))).all())
    owed = accounting.owed_by(work.session, payouts)
    return [pain001.Payment(
        end_to_end=payout.reference, amount=payout.amount, remittance=f"{owed[payout.id].reference} {payout.reference}",
        payee=Account(holder=payout.holder, number=payout.account_number, currency=payout.currency, bank_name=payout.bank_name,
                      bank_code=payout.bank_code, country=countries[payout.payee_id])) for payout in payouts]


def reissue_payout(work: Work, payout: str) -> Payout:
    """Pay again what the bank returned, to the account that is in force now: a new payout that is linked to the old one.

    Refused while nothing of the account that failed was mended: number, holder, bank; and on a voucher that was revoked. What the
    bank never carried out may go to the same account: the fault need not lie there. The claim has one live payout at any time.
    Raises NotNow too while a line of the bank tells that it was paid after all.
    """
    lock_source(work.session, fetch(work.session, Payout, payout))
    old = lock(work.session, Payout, payout)
    PAYOUT.allow(work, "reissue_payout", {})
    if old.payee_id == office(work.session).id:
        raise NotNow(_("This was a stranger's money. Ask the bank where to send it."))
    refuse_interested(work, get(work.session, Organisation, old.payee_id), Duty.RELEASE)
    account_now = account_of(work.session, old.payee_id, old.currency)
    if account_now is None or (old.settled_on is not None and _is_of(account_now, old)):
        raise NotNow(_("The payee has not named another account since this payment came back."))
    refuse_booked(work, old)
    owed = accounting.owed_by(work.session, [old])[old.id]
    if isinstance(owed, accounting.ClaimOwed):
        refuse_revoked(owed.case.voucher)
    asked_back = live_recovery_of(work.session, old.id)
    if asked_back is not None:
        raise NotNow(_("{recovery} asks {payout} back. Give the payout up, or end the recovery first."), recovery=asked_back.reference,
                     payout=old.reference)
    case = owed.case_name
    PAYOUT.advance(work, old, "reissue_payout", {}, case=case)
    fresh = make_payout(work, case, old.payee_id, old.amount, account_now, claim_id=old.claim_id, award_id=old.award_id,
                        deposit_id=old.deposit_id, replaces=old.id)
    fresh.offset_minor, fresh.restored = old.offset_minor, old.restored
    copy_shares(work.session, old.id, fresh.id)
    check_claims(work, claims_of([old]), Stage.RELEASE)
    return fresh


def _is_of(account_now: BankAccount, payout: Payout) -> bool:
    """Whether a payout went to this very account, under this very name."""
    return ((account_now.number, account_now.holder, account_now.bank_name, account_now.bank_code)
            == (payout.account_number, payout.holder, payout.bank_name, payout.bank_code))
