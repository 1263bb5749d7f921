"""The list of keyed hashes that offices give each other, form `voucher-exchange/1`: values in, text out, and back. Pure.

A list is UTF-8 text: a head of `name: value` lines, an empty line, then one line an entry, sorted, so that their order tells nothing:

    form: voucher-exchange/1
    office: 威海市科学技术局
    code: CN:11371000004358...
    key: coast-2026
    made: 2026-11-22
    entries: 2
    seal: 5f0c..

    file 77ab..
    invoice 9c0f..

Each hash is HMAC-SHA256 (RFC 2104, FIPS 180-4) under the shared key over the lines "voucher-exchange/1", the kind, and what it is
about; the seal is one over the whole text without the line of the seal. An invoice is told by its seller ("CN:" and the official
number) and each of the forms of its number that `voucher.checks.invoices.forms` has, so it may stand there twice; a file by the
SHA-256 of its bytes. Offices of before know the first form alone: their lists are read, and match by it.
"""

import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256
from itertools import chain, islice

from voucher.checks.invoices import forms
from voucher.errors import NotValid, Problem, _, problem

FORM = "voucher-exchange/1"
MOST_ENTRIES = 250_000
LARGEST_LIST = 20 * 1024 * 1024
_HEAD = ("form", "office", "code", "key", "made", "entries", "seal")
_ENTRY = re.compile(r"(invoice|file) ([0-9a-f]{64})", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,7}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)
_MOST_TOLD = 20


class Kind(StrEnum):
    """What a hash is of."""

    INVOICE = "invoice"
    FILE = "file"


@dataclass(frozen=True)
class Secret:
    """A shared key: its name, which stands on lists, and its 32 bytes, which stand nowhere."""

    name: str
    key: bytes = field(repr=False)

    def invoice(self, seller: str, number: str) -> tuple[str, ...]:
        """The hashes of an invoice, one for each form of its number; none when nothing of it can be compared.

        >>> key = Secret("example", bytes(32))
        >>> key.invoice("CN:91371000MA3C4D5E6X", "INV-12/O3") == key.invoice("cn:91371000ma3c4d5e6x", "inv012-03")
        True
        """
        return tuple(self._hash(Kind.INVOICE, "".join(seller.split()).upper(), form) for form in forms(number) if form)

    def file(self, digest: str) -> str:
        """The hash of a file, from the SHA-256 of its bytes in hexadecimal."""
        return self._hash(Kind.FILE, digest.lower())

    def seal(self, text: str) -> str:
        """The seal of a list."""
        return self._hash("list", text)

    def _hash(self, kind: str, *about: str) -> str:
        return hmac.new(self.key, "\n".join((FORM, kind, *about)).encode(), sha256).hexdigest()


@dataclass(frozen=True)
class HashList:
    """A list of an office: who made it (name and code), with which key, on which day, and its entries, each once and sorted."""

    office: str
    code: str
    key: str
    made_on: date
    entries: Sequence[tuple[Kind, str]]


def ticket_of(each: str) -> str:
    """How officers of two offices speak of an entry: the beginning of its hash."""
    return each[:16]


def is_name(text: str) -> bool:
    """Whether a key may be called so."""
    return _NAME.fullmatch(text) is not None


def is_secret(text: str) -> bool:
    """Whether this is a key: 64 hexadecimal signs, which is 32 bytes."""
    return _HEX.fullmatch(text) is not None


def listed(office: str, code: str, made_on: date, secret: Secret, entries: Iterable[tuple[Kind, str]]) -> HashList:
    """A list of these hashes."""
    kept = sorted(set(entries))
    return HashList(" ".join(office.split()), code, secret.name, made_on, [(Kind(kind), each) for kind, each in kept])


def write(each: HashList, secret: Secret) -> bytes:
    """The list as other offices read it, sealed with the key."""
    head = {"form": FORM, "office": each.office, "code": each.code, "key": each.key, "made": each.made_on.isoformat(),
            "entries": str(len(each.entries))}
    body = [f"{kind} {one}" for kind, one in each.entries]
    lines = [f"{name}: {value}" for name, value in head.items()]
    seal = secret.seal("\n".join([*lines, "", *body]))
    return "\n".join([*lines, f"seal: {seal}", "", *body, ""]).encode()


