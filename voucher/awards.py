"""Awards: what a provider gets for a year in which it served well, as the terms of a programme work it out."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, text
from sqlmodel import Field

from voucher.database import Row, currency_code, minor_units, one_of
from voucher.money import Money


class AwardState(StrEnum):
    """Where an award is. PROPOSED: one officer has checked the figures. DECIDED: another has granted it, and it is owed."""

    ASKED = "asked"
    PROPOSED = "proposed"
    DECIDED = "decided"
    REFUSED = "refused"


_LIVE = text("state <> 'refused'")


class ProviderAward(Row, table=True):
    """The award of one name for one provider and year.

    `figures` are what the provider declares (amounts and numbers as strings, by measure); `facts` are what the system found
    when it was proposed: measures, counts, and the score with its parts. `sheet` is the calculation behind the amount.
    """

    __tablename__ = "awards"
    __table_args__ = (
        one_of("state", AwardState),
        CheckConstraint("amount_minor >= 0 and (amount_minor > 0 or state <> 'decided')", name="decided_is_positive"),
        CheckConstraint("decided_by <> proposed_by", name="decided_by_another"),
        CheckConstraint("state <> 'decided' or (decided_on is not null and decided_by is not null and proposed_by is not null)",
                        name="decided_by_two"),
        Index("uq_awards_one_a_year", "programme_id", "provider_id", "year", "code", unique=True, sqlite_where=_LIVE,
              postgresql_where=_LIVE),
    )

    reference: str = Field(unique=True, max_length=24)
    programme_id: UUID = Field(foreign_key="programmes.id", index=True)
    provider_id: UUID = Field(foreign_key="organisations.id", index=True)
    terms_id: UUID = Field(foreign_key="terms_versions.id")
    year: int
    code: str = Field(max_length=64)
    state: str = Field(sa_type=String(16), index=True)
    amount_minor: int = minor_units(default=0)
    currency: str = currency_code()
    figures: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    sheet: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    asked_at: datetime
    asked_by: UUID | None = Field(default=None, foreign_key="people.id")
    proposed_by: UUID | None = Field(default=None, foreign_key="people.id")
    decided_by: UUID | None = Field(default=None, foreign_key="people.id")
    decided_on: date | None = None
    reason: str = Field(default="", sa_type=Text)

    @property
    def amount(self) -> Money:
        """What was worked out, and once decided is owed."""
        return Money(self.amount_minor, self.currency)
