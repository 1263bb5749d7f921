"""Bank statements as they came in, and what became of each of their lines."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, String, Text, UniqueConstraint
from sqlmodel import Field, Session, col, func, select

from voucher.database import Row, currency_code, minor_units, one_of
from voucher.errors import Problem, _, problem
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
    RETURN_OF_RECOVERED = "return_of_recovered"
    PAYER_UNKNOWN = "payer_unknown"
    TAKEN_BACK = "taken_back"


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
    recovery_id: UUID | None = Field(default=None, foreign_key="recoveries.id", index=True)
    deposit_id: UUID | None = Field(default=None, foreign_key="deposits.id", unique=True)
    note: str = Field(default="", sa_type=Text)

    @property
    def amount(self) -> Money:
        """Money in is positive, money out negative."""
        return Money(self.amount_minor, self.currency)


class TakenBack(Row, table=True):
    """A match of a line, or its being set aside, that somebody else found to be wrong. The line is open again.

    `payout_id` or `deposit_id` is what it was matched with. The database holds that nobody takes back what he did himself.
    """

    __tablename__ = "matches_taken_back"
    __table_args__ = (
        CheckConstraint("taken_back_by <> matched_by", name="by_another"),
        CheckConstraint("reason <> ''", name="for_a_reason"),
    )

    line_id: UUID = Field(foreign_key="bank_lines.id", index=True)
    payout_id: UUID | None = Field(default=None, foreign_key="payouts.id", index=True)
    deposit_id: UUID | None = Field(default=None, foreign_key="deposits.id", index=True)
    matched_by: UUID = Field(foreign_key="people.id")
    taken_back_by: UUID = Field(foreign_key="people.id")
    reason: str = Field(sa_type=Text)
    at: datetime


class BankCharge(Row, table=True):
    """What the bank kept of a payment that it sent back, as a line was matched. It is taken from the fund lines, so whoever took in
    the bank's file does not book it too; the database holds that.
    """

    __tablename__ = "bank_charges"
    __table_args__ = (
        CheckConstraint("booked_by <> imported_by", name="by_two"), CheckConstraint("amount_minor > 0", name="amount_is_positive"))

    line_id: UUID = Field(foreign_key="bank_lines.id", index=True)
    payout_id: UUID = Field(foreign_key="payouts.id", index=True)
    amount_minor: int = minor_units()
    currency: str = currency_code()
    imported_by: UUID = Field(foreign_key="people.id")
    booked_by: UUID = Field(foreign_key="people.id")
    at: datetime


def open_lines(session: Session) -> list[BankLine]:
    """The lines that wait for a person, oldest first."""
    return list(session.exec(select(BankLine).where(BankLine.state == LineState.OPEN)
                             .order_by(col(BankLine.booked_on), col(BankLine.id))))


def doubts(session: Session, statement: BankStatement) -> list[Problem]:
    """What does not fit together about a statement, asked anew each time: its opening balance and the closing one of the
    statement before; its own balances and the lines that were kept of its days.
    """
    return [*_gap(session, statement), *_lost(session, statement)]


def _same_account(statement: BankStatement) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (col(BankStatement.account_number) == statement.account_number, col(BankStatement.currency) == statement.currency)


def _gap(session: Session, statement: BankStatement) -> list[Problem]:
    before = session.exec(
        select(BankStatement).where(*_same_account(statement), BankStatement.to_on < statement.from_on)
        .order_by(col(BankStatement.to_on).desc(), col(BankStatement.id).desc())).first()
    if before is None or before.closing_minor == statement.opening_minor:
        return []
    return [problem(_("The statement before, {before}, closes with {closing}, and this one opens with {opening}: one between "
                      "them is missing."), before=before.reference, closing=str(Money(before.closing_minor, before.currency)),
                    opening=str(Money(statement.opening_minor, statement.currency)))]


def _lost(session: Session, statement: BankStatement) -> list[Problem]:
    """Statements that lie across each other share lines, so only a period that stands alone can be added up."""
    across = select(BankStatement.id).where(
        *_same_account(statement), BankStatement.id != statement.id, BankStatement.from_on <= statement.to_on,
        BankStatement.to_on >= statement.from_on)
    if session.exec(across).first() is not None:
        return []
    kept = session.exec(
        select(func.coalesce(func.sum(BankLine.amount_minor), 0)).join(BankStatement, col(BankStatement.id) == BankLine.statement_id)
        .where(*_same_account(statement), BankLine.booked_on >= statement.from_on, BankLine.booked_on <= statement.to_on)).one()
    if statement.opening_minor + int(kept) == statement.closing_minor:
        return []
    return [problem(_("The lines that were kept come to {kept}, the balances differ by {balances}: a line is missing."),
                    kept=str(Money(int(kept), statement.currency)),
                    balances=str(Money(statement.closing_minor - statement.opening_minor, statement.currency)))]
