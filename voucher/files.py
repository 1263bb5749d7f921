"""Evidence, documents, bank files: bytes, their checksum, who may see them.

Bytes are kept under their SHA-256, so that the same bytes are kept once and cannot be changed without it showing.
They are written before the row that names them: a crash in between leaves bytes that nobody names, never a name without
bytes.
"""

import hashlib
import os
import secrets
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import fsspec
from fsspec.implementations.local import LocalFileSystem
from sqlalchemy import BigInteger, Index, String, text
from sqlmodel import Field, Session, select

from voucher.database import Row, one_of
from voucher.errors import NotValid, _
from voucher.numbering import next_reference
from voucher.references import year_of
from voucher.work import Work

LARGEST_FILE = 20 * 1024 * 1024

# What a file begins with tells what it is; what its name or its sender says does not.
_SIGNATURES = (
    (b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"),
    (b"PK\x03\x04", "application/zip"), (b"<?xml", "application/xml"),
)


_MADE_ONCE = "kind in ('settlement_statement', 'recovery_notice', 'award_statement', 'notice_list')"


# What a name promises; OFD and office files are ZIP inside.
_PROMISED = {
    "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "zip": "application/zip",
    "ofd": "application/zip", "docx": "application/zip", "xlsx": "application/zip",
}

# Programs and pages that a browser would run are no evidence, whatever they are called.
_RUNS = (b"MZ", b"\x7fELF", b"#!", b"<!doctype html", b"<html", b"<script", b"<svg")


class FileKind(StrEnum):
    """What a file is for."""

    EVIDENCE = "evidence"
    PAYMENT_FILE = "payment_file"
    BANK_STATEMENT = "bank_statement"
    SETTLEMENT_STATEMENT = "settlement_statement"
    RECOVERY_NOTICE = "recovery_notice"
    AWARD_STATEMENT = "award_statement"
    DECISION_LETTER = "decision_letter"
    VERIFICATION_SHEET = "verification_sheet"
    NOTICE_LIST = "notice_list"


class StoredFile(Row, table=True):
    """A file and where it belongs. `owner_id` is the organisation that may see it beside the office.

    `subject` is the reference of what it is about; of most documents made by us there is one for each subject.
    """

    __tablename__ = "files"
    __table_args__ = (
        one_of("kind", FileKind),
        Index("uq_files_one_document_a_subject", "kind", "subject", unique=True,
              sqlite_where=text(_MADE_ONCE), postgresql_where=text(_MADE_ONCE)),
    )

    reference: str = Field(unique=True, max_length=24)
    kind: str = Field(sa_type=String(24))
    subject: str = Field(default="", max_length=24, index=True)
    owner_id: UUID | None = Field(default=None, foreign_key="organisations.id", index=True)
    name: str = Field(max_length=200)
    media_type: str = Field(max_length=100)
    size: int = Field(sa_type=BigInteger)
    sha256: str = Field(max_length=64, index=True)
    created_at: datetime
    created_by: UUID | None = Field(default=None, foreign_key="people.id")


class FileStore:
    """Where the bytes are: a local folder by default, any address that fsspec knows otherwise."""

    def __init__(self, url: str) -> None:
        """`url` as fsspec writes it: a folder, file:///..., s3://..., memory://..."""
        self._system, self._root = fsspec.core.url_to_fs(url)

    def _path(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256}"

    def put(self, content: bytes) -> str:
        """Keep bytes; answers their SHA-256 in hexadecimal. Keeping them twice is the same as once."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if not self._system.exists(path):
            self._system.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            self._write(path, content)
        return digest

    def _write(self, path: str, content: bytes) -> None:
        """Whole or not at all, whoever else writes the same: under a name of its own beside it first, then renamed.

        On a disk of ours the bytes are there before the row that will name them.
        """
        part = f"{path}.{secrets.token_hex(8)}.part"
        with self._system.open(part, "wb") as file:
            file.write(content)
            if isinstance(self._system, LocalFileSystem):
                file.flush()
                os.fsync(file.fileno())
        self._system.mv(part, path)

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their name."""
        content: bytes = self._system.cat_file(self._path(sha256))
        assert hashlib.sha256(content).hexdigest() == sha256, f"the stored bytes of {sha256} were altered"
        return content


def media_type_of(content: bytes) -> str:
    """What the bytes are, told from how they begin; plain bytes when nobody knows."""
    return next((name for start, name in _SIGNATURES if content.startswith(start)), "application/octet-stream")


def refuse_what_lies(name: str, content: bytes) -> None:
    """Refuse a file whose bytes are not what its name says, and what would run. Raises NotValid."""
    ending = name.rpartition(".")[2].lower()
    promised = _PROMISED.get(ending)
    if promised is not None and media_type_of(content) != promised:
        raise NotValid(_("{name} is called a file of the kind {ending}, but it does not begin like one. Send the file itself."),
                       name=_tidy_name(name), ending=ending)
    if content[:64].lstrip().lower().startswith(tuple(each.lower() for each in _RUNS)):
        raise NotValid(_("{name} is a program or a page that would run. Send a PDF or a picture instead."), name=_tidy_name(name))


def store_file(
    work: Work, store: FileStore, kind: FileKind, name: str, content: bytes, *, owner_id: UUID | None = None,
    subject: str = "",
) -> StoredFile:
    """Keep a file under a reference of its own. Raises NotValid for an empty or too large one."""
    if not 0 < len(content) <= LARGEST_FILE:
        raise NotValid(_("{name} has {size} bytes. A file has at least 1 and at most {most} bytes."),
                       name=name, size=len(content), most=LARGEST_FILE)
    digest = store.put(content)  # before the counter is held: the store may be slow and far away
    file = StoredFile(
        reference=next_reference(work.session, "F", year_of(work.today)), kind=kind, subject=subject, owner_id=owner_id,
        name=_tidy_name(name), media_type=media_type_of(content), size=len(content), sha256=digest,
        created_at=work.now, created_by=work.actor.person_id)
    work.session.add(file)
    work.session.flush()
    return file


def _tidy_name(name: str) -> str:
    kept = "".join(char for char in name.replace("\\", "/").rsplit("/", 1)[-1] if char.isprintable())
    return kept[-200:] or "file"


def document_of(session: Session, kind: FileKind, subject: str) -> StoredFile | None:
    """The document of a kind about a subject, if it has been made."""
    return session.exec(select(StoredFile).where(StoredFile.kind == kind, StoredFile.subject == subject)).first()


def document_with(session: Session, kind: FileKind, sha256: str) -> StoredFile | None:
    """The document of a kind with these very bytes, wherever it lies, if we made it."""
    return session.exec(select(StoredFile).where(StoredFile.kind == kind, StoredFile.sha256 == sha256)).first()
