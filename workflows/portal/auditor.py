"""For auditors, finance and treasury: the books themselves, from the trial balance down to each entry."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from voucher import ledger
from voucher.accounting import CHART, ChartAccount, statutory_chart
from voucher.errors import NotFound
from voucher.ledger import Balance
from voucher.money import CURRENCIES, Money, total
from voucher.people import Role
from workflows.access import looking, roles
from workflows.portal.forms import Typed
from workflows.portal.pages import show
from workflows.portal.speech import subject_url

portal = Blueprint("auditor", __name__, url_prefix="/office/books")

READERS = (Role.AUDITOR, Role.FINANCE, Role.TREASURY)
MOST_LINES = 500


@dataclass(frozen=True)
class Row:
    """A line of the trial balance: an account of the manual and what its sub-accounts come to."""

    chart: ChartAccount
    amount: Money
    count: int


@dataclass(frozen=True)
class Book:
    """A book in one currency: its rows, and the two columns, which must be equal."""

    name: str
    currency: str
    rows: Sequence[Row]

    @property
    def debit(self) -> Money:
        """The sum of the debit column."""
        return total((row.amount for row in self.rows if row.amount.minor > 0), self.currency)

    @property
    def credit(self) -> Money:
        """The sum of the credit column."""
        return total((-row.amount for row in self.rows if row.amount.minor < 0), self.currency)


def as_of() -> date | None:
    """The day asked for, today without one. Raises NotValid for what is no day."""
    form = Typed(request.args)
    day = form.day("as_of") if request.args.get("as_of") else None
    form.done()
    return day


@portal.get("")
@roles(*READERS)
def books() -> ResponseReturnValue:
    """The trial balance, by book, currency and account of the manual."""
    day = as_of()
    with looking() as session:
        return show("books.html", books=books_of(ledger.trial_balance(session, as_of=day)), as_of=day)


def books_of(balances: Sequence[Balance]) -> list[Book]:
    """Balances by book and currency, the sub-accounts of an account of the manual in one row."""
    sums: dict[tuple[str, str], list[Money]] = defaultdict(list)
    for balance in balances:
        sums[balance.account.rpartition(":")[0], balance.amount.currency].append(balance.amount)
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for chart in (*CHART, *statutory_chart()):
        for currency in CURRENCIES:
            amounts = sums.get((chart.name, currency))
            if amounts:
                found[chart.name.partition(":")[0], currency].append(Row(chart, total(amounts, currency), len(amounts)))
    return [Book(name, currency, rows) for (name, currency), rows in found.items()]


@portal.get("/accounts/<code>/<currency>")
@roles(*READERS)
def account(code: str, currency: str) -> ResponseReturnValue:
    """An account of the manual with its sub-accounts: each voucher's, fund line's, claim's or payout's own."""
    chart = next((chart for chart in (*CHART, *statutory_chart()) if chart.code == code), None)
    if chart is None or currency not in CURRENCIES:
        raise NotFound
    day = as_of()
    with looking() as session:
        rows = [balance for balance in ledger.trial_balance(session, as_of=day)
                if balance.account.startswith(f"{chart.name}:") and balance.amount.currency == currency]
        return show("account_parts.html", chart=chart, currency=currency, rows=rows, as_of=day,
                    total=total((row.amount for row in rows), currency))


@portal.get("/statements/<name>/<currency>")
@roles(*READERS)
def statement(name: str, currency: str) -> ResponseReturnValue:
    """The statement of one account: every posting with the balance after it."""
    if currency not in CURRENCIES:
        raise NotFound
    form = Typed(request.args)
    since = form.day("since") if request.args.get("since") else None
    until = form.day("until") if request.args.get("until") else None
    form.done()
    with looking() as session:
        lines = ledger.statement(session, name, currency, since=since, until=until)
    if not lines and since is None and until is None:
        raise NotFound
    return show("account_statement.html", name=name, currency=currency, lines=lines[-MOST_LINES:], count=len(lines),
                chart=_chart_of(name), since=since, until=until)


def _chart_of(name: str) -> ChartAccount | None:
    return next((chart for chart in (*CHART, *statutory_chart()) if name.startswith(f"{chart.name}:")), None)


@portal.get("/entries/<path:cause>")
@roles(*READERS)
def entry(cause: str) -> ResponseReturnValue:
    """One entry with its lines, its evidence and the terms that applied."""
    with looking() as session:
        held = ledger.find(session, cause)
        if held is None:
            raise NotFound
        reversed_by = ledger.reversal_of(session, held)
    return show("entry.html", entry=held, reversed_by=reversed_by, subject_url=subject_url(held.cause.rpartition(" ")[2]))

