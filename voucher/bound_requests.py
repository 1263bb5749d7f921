"""Requests to change the bounds of an account: what one person asks for and another one grants or refuses."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text, text
from sqlmodel import Field, Session, col, select

from voucher.database import Row, currency_code, one_of
from voucher.money import Money


class BoundRequestState(StrEnum):
    """Where a request is."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


class BoundRequest(Row, table=True):
    """Other bounds for an account, asked for with a reason; signed, debit positive, in minor units, None is no bound.

    The database takes one open request an account, no decision by who asked, and no change of what was asked or decided.
    """

    __tablename__ = "bound_requests"
    __table_args__ = (
        one_of("state", BoundRequestState),
        CheckConstraint("state = 'asked' or decided_by is not null", name="is_decided_by_somebody"),
        CheckConstraint("decided_by <> asked_by", name="is_decided_by_another"),
        Index("uq_bound_requests_open", "account", "currency", unique=True,
              postgresql_where=text("state = 'asked'"), sqlite_where=text("state = 'asked'")),
    )

    reference: str = Field(unique=True, max_length=24)
    state: str = Field(sa_type=String(16), index=True)
    account: str = Field(max_length=200)
    currency: str = currency_code()
    lower_minor: int | None = Field(default=None, sa_type=BigInteger)
    upper_minor: int | None = Field(default=None, sa_type=BigInteger)
    reason: str = Field(sa_type=Text)
    asked_by: UUID = Field(foreign_key="people.id")
    asked_at: datetime
    decided_by: UUID | None = Field(default=None, foreign_key="people.id")
    decided_at: datetime | None = None
    answer: str = Field(default="", sa_type=Text)

    @property
    def lower(self) -> Money | None:
        """The least that the account may stand at."""
        return None if self.lower_minor is None else Money(self.lower_minor, self.currency)

    @property
    def upper(self) -> Money | None:
        """The most that the account may stand at."""
        return None if self.upper_minor is None else Money(self.upper_minor, self.currency)


def bound_requests(session: Session, account: str = "", currency: str = "") -> list[BoundRequest]:
    """The requests for an account, or for all without one, the newest first."""
    wanted = select(BoundRequest).order_by(col(BoundRequest.id).desc())
    if account:
        wanted = wanted.where(BoundRequest.account == account, BoundRequest.currency == currency)
    return list(session.exec(wanted))
