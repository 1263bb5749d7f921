"""The entries of fund lines."""

from datetime import date

from voucher.accounting.entries import entry, places_of
from voucher.ledger import Draft
from voucher.money import Money
from voucher.programmes.funding import FundLine


def funds_appropriated(line: FundLine, amount: Money, document: str, on: date) -> Draft:
    """Money is voted. The same document counts once."""
    return entry("funds.appropriated", line.reference, on, {"amount": amount}, places_of(line),
                 cause=f"funds.appropriated {line.reference} {document}")


def funds_allotted(line: FundLine, amount: Money, document: str, on: date) -> Draft:
    """Money is released to the programme. The same document counts once."""
    return entry("funds.allotted", line.reference, on, {"amount": amount}, places_of(line),
                 cause=f"funds.allotted {line.reference} {document}")


def over_issue_allowed(line: FundLine, amount: Money, document: str, on: date) -> Draft:
    """Finance consents that so much more is promised. The same document counts once."""
    return entry("over_issue.allowed", line.reference, on, {"amount": amount}, places_of(line),
                 cause=f"over_issue.allowed {line.reference} {document}")


def over_issue_withdrawn(line: FundLine, amount: Money, document: str, on: date) -> Draft:
    """What of it is not used ends. The same document counts once."""
    return entry("over_issue.withdrawn", line.reference, on, {"amount": amount}, places_of(line),
                 cause=f"over_issue.withdrawn {line.reference} {document}")
