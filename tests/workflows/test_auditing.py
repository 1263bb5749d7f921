"""Auditing: the folder of a case holds all of it, is the same each time, and says what was altered."""

import io
import json
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from tests.builders import (
    SME,
    House,
    a_completed_order,
    an_approved_claim,
    an_exported_batch,
    an_issued_voucher,
    bank_answer,
)
from voucher.case_check import problems
from voucher.case_folder import Folder
from voucher.errors import NotAllowed, NotFound
from voucher.history import events_of
from voucher.ledger import verify
from voucher.work import read
from workflows.auditing import export_case
from workflows.closing import seal_books
from workflows.reconciliation import import_statement


@pytest.fixture
def case(house: House) -> str:
    """A voucher with a claim that was paid, its entries sealed."""
    voucher = an_issued_voucher(house)
    an_approved_claim(house, a_completed_order(house, voucher))
    an_approved_claim(house)  # somebody else's case, of which nothing may come along
    batch = an_exported_batch(house)
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(house, batch))
    house.do_jobs()
    with house.work() as work:
        seal_books(work, house.store)
    return voucher


def export(house: House, case: str, who: str = "auditor1") -> tuple[Folder, bytes]:
    with house.work(who) as work:
        folder = export_case(work, case)
    return folder, b"".join(folder.write(house.store))


def checked(content: bytes, head: dict[str, object] | None = None) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        return list(problems(folder, head))


def changed(content: bytes, name: str, other: bytes | None) -> bytes:
    """The folder with one file replaced, or left out."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        for each in old.namelist():
            if each != name or other is not None:
                new.writestr(each, other if each == name and other is not None else old.read(each))
    return target.getvalue()


def test_the_folder_holds_the_whole_case_and_nothing_of_another(house: House, case: str) -> None:
    _folder, content = export(house, case)
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        names, claims = folder.namelist(), json.loads(folder.read("tables/claims.json"))
        manifest = json.loads(folder.read("manifest.json"))
        events = [each["name"] for each in json.loads(folder.read("events.json"))]
    assert {each.partition("/")[0] for each in names} == {
        "manifest.json", "README.txt", "check.py", "case.json", "events.json", "head.json", "tables", "sheets", "terms", "entries",
        "evidence", "documents"}
    assert len(claims) == 1
    assert manifest["unsealed"] == []
    assert [events[0], events[-1]] == ["voucher.applied", "payout.statement_made"]
    assert sum(each.startswith("evidence/") for each in names) == 4
    assert checked(content) == []


def test_the_head_in_the_folder_is_one_that_verification_takes(house: House, case: str) -> None:
    _folder, content = export(house, case)
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        head = json.loads(folder.read("head.json"))
    with read(house.database) as session:
        assert verify(session, head) == []
        assert [finding.about for finding in verify(session, head | {"root": "00" * 32})] == ["the head"]


def test_the_same_case_gives_the_same_bytes(house: House, case: str) -> None:
    assert export(house, case)[1] == export(house, case)[1]


def test_what_was_altered_is_named(house: House, case: str) -> None:
    _folder, content = export(house, case)
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        paper = next(each for each in folder.namelist() if each.startswith("evidence/"))
        entry = next(each for each in folder.namelist() if each.startswith("entries/"))
        said = folder.read(entry).replace(b"100000", b"900000").replace(b"10000000", b"90000000")
    assert checked(changed(content, paper, b"%PDF-other")) == [f"{paper}: was altered"]
    assert checked(changed(content, paper, None)) == [f"{paper}: is missing"]
    assert f"{entry}: what the entry says is not what was recorded" in checked(changed(content, entry, said))
    flipped = bytearray(content)
    flipped[content.index(b"SAMPLE")] ^= 1
    assert len(checked(bytes(flipped))) == 1


def test_a_manifest_that_was_made_anew_is_not_the_one_that_was_recorded(house: House, case: str) -> None:
    folder, content = export(house, case)
    with house.work() as work:
        assert [each.data["manifest"] for each in events_of(work.session, case) if each.name == "case.exported"] == [folder.digest]
    other = {"format": "ledger-head-1", "size": 1, "root": "00" * 32}
    assert all("it is under another head" in each for each in checked(content, other))


def remade(content: bytes, name: str, other: bytes | None) -> bytes:
    """The folder with one file replaced, or left out, and a manifest that was made to fit."""
    content = changed(content, name, other)
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        manifest = json.loads(folder.read("manifest.json"))
        manifest["files"] = [{"name": each, "size": len(folder.read(each)), "sha256": sha256(folder.read(each)).hexdigest()}
                             for each in folder.namelist() if each != "manifest.json"]
    return changed(content, "manifest.json", json.dumps(manifest).encode())


def test_an_entry_whose_receipt_was_taken_out_is_named_under_a_manifest_made_anew(house: House, case: str) -> None:
    _folder, content = export(house, case)
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        entry = next(each for each in folder.namelist() if each.startswith("entries/"))
        said = json.loads(folder.read(entry))["content"].replace("10000000", "90000000")
    bare = remade(content, entry, json.dumps({"content": said}).encode())
    assert checked(bare) == [f"{entry}: has no receipt, and the manifest does not say that no seal covered it"]


@pytest.mark.parametrize("what", ["an entry", "a table"])
def test_what_only_the_manifest_holds_is_found_by_its_digest(house: House, case: str, what: str) -> None:
    folder, content = export(house, case)
    bad = (remade(content, "tables/claims.json", b"[]") if what == "a table" else
           remade(content, next(each.name for each in folder.members if each.name.startswith("entries/")), None))
    assert checked(bad) == []
    with zipfile.ZipFile(io.BytesIO(bad)) as other:
        (wrong,) = problems(other, manifest=folder.digest)
    assert wrong.startswith("the manifest is not the one whose SHA-256 you gave")
    with zipfile.ZipFile(io.BytesIO(content)) as good:
        assert list(problems(good, manifest=folder.digest.upper())) == []


def test_the_program_in_the_folder_checks_it_alone(house: House, case: str, tmp_path: Path) -> None:
    made, content = export(house, case)
    (tmp_path / "case.zip").write_bytes(content)
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        (tmp_path / "check.py").write_bytes(folder.read("check.py"))

    def run(*words: str) -> tuple[int, str]:
        done = subprocess.run([sys.executable, "-I", "-S", "check.py", *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout
    code, said = run("case.zip")
    assert (code, said.count("rest on that SHA-256")) == (0, 1)
    code, said = run("case.zip", made.digest)
    assert (code, said.count("The manifest is the one that you named.")) == (0, 1)
    assert run("case.zip", "0" * 64)[0] == 1
    (tmp_path / "bad.zip").write_bytes(changed(content, "case.json", b"{}"))
    assert run("bad.zip")[0] == 1
    assert "case.json: was altered" in run("bad.zip")[1]


def test_who_may_take_a_folder_along(house: House) -> None:
    case = an_issued_voucher(house)
    export(house, case, "approver2")
    with pytest.raises(NotAllowed):
        export(house, case, "treasury1")
    with pytest.raises(NotFound):
        export(house, case, SME)


def test_entries_that_no_seal_covers_yet_are_named(house: House) -> None:
    _folder, content = export(house, an_issued_voucher(house))
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        assert len(json.loads(folder.read("manifest.json"))["unsealed"]) == 1
    assert checked(content) == []
