"""Long lists, a page at a time: two questions to the database, however long they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy import Select, func, select
from sqlmodel import Session

SIZE = 25


@dataclass(frozen=True)
class Listing:
    """One page of a list."""

    rows: Sequence[Any]
    count: int
    number: int
    size: int = SIZE

    @property
    def first(self) -> int:
        """The place of its first row, from 1."""
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        """The place of its last row."""
        return (self.number - 1) * self.size + len(self.rows)


def page_number() -> int:
    """The page asked for; nonsense is the first one."""
    asked = request.args.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 7 and int(asked) else 1


def listing(session: Session, rows: Select[*tuple[Any, ...]]) -> Listing:
    """The page asked for of a query that is ordered; its rows are tuples."""
    count = session.connection().execute(select(func.count()).select_from(rows.order_by(None).subquery())).scalar_one()
    number = min(page_number(), max(1, -(-count // SIZE)))
    found = session.execute(rows.limit(SIZE).offset((number - 1) * SIZE)).all()
    return Listing(found, count, number)
