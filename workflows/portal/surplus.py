"""For auditors, finance and treasury: why the surplus and the budget surplus of a year differ, down to each entry."""

from collections.abc import Sequence

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from voucher import ledger
from voucher.accounting import ChartAccount
from voucher.errors import NotFound
from voucher.ledger import Entry
from voucher.money import Money
from voucher.statutory.mapping import Heading, mapping_of
from voucher.statutory.surplus import SurplusStatement, entries_on, entries_under, surplus_statements
from workflows.access import asking, roles
from workflows.auditing import chart_of
from workflows.portal.auditor import MOST_LINES, READERS
from workflows.portal.forms import Typed
from workflows.portal.pages import show

portal = Blueprint("surplus", __name__, url_prefix="/office/books/surplus")

FIRST_YEAR, LAST_YEAR = 1900, 2999


@portal.get("")
@roles(*READERS)
def surplus() -> ResponseReturnValue:
    """The statement of a year, of this one unless another is asked for."""
    form = Typed(request.args)
    year = form.number("year", FIRST_YEAR, LAST_YEAR) if request.args.get("year") else None
    form.done()
    with asking() as work:
        year = year or work.today.year
        return show("surplus.html", statements=surplus_statements(work.session, year), year=year, this_year=work.today.year,
                    law_of=mapping_of)


@portal.get("/<int:year>/<country>/<currency>/<int:number>/<event>")
@roles(*READERS)
def entries(year: int, country: str, currency: str, number: int, event: str) -> ResponseReturnValue:
    """The entries behind a line of the statement: what each comes to under a heading, by the heading's number from 1."""
    with asking() as work:
        held = _statement(work.session, year, country, currency, event)
        headed = next((each for place, each in enumerate(held.headed, 1) if place == number), None)
        line = next((each for each in headed.differences if each.event == event), None) if headed else None
        if headed is None or line is None:
            raise NotFound
        after = ledger.find(work.session, request.args.get("after", ""))
        rows = entries_under(work.session, held, headed.heading, event, after, MOST_LINES + 1)
    return _page(held, rows, line.amount, headed.heading, event=event, after=after)


@portal.get("/<int:year>/<country>/<currency>/accounts/<name>")
@roles(*READERS)
def account(year: int, country: str, currency: str, name: str) -> ResponseReturnValue:
    """The entries of the year that moved an account ("cn-financial:2303"), with by how much."""
    chart = chart_of(f"{name}:")
    with asking() as work:
        held = _statement(work.session, year, country, currency)
        moved = next((each for each in (*held.budget.changes, *held.accrual.changes, *held.changes) if each.account == name), None)
        if chart is None or moved is None:
            raise NotFound
        after = ledger.find(work.session, request.args.get("after", ""))
        rows = entries_on(work.session, held, name, after, MOST_LINES + 1)
    return _page(held, rows, moved.amount, chart, after=after)


def _statement(session: Session, year: int, country: str, currency: str, event: str | None = None) -> SurplusStatement:
    """That of a year, country and currency. Raises NotFound."""
    found = surplus_statements(session, year, event) if FIRST_YEAR <= year <= LAST_YEAR else []
    for each in found:
        if (each.country, each.currency) == (country, currency):
            return each
    raise NotFound


def _page(held: SurplusStatement, rows: Sequence[tuple[Entry, Money]], amount: Money, about: Heading | ChartAccount, *,
          after: Entry | None, event: str = "") -> str:
    return show("surplus_entries.html", statement=held, about=about, event=event, amount=amount, rows=rows[:MOST_LINES], after=after,
                more=len(rows) > MOST_LINES)
