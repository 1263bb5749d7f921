"""The entries of vouchers."""

from dataclasses import replace
from datetime import date

from voucher.accounting.case import Case
from voucher.accounting.chart import chart_account
from voucher.accounting.entries import Spread
from voucher.ledger import Draft
from voucher.money import Money, total
from voucher.vouchers import Voucher


def voucher_issued(case: Case, on: date, uncovered: Spread | None = None) -> Draft:
    """A conditional promise; `uncovered` is what of it no allotment covers, fund line by fund line."""
    beyond = {"uncovered": uncovered} if uncovered else {}
    return case.entry("voucher.issued", case.voucher.reference, on, {"face": case.spread(case.voucher.id)} | beyond)


def offer_made(case: Case, on: date) -> Draft:
    """The money of a voucher is set apart for one who waits."""
    return case.entry("offer.made", case.voucher.reference, on, {"face": case.spread(case.voucher.id)})


def offer_ended(case: Case, on: date) -> Draft:
    """What was set apart is free again; whoever takes the offer up is issued his voucher from it at once."""
    return case.entry("offer.ended", case.voucher.reference, on, {"face": case.spread(case.voucher.id)})


def remainder_ended(case: Case, event: str, amount: Spread, ended: Money, on: date, appeals: int = 0) -> Draft:
    """What is left to use of a voucher expires, or is cancelled or given back: `ended` so far, with this, after so many `appeals`."""
    draft = case.entry(event, case.voucher.reference, on, {"amount": amount})
    again = f" after appeal {appeals}" if appeals else ""
    return replace(draft, cause=f"{event} {case.voucher.reference} up to {ended}{again}")


def freed_vouchers(draft: Draft) -> list[str]:
    """The vouchers to which an entry gives something back that can be used again, by their references."""
    account = f"{chart_account('V210').name}:"
    return [] if draft.event == "voucher.issued" else [
        line.account.name.removeprefix(account) for line in draft.lines if line.account.name.startswith(account) and line.amount.minor < 0]


def given_back(draft: Draft, voucher: Voucher) -> Money:
    """What an entry gives back to a voucher that can be used again; below zero, what it takes."""
    account = chart_account("V210").of(voucher.reference, voucher.currency)
    return -total((line.amount for line in draft.lines if line.account == account), voucher.currency)
