"""A JSON Schema (draft 2020-12) of terms files, for editors that check while one types.

An editor reads YAML before it looks at the schema, so an amount may reach it as a number; we read its text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from enum import EnumType, StrEnum
from fractions import Fraction
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from voucher.money import CURRENCIES, Money
from voucher.programmes.durations import Duration
from voucher.programmes.shape import is_required, without_none, words_of
from voucher.programmes.terms import Clause, Names, Terms

AMOUNT = {"type": ["number", "string"], "pattern": r"^(0|[1-9][0-9]*)(\.[0-9]+)?$", "minimum": 0}
RATE = {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,3})(\.[0-9]{1,6})? ?%$|^[0-9]+/[1-9][0-9]*$"}
DURATION = {"type": "string", "pattern": r"^[1-9][0-9]{0,4} (working day|day|week|month|year)s?$"}
CODE = {"type": ["string", "integer"], "pattern": "^[a-z0-9][a-z0-9_]{0,39}$"}
NAME = CODE | {"type": "string"}

_SCALARS: dict[Any, dict[str, Any]] = {
    str: {"type": "string", "minLength": 1}, int: {"type": "integer", "minimum": 0},
    bool: {"enum": ["yes", "no", "true", "false", True, False]}, date: {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    Fraction: RATE, Duration: DURATION, Money: AMOUNT,
}
_SPECIAL: dict[str, dict[str, Any]] = {
    "code": CODE, "year day": {"type": "string", "pattern": "^[0-9]{2}-[0-9]{2}$"}, "country": {"type": "string", "pattern": "^[A-Z]{2}$"},
    "zone": {"type": "string", "minLength": 1}, "currency": {"enum": list(CURRENCIES)},
}


def json_schema(noun: Any = Terms) -> dict[str, Any]:
    """The schema of a terms file (or of another file that is read in the same way)."""
    nouns = {each.__name__: _object(each) for each in nouns_of(noun)}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": noun.__name__,
            "$ref": f"#/$defs/{noun.__name__}", "$defs": nouns}


def nouns_of(noun: Any, seen: dict[Any, None] | None = None) -> list[Any]:
    """The class itself and every class that its keys lead to, in the order in which a reader meets them."""
    found = {} if seen is None else seen
    if noun not in found:
        found[noun] = None
        for hint in get_type_hints(noun, include_extras=True).values():
            for each in nouns_in(hint):
                nouns_of(each, found)
    return list(found)


def nouns_in(hint: Any) -> Iterator[Any]:
    """The classes of which the values of a key are."""
    hint = without_none(hint)
    if get_origin(hint) not in (None, Annotated):
        for each in get_args(hint):
            yield from nouns_in(each)
    elif is_dataclass(hint) and hint not in (Money, Duration):
        yield hint


def _object(noun: Any) -> dict[str, Any]:
    hints = get_type_hints(noun, include_extras=True)
    properties = {each.name: _of(hints[each.name], each.metadata["words"]) | {"description": each.metadata["meaning"]}
                  for each in fields(noun)}
    required = [each.name for each in fields(noun) if is_required(each)]
    answer = {"type": "object", "description": " ".join((noun.__doc__ or "").split()), "properties": properties,
              "additionalProperties": False}
    if required:
        answer["required"] = required
    return {"anyOf": [{"type": "string"}, answer]} if noun is Clause else answer


def _of(hint: Any, words: Sequence[StrEnum] = ()) -> dict[str, Any]:
    hint = without_none(hint)
    origin = get_origin(hint)
    if origin is tuple:
        return {"type": "array", "items": _of(get_args(hint)[0])}
    if origin is Annotated:
        return dict(_SPECIAL[get_args(hint)[1]])
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "propertyNames": NAME, "additionalProperties": _of(get_args(hint)[1])}
    if isinstance(hint, EnumType):
        return {"enum": [word.value for word in words_of(hint, words)]}
    if hint in _SCALARS:
        return dict(_SCALARS[hint])
    assert is_dataclass(hint), hint
    return {"$ref": f"#/$defs/{Names.__name__ if hint is Names else hint.__name__}"}  # type: ignore[union-attr]
