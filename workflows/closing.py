"""Closing: the finance office adjusts, closes and, if it must be, reopens a period of the books."""

import json
from datetime import date
from enum import StrEnum
from uuid import UUID

from fsspec.core import url_to_fs

from voucher import jobs
from voucher.database import Database
from voucher.duties import refuse_one_hand
from voucher.errors import _
from voucher.files import FileStore
from voucher.history import record
from voucher.ledger import periods, seals
from voucher.people import Role
from voucher.work import SYSTEM, Work, read
from workflows.machine import Machine, Step


class PeriodState(StrEnum):
    """How the days up to one stand: they take entries, adjusting entries only, or none."""

    OPEN = "open"
    ADJUSTING = "adjusting"
    CLOSED = "closed"


PERIOD = Machine(
    "period",
    Step("adjust_period", (PeriodState.OPEN,), PeriodState.ADJUSTING, "period.adjusting", by=(Role.FINANCE,)),
    Step("close_period", (PeriodState.OPEN, PeriodState.ADJUSTING), PeriodState.CLOSED, "period.closed", by=(Role.FINANCE,)),
    Step("reopen_period", (PeriodState.ADJUSTING, PeriodState.CLOSED), PeriodState.OPEN, "period.reopened",
         by=(Role.FINANCE, Role.APPROVER)),
)


#: Why somebody does not undo what he did himself, by the kind of the act.
OWN_DAYS = {
    "closed": _("You closed these days yourself, so another person has to open them again."),
    "adjusting": _("You had these days take adjusting entries only yourself, so another person has to open them again."),
}


def adjust_period(work: Work, through: date, reason: str = "") -> periods.Act:
    """From now on, days up to this one take adjusting entries only."""
    PERIOD.allow(work, "adjust_period", {})
    return _told(work, periods.adjust(work, through, reason), "period.adjusting")


def close_period(work: Work, through: date, reason: str = "") -> periods.Act:
    """Close every day up to this one; everything posted is sealed and the balances of that day are kept."""
    PERIOD.allow(work, "close_period", {})
    return _told(work, periods.close(work, through, reason), "period.closed")


def reopen_period(work: Work, through: date | None, reason: str) -> periods.Act:
    """Open the days after `through` again (all, when it is None): another person than closed them, with a reason.

    Where none of them is closed, those that take adjusting entries only take all again: another person than had them do so. Nor is it who
    stood in for that person, or had him stand in, since. Raises NotAllowed, OutOfOrder, NotValid.
    """
    PERIOD.allow(work, "reopen_period", {})
    undone = periods.undoing(work.session, through)
    if undone:
        refuse_one_hand(work, (UUID(act.actor) for act in undone if act.actor != SYSTEM.name), min(act.recorded_at for act in undone),
                        OWN_DAYS[undone[0].kind])
    return _told(work, periods.reopen(work, through, reason), "period.reopened")


def seal_books(work: Work, _store: FileStore) -> seals.Head:
    """Cover what is new in the books by a seal: a job of every day, so that less and less can be altered unseen.

    Its head is written out by a job of its own, once the seal stands.
    """
    head = seals.seal(work)
    if head.size:
        jobs.put(work, "keep_head", str(head.number), {})
    return head


def write_head(database: Database, place: str) -> None:
    """Write the last head to a place outside of the database (as fsspec writes it); one head is one file and replaces no other."""
    with read(database) as session:
        document = seals.head_document(session)
    system, folder = url_to_fs(place)
    system.makedirs(folder, exist_ok=True)
    path = f"{folder.rstrip('/')}/head-{document['number']:06d}-{document['root'][:16]}.json"
    if not system.exists(path):
        system.pipe_file(f"{path}.part", json.dumps(document).encode())
        system.mv(f"{path}.part", path)


def keep_head(_work: Work, _store: FileStore) -> None:
    """Nothing is left to do when the head has been written out."""


def _told(work: Work, act: periods.Act, event: str) -> periods.Act:
    record(work, event, f"period act {act.number}", to_state=act.kind, reason=act.reason,
           closed_through=str(act.closed_through or ""), adjusting_through=str(act.adjusting_through or ""))
    return act
