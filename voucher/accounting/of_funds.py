"""The entries of fund lines. What the law's books ask for of them, they ask by the country of the programme."""

from dataclasses import replace
from datetime import date

from voucher.accounting.entries import Places, entry, places_of
from voucher.ledger import Draft
from voucher.money import Money
from voucher.orders import Order
from voucher.programmes.funding import FundLine


def funds_appropriated(line: FundLine, amount: Money, document: str, on: date, country: str) -> Draft:
    """Money is voted. The same document counts once."""
    return _of_line("funds.appropriated", line, document, on, country, amount=amount)


def funds_allotted(line: FundLine, amount: Money, document: str, on: date, country: str) -> Draft:
    """Money is released to the programme. The same document counts once."""
    return _of_line("funds.allotted", line, document, on, country, amount=amount)


def over_issue_allowed(line: FundLine, amount: Money, document: str, on: date, country: str) -> Draft:
    """Finance consents that so much more is promised. The same document counts once."""
    return _of_line("over_issue.allowed", line, document, on, country, amount=amount)


def over_issue_withdrawn(line: FundLine, amount: Money, document: str, on: date, country: str) -> Draft:
    """What of it is not used ends. The same document counts once."""
    return _of_line("over_issue.withdrawn", line, document, on, country, amount=amount)


def funds_advanced(lender: FundLine, borrower: FundLine, amount: Money, document: str, on: date, country: str) -> Draft:
    """One funder's free money is another's until that one's own has come. The same document counts once."""
    return _between("advance.made", lender, borrower, amount, document, on, country)


def advance_settled(lender: FundLine, borrower: FundLine, amount: Money, document: str, on: date, country: str) -> Draft:
    """It is paid back. The same document counts once."""
    return _between("advance.settled", lender, borrower, amount, document, on, country)


def year_lapsed(line: FundLine, unallotted: Money, free: Money, document: str, on: date, country: str) -> Draft:
    """What nobody was promised goes back to who gave it. The same document counts once."""
    return _adjusting(_of_line("year.lapsed", line, document, on, country, unallotted=unallotted, free=free, returned=unallotted + free))


def free_carried(line: FundLine, unallotted: Money, free: Money, document: str, on: date, country: str) -> Draft:
    """What nobody was promised leaves the fund line of its year. The same document counts once."""
    return _adjusting(_of_line("year.free_carried", line, document, on, country,
                               unallotted=unallotted, free=free, carried=unallotted + free))


def free_opened(line: FundLine, source: FundLine, unallotted: Money, free: Money, document: str, on: date, country: str) -> Draft:
    """What was carried from another fund line is there again, allotted as far as it was."""
    return _of_line("year.free_opened", line, f"{source.reference} {document}", on, country,
                    unallotted=unallotted, free=free, carried=unallotted + free)


def order_carried(line: FundLine, order: Order, case: Places, amount: Money, document: str, on: date, country: str) -> Draft:
    """What is obligated for an order leaves the fund line of its year. The same document counts once an order.

    `case` is the voucher of the order and whom it concerns (here and below).
    """
    return _adjusting(_of_order("year.carried", line, order, case, amount, document, on, country))


def order_opened(line: FundLine, source: FundLine, order: Order, case: Places, amount: Money, document: str, on: date,
                 country: str) -> Draft:
    """What was carried for an order is obligated again, on the fund line of another year."""
    return _of_order("year.opened", line, order, case, amount, f"{source.reference} {document}", on, country)


def order_accrued(line: FundLine, order: Order, case: Places, amount: Money, on: date, country: str) -> Draft:
    """An estimate of what is owed for an order that is delivered and not verified when a year ends: once an order and year."""
    return _adjusting(_of_order("year.accrued", line, order, case, amount, str(line.year), on, country))


def accrual_reversed(line: FundLine, order: Order, case: Places, amount: Money, on: date, country: str) -> Draft:
    """The estimate is taken back, because the claim itself is entered in the new year."""
    return _of_order("year.accrual_reversed", line, order, case, amount, str(line.year), on, country)


def _of_line(event: str, line: FundLine, document: str, on: date, country: str, **amounts: Money) -> Draft:
    return entry(event, line.reference, on, amounts, places_of(line), country=country, cause=f"{event} {line.reference} {document}")


def _between(event: str, lender: FundLine, borrower: FundLine, amount: Money, document: str, on: date, country: str) -> Draft:
    parts = [(places_of(lender), {"lent": amount}), (places_of(borrower), {"borrowed": amount})]
    return entry(event, lender.reference, on, {"lent": amount, "borrowed": amount}, {}, country=country, parts=parts,
                 cause=f"{event} {lender.reference} {borrower.reference} {document}")


def _of_order(event: str, line: FundLine, order: Order, case: Places, amount: Money, document: str, on: date, country: str) -> Draft:
    places = {**places_of(line), **case, "order": order.reference, "service": order.service_type}
    return entry(event, order.reference, on, {"amount": amount}, places, country=country,
                 cause=f"{event} {line.reference} {order.reference} {document}")


def _adjusting(draft: Draft) -> Draft:
    """It counts for a year that is over, so a period that is being adjusted takes it."""
    return replace(draft, adjusting=True)
