"""Ratings: what an SME thought of a service once it had accepted it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field

from voucher.database import Row

MOST_STARS = 5


class OrderRating(Row, table=True):
    """One to five stars for an order, once."""

    __tablename__ = "order_ratings"
    __table_args__ = (CheckConstraint("stars between 1 and 5", name="stars_are_few"),)

    order_id: UUID = Field(foreign_key="orders.id", unique=True)
    stars: int
    words: str = Field(default="", sa_type=Text)
    given_by: UUID | None = Field(default=None, foreign_key="people.id")
    given_at: datetime
