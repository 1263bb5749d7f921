"""Recovery: money that was paid wrongly is asked for again, and comes back, or is given up with authority.

Whoever opened a case or heard the party does not decide it, nor does anybody who had a part in the voucher. The party is
heard before the decision and may appeal after it; what is set off against its later payouts waits until the decision is
final. Each step posts its entry, and what is outstanding stands in the books as a receivable.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, exists, select

from voucher import accounting, jobs, ledger
from voucher.accounting import Recoverable
from voucher.awards import ProviderAward
from voucher.claims import Claim, lock_claim
from voucher.database import fetch, get, lock, lock_by_id
from voucher.deadlines import (
    allowed,
    cited,
    drop_clock,
    drop_clocks,
    last_day_of,
    pause_clock,
    refuse_absent_in_time,
    resume_clock,
    standing,
    start_clock,
    stop_clock,
    stop_clocks,
)
from voucher.duties import LETTING_PAY, Duty, DutyTaken, refuse_interested, refuse_one_hand
from voucher.errors import NotNow, NotValid, Problem, _, problem, refuse_if_any
from voucher.files import StoredFile
from voucher.history import Event, given, record
from voucher.interest import InterestLine, interest_lines
from voucher.money import Money, split_within, total
from voucher.payouts import PAID, Payout, PayoutState, lock_source
from voucher.people import Organisation, OrganisationKind, Role
from voucher.posting import lock_free_money, post, post_many
from voucher.programmes.durations import Duration, Unit
from voucher.programmes.funding import keep_shares
from voucher.programmes.terms import Clause
from voucher.programmes.windows import budget_year
from voucher.recoveries import (
    OWED,
    MoveKind,
    Recovery,
    RecoveryInstalment,
    RecoveryMove,
    RecoveryShare,
    RecoveryState,
    Sum,
    came_in,
    clawback_of,
    decided_sum,
    equal_instalments,
    instalments_of,
    left_of,
    live_recovery_of,
    make_recovery,
    moves_of,
    moves_over,
    outstanding_of,
    outstanding_sum,
    plan_problems,
    refund_of,
    terms_behind,
)
from voucher.vouchers import Voucher, refuse_frozen
from voucher.work import Work
from workflows.machine import Machine, Parties, Step
from workflows.paying import let_set_off
from workflows.payouts import PAYMENT, PAYOUT

_EYES = (Role.REVIEWER, Role.APPROVER, Role.VERIFIER, Role.FINANCE, Role.AUDITOR)
_OPENERS = (Role.APPROVER, Role.AUDITOR)
_PARTIES = (Role.SME, Role.PROVIDER)
_DESK = (Role.FINANCE, Role.TREASURY)

# The decision is final and something is outstanding.
PAYING = (RecoveryState.FINAL, RecoveryState.INSTALMENTS, RecoveryState.WRITE_OFF_ASKED)

RECOVERY = Machine(
    "recovery",
    Step("suspect_recovery", (), RecoveryState.SUSPECTED, "recovery.suspected", by=_EYES),
    Step("notice_recovery", (), RecoveryState.SUSPECTED, "recovery.suspected"),
    Step("open_recovery", (), RecoveryState.OPENED, "recovery.opened", by=_OPENERS),
    Step("follow_revocation", (), RecoveryState.HEARD, "recovery.heard", by=(Role.APPROVER,)),
    Step("take_up_recovery", (RecoveryState.SUSPECTED,), RecoveryState.OPENED, "recovery.taken_up", by=_OPENERS),
    Step("drop_recovery", (RecoveryState.SUSPECTED, RecoveryState.OPENED, RecoveryState.HEARD), RecoveryState.DROPPED,
         "recovery.dropped", by=_OPENERS),
    Step("answer_recovery", (RecoveryState.OPENED,), RecoveryState.HEARD, "recovery.answered", by=_PARTIES),
    Step("record_hearing", (RecoveryState.OPENED,), RecoveryState.HEARD, "recovery.heard", by=_OPENERS),
    Step("decide_recovery", (RecoveryState.HEARD,), RecoveryState.DECIDED, "recovery.decided", by=(Role.APPROVER,),
         duty=Duty.RECOVER),
    Step("serve_recovery", (RecoveryState.DECIDED,), RecoveryState.SERVED, "recovery.served", by=(Role.FINANCE,)),
    Step("appeal_recovery", (RecoveryState.SERVED,), RecoveryState.APPEALED, "recovery.appealed", by=_PARTIES),
    Step("dismiss_recovery_appeal", (RecoveryState.APPEALED,), RecoveryState.FINAL, "recovery.appeal_dismissed",
         by=(Role.APPROVER,)),
    Step("uphold_recovery_appeal", (RecoveryState.APPEALED,), RecoveryState.ANNULLED, "recovery.annulled", by=(Role.APPROVER,)),
    Step("make_recovery_final", (RecoveryState.SERVED,), RecoveryState.FINAL, "recovery.final"),
    Step("agree_instalments", (RecoveryState.FINAL, RecoveryState.INSTALMENTS), RecoveryState.INSTALMENTS, "recovery.instalments_agreed",
         by=(Role.FINANCE,)),
    Step("agree_plan", (RecoveryState.FINAL, RecoveryState.INSTALMENTS), RecoveryState.INSTALMENTS, "recovery.instalments_agreed",
         by=(Role.FINANCE,)),
    Step("ask_write_off", (RecoveryState.FINAL, RecoveryState.INSTALMENTS), RecoveryState.WRITE_OFF_ASKED,
         "recovery.write_off_asked", by=(Role.FINANCE,)),
    Step("refuse_write_off", (RecoveryState.WRITE_OFF_ASKED,), RecoveryState.FINAL, "recovery.write_off_refused",
         by=(Role.APPROVER,)),
    Step("return_to_plan", (RecoveryState.WRITE_OFF_ASKED,), RecoveryState.INSTALMENTS, "recovery.write_off_refused",
         by=(Role.APPROVER,)),
    Step("write_off_recovery", (RecoveryState.WRITE_OFF_ASKED,), RecoveryState.CLOSED, "recovery.written_off",
         by=(Role.APPROVER,)),
    # What comes in or is set off closes a case with its last cent.
    Step("offset_recovery", PAYING, RecoveryState.CLOSED, "recovery.closed", by=(Role.FINANCE,)),
    Step("collect_recovery", PAYING, RecoveryState.CLOSED, "recovery.closed", by=_DESK),
    Step("close_recovery", (RecoveryState.FINAL,), RecoveryState.CLOSED, "recovery.closed", by=(Role.APPROVER,)),
    Step("close_paid_recovery", (RecoveryState.SERVED,), RecoveryState.CLOSED, "recovery.closed"),
    Step("annul_recovery", (*OWED, RecoveryState.CLOSED), RecoveryState.ANNULLED, "recovery.annulled", by=(Role.APPROVER,)),
    Step("refund_recovery", (RecoveryState.ANNULLED,), RecoveryState.ANNULLED, "recovery.refunded", by=_DESK),
    # What follows from giving up a payment that the bank returned, or from a revocation that did not stand.
    Step("drop_returned", (RecoveryState.SUSPECTED, RecoveryState.OPENED, RecoveryState.HEARD), RecoveryState.DROPPED,
         "recovery.dropped"),
    Step("annul_returned", OWED, RecoveryState.ANNULLED, "recovery.annulled"),
)

# With what a case begins that rests on no revocation.
_FIRST_STEPS = ("recovery.suspected", "recovery.opened")

# Where the terms are silent.
DAYS_TO_PAY = Duration(30, Unit.DAY)
DAYS_TO_APPEAL = Duration(30, Unit.DAY)

#: By these somebody lets a party off, or judges its appeal.
LETTING_OFF = frozenset({"drop_recovery", "annul_recovery", "uphold_recovery_appeal", "dismiss_recovery_appeal", "write_off_recovery"})

#: How long after the day by which all of it was to be paid the last instalment is due at the latest, and how many months that is.
LONGEST_PLAN = Duration(24, Unit.MONTH)
MOST_INSTALMENTS = LONGEST_PLAN.number
LONGEST_DOCUMENT = 100


def parties_of(session: Session, recovery: Recovery) -> Parties:
    """Whose case a recovery is: of the party that is liable."""
    liable = get(session, Organisation, recovery.liable_id)
    return {Role.SME if liable.kind == OrganisationKind.SME else Role.PROVIDER: liable.id}


# --- from a suspicion to a decision ------------------------------------------------------------------------------------


def suspect_recovery(work: Work, payout: str, facts: str, principal: Money | None = None) -> Recovery:
    """Note that a payout may have been paid wrongly: anybody in the office, or a check that runs by itself."""
    RECOVERY.allow(work, "notice_recovery" if work.actor.is_system else "suspect_recovery", {})
    return make_recovery(work, lock(work.session, Payout, payout), RecoveryState.SUSPECTED, facts=facts, principal=principal)


def open_recovery(
    work: Work, payout: str, facts: str, basis: str, *, liable: str = "", principal: Money | None = None
) -> Recovery:
    """Open the case of a payout that was paid wrongly: the facts, the rule, who is liable (else who was paid), how much.

    Without a sum, of all of it. Raises NotNow when it was not paid, is too old, or has an open case; NotValid.
    """
    RECOVERY.allow(work, "open_recovery", {})
    paid = lock(work.session, Payout, payout)
    blamed = fetch(work.session, Organisation, liable) if liable else None
    for firm in filter(None, (get(work.session, Organisation, paid.payee_id), blamed)):
        refuse_interested(work, firm, Duty.RECOVER)
    held = make_recovery(work, paid, RecoveryState.OPENED, facts=facts, basis=basis, liable=blamed, principal=principal)
    _await_hearing(work, held)
    return held


def take_up_recovery(work: Work, recovery: str, basis: str) -> Recovery:
    """Open the case of a suspicion, on a rule that is named. The party is asked for its side."""
    held = lock(work.session, Recovery, recovery)
    RECOVERY.allow(work, "take_up_recovery", parties_of(work.session, held))
    refuse_tied_to_party(work, held)
    if not basis.strip():
        raise NotValid(problems=[problem(_("Name the rule on which the recovery rests."), "basis")])
    held.basis, held.opened_by = basis.strip(), work.actor.person_id
    _advance(work, held, "take_up_recovery", reason=held.facts)
    _await_hearing(work, held)
    return held


def _await_hearing(work: Work, held: Recovery) -> None:
    terms = terms_behind(work.session, held).terms
    _start(work, held, "recovery_hearing", length=allowed(terms, "recovery_hearing", "10 working days"),
           clause=cited(terms, "recovery_hearing"))


def drop_recovery(work: Work, recovery: str, reason: str) -> Recovery:
    """There is nothing to it: nothing is asked back."""
    held = lock(work.session, Recovery, recovery)
    unseen = held.state == RecoveryState.SUSPECTED
    RECOVERY.allow(work, "drop_recovery", parties_of(work.session, held))
    refuse_to_let_off(work, held)
    RECOVERY.advance(work, held, "drop_recovery", parties_of(work.session, held), reason=given(reason),
                     case=held.reference if unseen else _case(work, held).case_name)
    drop_clocks(work, held.reference)
    return held


def answer_recovery(work: Work, recovery: str, words: str) -> Recovery:
    """The party says its side, in its own words."""
    return _hear(work, recovery, "answer_recovery", words, work.today)


def record_hearing(work: Work, recovery: str, words: str, heard_on: date, *, absent: bool = False) -> Recovery:
    """The office writes down what the party said on a day; or, once its time is over, that it was asked and did not come (`absent`)."""
    held = fetch(work.session, Recovery, recovery)
    RECOVERY.allow(work, "record_hearing", parties_of(work.session, held))
    refuse_tied_to_party(work, held)
    if not held.opened_at.astimezone(work.zone).date() <= heard_on <= work.today:
        raise NotValid(problems=[problem(_("The hearing was between the day on which the case was opened and today."), "heard_on")])
    if absent:
        refuse_absent_in_time(work, held.reference, "recovery_hearing")
    return _hear(work, recovery, "record_hearing", words, heard_on)


def _hear(work: Work, recovery: str, step: str, words: str, heard_on: date) -> Recovery:
    held = lock(work.session, Recovery, recovery)
    held.hearing, held.heard_on, held.heard_by = given(words), heard_on, work.actor.person_id
    _advance(work, held, step, reason=held.hearing)
    stop_clock(work, held.reference, "recovery_hearing")
    return held


def decide_recovery(work: Work, recovery: str, reason: str, principal: Money | None = None) -> Recovery:
    """Decide how much has to come back: principal by fund line, and interest from the day of payment through today.

    The interest follows the terms; its sheet is kept. Posts the receivable. By somebody who had no part in the case.
    """
    held = _lock_with_payout(work, recovery)
    RECOVERY.allow(work, "decide_recovery", parties_of(work.session, held))
    refuse_one_hand(work, (held.opened_by, held.heard_by), held.opened_at,
                    _("You opened this case or heard the party, so another person has to decide it."))
    if held.state != RecoveryState.HEARD:  # the database would say so too, but this says it in words
        return _advance(work, held, "decide_recovery")
    _refuse_returned(work, held)
    case = _case(work, held)
    if held.award_id is not None:  # no voucher's duties stand in the way here
        refuse_to_let_off(work, held)
    if principal is not None:
        _check_principal(held, principal)
        held.principal_minor = principal.minor
    held.decided_on, held.decided_by = work.today, work.actor.person_id
    owed, lines = _assess(work, held, case)
    held.interest_minor = total(owed.interest, held.currency).minor
    held.sheet = {"lines": [_sheet_line(*line) for line in lines]}
    for fund, share, interest in zip(case.funds, owed.principal, owed.interest, strict=True):
        if share:
            work.session.add(RecoveryShare(recovery_id=held.id, fund_line_id=fund.id, principal_minor=share.minor,
                                           interest_minor=interest.minor))
    _advance(work, held, "decide_recovery", reason=given(reason), vouchers=(held.voucher_id,) if held.voucher_id else (),
             principal=str(held.principal), interest=str(held.interest))
    post(work, accounting.recovery_decided(case, held.reference, owed, work.today, prior=_is_prior(work, held, work.today)))
    return held


def _refuse_who_asked_back(work: Work, held: Recovery, refusal: str) -> None:
    """Whether a decision stands is for somebody who was not involved before: neither in what was paid nor in asking it back."""
    refuse_one_hand(work, (held.opened_by, held.heard_by, held.decided_by), held.opened_at, refusal)
    refuse_to_let_off(work, held)


def refuse_to_let_off(work: Work, held: Recovery) -> None:
    """Nobody lets a party off, or judges its appeal, who is tied to it or by whose hand it was paid. Of a voucher, who issued it may: else
    each case would need a fourth officer.
    """
    refuse_tied_to_party(work, held)
    if held.award_id is not None:
        award = get(work.session, ProviderAward, held.award_id)
        refuse_one_hand(work, (award.proposed_by, award.decided_by), award.asked_at,
                        _("You had a part in this award, so another person has to decide this."))
        return
    paying = select(DutyTaken.person_id).where(
        DutyTaken.voucher_id == held.voucher_id, col(DutyTaken.duty).in_(LETTING_PAY))
    refuse_one_hand(work, work.session.exec(paying).all(), held.opened_at,
                    _("You had a part in what was paid on this voucher, so another person has to decide this."))


def refuse_tied_to_party(work: Work, held: Recovery) -> None:
    """Nobody does anything for the office in the case of a party for which he acts, or to which he is tied."""
    refuse_interested(work, get(work.session, Organisation, held.liable_id), Duty.RECOVER)


def _lock_with_payout(work: Work, recovery: str) -> Recovery:
    """A recovery, locked after its payout, which the bank may return at the same time.

    So do all steps that post: an import locks the payout first, and the recovery when it has posted what was settled.
    """
    lock_by_id(work.session, Payout, fetch(work.session, Recovery, recovery).payout_id)
    return lock(work.session, Recovery, recovery)


def _refuse_returned(work: Work, held: Recovery) -> None:
    """What the bank brought back is not with the payee: nothing of it is asked back, nor taken."""
    payout = get(work.session, Payout, held.payout_id)
    if payout.state not in PAID:
        raise NotNow(_("The bank returned {payout}, so nothing of it has to come back. {recovery} can be dropped before its decision, "
                       "or annulled after it."), payout=payout.reference, recovery=held.reference)


def _check_principal(held: Recovery, principal: Money) -> None:
    if principal.currency != held.currency or not 0 < principal.minor <= held.principal_minor:
        raise NotValid(problems=[problem(_("Decide on more than nothing and no more than the {asked} {currency} that the party was "
                                           "heard on."), "principal", asked=str(held.principal), currency=held.currency)])


def _assess(work: Work, held: Recovery, case: Recoverable) -> tuple[Sum, list[tuple[str, int, InterestLine]]]:
    """What each fund line gets back of principal and interest, and the lines that say why: funder, its year, the line."""
    paid = case.whole()
    principal = split_within(held.principal, [share.minor for share in paid], _unrecovered(work, held, case, paid))
    clawback = clawback_of(terms_behind(work.session, held).terms)
    lines = [(fund.funder, fund.year, line) for fund, share in zip(case.funds, principal, strict=True)
             for line in interest_lines(share, clawback.interest or Fraction(0), held.paid_on, work.today) if share]
    interest = tuple(total((line.interest for funder, year, line in lines if (funder, year) == (fund.funder, fund.year)),
                           held.currency) for fund in case.funds)
    return Sum(tuple(principal), interest), lines


def _unrecovered(work: Work, held: Recovery, case: Recoverable, paid: accounting.Spread) -> list[Money]:
    """What of a payment each fund line has not got back by a recovery that is closed."""
    before = work.session.exec(select(Recovery).where(
        Recovery.payout_id == held.payout_id, Recovery.state == RecoveryState.CLOSED)).all()
    left = paid
    for each in before:
        left = accounting.less(left, decided_sum(work.session, each, _ids(case)).principal)
    return [max(each, Money.zero(held.currency)) for each in left]  # more was given up than stays paid, as in left_of


def _sheet_line(funder: str, year: int, line: InterestLine) -> dict[str, Any]:
    return {"funder": funder, "fund_year": year, "year": line.year, "days": line.days, "of": line.of, "rate": _percent(line.rate),
            "principal": str(line.principal), "interest": str(line.interest)}


def _percent(rate: Fraction) -> str:
    """A rate as people write it: 3.65 %."""
    hundredths = Decimal(rate.numerator * 100) / rate.denominator
    return f"{hundredths.normalize():f} %"


# --- from the decision to its last cent --------------------------------------------------------------------------------


def serve_recovery(work: Work, recovery: str, pay_by: date | None = None) -> Recovery:
    """Send the party the notice: how much, why, where to pay and by when, and how to appeal. A job makes the paper."""
    held = lock(work.session, Recovery, recovery)
    RECOVERY.allow(work, "serve_recovery", parties_of(work.session, held))
    refuse_tied_to_party(work, held)
    terms, case = terms_behind(work.session, held).terms, _case(work, held).case_name
    to_appeal = terms.appeal_within or DAYS_TO_APPEAL
    held.served_on, held.pay_by = work.today, pay_by or last_day_of(work, case, DAYS_TO_PAY)
    held.appeal_by = last_day_of(work, case, to_appeal)
    if held.pay_by <= work.today:
        raise NotValid(problems=[problem(_("The last day to pay must lie ahead."), "pay_by")])
    _advance(work, held, "serve_recovery", pay_by=held.pay_by.isoformat(), appeal_by=held.appeal_by.isoformat())
    _start(work, held, "recovery_appeal", length=to_appeal, clause=terms.clause_of("appeal_within"), then="make_recovery_final")
    _start(work, held, "recovery_payment", due=pay_by, length=None if pay_by else DAYS_TO_PAY)
    jobs.put(work, "make_recovery_notice", held.reference, {"recovery": held.reference})
    return held


def appeal_recovery(work: Work, recovery: str, words: str) -> Recovery:
    """The party appeals, in its own words, until its last day."""
    held = lock(work.session, Recovery, recovery)
    RECOVERY.allow(work, "appeal_recovery", parties_of(work.session, held))
    if held.appeal_by is not None and work.today > held.appeal_by:
        raise NotNow(_("The last day to appeal was {day}."), day=held.appeal_by)
    held.appeal = given(words)
    _advance(work, held, "appeal_recovery", reason=held.appeal)
    stop_clock(work, held.reference, "recovery_appeal")
    pause_clock(work, held.reference, "recovery_payment", held.appeal)
    return held


def dismiss_recovery_appeal(work: Work, recovery: str, reason: str) -> Recovery:
    """The decision stands, says somebody who had no part in it."""
    held = _appealed(work, recovery, "dismiss_recovery_appeal", reason)
    resume_clock(work, held.reference, "recovery_payment")
    return _close_when_paid(work, held, "close_recovery")


def uphold_recovery_appeal(work: Work, recovery: str, reason: str) -> Recovery:
    """The decision falls, says somebody who had no part in it. What has come in on it has to go back."""
    held = _appealed(work, recovery, "uphold_recovery_appeal", reason)
    post_many(work, _annulled(work, held))
    return held


def annul_recovery(work: Work, recovery: str, reason: str) -> Recovery:
    """The office takes a decision back, by somebody who had no part in it. What has come in on it has to go back."""
    held = _lock_with_payout(work, recovery)
    RECOVERY.allow(work, "annul_recovery", parties_of(work.session, held))
    _refuse_who_asked_back(work, held, _("You opened this case, heard the party or decided, so another person has to take that back."))
    if held.state == RecoveryState.CLOSED and not came_in(work.session, held):
        raise NotNow(_("Nothing came in on this recovery, and nothing is outstanding."))
    _advance(work, held, "annul_recovery", reason=given(reason))
    post_many(work, _annulled(work, held))
    return held


def _annulled(work: Work, held: Recovery) -> list[ledger.Draft]:
    """The entries by which a decision does not stand: nothing is outstanding any more, and what came in is owed back.

    Raises NotNow when that went to the treasury already, or went from the fund lines to others.
    """
    drop_clocks(work, held.reference)
    held.annulled_by = work.actor.person_id
    case = _case(work, held)
    owed = outstanding_sum(work.session, held, _ids(case))
    drafts = [*_carried(work, held, case, work.today), accounting.recovery_annulled(
        case, held.reference, owed, work.today, prior=_is_prior(work, held, work.today))] if owed.amount else []
    moves = _moves_in(work, held, case)
    _refuse_gone(work, case, moves)
    return drafts + [draft for move, part in moves for draft in accounting.recovery_refund_due(
        case, held.reference, move.number, part, work.today, prior=move.prior)]


def _moves_in(work: Work, held: Recovery, case: Recoverable) -> list[tuple[RecoveryMove, Sum]]:
    """What came in on a recovery, each as it divides over the fund lines."""
    return [(move, part) for move, part in moves_over(work.session, held, decided_sum(work.session, held, _ids(case)))
            if move.kind != MoveKind.WRITTEN_OFF]


def _refuse_gone(work: Work, case: Recoverable, moves: Sequence[tuple[RecoveryMove, Sum]]) -> None:
    for move, _part in moves:
        if move.remittance:
            raise NotNow(_("{amount} of it was handed over to the treasury by {document}, and has to come from there first."),
                         amount=str(move.amount), document=move.remittance)
    lock_free_money(work.session, case.funds)
    for at, fund in enumerate(case.funds):
        back = total((part.principal[at] for move, part in moves if not move.prior), fund.currency)
        if back > accounting.fund_line_position(work.session, fund).free:
            raise NotNow(_("{amount} has to go back, and the fund line {line} has not so much free. Have more allotted first."),
                         amount=str(back), line=fund.reference)


def refund_recovery(work: Work, recovery: str, document: str) -> Recovery:
    """Pay back what came in on a decision that was annulled, by another person than annulled it.

    `document` is the bank's or the treasury's reference.
    """
    held = lock(work.session, Recovery, recovery)
    RECOVERY.allow(work, "refund_recovery", {})
    refuse_tied_to_party(work, held)
    refuse_one_hand(work, (held.annulled_by,), held.opened_at, _("You took this decision back, so another person has to pay back."))
    amount = refund_of(work.session, held)
    if not amount:
        raise NotNow(_("Nothing of this recovery has to go back."))
    if not 0 < len(document.strip()) <= LONGEST_DOCUMENT:
        raise NotValid(problems=[problem(_("Name the document by which it is paid back."), "document")])
    held.refund_document, held.refunded_by = document.strip(), work.actor.person_id
    _advance(work, held, "refund_recovery", amount=str(amount), document=held.refund_document)
    case = _case(work, held)
    post_many(work, [accounting.recovery_refunded(case, held.reference, move.number, part, work.today, prior=move.prior)
                     for move, part in _moves_in(work, held, case)])
    return held


def end_recovery_of(work: Work, payout: Payout, reason: str) -> list[ledger.Draft]:
    """The bank returned a locked payout, which is given up: a recovery of it ends. Answers the entries to post.

    Nothing came in on it, or the return would not have been booked.
    """
    live = live_recovery_of(work.session, payout.id)
    if live is None:
        return []
    held = lock(work.session, Recovery, live.reference)
    decided = held.state in OWED
    RECOVERY.follow(work, held, "annul_returned" if decided else "drop_returned", reason=reason,
                    case=held.reference if held.state == RecoveryState.SUSPECTED else _case(work, held).case_name)
    drop_clocks(work, held.reference)
    return _annulled(work, held) if decided else []


def drop_what_was_asked_back_with(work: Work, voucher: Voucher, reason: str) -> None:
    """The revocation of a voucher did not stand: what was asked back because of it and was not decided is dropped. The voucher is locked.

    Only a revocation makes a recovery that is heard from its first step; one that somebody suspected or opened has reasons of its own.
    """
    on_its_own = exists().where(col(Event.subject) == Recovery.reference, col(Event.name).in_(_FIRST_STEPS))
    asked = select(Recovery).where(Recovery.voucher_id == voucher.id, Recovery.state == RecoveryState.HEARD, ~on_its_own)
    for held in work.session.exec(asked.order_by(col(Recovery.id)).with_for_update(key_share=True)
                                  .execution_options(populate_existing=True)).all():
        RECOVERY.follow(work, held, "drop_returned", reason=reason, case=voucher.reference)
        drop_clocks(work, held.reference)


def lessen_recovery_of(work: Work, payout: Payout, reason: str) -> list[ledger.Draft]:
    """The rest of a locked payout that was partly set off was given up: a recovery of it that is not decided asks for no more than what
    was set off, since that day; one that was decided of more ends, and what was set off is asked back anew. Answers the entries to post.
    """
    live = live_recovery_of(work.session, payout.id)
    if live is None:
        return []
    left = left_of(work.session, payout)
    if not left or (live.state in OWED and left < live.principal):
        return end_recovery_of(work, payout, reason)
    if live.state in OWED:
        return []
    held = lock(work.session, Recovery, live.reference)
    assert payout.settled_on is not None
    held.paid_on = payout.settled_on
    if left < held.principal:
        held.principal_minor = left.minor
        record(work, "recovery.lessened", held.reference, reason=reason, principal=str(held.principal),
               case=held.reference if held.state == RecoveryState.SUSPECTED else _case(work, held).case_name)
    work.session.add(held)
    work.session.flush()
    return []


def _appealed(work: Work, recovery: str, step: str, reason: str) -> Recovery:
    held = _lock_with_payout(work, recovery)
    RECOVERY.allow(work, step, parties_of(work.session, held))
    _refuse_who_asked_back(work, held, _("You opened this case, heard the party or decided, so another person has to judge the appeal."))
    return _advance(work, held, step, reason=given(reason))


def make_recovery_final(work: Work, recovery: str) -> Recovery:
    """The last day to appeal has passed. Run by the clock; changes nothing before, nor when the party appealed."""
    held = lock(work.session, Recovery, recovery)
    RECOVERY.allow(work, "make_recovery_final", {})
    if held.state != RecoveryState.SERVED or held.appeal_by is None or work.today <= held.appeal_by:
        return held
    return _advance(work, held, "make_recovery_final" if outstanding_of(work.session, held) else "close_paid_recovery")


def agree_plan_of(work: Work, recovery: str, plan: Sequence[tuple[date, Money]]) -> Recovery:
    """Let the party pay by instalments: days and amounts, which sum to what is outstanding. Another plan takes the place of one before."""
    held = lock(work.session, Recovery, recovery)
    RECOVERY.allow(work, "agree_plan", {})
    refuse_tied_to_party(work, held)
    refuse_if_any([*plan_problems(plan, outstanding_of(work.session, held), work.today), *_too_long(held, plan, work.today)])
    _advance(work, held, "agree_plan", instalments=[[day.isoformat(), str(amount)] for day, amount in plan])
    for each in instalments_of(work.session, held.id):
        work.session.delete(each)
    work.session.flush()
    work.session.add_all(RecoveryInstalment(recovery_id=held.id, number=number, due_on=day, amount_minor=amount.minor)
                         for number, (day, amount) in enumerate(plan, 1))
    work.session.flush()
    for rule in ("recovery_payment", "recovery_instalment"):
        drop_clock(work, held.reference, rule)
    _await_instalment(work, held)
    return held


def _too_long(held: Recovery, plan: Sequence[tuple[date, Money]], today: date) -> list[Problem]:
    """What is wrong with a plan that goes on for too long: it counts from the day to pay, so that another plan does not begin anew."""
    latest = LONGEST_PLAN.after(held.pay_by or today)
    if all(day <= latest for day, _amount in plan):
        return []
    return [problem(_("The last instalment is due no later than {day}: {months} months after the day by which it was to be paid. What "
                      "cannot be paid by then is asked to be written off."), "instalments", day=latest.isoformat(),
                    months=LONGEST_PLAN.number)]


def _await_instalment(work: Work, held: Recovery) -> None:
    """The clock of the first instalment that what came in since the plan does not cover; those that it covers are kept."""
    plan = instalments_of(work.session, held.id)
    paid = sum(each.amount_minor for each in plan) - outstanding_of(work.session, held).minor  # what came before is in no instalment
    for each in plan:
        paid -= each.amount_minor
        if paid < 0:
            running = [one.until for one in standing(work.session, held.reference) if one.rule == "recovery_instalment"]
            if running != [each.due_on]:
                stop_clock(work, held.reference, "recovery_instalment")
                _start(work, held, "recovery_instalment", due=max(each.due_on, work.today))
            return


def agree_plan(work: Work, recovery: str, plan: str) -> Recovery:
    """Let the party pay by a plan of its own: a day and an amount a line, which sum to what is outstanding."""
    held = fetch(work.session, Recovery, recovery)
    lines, problems = [], []
    for number, words in enumerate(filter(None, map(str.split, plan.splitlines())), 1):
        try:
            day, amount = words
            lines.append((date.fromisoformat(day), Money.parse(amount, held.currency)))
        except (ValueError, NotValid):
            problems.append(problem(_("Line {row}: write a day and an amount, such as 2026-08-31 500.00."), "plan", row=number))
    refuse_if_any(problems)
    return agree_plan_of(work, recovery, lines)


def agree_instalments(work: Work, recovery: str, number: int, first_on: date) -> Recovery:
    """Let the party pay by so many monthly instalments, as equal as whole minor units can be."""
    if not 1 < number <= MOST_INSTALMENTS:
        raise NotValid(problems=[problem(_("Between 2 and {most} instalments."), "number", most=MOST_INSTALMENTS)])
    RECOVERY.allow(work, "agree_instalments", {})
    held = lock(work.session, Recovery, recovery)
    days = [Duration(month, Unit.MONTH).after(first_on) if month else first_on for month in range(number)]
    return agree_plan_of(work, recovery, equal_instalments(outstanding_of(work.session, held), days))


def collect_recovery(work: Work, held: Recovery, amount: Money, on: date, document: str, file: StoredFile) -> Recovery:
    """Money came in for a recovery that is locked. Raises NotNow when it is more than what is outstanding.

    For reconciliation, which has the bank's line; `document` is the bank's reference, `file` what it reported in.
    """
    RECOVERY.allow(work, "collect_recovery", {})
    post_many(work, _lessen(work, held, MoveKind.COLLECTED, amount, on, document, (file.sha256,)))
    return _close_when_paid(work, held, "collect_recovery")


def offset_recovery(work: Work, recovery: str, payout: str) -> Recovery:
    """Set what is outstanding off against a payable payout of the same party; the rest of it, if any, is paid.

    Only once the decision is final, never against what another party is owed, nor on a voucher that is stopped, nor by who decided
    the recovery: what is set off is paid, so it needs two people and all that a payment needs.
    """
    RECOVERY.allow(work, "offset_recovery", {})
    _lock_going(work, fetch(work.session, Payout, payout))
    payable = lock(work.session, Payout, payout)
    held = lock(work.session, Recovery, recovery)
    _check_offset(held, payable)
    refuse_one_hand(work, (held.decided_by,), held.opened_at, _("You decided this recovery, so another person has to set it off."))
    let_set_off(work, payable)
    part = min(payable.amount, outstanding_of(work.session, held))
    owed = accounting.owed_by(work.session, [payable])[payable.id]
    number = len(moves_of(work.session, held.id)) + 1
    borne = _bear(work, owed, payable, part)
    replaces = get(work.session, Payout, payable.replaces_id).reference if payable.replaces_id else ""
    paid = accounting.payout_offset(owed, payable, replaces, borne, held.reference, number, work.today)
    lessened = _lessen(work, held, MoveKind.OFFSET, part, work.today, payable.reference)
    _set_off(work, payable, part, owed.case_name, held.reference)
    post_many(work, [paid, *lessened])
    return _close_when_paid(work, held, "offset_recovery")


def _lock_going(work: Work, payout: Payout) -> None:
    """Lock what a payout pays. Raises NotNow on a voucher that is stopped: what is set off is paid."""
    if payout.claim_id is None:
        lock_source(work.session, payout)
    else:
        voucher, _order, _claim = lock_claim(work.session, get(work.session, Claim, payout.claim_id).reference)
        refuse_frozen(voucher)


def _check_offset(held: Recovery, payout: Payout) -> None:
    if held.state not in PAYING:
        raise NotNow(_("The decision is not final yet, so nothing can be set off against it."))
    if payout.deposit_id is not None:
        raise NotNow(_("{payout} is the firm's own money and no subsidy."), payout=payout.reference)
    if payout.payee_id != held.liable_id or payout.currency != held.currency:
        raise NotNow(_("{payout} goes to another party or in another currency."), payout=payout.reference)
    if payout.state != PayoutState.PAYABLE:
        raise NotNow(_("{payout} is not payable now."), payout=payout.reference)


def _bear(work: Work, owed: accounting.Owed, payout: Payout, part: Money) -> accounting.Spread:
    """What each fund line bears of the part that is set off; what is left for the bank is kept with the payout."""
    left = owed.spread(payout)
    borne = tuple(split_within(part, [each.minor for each in left], left))
    keep_shares(work.session, payout.id, owed.funds, accounting.less(left, borne))
    return borne


def _set_off(work: Work, payout: Payout, part: Money, case: str, recovery: str) -> None:
    """Less of a locked payout goes to the bank, or nothing."""
    if part == payout.amount:
        payout.settled_on = work.today
        jobs.put(work, "make_settlement_statement", payout.reference, {"payout": payout.reference})
        PAYOUT.advance(work, payout, "set_payout_off", {}, case=case, recovery=recovery, amount=str(part))
        stop_clocks(work, [accounting.owed_by(work.session, [payout])[payout.id].reference], PAYMENT)
    else:
        record(work, "payout.reduced", payout.reference, case=case, amount=str(part), recovery=recovery)
    payout.amount_minor, payout.offset_minor = payout.amount_minor - part.minor, payout.offset_minor + part.minor
    work.session.add(payout)
    work.session.flush()


def ask_write_off(work: Work, recovery: str, reason: str, document: str) -> Recovery:
    """Finance asks to give up what is outstanding, with a reason and the document of the authority that allows it."""
    held = lock(work.session, Recovery, recovery)
    RECOVERY.allow(work, "ask_write_off", parties_of(work.session, held))
    refuse_tied_to_party(work, held)
    if not 0 < len(document.strip()) <= LONGEST_DOCUMENT:
        raise NotValid(problems=[problem(_("Name the document by which the authority allows it."), "document")])
    held.write_off_reason, held.write_off_document = given(reason), document.strip()
    held.write_off_asked_by = work.actor.person_id
    return _advance(work, held, "ask_write_off", reason=held.write_off_reason, document=held.write_off_document)


def refuse_write_off(work: Work, recovery: str, reason: str) -> Recovery:
    """What is outstanding is not given up: it goes on being asked for, by the plan of instalments where one stands."""
    held = lock(work.session, Recovery, recovery)
    RECOVERY.allow(work, "refuse_write_off", parties_of(work.session, held))
    refuse_tied_to_party(work, held)
    return _advance(work, held, "return_to_plan" if instalments_of(work.session, held.id) else "refuse_write_off", reason=given(reason))


def write_off_recovery(work: Work, recovery: str) -> Recovery:
    """Give up what is outstanding, as finance asked: somebody else, who holds the higher office. Closes the case."""
    held = _lock_with_payout(work, recovery)
    RECOVERY.allow(work, "write_off_recovery", {})
    refuse_one_hand(work, (held.write_off_asked_by,), held.opened_at,
                    _("You asked for this yourself, so another person has to allow it."))
    refuse_to_let_off(work, held)
    left = outstanding_of(work.session, held)
    drafts = _lessen(work, held, MoveKind.WRITTEN_OFF, left, work.today, held.write_off_document)
    _advance(work, held, "write_off_recovery", reason=held.write_off_reason, document=held.write_off_document, amount=str(left))
    post_many(work, drafts)
    drop_clocks(work, held.reference)
    return held


def remit_recovery(work: Work, recovery: str, document: str) -> Recovery:
    """Hand over to the treasury what came in for it and is still here: interest, and principal of earlier years."""
    held = _lock_with_payout(work, recovery)
    RECOVERY.allow(work, "collect_recovery", {})
    refuse_tied_to_party(work, held)
    if not 0 < len(document.strip()) <= LONGEST_DOCUMENT:
        raise NotValid(problems=[problem(_("Name the document by which it is handed over."), "document")])
    case = _case(work, held)
    here = [(move, part) for move, part in moves_over(work.session, held, decided_sum(work.session, held, _ids(case)))
            if is_the_treasurys(move)]
    if not here or held.state == RecoveryState.ANNULLED:  # what came in on an annulled one goes back
        raise NotNow(_("Nothing of this recovery waits to be handed over."))
    for move, _part in here:
        move.remittance = document.strip()
        work.session.add(move)
    amount = total((Money(move.interest_minor + (move.principal_minor if move.prior else 0), held.currency) for move, _part in here),
                   held.currency)
    record(work, "recovery.remitted", held.reference, case=case.case_name, amount=str(amount), document=document.strip())
    post_many(work, [draft for move, part in here for draft in accounting.recovery_remitted(
        case, held.reference, move.number, part, work.today, prior=move.prior)])
    return held


def is_the_treasurys(move: RecoveryMove) -> bool:
    """Whether something that came in for the treasury is still here."""
    return not move.remittance and move.kind != MoveKind.WRITTEN_OFF and (move.prior or move.interest_minor > 0)


# --- what the steps share ----------------------------------------------------------------------------------------------


def _advance(
    work: Work, held: Recovery, step: str, *, reason: str = "", vouchers: tuple[UUID, ...] = (), **data: Any
) -> Recovery:
    work.session.add(held)
    RECOVERY.advance(work, held, step, parties_of(work.session, held), case=_case(work, held).case_name, reason=reason,
                     vouchers=vouchers, **data)
    return held


def _case(work: Work, held: Recovery) -> Recoverable:
    payout = get(work.session, Payout, held.payout_id)
    owed = accounting.owed_by(work.session, [payout])[payout.id]
    assert isinstance(owed, Recoverable), f"{payout.reference} is no money of ours"
    return owed


def _ids(case: Recoverable) -> list[UUID]:
    return [fund.id for fund in case.funds]


def _lessen(
    work: Work, held: Recovery, kind: MoveKind, amount: Money, on: date, document: str, evidence: tuple[str, ...] = ()
) -> list[ledger.Draft]:
    """What is outstanding gets smaller: the move, and its entries. Principal first, then interest."""
    if kind != MoveKind.WRITTEN_OFF:
        _refuse_returned(work, held)
    case = _case(work, held)
    left = outstanding_sum(work.session, held, _ids(case))
    if held.state not in OWED or amount.currency != held.currency or not 0 < amount.minor <= left.amount.minor:
        raise NotNow(_("{left} {currency} is outstanding on {recovery}; {amount} does not fit."), left=str(left.amount),
                     currency=held.currency, recovery=held.reference, amount=str(amount))
    part, prior = left.take(amount), _is_prior(work, held, on)
    move = RecoveryMove(
        recovery_id=held.id, number=len(moves_of(work.session, held.id)) + 1, kind=kind, effective_on=on, currency=held.currency,
        principal_minor=total(part.principal, held.currency).minor, interest_minor=total(part.interest, held.currency).minor,
        document=document, prior=prior)
    work.session.add(move)
    work.session.flush()
    if kind != MoveKind.WRITTEN_OFF:
        record(work, f"recovery.{kind}", held.reference, case=case.case_name, amount=str(amount), document=document)
    about = case, held.reference, move.number, part, on
    carried = _carried(work, held, case, on)
    if kind == MoveKind.WRITTEN_OFF:
        return [*carried, accounting.recovery_written_off(*about, prior=prior)]
    restored = get(work.session, Payout, held.payout_id).restored
    return [*carried, *accounting.recovery_collected(*about, evidence, prior=prior, restored=restored)]


def _is_prior(work: Work, held: Recovery, on: date) -> bool:
    """Whether what moves on that day is money of an earlier year: by the budget year of the payment, and of the day."""
    return _year_of(work, held, on) > _year_of(work, held, held.paid_on) or _was_carried(work, held)


def _year_of(work: Work, held: Recovery, on: date) -> int:
    return budget_year(terms_behind(work.session, held).terms, on)


def _was_carried(work: Work, held: Recovery) -> bool:
    return ledger.find(work.session, f"recovery.carried {held.reference}") is not None


def _carried(work: Work, held: Recovery, case: Recoverable, on: date) -> list[ledger.Draft]:
    """The entry by which a receivable passes to the treasury, when the year of the payment is over since it was decided."""
    assert held.decided_on is not None
    paid, decided, now = (_year_of(work, held, day) for day in (held.paid_on, held.decided_on, on))
    if decided > paid or now == paid or _was_carried(work, held):
        return []
    moved = [part for move, part in moves_over(work.session, held, decided_sum(work.session, held, _ids(case))) if not move.prior]
    left = decided_sum(work.session, held, _ids(case))
    for part in moved:
        left -= part
    return [accounting.recovery_carried(case, held.reference, left, on)]


def _close_when_paid(work: Work, held: Recovery, step: str) -> Recovery:
    if outstanding_of(work.session, held):
        _await_instalment(work, held)
        return held
    for rule in ("recovery_payment", "recovery_instalment"):
        stop_clock(work, held.reference, rule)
    return _advance(work, held, step) if held.state in PAYING else held


def _start(
    work: Work, held: Recovery, rule: str, *, length: Duration | None = None, due: date | None = None, clause: Clause | None = None,
    then: str = "",
) -> None:
    """A clock that waits for the party."""
    (role, firm), = parties_of(work.session, held).items()
    start_clock(work, held.reference, rule, case=_case(work, held).case_name, waits_for=role, firm=firm, length=length, due=due,
                clause=clause, then=then)
