"""What commands about the nouns share: kinds of arguments, and answers made of facts about a row."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import click

from voucher.programmes.sheet import Sheet
from workflows.cli.commands import print_json, print_table, settings

Facts = Mapping[str, object]


class Day(click.ParamType[date]):
    """A day as 2026-03-02 (ISO 8601)."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or a usage error."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day. Write it as 2026-03-02.", param, ctx)


class Moment(click.ParamType[datetime]):
    """An instant as 2026-03-31T17:00:00+08:00 (ISO 8601); a day alone is its end, where the office is."""

    name = "INSTANT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The instant, or a usage error."""
        if isinstance(value, datetime):
            return value
        moment = _moment(str(value))
        if moment is None:
            self.fail(f"{value!r} is no instant. Write it as 2026-03-31T17:00:00+08:00, or 2026-03-31 for the end of that day.", param, ctx)
        return moment


def _moment(text: str) -> datetime | None:
    try:
        if len(text) == len("2026-03-31"):
            return datetime.combine(date.fromisoformat(text), time.max, ZoneInfo(settings().zone))
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


DAY, MOMENT = Day(), Moment()
LANGUAGE = click.option("--language", type=click.Choice(["zh", "en"]), default="en", show_default=True, help="In which language.")


def facts(row: object, names: Sequence[str]) -> dict[str, object]:
    """The named facts about a row, in that order."""
    return {name: getattr(row, name) for name in names}


def answer(told: Facts, as_json: bool) -> None:
    """One thing: JSON for machines, one fact a line for people."""
    if as_json:
        print_json(told)
    else:
        print_table(("", ""), [(name.replace("_", " "), value) for name, value in told.items()])


def answer_all(told: Iterable[Facts], names: Sequence[str], as_json: bool) -> None:
    """Many things: a JSON list for machines, a table for people."""
    rows = list(told)
    if as_json:
        print_json(rows)
    else:
        print_table([name.replace("_", " ") for name in names], [[row[name] for name in names] for row in rows])


_OF_LIMITS = ("limit", "used", "left", "cut")


def print_sheet(name: str, sheet: Sheet, language: str) -> None:
    """A calculation sheet as a table, the way it stands on paper: of each limit what it allows, what was used and left, what it cut."""
    rows = [(line.label.in_language(language), line.amount if line.amount is not None else "",
             *(line.details.get(figure, "") for figure in _OF_LIMITS), line.clause.in_language(language) if line.clause else "")
            for line in sheet.lines]
    print_table((name, sheet.result.currency, *_OF_LIMITS, "clause"), rows)
    click.echo()
