"""Whether an entry touches what the accounting manual says of its event, and nothing else."""

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
# Each account of a law's books is kept by fund line.
_OF_LAW = chart_account("B110")


def manual_problems(draft: Draft) -> Iterator[Problem]:
    """What of an entry the manual does not know: its event, or an account.

    A reversal is judged by its original, of which the ledger sees that it is the inverse.
    """
    if draft.reverses and draft.event == REVERSED:
        return
    if draft.event not in EVENTS:
        yield problem(_("The accounting manual knows no event {event}."), draft.cause, event=draft.event)
        return
    touched = {line.account.name: line.account.name.rpartition(":")[0] for line in draft.lines}
    known = _accounts_of(draft.event)
    if _UNCOVERED in touched.values():
        known |= _accounts_of(_COVERED)
    for name, account in touched.items():
        if account not in known:
            yield problem(_("By the accounting manual {event} does not touch {account}."), draft.cause, event=draft.event, account=name)


def unsaid(entry: Draft | Entry) -> Iterator[tuple[str, frozenset[str]]]:
    """The accounts of an entry on which its posting does not say all that the manual has it say, each with the dimensions it lacks.

    A reversal says what its original said.
    """
    about = EVENTS[entry.event].says if entry.event in EVENTS else frozenset[str]()
    for line in entry.lines:
        of = _BY_NAME.get(line.account.name.rpartition(":")[0], _OF_LAW).says
        if lacking := (about | of) - {name for name, value in line.dimensions if value}:
            yield line.account.name, lacking


@cache
def _accounts_of(event: str) -> frozenset[str]:
    """The accounts of an event in every book, those of each country's law included."""
    ours = {account.name for move in EVENTS[event].moves for account in (move.debit, move.credit)}
    laws = {f"{law.book}:{code}" for country in countries() for law in mapping_of(country).rules(event) for code in (law.debit, law.credit)}
    return frozenset(ours | laws)
