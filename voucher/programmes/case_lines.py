"""Very many cases, one to a line: read, calculated and answered one by one, so that a file of any length needs no memory."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from voucher.errors import NotValid, Problem, _, problem
from voucher.programmes.calculation import calculate
from voucher.programmes.casebook import CaseEntry, as_use, placed, unexpected
from voucher.programmes.cases import Use
from voucher.programmes.reading import load
from voucher.programmes.remembered import Remembered
from voucher.programmes.sheet import Sheet
from voucher.programmes.source import LARGEST_SOURCE, Source, read_source
from voucher.programmes.terms import Terms


@dataclass(frozen=True)
class Answer:
    """What came of one line: its number, the name of the case, and either its sheet or what is wrong with it."""

    line: int
    name: str = ""
    sheet: Sheet | None = None
    problems: tuple[Problem, ...] = ()


def calculate_lines(terms: Terms, file: BinaryIO, *, remember: bool = False) -> Iterator[Answer]:
    """An answer for each line that holds a case; what is wrong with one does not stop the next.

    A line is what stands under `cases:` in a cases file, as JSON or as YAML between braces; empty lines and comments are
    passed over. With `remember`, what a case gets counts as used for the cases below it, which then have to come in the
    order of their days.
    """
    memory = Remembered(terms) if remember else None
    for number, text in enumerate(iter(lambda: file.readline(LARGEST_SOURCE + 1), b""), start=1):
        if len(text) > LARGEST_SOURCE:
            yield Answer(number, problems=(problem(_("The line is longer than {most} bytes."), line=number, most=LARGEST_SOURCE),))
            return
        if text.strip() and not text.lstrip().startswith(b"#"):
            yield _answer(terms, number, text, memory)


def _answer(terms: Terms, number: int, text: bytes, memory: Remembered | None) -> Answer:
    source, name = Source(), ""
    try:
        source = read_source(text)
        entry = load(CaseEntry, source, terms.currency)
        name = entry.name or f"line {number}"
        case = entry.as_case(_earlier(entry, memory))
        sheet = calculate(terms, case)
    except NotValid as refusal:
        return Answer(number, name, problems=_in_line(number, placed(source, (), refusal)))
    if memory is not None and sheet.result:
        memory.remember(as_use(case, sheet))
    return Answer(number, name, sheet, _in_line(number, unexpected(source, (), entry.expect, sheet)))


def _earlier(entry: CaseEntry, memory: Remembered | None) -> tuple[Use, ...]:
    if memory is None:
        return ()
    if entry.on < memory.day:
        raise NotValid(problems=[problem(_("The cases have to come in the order of their days; the one before is of {day}."), "on",
                                         day=memory.day)])
    return memory.of(entry.as_case(()))


def _in_line(number: int, problems: list[Problem]) -> tuple[Problem, ...]:
    """Problems of a text of one line, told by the line of the file."""
    return tuple(replace(each, line=number) for each in problems)
