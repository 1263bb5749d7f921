"""Long lists a page at a time, newest first, in the same number of questions to the database however long they are.

A page begins after the last thing of the page before (`after`), not at a number: what is added meanwhile moves nothing.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from marshmallow import Schema
from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from voucher.errors import NotValid, _, problem
from workflows.api.fields import Answer, Body, Part, Reference, Said, Those, Whole

T = TypeVar("T", bound=SQLModel)

MOST = 200
USUAL = 50


class Paged(Body):
    """Which page of a list."""

    limit = Whole(1, MOST, digits=True, load_default=USUAL, metadata={"description": "How many at a time."})


def after(kind: str) -> Reference:
    """The field with the last reference of the page before."""
    return Reference(kind, metadata={"description": "`next` of the page before."})


def page_of(answer: type[Schema]) -> type[Answer]:
    """The answer that holds a page of such answers; `next` is null on the last one."""
    return _page_of(answer)


@cache
def _page_of(answer: type[Schema]) -> type[Answer]:
    name = answer.__name__.removesuffix("Answer") + "PageAnswer"
    made = Answer.from_dict({
        "items": Those(Part(answer), required=True),
        "next": Said(required=True, allow_none=True, metadata={"description": "`after` of the next page."}),
    }, name=name)
    made.__doc__ = f"A page of {answer.__name__}."
    return made  # type: ignore[return-value]


def narrowed(
    shown: SelectOfScalar[T], table: type[T], query: dict[str, Any], *columns: str, **references: type[SQLModel]
) -> SelectOfScalar[T]:
    """Of what is `shown`, what the query asks for: its words for these columns, and the references of other things, each
    to be found in the column of its name with `_id`. A reference that nothing carries finds nothing.
    """
    for name in query.keys() & set(columns):
        shown = shown.where(getattr(table, name) == query[name])
    for name in query.keys() & references.keys():
        other: Any = references[name]
        shown = shown.where(getattr(table, f"{name}_id").in_(select(other.id).where(other.reference == query[name])))
    return shown


def page(
    session: Session, shown: SelectOfScalar[T], table: type[T], query: dict[str, Any], name: str = "reference"
) -> tuple[list[T], str | None]:
    """The rows of a page of what is `shown` (ordered by id, newest first), and the name after which the next one begins.

    Raises NotValid when the page before ended with something that is not on the list.
    """
    named, key = getattr(table, name), col(table.id)  # type: ignore[attr-defined]
    if "after" in query:
        last = session.exec(shown.where(named == query["after"])).first()
        if last is None:
            raise NotValid(problems=[problem(_("There is no {text} on this list."), "after", text=str(query["after"]))])
        shown = shown.where(key < last.id)  # type: ignore[attr-defined]
    rows = list(session.exec(shown.limit(query["limit"] + 1)))
    more = len(rows) > query["limit"]
    rows = rows[:query["limit"]]
    return rows, str(getattr(rows[-1], name)) if more else None


def known(session: Session, table: type[T], keys: Iterable[UUID | None]) -> dict[UUID, T]:
    """Rows by their ids, in one question."""
    wanted = {key for key in keys if key is not None}
    if not wanted:
        return {}
    return {row.id: row for row in session.exec(select(table).where(col(table.id).in_(wanted)))}  # type: ignore[attr-defined]
