"""XML that strangers wrote, read without harm; and XML of our own, written so that the same input gives the same bytes.

Entities stay unresolved, nothing is fetched, a document type declaration is refused, and there is a limit on size.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, cast

from lxml import etree

from voucher.errors import NotValid, Problem, _, problem

# A statement of 50,000 lines has about 64 megabytes; larger files are more likely an attack or a mistake.
LARGEST_BYTES = 64 * 1024 * 1024
MOST_PROBLEMS = 50

_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_SINGLE_BYTE = re.compile(r"(iso-?8859|windows-?125|cp125|latin)", re.IGNORECASE)
_OTHER_FORMATS = (
    (b"PK\x03\x04", "ZIP"), (b"%PDF", "PDF"), (b"{1:", "SWIFT MT (MT940)"), (b":20:", "SWIFT MT (MT940)"),
    (b"\x1f\x8b", "gzip"), (b"\xd0\xcf\x11\xe0", "Excel"),
)


def parse(content: bytes) -> etree._Element:
    """The root of an XML file from outside. Raises NotValid with line numbers; comments and instructions are dropped."""
    _refuse_what_is_not_xml(content)
    _refuse_declarations(content)
    _refuse_wrong_encoding(content)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
                             huge_tree=False, recover=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise NotValid(_("This file cannot be read as XML. Ask the bank for it again, and do not open and save it in between."),
                       _syntax_problems(parser)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _with_declaration(1)
    return root


def _refuse_what_is_not_xml(content: bytes) -> None:
    if not content.strip():
        raise NotValid(_("The file is empty. Ask the bank for it again."))
    if len(content) > LARGEST_BYTES:
        raise NotValid(_("The file has {size} bytes; at most {largest} are read. Ask the bank for one file a day."),
                       size=len(content), largest=LARGEST_BYTES)
    for beginning, name in _OTHER_FORMATS:
        if content.lstrip().startswith(beginning):
            raise NotValid(_("This file is {name}, not XML. Ask the bank for camt.053."), name=name)
    if b"\x00" in content:
        raise NotValid(_("This file is not UTF-8 text. Banks send ISO 20022 files in UTF-8: ask for it again."))
    if not content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise NotValid(_("This file is not XML: it does not begin with <. Ask the bank for camt.053."))


def _refuse_declarations(content: bytes) -> None:
    """A document type declaration is how a file reaches for other files; no bank needs one."""
    found = re.search(rb"<!(DOCTYPE|ENTITY)", content)
    if found:
        raise _with_declaration(content.count(b"\n", 0, found.start()) + 1)


def _with_declaration(line: int) -> NotValid:
    return NotValid(_("This file holds a document type declaration. It is refused, because such a file can reach for others."),
                    [problem(_("A document type declaration (<!DOCTYPE or <!ENTITY) is not allowed."), line=line)])


def _refuse_wrong_encoding(content: bytes) -> None:
    """A file that says one byte a sign and is UTF-8 would turn every name into rubbish without any error."""
    declared = _ENCODING.search(content[:200])
    name = declared[1].decode("ascii") if declared else "UTF-8"
    if content.isascii() or not _SINGLE_BYTE.match(name):
        return
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return
    raise NotValid(_("This file says that it is in {encoding}, but it is written in UTF-8. Ask the bank for it again."),
                   [problem(_("The encoding {encoding} is not the one that the file has."), line=1, encoding=name)],
                   encoding=name)


def _syntax_problems(parser: etree.XMLParser) -> Iterator[Problem]:
    """What this parser complained of, each with its place. The exception's own log also holds those of earlier files."""
    for entry in entries_of(parser.error_log):
        yield problem(_("not well-formed XML: {reason}"), line=max(entry.line, 1), column=entry.column or None,
                      reason=" ".join(entry.message.split()))


def entries_of(log: object) -> list[Any]:
    """The first entries of a parser's or a schema's log: each has line, column and message."""
    return list(islice(cast("Iterable[Any]", log), MOST_PROBLEMS))


@lru_cache(maxsize=4096)
def _qualified(tag: str, path: str) -> str:
    """The path in the namespace of a tag. Remembered: it is asked some fifty times for each line of a statement."""
    namespace = etree.QName(tag).namespace or ""
    return "/".join(f"{{{namespace}}}{name}" for name in path.split("/"))


def namespace_of(element: etree._Element) -> str:
    """The namespace of an element; "" when it has none."""
    return etree.QName(element).namespace or ""


def name_of(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return etree.QName(element).localname


def find(element: etree._Element, *paths: str) -> etree._Element | None:
    """The first element on any of the paths (`Acct/Id/IBAN`), all in the namespace of `element`."""
    for path in paths:
        found = element.find(_qualified(element.tag, path))
        if found is not None:
            return found
    return None


def find_all(element: etree._Element, path: str) -> list[etree._Element]:
    """Every element on the path, in the order of the file."""
    return element.findall(_qualified(element.tag, path))


def text_of(element: etree._Element | None, *paths: str) -> str:
    """The text on the first path that has any, spaces and line breaks folded; "" when there is none.

    Without a path: the text of the element itself.
    """
    if element is None:
        return ""
    for path in paths or (".",):
        found = element if path == "." else element.find(_qualified(element.tag, path))
        words = " ".join((found.text or "").split()) if found is not None else ""
        if words:
            return words
    return ""


def line_of(element: etree._Element) -> int:
    """The line of the file on which the element begins, from 1."""
    return cast("int | None", element.sourceline) or 1


def put(parent: etree._Element, path: str, text: str | None = None, **attributes: str) -> etree._Element:
    """Write the elements of a path below `parent`, the last one with that text. Always makes new elements."""
    for tag in _qualified(parent.tag, path).split("/{"):
        parent = etree.SubElement(parent, tag if tag.startswith("{") else "{" + tag)
    parent.text = text
    for name, value in attributes.items():
        parent.set(name, value)
    return parent


def document(namespace: str) -> etree._Element:
    """An empty <Document> in a namespace."""
    return etree.fromstring(f'<Document xmlns="{namespace}"/>')


def as_bytes(root: etree._Element) -> bytes:
    """The file: UTF-8, two spaces for each step in, a line break at the end."""
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"
