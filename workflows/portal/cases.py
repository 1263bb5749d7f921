"""The pages of a case - voucher, order, claim, payout - which all parties share; each sees the steps open to him."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, func, select

from voucher import jobs
from voucher.accounting import voucher_position
from voucher.amendments import Amendment, amendments_of, open_amendment, order_versions
from voucher.appeals import Appeal, appeal_behind, appeal_of, appeals_of
from voucher.approvals import approvers_needed, counted_with, together
from voucher.awards import ProviderAward
from voucher.cash import cash_of
from voucher.checks.splitting import DAYS
from voucher.checks.table import CHECKS
from voucher.claims import (
    CUT_REASONS,
    LIVE,
    Claim,
    ClaimEvidence,
    ClaimState,
    approved_on,
    evidence_of,
    lines_of,
    versions_of,
)
from voucher.database import Row, fetch, get
from voucher.deadlines import APPEAL_TIME, Deadline, deadlines_of, standing
from voucher.deposits import Deposit, deposits_of
from voucher.duties import Duty, DutyTaken, refuse_interested, refuse_interested_in, refuse_who_let_pay
from voucher.errors import NotFound, NotNow, Refusal, _
from voucher.files import FileKind, StoredFile, document_of
from voucher.findings import Finding, findings_of
from voucher.history import Event, events_of
from voucher.holds import Hold, HoldKind, holds_on
from voucher.instruments import rests_on_log, uses_of_lines
from voucher.looks import Seen, note_look
from voucher.measure_appeals import APPEAL as MEASURE_APPEAL
from voucher.measure_appeals import measure_appeals_of, open_measure_appeal
from voucher.money import Money
from voucher.orders import NOT_BEGUN, OFF, Order, OrderState
from voucher.papers import Paper, file_about
from voucher.payouts import Batch, Payout, PayoutState
from voucher.people import OFFICE_ROLES, BankAccount, Organisation, Role, account_of, office
from voucher.predictions import latest_prediction
from voucher.programmes.calculation import Sheet
from voucher.programmes.programmes import Programme, terms_version
from voucher.programmes.terms import Instalment, Model, Terms
from voucher.questions import questions_on
from voucher.recoveries import MoveKind, Recovery, RecoveryMove, live_recovery_of
from voucher.references import read_reference
from voucher.requests import requests_of
from voucher.revocations import revocations_of
from voucher.stages import claimable_states, next_stage
from voucher.vouchers import ISSUED_STATES, Voucher, VoucherState
from voucher.waiting import outlook
from voucher.work import Work
from workflows import amendment, checking, issue, measure_appeal, sight, surrender
from workflows.access import acting, asking, door, looking, roles, signed_in, who
from workflows.appeal import APPEAL
from workflows.approval import next_signature
from workflows.auditing import AUDITORS
from workflows.claims import CLAIM
from workflows.claims import parties_of as claim_parties
from workflows.decisions import party_told
from workflows.machine import Machine, Parties, Step, may, takes_part
from workflows.paying import to_fresh_accounts
from workflows.payouts import PAYOUT
from workflows.portal.listing import listing
from workflows.portal.pages import sees_money, show
from workflows.portal.speech import why_not
from workflows.portal.timeline import Moment, case_timeline, entries_with
from workflows.predicting import undecided
from workflows.recovery import RECOVERY
from workflows.rejecting import refuse_who_had_it_paid, refuse_who_rejected
from workflows.sight import see

portal = Blueprint("cases", __name__)

_REPLACEABLE = (OrderState.PLACED, *NOT_BEGUN, *OFF, OrderState.TERMINATED)
_BEFORE_PAYMENT = (ClaimState.SUBMITTED, ClaimState.VERIFIED, ClaimState.APPROVED)

_SIGNING = frozenset({"sign_claim", "approve_claim"})
# By these what stops a payment is lifted, which is for nobody by whose hand it was to be paid.
_LIFTING = frozenset({"release_claim", "unfreeze_voucher", "drop_revocation", "uphold_freeze_appeal"})
# Who takes these looks at his interest in the payee alone.
_TO_PAYEE = frozenset({"reissue_payout", "confirm_award_account", "open_recovery", "undo_rejection"})


@dataclass(frozen=True)
class Open:
    """Which steps somebody may take now; `barred` is what he already did in the case when that forbids some, `why` a sentence that says
    why else some are not his.
    """

    steps: frozenset[str]
    barred: str = ""
    why: str = ""


def steps_open(session: Session, machine: Machine, row: Row, parties: Parties, voucher: Voucher | None) -> Open:
    """The steps open to whoever is at the door, by role, state, and what he did in this case before. An award is no voucher's."""
    return _open_to_me(session, machine.open_to(who(), row.state, parties), voucher)  # type: ignore[attr-defined]


