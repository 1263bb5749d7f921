"""Application: what an office asks about it, what the SME answers, and the appeal against a rejection.

An office says all that is wanting at once, and at most twice. While the SME has to answer, the office's clock stands
still and the SME's runs; an SME that does not answer in time has let its application lapse. Somebody who had no part in
the case decides an appeal.
"""

from collections.abc import Sequence

from voucher.database import fetch, get, lock, lock_by_id
from voucher.deadlines import allowed, cited, drop_clocks, pause_clock, resume_clock, standing, start_clock, stop_clock
from voucher.errors import NotNow, Problem, _, problem, refuse_if_any
from voucher.history import given
from voucher.money import Money
from voucher.people import Organisation, Role
from voucher.programmes.firm_size import FirmSize
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.programmes.terms import SubjectKind
from voucher.requests import DEFECTS, MOST_ROUNDS, InformationRequest, file_problems, requests_of
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.issue import VOUCHER, check_application, keep_open, parties_of, start_review, terms_of

INFORMATION, APPEAL, APPEAL_DECISION = "information", "appeal", "appeal_decision"


def ask_applicant(work: Work, voucher: str, defects: Sequence[str], words: str) -> InformationRequest:
    """The reviewer says all that an application lacks, at once; his clock stands still until the SME has answered.

    Raises NotValid without a defect of the list and without words, NotNow when the SME was asked twice already.
    """
    held = lock(work.session, Voucher, voucher)
    VOUCHER.allow(work, "ask_applicant", parties_of(held))
    refuse_if_any(_request_problems(defects, words))
    before = requests_of(work.session, held.reference)
    if len(before) == MOST_ROUNDS:
        raise NotNow(_("The SME was asked {times} times already. Decide on what there is."), times=MOST_ROUNDS)
    asked = InformationRequest(subject=held.reference, round=len(before) + 1, defects=list(dict.fromkeys(defects)), words=words.strip(),
                               asked_at=work.now)
    _take(work, held, "ask_applicant", asked.words, round=asked.round, defects=asked.defects)
    work.session.add(asked)
    pause_clock(work, held.reference, "review", _("the SME was asked for information"))
    start_clock(work, held.reference, INFORMATION, case=held.reference, waits_for=Role.SME, firm=held.sme_id,
                length=allowed(terms_of(work, held), INFORMATION, "10 working days"), clause=cited(terms_of(work, held), INFORMATION),
                then="lapse_application")
    return asked


def _request_problems(defects: Sequence[str], words: str) -> list[Problem]:
    problems = [] if defects and set(defects) <= set(DEFECTS) else [
        problem(_("Choose what is wanting: {defects}."), "defects", defects=", ".join(DEFECTS))]
    if not words.strip():
        problems.append(problem(_("Say in words what is wanting and what would mend it."), "words"))
    return problems


def answer_request(
    work: Work, voucher: str, answer: str, *, purpose: str = "", amount: Money | None = None, files: Sequence[str] = (),
) -> Voucher:
    """The SME answers, with a changed purpose or amount and with files where they were wanting; the office's clock goes on.

    Raises NotValid with every problem, as an application does.
    """
    seen = fetch(work.session, Voucher, voucher)
    firm = lock_by_id(work.session, Organisation, seen.sme_id)
    held = lock(work.session, Voucher, voucher)
    _take(work, held, "answer_request", answer.strip(), files=list(files), purpose_changed=bool(purpose.strip()),
          amount="" if amount is None else str(amount))
    problems = [] if answer.strip() else [problem(_("Say what you changed or add."), "answer")]
    refuse_if_any([*problems, *file_problems(work.session, held.sme_id, files)])
    held.purpose = purpose.strip() or held.purpose
    if amount is not None and amount != held.amount:
        programme = get(work.session, Programme, held.programme_id)
        version = terms_in_force(work.session, programme, work.today)
        check_application(work, programme, version, firm, amount, held.purpose, held.service_group,
                          {SubjectKind.TEAM: held.team, SubjectKind.PERSON: held.person},
                          FirmSize(held.employees, held.turnover, held.founded_on))
        held.amount_minor = amount.minor
    asked = requests_of(work.session, held.reference)[-1]
    asked.answer, asked.files, asked.answered_at = answer.strip(), list(files), work.now
    work.session.add_all([held, asked])
    stop_clock(work, held.reference, INFORMATION)
    resume_clock(work, held.reference, "review")
    return held


def lapse_application(work: Work, voucher: str) -> Voucher:
    """The SME did not answer in time: its application lapses. Taken by the clock."""
    held = lock(work.session, Voucher, voucher)
    _take(work, held, "lapse_application")
    drop_clocks(work, held.reference)
    return held


def appeal_rejection(work: Work, voucher: str, reason: str, *, files: Sequence[str] = ()) -> Voucher:
    """The SME appeals against the rejection of its application, within the time of the terms and until the programme is closed."""
    seen = fetch(work.session, Voucher, voucher)
    VOUCHER.allow(work, "appeal_rejection", parties_of(seen))
    keep_open(work, seen, or_paused=True)
    held = lock(work.session, Voucher, voucher)
    refuse_if_any(file_problems(work.session, held.sme_id, files))
    open_until = next((each for each in standing(work.session, held.reference) if each.rule == APPEAL), None)
    _take(work, held, "appeal_rejection", given(reason), files=list(files))
    if open_until is None or open_until.today(work.now) > open_until.due_on:
        raise NotNow(_("The time for an appeal is over."))
    stop_clock(work, held.reference, APPEAL)
    start_clock(work, held.reference, APPEAL_DECISION, case=held.reference, waits_for=Role.APPROVER,
                length=allowed(terms_of(work, held), APPEAL_DECISION, "15 working days"),
                clause=cited(terms_of(work, held), APPEAL_DECISION))
    return held


def uphold_appeal(work: Work, voucher: str, reason: str) -> Voucher:
    """Somebody who had no part in the case finds the appeal right: the application is reviewed again."""
    held = _decide_appeal(work, voucher, "uphold_appeal", reason)
    start_review(work, held)
    return held


def dismiss_appeal(work: Work, voucher: str, reason: str) -> Voucher:
    """Somebody who had no part in the case dismisses the appeal: the rejection is final."""
    return _decide_appeal(work, voucher, "dismiss_appeal", reason)


def _decide_appeal(work: Work, voucher: str, step: str, reason: str) -> Voucher:
    held = lock(work.session, Voucher, voucher)
    _take(work, held, step, given(reason))
    stop_clock(work, held.reference, APPEAL_DECISION)
    return held


def _take(work: Work, voucher: Voucher, step: str, reason: str = "", **data: object) -> None:
    VOUCHER.advance(work, voucher, step, parties_of(voucher), case=voucher.reference, reason=reason, vouchers=(voucher.id,), **data)
