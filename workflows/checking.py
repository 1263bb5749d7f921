"""Checking: what the checks find on a claim is written down, and people decide about it before money moves.

Checks run when a claim comes in, when it has been verified, before it is approved and before its money is released. What stops
the money is decided by an approver who is no party to the case and did not verify it. Of a warning a verifier may take note; nothing is
approved before one of them has decided. A warning that comes up after the approval is told and holds no payment.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar
from uuid_utils.compat import uuid7

from voucher.case_facts import facts_of
from voucher.checks.facts import Found, Level
from voucher.checks.table import CHECKS, Stage, weigh
from voucher.claims import Claim, ClaimState, lines_of, lock_claim
from voucher.database import fetch, get, insert_unless_there
from voucher.duties import Duty, refuse_one_hand
from voucher.errors import NotAllowed, NotNow, NotValid, Problem, _, problem
from voucher.findings import Finding, FindingDecision, FindingState, findings_of, keep, unknown
from voucher.history import given, record
from voucher.payouts import GONE, Payout
from voucher.people import AccountConfirmation, BankAccount, Role
from voucher.predictions import ask_to_predict
from voucher.work import Work
from workflows.machine import Machine, Step

FINDING = Machine(
    "finding",
    Step("note_finding", (FindingState.OPEN,), FindingState.ALLOWED, "finding.noted", by=(Role.VERIFIER,), duty=Duty.VERIFY),
    Step("allow_finding", (FindingState.OPEN, FindingState.CONFIRMED), FindingState.ALLOWED, "finding.allowed",
         by=(Role.APPROVER,), duty=Duty.APPROVE),
    Step("confirm_finding", (FindingState.OPEN, FindingState.ALLOWED), FindingState.CONFIRMED, "finding.confirmed", by=(Role.APPROVER,),
         duty=Duty.APPROVE),
    Step("record_site_check", (FindingState.OPEN,), FindingState.ALLOWED, "finding.seen_in_order", by=(Role.REVIEWER, Role.AUDITOR),
         duty=Duty.REVIEW),
    Step("report_site_check", (FindingState.OPEN,), FindingState.CONFIRMED, "finding.seen_not_in_order",
         by=(Role.REVIEWER, Role.AUDITOR), duty=Duty.REVIEW),
    Step("confirm_account", (FindingState.OPEN,), FindingState.ALLOWED, "finding.account_confirmed",
         by=(Role.FINANCE, Role.TREASURY), duty=Duty.RELEASE),
    Step("lapse_finding", (FindingState.OPEN,), FindingState.LAPSED, "finding.lapsed"),
)

def findings_shown() -> SelectOfScalar[Finding]:
    """Every finding, newest first: they are for the office alone."""
    return select(Finding).order_by(col(Finding.id).desc())


#: Who decides about what some checks find; about all else that stops the money, an approver.
_DECIDES = {"drawn": Role.REVIEWER, "changed_account": Role.FINANCE}

#: Who may have the checks run again.
CHECKERS = (Role.VERIFIER, Role.APPROVER, Role.FINANCE, Role.AUDITOR)

#: Over which second channel a payee confirms his account.
CHANNELS = {
    "phone": _("By telephone, at a number known from before"), "visit": _("On a visit"),
    "letter": _("By a letter with the firm's seal"), "video": _("In a video call with the legal representative"),
}

# What is to be done about a finding before its claim is approved: by its check, else by whether it stops the money.
_WAITS_FOR = {
    "drawn": _("Decide first about {finding}: it was drawn by lot, so a reviewer or an auditor looks on the spot and writes it down."),
    "changed_account": _("Decide first about {finding}: finance asks the payee about the changed account over a second channel."),
}
_STOPS = _("Decide first about {finding}: it stops the money, so an approver decides about it on its page.")
_WARNS = _("Decide first about {finding}: it is a warning, so a verifier takes note of it on its page, or an approver decides.")


def check_claims(work: Work, claims: Collection[UUID], stage: Stage) -> list[Finding]:
    """Run the checks on claims and write down what is new; what is found no more lapses. Answers every finding on them."""
    standing = findings_of(work.session, claims)
    found = _run(work, claims, stage)
    for each in standing:
        if each.state == FindingState.OPEN and _is_over(each, found, stage):
            FINDING.follow(work, each, "lapse_finding", case=each.case_reference)
    returned = _find_again(work, standing, found)
    fresh = [each for each in unknown(standing, found) if (each[0], each[1], each[2].about) not in returned]
    kept = keep(work, fresh, stage)
    _tell(work, [each for each in standing if (each.claim_id, each.check_name, each.about) in returned], FindingState.LAPSED)
    _tell(work, kept)
    return [*standing, *kept]


def _tell(work: Work, found: Sequence[Finding], before: str = "") -> None:
    """Say in history what was found (again), when in the life of the claim, and for whom it waits: letters follow from that."""
    moments = _moments(work, {each.claim_id for each in found})
    for each in found:
        moment, waits_for = moments[each.claim_id], ""
        if moment != "after payment" and each.level == Level.BLOCK:
            waits_for = _DECIDES.get(each.check_name, Role.APPROVER)
        if each.level == Level.INFO:  # who looks at the claim sees it there; nobody is called for it
            moment = "to be known"
        if moment == "before payment" and waits_for == Role.APPROVER:
            moment = "stopping a payment"
        record(work, "finding.found", each.reference, case=each.case_reference, from_state=before,
               to_state=FindingState.OPEN, check=each.check_name, level=each.level, found=moment, waits_for=waits_for)


def _moments(work: Work, claims: Collection[UUID]) -> dict[UUID, str]:
    """How far each of these claims is: before its approval, before its payment, or after it."""
    if not claims:
        return {}
    gone = set(work.session.exec(select(Payout.claim_id).where(col(Payout.claim_id).in_(claims), col(Payout.state).in_(GONE))))
    return {key: "after payment" if key in gone else "before payment" if state == ClaimState.APPROVED else "before approval"
            for key, state in work.session.exec(select(Claim.id, Claim.state).where(col(Claim.id).in_(claims)))}


def _run(work: Work, claims: Collection[UUID], stage: Stage) -> dict[UUID, list[tuple[str, Found]]]:
    """What each check finds now and how much that weighs, by claim."""
    wanted = {name: check for name, check in CHECKS.items() if stage in check.stages}
    return {claim: [(name, weigh(name, found, facts.levels)) for name, check in wanted.items() for found in check.find(facts)]
            for claim, facts in facts_of(work.session, claims, work.today, whole=stage != Stage.RELEASE).items()}


def _is_over(finding: Finding, found: dict[UUID, list[tuple[str, Found]]], stage: Stage) -> bool:
    asked = finding.check_name in CHECKS and stage in CHECKS[finding.check_name].stages
    return asked and (finding.check_name, finding.about) not in {(name, each.about) for name, each in found[finding.claim_id]}


def _find_again(work: Work, standing: Sequence[Finding], found: dict[UUID, list[tuple[str, Found]]]) -> set[tuple[UUID, str, str]]:
    """Open what had lapsed and is found again; answers which these are: (claim, check, about)."""
    now = {(claim, name, each.about) for claim, several in found.items() for name, each in several}
    again = {(each.claim_id, each.check_name, each.about): each for each in standing if each.state == FindingState.LAPSED}
    for key in again.keys() & now:
        again[key].state = FindingState.OPEN.value
        work.session.add(again[key])
    return again.keys() & now


def check_claim(work: Work, claim: str) -> list[Finding]:
    """Run the checks on a claim again, and keep what they find: for officers, before they decide."""
    if not work.actor.is_system and not any(work.actor.holds(role) for role in CHECKERS):
        raise NotAllowed
    _voucher, _order, held = lock_claim(work.session, claim)
    return check_claims(work, [held.id], Stage.RELEASE if held.state == ClaimState.APPROVED else Stage.APPROVAL)


def refuse_undecided(work: Work, claim: Claim) -> None:
    """Refuse to approve a claim, with all reasons at once, while a finding waits for a decision or was confirmed.

    What blocks waits for an approver, a warning also for a verifier's note; what is to be known waits for nobody. A confirmed finding on
    lines is answered by cutting each of them; one on the whole claim, by accepting nothing.
    """
    standing = findings_of(work.session, [claim.id])
    fresh = [each for _claim, _name, each in unknown(standing, _run(work, [claim.id], Stage.APPROVAL)) if each.level != Level.INFO]
    reasons = [problem(_("The checks find something that nobody has looked at: {found} Have the checks run again, then decide."),
                       found=each.what.format(**each.values)) for each in fresh]
    reasons += [problem(_WAITS_FOR.get(each.check_name, _STOPS if each.stops else _WARNS), finding=each.reference)
                for each in standing if each.waits]
    reasons += _confirmed(work, claim, standing)
    if reasons:
        raise NotNow(_("What the checks found on this claim keeps it from being approved."), reasons)


def _confirmed(work: Work, claim: Claim, standing: Sequence[Finding]) -> list[Problem]:
    """What to do about findings, more than to be known, that were confirmed and concern what was not cut."""
    uncut = {line.number for line in lines_of(work.session, claim.id) if line.accepted_minor == line.basis_minor}
    return [problem(_("The finding {finding} was confirmed. Send the claim back, so that the lines concerned are cut or refused."),
                    finding=each.reference) for each in standing
            if each.state == FindingState.CONFIRMED and each.level != Level.INFO and (not each.lines or uncut & set(each.lines))]


@dataclass(frozen=True)
class Stop:
    """What keeps a claim from being paid: a finding, and whether it stood before, so that it still does when the work is refused for it."""

    claim: str
    finding: str
    stood: bool


def stopped(work: Work, claims: Collection[UUID]) -> dict[UUID, Stop]:
    """Which of these approved claims must not be paid now, and what says why; the checks run again."""
    before = {each.id for each in findings_of(work.session, claims) if each.state != FindingState.LAPSED}
    stops = [each for each in check_claims(work, claims, Stage.RELEASE)
             if each.level == Level.BLOCK and (each.stops or (each.stage == Stage.RELEASE and each.state == FindingState.CONFIRMED))]
    names = dict(work.session.exec(select(Claim.id, Claim.reference).where(col(Claim.id).in_({each.claim_id for each in stops})))
                 .all()) if stops else {}
    return {each.claim_id: Stop(names[each.claim_id], each.reference, each.id in before) for each in stops}


def note_finding(work: Work, finding: str, reason: str) -> Finding:
    """A verifier takes note of a finding that does not stop the money, and says what he saw."""
    FINDING.allow(work, "note_finding", {})
    if fetch(work.session, Finding, finding).level == Level.BLOCK:
        raise NotAllowed(_("This finding stops the money, so an approver decides about it, not who verifies."))
    return _decide(work, finding, "note_finding", reason)


def record_site_check(work: Work, finding: str, seen_on: date, place: str, reason: str) -> Finding:
    """Somebody looked on the spot at what was drawn by lot, and it is in order."""
    return _seen(work, finding, "record_site_check", seen_on, place, reason)


def report_site_check(work: Work, finding: str, seen_on: date, place: str, reason: str) -> Finding:
    """Somebody looked on the spot at what was drawn by lot, and it is not in order: it is not paid."""
    return _seen(work, finding, "report_site_check", seen_on, place, reason)


def _seen(work: Work, finding: str, step: str, seen_on: date, place: str, reason: str) -> Finding:
    FINDING.allow(work, step, {})
    if fetch(work.session, Finding, finding).check_name != "drawn":
        raise NotNow(_("This claim was not drawn by lot."))
    if seen_on > work.today:
        raise NotValid(problems=[problem(_("The day must not lie ahead."), "seen_on")])
    given(place)
    return _decide(work, finding, step, f"{seen_on.isoformat()}, {place.strip()}: {given(reason)}")


def allow_finding(work: Work, finding: str, reason: str) -> Finding:
    """An approver decides that a finding does not stand in the way, and says why."""
    FINDING.allow(work, "allow_finding", {})
    held = fetch(work.session, Finding, finding)
    if held.check_name == "drawn" and held.state == FindingState.OPEN:
        raise NotNow(_("This claim was drawn by lot: somebody has to look at it on the spot first."))
    if held.check_name == "changed_account":
        raise NotNow(_("A changed account waits until its days are over, or until finance has asked the payee over a second channel and "
                       "written it down. Nobody decides that away."))
    return _decide(work, finding, "allow_finding", reason)


def confirm_finding(work: Work, finding: str, reason: str) -> Finding:
    """An approver decides that a finding stands in the way: what it concerns is not paid."""
    return _decide(work, finding, "confirm_finding", reason)


def confirm_account(work: Work, finding: str, channel: str, reason: str) -> Finding:
    """Write down that the payee confirmed a changed account over a second channel: not by whoever entered the account."""
    FINDING.allow(work, "confirm_account", {})
    held = fetch(work.session, Finding, finding)
    if held.check_name != "changed_account":
        raise NotNow(_("This finding is not about a changed account."))
    confirm(work, _account(work, held), channel, reason)
    return _decide(work, finding, "confirm_account", reason)


def confirm(work: Work, account: BankAccount, channel: str, reason: str) -> None:
    """Keep who asked the payee about an account, over which second channel, and what was said: not who entered it, at any time.

    For verbs that have asked who else may. Raises NotAllowed, NotValid.
    """
    entered = work.session.exec(select(BankAccount.entered_by, BankAccount.entered_at).where(
        BankAccount.organisation_id == account.organisation_id, BankAccount.currency == account.currency,
        BankAccount.bare_number == account.bare_number)).all()
    refuse_one_hand(work, [who for who, _at in entered], min((at for _who, at in entered if at), default=work.now),
                    _("You entered this account, so another person has to ask the payee."))
    if channel not in CHANNELS:
        raise NotValid(problems=[problem(_("{text} is not one of the choices. Choose again from the list."), "channel", text=channel)])
    insert_unless_there(work.session, AccountConfirmation, [
        {"id": uuid7(), "account_id": account.id, "channel": channel, "note": reason.strip()[:300], "person_id": work.actor.person_id,
         "at": work.now}])


def _account(work: Work, finding: Finding) -> BankAccount:
    """The account that a finding is about."""
    claim = get(work.session, Claim, finding.claim_id)
    return work.session.exec(select(BankAccount).where(
        BankAccount.organisation_id == claim.claimant_id, BankAccount.currency == claim.currency,
        BankAccount.number == finding.about.partition(" ")[0]).order_by(col(BankAccount.id).desc()).limit(1)).one()


def _decide(work: Work, reference: str, step: str, reason: str) -> Finding:
    voucher, _order, _claim = lock_claim(work.session, _claim_of(work, reference))
    held = fetch(work.session, Finding, reference)
    FINDING.allow(work, step, {})
    why = given(reason)
    assert work.actor.person_id is not None
    work.session.add(FindingDecision(finding_id=held.id, person_id=work.actor.person_id, at=work.now, reason=why,
                                     outcome=FINDING.steps[step].target.value))
    FINDING.advance(work, held, step, {}, case=voucher.reference, reason=why, vouchers=(voucher.id,))
    ask_to_predict(work)
    return held


def _claim_of(work: Work, finding: str) -> str:
    return get(work.session, Claim, fetch(work.session, Finding, finding).claim_id).reference
