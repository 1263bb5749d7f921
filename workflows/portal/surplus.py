"""For auditors, finance and treasury: why the surplus and the budget surplus of a year differ, down to each entry."""

from datetime import date

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from voucher import ledger
from voucher.errors import NotFound
from voucher.statutory.mapping import mapping_of
from voucher.statutory.surplus import entries_behind, surplus_statements
from workflows.access import asking, roles
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
                    last_day=date(year, 12, 31), law_of=mapping_of)


@portal.get("/<int:year>/<country>/<currency>/<int:number>/<event>")
@roles(*READERS)
def entries(year: int, country: str, currency: str, number: int, event: str) -> ResponseReturnValue:
    """The entries behind a line of the statement: what each comes to under a heading, by the heading's number from 1."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotFound
    with asking() as work:
        held = next((each for each in surplus_statements(work.session, year) if (each.country, each.currency) == (country, currency)), None)
        headed = next((each for place, each in enumerate(held.headed, 1) if place == number), None) if held else None
        line = next((each for each in headed.differences if each.event == event), None) if headed else None
        if held is None or headed is None or line is None:
            raise NotFound
        after = ledger.find(work.session, request.args.get("after", ""))
        rows = entries_behind(work.session, held, headed, event, after, MOST_LINES + 1)
    return show("surplus_entries.html", statement=held, headed=headed, line=line, number=number, rows=rows[:MOST_LINES], after=after,
                more=len(rows) > MOST_LINES)
