"""What the reference shows is accepted: each example, and each word to choose from, put into a file and checked as a whole."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import Field, fields
from enum import EnumType, StrEnum
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from voucher.checks.table import CHECKS
from voucher.programmes.contradictions import contradictions
from voucher.programmes.json_schema import nouns_of
from voucher.programmes.reading import load, read_terms
from voucher.programmes.shape import without_none, words_of
from voucher.programmes.source import Path as KeyPath
from voucher.programmes.source import Source, read_source
from voucher.programmes.terms import Awaited, Clause, Names, Terms
from voucher.programmes.words import parts

FILE = (Path(__file__).parent / "from_the_reference.yaml").read_bytes()
CONTENT = read_source(FILE).content
PLACES: dict[type, KeyPath] = {type(part): path for path, part in reversed(list(parts(read_terms(FILE))))}

# What has to stand beside a key, or may not (None), by the part and the key; and where the part is not the first of its list.
BESIDE: dict[tuple[str, str], dict[str, Any]] = {
    ("RateRule", "bands"): {"rate": None}, ("RateRule", "fixed"): {"rate": None}, ("RateRule", "per_piece"): {"rate": None},
    ("RateRule", "smaller_of"): {"rate": None}, ("RateRule", "larger_of"): {"rate": None},
    ("RateRule", "whole_basis"): {"rate": None, "bands": [{"rate": "20 %"}]},
    ("RateRule", "bands_over"): {"rate": None, "bands": [{"rate": "20 %"}]},
    ("Part", "fixed"): {"rate": None},
    ("Cap", "amount_by_class"): {"amount": None}, ("Cap", "share"): {"amount": None},
    ("Cap", "length"): {"period": "rolling"}, ("CountLimit", "length"): {"period": "rolling"},
    ("OwnShare", "kind_at_most"): {"kinds": ["cash", "kind"]},
    ("Validity", "activate_within"): {"starts_at": "activation"},
    ("Validity", "claim_until"): {"use_until": "2026-12-31", "extension": None},
    ("Payout", "dates"): {"rhythm": "dates"}, ("Funder", "matches"): {"share": None},
    ("WaitingList", "seed"): {"order": "lottery"}, ("Award", "smaller_of"): {"basis": None, "rate": None},
    ("Threshold", "at_least"): {"times": None},
}
BESIDE_WORDS: dict[tuple[str, str], dict[str, Any]] = {
    ("period", "rolling"): {"length": "3 years"}, ("order", "lottery"): {"seed": "draw of 1 March"},
    ("starts_at", "activation"): {"activate_within": "1 month"}, ("rhythm", "dates"): {"dates": ["06-30"]},
}
SECOND: dict[tuple[str, str], KeyPath] = {
    ("Instalment", "code"): ("instalments", 1), ("Instalment", "wait"): ("instalments", 1),
    ("Funder", "matches"): ("funders", 1), ("Funder", "advances_for"): ("funders", 1),
}
OF_THE_FILE: dict[tuple[str, str], dict[str, Any]] = {
    ("OwnShare", "within"): {"model": "wallet"}, ("Funder", "matches"): {"funders": [
        {"code": "province", "name": {"zh": "省", "en": "the province"}, "share": "50 %"},
        {"code": "city", "name": {"zh": "市", "en": "the city"}}]},
}


def keys() -> Iterator[tuple[Any, Field[Any], Any]]:
    """Every key of the vocabulary with its part and kind; a text in both languages stands within others."""
    for noun in nouns_of(Terms):
        if noun not in (Names, Clause):
            hints = get_type_hints(noun, include_extras=True)
            yield from ((noun, each, without_none(hints[each.name])) for each in fields(noun))


def words() -> Iterator[tuple[Any, str, Any]]:
    """Every word that may be chosen, as the value of its key."""
    for noun, each, hint in keys():
        kind = get_args(hint)[0] if get_origin(hint) is tuple else hint
        if isinstance(kind, EnumType):
            chosen: list[StrEnum] = words_of(kind, each.metadata["words"])
            yield from ((noun, each.name, [word.value] if get_origin(hint) is tuple else word.value) for word in chosen)


def complaints(noun: Any, key: str, value: Any, beside: Mapping[str, Any]) -> list[str]:
    """What check says of the file with a value under a key of a part of that kind."""
    content = deepcopy(CONTENT) | OF_THE_FILE.get((noun.__name__, key), {})
    part = content
    for step in SECOND.get((noun.__name__, key), PLACES[noun]):
        part = part.setdefault(step, {}) if isinstance(part, dict) else part[step]
    standing = part.get(key)
    part[key] = standing | value if isinstance(standing, dict) and isinstance(value, dict) else value
    for name, said in beside.items():
        part.update({name: said}) if said is not None else part.pop(name, None)
    return [f"{path}: {what}" for path, what in contradictions(load(Terms, Source(content), "CNY"))]


@pytest.mark.parametrize(("noun", "each"), [(noun, each) for noun, each, _hint in keys()],
                         ids=lambda value: getattr(value, "__name__", None) or value.name)
def test_each_example_of_the_reference_is_accepted_by_check(noun: Any, each: Field[Any]) -> None:
    value = read_source(f"key: {each.metadata['example']}".encode()).content["key"]
    assert complaints(noun, each.name, value, BESIDE.get((noun.__name__, each.name), {})) == []


@pytest.mark.parametrize(("noun", "key", "value"), list(words()), ids=lambda value: getattr(value, "__name__", str(value)))
def test_each_word_to_choose_from_is_accepted_by_check(noun: Any, key: str, value: Any) -> None:
    word = value[0] if isinstance(value, list) else value
    beside = BESIDE.get((noun.__name__, key), {}) | BESIDE_WORDS.get((key, word), {})
    assert complaints(noun, key, value, beside) == []


def test_each_step_and_each_check_that_is_listed_is_accepted() -> None:
    assert not complaints(Terms, "deadlines", dict.fromkeys((each.value for each in Awaited), "5 days"), {})
    assert not complaints(Terms, "checks", dict.fromkeys(CHECKS, "block"), {"sampling_rate": "5 %"})
