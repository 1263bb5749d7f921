"""The demo under way: its days, its people, and what a step of it told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from voucher.database import Database
from voucher.errors import NotNow
from voucher.files import FileStore
from voucher.programmes.programmes import Programme, TermsVersion
from voucher.work import SYSTEM, Actor, Work, begin, read
from workflows.demo.data import (
    DOMAIN,
    WEIHAI,
    DemoData,
)

ZONE = ZoneInfo("Asia/Shanghai")

# Settlement statements that the demo makes itself, beside those of the story; the worker makes the others as the portal runs.
STATEMENTS_AT_ONCE = 4


class NotTheDemo(NotNow):
    """This database holds an office that is not the demo's. Give the demo a database of its own."""


@dataclass(frozen=True)
class Told:
    """What a step of the demo did, for whoever watches: how many things were done, how many stood already, how long."""

    title: str
    done: int
    found: int
    note: str
    seconds: float


@dataclass
class Demo:
    """The demo under way. `last_day` is the day on which its story ends; `statements` see STATEMENTS_AT_ONCE."""

    database: Database
    store: FileStore
    hash_password: Callable[[str], str]
    last_day: date
    data: DemoData
    statements: int = STATEMENTS_AT_ONCE
    programmes: dict[str, str] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    def instant(self, days_before: int, hour: int = 9) -> datetime:
        """An hour of a day of the story, counted back from its end."""
        day = self.last_day - timedelta(days=days_before)
        return datetime.combine(day, time(hour), ZONE).astimezone(UTC)

    @contextmanager
    def day(self, days_before: int, hour: int = 9) -> Iterator[Work]:
        """One piece of work on a day of the story."""
        with begin(self.database, SYSTEM, lambda: self.instant(days_before, hour), ZONE.key) as work:
            yield work

    def by(self, work: Work, person: str) -> Work:
        """The same piece of work in the hands of a person: `reviewer1`, `sme03`."""
        return replace(work, actor=self.actors[f"{person}@{DOMAIN}"])

    def contact(self, number: str) -> str:
        """Who acts for the organisation with this official number."""
        return self.people[number]

    @property
    def people(self) -> dict[str, str]:
        """Who acts for each organisation, by its official number."""
        return {each.number: each.people[0].email.partition("@")[0] for each in self.data.organisations}


PUBLISHED = 80  # days before the end of the story


def story_ends(database: Database, today: date) -> date:
    """The last day of the story: the one of the demo that is there already, or today.

    Early in the year it is the end of the year before, so that the whole story lies in one budget year.
    """
    with read(database) as session:
        first = session.exec(
            select(TermsVersion).join(Programme, col(Programme.id) == TermsVersion.programme_id)
            .where(Programme.code == WEIHAI, TermsVersion.number == 1)).first()
    if first is not None:
        return first.published_at.astimezone(ZONE).date() + timedelta(days=PUBLISHED)
    return today if today >= date(today.year, 4, 1) else date(today.year - 1, 12, 30)



Phase = tuple[str, Callable[[Demo], tuple[int, int, str]]]
