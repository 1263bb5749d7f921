"""Anybody tries any step on anything: the walker of the random walk.

It knows which verbs there are and makes up arguments, mostly sensible ones, sometimes not. A verb may do its work or
refuse; anything else is a fault of ours, and the trace of the walk says how it came about.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from sqlmodel import SQLModel, col, select

from tests.builders import (
    IRISH_PROVIDERS,
    IRISH_SMES,
    PROVIDERS,
    SMES,
    House,
    a_programme,
    bank_answer,
    evidence,
    who,
)
from voucher.claims import Claim, CutReason, InvoiceLine, LineDecision, OwnPayment, lines_of
from voucher.database import get
from voucher.errors import NotFound, Refusal
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import Batch, BatchState, Payout
from voucher.people import Organisation
from voucher.programmes.programmes import Programme
from voucher.statements import BankLine
from voucher.vouchers import Voucher
from voucher.work import Actor, Work, read
from workflows import issue, purchase, reconciliation, reimbursement, verification
from workflows.demo_data import IRELAND, WEIHAI
from workflows.registration import register_account

FIRMS = {who(each): each for each in (*SMES[:2], IRISH_SMES[0])}
SELLERS = {who(each): each for each in (*PROVIDERS[:2], IRISH_PROVIDERS[0])}

# Who would usually do it; how often it is tried.
USUAL = {
    "apply_for_voucher": (FIRMS, 7), "withdraw_application": (FIRMS, 1), "review_voucher": (("reviewer1", "reviewer2"), 5),
    "reject_voucher": (("reviewer1",), 1), "refuse_voucher": (("approver1",), 1),
    "issue_voucher": (("approver1", "approver2"), 5), "place_order": (FIRMS, 8), "accept_order": (SELLERS, 7),
    "decline_order": (SELLERS, 1), "cancel_order": (FIRMS, 1), "register_contract": (SELLERS, 7),
    "deliver_order": (SELLERS, 7), "accept_delivery": (FIRMS, 7), "submit_claim": ((*FIRMS, *SELLERS), 10),
    "withdraw_claim": ((*FIRMS, *SELLERS), 1), "verify_claim": (("verifier1", "verifier2"), 8),
    "send_back_claim": (("approver3",), 1), "approve_claim": (("approver2", "approver3"), 9),
    "gather_batch": (("finance1",), 3), "release_batch": (("treasury1", "treasury2", "treasury3"), 8),
    "dissolve_batch": (("finance1",), 1), "import_statement": (("finance1", "treasury1"), 4),
    "match_line": (("finance1",), 2), "set_line_aside": (("finance1",), 1), "reissue_payout": (("finance1",), 3),
    "register_account": (("administrator1",), 2), "work_off": (("",), 3), "let_time_pass": (("",), 1),
}


# What a verb needs to get anywhere: something of a kind in one of these states.
NEEDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "withdraw_application": (Voucher, ("submitted", "reviewed")), "review_voucher": (Voucher, ("submitted",)),
    "reject_voucher": (Voucher, ("submitted",)), "refuse_voucher": (Voucher, ("reviewed",)),
    "issue_voucher": (Voucher, ("reviewed",)), "place_order": (Voucher, ("issued",)), "accept_order": (Order, ("placed",)),
    "decline_order": (Order, ("placed",)), "cancel_order": (Order, ("placed", "accepted", "registered")),
    "register_contract": (Order, ("accepted",)), "deliver_order": (Order, ("accepted", "registered")),
    "accept_delivery": (Order, ("delivered",)), "submit_claim": (Order, ("completed",)),
    "withdraw_claim": (Claim, ("submitted", "verified")), "verify_claim": (Claim, ("submitted",)),
    "send_back_claim": (Claim, ("verified",)), "approve_claim": (Claim, ("verified",)),
    "gather_batch": (Payout, ("payable",)), "release_batch": (Batch, ("gathered", "signed")),
    "dissolve_batch": (Batch, ("gathered", "signed")), "import_statement": (Batch, ("exported",)),
    "match_line": (BankLine, ("open",)), "set_line_aside": (BankLine, ("open",)), "reissue_payout": (Payout, ("returned",)),
}


class Walker:
    """Walks through a house at random, the same way for the same seed."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.random = Random(seed)
        self.trace: list[str] = []
        self.done: dict[str, int] = {}
        for code in (WEIHAI, IRELAND):
            a_programme(house, code, allotted="400000.00" if code == WEIHAI else "12000.00")

    def walk(self, steps: int) -> None:
        """Take so many steps, most of them where one can get on."""
        verbs = [verb for verb, (_people, weight) in USUAL.items() for _each in range(weight)]
        for _number in range(steps):
            sensible = self.random.random() < 0.8
            there = self._states() if sensible else set()
            able = [verb for verb in verbs if not sensible or verb not in NEEDS or there.intersection(
                (NEEDS[verb][0], state) for state in NEEDS[verb][1])]
            self.step(self.random.choice(able), sensible=sensible)

    def _states(self) -> set[tuple[Any, str]]:
        """In which states there is something of each kind."""
        with read(self.house.database) as session:
            return {(table, state) for table in (Voucher, Order, Claim, Payout, Batch, BankLine)
                    for state in session.exec(select(table.state).distinct())}

    def _chooses(self, verb: str, *, sensible: bool) -> str:
        """Who tries it: of the firms mostly one whose business it is."""
        usual = list(USUAL[verb][0])
        if usual == [""] or not sensible:
            return self.random.choice(usual if usual == [""] else sorted(self.house.people))
        if usual[0] in self.house.people and verb in NEEDS:
            table, states = NEEDS[verb]
            with self.house.work() as work:
                rows = work.session.exec(select(table).where(col(table.state).in_(states))).all()
                usual = [each for each in usual if any(self._is_business(work, row, self.house.people[each]) for row in rows)] or usual
        return self.random.choice(usual)

    def step(self, verb: str, *, sensible: bool) -> None:
        """Somebody tries a verb on something."""
        person = self._chooses(verb, sensible=sensible)
        try:
            if person:
                with self.house.work(person) as work:
                    getattr(self, verb)(work)
            else:
                getattr(self, verb)()
            self.done[verb] = self.done.get(verb, 0) + 1
            self.trace.append(f"{person}: {verb}")
        except Refusal as refusal:
            self.trace.append(f"{person}: {verb} refused: {type(refusal).__name__}")

    # -- what there is to choose from -----------------------------------------------------------------------------

    def one(self, work: Work, table: Any, *states: str) -> Any:
        """Something of a kind, mostly one's own and in one of the states; NotFound when there is none."""
        rows = work.session.exec(select(table).order_by(col(table.id))).all()
        fitting = [row for row in rows if row.state in states and self._is_business(work, row, work.actor)]
        chosen: Sequence[SQLModel] = fitting if fitting and self.random.random() < 0.9 else rows
        if not chosen:
            raise NotFound
        return self.random.choice(chosen)

    def _is_business(self, work: Work, row: SQLModel, actor: Actor) -> bool:
        """Whether a firm has to do with it; an office has to do with everything."""
        firms = actor.organisations("sme", "provider")
        if not firms or isinstance(row, Batch | Payout | BankLine):
            return True
        if isinstance(row, Order):
            return bool({row.provider_id, get(work.session, Voucher, row.voucher_id).sme_id} & firms)
        return getattr(row, "sme_id", None) in firms or getattr(row, "claimant_id", None) in firms

    def amount(self, currency: str, most: int) -> Money:
        """Up to so many units, in whole tens; sometimes nothing, sometimes too much."""
        wild = self.random.random()
        return Money(0 if wild < 0.02 else -100 if wild < 0.03 else self.random.randint(1, most // 10) * 1000, currency)

    def reason(self) -> str:
        """A reason, or none."""
        return self.random.choice(("because", "because", "because", ""))

    # -- the verbs ------------------------------------------------------------------------------------------------

    def apply_for_voucher(self, work: Work) -> None:
        firm = self.random.choice(list(FIRMS.values()))
        code, currency, most = (IRELAND, "EUR", 5_000) if firm.country == "IE" else (WEIHAI, "CNY", 120_000)
        programme = work.session.exec(select(Programme.reference).where(Programme.code == code)).one()
        issue.apply_for_voucher(work, programme, self.house.references[firm.number], self.amount(currency, most), self.reason())

    def withdraw_application(self, work: Work) -> None:
        issue.withdraw_application(work, self.one(work, Voucher, "submitted", "reviewed").reference)

    def review_voucher(self, work: Work) -> None:
        issue.review_voucher(work, self.one(work, Voucher, "submitted").reference, "seen")

    def reject_voucher(self, work: Work) -> None:
        issue.reject_voucher(work, self.one(work, Voucher, "submitted").reference, self.reason())

    def refuse_voucher(self, work: Work) -> None:
        issue.refuse_voucher(work, self.one(work, Voucher, "reviewed").reference, self.reason())

    def issue_voucher(self, work: Work) -> None:
        issue.issue_voucher(work, self.one(work, Voucher, "reviewed").reference)

    def place_order(self, work: Work) -> None:
        voucher = self.one(work, Voucher, "issued")
        seller = self.random.choice(list(SELLERS.values()))
        service = "standard" if voucher.currency == "EUR" else self.random.choice(("development", "consulting", "juggling"))
        net = self.amount(voucher.currency, 6_000 if voucher.currency == "EUR" else 300_000)
        purchase.place_order(work, voucher.reference, self.house.references[seller.number], service, "Something", net,
                             Money(max(net.minor, 0) * 6 // 100, net.currency))

    def accept_order(self, work: Work) -> None:
        purchase.accept_order(work, self.one(work, Order, "placed").reference)

    def decline_order(self, work: Work) -> None:
        purchase.decline_order(work, self.one(work, Order, "placed").reference, self.reason())

    def cancel_order(self, work: Work) -> None:
        purchase.cancel_order(work, self.one(work, Order, "placed", "accepted", "registered").reference, self.reason())

    def register_contract(self, work: Work) -> None:
        number = f"{2026371000000000 + self.random.randint(1, 400):016d}"
        purchase.register_contract(work, self.one(work, Order, "accepted").reference, number)

    def deliver_order(self, work: Work) -> None:
        purchase.deliver_order(work, self.one(work, Order, "accepted", "registered").reference, self.reason())

    def accept_delivery(self, work: Work) -> None:
        purchase.accept_delivery(work, self.one(work, Order, "delivered").reference)

    def submit_claim(self, work: Work) -> None:
        order = self.one(work, Order, "completed")
        owner = get(work.session, Organisation, order.provider_id)
        buyer = get(work.session, Organisation, get(work.session, Voucher, order.voucher_id).sme_id)
        claimant = owner if order.currency == "EUR" else buyer
        share = self.random.choice((100, 100, 60, 101))
        net, vat = (Money(each.minor * share // 100, each.currency) for each in (order.net, order.vat))
        lines = [InvoiceLine(f"26371{self.random.randint(1, 300):015d}", self.house.today, "Something", net, vat)]
        paid = OwnPayment("BANK", self.house.today, order.gross)
        verification.submit_claim(work, order.reference, lines, paid, evidence(work, self.house, order, claimant.reference))

    def withdraw_claim(self, work: Work) -> None:
        verification.withdraw_claim(work, self.one(work, Claim, "submitted", "verified").reference)

    def verify_claim(self, work: Work) -> None:
        claim = self.one(work, Claim, "submitted")
        decisions = []
        for line in lines_of(work.session, claim.id):
            percent = self.random.choice((100, 100, 100, 60, 0))
            reason = None if percent == 100 else self.random.choice((CutReason.NOT_IN_ORDER, CutReason.MANDATORY_TEST, None))
            decisions.append(LineDecision(line.number, line.money(line.basis_minor * percent // 100), reason))
        verification.verify_claim(work, claim.reference, decisions)

    def send_back_claim(self, work: Work) -> None:
        verification.send_back_claim(work, self.one(work, Claim, "verified").reference, self.reason())

    def approve_claim(self, work: Work) -> None:
        verification.approve_claim(work, self.one(work, Claim, "verified").reference)

    def gather_batch(self, work: Work) -> None:
        some = self.random.choice((None, None, [self.one(work, Payout, "payable").reference]))
        reimbursement.gather_batch(work, some, self.house.today + timedelta(days=self.random.choice((0, 1, 3, -1))))

    def release_batch(self, work: Work) -> None:
        reimbursement.release_batch(work, self.one(work, Batch, "gathered", "signed").reference)

    def dissolve_batch(self, work: Work) -> None:
        reimbursement.dissolve_batch(work, self.one(work, Batch, "gathered", "signed").reference, self.reason())

    def import_statement(self, work: Work) -> None:
        batch = self.one(work, Batch, "exported")
        if batch.state != BatchState.EXPORTED:
            return
        payouts = work.session.exec(select(Payout.reference).where(Payout.batch_id == batch.id).order_by(Payout.reference)).all()
        trouble: dict[str, Callable[[str], dict[str, Any]]] = {
            "none": lambda _one: {}, "also none": lambda _one: {}, "returned": lambda one: {"returned": [one]},
            "mangled": lambda one: {"mangled": {one: "cut"}}, "stranger": lambda _one: {"stranger": True}}
        chosen = trouble[self.random.choice(sorted(trouble))](self.random.choice(payouts))
        number = int(batch.reference.split("-")[2]) * 10 + self.random.randint(0, 2)
        content = bank_answer(self.house, batch.reference, sequence=number, **chosen)
        reconciliation.import_statement(work, self.house.store, f"{number}.xml", content)

    def match_line(self, work: Work) -> None:
        reconciliation.match_line(work, str(self.one(work, BankLine, "open").id), self.one(work, Payout, "sent").reference)

    def set_line_aside(self, work: Work) -> None:
        reconciliation.set_line_aside(work, str(self.one(work, BankLine, "open").id), self.reason())

    def reissue_payout(self, work: Work) -> None:
        reimbursement.reissue_payout(work, self.one(work, Payout, "returned").reference)

    def register_account(self, work: Work) -> None:
        firm = self.random.choice((*FIRMS.values(), *SELLERS.values()))
        if firm.country == "CN":
            register_account(work, self.house.references[firm.number], "CNY", f"6298{self.random.randint(1, 10**14):015d}",
                             bank_code="999465000990")

    def work_off(self) -> None:
        self.house.do_jobs()

    def let_time_pass(self) -> None:
        self.house.clock.turn(hours=self.random.choice((1, 5, 24, 48)))


def everything(house: House, table: Any) -> list[Any]:
    """Every row of a kind, oldest first."""
    with read(house.database) as session:
        return list(session.exec(select(table).order_by(col(table.id))))
