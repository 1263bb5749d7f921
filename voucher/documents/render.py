"""A template and its data in, a PDF out that looks the same everywhere and carries its data.

The PDF is an archive file (PDF/A-3u) with the data attached as JSON. The same data makes the same bytes, as long as the
libraries are the same: all dates come from the data. Nothing is fetched but our own fonts. A character that our fonts
lack refuses the document: a name with a hole in it must not go out.

`data` are strings, lists and mappings of strings, whole numbers and nothing else; `document` in it is required:

    {"document": {"kind": "settlement", "number": "..", "issued_on": "2026-11-22", "language": "zh"}, ...}
"""

import hashlib
import json
import logging
import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cache
from threading import Lock
from typing import Any

import segno
from fontTools.ttLib import TTFont
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from voucher.documents.words import say
from voucher.errors import NotValid, Problem, _, problem
from voucher.places import place

# A long text in one field can keep the layout busy for minutes, and a document of thousands of rows as well.
LONGEST_TEXT = 1000
MOST_ROWS = 500
MOST_MARKS = 3  # combining marks on one letter

_LANG = {"zh": "zh-CN", "en": "en"}
_COVERING = ("regular.ttf", "latin-regular.ttf")
_drawing = Lock()  # the fonts and the log of WeasyPrint are shared by all threads; they would not be faster anyway


class NotPrintable(NotValid):
    """This cannot be printed as it stands. Mend the fields that are listed."""


def canonical(data: Mapping[str, Any]) -> bytes:
    """The one way in which data are written down: UTF-8 JSON, keys sorted, no spaces."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest_of(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def render(template: str, data: Mapping[str, Any], language: str) -> bytes:
    """The PDF of a template under templates/documents, with `data` attached as `<kind>.json`.

    Raises NotPrintable with every field that holds a character without a glyph, a control character or too much text.
    """
    refuse_if_any_unprintable(data)
    content = canonical(data)
    digest = digest_of(content)
    page = _templates(language).get_template(template).render(
        **data, digest=digest, qr=_qr, check_text=check_text(data, digest), lang=_LANG[language], language=language)
    return _draw(page, data["document"], content)


def check_text(data: Mapping[str, Any], digest: str) -> str:
    """What the QR code says: an address that checks the document, or its number and digest where there is none."""
    document = data["document"]
    if document.get("check_url"):
        return f"{document['check_url']}?sha256={digest}"
    return f"{document['kind']} {document['number']} sha256 {digest}"


def _attachment(document: Mapping[str, str], content: bytes) -> Attachment:
    made = datetime.fromisoformat(document["issued_on"]).replace(tzinfo=UTC)
    return Attachment(string=content, name=f"{document['kind']}.json", description=document["number"],
                      created=made, modified=made, relationship="Data")


def _draw(page: str, document: Mapping[str, str], content: bytes) -> bytes:
    fonts, style, fetcher = _house()
    with _drawing, _Missing() as missing, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint 70 leaves its colour profile open
        try:
            drawn = HTML(string=page, base_url=None, url_fetcher=fetcher).write_pdf(
                stylesheets=[style], font_config=fonts, pdf_variant="pdf/a-3u", attachments=[_attachment(document, content)],
                finisher=_list_attachments_once)
        except FatalURLFetchingError as error:  # not an Exception: it would end the worker
            raise AssertionError(f"a template asks for {error}") from None
    if missing.characters:
        raise NotPrintable(_("No font has these characters: {characters}. Write them in another way."),
                           characters=_named(sorted(missing.characters)))
    assert isinstance(drawn, bytes)
    return drawn


def _list_attachments_once(_document: object, pdf: Any) -> None:
    """WeasyPrint 70 lists each attachment twice under /AF (Kozea/WeasyPrint 2917)."""
    listed = pdf.catalog.get("AF", [])
    listed[:] = list(dict.fromkeys(listed))


@cache
def _house() -> tuple[FontConfiguration, CSS, URLFetcher]:
    """Fonts and style, made once a process: to make them costs more than most documents."""
    fonts, fetcher = FontConfiguration(), _OnlyOurs()
    style = (place("templates") / "documents" / "document.css").read_text(encoding="utf-8")
    return fonts, CSS(string=style, font_config=fonts, url_fetcher=fetcher, base_url=None), fetcher


class _OnlyOurs(URLFetcher):  # type: ignore[misc]
    """Fetches `asset:` (our fonts) and `data:`, nothing else: no network, no files of the machine."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols={"data"}, allow_redirects=False)
        self._fonts = {each.name: each for each in place("documents/fonts").glob("*.ttf")}

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        scheme, _colon, name = url.partition(":")
        if scheme == "asset" and name in self._fonts:
            kind = EmailMessage()
            kind["Content-Type"] = "font/ttf"
            return URLFetcherResponse(url, self._fonts[name].read_bytes(), kind)
        if scheme == "data":
            return super().fetch(url, headers)
        raise FatalURLFetchingError(url)


