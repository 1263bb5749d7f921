"""What is obligated on a fund line for each order, by the books."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from sqlmodel import Session

from voucher import ledger
from voucher.accounting.chart import chart_account
from voucher.ledger import Moved
from voucher.money import Money, total
from voucher.programmes.funding import FundLine


def obligated_since(session: Session, line: FundLine, on: date) -> dict[str, Money]:
    """The least that was obligated for each order at the end of a day and ever since: order -> amount above zero."""
    return _above_zero({order: _least_since(rows, on) for order, rows in _by_order(session, line, "B240").items()})


def obligated_on(session: Session, line: FundLine, on: date) -> dict[str, Money]:
    """What was obligated for each order at the end of a day; what was carried to another year that day still counts."""
    rows = _by_order(session, line, "B240", "B270")
    return _above_zero({order: -total((each.amount for each in moved if each.effective_on <= on), line.currency)
                        for order, moved in rows.items()})


def _by_order(session: Session, line: FundLine, *codes: str) -> Mapping[str, list[Moved]]:
    found: dict[str, list[Moved]] = defaultdict(list)
    for code in codes:
        account = chart_account(code).of(line.reference, line.currency)
        for each in ledger.moved_by(session, account.name, account.currency, "order"):
            found[each.value].append(each)
    return found


def _least_since(rows: Iterable[Moved], on: date) -> Money:
    """The least at the end of that day and of each later one; `rows` are of one account that stands in credit, by day."""
    rows = list(rows)
    standing = -total((each.amount for each in rows if each.effective_on <= on), rows[0].amount.currency)
    least = standing
    for each in rows:
        if each.effective_on > on:
            standing -= each.amount
            least = min(least, standing)
    return least


def _above_zero(found: Mapping[str, Money]) -> dict[str, Money]:
    return {order: amount for order, amount in found.items() if amount.minor > 0}
