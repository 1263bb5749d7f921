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


def year_lapsed(line: FundLine, unallotted: Money, free: Money, document: str, on: date) -> Draft:
    """What nobody was promised goes back to who gave it. The same document counts once."""
    return entry("year.lapsed", line.reference, on, {"unallotted": unallotted, "free": free, "returned": unallotted + free},
                 places_of(line), cause=f"year.lapsed {line.reference} {document}")


def free_carried(line: FundLine, unallotted: Money, free: Money, document: str, on: date) -> Draft:
    """What nobody was promised leaves the fund line of its year. The same document counts once."""
    return entry("year.free_carried", line.reference, on, {"unallotted": unallotted, "free": free, "carried": unallotted + free},
                 places_of(line), cause=f"year.free_carried {line.reference} {document}")


def free_opened(line: FundLine, source: FundLine, unallotted: Money, free: Money, document: str, on: date) -> Draft:
    """What was carried from another fund line is there again, allotted as far as it was."""
    return entry("year.free_opened", line.reference, on, {"unallotted": unallotted, "free": free, "carried": unallotted + free},
                 places_of(line), cause=f"year.free_opened {line.reference} {source.reference} {document}")
