"""Appeals against a freeze, a cancellation and a revocation of a voucher, in time; somebody who had no part in the case decides.

Upheld against a freeze, the freeze ends at once and costs no time. Upheld against a cancellation or revocation, what was taken away is
an application again that is recommended: an approver issues it when there is money for it, in the place that it had. While the programme
is paused that has to wait. What is asked back because of a revocation and was not decided is asked back no more; what was decided, or is
asked back for another reason, has appeals of its own.
"""

from collections.abc import Mapping, Sequence

from sqlmodel import col, select

from voucher.database import fetch, lock, share_by_id
from voucher.deadlines import allowed, cited, standing, start_clock, stop_clock
from voucher.duties import Duty, refuse_one_hand, refuse_who_let_pay, take_duty
from voucher.errors import NotNow, _, refuse_if_any
from voucher.history import Event, given
from voucher.measure_appeals import APPEAL, APPEAL_DECISION, Measure, MeasureAppeal, open_measure_appeal
from voucher.money import Money
from voucher.numbering import next_reference
from voucher.obstacles import FREEZE
from voucher.people import Role
from voucher.programmes.programmes import Programme, ProgrammeState
from voucher.references import year_of
from voucher.requests import file_problems
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.holding import give_days_back
from workflows.issue import DECISION, VOUCHER, parties_of, terms_of
from workflows.recovery import drop_what_was_asked_back_with

#: The event by which each was done.
DONE_BY: Mapping[Measure, str] = {
    Measure.FREEZE: "voucher.frozen", Measure.CANCELLATION: "voucher.cancelled", Measure.REVOCATION: "voucher.revoked"}

#: The steps on an appeal: those that file it, and those that decide on it.
FILING = tuple(f"appeal_{each}" for each in Measure)
DECIDING = tuple(f"{what}_{each}_appeal" for what in ("uphold", "dismiss") for each in Measure)


def appeal_freeze(work: Work, voucher: str, reason: str, *, files: Sequence[str] = ()) -> Voucher:
    """The SME appeals against the freeze of its voucher, as long as it lasts."""
    return _file(work, voucher, Measure.FREEZE, "appeal_freeze", reason, files)


def appeal_cancellation(work: Work, voucher: str, reason: str, *, files: Sequence[str] = ()) -> Voucher:
    """The SME appeals against the cancellation of its voucher, within the time of the terms."""
    return _file(work, voucher, Measure.CANCELLATION, "appeal_cancellation", reason, files)


def appeal_revocation(work: Work, voucher: str, reason: str, *, files: Sequence[str] = ()) -> Voucher:
    """The SME appeals against the revocation of its voucher, within the time of the terms."""
    return _file(work, voucher, Measure.REVOCATION, "appeal_revocation", reason, files)


def _file(work: Work, voucher: str, measure: Measure, step: str, reason: str, files: Sequence[str]) -> Voucher:
    held = lock(work.session, Voucher, voucher)
    VOUCHER.allow(work, step, parties_of(held))
    refuse_if_any(file_problems(work.session, held.sme_id, files))
    _take(work, held, step, given(reason), files=list(files))
    until = next((each for each in standing(work.session, held.reference) if each.rule == APPEAL), None)
    if open_measure_appeal(work.session, held.id) is not None:
        raise NotNow(_("An appeal was made against this decision already."))
    if until is None or until.today(work.now) > until.due_on:
        raise NotNow(_("The time for an appeal is over."))
    done = work.session.exec(select(Event).where(Event.subject == held.reference, Event.name == DONE_BY[measure])
                             .order_by(col(Event.id).desc())).first()
    assert done is not None and done.person_id is not None and work.actor.person_id is not None
    work.session.add(MeasureAppeal(voucher_id=held.id, event_id=done.id, measure=measure, taken_by=done.person_id, grounds=reason.strip(),
                                   filed_at=work.now, filed_by=work.actor.person_id))
    stop_clock(work, held.reference, APPEAL)
    terms = terms_of(work, held)
    start_clock(work, held.reference, APPEAL_DECISION, case=held.reference, waits_for=Role.APPROVER,
                length=allowed(terms, APPEAL_DECISION, "15 working days"), clause=cited(terms, APPEAL_DECISION))
    return held


def uphold_freeze_appeal(work: Work, voucher: str, reason: str) -> Voucher:
    """Somebody who had no part in the case finds the appeal right: the voucher can be used again, by as many days longer."""
    held = lock(work.session, Voucher, voucher)
    _decide(work, held, Measure.FREEZE, "uphold_freeze_appeal", reason, upheld=True)
    give_days_back(work, held)
    stop_clock(work, held.reference, FREEZE)
    return held


