"""Holding: what may happen to an issued voucher beside being used: more time, a freeze, and its end before the last day."""

from datetime import date
from zoneinfo import ZoneInfo

from sqlmodel import select

from voucher.accounting import voucher_position
from voucher.appeals import undecided_appeals_on
from voucher.database import lock
from voucher.deadlines import (
    APPEAL_TIME,
    STILL,
    Deadline,
    allowed,
    ask_again_for_steps,
    cited,
    deadlines_of_case,
    drop_clocks,
    last_day_of,
    pause_clock,
    resume_clock,
    standing,
    stands_still_with_its_voucher,
    start_clock,
    stop_clock,
)
from voucher.duties import refuse_interested_in, refuse_who_let_pay
from voucher.errors import NotNow, NotValid, _, problem
from voucher.history import given
from voucher.measure_appeals import APPEAL, leave_measure_appeal
from voucher.money import Money
from voucher.obstacles import FREEZE
from voucher.orders import Order
from voucher.people import Role
from voucher.predictions import ask_to_predict
from voucher.programmes.terms import Extension
from voucher.remainder import end_remainders
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.expiry import EXTENSION, ask_to_end_what_was_freed
from workflows.issue import USUAL_APPEAL, VOUCHER, parties_of, terms_of
from workflows.payouts import ask_to_export_again
from workflows.surrender import drop_surrender

# How long a freeze lasts at most, in days.
LONGEST_FREEZE = 30


def activate_voucher(work: Work, voucher: str) -> Voucher:
    """The SME activates its voucher: from today its time counts, where the terms count it from then."""
    held = lock(work.session, Voucher, voucher)
    VOUCHER.allow(work, "activate_voucher", parties_of(held))
    terms, today = terms_of(work, held), today_of(work, held)
    if held.issued_on is None or held.use_by is None:
        raise NotNow(_("This voucher is not issued."))
    if not terms.validity.needs_activation:
        raise NotNow(_("By the terms of this voucher its time counts from its issue."))
    if held.activated_on is not None:
        raise NotNow(_("This voucher is activated already."))
    if held.expired_on is not None or today > held.use_by:
        raise NotNow(_("This voucher was to be activated by {day}."), day=held.use_by.isoformat())
    held.activated_on, held.warned_days = today, None
    held.use_by, held.claim_by = terms.last_days(held.issued_on, today)
    _take(work, held, "activate_voucher", "", use_by=str(held.use_by), claim_by=str(held.claim_by))
    work.session.add(held)
    return held


def ask_extension(work: Work, voucher: str, reason: str) -> Voucher:
    """The SME asks for more time before its voucher expires; what is left does not expire before that is decided."""
    held = lock(work.session, Voucher, voucher)
    VOUCHER.allow(work, "ask_extension", parties_of(held))
    if any(each.rule == EXTENSION for each in standing(work.session, held.reference)):
        raise NotNow(_("More time was asked for already; the office decides."))
    _take(work, held, "ask_extension", given(reason), use_by=str(held.use_by))
    _check_extension(work, held)
    start_clock(work, held.reference, EXTENSION, case=held.reference, waits_for=Role.APPROVER,
                length=allowed(terms_of(work, held), EXTENSION, "10 working days"), clause=cited(terms_of(work, held), EXTENSION))
    return held


def _check_extension(work: Work, voucher: Voucher) -> Extension:
    """How the terms let its time be made longer. Raises NotNow where they do not, or not any more."""
    extension = terms_of(work, voucher).validity.extension
    assert voucher.use_by is not None
    if extension is None:
        raise NotNow(_("The terms of this voucher know no extension."))
    if voucher.extensions >= extension.times:
        raise NotNow(_("Its time was made longer {times} times already; the terms allow no more."), times=voucher.extensions)
    if voucher.expired_on is not None or today_of(work, voucher) > voucher.use_by:
        raise NotNow(_("This voucher was to be used by {day}."), day=voucher.use_by.isoformat())
    return extension


