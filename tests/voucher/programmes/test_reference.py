"""The reference page and the JSON Schema say what the reader takes."""

import re
from dataclasses import Field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import yaml

import voucher.programmes.terms as vocabulary
from voucher.programmes.casebook import Casebook, calculate_all
from voucher.programmes.json_schema import json_schema, nouns_of
from voucher.programmes.library import example, example_names
from voucher.programmes.reading import read_terms
from voucher.programmes.reference import EXAMPLE_CASES, EXAMPLE_TERMS, MEANINGS, reference_page
from voucher.programmes.shape import reader_of
from voucher.programmes.source import read_source
from voucher.programmes.terms import Terms

PAGE = Path(vocabulary.__file__).parents[1] / "REFERENCE.md"
KEYS = [(noun, each) for noun in dict.fromkeys((*nouns_of(Terms), *nouns_of(Casebook))) for each in fields(noun)]


def test_the_reference_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference_page(), "run `voucher programme reference > voucher/programmes/REFERENCE.md`"


@pytest.mark.parametrize(("noun", "each"), KEYS, ids=lambda value: getattr(value, "__name__", None) or getattr(value, "name", None))
def test_every_key_has_a_meaning_and_an_example_that_can_be_read(noun: Any, each: Field[Any]) -> None:
    assert each.metadata["meaning"].endswith(".")
    content = read_source(f"key: {each.metadata['example']}".encode()).content
    assert reader_of(get_type_hints(noun, include_extras=True)[each.name], "CNY").deserialize(content["key"]) is not None


def test_every_word_to_choose_from_is_explained() -> None:
    kinds = [each for each in vars(vocabulary).values() if isinstance(each, type) and issubclass(each, StrEnum) and each is not StrEnum]
    words = {(kind, word) for kind in kinds for word in kind if kind.__module__.startswith(vocabulary.__name__)}
    told = {(type(word), word) for word, _meaning in MEANINGS}
    assert words <= told


def test_the_small_example_of_the_page_works() -> None:
    answers = calculate_all(read_terms(EXAMPLE_TERMS.encode()), EXAMPLE_CASES.encode())
    assert [str(sheet.result) for _name, sheet in answers] == ["18000.00", "10000.00"]


# -- the JSON Schema -------------------------------------------------------------------------------------------------------

def fits(schema: dict[str, Any], value: Any, whole: dict[str, Any]) -> bool:
    """A reading of the few JSON Schema words that we use (draft 2020-12)."""
    if "$ref" in schema:
        return fits(whole["$defs"][schema["$ref"].rsplit("/", 1)[1]], value, whole)
    if "anyOf" in schema:
        return any(fits(each, value, whole) for each in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is(kind, value) for kind in kinds):
        return False
    if isinstance(value, str):
        return re.search(schema.get("pattern", ""), value) is not None
    if isinstance(value, list):
        return all(fits(schema["items"], each, whole) for each in value)
    return not isinstance(value, dict) or _object_fits(schema, value, whole)


def _is(kind: str, value: Any) -> bool:
    types: dict[str, tuple[type, ...]] = {"object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "number": (int, float)}
    return isinstance(value, types[kind])


def _object_fits(schema: dict[str, Any], value: dict[str, Any], whole: dict[str, Any]) -> bool:
    known, others = schema.get("properties", {}), schema["additionalProperties"]
    if others is False and not set(value) <= set(known):
        return False
    return (set(schema.get("required", ())) <= set(value)
            and all(fits(known.get(name, others), each, whole) for name, each in value.items()))


class _Editor(yaml.SafeLoader):
    """YAML 1.2, as far as it matters here."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [each for each in resolvers if each[0].rsplit(":", 1)[1] not in ("bool", "timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def as_an_editor_sees_it(source: str) -> Any:
    """The content as YAML 1.2 has it: days, yes and on are texts."""
    return yaml.load(source, Loader=_Editor)


@pytest.mark.parametrize("name", example_names())
def test_every_example_fits_the_schema(name: str) -> None:
    schema = json_schema()
    assert fits(schema, as_an_editor_sees_it(example(name).decode()), schema)


@pytest.mark.parametrize(("old", "new"), [
    ("basis: net", "bases: net"), ("rate: 40 %", "rate: 40"), ("format: 1\n", ""), ("12 months", "12 moons"),
    ("model: reimburse_sme", "model: gift"),
])
def test_what_the_reader_refuses_does_not_fit_the_schema(old: str, new: str) -> None:
    schema = json_schema()
    assert fits(schema, as_an_editor_sees_it(EXAMPLE_TERMS), schema)
    assert not fits(schema, as_an_editor_sees_it(EXAMPLE_TERMS.replace(old, new, 1)), schema)


def test_the_schema_of_cases_fits_the_example() -> None:
    schema = json_schema(Casebook)
    assert fits(schema, as_an_editor_sees_it(EXAMPLE_CASES), schema)
