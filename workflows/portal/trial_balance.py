"""The trial balance as a page shows it: by book, currency and account of the manual; and two of them side by side."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from voucher.accounting import CHART, ChartAccount, statutory_chart
from voucher.ledger import Balance, Entry
from voucher.money import CURRENCIES, Money, total


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


@dataclass(frozen=True)
class Beside:
    """What an account of the manual, or a part of it, came to as it was known then, and as it is known now."""

    account: ChartAccount | str
    then: Money
    now: Money

    @property
    def change(self) -> Money:
        """What came to be known in between."""
        return self.now - self.then


@dataclass(frozen=True)
class BookBeside:
    """A book in one currency as it was known then and as it is known now."""

    name: str
    currency: str
    rows: Sequence[Beside]


def _charts() -> list[ChartAccount]:
    """The accounts of the manual and of every country's law, book by book in the order of their codes, as one looks for them."""
    charts = (*CHART, *statutory_chart())
    books = list(dict.fromkeys(chart.book for chart in charts))
    return sorted(charts, key=lambda chart: (books.index(chart.book), chart.code))


def books_of(balances: Sequence[Balance]) -> list[Book]:
    """Balances by book and currency, the sub-accounts of an account of the manual in one row."""
    sums: dict[tuple[str, str], list[Money]] = defaultdict(list)
    for balance in balances:
        sums[balance.account.rpartition(":")[0], balance.amount.currency].append(balance.amount)
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for chart in _charts():
        for currency in CURRENCIES:
            amounts = sums.get((chart.name, currency))
            if amounts:
                found[chart.name.partition(":")[0], currency].append(Row(chart, total(amounts, currency), len(amounts)))
    return [Book(name, currency, rows) for (name, currency), rows in found.items()]


def books_beside(then: Sequence[Balance], now: Sequence[Balance]) -> list[BookBeside]:
    """Two trial balances side by side: every account of the manual that stands in one of them."""
    sums = _sums(then), _sums(now)
    found: dict[tuple[str, str], list[Beside]] = defaultdict(list)
    for chart in _charts():
        for currency in CURRENCIES:
            key = chart.name, currency
            if key in sums[0] or key in sums[1]:
                found[chart.name.partition(":")[0], currency].append(
                    Beside(chart, *(each.get(key, Money.zero(currency)) for each in sums)))
    return [BookBeside(name, currency, rows) for (name, currency), rows in found.items()]


def parts_beside(then: Sequence[Balance], now: Sequence[Balance], name: str, currency: str) -> list[Beside]:
    """The sub-accounts of an account of the manual side by side."""
    sides = [{each.account: each.amount for each in balances if each.account.startswith(f"{name}:") and each.amount.currency == currency}
             for balances in (then, now)]
    return [Beside(account, *(side.get(account, Money.zero(currency)) for side in sides)) for account in sorted(sides[0] | sides[1])]


def is_explained(books: Iterable[BookBeside], entries: Iterable[Entry]) -> bool:
    """Whether these entries are all of the difference between two trial balances."""
    posted: dict[tuple[str, str], int] = defaultdict(int)
    for entry in entries:
        for line in entry.lines:
            posted[line.account.name.rpartition(":")[0], line.amount.currency] += line.amount.minor
    return all(row.change.minor == posted[row.account.name, book.currency]
               for book in books for row in book.rows if isinstance(row.account, ChartAccount))


def _sums(balances: Iterable[Balance]) -> Mapping[tuple[str, str], Money]:
    sums: dict[tuple[str, str], Money] = {}
    for each in balances:
        key = each.account.rpartition(":")[0], each.amount.currency
        sums[key] = sums.get(key, Money.zero(each.amount.currency)) + each.amount
    return sums
