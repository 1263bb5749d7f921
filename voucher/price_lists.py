"""Price lists: what a provider charges at most for one piece of a service, as it published it, from a day on.

A price stands until a later one takes its place, and none is ever rewritten: what was ordered is judged by the price of its day.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, Session, col, select

from voucher.database import Row, currency_code, minor_units
from voucher.money import Money


class ListPrice(Row, table=True):
    """The price without tax of one piece of a service of a programme, from a day on; zero when it is not offered any more.

    `item` is a part of the service, where it has some; a price without one is that of the whole service.
    """

    __tablename__ = "list_prices"
    __table_args__ = (CheckConstraint("price_minor >= 0", name="price_is_not_negative"),
                      Index("ix_list_prices_of_a_provider", "provider_id", "programme_id", "service_type", "from_on"))

    provider_id: UUID = Field(foreign_key="organisations.id")
    programme_id: UUID = Field(foreign_key="programmes.id", index=True)
    service_type: str = Field(max_length=64)
    item: str = Field(default="", max_length=64)
    price_minor: int = minor_units()
    currency: str = currency_code()
    from_on: date
    published_at: datetime

    @property
    def price(self) -> Money:
        """What one piece costs without tax."""
        return Money(self.price_minor, self.currency)


def price_on(session: Session, provider: UUID, programme: UUID, service: str, item: str, day: date) -> ListPrice | None:
    """The price that a provider's list has on a day: of the part of the service, else of the service; None when it has none."""
    newest = (select(ListPrice).where(ListPrice.provider_id == provider, ListPrice.programme_id == programme,
                                      ListPrice.service_type == service, col(ListPrice.item).in_(("", item)), ListPrice.from_on <= day)
              .order_by(col(ListPrice.item).desc(), col(ListPrice.from_on).desc(), col(ListPrice.id).desc()))
    found = {each.item: each for each in reversed(session.exec(newest).all())}
    return next((found[each] for each in dict.fromkeys((item, "")) if each in found and found[each].price_minor), None)


def prices_between(prices: Sequence[ListPrice], item: str, first: date, last: date) -> list[ListPrice]:
    """What one piece of a service cost by a provider's list from one day to another, both counted: of all its prices for the service.

    Those of the part where it has any in that time, else those of the whole service; without the times in which it was off the list.
    """
    for name in dict.fromkeys((item, "")):
        mine = sorted((each for each in prices if each.item == name and each.from_on <= last), key=lambda each: (each.from_on, each.id))
        before = [each for each in mine if each.from_on <= first][-1:]
        found = [each for each in (*before, *(each for each in mine if each.from_on > first)) if each.price_minor]
        if found:
            return found
    return []


def prices_of(session: Session, provider: UUID) -> list[ListPrice]:
    """Everything that a provider ever published, by programme and service, the newest first."""
    return list(session.exec(select(ListPrice).where(ListPrice.provider_id == provider).order_by(
        col(ListPrice.programme_id), col(ListPrice.service_type), col(ListPrice.item), col(ListPrice.from_on).desc(),
        col(ListPrice.id).desc())))


def prices_in(session: Session, programme: UUID, day: date) -> list[ListPrice]:
    """What the lists of all providers have for a programme on a day, the dearest last."""
    known: dict[tuple[UUID, str, str], ListPrice] = {}
    wanted = select(ListPrice).where(ListPrice.programme_id == programme, ListPrice.from_on <= day)
    for each in session.exec(wanted.order_by(col(ListPrice.from_on), col(ListPrice.id))):
        known[each.provider_id, each.service_type, each.item] = each
    return sorted((each for each in known.values() if each.price_minor), key=lambda each: (each.service_type, each.item, each.price_minor))
