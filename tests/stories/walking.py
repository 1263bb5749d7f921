"""Anybody tries any step on anything: the walker of the random walk.

It knows which verbs there are and makes up arguments, mostly sensible ones, sometimes not. A verb may do its work or
refuse; anything else is a fault of ours, and the trace of the walk says how it came about.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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
from tests.stories.facts import Watch
from tests.stories.invariants import INVARIANTS
from voucher.claims import Claim, CutReason, InvoiceLine, LineDecision, OwnPayment, lines_of
from voucher.database import get
from voucher.errors import NotFound, Refusal
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import Batch, BatchState, Payout
from voucher.people import Organisation, Role
from voucher.programmes.funding import FundLine
from voucher.programmes.programmes import Programme
from voucher.statements import BankLine
from voucher.vouchers import Voucher
from voucher.work import Actor, Work, read
from workflows import (
    advancing,
    awards,
    charging,
    claiming,
    closing,
    correction,
    funding,
    issue,
    open_orders,
    providers,
    purchase,
    reconciliation,
    reimbursement,
    unmatching,
    verification,
    year_end,
)
from workflows.acts import ACTS, THINGS, Act, Ask, Kind, owner_of
from workflows.claiming import upload_file
from workflows.demo.data import IRELAND, WEIHAI
from workflows.demo.evidence import evidence_page
from workflows.registration import register_account

FIRMS = {who(each): each for each in (*SMES[:2], IRISH_SMES[0])}
SELLERS = {who(each): each for each in (*PROVIDERS[:2], IRISH_PROVIDERS[0])}

# Who holds a role.
HOLDERS: dict[Role, tuple[str, ...]] = {
    Role.SME: tuple(FIRMS), Role.PROVIDER: tuple(SELLERS), Role.REVIEWER: ("reviewer1", "reviewer2"),
    Role.APPROVER: ("approver1", "approver2", "approver3"), Role.VERIFIER: ("verifier1", "verifier2"), Role.FINANCE: ("finance1",),
    Role.TREASURY: ("treasury1", "treasury2", "treasury3"), Role.AUDITOR: ("auditor1",), Role.ADMINISTRATOR: ("administrator1",),
}


@dataclass(frozen=True)
class Try:
    """A verb: who would usually do it, how often it is tried, and what it needs to get anywhere: a thing in one of these states."""

    people: tuple[str, ...]
    weight: float
    table: Any = None
    states: tuple[str, ...] = ()


# What is more than a few fields, or no step of a person at all.
BY_HAND = {
    "apply_for_voucher": Try(HOLDERS[Role.SME], 7), "place_order": Try(HOLDERS[Role.SME], 8, Voucher, ("issued",)),
    "submit_claim": Try((*FIRMS, *SELLERS), 10, Order, ("completed",)),
    "resubmit_claim": Try((*FIRMS, *SELLERS), 4, Claim, ("returned",)),
    "verify_claim": Try(HOLDERS[Role.VERIFIER], 8, Claim, ("submitted",)),
    "gather_batch": Try(HOLDERS[Role.FINANCE], 3, Payout, ("payable",)),
    "release_batch": Try(HOLDERS[Role.TREASURY], 8, Batch, ("gathered", "signed")),
    "dissolve_batch": Try(HOLDERS[Role.FINANCE], 1, Batch, ("gathered", "signed", "released")),
    "import_statement": Try(("finance1", "treasury1"), 4, Batch, ("exported",)),
    "match_line": Try(HOLDERS[Role.FINANCE], 2, BankLine, ("open",)), "set_line_aside": Try(HOLDERS[Role.FINANCE], 1, BankLine, ("open",)),
    "send_line_back": Try(HOLDERS[Role.FINANCE], 1, BankLine, ("open",)),
    "unmatch_line": Try((*HOLDERS[Role.FINANCE], *HOLDERS[Role.TREASURY]), .5, BankLine, ("matched", "set_aside")),
    "match_return_less_charge": Try((*HOLDERS[Role.FINANCE], *HOLDERS[Role.TREASURY]), .3, BankLine, ("open",)),
    "reissue_payout": Try(HOLDERS[Role.FINANCE], 3, Payout, ("returned",)), "register_account": Try(HOLDERS[Role.ADMINISTRATOR], 2),
    "ask_award": Try(HOLDERS[Role.PROVIDER], 2, Payout, ("settled",)), "propose_listing": Try(HOLDERS[Role.PROVIDER], .3),
    "record_appropriation": Try(HOLDERS[Role.FINANCE], .4), "allot": Try(HOLDERS[Role.FINANCE], .4),
    "allow_over_issue": Try(HOLDERS[Role.FINANCE], .3), "withdraw_over_issue": Try(HOLDERS[Role.FINANCE], .3),
    "advance_funds": Try(HOLDERS[Role.FINANCE], .2), "settle_advance": Try(HOLDERS[Role.FINANCE], .2),
    "lapse_free_money": Try(HOLDERS[Role.FINANCE], .1), "carry_forward": Try(HOLDERS[Role.FINANCE], .1),
    "carry_orders": Try(HOLDERS[Role.FINANCE], .2), "accrue_deliveries": Try(HOLDERS[Role.FINANCE], .2),
    "adjust_period": Try(HOLDERS[Role.FINANCE], .2), "close_period": Try(HOLDERS[Role.FINANCE], .3),
    "reopen_period": Try((*HOLDERS[Role.APPROVER], *HOLDERS[Role.FINANCE]), .3),
    "work_off": Try((), 3), "let_time_pass": Try((), 1),
}

# Every act there is, so that a new one is walked from the day on which it stands in its table.
BY_TABLE = {act.step: (letter, act) for letter, acts in ACTS.items() for act in acts}


# What ends a case, or shuts a provider out, is tried seldom: else no case would come as far as the bank.
_LAST = ("surrender_voucher", "give_back_what_is_free", "cancel_voucher", "freeze_voucher", "open_revocation", "revoke_voucher",
         "suspend_provider", "delist_provider", "give_up_payout", "annul_recovery")
_BACK = ("withdraw_application", "withdraw_claim", "refuse_voucher", "reject_voucher", "decline_order", "cancel_order",
         "propose_termination", "refuse_claim", "return_claim", "send_back_claim", "confirm_finding")
_WEIGHTS = {"close_programme": .005, "pause_programme": .02, "announce_closing": .02} | dict.fromkeys(_LAST, .05) | dict.fromkeys(_BACK, .4)


def _try(letter: str, act: Act) -> Try:
    people = tuple(each for role in act.row.by for each in HOLDERS[role])
    return Try(people, _WEIGHTS.get(act.step, 1 if act.kind else 7), THINGS[letter].table, tuple(map(str, act.states or act.row.source)))


TRIES = BY_HAND | {step: _try(letter, act) for step, (letter, act) in BY_TABLE.items()}


class Walker:
    """Walks through a house at random, the same way for the same seed."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.random = Random(seed)
        self.trace: list[str] = []
        self.done: dict[str, int] = {}
        self.open_house()
        self.watch = Watch(house.database, *INVARIANTS)

    def open_house(self) -> None:
        """Publish what firms may apply for."""
        for code in (WEIHAI, IRELAND):
            a_programme(self.house, code, allotted="400000.00" if code == WEIHAI else "12000.00")

    def walk(self, steps: int) -> None:
        """Take so many steps, most of them where one can get on."""
        for _number in range(steps):
            sensible = self.random.random() < 0.8
            there = self._states() if sensible else set()
            able = [verb for verb, each in TRIES.items() if not sensible or each.table is None or there.intersection(
                (each.table, state) for state in each.states)]
            (chosen,) = self.random.choices(able, [TRIES[verb].weight for verb in able])
            self.step(chosen, sensible=sensible)

    def _states(self) -> set[tuple[Any, str]]:
        """In which states there is something of each kind."""
        tables = {each.table for each in TRIES.values() if each.table is not None}
        with self.watch.facts() as facts:
            return {(table, row.state) for table in tables for row in facts.all(table)}

    def _chooses(self, verb: str, *, sensible: bool) -> str:
        """Who tries it, of the firms mostly one whose business it is; nobody, when it is the clock's."""
        usual, wanted = list(TRIES[verb].people), TRIES[verb]
        if not usual:
            return ""
        if not sensible:
            return self.random.choice(sorted(self.house.people))
        if wanted.table is not None:
            with self.house.work() as work:
                rows = work.session.exec(select(wanted.table).where(col(wanted.table.state).in_(wanted.states))).all()
                usual = [each for each in usual if any(self._is_business(work, row, self.house.people[each]) for row in rows)] or usual
        return self.random.choice(usual)

    def step(self, verb: str, *, sensible: bool) -> None:
        """Somebody tries a verb on something."""
        person = self._chooses(verb, sensible=sensible)
        try:
            if person:
                with self.house.work(person) as work:
                    self._do(verb, work)
            else:
                getattr(self, verb)()
            self.done[verb] = self.done.get(verb, 0) + 1
            self.trace.append(f"{person}: {verb}")
            self.watch.look()
        except Refusal as refusal:
            self.trace.append(f"{person}: {verb} refused: {type(refusal).__name__}")

    def _do(self, verb: str, work: Work) -> None:
        if verb not in BY_TABLE:
            getattr(self, verb)(work)
            return
        letter, act = BY_TABLE[verb]
        row = self.one(work, THINGS[letter].table, *map(str, act.states or act.row.source))
        asked = [ask for ask in act.asks if ask.required or (self.random.random() < 0.5 and ask.kind != Kind.AMOUNTS)]  # terms ask for none
        act.verb(work, row.reference, **{ask.name: self.made_up(work, letter, act, ask, row) for ask in asked})

    def made_up(self, work: Work, letter: str, act: Act, ask: Ask, row: Any) -> Any:
        """Something to answer what an act asks, mostly sensible."""
        chosen = self.random.choice
        match ask.kind:
            case Kind.DAY:
                return self.house.today + timedelta(days=chosen((0, 1, 5, 20, -1)))
            case Kind.NUMBER:
                return self.random.randint(ask.least, min(ask.most, ask.least + 5))
            case Kind.MONEY:
                return self.amount(row.currency, 60_000)
            case Kind.CHOICE:
                return chosen(sorted(ask.choices))
            case Kind.CHOICES | Kind.FACTS:
                return [each for each in ask.choices if chosen((True, False))]
            case Kind.FLAG:
                return chosen((True, False))
            case Kind.REFERENCE:
                return self._another(work, ask.letter)
            case Kind.FILES:
                owner = owner_of(work.session, work.actor, act, THINGS[letter].parties(work.session, row))
                return [upload_file(work, self.house.store, owner, "paper.pdf", evidence_page(ask.name, row.reference)).reference]
        if ask.example.isdigit():  # a number of somebody's register: mostly one that is free
            return f"{int(ask.example) + self.random.randint(1, 400):0{len(ask.example)}d}"
        return chosen((ask.example or "because", ask.example or "because", "because", ""))

    def _another(self, work: Work, letter: str) -> str:
        """The reference of anything with this letter."""
        table = Organisation if letter == "N" else THINGS[letter].table
        found = work.session.exec(select(table.reference).order_by(table.reference)).all()
        return self.random.choice(found) if found else f"{letter}-2026-99999-1"

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
        thing = next((each for each in THINGS.values() if type(row) is each.table), None)
        return not firms or thing is None or bool(firms.intersection(thing.parties(work.session, row).values()))

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

    def place_order(self, work: Work) -> None:
        voucher = self.one(work, Voucher, "issued")
        seller = self.random.choice(list(SELLERS.values()))
        service = "standard" if voucher.currency == "EUR" else self.random.choice(("development", "consulting", "juggling"))
        net = self.amount(voucher.currency, 6_000 if voucher.currency == "EUR" else 300_000)
        purchase.place_order(work, voucher.reference, self.house.references[seller.number], service, "Something", net,
                             Money(max(net.minor, 0) * 6 // 100, net.currency))

    def submit_claim(self, work: Work) -> None:
        order = self.one(work, Order, "completed")
        owner = get(work.session, Organisation, order.provider_id)
        buyer = get(work.session, Organisation, get(work.session, Voucher, order.voucher_id).sme_id)
        claimant = owner if order.currency == "EUR" else buyer
        share = self.random.choice((100, 100, 60, 101))
        net, vat = (Money(each.minor * share // 100, each.currency) for each in (order.net, order.vat))
        lines = [InvoiceLine(f"26371{self.random.randint(1, 300):015d}", self.house.today, "Something", net, vat)]
        paid = OwnPayment(f"BANK-{self.house.number()}", self.house.today, order.gross)
        claiming.submit_claim(work, order.reference, lines, paid, evidence(work, self.house, order, claimant.reference),
                                  final=self.random.random() < 0.6)

    def resubmit_claim(self, work: Work) -> None:
        claim = self.one(work, Claim, "returned")
        lines = [InvoiceLine(line.invoice_number, line.issued_on, self.random.choice((line.description, "Something else")),
                             line.money(line.net_minor * self.random.choice((100, 90)) // 100), line.money(line.vat_minor))
                 for line in lines_of(work.session, claim.id)]
        order = get(work.session, Order, claim.order_id)
        owner = get(work.session, Organisation, claim.claimant_id)
        correction.resubmit_claim(work, claim.reference, lines, OwnPayment(claim.own_payment_reference, self.house.today, order.gross),
                                  evidence(work, self.house, order, owner.reference))

    def verify_claim(self, work: Work) -> None:
        claim = self.one(work, Claim, "submitted")
        decisions = []
        for line in lines_of(work.session, claim.id):
            if line.accepted_minor is not None:
                continue  # it was in order before the claim was corrected
            percent = self.random.choice((100, 100, 100, 60, 0))
            reason = None if percent == 100 else self.random.choice((CutReason.NOT_IN_ORDER, CutReason.MANDATORY_TEST, None))
            decisions.append(LineDecision(line.number, line.money(line.basis_minor * percent // 100), reason))
        verification.verify_claim(work, claim.reference, decisions)

    def gather_batch(self, work: Work) -> None:
        some = self.random.choice((None, None, [self.one(work, Payout, "payable").reference]))
        reimbursement.gather_batch(work, some, self.house.today + timedelta(days=self.random.choice((0, 1, 3, -1))))

    def release_batch(self, work: Work) -> None:
        reimbursement.release_batch(work, self.one(work, Batch, "gathered", "signed").reference)

    def dissolve_batch(self, work: Work) -> None:
        reimbursement.dissolve_batch(work, self.one(work, Batch, "gathered", "signed", "released").reference, self.reason())

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

    def send_line_back(self, work: Work) -> None:
        reconciliation.send_line_back(work, str(self.one(work, BankLine, "open").id), self.reason())

    def unmatch_line(self, work: Work) -> None:
        unmatching.unmatch_line(work, str(self.one(work, BankLine, "matched", "set_aside").id), self.reason())

    def match_return_less_charge(self, work: Work) -> None:
        charging.match_return_less_charge(work, str(self.one(work, BankLine, "open").id), self.one(work, Payout, "settled").reference)

    def set_line_aside(self, work: Work) -> None:
        reconciliation.set_line_aside(work, str(self.one(work, BankLine, "open").id), self.reason())

    def reissue_payout(self, work: Work) -> None:
        reimbursement.reissue_payout(work, self.one(work, Payout, "returned").reference)

    def register_account(self, work: Work) -> None:
        firm = self.random.choice((*FIRMS.values(), *SELLERS.values()))
        if firm.country == "CN":
            register_account(work, self.house.references[firm.number], "CNY", f"6298{self.random.randint(1, 10**14):015d}",
                             bank_code="999465000990")

    def ask_award(self, work: Work) -> None:
        programme = self.random.choice(work.session.exec(select(Programme)).all())
        seller = self.random.choice(list(SELLERS.values()))
        awards.ask_award(work, self.house.references[seller.number], programme.reference, self.house.today.year,
                         self.random.choice(("services", "services", "juggling")))

    def propose_listing(self, work: Work) -> None:
        providers.propose_listing(work, self.house.references[self.random.choice(list(SELLERS.values())).number], self.reason())

    def record_appropriation(self, work: Work) -> None:
        programme = self.random.choice(work.session.exec(select(Programme)).all())
        funding.record_appropriation(work, programme.reference, self.house.today.year, self.amount(programme.currency, 5_000),
                                   f"Decision {self.house.number()}", self.random.choice(("city", "city", "nobody")))

    def allot(self, work: Work) -> None:
        funding.allot(work, *self._of_fund_line(work))

    def allow_over_issue(self, work: Work) -> None:
        funding.allow_over_issue(work, *self._of_fund_line(work))

    def withdraw_over_issue(self, work: Work) -> None:
        funding.withdraw_over_issue(work, *self._of_fund_line(work))

    def advance_funds(self, work: Work) -> None:
        advancing.advance_funds(work, *self._of_fund_line(work))

    def settle_advance(self, work: Work) -> None:
        advancing.settle_advance(work, *self._of_fund_line(work))

    def lapse_free_money(self, work: Work) -> None:
        line, _amount, document = self._of_fund_line(work)
        year_end.lapse_free_money(work, line, document)

    def carry_forward(self, work: Work) -> None:
        line, _amount, document = self._of_fund_line(work)
        year_end.carry_forward(work, line, document)

    def carry_orders(self, work: Work) -> None:
        line, _amount, document = self._of_fund_line(work)
        open_orders.carry_orders(work, line, document)

    def accrue_deliveries(self, work: Work) -> None:
        line, _amount, document = self._of_fund_line(work)
        open_orders.accrue_deliveries(work, line, document)

    def _of_fund_line(self, work: Work) -> tuple[str, Money, str]:
        line = self.random.choice(work.session.exec(select(FundLine).order_by(FundLine.reference)).all())
        return line.reference, self.amount(line.currency, 5_000), f"Notice {self.house.number()}"

    def adjust_period(self, work: Work) -> None:
        closing.adjust_period(work, self._some_day(), self.reason())

    def close_period(self, work: Work) -> None:
        closing.close_period(work, self._some_day(), self.reason())

    def reopen_period(self, work: Work) -> None:
        closing.reopen_period(work, self.random.choice((None, self._some_day())), self.reason())

    def _some_day(self) -> date:
        return self.house.today - timedelta(days=self.random.choice((0, 1, 3, 30)))

    def work_off(self) -> None:
        self.house.do_jobs()

    def let_time_pass(self) -> None:
        self.house.clock.turn(hours=self.random.choice((1, 5, 24, 48)))


def everything(house: House, table: Any) -> list[Any]:
    """Every row of a kind, oldest first."""
    with read(house.database) as session:
        return list(session.exec(select(table).order_by(col(table.id))))
