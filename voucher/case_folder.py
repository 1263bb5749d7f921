"""The folder of a case: everything that is known of a voucher, as a ZIP that a stranger can check without us.

It holds the rows of every table that hang on the voucher, its events, its entries with their receipts, the terms that applied,
the papers and documents, a manifest with the SHA-256 of each file, and the program that checks it. The same case gives the same
bytes. Papers are read one at a time, while the folder is written.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import RawIOBase
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as select_rows

from voucher import case_check, ledger
from voucher.case_check import FORMAT, MANIFEST
from voucher.files import FileKind, FileStore, StoredFile
from voucher.history import case_events
from voucher.ledger import Entry, seals
from voucher.people import Organisation, Person
from voucher.programmes.programmes import Programme, TermsVersion
from voucher.vouchers import Voucher

# A ZIP knows no time before 1980; a folder made twice is the same.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16

# What is told of by itself, or is none of the case's business.
_NOT_ROWS = frozenset({"events", "untold"})

_README = """\
案卷 / Case folder {case}

本文件夹包含该创新券的全部记录。运行 python check.py 本文件.zip 即可离线核验：逐个文件与 manifest.json 比对，
并核验每笔分录是否在账簿总哈希(head.json)之下。表格、事件以及有无缺漏只凭 manifest.json 的 SHA-256：
请在命令后写上主管部门登记的值，由程序比对。

This folder holds everything that is known of this voucher. Run: python check.py THIS.zip
It compares each file with manifest.json, and proves that each sealed entry stands under the head of the ledger (head.json).
That nothing was left out, and what tables and events say, rests on the SHA-256 of manifest.json: add the one that the office
wrote down to the command, and it is compared.

tables/     the rows of each table that hang on the voucher: orders, claims, lines, findings, decisions, deadlines, payouts
events.json what happened, when, by whom, and why
entries/    each entry of the books, with its receipt
sheets/     how each amount was calculated
terms/      the rules that applied
evidence/   the papers, as they were given; documents/ what the office made
"""


@dataclass(frozen=True)
class Member:
    """A file of the folder: its bytes, or the SHA-256 under which the store keeps them."""

    name: str
    sha256: str
    size: int
    content: bytes | None = None


@dataclass(frozen=True)
class Folder:
    """A folder that can be written: its members, the manifest first. `digest` is the SHA-256 of the manifest."""

    name: str
    digest: str
    members: Sequence[Member]

    def write(self, store: FileStore) -> Iterator[bytes]:
        """The ZIP, part by part; nothing is compressed, so that the bytes depend on nothing but the case."""
        stream = _Parts()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
            for member in self.members:
                about = zipfile.ZipInfo(member.name, _NO_TIME)
                about.external_attr, about.create_system = _READABLE, 3
                archive.writestr(about, store.get(member.sha256) if member.content is None else member.content)
                yield stream.taken()
        yield stream.taken()


class _Parts(RawIOBase):
    """Where the ZIP is written to: it keeps what has not been taken yet, and cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = bytearray()

    def writable(self) -> bool:
        """It is written to."""
        return True

    def write(self, part: Any) -> int:
        """Keep a part."""
        self._kept += part
        return len(part)

    def taken(self) -> bytes:
        """What was written since it was asked last."""
        part = bytes(self._kept)
        self._kept.clear()
        return part


def case_folder(session: Session, voucher: Voucher) -> Folder:
    """Read everything of a case, papers apart, which are read as the folder is written."""
    rows = _rows_of(session, voucher)
    entries = [(entry, _receipt(session, entry)) for entry in ledger.about(session, "voucher", voucher.reference)]
    members = [
        _text("README.txt", _README.format(case=voucher.reference)),
        Member("check.py", *_about(program := Path(case_check.__file__).read_bytes()), program),
        _json("case.json", _case(session, voucher, rows)),
        _json("events.json", [_plain(each.model_dump()) for each in case_events(session, voucher.reference)]),
        _json("head.json", _head(session)),
        *(_json(f"tables/{name}.json", several) for name, several in sorted(rows.items())),
        *_sheets(rows), *_terms(session, voucher, rows), *_entries(entries), *_files(session, voucher, rows, entries)]
    members.sort(key=lambda each: each.name)
    manifest = _json(MANIFEST, {
        "format": FORMAT, "case": voucher.reference, "unsealed": [entry.cause for entry, receipt in entries if receipt is None],
        "files": [{"name": each.name, "size": each.size, "sha256": each.sha256} for each in members]})
    return Folder(f"{voucher.reference}.zip", manifest.sha256, [manifest, *members])


# -- Rows ----------------------------------------------------------------------------------------------------------------

Rows = dict[str, list[dict[str, Any]]]


def _rows_of(session: Session, voucher: Voucher) -> Rows:
    """The rows of every table that hang on the voucher, found by the keys that lead there: what is new comes along by itself."""
    found: Rows = {"vouchers": [_plain(voucher.model_dump())]}
    keys: dict[str, list[UUID]] = {"vouchers": [voucher.id]}
    for table in SQLModel.metadata.sorted_tables:
        if table.name in _NOT_ROWS or table.name in found:
            continue
        rows = _hanging(session, table, voucher, keys)
        if rows:
            found[table.name] = [_plain(row) for row in rows]
            keys[table.name] = [row["id"] for row in rows if isinstance(row.get("id"), UUID)]
    return found


