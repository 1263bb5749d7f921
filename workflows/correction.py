"""Correction: what is missing from a claim is asked for, all at once; what is wrong goes back and comes again.

A claim that was questioned or corrected keeps its number, its place in the queue and its first day. While the claimant has
it, the office's clock stands still; when he does not answer, the clock goes on without him.
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from voucher import accounting
from voucher.checks.table import Stage
from voucher.claims import (
    Claim,
    ClaimEvidence,
    ClaimLine,
    ClaimVersion,
    InvoiceLine,
    OwnPayment,
    evidence_of,
    lines_of,
    lock_claim,
)
from voucher.deadlines import allowed, cited, pause_clock, resume_clock, start_clock, stop_clock
from voucher.errors import NotNow, NotValid, _, problem, refuse_if_any
from voucher.files import FileKind, StoredFile
from voucher.instruments import rests_on_log
from voucher.orders import Order
from voucher.posting import post
from voucher.programmes.programmes import terms_version
from voucher.questions import MOST_ROUNDS, Question, questions_on
from voucher.stages import stage_named
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.checking import check_claims
from workflows.claim_check import check_claim
from workflows.claiming import end_claim, write_parts
from workflows.claims import CLAIM, VERIFICATION, parties_of, refuse_given, take_side, take_step

#: The clocks that run while the claimant has the claim.
ANSWER, CORRECTION = "claim.answer", "claim.correction"
LONGEST_ITEM = 500
MOST_ITEMS = 50
#: The kind under which papers are kept that came with an answer.
FURTHER = "further"


def items_in(text: str) -> list[str]:
    r"""A list as a person types it, an item a line; raises NotValid when there is none, or one is too long.

    >>> items_in("- The report has no date \n\n- Line 2: no proof of payment")
    ['The report has no date', 'Line 2: no proof of payment']
    """
    items = [item for line in text.splitlines() if (item := line.strip().lstrip("-•*").strip())]
    if not 0 < len(items) <= MOST_ITEMS or any(len(item) > LONGEST_ITEM for item in items):
        raise NotValid(problems=[problem(_("Write down everything that is missing, one thing a line, each in up to {longest} signs."),
                                         "items", longest=LONGEST_ITEM)])
    return items


def request_information(work: Work, claim: str, items: str) -> Claim:
    """Ask the claimant for everything that is missing, an item a line; at most twice, and the clock stands still meanwhile."""
    voucher, order, held = lock_claim(work.session, claim)
    asked = items_in(items)
    take_step(work, voucher, order, held, "request_information", "\n".join(asked), {"items": asked})
    before = questions_on(work.session, held)
    if len(before) >= MOST_ROUNDS:
        raise NotNow(_("The claimant was asked {most} times already. Decide on what there is, or return the claim."),
                     most=MOST_ROUNDS)
    work.session.add(Question(claim_id=held.id, round=len(before) + 1, items=asked, asked_at=work.now))
    _hand_over(work, voucher, order, held, ANSWER, "10 working days", "go_on_unanswered")
    return held


def _hand_over(work: Work, voucher: Voucher, order: Order, claim: Claim, rule: str, usual: str, then: str) -> None:
    """The claimant has the claim: his clock runs, the office's stands still."""
    terms = terms_version(work.session, order.terms_id).terms
    [role] = parties_of(voucher, order, claim)
    pause_clock(work, claim.reference, VERIFICATION, _("the claimant has to answer"))
    start_clock(work, claim.reference, rule, case=voucher.reference, waits_for=role, firm=claim.claimant_id,
                length=allowed(terms, rule, usual), clause=cited(terms, rule), then=then)


def answer_questions(work: Work, claim: str, answer: str, files: Sequence[str] = ()) -> Claim:
    """The claimant answers everything that was asked, with further papers where they are needed."""
    voucher, order, held = lock_claim(work.session, claim)
    CLAIM.allow(work, "answer_questions", parties_of(voucher, order, held))
    take_side(work, voucher, *parties_of(voucher, order, held))
    if not answer.strip():
        raise NotValid(problems=[problem(_("Answer what was asked."), "answer")])
    kept = _own_files(work, held, files)
    take_step(work, voucher, order, held, "answer_questions", answer.strip(), {"files": [file.reference for file in kept]})
    question = questions_on(work.session, held)[-1]
    question.answer, question.answered_at = answer.strip(), work.now
    work.session.add(question)
    _add_evidence(work, held, kept)
    _take_back(work, held, ANSWER)
    return held


def _own_files(work: Work, claim: Claim, references: Sequence[str]) -> list[StoredFile]:
    files = list(work.session.exec(select(StoredFile).where(
        col(StoredFile.reference).in_(references), StoredFile.owner_id == claim.claimant_id,
        StoredFile.kind == FileKind.EVIDENCE)))
    missing = sorted(set(references) - {file.reference for file in files})
    if missing:
        raise NotValid(problems=[problem(_("There is no file {file} of yours."), "files", file=each) for each in missing])
    return files


def _add_evidence(work: Work, claim: Claim, files: Sequence[StoredFile]) -> None:
    there = {(each.file_id, each.kind) for each in evidence_of(work.session, claim.id)}
    for file in files:
        if (file.id, FURTHER) not in there:
            work.session.add(ClaimEvidence(claim_id=claim.id, file_id=file.id, kind=FURTHER))
    work.session.flush()


