"""Amendments: what one side of an order proposes to change, and the other agrees to, so that nothing is altered quietly."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, UniqueConstraint, text
from sqlmodel import Field, Session, col, select

from voucher.database import Row, currency_code, fetch, get, lock, minor_units, one_of
from voucher.money import Money
from voucher.orders import Order, lock_order
from voucher.vouchers import Voucher


class AmendmentKind(StrEnum):
    """A change of price, scope or date; or the end of the order, with the price of the part that is done."""

    CHANGE = "change"
    TERMINATION = "termination"


class AmendmentState(StrEnum):
    """Where an amendment is. REFERRED: the sides disagree on the part that is done, and a verifier values it."""

    PROPOSED = "proposed"
    REFERRED = "referred"
    AGREED = "agreed"
    VALUED = "valued"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


OPEN = (AmendmentState.PROPOSED, AmendmentState.REFERRED)

_OPEN_ONES = "state in ('proposed', 'referred')"


class Amendment(Row, table=True):
    """The next version of an order, as the `side` ("sme" or "provider") that proposes it wants it.

    Of a termination, net and tax are the price of the part that is done: zero when nothing is. `part_minor` is what the
    voucher shall pay at most, when that is less than the terms would give. `replaced` is the version before, whole, with
    its calculation sheet; it is there once the amendment is made.
    """

    __tablename__ = "amendments"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        one_of("kind", AmendmentKind),
        one_of("state", AmendmentState),
        CheckConstraint("side in ('sme', 'provider')", name="side_is_known"),
        CheckConstraint("net_minor >= 0 and vat_minor >= 0 and (net_minor > 0 or kind = 'termination')", name="price_is_positive"),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        Index("uq_amendments_one_open_an_order", "order_id", unique=True, sqlite_where=text(_OPEN_ONES),
              postgresql_where=text(_OPEN_ONES)),
    )

    reference: str = Field(unique=True, max_length=24)
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    number: int
    kind: str = Field(sa_type=String(16))
    state: str = Field(sa_type=String(16), index=True)
    side: str = Field(max_length=16)
    reason: str = Field(sa_type=Text)
    title: str = Field(max_length=300)
    item: str = Field(default="", max_length=64)
    quantity: int = 1
    facts: list[str] = Field(default_factory=list, sa_type=JSON)
    measures: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    net_minor: int = minor_units()
    vat_minor: int = minor_units()
    part_minor: int | None = minor_units(default=None, nullable=True)
    currency: str = currency_code()
    deliver_by: date | None = None
    replaced: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    proposed_on: date
    decided_on: date | None = None

    @property
    def net(self) -> Money:
        """The price without tax that is proposed."""
        return Money(self.net_minor, self.currency)

    @property
    def vat(self) -> Money:
        """The value added tax that is proposed."""
        return Money(self.vat_minor, self.currency)

    @property
    def part(self) -> Money | None:
        """What the voucher shall pay at most; None asks for what the terms give."""
        return None if self.part_minor is None else Money(self.part_minor, self.currency)


def version_of(order: Order) -> dict[str, Any]:
    """The version of an order that stands, as it is kept when another takes its place. Amounts and days are strings."""
    return {
        "version": order.version, "title": order.title, "item": order.item, "quantity": order.quantity, "facts": order.facts,
        "measures": order.measures, "net": str(order.net), "vat": str(order.vat), "voucher_part": str(order.voucher_part),
        "deliver_by": order.deliver_by.isoformat() if order.deliver_by else None, "sheet": order.sheet}


@dataclass(frozen=True)
class OrderVersion:
    """A version of an order: what it says (as `version_of`), since and until when it held, why it ended, and what it changed.

    `changes` are the fields in which it differs from the one before, each with what stood there and what stands now, as strings.
    """

    content: dict[str, Any]
    since: date
    until: date | None
    why: str
    changes: list[tuple[str, str, str]]

    @property
    def number(self) -> int:
        """Counts from 1."""
        return int(self.content["version"])


# What people compare.
_COMPARED = ("title", "item", "quantity", "facts", "measures", "net", "vat", "voucher_part", "deliver_by")


def order_versions(session: Session, order: Order) -> list[OrderVersion]:
    """Every version of an order, the first one first; the last one stands."""
    made = [each for each in amendments_of(session, order.id) if each.replaced]
    contents = [*(each.replaced for each in made), version_of(order)]
    ends = [(each.decided_on, each.reason) for each in made]
    starts = [order.placed_on, *(end or order.placed_on for end, _why in ends)]
    return [OrderVersion(content, since, *ending, _changes(before, content))
            for before, content, since, ending in zip([contents[0], *contents], contents, starts, [*ends, (None, "")], strict=False)]


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(name, _said(before[name]), _said(after[name])) for name in _COMPARED if before[name] != after[name]]


def _said(value: Any) -> str:
    match value:
        case dict():
            return ", ".join(f"{name} {amount}" for name, amount in sorted(value.items()))
        case list():
            return ", ".join(map(str, value))
    return "" if value is None else str(value)


def amendments_of(session: Session, order_id: UUID) -> list[Amendment]:
    """The amendments of an order, oldest first."""
    return list(session.exec(select(Amendment).where(Amendment.order_id == order_id).order_by(col(Amendment.number))))


def open_amendment(session: Session, order_id: UUID) -> Amendment | None:
    """The amendment of an order that is not decided yet, if there is one."""
    return session.exec(select(Amendment).where(Amendment.order_id == order_id, col(Amendment.state).in_(OPEN))).first()


def open_amendments(session: Session, orders: Collection[UUID]) -> dict[UUID, Amendment]:
    """Those of these orders for which something is proposed: order -> amendment."""
    found = session.exec(select(Amendment).where(col(Amendment.order_id).in_(orders), col(Amendment.state).in_(OPEN)))
    return {each.order_id: each for each in found}


def lock_amendment(session: Session, reference: str) -> tuple[Voucher, Order, Amendment]:
    """An amendment with its voucher and order, locked in story order. Raises NotFound."""
    seen = fetch(session, Amendment, reference)
    voucher, order = lock_order(session, get(session, Order, seen.order_id).reference)
    return voucher, order, lock(session, Amendment, reference)
