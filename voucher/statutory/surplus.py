"""From the budget surplus of a year to its surplus: what only one of a law's two books recognises, event by event.

After the note that China's 财会〔2017〕25号 asks for (本年盈余与预算结余的差异情况说明). A surplus is revenue less expense. The two
differ by what is recognised in one year and paid in another: by how far what stands open has changed. So the difference is told
twice, by the events that made it and by the balances in which it lies, and both must come to the same.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from voucher import ledger
from voucher.ledger import Entry, Turnover
from voucher.money import Money, total
from voucher.statutory.mapping import Heading, Surpluses, countries, mapping_of


@dataclass(frozen=True)
class Difference:
    """What the entries of an event came to under a heading."""

    event: str
    amount: Money


@dataclass(frozen=True)
class Headed:
    """A heading and what stands under it."""

    heading: Heading
    differences: Sequence[Difference]
    amount: Money

    @property
    def adds(self) -> Money:
        """What it adds to the budget surplus on the way to the other."""
        return self.amount if self.heading.is_added else -self.amount


@dataclass(frozen=True)
class Change:
    """By how much an account of neither revenue nor expense ("cn-financial:2303") moved in the year, as it adds to the difference."""

    account: str
    adds: Money


@dataclass(frozen=True)
class SurplusStatement:
    """The two surpluses of a calendar year in one currency, and what lies between them."""

    country: str
    year: int
    currency: str
    budget: Money
    headed: Sequence[Headed]
    accrual: Money
    changes: Sequence[Change]

    @property
    def difference(self) -> Money:
        """By how much the surplus is above the budget surplus."""
        return self.accrual - self.budget

    @property
    def is_explained(self) -> bool:
        """Whether the events and the balances each come to the difference."""
        told = [total((each.adds for each in some), self.currency) for some in (self.headed, self.changes)]
        return told == [self.difference] * 2


def surplus_statements(session: Session, year: int) -> list[SurplusStatement]:
    """The statements of a calendar year, by country and currency; none where no law's books moved."""
    found = []
    for mapping in map(mapping_of, countries()):
        if mapping.surpluses is not None:
            moved = ledger.turnover(session, mapping.surpluses.books, *_days(year))
            found += [_statement(mapping.country, mapping.surpluses, year, currency, moved)
                      for currency in sorted({each.amount.currency for each in moved})]
    return found


def entries_behind(session: Session, statement: SurplusStatement, headed: Headed, event: str, after: Entry | None = None,
                   limit: int | None = None) -> list[tuple[Entry, Money]]:
    """The entries of an event, with what each comes to under a heading, in the order of recording: those behind `after`, all of them or the
    first. Together they come to the difference that the statement tells.
    """
    surpluses, heading = mapping_of(statement.country).surpluses, headed.heading
    assert surpluses is not None, statement.country
    behind = ledger.of_event(session, event, surpluses.books, *_days(statement.year), after, limit)
    return [(entry, total((
        _recognised(line.amount, heading.kind) for line in entry.lines
        if line.account.book in surpluses.books and surpluses.place(line.account.name) == (heading.side, heading.kind)
        and line.amount.currency == statement.currency), statement.currency)) for entry in behind]


def _statement(country: str, surpluses: Surpluses, year: int, currency: str, moved: Sequence[Turnover]) -> SurplusStatement:
    zero = Money.zero(currency)
    parts: dict[tuple[str, str, str], Money] = defaultdict(lambda: zero)
    changes: dict[str, Money] = defaultdict(lambda: zero)
    for each in moved:
        if each.amount.currency == currency:
            side, kind = surpluses.place(each.account)
            if kind:
                parts[side, kind, each.event] += _recognised(each.amount, kind)
            else:
                changes[each.account.rpartition(":")[0]] += each.amount if side == "accrual" else -each.amount

    def surplus(side: str) -> Money:
        return total((amount if kind == "revenue" else -amount for (its, kind, _), amount in parts.items() if its == side), currency)

    def headed(heading: Heading) -> Headed:
        other = "budget" if heading.side == "accrual" else "accrual"
        rows = [Difference(event, amount) for (side, kind, event), amount in sorted(parts.items(), key=lambda part: part[0])
                if (side, kind) == (heading.side, heading.kind) and amount and amount != parts.get((other, kind, event))]
        return Headed(heading, rows, total((row.amount for row in rows), currency))

    return SurplusStatement(
        country, year, currency, surplus("budget"), [headed(each) for each in surpluses.differences], surplus("accrual"),
        [Change(account, amount) for account, amount in sorted(changes.items()) if amount])


def _recognised(amount: Money, kind: str) -> Money:
    """Revenue is credited and expense debited; both count positive."""
    return -amount if kind == "revenue" else amount


def _days(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)
