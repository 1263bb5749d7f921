"""What was ordered under a programme, as cases on which other terms can be tried."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from voucher.accounting import fund_line_position
from voucher.money import Money
from voucher.orders import OFF, Order
from voucher.people import Organisation
from voucher.programmes.backtest import Recorded, Replayed
from voucher.programmes.cases import Case
from voucher.programmes.funding import FundLine, fund_lines_of
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.programmes.terms import Terms
from voucher.programmes.windows import budget_year
from voucher.uses import Scope, case_in
from voucher.vouchers import Voucher


@dataclass
class LineUse:
    """A fund line under a draft: what is allotted, what the draft needs of it, and the first day on which that is too much."""

    line: FundLine
    allotted: Money
    needed_minor: int = 0
    spent_on: date | None = None

    def take(self, amount: Money, on: date) -> None:
        """Take an amount, whether it is there or not."""
        self.needed_minor += amount.minor
        if self.spent_on is None and self.needed_minor > self.allotted.minor:
            self.spent_on = on

    def as_json(self) -> dict[str, object]:
        """The line for machines; amounts are strings."""
        return {"fund_line": self.line.reference, "year": self.line.year, "funder": self.line.funder, "allotted": str(self.allotted),
                "needed": str(Money(self.needed_minor, self.line.currency)),
                "spent_on": self.spent_on.isoformat() if self.spent_on else None}


class BudgetUse:
    """The fund lines of a programme under a draft, each of which runs out alone."""

    def __init__(self, session: Session, programme: Programme) -> None:
        """Each line begins with what is allotted to it by the books, used or not."""
        self.terms = terms_in_force(session, programme).terms
        self.lines = [LineUse(line, position.allotted)
                      for line in fund_lines_of(session, programme.id) for position in (fund_line_position(session, line),)]

    def add(self, each: Replayed) -> None:
        """Take what the draft gives to a case from the lines of its year: each funder's part from its own.

        Where the draft names less than two funders, the first line that has enough bears it, as when vouchers are issued.
        """
        year, funders = budget_year(self.terms, each.recorded.case.on), each.sheet.funders if each.sheet else {}
        for funder, amount in funders.items() if len(funders) > 1 else [("", each.gets)]:
            lines = [line for line in self.lines if line.line.year == year and funder in ("", line.line.funder)]
            enough = [line for line in lines if line.needed_minor + amount.minor <= line.allotted.minor]
            for line in (enough or lines)[:1]:
                line.take(amount, each.recorded.case.on)


_PAGE = 1000


def recorded_cases(session: Session, programme: Programme, terms: Terms) -> Generator[Recorded, None, None]:
    """Every order of a programme that was not called off, in the order of their days, read a page at a time.

    What it got is what still counts of it: the part that was reserved or, once a claim is decided, approved. `terms` are
    those that will judge it: what they do not ask for is left out.
    """
    sme, provider = aliased(Organisation), aliased(Organisation)
    rows = session.exec(
        select(Order, Voucher, sme, provider)
        .join(Voucher, col(Voucher.id) == Order.voucher_id).join(sme, col(sme.id) == Voucher.sme_id)
        .join(provider, col(provider.id) == Order.provider_id)
        .where(Voucher.programme_id == programme.id, col(Order.state).not_in(OFF))
        .order_by(col(Order.counted_on), col(Order.id)).execution_options(yield_per=_PAGE))
    try:
        for order, voucher, firm, seller in rows:
            yield Recorded(order.reference, _case(terms, order, voucher, firm, seller), order.money(order.held_minor))
            session.expunge(order)
    finally:
        rows.close()  # whoever stops half-way leaves no cursor behind


def _case(terms: Terms, order: Order, voucher: Voucher, firm: Organisation, seller: Organisation) -> Case:
    scope = Scope(firm, (firm.id,), seller, counts_seller=True, team=voucher.bare_team, person=voucher.bare_person)
    measures = {code: Money.parse(amount, order.currency) for code, amount in order.measures.items()}
    known = terms.services[order.service_type].items if order.service_type in terms.services else {}
    return case_in(terms, scope, order.counted_on, voucher.firm_class, order.service_type, order.net, order.vat,
                   item=order.item if order.item in known else "", quantity=order.quantity,
                   facts=[fact for fact in order.facts if fact in terms.facts], measures=measures)


def count_recorded(session: Session, programme: Programme) -> int:
    """How many cases `recorded_cases` brings."""
    return session.exec(
        select(func.count()).select_from(Order).join(Voucher, col(Voucher.id) == Order.voucher_id)
        .where(Voucher.programme_id == programme.id, col(Order.state).not_in(OFF))).one()