def _open_to_me(session: Session, steps: Sequence[Step], voucher: Voucher | None) -> Open:
    """Those of the steps that what he did in this case before lets him take."""
    taken = voucher and session.exec(select(DutyTaken.duty).where(
        DutyTaken.voucher_id == voucher.id, DutyTaken.person_id == who().person_id)).first()
    free = frozenset(step.name for step in steps if taken is None or step.duty in (None, taken))
    return Open(free, taken if taken and len(free) < len(steps) else "")


def but_refused(seen: Open, *guards: tuple[frozenset[str], Callable[[], None]]) -> Open:
    """What is open without the steps that one of these guards would refuse to whoever is at the door, and in which words."""
    for steps, guard in guards:
        if not seen.steps.isdisjoint(steps) and (why := why_not(guard)):
            seen = replace(seen, steps=seen.steps - steps, why=seen.why or why)
    return seen


def of_the_office() -> frozenset[str]:
    """The steps that nobody with an interest in the case takes: all that are the office's alone, but to say that something looks wrong."""
    return frozenset(name for machine in Machine.known for name, step in machine.steps.items()
                     if step.by and OFFICE_ROLES.issuperset(step.by)) - {"suspect_recovery"}


def but_for_interests(work: Work, seen: Open, voucher: Voucher) -> Open:
    """What is open in a case to somebody without what his interest in it, or that he let it pay, keeps from him."""
    return but_refused(seen, (of_the_office(), lambda: refuse_interested_in(work, voucher.id)),
                       (_LIFTING, lambda: refuse_who_let_pay(work, voucher.id)))


def organisations(session: Session, *ids: UUID) -> dict[UUID, Organisation]:
    """Organisations by id, in one question."""
    return {each.id: each for each in session.exec(select(Organisation).where(col(Organisation.id).in_(ids)))}