def read(content: bytes, secrets: Sequence[Secret]) -> HashList:
    """A list of another office. Raises NotValid with every problem by line: damaged, of another key, or changed on its way."""
    if len(content) > LARGEST_LIST:
        raise NotValid(_("A list has at most {most} MB."), most=LARGEST_LIST // 1024**2)
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise NotValid(_("This is no text in UTF-8. Send the list as the other office gave it.")) from None
    head, at = _head(lines)
    secret = _secret(head, secrets)
    if len(lines) - at > MOST_ENTRIES + _MOST_TOLD:  # a few empty lines at its end are no entries
        raise NotValid(_("A list has between 0 and {most} entries."), most=MOST_ENTRIES)
    problems = list(islice(chain(_head_problems(head), _entry_problems(lines, at)), _MOST_TOLD))
    if problems:
        raise NotValid(_("This list cannot be taken as it is."), problems)
    body = [line for line in lines[at:] if line]
    entries = [(Kind(line.partition(" ")[0]), line.partition(" ")[2]) for line in body]
    if len(entries) != int(head["entries"]):
        raise NotValid(_("The head speaks of {said} entries, and there are {count}: something of the list is missing."),
                       said=head["entries"], count=len(entries))
    _check_seal(head, body, secret)
    return HashList(head["office"], head["code"], head["key"], date.fromisoformat(head["made"]), sorted(set(entries)))


def _head(lines: Sequence[str]) -> tuple[dict[str, str], int]:
    """The lines before the first empty one, by name, and where the entries begin."""
    end = lines.index("") if "" in lines[:len(_HEAD) + 1] else min(len(lines), len(_HEAD))
    head = {name.strip(): value.strip() for name, _colon, value in (line.partition(":") for line in lines[:end])}
    if head.get("form") != FORM or tuple(head) != _HEAD:
        raise NotValid(_("This is no list of keyed hashes: it begins with the lines {names}, and the form is {form}."),
                       names=", ".join(_HEAD), form=FORM)
    return head, end + 1


def _secret(head: dict[str, str], secrets: Sequence[Secret]) -> Secret:
    """The key with which the list says that it is made."""
    secret = next((each for each in secrets if each.name == head["key"]), None)
    if secret is None:
        raise NotValid(_("This list is made with the key {key}, which is not in use here. Keys in use: {keys}."), key=head["key"],
                       keys=", ".join(each.name for each in secrets) or "-")
    return secret


def _head_problems(head: dict[str, str]) -> Iterator[Problem]:
    for name, longest in (("office", 200), ("code", 64)):
        if not 0 < len(head[name]) <= longest or not head[name].isprintable():
            yield problem(_("Between 1 and {most} signs, on one line."), name, line=_HEAD.index(name) + 1, most=longest)
    try:
        date.fromisoformat(head["made"])
    except ValueError:
        yield problem(_("{value} is no day. Write it as 2026-03-31."), "made", line=_HEAD.index("made") + 1, value=head["made"])
    if not is_secret(head["seal"]):
        yield problem(_("A seal is 64 hexadecimal signs."), "seal", line=_HEAD.index("seal") + 1)
    if _COUNT.fullmatch(head["entries"]) is None or int(head["entries"]) > MOST_ENTRIES:
        yield problem(_("A list has between 0 and {most} entries."), "entries", line=_HEAD.index("entries") + 1, most=MOST_ENTRIES)


def _entry_problems(lines: Sequence[str], at: int) -> Iterator[Problem]:
    for number, line in enumerate(lines[at:], start=at + 1):
        if line and _ENTRY.fullmatch(line) is None:
            yield problem(_("This is no entry. Each is the word invoice or file, a space and 64 hexadecimal signs."), "entries",
                          line=number)


def _check_seal(head: dict[str, str], body: Sequence[str], secret: Secret) -> None:
    said = [f"{name}: {head[name]}" for name in _HEAD if name != "seal"]
    if not hmac.compare_digest(secret.seal("\n".join([*said, "", *body])), head["seal"]):
        raise NotValid(_("The seal does not fit: the list was changed on its way, or made with another key of the name {key}."),
                       key=head["key"])
