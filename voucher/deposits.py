"""Deposits: what an SME pays into the wallet of an order before work begins, and money that came in wrong and goes back.

Where the terms are of the model `wallet`, the wallet pays the provider the whole price that the terms count by: the SME's part
has to be in it first. It is the SME's money and never the office's.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlmodel import Field, Session, col, select

from voucher.database import Row, currency_code, minor_units, one_of
from voucher.money import Money, total
from voucher.orders import Order
from voucher.programmes.terms import Model, Terms


class DepositState(StrEnum):
    """Where a deposit is. SPENT: all of it went on to the provider, or back. REFUSED: it came in wrong and goes back. DROPPED: it is
    awaited no more.
    """

    EXPECTED = "expected"
    HELD = "held"
    SPENT = "spent"
    REFUSED = "refused"
    DROPPED = "dropped"


#: The rule of the clock by which the SME pays in.
PAY_IN = "deposit"


class Deposit(Row, table=True):
    """Money that an SME is asked to pay in, or that somebody paid in. Its reference is what the payer quotes.

    `left_minor` is what of it is neither with the provider nor on its way back, `back_minor` what went back. `holder` and
    `account_number` are whose account it came from; a deposit that was refused has the `reason`, and an order only where the payer
    quoted one.
    """

    __tablename__ = "deposits"
    __table_args__ = (
        one_of("state", DepositState),
        CheckConstraint("amount_minor > 0", name="amount_is_positive"),
        CheckConstraint("left_minor >= 0 and back_minor >= 0 and left_minor + back_minor <= amount_minor", name="parts_are_within"),
        CheckConstraint("(received_on is null) = (state in ('expected', 'dropped'))", name="received_on_a_day"),
        CheckConstraint("order_id is not null or state = 'refused'", name="of_an_order"),
        CheckConstraint("state <> 'refused' or (reason <> '' and account_number <> '')", name="refused_for_a_reason"),
        CheckConstraint("(left_minor = 0) = (state in ('spent', 'refused', 'dropped'))", name="left_while_held"),
        Index("uq_deposits_one_expected_an_order", "order_id", unique=True, sqlite_where=text("state = 'expected'"),
              postgresql_where=text("state = 'expected'")),
    )

    reference: str = Field(unique=True, max_length=24)
    order_id: UUID | None = Field(default=None, foreign_key="orders.id", index=True)
    state: str = Field(sa_type=String(16), index=True)
    amount_minor: int = minor_units()
    left_minor: int = minor_units()
    back_minor: int = minor_units(default=0)
    currency: str = currency_code()
    received_on: date | None = None
    holder: str = Field(default="", max_length=200)
    account_number: str = Field(default="", max_length=64)
    reason: str = Field(default="", sa_type=Text)
    asked_at: datetime

    @property
    def amount(self) -> Money:
        """How much is asked for, or came."""
        return Money(self.amount_minor, self.currency)

    @property
    def back(self) -> Money:
        """What of it went back, or is on its way."""
        return Money(self.back_minor, self.currency)

    @property
    def left(self) -> Money:
        """What of it is neither with the provider nor on its way back; of one that is awaited, all."""
        return Money(self.left_minor, self.currency)


def to_pay_in(terms: Terms, order: Order) -> Money:
    """What the SME pays into the wallet of an order: the price that the terms count by, less the voucher's part.

    The tax, where the terms do not count it, goes past the wallet. Nothing where the terms know no wallet.
    """
    zero = Money.zero(order.currency)
    if terms.model != Model.WALLET:
        return zero
    price = order.net if terms.basis == "net" else order.gross
    return max(price - order.voucher_part, zero, key=lambda money: money.minor)


def deposits_of(session: Session, order_id: UUID) -> list[Deposit]:
    """What was asked for and came in on an order, oldest first."""
    return list(session.exec(select(Deposit).where(Deposit.order_id == order_id).order_by(col(Deposit.id))))


def lock_deposits(session: Session, order_id: UUID) -> list[Deposit]:
    """The same of those that are awaited or held, locked until the work ends."""
    standing = select(Deposit).where(Deposit.order_id == order_id, col(Deposit.state).in_((DepositState.EXPECTED, DepositState.HELD)))
    return list(session.exec(standing.order_by(col(Deposit.id)).with_for_update(key_share=True)
                             .execution_options(populate_existing=True)))


def paid_in(session: Session, order: Order) -> Money:
    """What the SME has paid into the wallet of an order, less what went back to it: held, or with the provider."""
    rows = [each for each in deposits_of(session, order.id) if each.state in (DepositState.HELD, DepositState.SPENT)]
    return total((Money(each.amount_minor - each.back_minor, each.currency) for each in rows), order.currency)


def awaited(session: Session, order_id: UUID) -> Deposit | None:
    """The deposit of an order that has not come yet."""
    return session.exec(select(Deposit).where(Deposit.order_id == order_id, Deposit.state == DepositState.EXPECTED)).first()