@dataclass(frozen=True)
class CaseSeen:
    """Something in a case with what leads to it: an order with its voucher, a claim with its order and voucher."""

    voucher: Voucher
    order: Order | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is seen whole: the provider sees its order, not what else the SME does with its voucher."""
        return takes_part(who(), issue.parties_of(self.voucher))


@portal.get("/vouchers/<reference>")
@signed_in
def voucher(reference: str) -> ResponseReturnValue:
    """A voucher: what is paid and what is left, its orders, and all that happened."""
    with asking() as work:
        session = work.session
        held = see(session, who(), read_reference(reference, "V"))
        assert isinstance(held, Voucher)
        seen = CaseSeen(held)
        orders = list(session.exec(sight.orders(who()).where(Order.voucher_id == held.id)))
        position = voucher_position(session, held.reference, held.currency)
        requests = requests_of(session, held.reference)
        appeals = measure_appeals_of(session, held.id) if seen.is_whole else []
        today = door().today()
        version = terms_version(session, held.terms_id)
        terms = version.terms
        is_asleep = terms.validity.needs_activation and held.activated_on is None
        return show("voucher.html", voucher=held, whole=seen.is_whole, waits=outlook(session, held, today),
                    programme=get(session, Programme, held.programme_id),
                    terms=terms, version=version.number, is_asleep=is_asleep, orders=orders,
                    names=organisations(session, held.sme_id, *(order.provider_id for order in orders)),
                    claims=_claims_of(session, orders),
                    position=position if held.state in ISSUED_STATES and seen.is_whole else None,
                    decisions=_decisions(session, held.reference),
                    open=but_for_interests(work, _without_idle_appeals(
                        session, held, steps_open(session, issue.VOUCHER, held, issue.parties_of(held), held)), held),
                    appeals=appeals, renewed=_references(session, [each.renewed_id for each in appeals]),
                    mandate=get(session, StoredFile, held.mandate_id) if held.mandate_id and seen.is_whole else None,
                    requests=requests if seen.is_whole else [], revocations=revocations_of(session, held.id) if seen.is_whole else [],
                    now=door().clock(), deadlines=[*sight.deadlines_in(session, who(), held), *_own_days(session, held)],
                    files=_files_named(session, [file for each in requests for file in each.files]),
                    may_export=any(who().holds(role) for role in AUDITORS),
                    exported=[each for each in reversed(events_of(session, held.reference)) if each.name == "case.exported"],
                    may_order=held.state == VoucherState.ISSUED and not is_asleep and who().holds(Role.SME, held.sme_id),
                    moments=_moments_of(session, seen, orders))


def _decisions(session: Session, subject: str) -> list[tuple[StoredFile, str]]:
    """The letters about decisions on a thing that whoever is at the door may see, each with the name of the event that it tells."""
    found = session.execute(sight.papers(who(), FileKind.DECISION_LETTER, subject).add_columns(col(Paper.about))).all()
    told = [(file, UUID(about.rpartition(" ")[2])) for file, about in found]
    names = {event.id: event.name for event in session.exec(select(Event).where(col(Event.id).in_([each for _file, each in told])))}
    return [(file, names.get(each, "")) for file, each in told]


def _references(session: Session, vouchers: Sequence[UUID | None]) -> dict[UUID, str]:
    """The references of vouchers by their ids; None names none."""
    return {each: get(session, Voucher, each).reference for each in vouchers if each is not None}


def _own_days(session: Session, voucher: Voucher) -> list[Deadline]:
    """The last days that stand on the voucher behind a page, on bans and on changed accounts of its firms."""
    return sight.own_days_in(session, who(), voucher, door().clock(), str(door().zone))


def _without_idle_appeals(session: Session, held: Voucher, found: Open) -> Open:
    """Of the steps on an appeal against a freeze, a cancellation or a revocation those that there is something for."""
    waits = open_measure_appeal(session, held.id) is not None
    may_file = any(each.rule == MEASURE_APPEAL for each in standing(session, held.reference))
    idle = (() if waits else measure_appeal.DECIDING) + (() if may_file else measure_appeal.FILING)
    return replace(found, steps=found.steps - frozenset(idle))


def _files_named(session: Session, references: list[str]) -> dict[str, str]:
    """The names of those of these files that whoever is at the door may open, by reference."""
    return {file.reference: file.name for file in session.exec(sight.files(who()).where(col(StoredFile.reference).in_(references)))}


def _claims_of(session: Session, orders: list[Order]) -> dict[UUID, Claim]:
    """The newest claim of each order."""
    claims = session.exec(select(Claim).where(col(Claim.order_id).in_([order.id for order in orders])).order_by(col(Claim.id)))
    return {claim.order_id: claim for claim in claims}


def _moments_of(session: Session, seen: CaseSeen, orders: list[Order]) -> list[Moment]:
    """The moments of a voucher; of some orders on it for who does not see it whole."""
    if not seen.is_whole:
        return _moments_along(session, seen, orders)
    return [moment for moment in case_timeline(session, seen.voucher.reference) if sight.is_told(who(), moment.name)]


def _moments_along(session: Session, seen: CaseSeen, orders: Sequence[Order], claims: Sequence[Claim] = ()) -> list[Moment]:
    """The moments of these orders with their claims and the payouts that one may see; or of these claims alone."""
    claims = claims or list(session.exec(select(Claim).where(col(Claim.order_id).in_([order.id for order in orders]))))
    payouts = session.exec(sight.payouts(who()).where(col(Payout.claim_id).in_([claim.id for claim in claims])))
    proposals = [each for order in orders for each in amendments_of(session, order.id)]
    appeals = session.exec(select(Appeal).where(col(Appeal.claim_id).in_([claim.id for claim in claims])))
    own = {each.reference for each in (*orders, *proposals, *claims, *appeals, *payouts)}
    return [moment for moment in case_timeline(session, seen.voucher.reference)
            if moment.subject in own and sight.is_told(who(), moment.name)]


@portal.get("/orders/<reference>")
@signed_in
def order(reference: str) -> ResponseReturnValue:
    """An order: the price, who bears what, and how far it is."""
    with asking() as work:
        session = work.session
        held = see(session, who(), read_reference(reference, "O"))
        assert isinstance(held, Order)
        seen = CaseSeen(get(session, Voucher, held.voucher_id), held)
        terms = terms_version(session, held.terms_id).terms
        claims = list(session.exec(select(Claim).where(Claim.order_id == held.id).order_by(col(Claim.id))))
        proposal = open_amendment(session, held.id)
        before = None if held.replaces_id is None else get(session, Order, held.replaces_id)
        after = session.exec(select(Order.reference).where(Order.replaces_id == held.id)).first()
        return show("order.html", order=held, voucher=seen.voucher, terms=terms, claims=claims, seen=seen,
                    names=organisations(session, seen.voucher.sme_id, held.provider_id), sheet=Sheet.from_json(held.sheet),
                    deadlines=[*deadlines_of(session, held.reference), *_own_days(session, seen.voucher)], now=door().clock(),
                    may_claim=_may_claim(seen.voucher, held, terms, claims),
                    open=but_for_interests(work, _open_to_me(
                        session, surrender.steps_on(session, who(), seen.voucher, held, proposal), seen.voucher), seen.voucher),
                    proposed=_proposed(session, seen.voucher, held, proposal), versions=order_versions(session, held),
                    cash=cash_of(terms.model, held.net, held.vat, held.voucher_part), guaranteed=approved_on(session, held),
                    replaced=before.reference if before and seen.is_whole else "", replaced_by=after if seen.is_whole else "",
                    may_replace=who().holds(Role.SME, seen.voucher.sme_id) and after is None and held.state in _REPLACEABLE,
                    deposits=deposits_of(session, held.id), pay_to=_wallet(session, held, terms),
                    stages=_stages_of(terms, Sheet.from_json(held.sheet), claims), moments=_moments_along(session, seen, [held]))


def _wallet(session: Session, order: Order, terms: Terms) -> BankAccount | None:
    """The office's account into which the SME pays its part, where the terms know a wallet."""
    return account_of(session, office(session).id, order.currency) if terms.model == Model.WALLET else None


