"""Periods of the books: adjusted, closed, and, if it must be, opened again."""

from typing import Any

from voucher.ledger import periods as acts
from voucher.people import OFFICE_ROLES
from voucher.work import Work
from workflows import closing
from workflows.access import roles
from workflows.api.fields import Answer, Body, Day, Instant, Number, Part, Said, Text, Those
from workflows.api.nouns import Noun, takers
from workflows.closing import PERIOD

periods = Noun("api-periods", __name__, description="The days up to which the books take no entries any more.")


class Closing(Body):
    """The last day of what is adjusted or closed."""

    through = Day(required=True, metadata={"example": "2026-12-31"})
    reason = Text(1000, load_default="", metadata={"example": "Annual accounts"})


class Reopening(Body):
    """The last day that stays as it is; without one, all days are meant."""

    through = Day(metadata={"example": "2026-11-30"})
    reason = Text(1000, required=True, metadata={"example": "An invoice of December came late"})


class PeriodActAnswer(Answer):
    """What was done to the periods, and how they stand since."""

    number = Number()
    kind = Said(metadata={"example": "close"})
    closed_through = Day(allow_none=True)
    adjusting_through = Day(allow_none=True)
    recorded_at = Instant()
    reason = Said()


class PeriodActsAnswer(Answer):
    """Everything that was done to the periods, in order; the last one holds."""

    items = Those(Part(PeriodActAnswer))


@periods.reads("/ledger/periods", PeriodActsAnswer)
@roles(*OFFICE_ROLES)
def list_periods(work: Work, _query: dict[str, Any]) -> dict[str, Any]:
    """List what was done to the periods."""
    return {"items": acts.acts(work.session)}


@periods.writes("/ledger/periods/adjust", PeriodActAnswer, Closing, status=201)
@takers(PERIOD, "adjust_period")
def adjust_period(work: Work, body: dict[str, Any]) -> acts.Act:
    """Let the days up to this one take adjusting entries only."""
    return closing.adjust_period(work, body["through"], body["reason"])


@periods.writes("/ledger/periods/close", PeriodActAnswer, Closing, status=201)
@takers(PERIOD, "close_period")
def close_period(work: Work, body: dict[str, Any]) -> acts.Act:
    """Close every day up to this one."""
    return closing.close_period(work, body["through"], body["reason"])


@periods.writes("/ledger/periods/reopen", PeriodActAnswer, Reopening, status=201)
@takers(PERIOD, "reopen_period")
def reopen_period(work: Work, body: dict[str, Any]) -> acts.Act:
    """Open days again, as another person than closed them; where none is closed, those that take adjusting entries only take all again."""
    return closing.reopen_period(work, body.get("through"), body["reason"])
