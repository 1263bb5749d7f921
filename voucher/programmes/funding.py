"""Fund lines: whose money, for which programme and year; and how an amount is divided over them, to the minor unit."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import String, UniqueConstraint, bindparam, inspect
from sqlalchemy.orm import column_property
from sqlmodel import Field, Session, SQLModel, col, delete, insert, select, update

from voucher.database import Row, currency_code, insert_unless_there, minor_units, one_of
from voucher.figures import tell, tell_gone
from voucher.money import Money
from voucher.programmes.programmes import Programme

# For how many something is asked in one statement: PostgreSQL takes 65,535 values.
_AT_ONCE = 10_000


class FundLineState(StrEnum):
    """Whether vouchers can be issued from a fund line. It closes alone when too little is free, and opens alone again."""

    OPEN = "open"
    CLOSED = "closed"


class FundLine(Row, table=True):
    """The money of one funder for one programme in one year, and for one type of voucher where the terms cut it so.

    What is left of it stands in the books, not here. `service_group` is the service or group of services whose vouchers it
    bears; empty, those that have no line of their own. `programme` is the reference of its programme: it comes with the line, so
    that what is posted about it can say so.
    """

    __tablename__ = "fund_lines"
    __table_args__ = (UniqueConstraint("programme_id", "year", "funder", "service_group"), one_of("state", FundLineState))

    reference: str = Field(unique=True, max_length=24)
    programme_id: UUID = Field(foreign_key="programmes.id", index=True)
    year: int
    funder: str = Field(max_length=64)
    service_group: str = Field(default="", max_length=64)
    currency: str = currency_code()
    state: str = Field(default=FundLineState.OPEN, sa_type=String(16))
    programme: ClassVar[str]


inspect(FundLine).add_property("programme", column_property(
    select(Programme.reference).where(col(Programme.id) == FundLine.programme_id).correlate_except(Programme).scalar_subquery()))


def fund_lines_of(session: Session, programme_id: UUID, year: int | None = None) -> list[FundLine]:
    """The fund lines of a programme (in a year), in the order in which they were opened."""
    lines = select(FundLine).where(FundLine.programme_id == programme_id).order_by(col(FundLine.id))
    return list(session.exec(lines if year is None else lines.where(FundLine.year == year)))


class FundShare(SQLModel, table=True):
    """What a fund line bears of a voucher, an order or a claim: of a voucher its face, of an order what it holds."""

    __tablename__ = "fund_shares"

    subject_id: UUID = Field(primary_key=True)
    fund_line_id: UUID = Field(primary_key=True, foreign_key="fund_lines.id")
    amount_minor: int = minor_units()


def keep_shares(session: Session, subject_id: UUID, lines: Sequence[FundLine], amounts: Sequence[Money]) -> None:
    """Write down what each fund line bears of a subject; what stood before goes."""
    keep_shares_of_many(session, {subject_id: (lines, amounts)})


def keep_shares_of_many(session: Session, borne: Mapping[UUID, tuple[Sequence[FundLine], Sequence[Money]]]) -> None:
    """The same of many subjects: fund lines and amounts by subject. The number of statements does not grow with them."""
    if not borne:
        return
    session.flush()
    gone = delete(FundShare).where(col(FundShare.subject_id).in_(borne)).returning(col(FundShare.subject_id), col(FundShare.fund_line_id))
    tell_gone(session, FundShare, [tuple(each) for each in session.connection().execute(gone)])
    rows = [{"subject_id": subject, "fund_line_id": line.id, "amount_minor": amount.minor}
            for subject, (lines, amounts) in borne.items() for line, amount in zip(lines, amounts, strict=True)]
    session.connection().execute(insert(FundShare), rows)
    tell(session, FundShare, rows)


def move_shares(session: Session, source: FundLine, target: FundLine, moved: Mapping[UUID, int]) -> None:
    """So many minor units of what one fund line bears of each subject another bears from now on. Their rows stay, at zero too."""
    session.flush()
    insert_unless_there(session, FundShare, [{"subject_id": each, "fund_line_id": target.id, "amount_minor": 0} for each in moved])
    change = (update(FundShare).where(col(FundShare.subject_id) == bindparam("subject"), col(FundShare.fund_line_id) == bindparam("line"))
              .values(amount_minor=col(FundShare.amount_minor) + bindparam("more")))
    session.connection().execute(change, [
        {"subject": subject, "line": line.id, "more": more}
        for subject, minor in moved.items() for line, more in ((source, -minor), (target, minor))])
    tell(session, FundShare, [{"subject_id": subject, "fund_line_id": line, "amount_minor": minor}
                              for subject, borne in shares_of(session, *moved).items() for line, minor in borne.items()])


def copy_shares(session: Session, source: UUID, target: UUID) -> None:
    """What the fund lines bear of one subject, they bear of another too."""
    session.add_all(FundShare(subject_id=target, fund_line_id=line, amount_minor=minor)
                    for line, minor in shares_of(session, source)[source].items())


def shares_of(session: Session, *subjects: UUID) -> dict[UUID, dict[UUID, int]]:
    """What the fund lines bear of each subject, in minor units: subject -> fund line -> amount."""
    found: dict[UUID, dict[UUID, int]] = {subject: {} for subject in subjects}
    for start in range(0, len(subjects), _AT_ONCE):
        for share in session.exec(select(FundShare).where(col(FundShare.subject_id).in_(subjects[start:start + _AT_ONCE]))):
            found[share.subject_id][share.fund_line_id] = share.amount_minor
    return found
