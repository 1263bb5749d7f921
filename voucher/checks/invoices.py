"""The same invoice twice (F4): its number written otherwise, two signs of it swapped, the same file under another number, here (on
another claim or on one) or on the list of another office.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from voucher.checks.facts import Elsewhere, Facts, Found, Invoice, Level, Paper
from voucher.errors import _

_RUNS = re.compile(r"[0-9]+|[A-Z]+", re.ASCII)

# The capitals of Cyrillic and of Greek that look like Latin ones.
_ALPHABETS = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7",
    "ABEKMHOPCTYXSIJ"
    "ABEZHIKMNOPTYX")
# What people read and type for each other.
_LOOKALIKES = str.maketrans("OQILZSB", "0011258")
_NUMBER_SIGN = "\u2116"
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])", re.ASCII)

INVOICE = "invoice"
MOST_OF_A_SHAPE = 80

# What is said of another claim, and of the same one.
_SAME = (_("The invoice {number} stands on the claim {claim} ({programme}) too, written {other}."),
         _("The invoice {number} stands in line {line} of this claim already, written {other}."))
# Not of lines of one claim: of invoices that a provider writes one after the other, 0012 and 0021 are no slip of the hand.
_SWAPPED = _("The invoice {number} differs from {other} on the claim {claim} ({programme}) only by two signs that changed places; day "
             "and amount are the same.")


def plain_number(number: str) -> str:
    """A number as it reads when spaces, signs, their width, leading zeros and lookalikes make no difference.

    >>> plain_number("INV 00-12/O3"), plain_number("inv 12/03")
    ('1NV1203', '1NV1203')
    """
    return unpadded("".join(_runs(number)))


def forms(number: str) -> tuple[str, ...]:
    """The plain number of an invoice, and where it has several parts, these: zeros may lead each. Invoices are the same that have a form
    in common.

    >>> forms("INV 00-12/O3"), forms("inv 12/03")
    (('1NV1203', '1-NV-0-12-3'), ('1NV1203', '1-NV-12-3'))
    >>> forms("INV-2026-012"), forms("INV-2026-12"), forms("INV2026012")
    (('1NV2026012', '1-NV-2026-12'), ('1NV202612', '1-NV-2026-12'), ('1NV2026012', '1-NV-2026012'))
    """
    return tuple(dict.fromkeys((plain_number(number), "-".join(map(unpadded, _runs(number))))))


def one_alphabet(number: str) -> str:
    """A number in capitals of one width, and of one alphabet where two look the same.

    >>> one_alphabet("\uff55-1"), one_alphabet("\u0421-1") == "C-1", one_alphabet("O0")
    ('U-1', True, 'O0')
    """
    return unicodedata.normalize("NFKC", number.replace(_NUMBER_SIGN, " ")).upper().translate(_ALPHABETS)


def unpadded(text: str) -> str:
    """A text without the zeros that lead its numbers."""
    return _LEADING_ZEROS.sub("", text)


def _runs(number: str) -> list[str]:
    return _RUNS.findall(one_alphabet(number).translate(_LOOKALIKES))


def same_number(one: str, other: str) -> bool:
    """Whether two numbers are one, written in two ways."""
    return not set(forms(one)).isdisjoint(forms(other))


def shape(seller: str, number: str) -> str:
    """Under which invoices that could be the same are found: the seller, and the signs of the number in order, zeros left out."""
    return f"{seller}:{''.join(sorted(plain_number(number).replace('0', '')))}"[:MOST_OF_A_SHAPE]


def same_invoice(facts: Facts) -> Iterator[Found]:
    """Lines of this claim whose invoice, or the file of it, stands on an earlier line or claim, or on the list of another office."""
    yield from _repeated(facts.lines)
    for line in facts.lines:
        for other in facts.other_lines:
            if other.seller == line.seller:
                yield from _alike(line, other)
    for paper in facts.papers:
        if paper.kind == INVOICE:
            yield from (_same_file(paper, other) for other in facts.other_papers
                        if other.kind == INVOICE and other.sha256 == paper.sha256)
    yield from (_elsewhere(each) for each in facts.elsewhere if each.line is not None or each.kind == INVOICE)


def _repeated(lines: Sequence[Invoice]) -> Iterator[Found]:
    """Each line that says again what an earlier one of the claim says, once: it is answered by cutting that line."""
    seen: dict[str, list[Invoice]] = defaultdict(list)
    for line in lines:
        before = seen[shape(line.seller, line.number)]
        yield from islice((found for other in before for found in _alike(line, other)), 1)
        before.append(line)


def _alike(line: Invoice, other: Invoice) -> Iterator[Found]:
    here = line.claim == other.claim
    values = {"number": line.number, "other": other.number, **(
        {"line": str(other.line)} if here else {"claim": other.claim, "programme": other.programme})}
    about = f"{other.claim} {other.line} {line.line}"
    shown = () if here else (other.claim,)
    same_sum = line.net == other.net
    if same_number(line.number, other.number):
        yield Found(about, _SAME[here], values, shown, (line.line,), None if same_sum else Level.WARN)
    elif not here and same_sum and line.issued_on == other.issued_on and _swapped(plain_number(line.number), plain_number(other.number)):
        yield Found(about, _SWAPPED, values, shown, (line.line,), Level.WARN)


def _swapped(one: str, two: str) -> bool:
    """Whether two numbers differ by a swap of two neighbours, and not at the end, where serial numbers count up."""
    if len(one) != len(two):
        return False
    differs = [at for at, (left, right) in enumerate(zip(one, two, strict=True)) if left != right]
    return (len(differs) == 2 and differs[1] == differs[0] + 1 and differs[1] < len(one) - 1
            and one[differs[0]] == two[differs[1]] and one[differs[1]] == two[differs[0]])


def _same_file(paper: Paper, other: Paper) -> Found:
    level = None if paper.seller == other.seller else Level.WARN
    return Found(f"{other.claim} {paper.sha256}", _("The file of an invoice, {file}, is byte for byte {other} of the claim {claim} "
                                                    "({programme})."),
                 {"file": paper.file, "other": other.file, "claim": other.claim, "programme": other.programme},
                 (other.claim, other.file), (), level)


def _elsewhere(each: Elsewhere) -> Found:
    """What another office reports says neither for whom nor how much: the officers of the two ask each other, by the ticket."""
    about, values, evidence = reported(each)
    if each.line is None:
        return Found(about, _("Another office, {office}, reports the file of an invoice, {what}, too: entry {ticket} of its list of "
                              "{day}."), values, evidence)
    return Found(about, _("Another office, {office}, reports the invoice {what} too: entry {ticket} of its list of {day}."),
                 values, evidence, (each.line,))


def reported(each: Elsewhere) -> tuple[str, dict[str, str], tuple[str, ...]]:
    """What findings about another office's list have in common: what tells them apart, what they name, what shows it."""
    values = {"office": each.office, "what": each.what, "ticket": each.ticket, "day": each.made_on.isoformat()}
    return f"{each.office_code} {each.what}", values, (each.ticket,)
