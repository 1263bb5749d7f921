"""The list of providers: who is on it, on which days, and why; anybody may look into it.

Whether a provider was listed on a day is asked of spans of days, never of a flag: what was ordered or delivered while it was
listed stays right when it is suspended later.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlmodel import Field, Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from voucher.database import Row, one_of
from voucher.objections import OPEN, Objection
from voucher.people import Organisation


class ListingState(StrEnum):
    """Where a provider is on its way to the list, or from it."""

    PROPOSED = "proposed"
    IN_NOTICE = "in_notice"
    LISTED = "listed"
    SUSPENDED = "suspended"
    DELISTED = "delisted"
    REFUSED = "refused"


class Listing(Row, table=True):
    """How a provider stands with the list. It goes by the provider's own reference; `assessment` is what it says of itself.

    `notice_until` is the last day of the public notice, when there is or was one, and `notice_begun_by` who began it; `reason`
    belongs to the last decision.
    """

    __tablename__ = "listings"
    __table_args__ = (one_of("state", ListingState),)

    reference: str = Field(unique=True, max_length=24)
    provider_id: UUID = Field(foreign_key="organisations.id", unique=True)
    state: str = Field(sa_type=String(16), index=True)
    assessment: str = Field(default="", sa_type=Text)
    notice_until: date | None = None
    notice_begun_by: UUID | None = Field(default=None, foreign_key="people.id")
    reason: str = Field(default="", sa_type=Text)


class ListedSpan(Row, table=True):
    """A provider is listed from a day on, until the day `ended_on`, on which it is not any more."""

    __tablename__ = "listed_spans"
    __table_args__ = (
        CheckConstraint("ended_on >= from_on", name="ends_after_it_began"),
        Index("uq_listed_spans_one_open_span", "provider_id", unique=True, sqlite_where=text("ended_on is null"),
              postgresql_where=text("ended_on is null")),
    )

    provider_id: UUID = Field(foreign_key="organisations.id", index=True)
    from_on: date
    ended_on: date | None = None
    ended_for: str = Field(default="", sa_type=Text)


def listed_ids(day: date) -> SelectOfScalar[UUID]:
    """The ids of the providers that are listed on a day, to be asked within another question."""
    return select(ListedSpan.provider_id).where(
        ListedSpan.from_on <= day, or_(col(ListedSpan.ended_on).is_(None), col(ListedSpan.ended_on) > day))


def is_listed(session: Session, provider_id: UUID, day: date) -> bool:
    """Whether a provider was, or is, listed on a day."""
    return session.exec(listed_ids(day).where(ListedSpan.provider_id == provider_id)).first() is not None


def begin_span(session: Session, provider_id: UUID, day: date) -> None:
    """From this day on it is listed."""
    session.add(ListedSpan(provider_id=provider_id, from_on=day))
    session.flush()


def end_span(session: Session, provider_id: UUID, day: date, reason: str) -> None:
    """From this day on it is not listed any more."""
    for span in session.exec(select(ListedSpan).where(ListedSpan.provider_id == provider_id, col(ListedSpan.ended_on).is_(None))):
        span.ended_on, span.ended_for = day, reason
        session.add(span)
    session.flush()


def spans_of(session: Session, provider_ids: Iterable[UUID]) -> dict[UUID, list[ListedSpan]]:
    """The times in which these providers were listed, the newest first."""
    found: dict[UUID, list[ListedSpan]] = {}
    for span in session.exec(select(ListedSpan).where(col(ListedSpan.provider_id).in_(set(provider_ids)))
                             .order_by(col(ListedSpan.from_on).desc(), col(ListedSpan.id).desc())):
        found.setdefault(span.provider_id, []).append(span)
    return found


def objections_in_the_way(listing_id: UUID) -> SelectOfScalar[str]:
    """The references of the objections to a listing that are not decided: until they are, it does not come about."""
    return select(Objection.reference).where(Objection.listing_id == listing_id, col(Objection.state).in_(OPEN))


def register() -> SelectOfScalar[tuple[Listing, Organisation]]:
    """The public register: every provider that is or was on the list, or is in notice, by name."""
    return (select(Listing, Organisation).join(Organisation, col(Organisation.id) == Listing.provider_id)  # type: ignore[return-value]
            .where(col(Listing.state).not_in([ListingState.PROPOSED, ListingState.REFUSED])).order_by(col(Organisation.name)))
