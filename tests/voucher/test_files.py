"""Files: kept by what they are, told apart by how they begin, never trusted by name."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import voucher.people  # noqa: F401 - a file names its owner, so the owner's table must be known
from voucher.database import Database
from voucher.errors import NotValid
from voucher.files import LARGEST_FILE, FileKind, FileStore, media_type_of, refuse_what_lies, store_file
from voucher.work import SYSTEM, begin


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path / "files"))


def test_the_same_bytes_are_kept_once(store: FileStore, tmp_path: Path) -> None:
    assert store.put(b"one") == store.put(b"one")
    assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 1


def test_altered_bytes_are_noticed(store: FileStore, tmp_path: Path) -> None:
    digest = store.put(b"one")
    [path] = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    path.write_bytes(b"two")
    with pytest.raises(AssertionError, match="altered"):
        store.get(digest)


@pytest.mark.parametrize(("content", "media_type"), [
    (b"%PDF-1.7", "application/pdf"), (b"\x89PNG\r\n\x1a\n..", "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"),
    (b"<html><script>", "application/octet-stream"), (b"MZ\x90", "application/octet-stream"),
])
def test_what_a_file_is_shows_in_how_it_begins(content: bytes, media_type: str) -> None:
    assert media_type_of(content) == media_type


@pytest.mark.parametrize("content", [b"", b"x" * (LARGEST_FILE + 1)])
def test_an_empty_or_huge_file_is_refused(database: Database, store: FileStore, content: bytes) -> None:
    with pytest.raises(NotValid, match="bytes"), begin(database, SYSTEM) as work:
        store_file(work, store, FileKind.EVIDENCE, "x.pdf", content)


@pytest.mark.parametrize(("given", "kept"), [
    ("../../etc/passwd", "passwd"), ("C:\\x\\y.pdf", "y.pdf"), ("a\x00b\n.pdf", "ab.pdf"), ("", "file"), ("发票.pdf", "发票.pdf"),
])
def test_a_name_is_only_a_name(database: Database, store: FileStore, given: str, kept: str) -> None:
    with begin(database, SYSTEM) as work:
        assert store_file(work, store, FileKind.EVIDENCE, given, b"%PDF-1.7").name == kept


def test_half_of_a_file_never_stands_under_its_name(store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def power_fails(_handle: int) -> None:
        raise OSError("no power")

    with monkeypatch.context() as during, pytest.raises(OSError, match="no power"):
        during.setattr("os.fsync", power_fails)
        store.put(b"one")
    assert store.get(store.put(b"one")) == b"one"


def test_many_threads_keep_files_at_once(store: FileStore) -> None:
    contents = [bytes([number]) * 300_000 for number in range(40)] * 2
    with ThreadPoolExecutor(16) as pool:
        digests = list(pool.map(store.put, contents))
    assert [store.get(digest) for digest in digests] == contents


@pytest.mark.parametrize(("name", "content"), [
    ("invoice.pdf", b"\x89PNG\r\n\x1a\n"), ("photo.JPG", b"%PDF-1.4"), ("report.docx", b"plain words"),
    ("report.txt", b"MZ\x90"), ("note", b"#!/bin/sh"), ("drawing.txt", b"  <SVG onload=x>"),
])
def test_a_file_that_is_not_what_it_says_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(NotValid):
        refuse_what_lies(name, content)


@pytest.mark.parametrize(("name", "content"), [
    ("invoice.pdf", b"%PDF-1.4"), ("invoice.ofd", b"PK\x03\x04"), ("uses.csv", b"day,sum"), ("photo.jpeg", b"\xff\xd8\xff")])
def test_a_file_that_is_what_it_says_is_taken(name: str, content: bytes) -> None:
    refuse_what_lies(name, content)
