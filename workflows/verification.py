"""Verification: every line of a claim is accepted, reduced or refused, with a reason for each cut. Nothing is owed yet."""

from collections.abc import Sequence

from voucher.checks.table import Stage
from voucher.claims import Claim, ClaimLine, LineDecision, evidence_of, lines_of, lock_claim, originals_unseen
from voucher.deadlines import stop_clock
from voucher.errors import NotNow, Problem, _, problem, refuse_if_any
from voucher.history import given
from voucher.programmes.programmes import terms_version
from voucher.work import Work
from workflows.checking import check_claims
from workflows.claims import VERIFICATION, await_verification, take_step


def verify_claim(work: Work, claim: str, decisions: Sequence[LineDecision]) -> Claim:
    """A verifier accepts, reduces or refuses each line; a cut needs a reason. Nothing is owed yet.

    Of a corrected claim only the lines are decided that changed, or were never looked at.
    """
    voucher, order, held = lock_claim(work.session, claim)
    take_step(work, voucher, order, held, "verify_claim", data={"lines": [
        {"number": each.number, "accepted": str(each.accepted), "reason": each.reason or ""} for each in decisions]})
    lines = [line for line in lines_of(work.session, held.id) if line.accepted_minor is None]
    refuse_if_any(_decision_problems(lines, decisions))
    _refuse_unseen(work, held, decisions)
    for line, decision in zip(lines, sorted(decisions, key=lambda each: each.number), strict=True):
        line.accepted_minor, line.reason = decision.accepted.minor, decision.reason or ""
        work.session.add(line)
    check_claims(work, [held.id], Stage.APPROVAL)
    stop_clock(work, held.reference, VERIFICATION)
    return held


def _decision_problems(lines: Sequence[ClaimLine], decisions: Sequence[LineDecision]) -> list[Problem]:
    if sorted(each.number for each in decisions) != [line.number for line in lines]:
        return [problem(_("Decide on each of the {count} lines exactly once."), "decisions", count=len(lines))]
    by_number = {line.number: line for line in lines}
    problems = []
    for each in decisions:
        line, where = by_number[each.number], f"decisions.{each.number}"
        basis = line.money(line.basis_minor)
        if each.accepted.currency != line.currency or not 0 <= each.accepted.minor <= basis.minor:
            problems.append(problem(_("Accept between 0 and {most} {currency}."), f"{where}.accepted", most=str(basis),
                                    currency=line.currency))
        elif each.accepted < basis and each.reason is None:
            problems.append(problem(_("Say why this line is cut."), f"{where}.reason"))
        elif each.accepted == basis and each.reason is not None:
            problems.append(problem(_("A line that is accepted whole has no reason for a cut."), f"{where}.reason"))
    return problems


def see_originals(work: Work, claim: str, note: str) -> Claim:
    """A verifier notes that he saw the originals of all papers of which the terms want them, where and how."""
    voucher, order, held = lock_claim(work.session, claim)
    take_step(work, voucher, order, held, "see_originals", given(note))
    unseen = [each for each in evidence_of(work.session, held.id) if each.original_wanted and each.original_seen_at is None]
    if not unseen:
        raise NotNow(_("The terms want no original of this claim's papers, or all were seen."))
    for each in unseen:
        each.original_seen_at = work.now
        work.session.add(each)
    work.session.flush()
    return held


def _refuse_unseen(work: Work, claim: Claim, decisions: Sequence[LineDecision]) -> None:
    """Nothing is accepted on papers of which nobody saw the original; what is refused whole needs none."""
    unseen = originals_unseen(work.session, claim.id)
    if unseen and any(each.accepted.minor for each in decisions):
        raise NotNow(_("The terms want to see the originals of: {kinds}. Note first that you saw them."), kinds=", ".join(unseen))


def send_back_claim(work: Work, claim: str, reason: str) -> Claim:
    """The approver wants the lines verified again, and says why."""
    voucher, order, held = lock_claim(work.session, claim)
    take_step(work, voucher, order, held, "send_back_claim", given(reason))
    open_lines(work, held)
    await_verification(work, voucher, held, terms_version(work.session, order.terms_id).terms)
    return held


def open_lines(work: Work, claim: Claim) -> None:
    """Every line has to be decided again."""
    for line in lines_of(work.session, claim.id):
        line.accepted_minor, line.reason = None, ""
        work.session.add(line)
    work.session.flush()
