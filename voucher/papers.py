"""Papers: the documents that we issue, from the moment on which one gets its number to the file in the store.

A paper takes its number in a piece of work of its own, is drawn when that is over, and its file is kept in another one: no row waits
for a drawing. What dies in between keeps its number and is drawn again under it, so that numbers have no gaps.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import String
from sqlmodel import Field, Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from voucher.database import Row, get, one_of
from voucher.files import FileKind, StoredFile, document_of
from voucher.numbering import next_reference
from voucher.references import year_of
from voucher.work import Work


class Paper(Row, table=True):
    """A document of ours. `about` is what it was asked for, once: a reference, or the key of the event that it tells.

    `subject` is the reference of the thing on whose page it lies. `file_id` is empty until it is drawn and kept.
    """

    __tablename__ = "papers"
    __table_args__ = (one_of("kind", FileKind),)

    number: str = Field(unique=True, max_length=24)
    kind: str = Field(sa_type=String(24))
    about: str = Field(unique=True, max_length=80)
    subject: str = Field(default="", max_length=24, index=True)
    file_id: UUID | None = Field(default=None, foreign_key="files.id", unique=True)
    created_at: datetime


def paper_about(session: Session, kind: FileKind, about: str) -> Paper | None:
    """The paper of a kind that was asked for about something, if it has its number."""
    return session.exec(select(Paper).where(Paper.about == f"{kind} {about}")).first()


def lock_paper(session: Session, kind: FileKind, about: str) -> Paper | None:
    """The same, locked until the work ends: who keeps its file and who withdraws it wait for each other."""
    return session.exec(select(Paper).where(Paper.about == f"{kind} {about}").with_for_update(key_share=True)
                        .execution_options(populate_existing=True)).first()


def begin_paper(work: Work, kind: FileKind, about: str) -> Paper:
    """The paper of a kind about something; it gets its number now unless it has one."""
    known = paper_about(work.session, kind, about)
    if known is not None:
        return known
    paper = Paper(number=next_reference(work.session, "D", year_of(work.today)), kind=kind, about=f"{kind} {about}", created_at=work.now)
    work.session.add(paper)
    work.session.flush()
    return paper


def file_about(session: Session, kind: FileKind, about: str) -> StoredFile | None:
    """The file of a paper, once it is drawn."""
    paper = paper_about(session, kind, about)
    return None if paper is None or paper.file_id is None else get(session, StoredFile, paper.file_id)


def papers_on(kind: FileKind, subject: str) -> SelectOfScalar[StoredFile]:
    """The papers of a kind on the page of a thing, the newest first."""
    return (select(StoredFile).join(Paper, col(Paper.file_id) == StoredFile.id)
            .where(Paper.kind == kind, Paper.subject == subject).order_by(col(Paper.id).desc()))


def withdraw_paper(session: Session, kind: FileKind, about: str) -> str:
    """A paper does not stand any more: it lies on no page, and another may be asked for. Answers its number, if there is one.

    What was made before papers had rows of their own is known by its file alone.
    """
    paper = lock_paper(session, kind, about)
    if paper is None:
        return _withdraw_file(session, kind, about)
    file = get(session, StoredFile, paper.file_id) if paper.file_id is not None else None
    paper.about, paper.subject = f"{paper.about} withdrawn {paper.number}", ""
    session.add(paper)
    if file is not None:
        file.subject = paper.number
        session.add(file)
    session.flush()
    return paper.number


def _withdraw_file(session: Session, kind: FileKind, about: str) -> str:
    file = document_of(session, kind, about)
    if file is None:
        return ""
    file.subject = file.reference
    session.add(file)
    session.flush()
    return file.reference