def _take_back(work: Work, claim: Claim, rule: str) -> None:
    """The office has the claim again."""
    stop_clock(work, claim.reference, rule)
    resume_clock(work, claim.reference, VERIFICATION)


def go_on_unanswered(work: Work, claim: str) -> Claim:
    """The time to answer is over: the claim is decided on what there is. For the clock alone."""
    voucher, order, held = lock_claim(work.session, claim)
    take_step(work, voucher, order, held, "go_on_unanswered")
    _take_back(work, held, ANSWER)
    return held


def return_claim(work: Work, claim: str, items: str, in_order: str = "") -> Claim:
    """Give a claim back to be corrected, with everything that is wrong, an item a line.

    The lines `in_order` ("1, 3") are accepted whole: while they stay as they are, nobody looks at them again.
    """
    voucher, order, held = lock_claim(work.session, claim)
    CLAIM.allow(work, "return_claim", parties_of(voucher, order, held))
    refuse_given(work, held)
    wrong, lines = items_in(items), {str(line.number): line for line in lines_of(work.session, held.id)}
    fine = sorted(set(re.findall(r"[^\s,，、]+", in_order)))
    refuse_if_any(problem(_("This claim has no line {number}."), "in_order", number=each) for each in fine if each not in lines)
    take_step(work, voucher, order, held, "return_claim", "\n".join(wrong), {"items": wrong, "in_order": fine})
    for number in fine:
        lines[number].accepted_minor, lines[number].reason = lines[number].basis_minor, ""
        work.session.add(lines[number])
    _hand_over(work, voucher, order, held, CORRECTION, "20 working days", "lapse_claim")
    return held


def resubmit_claim(
    work: Work, claim: str, lines: Sequence[InvoiceLine], own_payment: OwnPayment, evidence: Sequence[tuple[str, str]], *,
    from_log: bool = False,
) -> Claim:
    """Send a corrected claim: a new version under the same number, which keeps its place and its first day.

    A claim that rests on a log of uses is sent again with a log alone (`resubmit_log`, which keeps the uses of the lines
    `from_log`); with mere lines nobody would know any more which uses it claims.

    Lines that were in order and did not change are not looked at again. The time to claim does not matter: it was kept by
    the first version. Raises as `submit_claim`.
    """
    voucher, order, held = lock_claim(work.session, claim)
    CLAIM.allow(work, "resubmit_claim", parties_of(voucher, order, held))
    take_side(work, voucher, *parties_of(voucher, order, held))
    take_step(work, voucher, order, held, "resubmit_claim", data={"version": held.version + 1})
    if not from_log and rests_on_log(work.session, held.id):
        raise NotNow(_("The lines of this claim come from a log of uses. Correct the log and send that again: “Send another log”, or "
                       "resubmit-log."))
    settled = {_said(line): line.accepted_minor for line in lines_of(work.session, held.id) if line.accepted_minor is not None}
    _keep_version(work, held)
    terms = terms_version(work.session, order.terms_id).terms
    sheet = check_claim(work, voucher, order, terms, held.claimant_id, lines, own_payment, evidence, instead=held.id,
                        stage=stage_named(terms, held.milestone))
    before = held.requested
    held.requested_minor, held.version, held.sheet = sheet.result.minor, held.version + 1, {"requested": sheet.as_json()}
    held.own_payment_reference, held.own_payment_on = own_payment.reference.strip(), own_payment.on(work.today)
    held.own_payment_minor = own_payment.amount.minor
    work.session.add(held)
    digests = write_parts(work, order, held, terms, lines, evidence)
    for line in lines_of(work.session, held.id):
        line.accepted_minor = settled.get(_said(line))
        work.session.add(line)
    _take_back(work, held, CORRECTION)
    check_claims(work, [held.id], Stage.SUBMISSION)
    if held.requested != before:
        case = accounting.case_of(work.session, voucher)
        post(work, accounting.claim_resubmitted(case, order, held, before, work.today, digests))
    return held


def _said(line: ClaimLine) -> tuple[Any, ...]:
    """What a line says: two versions of it that say the same are one line."""
    return (line.invoice_number, line.issued_on, line.description, line.net_minor, line.vat_minor, line.basis_minor)


def _keep_version(work: Work, claim: Claim) -> None:
    """Put what the claim says into its history, and make room for what it will say."""
    lines, papers = lines_of(work.session, claim.id), evidence_of(work.session, claim.id)
    files = {file.id: file.reference for file in work.session.exec(
        select(StoredFile).where(col(StoredFile.id).in_([each.file_id for each in papers])))}
    work.session.add(ClaimVersion(claim_id=claim.id, number=claim.version, replaced_at=work.now, content={
        "requested": str(claim.requested), "currency": claim.currency, "sheet": claim.sheet,
        "own_payment": [claim.own_payment_reference, claim.own_payment_on.isoformat(), str(claim.money(claim.own_payment_minor))],
        "lines": [[line.number, line.invoice_number, line.issued_on.isoformat(), line.description,
                   str(line.money(line.net_minor)), str(line.money(line.vat_minor))] for line in lines],
        "evidence": [[each.kind, files[each.file_id]] for each in papers]}))
    for each in (*lines, *papers):
        work.session.delete(each)
    work.session.flush()


def lapse_claim(work: Work, claim: str) -> Claim:
    """The time to correct it is over: the claim lapses, and what it asked for is only reserved again. For the clock alone."""
    voucher, order, held = lock_claim(work.session, claim)
    end_claim(work, voucher, order, held, "lapse_claim")
    return held
