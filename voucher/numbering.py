"""Who gets the next reference: one row per kind and year that counts.

The row is taken last in a piece of work, after the nouns and before the books, so that posters wait in one order only.
"""

from sqlmodel import Field, Session, SQLModel, col, update

from voucher.database import insert_unless_there
from voucher.references import reference


class Counter(SQLModel, table=True):
    """The last number given to a kind of thing in a year."""

    __tablename__ = "counters"

    kind: str = Field(primary_key=True, max_length=1)
    year: int = Field(primary_key=True)
    last: int = 0


def next_references(session: Session, kind: str, year: int, count: int) -> list[str]:
    """`count` fresh references of a kind, in order. A rolled-back piece of work gives its numbers back."""
    insert_unless_there(session, Counter, [{"kind": kind, "year": year, "last": 0}])
    last = session.connection().execute(
        update(Counter).where(col(Counter.kind) == kind, col(Counter.year) == year)
        .values(last=Counter.last + count).returning(col(Counter.last))
    ).scalar_one()
    return [reference(kind, year, number) for number in range(last - count + 1, last + 1)]


def next_reference(session: Session, kind: str, year: int) -> str:
    """One fresh reference of a kind."""
    return next_references(session, kind, year, 1)[0]
