"""The reference page of terms files and cases files: every key with meaning, type, unit, default and example.

It is made from the same classes by which the files are read; a test sees to it that REFERENCE.md is up to date.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from enum import EnumType, StrEnum
from fractions import Fraction
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from voucher.money import Money
from voucher.programmes.casebook import Casebook
from voucher.programmes.contradictions import FORMAT
from voucher.programmes.durations import Duration
from voucher.programmes.json_schema import nouns_of
from voucher.programmes.shape import is_required, without_none
from voucher.programmes.terms import Clause, Names, Terms

_INTRODUCTION = f"""\
# Terms files and cases files

Every key of a terms file (`voucher programme check FILE`) and of a cases file (`voucher programme calculate TERMS CASES`).
This page is generated: `voucher programme reference > voucher/programmes/REFERENCE.md`.

## How values are written

| kind | how | examples |
|---|---|---|
| amount | digits with a point, no signs of thousands, no more decimals than the currency has | `500000.00`, `20` |
| rate | per cent, or a fraction; never a bare number | `20 %`, `12.5 %`, `2/3` |
| length | a whole number and days, working days, weeks, months or years | `3 months`, `10 working days` |
| day | year-month-day; the day must exist | `2026-12-31` |
| month-day | a day of every year | `06-30` |
| yes or no | `yes`, `no`, `true`, `false` | `yes` |
| short name | small letters, digits, underscores, beginning with a letter; by it parts of the file name each other | `high_tech` |
| names | a text in both languages | `{{zh: 检测, en: testing}}` |
| clause | where the regulation says so: one text for both languages, or one each | `第五条`, `{{zh: 第五条, en: Article 5}}` |
| list | one line each with `- `, or between brackets | `[testing, consulting]` |
| table | short names with a value each | `{{high_tech: 500000.00, other: 100000.00}}` |

Files are UTF-8, at most 256 KiB. Anchors, aliases, tags and merge keys are not read. A text with a comma or a colon between
braces has to stand between quotes. The current `format` is {FORMAT}.

## In which order an amount is calculated

1. Exclusions and count limits: a case that they catch gets nothing, and the sheet says why.
2. The basis: the measure, not more than `basis_at_most`, the price list, and the range of eligible cost.
3. Rates: for each funder that rules name, and for all rules that name none together, the first rule whose condition fits;
   bands part by part; rounded; the amounts of several funders are added.
4. The own share, then the caps in the order of the file, each with what earlier uses left of it.
5. Ceilings of funders and what the budget still holds.
6. Whole notes; the minimum.
7. Division over funders and instalments by the largest remainder; a tie goes to the one named first.

A rule with several conditions needs all of them; of a list one entry must fit. A cap counts earlier uses of its subject, in its
period, for its services and items, from its funders. A year counts whole; a rolling period looks back from the day of the case.
"""

_KINDS: dict[Any, str] = {
    str: "text", int: "whole number", bool: "yes or no", date: "day", Fraction: "rate", Duration: "length", Money: "amount",
    Names: "names", Clause: "clause",
}
_SPECIAL = {"code": "short name", "year day": "month-day", "country": "country", "zone": "time zone", "currency": "currency"}


def reference_page() -> str:
    """The page, in Markdown."""
    terms, cases = nouns_of(Terms), nouns_of(Casebook)
    sections = [_section(noun) for noun in terms if noun not in (Names, Clause)]
    more = [_section(noun) for noun in cases if noun not in (*terms, Names, Clause)]
    return "\n".join([_INTRODUCTION, "# Keys of a terms file\n", *sections, "# Keys of a cases file\n", *more])


def _section(noun: Any) -> str:
    hints = get_type_hints(noun, include_extras=True)
    rows = [_row(each, hints[each.name]) for each in fields(noun)]
    title = "The file" if noun in (Terms, Casebook) else noun.__name__
    head = ["| key | type | unit | default | meaning | example |", "|---|---|---|---|---|---|"]
    return "\n".join([f"## {title}\n", noun.__doc__ or "", "", *head, *rows, ""])


def _row(each: Field[Any], hint: Any) -> str:
    said = each.metadata
    cells = [f"`{each.name}`", kind_of(hint), said["unit"], _default(each), said["meaning"], f"`{said['example']}`"]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def kind_of(hint: Any) -> str:
    """The kind of value, in words."""
    hint = without_none(hint)
    origin = get_origin(hint)
    if origin is tuple:
        return f"list of {kind_of(get_args(hint)[0])}"
    if origin is Annotated:
        return _SPECIAL[get_args(hint)[1]]
    if origin is not None and issubclass(origin, Mapping):
        return f"table of {kind_of(get_args(hint)[1])}"
    if isinstance(hint, EnumType):
        words: list[StrEnum] = list(hint)
        return "one of " + ", ".join(f"`{word.value}`" for word in words)
    if hint in _KINDS:
        return _KINDS[hint]
    return f"[{hint.__name__}](#{hint.__name__.lower()})"


def _default(each: Field[Any]) -> str:
    if is_required(each):
        return "**required**"
    value = each.default if each.default_factory is MISSING else each.default_factory()
    if value is None or value in ("", (), {}) or (is_dataclass(value) and not isinstance(value, Duration)):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "`" + (", ".join(value) if isinstance(value, tuple) else str(value)) + "`"
