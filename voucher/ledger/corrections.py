"""Corrections: which entry reverses which. An entry is reversed once, and what reverses is not reversed itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from voucher.ledger.entries import Entry, entries
from voucher.ledger.journal import chunks


@dataclass(frozen=True)
class Correction:
    """The cause of the entry that this one reverses, or of the one that reverses it; the other is empty."""

    reverses: str = ""
    reversed_by: str = ""


def corrections(session: Session, several: Sequence[Entry]) -> dict[UUID, Correction]:
    """Which of these entries reverse or are reversed, by id; the others are left out. Two questions for as many as fit a statement."""
    connection = session.connection()
    originals = {each.reverses: each.id for each in several if each.reverses}
    found = {}
    for some in chunks(list(originals)):
        for key, cause in connection.execute(select(entries.c.id, entries.c.cause).where(entries.c.id.in_(some))):
            found[originals[key]] = Correction(reverses=cause)
    for ids in chunks([each.id for each in several]):
        for key, cause in connection.execute(select(entries.c.reverses_id, entries.c.cause).where(entries.c.reverses_id.in_(ids))):
            found[key] = Correction(reversed_by=cause)
    return found