def _stages_of(terms: Terms, sheet: Sheet, claims: Sequence[Claim]) -> list[tuple[Instalment, Money, Claim | None]]:
    """The instalments of an order with what each comes to at most, and the claim that is for it."""
    live = {claim.milestone: claim for claim in claims if claim.state in LIVE}
    return [(each, sheet.instalments[each.code], live.get(each.code)) for each in terms.instalments if each.code in sheet.instalments]


@dataclass(frozen=True)
class Proposed:
    """What one side proposes for an order, and what the voucher would pay then (None when the terms give nothing)."""

    amendment: Amendment
    part: Money | None


def _proposed(session: Session, voucher: Voucher, order: Order, found: Amendment | None) -> Proposed | None:
    if found is None:
        return None
    try:
        return Proposed(found, amendment.part_after(session, voucher, order, found))
    except Refusal:
        return Proposed(found, None)


def _may_claim(voucher: Voucher, order: Order, terms: Terms, claims: list[Claim]) -> bool:
    """Whether to show the way to the claim's form; the verb decides."""
    claimant = voucher.sme_id if terms.payee == "sme" else order.provider_id
    whole = any(claim.final and claim.state in LIVE for claim in claims)
    stage = next_stage(terms, order, [claim for claim in claims if claim.state in LIVE])
    return order.state in claimable_states(terms, stage) and claimant in own_organisations() and not whole


def own_organisations() -> frozenset[UUID]:
    """The firms for which whoever is at the door acts."""
    return who().organisations(Role.SME, Role.PROVIDER)


