"""Drawing: a document gets its number and is described in one piece of work, is drawn outside of any, and is kept in another.

Drawing takes as long as a page is full; nobody waits for a lock meanwhile. A worker that dies in between leaves a number without a
file, and the next one draws it again under the same number.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from voucher.clock import Clock
from voucher.database import Database
from voucher.documents.render import render
from voucher.errors import NotNow
from voucher.files import FileKind, FileStore, StoredFile, document_of, store_file
from voucher.history import record
from voucher.papers import begin_paper, file_about, lock_paper
from voucher.work import SYSTEM, Work, begin


class NothingToTell(NotNow):
    """What this document would tell was taken back. Nothing is drawn until it is so again."""


@dataclass(frozen=True)
class Sketch:
    """What a document says, and where it belongs: the template with its data, on whose page it lies, whose it is beside the office.

    `data` are as voucher/documents/render.py has them. `case` is the voucher or the award to which it belongs.
    """

    template: str
    data: Mapping[str, Any]
    subject: str
    case: str
    owner_id: UUID | None = None


@dataclass(frozen=True)
class Document:
    """A kind of document: what history calls its making, and how one is described: from what it was asked for and its number.

    What may be taken back is locked while it is described, so that a number is either withdrawn with it or never given.
    """

    kind: FileKind
    event: str
    sketch: Callable[[Work, str, str], Sketch]


@dataclass(frozen=True)
class Drawn:
    """A document that was drawn and is not kept yet."""

    document: Document
    about: str
    number: str
    sketch: Sketch
    content: bytes


def draw(database: Database, store: FileStore, clock: Clock, zone: str, document: Document, about: str) -> Drawn | None:
    """Describe and draw a document; None when it was kept already, or tells what was taken back. Stands in no transaction
    while it draws.

    Raises NotNow before there is anything to tell, NotPrintable with every field that cannot be printed.
    """
    try:
        with begin(database, SYSTEM, clock, zone) as work:
            if document_of(work.session, document.kind, about) or file_about(work.session, document.kind, about):
                return None
            number = begin_paper(work, document.kind, about).number
            sketch = document.sketch(work, about, number)
    except NothingToTell:  # and the number was not given
        return None
    content = render(sketch.template, sketch.data, sketch.data["document"]["language"])
    store.put(content)  # so that what is kept in a moment lies in the store already
    return Drawn(document, about, number, sketch, content)


def keep_document(work: Work, store: FileStore, drawn: Drawn | None, **_asked: str) -> StoredFile | None:
    """Keep a document that was drawn; None when another worker kept it before, or when it was withdrawn while it was drawn."""
    if drawn is None:
        return None
    kind, sketch = drawn.document.kind, drawn.sketch
    paper = lock_paper(work.session, kind, drawn.about)
    if paper is None or paper.number != drawn.number or paper.file_id is not None:
        return None
    file = store_file(work, store, kind, f"{drawn.number}.pdf", drawn.content, owner_id=sketch.owner_id, subject=sketch.subject)
    paper.subject, paper.file_id = sketch.subject, file.id
    work.session.add(paper)
    record(work, drawn.document.event, sketch.subject, case=sketch.case, file=file.reference, document=drawn.number, sha256=file.sha256)
    return file
