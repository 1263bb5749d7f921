"""Orders: an SME's purchase of a service against a voucher."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, text
from sqlmodel import Field, Session, col, func, select

from voucher.database import Row, currency_code, fetch, lock, lock_by_id, minor_units, one_of
from voucher.money import Money
from voucher.programmes.funding import FundShare
from voucher.programmes.terms import Happening, Terms
from voucher.vouchers import Voucher


class OrderState(StrEnum):
    """Where an order is. COMPLETED: the SME accepted the delivery; TERMINATED: it ended with a part done, which counts."""

    PLACED = "placed"
    ACCEPTED = "accepted"
    REGISTERED = "registered"
    STARTED = "started"
    DELIVERED = "delivered"
    DISPUTED = "disputed"
    COMPLETED = "completed"
    TERMINATED = "terminated"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


# Accepted by the provider and nothing begun; a contract that binds both; what can be claimed; what came to nothing.
NOT_BEGUN = (OrderState.ACCEPTED, OrderState.REGISTERED)
BINDING = (*NOT_BEGUN, OrderState.STARTED, OrderState.DELIVERED, OrderState.DISPUTED)
CLAIMABLE = (OrderState.COMPLETED, OrderState.TERMINATED)
OFF = (OrderState.DECLINED, OrderState.CANCELLED, OrderState.LAPSED)


class Order(Row, table=True):
    """A service at a price, part of which the voucher pays.

    `voucher_part_minor` is what the voucher pays at most, as agreed and reserved. `held_minor` is what still counts
    against the voucher and the caps: that part, until a claim is decided; then what was approved; nothing when the order
    is off. `item`, `quantity`, `facts` and `measures` (amounts as strings, by name) are what the terms ask for beside the
    price. `sheet` is the calculation sheet behind the part. `counted_on` is the day by which limits count it, as the terms say in
    `dated_by`. As long as it is not `dated`, that day is still to come: `counted_on` is the day of the order then, and it takes
    room in every year (round, ..) from that day on, so that there is room in whichever it falls into. Once dated, always so.

    `version` counts from 1; only an agreed amendment makes the next one, and keeps the one before. `deliver_by` is the day
    that was agreed, if one was; `replaces_id` the order at another provider in whose place it stands; `acceptance_note`
    what the SME had to remark when it accepted.
    """

    __tablename__ = "orders"
    __table_args__ = (
        one_of("state", OrderState),
        CheckConstraint("net_minor > 0 and vat_minor >= 0", name="price_is_positive"),
        CheckConstraint("voucher_part_minor > 0 and voucher_part_minor <= net_minor + vat_minor", name="part_is_within_price"),
        CheckConstraint("held_minor between 0 and voucher_part_minor", name="held_is_within_part"),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        CheckConstraint("version > 0", name="version_is_positive"),
        CheckConstraint("replaces_id <> id", name="replaces_another"),
        Index("uq_orders_replaces_id", "replaces_id", unique=True),
        CheckConstraint("contract_minor is null or (contract_number <> '' and contract_on is not null and income_minor is not null "
                        "and income_minor between 0 and contract_minor)", name="contract_is_whole"),
        Index("uq_orders_contract_number", "contract_number", unique=True,
              sqlite_where=text("contract_number <> ''"), postgresql_where=text("contract_number <> ''")),
    )

    reference: str = Field(unique=True, max_length=24)
    voucher_id: UUID = Field(foreign_key="vouchers.id", index=True)
    provider_id: UUID = Field(foreign_key="organisations.id", index=True)
    terms_id: UUID = Field(foreign_key="terms_versions.id")
    service_type: str = Field(max_length=64)
    item: str = Field(default="", max_length=64)
    quantity: int = 1
    facts: list[str] = Field(default_factory=list, sa_type=JSON)
    measures: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    title: str = Field(max_length=300)
    net_minor: int = minor_units()
    vat_minor: int = minor_units()
    voucher_part_minor: int = minor_units()
    held_minor: int = minor_units()
    currency: str = currency_code()
    state: str = Field(sa_type=String(16), index=True)
    placed_on: date
    counted_on: date
    dated: bool = True
    contract_number: str = Field(default="", max_length=32)
    contract_on: date | None = None
    contract_minor: int | None = minor_units(default=None, nullable=True)
    income_minor: int | None = minor_units(default=None, nullable=True)
    deliver_by: date | None = None
    version: int = 1
    replaces_id: UUID | None = Field(default=None, foreign_key="orders.id")
    tax_first: bool = False
    tax_paid_on: date | None = None
    tax_document: str = Field(default="", max_length=64)
    started_on: date | None = None
    delivered_on: date | None = None
    accepted_on: date | None = None
    delivery_note: str = Field(default="", sa_type=Text)
    acceptance_note: str = Field(default="", sa_type=Text)
    sheet: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    placed_at: datetime

    def money(self, minor: int) -> Money:
        """Minor units of its currency."""
        return Money(minor, self.currency)

    def money_of(self, text: str) -> Money:
        """An amount of its currency that is kept as a string."""
        return Money.parse(text, self.currency)

    @property
    def net(self) -> Money:
        """The price without value added tax."""
        return self.money(self.net_minor)

    @property
    def vat(self) -> Money:
        """The value added tax on the price."""
        return self.money(self.vat_minor)

    @property
    def contract_amount(self) -> Money | None:
        """The amount of the registered technology contract, where it is known."""
        return None if self.contract_minor is None else self.money(self.contract_minor)

    @property
    def recognised_income(self) -> Money | None:
        """What of it the registration office recognised as technology income (核定技术性收入)."""
        return None if self.income_minor is None else self.money(self.income_minor)

    @property
    def gross(self) -> Money:
        """The price with value added tax."""
        return self.net + self.vat

    @property
    def voucher_part(self) -> Money:
        """What the voucher pays at most."""
        return self.money(self.voucher_part_minor)

    @property
    def own_part(self) -> Money:
        """What the SME bears itself when all goes as ordered."""
        return self.gross - self.voucher_part


def count_on(order: Order, terms: Terms, happened: Happening, day: date) -> None:
    """The order counts by this day from now on, if the terms date cases by what happened and it did not happen before."""
    if terms.dated_by == happened:
        date_order(order, day)


def date_order(order: Order, day: date) -> None:
    """The order counts by this day for good, unless its day is known already; never by one before the order, when it had no room."""
    if not order.dated:
        order.counted_on, order.dated = max(order.counted_on, day), True


def lock_order(session: Session, reference: str) -> tuple[Voucher, Order]:
    """An order and its voucher, locked in story order. Raises NotFound."""
    seen = fetch(session, Order, reference)
    voucher = lock_by_id(session, Voucher, seen.voucher_id)
    return voucher, lock(session, Order, reference)


def shares_held(session: Session, voucher_id: UUID, without: UUID) -> dict[UUID, int]:
    """What each fund line bears of the voucher's orders that still count, one of them left out: fund line -> minor units."""
    sums = (
        select(FundShare.fund_line_id, func.sum(FundShare.amount_minor)).join(Order, col(Order.id) == FundShare.subject_id)
        .where(Order.voucher_id == voucher_id, Order.held_minor > 0, Order.id != without).group_by(col(FundShare.fund_line_id)))
    return {line: int(minor) for line, minor in session.exec(sums)}