@portal.get("/claims/<reference>")
@signed_in
def claim(reference: str) -> ResponseReturnValue:
    """A claim: its lines with every cut and why, the evidence, and what was paid on it."""
    with asking() as work:
        session = work.session
        held = see(session, who(), read_reference(reference, "C"))
        assert isinstance(held, Claim)
        its_order = get(session, Order, held.order_id)
        seen = CaseSeen(get(session, Voucher, its_order.voucher_id), its_order)
        found, holds = findings_of(session, [held.id]), holds_on(session, held.id)
        terms = terms_version(session, its_order.terms_id).terms
        return show("claim.html", holds=holds, appeals=_appeals(session, held), behind=_claim_behind(session, held),
                    found=found, told=_told(found), from_office=sight.from_office(who()),
                    may_check=any(who().holds(role) for role in checking.CHECKERS) and held.state in _BEFORE_PAYMENT,
                    claim=held, order=its_order, voucher=seen.voucher, lines=lines_of(session, held.id),
                    evidence=_evidence(session, held.id), reasons=CUT_REASONS, seen=seen,
                    decisions=_decisions(session, held.reference),
                    checked=session.exec(sight.papers(who(), FileKind.VERIFICATION_SHEET, held.reference)).all(),
                    questions=questions_on(session, held), uses=uses_of_lines(session, held.id), versions=versions_of(session, held),
                    logged=rests_on_log(session, held.id),
                    names=organisations(session, seen.voucher.sme_id, its_order.provider_id),
                    terms=terms, sheet=Sheet.from_json(held.sheet.get("approved") or held.sheet["requested"]),
                    payouts=list(session.exec(sight.payouts(who()).where(Payout.claim_id == held.id))),
                    deadlines=[*deadlines_of(session, held.reference), *_own_days(session, seen.voucher)], now=door().clock(),
                    **_approvers(session, held, terms), **_prediction(session, held),
                    open=_in_turn(work, seen.voucher, its_order, held, but_for_interests(
                        work, _steps_of_claim(session, seen.voucher, its_order, held, holds), seen.voucher)),
                    moments=_moments_along(session, seen, [], [held]))


def _approvers(session: Session, held: Claim, terms: Terms) -> dict[str, Any]:
    """How many approvers sign a claim as it was asked for, and the claims that count with it."""
    counted = counted_with(session, held) if terms.levels_of_approval else []
    all_of_it = together(held.requested, counted)
    return {"counted": counted, "days_counted": DAYS, "together": all_of_it, "needed": approvers_needed(terms, all_of_it)}


def _prediction(session: Session, held: Claim) -> dict[str, Any]:
    """By when the claim is probably paid, as long as it waits for its money: `said`, or that nothing can be said of it: `undecided`."""
    paid = select(Payout).where(Payout.claim_id == held.id, col(Payout.state).in_((PayoutState.SETTLED, PayoutState.OFFSET)))
    if held.state not in LIVE or session.exec(paid).first() is not None:
        return {"said": None, "undecided": False}
    waits = undecided(session, held, door().today())
    return {"said": None if waits else latest_prediction(session, held.id), "undecided": waits}


def _steps_of_claim(session: Session, voucher: Voucher, order: Order, held: Claim, holds: Sequence[Hold]) -> Open:
    """The steps open on a claim, and on an appeal against it. Only what is held can be let go, and only what is not can be held."""
    parties, appeal = claim_parties(voucher, order, held), appeal_of(session, held.id)
    closed = "hold_claim" if any(each.kind == HoldKind.OFFICE for each in holds) else "release_claim"
    steps = [each for each in CLAIM.open_to(who(), held.state, parties) if each.name != closed]
    if appeal is not None:
        steps += APPEAL.open_to(who(), appeal.state, {})
    if any(each.rule == APPEAL_TIME for each in standing(session, held.reference)):
        step = APPEAL.steps["file_appeal"]
        steps += [step] if may(who(), step, parties) else []
    return _open_to_me(session, steps, voucher)


def _in_turn(work: Work, voucher: Voucher, order: Order, held: Claim, seen: Open) -> Open:
    """What is open on a claim; of signing and approving only the one whose turn it is, and neither to who signed before."""
    if held.state != ClaimState.VERIFIED or not seen.steps >= _SIGNING:
        return seen
    turn: set[str] = set()
    why = why_not(lambda: turn.add(next_signature(work, voucher, order, held)))
    return replace(seen, steps=seen.steps - _SIGNING | turn, why=seen.why or why)


def _claim_behind(session: Session, held: Claim) -> Claim | None:
    """The claim that was cut, where an appeal against that gave this one."""
    behind = appeal_behind(session, held.id)
    return get(session, Claim, behind.claim_id) if behind else None


