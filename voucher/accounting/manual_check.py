"""Whether an entry touches what the accounting manual says of its event, on the sides that it says, and nothing else."""

from collections.abc import Iterator
from functools import cache

from voucher.accounting.chart import CHART, chart_account
from voucher.accounting.rules import EVENTS
from voucher.errors import Problem, _, problem
from voucher.ledger import Draft, Entry
from voucher.ledger.journal import REVERSED
from voucher.statutory.mapping import countries, mapping_of

# What any entry that frees money may hold besides: that it covers promises.
_COVERED, _UNCOVERED = "over_issue.covered", chart_account("B231").name
_BY_NAME = {account.name: account for account in CHART}
# Each account of a law's books is kept by fund line, or by deposit.
_OF_FUND_LINES, _OF_DEPOSITS = chart_account("B110"), chart_account("F1150")

# What is said of an account that is debited (True) or credited (False) though it should not be; None: touched at all.
_DOES_NOT = {
    True: _("By the accounting manual {event} does not debit {account}."),
    False: _("By the accounting manual {event} does not credit {account}."),
    None: _("By the accounting manual {event} does not touch {account}."),
}


def manual_problems(draft: Draft) -> Iterator[Problem]:
    """What of an entry the manual does not know: its event, an account, or that this event is on that side of it.

    A reversal is judged by its original, of which the ledger sees that it is the inverse.
    """
    if draft.reverses and draft.event == REVERSED:
        return
    if draft.event not in EVENTS:
        yield problem(_("The accounting manual knows no event {event}."), draft.cause, event=draft.event)
        return
    touched = [(line.account.name, line.account.name.rpartition(":")[0], line.amount.minor > 0) for line in draft.postings]
    known = _sides_of(draft.event)
    if any(account == _UNCOVERED for _name, account, _side in touched):
        known |= _sides_of(_COVERED)
    for name, account, side in touched:
        if (account, side) not in known:
            said = _DOES_NOT[side] if (account, not side) in known else _DOES_NOT[None]
            yield problem(said, draft.cause, event=draft.event, account=name)


def unsaid(entry: Draft | Entry) -> Iterator[tuple[str, frozenset[str]]]:
    """The accounts of an entry on which its posting does not say all that the manual has it say, each with the dimensions it lacks.

    A reversal says what its original said.
    """
    about = EVENTS[entry.event].says if entry.event in EVENTS else frozenset[str]()
    for line in entry.lines:
        kind, _colon, owner = line.account.name.rpartition(":")
        said = {name: value for name, value in line.dimensions if value}
        of = _BY_NAME.get(kind) or (_OF_DEPOSITS if owner == said.get("deposit") else _OF_FUND_LINES)
        if lacking := (about | of.says) - set(said):
            yield line.account.name, lacking


@cache
def _sides_of(event: str) -> frozenset[tuple[str, bool]]:
    """The accounts of an event in every book, those of each country's law included, each with whether it is debited or credited."""
    ours = {side for move in EVENTS[event].moves for side in ((move.debit.name, True), (move.credit.name, False))}
    laws = {(f"{law.book}:{code}", debited) for country in countries() for law in mapping_of(country).events.get(event, ())
            for code, debited in ((law.debit, True), (law.credit, False))}
    return frozenset(ours | laws)
