"""Bank statements as they came in, and what became of each of their lines."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import String, Text, UniqueConstraint
from sqlmodel import Field, Session, col, select

from voucher.database import Row, currency_code, minor_units, one_of
from voucher.money import Money


class LineState(StrEnum):
    """What became of a line. SET_ASIDE: a person said that it is none of ours, and why."""

    OPEN = "open"
    MATCHED = "matched"
    SET_ASIDE = "set_aside"


class Finding(StrEnum):
    """Why a line was not matched by itself."""

    NONE = ""
    NO_REFERENCE = "no_reference"
    UNKNOWN_REFERENCE = "unknown_reference"
    AMOUNT_DIFFERS = "amount_differs"
    CURRENCY_DIFFERS = "currency_differs"
    ALREADY_SETTLED = "already_settled"
    NOT_SENT = "not_sent"
    RETURN_OF_UNSETTLED = "return_of_unsettled"


class BankStatement(Row, table=True):
    """One statement of one account for one period (camt.053 Stmt)."""

    __tablename__ = "bank_statements"
    __table_args__ = (UniqueConstraint("account_number", "currency", "identification", "from_on", "to_on",
                                       name="uq_bank_statements_period"),)

    reference: str = Field(unique=True, max_length=24)
    file_id: UUID = Field(foreign_key="files.id", index=True)
    identification: str = Field(max_length=64)
    sequence: str = Field(default="", max_length=32)
    account_number: str = Field(max_length=34)
    currency: str = currency_code()
    opening_minor: int = minor_units()
    closing_minor: int = minor_units()
    from_on: date
    to_on: date
    imported_at: datetime


class BankLine(Row, table=True):
    """One line of a statement; money in is positive. `identity` is the same when the bank reports it again."""

    __tablename__ = "bank_lines"
    __table_args__ = (one_of("state", LineState), one_of("finding", Finding))

    identity: str = Field(unique=True, max_length=64)
    statement_id: UUID = Field(foreign_key="bank_statements.id", index=True)
    number: int
    booked_on: date
    amount_minor: int = minor_units()
    currency: str = currency_code()
    end_to_end: str = Field(default="", max_length=64, index=True)
    counterparty_name: str = Field(default="", max_length=200)
    counterparty_account: str = Field(default="", max_length=64)
    text: str = Field(default="", sa_type=Text)
    bank_reference: str = Field(default="", max_length=64)
    is_return: bool = False
    return_reason: str = Field(default="", max_length=200)
    state: str = Field(default=LineState.OPEN, sa_type=String(16), index=True)
    finding: str = Field(default=Finding.NONE, sa_type=String(24))
    payout_id: UUID | None = Field(default=None, foreign_key="payouts.id", index=True)
    note: str = Field(default="", sa_type=Text)

    @property
    def amount(self) -> Money:
        """Money in is positive, money out negative."""
        return Money(self.amount_minor, self.currency)


def open_lines(session: Session) -> list[BankLine]:
    """The lines that wait for a person, oldest first."""
    return list(session.exec(select(BankLine).where(BankLine.state == LineState.OPEN)
                             .order_by(col(BankLine.booked_on), col(BankLine.id))))