def _hanging(session: Session, table: Table, voucher: Voucher, keys: Mapping[str, Sequence[UUID]]) -> list[dict[str, Any]]:
    ways: list[Any] = [column.in_(keys[key.column.table.name]) for column in table.columns for key in column.foreign_keys
                       if keys.get(key.column.table.name) and column.name != "replaces_id"]
    if "case_reference" in table.columns:
        ways.append(table.columns["case_reference"] == voucher.reference)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for way in ways:
        for row in session.connection().execute(select(table).where(way)).mappings():
            found[tuple(str(row[column.name]) for column in table.primary_key)] = dict(row)
    return [found[key] for key in sorted(found)]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON has it: instants in UTC, keys and days as text."""
    return {name: _word(value) for name, value in row.items()}


def _word(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, UUID) else value


def _case(session: Session, voucher: Voucher, rows: Rows) -> dict[str, Any]:
    """Who takes part, by the keys that the rows name: organisations with their numbers, people with their names."""
    named = {UUID(value) for several in rows.values() for row in several for value in row.values() if _is_key(value)}
    programme = session.get_one(Programme, voucher.programme_id)
    return {
        "case": voucher.reference, "programme": programme.reference, "programme_code": programme.code,
        "organisations": {str(each.id): {"reference": each.reference, "name": each.name, "number": f"{each.country}:{each.number}"}
                          for each in session.exec(select_rows(Organisation).where(col(Organisation.id).in_(named))
                                                   .order_by(col(Organisation.id)))},
        "people": {str(each.id): each.name for each in session.exec(select_rows(Person).where(col(Person.id).in_(named))
                                                                    .order_by(col(Person.id)))}}


def _is_key(value: object) -> bool:
    return isinstance(value, str) and len(value) == 36 and value.count("-") == 4


# -- Sheets, terms, entries, papers --------------------------------------------------------------------------------------

def _sheets(rows: Rows) -> Iterator[Member]:
    for name in ("orders", "claims"):
        for row in rows.get(name, ()):
            if row.get("sheet"):
                yield _json(f"sheets/{row['reference']}.json", row["sheet"])


def _terms(session: Session, voucher: Voucher, rows: Rows) -> Iterator[Member]:
    wanted = {voucher.terms_id, *(UUID(row["terms_id"]) for row in rows.get("orders", ()))}
    for each in session.exec(select_rows(TermsVersion).where(col(TermsVersion.id).in_(wanted)).order_by(col(TermsVersion.number))):
        yield _text(f"terms/version-{each.number}.yaml", each.source)


def _receipt(session: Session, entry: Entry) -> dict[str, Any] | None:
    """What shows that an entry stands under the head; None as long as no seal covers it."""
    try:
        return seals.receipt(session, entry)
    except seals.NotSealed:
        return None


def _entries(entries: Iterable[tuple[Entry, dict[str, Any] | None]]) -> Iterator[Member]:
    """Each entry with its receipt; one that is not sealed yet says only what it says."""
    for number, (entry, receipt) in enumerate(entries, start=1):
        yield _json(f"entries/{number:05d}.json", receipt or {"content": entry.content().decode()})


def _head(session: Session) -> dict[str, Any]:
    head = seals.latest(session)
    return {"format": seals.HEAD_FORMAT, "number": head.number, "size": head.size, "root": head.root.hex(),
            "sealed_at": head.sealed_at.isoformat()}


def _files(session: Session, voucher: Voucher, rows: Rows, entries: Iterable[tuple[Entry, object]]) -> Iterator[Member]:
    """The papers that any row names or a claim's entries named once, and the documents about anything in the case.

    What the bank was sent and said concerns others too, and stays.
    """
    papers = {UUID(row["file_id"]) for several in rows.values() for row in several if _is_key(row.get("file_id"))}
    papers |= {voucher.mandate_id} if voucher.mandate_id else set()
    digests = {digest for entry, _receipt in entries if entry.event.startswith("claim.") for digest in entry.evidence}
    owners = {UUID(row["claimant_id"]) for row in rows.get("claims", ())}
    papers |= set(session.exec(select_rows(StoredFile.id).where(
        col(StoredFile.sha256).in_(digests), col(StoredFile.owner_id).in_(owners), StoredFile.kind == FileKind.EVIDENCE)))
    subjects = {row["reference"] for several in rows.values() for row in several if "reference" in row} | {voucher.reference}
    for file in session.exec(select_rows(StoredFile).where(col(StoredFile.id).in_(papers)).order_by(col(StoredFile.reference))):
        yield Member(f"evidence/{file.reference}-{_safe(file.name)}", file.sha256, file.size)
    for file in session.exec(select_rows(StoredFile).where(col(StoredFile.subject).in_(subjects), col(StoredFile.id).not_in(papers))
                             .order_by(col(StoredFile.reference))):
        yield Member(f"documents/{file.reference}-{_safe(file.name)}", file.sha256, file.size)


def _safe(name: str) -> str:
    """A name that stays in its folder on every system."""
    return "".join(char if char.isalnum() or char in "._- " else "_" for char in name).strip(". ")[-100:] or "file"


def _json(name: str, value: Any) -> Member:
    return _text(name, json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n")


def _text(name: str, text: str) -> Member:
    content = text.encode()
    return Member(name, *_about(content), content)


def _about(content: bytes) -> tuple[str, int]:
    return hashlib.sha256(content).hexdigest(), len(content)
