"""Forgetting: what was written beside an entry of the books is taken away, because of the person who is named in it.

The books keep the entry, and that something was written; the history keeps who had it forgotten, when and why, and its own words.
"""

from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from voucher import ledger
from voucher.duties import refuse_one_hand
from voucher.errors import NotFound, _
from voucher.history import Event, events_of, given, record
from voucher.ledger import Entry
from voucher.people import Role
from voucher.work import SYSTEM, Work
from workflows.machine import Machine, Step


class MemoState(StrEnum):
    """What is written beside an entry."""

    WRITTEN = "written"
    FORGOTTEN = "forgotten"


MEMO = Machine("note", Step("forget_memo", (MemoState.WRITTEN,), MemoState.FORGOTTEN, "memo.forgotten", by=(Role.FINANCE, Role.TREASURY)))


def forget_memo(work: Work, cause: str, reason: str) -> Entry:
    """Take away what was written beside an entry: another person than wrote it, with a reason that does not repeat it.

    Nor is it who stood in for that person, or had him stand in, since. Raises NotAllowed, NotFound, NotValid, NothingWritten.
    """
    MEMO.allow(work, "forget_memo", {})
    said = given(reason)
    entry = ledger.find(work.session, cause)
    if entry is None:
        raise NotFound(_("There is no entry for {cause}."), cause=cause)
    refuse_one_hand(work, [UUID(entry.actor)] if entry.actor != SYSTEM.name else (), entry.recorded_at,
                    _("You wrote this yourself, so another person has to have it forgotten."))
    left = ledger.forget(work, cause)
    voucher = next((value for line in entry.lines for name, value in line.dimensions if name == "voucher"), "")
    record(work, "memo.forgotten", _named_by(cause), case=voucher, reason=said, cause=cause)  # (what the cause names keeps its state)
    return left


def when_forgotten(session: Session, entry: Entry) -> Event | None:
    """Who had it forgotten what was written beside an entry, when and why; None where nobody did."""
    if not entry.is_forgotten:
        return None
    return next((each for each in events_of(session, _named_by(entry.cause))
                 if each.name == "memo.forgotten" and each.data.get("cause") == entry.cause), None)


def _named_by(cause: str) -> str:
    """The reference that a cause names, else the cause, as long as an event has room for it."""
    return (cause.partition(" ")[2].partition(" ")[0] or cause)[:24]
