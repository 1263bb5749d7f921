"""The cases of the demo, from the application to the approved claim, phase by phase."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from voucher.claims import Claim, ClaimState, CutReason, InvoiceLine, LineDecision, OwnPayment, lines_of
from voucher.database import get
from voucher.orders import Order, OrderState
from voucher.people import Organisation
from voucher.programmes.programmes import terms_version
from voucher.vouchers import Voucher, VoucherState
from voucher.work import Work
from workflows.approval import approve_claim
from workflows.checking import check_claim, note_finding
from workflows.claim_check import papers_for
from workflows.claiming import submit_claim, upload_file
from workflows.demo.data import (
    CasePlan,
    OrderPlan,
)
from workflows.demo.evidence import evidence_page
from workflows.demo.story import Demo, Phase
from workflows.issue import (
    apply_for_voucher,
    issue_voucher,
    review_voucher,
)
from workflows.purchase import (
    accept_delivery,
    accept_order,
    confirm_tax,
    deliver_order,
    place_order,
    register_contract,
)
from workflows.verification import verify_claim

_CASE_STEPS = ("apply_for_voucher", "review_voucher", "issue_voucher")
_ORDER_STEPS = ("place_order", "accept_order", "deliver_order", "submit_claim", "verify_claim", "approve_claim")


def case_phases(which: str, start: int) -> Iterator[Phase]:
    """The phases through which a set of cases goes, from `start` days before the end of the story."""
    whose = "Bulk" if which == "bulk" else "Story"
    for title, after, each_case in (
        ("SMEs apply for vouchers", 0, _apply), ("an officer reviews", 2, _review), ("another officer issues", 4, _issue),
        ("SMEs place orders with listed providers", 6, _place), ("providers accept", 7, _accept),
        ("providers register their technology contracts", 9, _register), ("providers deliver", 18, _deliver),
        ("SMEs accept the deliveries", 20, _accept_delivery), ("claimants claim, with invoices and evidence", 21, _claim),
        ("a verifier accepts, reduces or refuses each line", 23, _verify), ("a second officer approves", 24, _approve),
    ):
        yield f"{whose}: {title}", _each_case(which, start - after, each_case)


@dataclass(frozen=True)
class _Case:
    """A plan and what there is of it."""

    number: int
    plan: CasePlan
    voucher: Voucher | None

    def order(self, session: Session, plan: OrderPlan) -> Order | None:
        """The order that follows a plan, if it was placed."""
        if self.voucher is None:
            return None
        return session.exec(select(Order).where(Order.voucher_id == self.voucher.id, Order.title == plan.title)).first()


Move = Callable[[Demo, Work, _Case], tuple[int, int]]


def _each_case(which: str, days_before: int, move: Move) -> Callable[[Demo], tuple[int, int, str]]:
    def phase(demo: Demo) -> tuple[int, int, str]:
        done = found = 0
        plans: Sequence[CasePlan] = demo.data.story if which == "story" else demo.data.bulk
        with demo.day(days_before) as work:
            for case in _cases(demo, work.session, plans):
                more, stood = move(demo, work, case)
                done, found = done + more, found + stood
        return done, found, ""
    return phase


def _cases(demo: Demo, session: Session, plans: Sequence[CasePlan]) -> Iterator[_Case]:
    smes = {row.number: row.id for row in session.exec(select(Organisation))}
    vouchers = {(each.sme_id, each.purpose): each for each in session.exec(select(Voucher))}
    for number, plan in enumerate(plans):
        yield _Case(number, plan, vouchers.get((smes[plan.sme], plan.purpose)))


def _apply(demo: Demo, work: Work, case: _Case) -> tuple[int, int]:
    if case.voucher is not None:
        return 0, 1
    apply_for_voucher(demo.by(work, demo.contact(case.plan.sme)), demo.programmes[case.plan.programme],
                      demo.references[case.plan.sme], case.plan.amount, case.plan.purpose)
    return 1, 0


def _goes(plan: CasePlan | OrderPlan, step: str) -> bool:
    steps = _CASE_STEPS if isinstance(plan, CasePlan) else _ORDER_STEPS
    return steps.index(step) <= steps.index(plan.until)


def _review(demo: Demo, work: Work, case: _Case) -> tuple[int, int]:
    if not _goes(case.plan, "review_voucher") or case.voucher is None:
        return 0, 0
    if case.voucher.state != VoucherState.SUBMITTED:
        return 0, 1
    review_voucher(demo.by(work, f"reviewer{case.number % 2 + 1}"), case.voucher.reference, "演示：登记信息已核对")
    return 1, 0


def _issue(demo: Demo, work: Work, case: _Case) -> tuple[int, int]:
    if not _goes(case.plan, "issue_voucher") or case.voucher is None:
        return 0, 0
    if case.voucher.state != VoucherState.REVIEWED:
        return 0, 1
    issue_voucher(demo.by(work, "approver1"), case.voucher.reference)
    return 1, 0


def _place(demo: Demo, work: Work, case: _Case) -> tuple[int, int]:
    done = found = 0
    for plan in case.plan.orders:
        if case.order(work.session, plan) is not None:
            found += 1
        elif case.voucher is not None:
            place_order(demo.by(work, demo.contact(case.plan.sme)), case.voucher.reference, demo.references[plan.provider],
                        plan.service, plan.title, plan.net, plan.vat)
            done += 1
    return done, found


# Takes a step with one order; answers whether there was anything to do.
Step = Callable[[Demo, Work, _Case, OrderPlan, Order], bool]


def _each_order(verb: str, sources: Sequence[str], take: Step) -> Move:
    """A move that takes a step with each order of a case that stands in one of the sources and is to come that far."""
    def move(demo: Demo, work: Work, case: _Case) -> tuple[int, int]:
        done = found = 0
        for plan in case.plan.orders:
            order = case.order(work.session, plan) if _goes(plan, verb) else None
            taken = order is not None and order.state in sources and take(demo, work, case, plan, order)
            done, found = done + taken, found + (order is not None and not taken)
        return done, found
    return move


def _for_provider(demo: Demo, work: Work, plan: OrderPlan) -> Work:
    return demo.by(work, demo.contact(plan.provider))


def _for_sme(demo: Demo, work: Work, case: _Case) -> Work:
    return demo.by(work, demo.contact(case.plan.sme))


def _accept_one(demo: Demo, work: Work, _which: _Case, plan: OrderPlan, order: Order) -> bool:
    accept_order(_for_provider(demo, work, plan), order.reference)
    return True


def _register_one_contract(demo: Demo, work: Work, _which: _Case, plan: OrderPlan, order: Order) -> bool:
    if plan.contract_number:
        register_contract(_for_provider(demo, work, plan), order.reference, plan.contract_number)
    return bool(plan.contract_number)


def _deliver_one(demo: Demo, work: Work, _which: _Case, plan: OrderPlan, order: Order) -> bool:
    if order.tax_first:
        confirm_tax(_for_provider(demo, work, plan), order.reference, order.placed_on, f"INV-{order.reference}")
    deliver_order(_for_provider(demo, work, plan), order.reference, f"演示：{plan.title}，报告一份")
    return True


def _accept_one_delivery(demo: Demo, work: Work, case: _Case, _plan: OrderPlan, order: Order) -> bool:
    accept_delivery(_for_sme(demo, work, case), order.reference)
    return True


def _claim_one(demo: Demo, work: Work, case: _Case, plan: OrderPlan, order: Order) -> bool:
    """Whoever the terms pay claims, with the papers that they ask for."""
    if _claim_of(work.session, order) is not None:
        return False
    terms = terms_version(work.session, order.terms_id).terms
    mine, number = (_for_sme(demo, work, case), case.plan.sme) if terms.payee == "sme" else (
        _for_provider(demo, work, plan), plan.provider)
    evidence = []
    for kind in papers_for(work.session, terms, get(work.session, Voucher, order.voucher_id), order, None, anew=True):
        page = evidence_page(f"{kind} for order {order.reference}", *(line.invoice_number for line in plan.invoices))
        file = upload_file(mine, demo.store, demo.references[number], f"{kind}-{order.reference}.pdf", page)
        evidence.append((kind, file.reference))
    paid = order.gross if terms.payee == "sme" else order.own_part
    own = OwnPayment(f"SAMPLE{order.reference.replace('-', '')}", work.today - timedelta(days=2), paid)
    submit_claim(mine, order.reference, _invoice_lines(plan, work.today), own, evidence)
    return True


def _invoice_lines(plan: OrderPlan, today: date) -> list[InvoiceLine]:
    return [InvoiceLine(line.invoice_number, today - timedelta(days=2), line.description, line.net, line.vat)
            for line in plan.invoices]


def _claim_of(session: Session, order: Order) -> Claim | None:
    return session.exec(select(Claim).where(Claim.order_id == order.id).order_by(col(Claim.id).desc())).first()


def _verify_one(demo: Demo, work: Work, case: _Case, plan: OrderPlan, order: Order) -> bool:
    claim = _claim_of(work.session, order)
    if claim is None or claim.state != ClaimState.SUBMITTED:
        return False
    decisions = [
        LineDecision(line.number, line.money(line.basis_minor * planned.accepted_percent // 100),
                     CutReason(planned.reason) if planned.reason else None)
        for line, planned in zip(lines_of(work.session, claim.id), plan.invoices, strict=True)]
    verify_claim(demo.by(work, f"verifier{case.number % 2 + 1}"), claim.reference, decisions)
    return True


def _approve_one(demo: Demo, work: Work, case: _Case, _plan: OrderPlan, order: Order) -> bool:
    claim = _claim_of(work.session, order)
    if claim is None or claim.state != ClaimState.VERIFIED:
        return False
    verifier = demo.by(work, f"verifier{case.number % 2 + 1}")
    for found in check_claim(verifier, claim.reference):
        if found.waits and not found.stops:
            note_finding(verifier, found.reference, "查阅附件，情况属实")
    approve_claim(demo.by(work, f"approver{case.number % 2 + 2}"), claim.reference)
    return True


_UNDER_WAY = (OrderState.ACCEPTED, OrderState.REGISTERED)
_accept = _each_order("accept_order", (OrderState.PLACED,), _accept_one)
_register = _each_order("deliver_order", (OrderState.ACCEPTED,), _register_one_contract)
_deliver = _each_order("deliver_order", _UNDER_WAY, _deliver_one)
_accept_delivery = _each_order("submit_claim", (OrderState.DELIVERED,), _accept_one_delivery)
_claim = _each_order("submit_claim", (OrderState.COMPLETED,), _claim_one)
_verify = _each_order("verify_claim", (OrderState.COMPLETED,), _verify_one)
_approve = _each_order("approve_claim", (OrderState.COMPLETED,), _approve_one)
