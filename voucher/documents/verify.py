"""What a document of ours claims, and whether its parts agree: for everybody who is shown one, without our database.

A document carries its data. Their SHA-256 stands at the foot of every page, in the QR code and in the properties of the
file; and its pages can be drawn again from the data and compared. That proves that the file agrees with itself, not who made it:
a forger can make a whole new file. Who issued it, the office's database knows (the SHA-256 of the file), and later a signature.
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from jinja2 import TemplateError
from pypdf import PdfReader

from voucher.documents import settlement
from voucher.documents.render import canonical, digest_of
from voucher.errors import NotValid, Refusal, _

LARGEST_DOCUMENT = 20 * 1024 * 1024
MOST_PAGES = 500

# The reader complains of damage on stderr, beside our own answer.
logging.getLogger("pypdf").addHandler(logging.NullHandler())

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


class NotADocument(NotValid):
    """This file is not a document of ours that can be checked."""


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: whether it is as it should be, and a sentence with its `{names}` in `values`."""

    good: bool
    what: str
    values: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return self.what.format(**dict(self.values))


@dataclass(frozen=True)
class Verification:
    """What a file says it is, and what was found. `sha256` is that of the whole file, `digest` that of its data."""

    sha256: str
    digest: str
    data: Mapping[str, Any] = field(repr=False)
    findings: tuple[Finding, ...] = ()

    @property
    def good(self) -> bool:
        """Whether everything is as it should be."""
        return all(finding.good for finding in self.findings)

    @property
    def number(self) -> str:
        """The number of the document, as its data have it."""
        return str(self.data["document"]["number"])

    def as_json(self) -> dict[str, Any]:
        """The answer for machines."""
        return {"good": self.good, "number": self.number, "sha256": self.sha256, "digest": self.digest, "data": dict(self.data),
                "findings": [{"good": finding.good, "what": str(finding)} for finding in self.findings]}


@dataclass(frozen=True)
class _File:
    """What could be read from a PDF."""

    attached: bytes
    keywords: str
    pages: tuple[str, ...]


def verify(pdf: bytes) -> Verification:
    """Check a document against itself. Raises NotADocument when it is none of ours or cannot be read."""
    file = _open(pdf)
    content = _data_in(file.attached)
    digest = digest_of(file.attached)
    return Verification(digest_of(pdf), digest, content, tuple(_findings(pdf, file, content, digest)))


def _open(pdf: bytes) -> _File:
    if not pdf.startswith(b"%PDF-") or len(pdf) > LARGEST_DOCUMENT:
        raise NotADocument(_("This is no PDF file of at most {most} MB."), most=LARGEST_DOCUMENT // 1024**2)
    try:
        return _read(PdfReader(BytesIO(pdf)))
    except Refusal:
        raise
    except Exception as error:  # noqa: BLE001 - a broken file breaks its reader in every imaginable way
        raise NotADocument(_("This PDF file is damaged and cannot be read ({error})."), error=type(error).__name__) from None


def _read(reader: PdfReader) -> _File:
    if len(reader.pages) > MOST_PAGES:
        raise NotADocument(_("This PDF file has more than {most} pages."), most=MOST_PAGES)
    attached = reader.attachments
    contents = attached.get(f"{settlement.KIND}.json", [])
    if len(attached) != 1 or len(contents) != 1:
        raise NotADocument(_("This PDF file does not carry the data of one settlement statement (settlement.json)."))
    about = reader.metadata
    keywords = str(about.get("/Keywords", "")) if about else ""
    return _File(bytes(contents[0]), keywords, tuple(page.extract_text() for page in reader.pages))


def _data_in(attached: bytes) -> dict[str, Any]:
    try:
        content = json.loads(attached)
        head = content["document"]
        known = head["format"] in settlement.FORMATS and head["kind"] == settlement.KIND and isinstance(head["number"], str)
    except (ValueError, TypeError, KeyError, RecursionError):
        known = False
    if not known:
        raise NotADocument(_("The data in this PDF file are not those of a settlement statement in the form {form}."),
                           form=settlement.FORMAT)
    assert isinstance(content, dict)
    return content


def _findings(pdf: bytes, file: _File, content: Mapping[str, Any], digest: str) -> Iterator[Finding]:
    yield _whole(pdf)
    yield _properties(file, digest)
    yield _feet(file, digest)
    yield from _drawn_again(pdf, file, content)


def _whole(pdf: bytes) -> Finding:
    """A PDF is changed by adding a new end to it; ours have one."""
    ends = pdf.count(b"startxref")
    if ends == 1:
        return Finding(True, _("Nothing was added to the file after it was made."))
    return Finding(False, _("The file was changed after it was made: it has {count} ends instead of one."), (("count", ends),))


def _properties(file: _File, digest: str) -> Finding:
    said = _DIGEST.search(file.keywords)
    if said and said[1] == digest:
        return Finding(True, _("The SHA-256 in the properties of the file is that of its data."))
    return Finding(False, _("The SHA-256 in the properties of the file is not that of its data, {digest}."), (("digest", digest),))


def _feet(file: _File, digest: str) -> Finding:
    wrong = [str(number) for number, text in enumerate(file.pages, 1) if digest not in "".join(text.split())]
    if not wrong:
        return Finding(True, _("The SHA-256 at the foot of every page is that of the data."))
    return Finding(False, _("The SHA-256 at the foot is not that of the data on page {pages}."), (("pages", ", ".join(wrong)),))


def _drawn_again(pdf: bytes, file: _File, content: Mapping[str, Any]) -> Iterator[Finding]:
    """The pages against the data: drawn again, they must be the same, or at least say the same."""
    try:
        again = settlement.render_data(content)
    except (Refusal, TemplateError, AssertionError, LookupError, TypeError, ValueError, AttributeError):
        yield Finding(False, _("No statement can be drawn from the data in the file: something in them is missing or malformed."))
        return
    if again == pdf:
        yield Finding(True, _("Drawn again from its data, the file is the same byte for byte."))
    elif _open(again).pages == file.pages and canonical(content) == file.attached:
        yield Finding(True, _("The pages say what the data say. (Another version of the program made the file.)"))
    else:
        yield Finding(False, _("The pages do not say what the data say: one of them was changed."))
