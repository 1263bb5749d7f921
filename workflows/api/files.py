"""Files: evidence comes in, documents go out; as bytes that are kept and never run."""

from collections.abc import Sequence
from typing import Any

from voucher.errors import NotValid, _, problem
from voucher.files import LARGEST_FILE, FileKind, StoredFile
from voucher.people import Organisation
from voucher.work import Work
from workflows import claiming, sight
from workflows.access import door, roles, signed_in
from workflows.api.answers import facts
from workflows.api.fields import Answer, Body, Choice, File, Instant, Number, Reference, Said
from workflows.api.nouns import Noun
from workflows.api.paging import Paged, after, known, narrowed, page, page_of
from workflows.claims import CLAIM

files = Noun("api-files", __name__, description="Evidence, documents, bank files: bytes and their checksum.")


class Upload(Body):
    """A file of one's own organisation."""

    organisation = Reference("N", required=True)
    file = File(required=True)


class FileQuery(Paged):
    """Which files."""

    after = after("F")
    kind = Choice(FileKind)
    subject = Said(metadata={"description": "The reference of what it is about.", "example": "V-2026-00001-3"})


class FileAnswer(Answer):
    """What is known of a file."""

    reference = Said(metadata={"example": "F-2026-00001-1"})
    kind = Said(metadata={"example": "evidence"})
    name = Said(metadata={"example": "invoice.pdf"})
    media_type = Said(metadata={"description": "As the bytes themselves say.", "example": "application/pdf"})
    size = Number(metadata={"description": "In bytes."})
    sha256 = Said()
    subject = Said(metadata={"description": "The reference of what it is about."})
    owner = Said(allow_none=True, metadata={"description": "The organisation that may see it beside the office."})
    created_at = Instant()


def told(work: Work, rows: Sequence[StoredFile]) -> list[dict[str, Any]]:
    """Files, without their bytes."""
    owners = known(work.session, Organisation, (row.owner_id for row in rows))
    return [facts(row, "reference", "kind", "name", "media_type", "size", "sha256", "subject", "created_at")
            | {"owner": owners[row.owner_id].reference if row.owner_id else None} for row in rows]


@files.reads("/files", page_of(FileAnswer), FileQuery)
@signed_in
def list_files(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List files: the office all of them, a firm its own."""
    shown = narrowed(sight.files(work.actor), StoredFile, query, "kind", "subject")
    rows, following = page(work.session, shown, StoredFile, query)
    return {"items": told(work, rows), "next": following}


@files.writes("/files", FileAnswer, Upload, status=201, location="multipart")
@roles(*CLAIM.steps["submit_claim"].by)
def upload_file(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Keep a piece of evidence for one's own organisation."""
    kept = claiming.upload_file(work, door().files, body["organisation"], *sent(body["file"]))
    return told(work, [kept])[0]


def sent(file: Any) -> tuple[str, bytes]:
    """The name and the bytes of a file in a form. Raises NotValid for something else."""
    if not hasattr(file, "stream"):
        raise NotValid(problems=[problem(_("Send this as a file, with a name."), "file")])
    return file.filename or "file", file.stream.read(LARGEST_FILE + 1)


@files.reads("/files/<file>", FileAnswer)
@signed_in
def show_file(work: Work, _query: dict[str, Any], file: str) -> dict[str, Any]:
    """Show what is known of a file."""
    return told(work, [_seen(work, file)])[0]


@files.downloads("/files/<file>/content")
@signed_in
def download_file(work: Work, file: str) -> StoredFile:
    """Download the bytes of a file, for saving."""
    return _seen(work, file)


def _seen(work: Work, reference: str) -> StoredFile:
    row = sight.see(work.session, work.actor, reference)
    assert isinstance(row, StoredFile)
    return row