def _appeals(session: Session, held: Claim) -> list[tuple[Appeal, Claim | None]]:
    """The appeals on a claim, the last one first, each with the claim that it gave."""
    return [(each, get(session, Claim, each.supplement_id) if each.supplement_id else None)
            for each in reversed(appeals_of(session, held.id))]


def _told(found: Sequence[Finding]) -> list[str]:
    """What the claimant is told of open findings: sentences, each once."""
    told = [CHECKS[each.check_name].tells(each.evidence) for each in found if each.stops and each.check_name in CHECKS]
    return [sentence for sentence in dict.fromkeys(told) if sentence]


def _evidence(session: Session, claim_id: UUID) -> list[tuple[ClaimEvidence, StoredFile, bool]]:
    """The evidence of a claim: what it shows, the file, and whether whoever is at the door may open it."""
    kept = evidence_of(session, claim_id)
    files = {file.id: file for file in session.exec(
        select(StoredFile).where(col(StoredFile.id).in_([each.file_id for each in kept])))}
    mine = sight.files(who()).where(col(StoredFile.id).in_(list(files)))
    may = {file.id for file in session.exec(mine)}
    return [(each, files[each.file_id], each.file_id in may) for each in kept]


@portal.get("/payouts/<reference>")
@signed_in
def payout(reference: str) -> ResponseReturnValue:
    """A payout: to whom, where it is on its way, and its settlement statement."""
    with asking() as work:
        session = work.session
        held = see(session, who(), read_reference(reference, "Y"))
        assert isinstance(held, Payout)
        return show("payout.html", payout=held, **_paid_for(session, held), payee=get(session, Organisation, held.payee_id),
                    batch=get(session, Batch, held.batch_id) if held.batch_id else None,
                    replaces=get(session, Payout, held.replaces_id) if held.replaces_id else None,
                    replaced_by=session.exec(select(Payout).where(Payout.replaces_id == held.id)).first(),
                    statement=document_of(session, FileKind.SETTLEMENT_STATEMENT, held.reference),
                    account_now=account_of(session, held.payee_id, held.currency),
                    recoveries=session.exec(sight.recoveries(who()).where(col(Recovery.payout_id) == held.id)).all(),
                    set_off=session.exec(sight.recoveries(who()).join(RecoveryMove, col(RecoveryMove.recovery_id) == Recovery.id).where(
                        RecoveryMove.kind == MoveKind.OFFSET, RecoveryMove.document == held.reference)).all(),
                    entries=entries_with(session, "payout", held.reference) if sees_money() else (),
                    open=_payout_open(work, held))


def _paid_for(session: Session, payout: Payout) -> dict[str, Any]:
    """What a payout pays, for its page: a claim with its case, an award, or a deposit with its order where it has one."""
    if payout.deposit_id is not None:
        deposit = session.get_one(Deposit, payout.deposit_id)
        of = session.get_one(Order, deposit.order_id) if deposit.order_id else None
        return {"deposit": deposit, "order": of}
    if payout.claim_id is None:
        return {"award": session.get_one(ProviderAward, payout.award_id)}
    its_claim = get(session, Claim, payout.claim_id)
    its_order = get(session, Order, its_claim.order_id)
    its_voucher = get(session, Voucher, its_order.voucher_id)
    return {"claim": its_claim, "order": its_order, "voucher": its_voucher, "seen": CaseSeen(its_voucher, its_order)}


def _payout_open(work: Work, payout: Payout) -> Open:
    """The steps on a payout without those that an interest in the case, or in the payee, keeps from whoever is at the door."""
    found, voucher = _steps_on(work.session, payout), _paid_for(work.session, payout).get("voucher")
    payee = get(work.session, Organisation, payout.payee_id)
    found = but_refused(found, (_TO_PAYEE, lambda: refuse_interested(work, payee, Duty.RELEASE)),
                        (frozenset({"reject_payout"}), lambda: refuse_who_had_it_paid(work, payout)),
                        (frozenset({"undo_rejection"}), lambda: refuse_who_rejected(work, payout)))
    return found if voucher is None else but_refused(
        found, (of_the_office() - _TO_PAYEE, lambda: refuse_interested_in(work, voucher.id)))