def uphold_cancellation_appeal(work: Work, voucher: str, reason: str) -> Voucher:
    """Somebody who had no part in the case finds the appeal right: an approver may issue a new voucher for what was cancelled."""
    return _uphold_end(work, voucher, Measure.CANCELLATION, "uphold_cancellation_appeal", reason)


def uphold_revocation_appeal(work: Work, voucher: str, reason: str) -> Voucher:
    """Somebody who had no part in the case finds the appeal right: what was asked back because of the revocation and is not decided is
    asked back no more, and what was taken away may be issued anew.
    """
    held = _uphold_end(work, voucher, Measure.REVOCATION, "uphold_revocation_appeal", reason)
    drop_what_was_asked_back_with(work, held, given(reason))
    return held


def dismiss_freeze_appeal(work: Work, voucher: str, reason: str) -> Voucher:
    """Somebody who had no part in the case dismisses the appeal: the freeze goes on."""
    return _dismiss(work, voucher, Measure.FREEZE, "dismiss_freeze_appeal", reason)


def dismiss_cancellation_appeal(work: Work, voucher: str, reason: str) -> Voucher:
    """Somebody who had no part in the case dismisses the appeal: the cancellation is final."""
    return _dismiss(work, voucher, Measure.CANCELLATION, "dismiss_cancellation_appeal", reason)


def dismiss_revocation_appeal(work: Work, voucher: str, reason: str) -> Voucher:
    """Somebody who had no part in the case dismisses the appeal: the revocation is final."""
    return _dismiss(work, voucher, Measure.REVOCATION, "dismiss_revocation_appeal", reason)


def _dismiss(work: Work, voucher: str, measure: Measure, step: str, reason: str) -> Voucher:
    held = lock(work.session, Voucher, voucher)
    _decide(work, held, measure, step, reason, upheld=False)
    return held


def _decide(work: Work, voucher: Voucher, measure: Measure, step: str, reason: str, *, upheld: bool) -> MeasureAppeal:
    VOUCHER.allow(work, step, parties_of(voucher))
    case = open_measure_appeal(work.session, voucher.id)
    if case is None or case.measure != measure:
        raise NotNow(_("Nobody appealed against this."))
    done = work.session.get_one(Event, case.event_id)
    refuse_one_hand(work, (case.taken_by, case.filed_by), done.at, _("You took this decision, so another person has to judge the appeal."))
    if upheld:
        refuse_who_let_pay(work, voucher.id)
    _take(work, voucher, step, given(reason))
    case.upheld, case.answer, case.ended_at, case.ended_by = upheld, reason.strip(), work.now, work.actor.person_id
    work.session.add(case)
    stop_clock(work, voucher.reference, APPEAL_DECISION)
    work.session.flush()
    return case


def _uphold_end(work: Work, voucher: str, measure: Measure, step: str, reason: str) -> Voucher:
    seen = fetch(work.session, Voucher, voucher)
    programme = share_by_id(work.session, Programme, seen.programme_id)  # whoever closes it meanwhile waits, and meets the new one
    held = lock(work.session, Voucher, voucher)
    case = _decide(work, held, measure, step, reason, upheld=True)
    taken = Money.parse(work.session.get_one(Event, case.event_id).data["amount"], held.currency)
    if taken.minor > 0 and programme.state == ProgrammeState.PAUSED:
        raise NotNow(_("This programme is paused. Nothing is issued in it until it goes on."))
    if taken.minor > 0 and programme.state == ProgrammeState.OPEN:
        case.renewed_id = _renew(work, held, taken).id
        work.session.add(case)
    return held


def _renew(work: Work, old: Voucher, amount: Money) -> Voucher:
    """An application for what was taken away, recommended by who judged the appeal, who therefore does not issue it himself."""
    told = ("programme_id", "terms_id", "sme_id", "currency", "firm_class", "employees", "turnover_minor", "founded_on", "service_group",
            "team", "person", "purpose", "mandate_id", "applied_at")
    fresh = Voucher(reference=next_reference(work.session, "V", year_of(work.today)), state="", amount_minor=amount.minor,
                    **{name: getattr(old, name) for name in told})
    VOUCHER.follow(work, fresh, "renew_voucher", case=fresh.reference, amount=str(amount), instead_of=old.reference)
    take_duty(work, [fresh.id], Duty.REVIEW)
    start_clock(work, fresh.reference, DECISION, case=fresh.reference, waits_for=Role.APPROVER,
                length=allowed(terms_of(work, fresh), DECISION, "10 working days"), clause=cited(terms_of(work, fresh), DECISION))
    return fresh


def _take(work: Work, voucher: Voucher, step: str, reason: str, **data: object) -> None:
    VOUCHER.advance(work, voucher, step, parties_of(voucher), case=voucher.reference, reason=reason, vouchers=(voucher.id,), **data)