def grant_extension(work: Work, voucher: str, reason: str = "") -> Voucher:
    """The office makes the time of a voucher longer by what the terms give; the last day to claim follows."""
    held = lock(work.session, Voucher, voucher)
    VOUCHER.allow(work, "grant_extension", parties_of(held))
    terms = terms_of(work, held)
    extension = terms.validity.extension
    if stop_clock(work, held.reference, EXTENSION) is None or extension is None:
        raise NotNow(_("No extension of this voucher was asked for."))
    assert held.use_by and held.claim_by and held.issued_on
    use_by = extension.length.after(held.use_by, terms.calendar)
    claim_by = max(held.claim_by, terms.claim_by_after(held.issued_on, use_by))
    _take(work, held, "grant_extension", reason, use_by=use_by.isoformat(), claim_by=claim_by.isoformat(), before=held.use_by.isoformat())
    held.use_by, held.claim_by, held.extensions, held.warned_days = use_by, claim_by, held.extensions + 1, None
    work.session.add(held)
    return held


def refuse_extension(work: Work, voucher: str, reason: str) -> Voucher:
    """The office does not make the time longer; the voucher can be used until the day that it has."""
    held = lock(work.session, Voucher, voucher)
    VOUCHER.allow(work, "refuse_extension", parties_of(held))
    if stop_clock(work, held.reference, EXTENSION) is None:
        raise NotNow(_("No extension of this voucher was asked for."))
    _take(work, held, "refuse_extension", given(reason), use_by=str(held.use_by))
    return held


def freeze_voucher(work: Work, voucher: str, reason: str, until: date) -> Voucher:
    """The office freezes a voucher while something is looked into: nothing is ordered, claimed or paid on it until a day.

    When nobody has unfrozen it by then, the clock does.
    """
    held = lock(work.session, Voucher, voucher)
    VOUCHER.allow(work, "freeze_voucher", parties_of(held))
    refuse_interested_in(work, held.id)
    today = today_of(work, held)
    drop_surrender(work, held)
    if not 0 < (until - today).days <= LONGEST_FREEZE:
        raise NotValid(problems=[problem(_("A freeze ends on a later day, at most {most} days from today."), "until", most=LONGEST_FREEZE)])
    held.frozen_on = today
    _take(work, held, "freeze_voucher", given(reason), until=until.isoformat(), appeal_by=until.isoformat())
    stand_still(work, held)
    start_clock(work, held.reference, FREEZE, case=held.reference, waits_for=Role.APPROVER, due=until, then="end_freeze")
    start_clock(work, held.reference, APPEAL, case=held.reference, waits_for=Role.SME, firm=held.sme_id, due=until, then="let_pass")
    return held


def unfreeze_voucher(work: Work, voucher: str, reason: str) -> Voucher:
    """The office lets a voucher be used again; the days on which it was frozen are added to its time.

    Somebody who has no interest in it, and by whose hand nothing on it was to be paid.
    """
    return _unfreeze(work, voucher, "unfreeze_voucher", given(reason))


def end_freeze(work: Work, voucher: str) -> Voucher:
    """The last day of a freeze is over: the voucher can be used again. Taken by the clock."""
    return _unfreeze(work, voucher, "end_freeze", "")


def _unfreeze(work: Work, voucher: str, step: str, reason: str) -> Voucher:
    held = lock(work.session, Voucher, voucher)
    VOUCHER.allow(work, step, parties_of(held))
    refuse_interested_in(work, held.id)
    refuse_who_let_pay(work, held.id)
    lost = today_of(work, held) - (held.frozen_on or today_of(work, held))
    _take(work, held, step, reason, days=lost.days)
    give_days_back(work, held)
    stop_clock(work, held.reference, FREEZE)
    leave_measure_appeal(work, held)
    return held


def stand_still(work: Work, voucher: Voucher) -> None:
    """While a locked voucher stands still, nobody's time runs out for what he may not do: the firms' clocks on its orders and claims
    are paused. An appeal may be made all the same, so its time runs.
    """
    for clock in _clocks_of_firms(work, voucher):
        pause_clock(work, clock.subject, clock.rule, STILL)
    ask_to_predict(work)