def _steps_on(session: Session, payout: Payout) -> Open:
    """The steps on a payout itself, and those that begin to ask for it again; awards are not asked for again."""
    if payout.claim_id is None:
        steps = {step.name for step in PAYOUT.open_to(who(), payout.state, {})}
        waits = to_fresh_accounts(session, door().today(), [payout])
        return Open(frozenset(steps if waits else steps - {"confirm_award_account"}))
    voucher: Voucher = _paid_for(session, payout)["voucher"]
    own = steps_open(session, PAYOUT, payout, {}, voucher)
    begins = {name for name in ("open_recovery", "suspect_recovery") if may(who(), RECOVERY.steps[name], {})}
    asked = payout.state != PayoutState.SETTLED or live_recovery_of(session, payout.id) is not None
    return Open(own.steps if asked else own.steps | begins, own.barred)


@portal.get("/amendments/<reference>")
@signed_in
def amendment_of(reference: str) -> ResponseReturnValue:
    """A proposal to change an order stands on the page of the order."""
    with looking() as session:
        order = get(session, Order, fetch(session, Amendment, reference).order_id)
        return redirect(url_for("cases.order", reference=see(session, who(), order.reference).reference))


@portal.get("/appeals/<reference>")
@signed_in
def appeal(reference: str) -> ResponseReturnValue:
    """An appeal stands on the page of the claim that was cut."""
    with looking() as session:
        claim = get(session, Claim, fetch(session, Appeal, reference).claim_id)
        return redirect(url_for("cases.claim", reference=see(session, who(), claim.reference).reference))


@portal.get("/files/<reference>")
@signed_in
def file(reference: str) -> ResponseReturnValue:
    """The bytes of a file, as they were given. Never run: only pictures and PDF are shown, the rest is saved."""
    with looking() as session:
        held = see(session, who(), read_reference(reference, "F"))
    assert isinstance(held, StoredFile)
    with acting() as work:
        note_look(work, Seen.FILE, held.reference, held.owner_id)
    response = make_response(door().files.get(held.sha256))
    shown = held.media_type in ("application/pdf", "image/png", "image/jpeg")
    response.mimetype = held.media_type
    response.headers.set("Content-Disposition", "inline" if shown else "attachment", filename=held.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@portal.get("/decisions/<uuid:event>")
@signed_in
def decision(event: UUID) -> ResponseReturnValue:
    """The letter about a decision, to which the letter by mail leads; said kindly while it is not drawn yet."""
    with looking() as session:
        told = session.get(Event, event)
        party = None if told is None else party_told(session, told)
        if party is None or not (sight.from_office(who()) or party in who().organisations()):
            raise NotFound
        file = file_about(session, FileKind.DECISION_LETTER, str(event))
    if file is None:
        with acting() as work:  # asked for with the decision already, but not in the days before such letters
            jobs.put(work, "make_decision_letter", str(event), {"event": str(event)})
        raise NotNow(_("The letter is being made. Look again in a minute."))
    return redirect(url_for("cases.file", reference=file.reference))


@portal.get("/claims")
@roles(Role.SME, Role.PROVIDER)
def claims() -> ResponseReturnValue:
    """The claims on one's own cases, the newest first."""
    rows = sight.claims(who()).join(Order, col(Order.id) == Claim.order_id).with_only_columns(Claim, Order)
    with looking() as session:
        return show("claims.html", listing=listing(session, rows))


@portal.get("/payouts")
@roles(Role.SME, Role.PROVIDER)
def payouts() -> ResponseReturnValue:
    """The payouts to one's own firm, the newest first."""
    paid_for = func.coalesce(Claim.reference, ProviderAward.reference, Deposit.reference)
    rows = (sight.payouts(who()).outerjoin(Claim, col(Claim.id) == Payout.claim_id)
            .outerjoin(ProviderAward, col(ProviderAward.id) == Payout.award_id).outerjoin(Deposit, col(Deposit.id) == Payout.deposit_id)
            .with_only_columns(Payout, paid_for))
    with looking() as session:
        own = session.exec(select(Organisation).where(col(Organisation.id).in_(who().organisations(Role.SME, Role.PROVIDER)))).first()
        return show("payouts.html", listing=listing(session, rows), own=own)
