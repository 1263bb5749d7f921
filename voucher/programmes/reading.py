"""A terms file (YAML) in, Terms or a list of every problem with its line out."""

from collections.abc import Callable
from typing import Any, TypeVar

from marshmallow import ValidationError

from voucher.errors import NotValid, Problem, _, problem, refuse_if_any
from voucher.money import CURRENCIES
from voucher.programmes.contradictions import contradictions
from voucher.programmes.shape import UnknownKey, schema_of
from voucher.programmes.source import MOST_PROBLEMS, Path, Source, flatten, read_source
from voucher.programmes.terms import Terms

T = TypeVar("T")

#: Keys that terms had once, by where they stood. Nothing ever acted on them; versions that were published with one are read without it.
RETIRED = (("fund_lines", "per_funder"), ("fund_lines", "per_year"))

#: Words that keys once took and that did nothing either; of `firm_classes`, in each class.
RETIRED_WORDS = (
    ("firm_classes", "kind", ("group", "provider", "pair")), ("validity", "used_by", ("application", "issue", "activation", "use_by")),
    ("", "dated_by", ("use_by",)),
)


class NotTerms(NotValid):
    """The terms file has problems. Mend each of them and check it again."""


def read_terms(source: bytes, *, retired: bool = False) -> Terms:
    """The terms that a file says; with `retired`, keys that terms had once are passed over, as in what was published.

    Raises NotValid with every problem, each with line and column: first those of YAML itself, then those of shape and
    value, and once every value can be read, contradictions between them.
    """
    read = read_source(source)
    if retired:
        _drop_retired(read)
    terms = load(Terms, read, _currency(read.content))
    refuse_if_any(in_order([read.locate(path, what) for path, what in contradictions(terms)]), NotTerms.__doc__)
    return terms


def read_published(source: bytes) -> Terms:
    """The terms of a version that was published. What a later reader calls a contradiction locks none of its vouchers out."""
    read = read_source(source)
    _drop_retired(read)
    return load(Terms, read, _currency(read.content))


def _drop_retired(read: Source) -> None:
    for part, key in RETIRED:
        _mapping(read.content, part).pop(key, None)
    for part, key, words in RETIRED_WORDS:
        found = _mapping(read.content, part) if part else read.content
        for said in (found, *(_mapping(found, name) for name in (found if part == "firm_classes" else ()))):
            if isinstance(said, dict) and isinstance(said.get(key), str) and said[key] in words:
                del said[key]


def _mapping(content: Any, part: str) -> dict[str, Any]:
    """The mapping of that name within another; an empty one where there is none."""
    said = content.get(part) if isinstance(content, dict) else None
    return said if isinstance(said, dict) else {}


def load(noun: Callable[..., T], read: Source, currency: str, refusal: type[NotValid] = NotTerms) -> T:
    """The class filled from a source. Raises such a refusal with every problem and its place."""
    try:
        answer: T = schema_of(noun, currency).load(read.content)
        return answer
    except ValidationError as error:
        raise refusal(problems=in_order([_located(read, path, what) for path, what in flatten(error.messages)])) from None


def _located(read: Source, path: Path, what: Any) -> Problem:
    if isinstance(what, UnknownKey):
        return read.locate(path, what.what, at_key=True)
    return read.locate(path, what if isinstance(what, Problem) else problem("{said}", said=what))


def in_order(problems: list[Problem]) -> list[Problem]:
    """By line and column; of very many the first ones, and how many more there are."""
    problems.sort(key=lambda each: (each.line or 0, each.column or 0))
    more = len(problems) - MOST_PROBLEMS
    return problems if more <= 0 else [*problems[:MOST_PROBLEMS], problem(_("There are {more} further problems."), more=more)]


def _currency(content: Any) -> str:
    """The currency in which to read amounts; when the file names none that we know, any, for the complaint comes anyway."""
    programme = content.get("programme") if isinstance(content, dict) else None
    named = programme.get("currency") if isinstance(programme, dict) else None
    return named if isinstance(named, str) and named in CURRENCIES else CURRENCIES[0]
