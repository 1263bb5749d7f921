"""Information requests: what an application lacks, all of it at once, and what the SME answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, Session, col, select

from voucher.database import Row
from voucher.errors import Problem, _, problem
from voucher.files import FileKind, StoredFile

#: How often an office may ask about one thing; what it did not ask by then, it may not hold against anybody.
MOST_ROUNDS = 2


class Defect(StrEnum):
    """What may be wanting."""

    PAPER_MISSING = "paper_missing"
    PAPER_UNREADABLE = "paper_unreadable"
    PURPOSE_UNCLEAR = "purpose_unclear"
    AMOUNT_UNCLEAR = "amount_unclear"
    FIRM_DIFFERS = "firm_differs"
    CONTRADICTION = "contradiction"
    OTHER = "other"


#: What each defect is called.
DEFECTS: Final[Mapping[str, str]] = {
    Defect.PAPER_MISSING: _("A paper is missing"),
    Defect.PAPER_UNREADABLE: _("A paper cannot be read"),
    Defect.PURPOSE_UNCLEAR: _("The purpose is not clear"),
    Defect.AMOUNT_UNCLEAR: _("The amount is not explained"),
    Defect.FIRM_DIFFERS: _("The firm's data differ from the register"),
    Defect.CONTRADICTION: _("What is said contradicts itself"),
    Defect.OTHER: _("Something else, said in words"),
}


class InformationRequest(Row, table=True):
    """One round: the defects by their codes, in words, and the answer with its files (references) once there is one."""

    __tablename__ = "information_requests"
    __table_args__ = (UniqueConstraint("subject", "round"), CheckConstraint(f"round between 1 and {MOST_ROUNDS}", name="few_rounds"))

    subject: str = Field(max_length=24, index=True)
    round: int
    defects: list[str] = Field(default_factory=list, sa_type=JSON)
    words: str = Field(sa_type=Text)
    asked_at: datetime
    answer: str = Field(default="", sa_type=Text)
    files: list[str] = Field(default_factory=list, sa_type=JSON)
    answered_at: datetime | None = None


def requests_of(session: Session, subject: str) -> list[InformationRequest]:
    """The rounds about a subject, the first one first."""
    return list(session.exec(select(InformationRequest).where(InformationRequest.subject == subject)
                             .order_by(col(InformationRequest.round))))


def file_problems(session: Session, owner_id: UUID, files: Sequence[str]) -> list[Problem]:
    """What is wrong with files that somebody hands in: each must be a piece of evidence of his own organisation."""
    own = set(session.exec(select(StoredFile.reference).where(
        col(StoredFile.reference).in_(files), StoredFile.owner_id == owner_id, StoredFile.kind == FileKind.EVIDENCE)))
    return [problem(_("There is no file {file} of yours."), "files", file=each) for each in files if each not in own]