def _clocks_of_firms(work: Work, voucher: Voucher) -> list[Deadline]:
    return [each for each in deadlines_of_case(work.session, voucher.reference)
            if each.ended_at is None and stands_still_with_its_voucher(each)]


def give_days_back(work: Work, voucher: Voucher) -> None:
    """The days on which a locked voucher could not be used are added to its time, and to that of its firms."""
    for clock in _clocks_of_firms(work, voucher):
        if clock.pauses and clock.pauses[-1][1:] == [None, STILL]:
            resume_clock(work, clock.subject, clock.rule)
    for subject in sorted({clock.subject for clock in _clocks_of_firms(work, voucher)}):
        ask_again_for_steps(work, subject)
    assert voucher.use_by and voucher.claim_by
    lost = today_of(work, voucher) - (voucher.frozen_on or today_of(work, voucher))
    voucher.frozen_on, voucher.use_by, voucher.claim_by = None, voucher.use_by + lost, voucher.claim_by + lost
    work.session.add(voucher)
    ask_to_end_what_was_freed(work, voucher)
    ask_to_export_again(work, vouchers=[voucher.id])
    ask_to_predict(work)


def cancel_voucher(work: Work, voucher: str, reason: str, basis: str) -> Voucher:
    """The office cancels a voucher that should not have been issued, as long as nothing was drawn from it."""
    held = lock(work.session, Voucher, voucher)
    VOUCHER.allow(work, "cancel_voucher", parties_of(held))
    if not basis.strip():
        raise NotValid(problems=[problem(_("Name the article on which you cancel it; it is told to the SME."), "basis")])
    appeal_by = last_day_of(work, held.reference, terms_of(work, held).appeal_within or USUAL_APPEAL)
    _take(work, held, "cancel_voucher", given(reason), basis=basis.strip(), amount=str(_left(work, held)), appeal_by=appeal_by.isoformat())
    held.frozen_on = None
    position = voucher_position(work.session, held.reference, held.currency)
    if position.face != position.available + position.expired + position.cancelled:
        raise NotNow(_("Something was drawn from this voucher. What was paid wrongly is asked back by a recovery."))
    _refuse_appealable(work, held)
    end_remainders(work, [held], "voucher.cancelled")
    leave_measure_appeal(work, held)
    drop_clocks(work, held.reference)
    start_clock(work, held.reference, APPEAL, case=held.reference, waits_for=Role.SME, firm=held.sme_id, due=appeal_by, then="let_pass")
    return held


def _refuse_appealable(work: Work, voucher: Voucher) -> None:
    """What an appeal would give back is not taken away before it is decided, or the time for it is over."""
    may_be = any(each.rule == APPEAL_TIME and each.ended_at is None and each.today(work.now) <= each.due_on
                 for each in deadlines_of_case(work.session, voucher.reference))
    orders = work.session.exec(select(Order.id).where(Order.voucher_id == voucher.id)).all()
    if may_be or undecided_appeals_on(work.session, orders):
        raise NotNow(_("The refusal of a claim on this voucher is appealed against, or still may be. Freeze the voucher until that is "
                       "over."))


def _left(work: Work, voucher: Voucher) -> Money:
    return voucher_position(work.session, voucher.reference, voucher.currency).available


def today_of(work: Work, voucher: Voucher) -> date:
    """The day it is where the programme of a voucher is."""
    return work.now.astimezone(zone_of(work, voucher)).date()


def zone_of(work: Work, voucher: Voucher) -> ZoneInfo:
    """The zone in which the days of a voucher's programme begin."""
    return ZoneInfo(terms_of(work, voucher).zone)


def _take(work: Work, voucher: Voucher, step: str, reason: str, **data: object) -> None:
    VOUCHER.advance(work, voucher, step, parties_of(voucher), case=voucher.reference, reason=reason, vouchers=(voucher.id,), **data)
