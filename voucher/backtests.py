"""Drafts of terms that somebody tried on the recorded orders of a programme, and what came out. Nothing of it is posted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Text
from sqlalchemy.orm import defer
from sqlmodel import Field, Session, col, select

from voucher.database import Row, minor_units
from voucher.money import Money
from voucher.people import Person
from voucher.programmes.programmes import Programme


class Backtest(Row, table=True):
    """One trial: the draft as it was given, how far the trial has come, and, once it is finished, what was found.

    `cases` of `of_cases` are done. `report` has sums for machines (`voucher.programmes.backtest.Report` and the fund lines); the table of
    all cases lies in the store of files under `table_sha256`.
    """

    __tablename__ = "backtests"
    __table_args__ = (CheckConstraint("(finished_at is null) = (table_sha256 = '')", name="finished_with_its_table"),)

    programme_id: UUID = Field(foreign_key="programmes.id", index=True)
    draft: str = Field(sa_type=Text)
    budget_minor: int | None = minor_units(default=None, nullable=True)
    asked_by: UUID | None = Field(default=None, foreign_key="people.id")
    asked_at: datetime
    cases: int = 0
    of_cases: int = 0
    report: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    table_sha256: str = Field(default="", max_length=64)
    finished_at: datetime | None = None

    def budget(self, currency: str) -> Money | None:
        """What there was said to be in all."""
        return None if self.budget_minor is None else Money(self.budget_minor, currency)


def backtests_of(session: Session, programme: Programme, most: int) -> Sequence[tuple[Backtest, str | None]]:
    """The last trials on a programme, newest first, each with who asked for it; without their drafts."""
    return session.exec(
        select(Backtest, Person.name).join(Person, col(Person.id) == Backtest.asked_by, isouter=True)
        .where(Backtest.programme_id == programme.id).order_by(col(Backtest.id).desc()).limit(most)
        .options(defer(Backtest.draft))).all()  # type: ignore[arg-type]
