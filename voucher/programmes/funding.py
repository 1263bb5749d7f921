"""Fund lines: whose money, for which programme and year."""

from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, col, select

from voucher.database import Row, currency_code


class FundLine(Row, table=True):
    """The money of one funder for one programme in one year. What is left of it stands in the books, not here."""

    __tablename__ = "fund_lines"
    __table_args__ = (UniqueConstraint("programme_id", "year", "funder"),)

    reference: str = Field(unique=True, max_length=24)
    programme_id: UUID = Field(foreign_key="programmes.id", index=True)
    year: int
    funder: str = Field(max_length=64)
    currency: str = currency_code()


def fund_lines_of(session: Session, programme_id: UUID, year: int | None = None) -> list[FundLine]:
    """The fund lines of a programme (in a year), in the order in which they were opened."""
    lines = select(FundLine).where(FundLine.programme_id == programme_id).order_by(col(FundLine.id))
    return list(session.exec(lines if year is None else lines.where(FundLine.year == year)))
