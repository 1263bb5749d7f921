"""How many statements reach the database: a price that tests may assert, as no clock is in it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from voucher.database import Database


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that are sent meanwhile; many rows of one kind count once, as they travel together.

    That none was sent means that none was seen: then the count compares nothing with nothing, and the test is refused.
    """
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    assert sent, "no statement was seen"
