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
    """By how much an account ("cn-financial:2303") moved in the year, debit positive, and what it adds to the figure above it."""

    account: str
    amount: Money
    adds: Money


@dataclass(frozen=True)
class Made:
    """A surplus, and the accounts of revenue and expense that make it."""

    amount: Money
    changes: Sequence[Change]


@dataclass(frozen=True)
class SurplusStatement:
    """The two surpluses of a calendar year in one currency, and what lies between them: by event, and by the accounts that are neither
    revenue nor expense.
    """

    country: str
    year: int
    currency: str
    budget: Made
    headed: Sequence[Headed]
    accrual: Made
    changes: Sequence[Change]

    @property
    def difference(self) -> Money:
        """By how much the surplus is above the budget surplus."""
        return self.accrual.amount - self.budget.amount

    @property
    def is_explained(self) -> bool:
        """Whether the events and the balances each come to the difference."""
        told = [total((each.adds for each in some), self.currency) for some in (self.headed, self.changes)]
        return told == [self.difference] * 2


def surplus_statements(session: Session, year: int, event: str | None = None) -> list[SurplusStatement]:
    """The statements of a calendar year, by country and currency; none where no law's books moved. With `event`, of that alone."""
    found = []
    for mapping in map(mapping_of, countries()):
        if mapping.surpluses is not None:
            moved = ledger.turnover(session, mapping.surpluses.books, *_days(year), event)
            found += [_statement(mapping.country, mapping.surpluses, year, [each for each in moved if each.amount.currency == currency])
                      for currency in sorted({each.amount.currency for each in moved})]
    return found


def entries_under(session: Session, statement: SurplusStatement, heading: Heading, event: str, after: Entry | None = None,
                  limit: int | None = None) -> list[tuple[Entry, Money]]:
    """The entries of an event, with what each comes to under a heading, in the order of recording: those behind `after`, all of them or the
    first. Together they come to the difference that the statement tells.
    """
    surpluses = mapping_of(statement.country).surpluses
    assert surpluses is not None, statement.country
    behind = ledger.moving(session, f"{getattr(surpluses, heading.side).book}:", *_days(statement.year), event, after, limit)
    return [(entry, _alone(_parts(surpluses, statement.currency, _turnovers(entry, event)), heading, event)) for entry in behind]


def entries_on(session: Session, statement: SurplusStatement, account: str, after: Entry | None = None,
               limit: int | None = None) -> list[tuple[Entry, Money]]:
    """The entries that moved an account ("cn-financial:2303") in the year, with by how much, debit positive."""
    behind = ledger.moving(session, f"{account}:", *_days(statement.year), None, after, limit)
    return [(entry, total((line.amount for line in entry.lines if line.account.name.startswith(f"{account}:")
                           and line.amount.currency == statement.currency), statement.currency)) for entry in behind]


_Parts = defaultdict[tuple[str, str, str], Money]


def _statement(country: str, surpluses: Surpluses, year: int, moved: Sequence[Turnover]) -> SurplusStatement:
    currency = moved[0].amount.currency
    parts = _parts(surpluses, currency, moved)
    events = sorted({each.event for each in moved})
    sums: dict[tuple[str, bool, str], Money] = defaultdict(lambda: Money.zero(currency))
    for each in moved:
        side, kind = surpluses.place(each.account)
        sums[side, bool(kind), each.account.rpartition(":")[0]] += each.amount

    order = sorted(sums.items(), key=lambda item: item[0])

    def made(side: str) -> Made:
        changes = [Change(account, amount, -amount) for (its, counts, account), amount in order if its == side and counts and amount]
        return Made(total((each.adds for each in changes), currency), changes)

    def headed(heading: Heading) -> Headed:
        rows = [Difference(event, amount) for event in events if (amount := _alone(parts, heading, event))]
        return Headed(heading, rows, total((row.amount for row in rows), currency))

    return SurplusStatement(
        country, year, currency, made("budget"), [headed(each) for each in surpluses.differences], made("accrual"),
        [Change(account, amount, amount if side == "accrual" else -amount) for (side, counts, account), amount in order
         if not counts and amount])


def _parts(surpluses: Surpluses, currency: str, moved: Sequence[Turnover]) -> _Parts:
    """What was recognised, by side, kind and event. Revenue is credited and expense debited; both count positive."""
    parts: _Parts = defaultdict(lambda: Money.zero(currency))
    for each in moved:
        if each.account.partition(":")[0] in surpluses.books and each.amount.currency == currency:
            side, kind = surpluses.place(each.account)
            parts[side, kind, each.event] += -each.amount if kind == "revenue" else each.amount
    return parts


def _alone(parts: _Parts, heading: Heading, event: str) -> Money:
    """What the heading's side recognises of an event and the other does not: all of it, or what is beyond the other's."""
    mine, theirs = (parts[side, heading.kind, event] for side in (heading.side, "budget" if heading.side == "accrual" else "accrual"))
    if mine.minor * theirs.minor <= 0:
        return mine
    return mine - theirs if abs(mine.minor) > abs(theirs.minor) else mine - mine


def _turnovers(entry: Entry, event: str) -> list[Turnover]:
    return [Turnover(line.account.name, event, line.amount) for line in entry.lines]


def _days(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)
