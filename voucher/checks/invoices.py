"""The same invoice twice (F4): its number written otherwise, two signs of it swapped, the same file under another number, here (on
another claim or on one) or on the list of another office.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from voucher.checks.facts import Elsewhere, Facts, Found, Invoice, Level, Paper
from voucher.errors import _

_NO_SIGN = re.compile(r"[^0-9A-Z]", re.ASCII)

# What people read and type for each other.
_LOOKALIKES = str.maketrans("OQILZSB", "0011258")
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])", re.ASCII)

INVOICE = "invoice"

# What is said of another claim, and of the same one.
_SAME = (_("The invoice {number} stands on the claim {claim} ({programme}) too, written {other}."),
         _("The invoice {number} stands in line {line} of this claim already, written {other}."))
_SWAPPED = (_("The invoice {number} differs from {other} on the claim {claim} ({programme}) only by two signs that changed places; day "
              "and amount are the same."),
            _("The invoice {number} differs from {other} in line {line} of this claim only by two signs that changed places; day and "
              "amount are the same."))


def plain_number(number: str) -> str:
    """A number of an invoice as it reads when spaces, signs, leading zeros and lookalikes make no difference.

    >>> plain_number("INV 00-12/O3"), plain_number("inv 12/03")
    ('1NV1203', '1NV1203')
    """
    return _LEADING_ZEROS.sub("", _NO_SIGN.sub("", number.upper()).translate(_LOOKALIKES))


def shape(seller: str, number: str) -> str:
    """Under which invoices that could be the same are found: the seller, and the signs of the plain number in order."""
    return f"{seller}:{''.join(sorted(plain_number(number)))}"


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
    if plain_number(line.number) == plain_number(other.number):
        yield Found(about, _SAME[here], values, shown, (line.line,), None if same_sum else Level.WARN)
    elif same_sum and line.issued_on == other.issued_on and _swapped(plain_number(line.number), plain_number(other.number)):
        yield Found(about, _SWAPPED[here], values, shown, (line.line,), Level.WARN)


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
