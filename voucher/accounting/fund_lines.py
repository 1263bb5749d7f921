"""What is free in a fund line, and what is promised beyond its allotment."""

from dataclasses import replace

from sqlmodel import Session

from voucher.accounting.chart import chart_account
from voucher.accounting.entries import lines_of, one_line_an_account
from voucher.accounting.positions import fund_line_position, standing
from voucher.accounting.rules import EVENTS
from voucher.ledger import Account, Draft, Entry
from voucher.money import Money, total
from voucher.programmes.funding import FundLine


def free_money_moved(draft: Draft) -> dict[str, Money]:
    """What an entry gives to the free money of fund lines, by their references; below zero, what it takes."""
    free = chart_account("B220").name + ":"
    return {line.account.name.removeprefix(free): -line.amount for line in draft.lines if line.account.name.startswith(free)}


def free_money(line: FundLine) -> Account:
    """The account in which the free money of a fund line stands."""
    return chart_account("B220").of(line.reference, line.currency)


def over_issue_of(session: Session, line: FundLine) -> Money:
    """How much finance lets be promised from a fund line beyond what is allotted to it."""
    return standing(session, ("B115",), line.reference, line.currency)[0]


def room_in(session: Session, line: FundLine) -> Money:
    """For how much vouchers can be issued from a fund line: what is free, and what finance lets be promised beyond that."""
    position = fund_line_position(session, line)
    return position.free + position.over_issue_left


def uncovered_of(session: Session, line: FundLine) -> Money:
    """What was promised from a fund line beyond what is allotted to it."""
    return standing(session, ("B231",), line.reference, line.currency)[0]


def covering(draft: Draft, line: FundLine, amount: Money) -> Draft:
    """An entry that frees money, of which this amount goes to promises that nothing covered until now."""
    moves = EVENTS["over_issue.covered"].moves
    freed = next(each for each in draft.lines if each.account.name == free_money(line).name)
    more = [each for move in moves for each in lines_of(move, amount, dict(freed.dimensions))]
    return replace(draft, lines=one_line_an_account([*draft.lines, *more]))


def covered_by(draft: Draft | Entry, line: FundLine) -> Money:
    """How much of what an entry freed went to promises that nothing covered."""
    name = chart_account("B216").of(line.reference, line.currency).name
    return -total((each.amount for each in draft.lines if each.account.name == name), line.currency)
