"""Objecting: the steps of an objection, and what is common to those against a claim on a notice and against a provider in notice."""

from voucher.deadlines import place_of, start_clock, stop_clock
from voucher.duties import Duty
from voucher.errors import Problem, _, problem, refuse_if_any
from voucher.history import record
from voucher.numbering import next_reference
from voucher.objections import Objection, ObjectionState
from voucher.people import Role
from voucher.references import year_of
from voucher.work import Work
from workflows.machine import Machine, Step

OBJECTION = Machine(
    "objection",
    Step("admit_objection", (ObjectionState.FILED,), ObjectionState.ADMITTED, "objection.admitted", by=(Role.APPROVER,),
         duty=Duty.HEAR),
    Step("turn_objection_away", (ObjectionState.FILED,), ObjectionState.INADMISSIBLE, "objection.inadmissible",
         by=(Role.APPROVER,), duty=Duty.HEAR),
    Step("uphold_objection", (ObjectionState.ADMITTED,), ObjectionState.UPHELD, "objection.upheld", by=(Role.APPROVER,),
         duty=Duty.HEAR),
    Step("dismiss_objection", (ObjectionState.ADMITTED,), ObjectionState.DISMISSED, "objection.dismissed",
         by=(Role.APPROVER,), duty=Duty.HEAR),
)

OBJECTION_CLOCK = "objection.decision"
LONGEST_GROUNDS, LONGEST_OBJECTOR, LONGEST_CONTACT = 4000, 120, 254

# Within which an objection is to be answered.
WORKING_DAYS = 15


def keep_objection(work: Work, objection: Objection, case: str, **about: str) -> Objection:
    """Take down what somebody objects to, with its clock; without name and contact it is a lead, which holds nothing.

    `case` is where it belongs: the voucher of the claim, or the provider. Raises NotValid with every problem.
    """
    objection.name, objection.contact = " ".join(objection.name.split()), " ".join(objection.contact.split())
    objection.grounds = objection.grounds.strip()
    refuse_if_any(_problems(objection))
    state = ObjectionState.FILED if objection.name else ObjectionState.LEAD
    objection.reference, objection.state, objection.filed_at = next_reference(work.session, "J", year_of(work.today)), state.value, work.now
    work.session.add(objection)
    work.session.flush()
    record(work, f"objection.{state}", objection.reference, case=case, to_state=state, **about)
    if state == ObjectionState.FILED:
        start_clock(work, objection.reference, OBJECTION_CLOCK, case=case, waits_for=Role.APPROVER,
                    due=place_of(work, case).calendar.working_days_after(work.today, WORKING_DAYS))
    return objection


def _problems(objection: Objection) -> list[Problem]:
    problems = []
    if not 0 < len(objection.grounds) <= LONGEST_GROUNDS:
        problems.append(problem(_("Say what you object to, in up to {most} signs."), "grounds", most=LONGEST_GROUNDS))
    if bool(objection.name) != bool(objection.contact):
        problems.append(problem(_("Give your name and how to reach you, or neither."), "contact" if objection.name else "name"))
    if len(objection.name) > LONGEST_OBJECTOR or len(objection.contact) > LONGEST_CONTACT:
        problems.append(problem(_("Name or contact is too long."), "name"))
    return problems


def keep_answer(work: Work, objection: Objection, answer: str) -> None:
    """After a step on a locked objection: the answer to who objected, and by whom it was given; nobody is waited for any more."""
    objection.answer = answer
    if objection.state != ObjectionState.ADMITTED:
        objection.decided_at, objection.decided_by = work.now, work.actor.person_id
        stop_clock(work, objection.reference, OBJECTION_CLOCK)
    work.session.add(objection)
    work.session.flush()
