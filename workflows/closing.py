"""Closing: the finance office adjusts, closes and, if it must be, reopens a period of the books."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from voucher.duties import refuse_one_hand
from voucher.errors import _
from voucher.files import FileStore
from voucher.history import record
from voucher.ledger import periods, seals
from voucher.people import Role
from voucher.work import SYSTEM, Work
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
    Step("reopen_period", (PeriodState.CLOSED,), PeriodState.OPEN, "period.reopened", by=(Role.FINANCE, Role.APPROVER)),
)


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

    Nobody who closed any of these days does it, nor who stood in for him or he for him since. Raises NotAllowed, OutOfOrder, NotValid.
    """
    PERIOD.allow(work, "reopen_period", {})
    closed = periods.closings(work.session, through)
    if closed:
        refuse_one_hand(work, (UUID(act.actor) for act in closed if act.actor != SYSTEM.name), min(act.recorded_at for act in closed),
                        _("You closed these days yourself, so another person has to open them again."))
    return _told(work, periods.reopen(work, through, reason), "period.reopened")


def seal_books(work: Work, _store: FileStore) -> seals.Head:
    """Cover what is new in the books by a seal: a job of every day, so that less and less can be altered unseen."""
    return seals.seal(work)


def _told(work: Work, act: periods.Act, event: str) -> periods.Act:
    record(work, event, f"period act {act.number}", to_state=act.kind, reason=act.reason,
           closed_through=str(act.closed_through or ""), adjusting_through=str(act.adjusting_through or ""))
    return act