class _Missing(logging.Handler):
    """Listens to WeasyPrint, which draws a box for a character that no font has and only logs it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.characters: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if ".notdef" in record.msg and isinstance(record.args, tuple):
            self.characters.add(str(record.args[0]))

    def __enter__(self) -> "_Missing":
        logging.getLogger("weasyprint").addHandler(self)
        return self

    def __exit__(self, *_error: object) -> None:
        logging.getLogger("weasyprint").removeHandler(self)


def tidy(text: str) -> str:
    """A text on one line, without characters that cannot be seen (zero width, direction marks)."""
    return " ".join("".join(char for char in text if unicodedata.category(char) != "Cf").split())


def printable(text: str) -> str:
    """What others typed, so that it never keeps a paper from being made: a question mark for what no font has, and no end of a long text.

    For names of files, descriptions and reasons; the name of a party is refused instead.
    """
    drawn = ""
    for char in text:
        if not (unicodedata.combining(char) and _most_marks(drawn[-MOST_MARKS:]) == MOST_MARKS):
            drawn += char if char in _covered() else "?"
    return drawn if len(drawn) <= LONGEST_TEXT else drawn[:LONGEST_TEXT - 3] + "..."


def refuse_if_any_unprintable(data: Mapping[str, Any]) -> None:
    """Raises NotPrintable with every field that could not be printed as it stands.

    Our own fonts decide, not those that a machine happens to have: a document that can be made here can be made anywhere.
    """
    found = [trouble for where, value in _fields(data) for trouble in _troubles(where, value)]
    if found:
        raise NotPrintable(problems=found)


def _fields(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Every text and every list in the data, with its path."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _fields(each, f"{where}.{key}".lstrip("."))
    elif isinstance(value, list | tuple):
        yield where, value
        for index, each in enumerate(value[:MOST_ROWS]):
            yield from _fields(each, f"{where}.{index}")
    elif isinstance(value, str):
        yield where, value


def _troubles(where: str, value: str | list[Any]) -> Iterator[Problem]:
    if not isinstance(value, str):
        if len(value) > MOST_ROWS:
            yield problem(_("There are {count} rows; one document has at most {most}."), where, count=len(value), most=MOST_ROWS)
        return
    if len(value) > LONGEST_TEXT:
        yield problem(_("The text has {count} characters; at most {most} can be printed."), where, count=len(value), most=LONGEST_TEXT)
    unknown = sorted(set(value) - _covered())
    if unknown:
        yield problem(_("No font has these characters: {characters}. Write them in another way."), where, characters=_named(unknown))
    if _most_marks(value) > MOST_MARKS:
        yield problem(_("A letter carries more than {most} accents."), where, most=MOST_MARKS)


def _named(characters: list[str]) -> str:
    shown = [f"{char} (U+{ord(char):04X})" if char.isprintable() else f"U+{ord(char):04X}" for char in characters]
    return ", ".join(shown[:20]) + (" ..." if len(shown) > 20 else "")


def _most_marks(text: str) -> int:
    longest = run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        longest = max(longest, run)
    return longest


@cache
def _covered() -> frozenset[str]:
    """Every character that our fonts can draw."""
    return frozenset(char for name in _COVERING for char in characters_of(name))


def characters_of(font: str) -> frozenset[str]:
    """The characters for which one of our fonts ("regular.ttf") has a glyph."""
    with TTFont(place("documents/fonts") / font, lazy=True) as opened:
        return frozenset(map(chr, opened.getBestCmap()))


@cache
def _templates(language: str) -> Environment:
    templates = Environment(
        loader=FileSystemLoader(place("templates") / "documents"), autoescape=True, undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
    templates.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: say(text, language), lambda one, many, count: say(one if count == 1 else many, language), newstyle=True)
    templates.globals["both"] = lambda text: _both(text, language)
    templates.filters |= {"amount": with_thousands, "soft": _soft}
    return templates


def _both(text: str, language: str) -> Markup:
    """A label in the document's language and, smaller, in the other."""
    second = "en" if language == "zh" else "zh"
    first, other = say(text, language), say(text, second)
    return Markup('<span class="first">{}</span> <span class="second" lang="{}">{}</span>').format(first, _LANG[second], other)


def with_thousands(amount: str) -> str:
    """The machine's "1234.50" as people read it: 1,234.50."""
    whole, point, parts = amount.removeprefix("-").partition(".")
    return ("−" if amount.startswith("-") else "") + f"{int(whole):,}" + point + parts


def _soft(text: str) -> Markup:
    """A name made of parts that may break after each: an account, an event."""
    return Markup("").join(escape(part) + Markup("<wbr>") if part in ":." else escape(part) for part in _parts(text))


def _parts(text: str) -> list[str]:
    return text.replace(":", "\0:\0").replace(".", "\0.\0").split("\0")


def _qr(text: str) -> str:
    """A QR code (ISO/IEC 18004, level M) as an address of data."""
    return str(segno.make(text, error="m", micro=False).svg_data_uri(border=0, dark="#1b2a3d", light=None, omitsize=True))
