"""Every key of the vocabulary is told in the summary, and those on which nothing acts are told as what they are."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

import workflows
from voucher.programmes.json_schema import nouns_in, nouns_of
from voucher.programmes.reading import read_terms
from voucher.programmes.source import Path as KeyPath
from voucher.programmes.summary import summary
from voucher.programmes.terms import Awaited, Clause, Condition, Names, Office, Terms
from voucher.programmes.words import CITED_APART, parts

HOUSE = Path(workflows.__file__).parents[1]
EVERY_KEY = read_terms((Path(__file__).parent / "every_key.yaml").read_bytes())

# Names by which a file's parts are called, and the one way of saying who bears the tax that is not the usual one.
NAMES = {("Terms", "format"), ("OwnShare", "vat")}

# What tells keys apart, explains them or looks for contradictions does not act on them.
SAYING = {"contradictions.py", "differences.py", "json_schema.py", "phrases.py", "reference.py", "shape.py", "words.py"}


def written() -> Iterator[tuple[KeyPath, Any, Field[Any]]]:
    """The keys that the file writes, each with its path and the part to which it belongs."""
    for path, part in parts(EVERY_KEY):
        yield from ((path, part, each) for each in fields(part) if getattr(part, each.name) != left_out(each))


def left_out(each: Field[Any]) -> Any:
    return each.default_factory() if each.default_factory is not MISSING else each.default


def put(value: Any, path: KeyPath, new: Any) -> Any:
    """The value with something else at a path."""
    if not path:
        return new
    first, *rest = path
    if is_dataclass(value):
        return replace(value, **{str(first): put(getattr(value, str(first)), tuple(rest), new)})  # type: ignore[type-var]
    if isinstance(value, Mapping):
        return {key: put(each, tuple(rest), new) if key == first else each for key, each in value.items()}
    return tuple(put(each, tuple(rest), new) if at == first else each for at, each in enumerate(value))


def told(rules: Terms) -> list[tuple[str, str, Names | None]]:
    return [(each.text.zh, each.text.en, each.clause) for section in summary(rules) for each in section.sentences]


def test_the_file_with_every_key_leaves_none_out() -> None:
    known = {(noun.__name__, each.name) for noun in nouns_of(Terms) for each in fields(noun)}
    assert known - {(type(part).__name__, each.name) for _path, part, each in written()} <= NAMES


def test_the_summary_tells_every_key() -> None:
    whole, untold = told(EVERY_KEY), []
    for path, _part, each in written():
        if left_out(each) is MISSING:
            continue
        try:
            untold += [(*path, each.name)] * (told(put(EVERY_KEY, (*path, each.name), left_out(each))) == whole)
        except (AssertionError, KeyError):
            continue  # without it the rules cannot even be told
    assert not untold


def test_every_rule_can_cite_the_regulation() -> None:
    """What holds no rule takes no clause: the file itself, how to reach the office, the words of a text, when a rule applies."""
    without = {noun for noun in nouns_of(Terms) if not any(each.name == "clause" for each in fields(noun))}
    assert without == {Terms, Office, Names, Clause, Condition}
    alone = {each.name for each in fields(Terms) if not any(nouns_in(get_type_hints(Terms, include_extras=True)[each.name]))}
    assert alone - {"format"} == set(CITED_APART) - set(Awaited)


def test_the_summary_shows_every_clause() -> None:
    cited = {part for _path, part in parts(EVERY_KEY) if isinstance(part, Clause)}
    assert set(CITED_APART) - set(Awaited) <= set(EVERY_KEY.clauses)
    shown = "".join(clause.en + " " for _zh, _en, clause in told(EVERY_KEY) if clause)
    assert not [each.en for each in cited if each.en not in shown]


def test_something_acts_on_every_key() -> None:
    files = [file for room in ("voucher", "workflows", "templates") for kind in ("*.py", "*.html") for file in (HOUSE / room).rglob(kind)]
    # What others keep on themselves under the same name is no key; only the classes of the terms read their keys from themselves.
    acting = [file.read_text(encoding="utf-8").replace("self.", "." if file.parent.name == "terms" else "")
              for file in files if file.parent.name != "telling" and file.name not in SAYING]
    lines = [line for text in acting for line in text.splitlines() if not line.startswith(("from ", "import "))]
    used = {name for line in lines for name in re.findall(r"\.([a-z_]+)\b", line)}
    idle = {each.name for noun in nouns_of(Terms) for each in fields(noun) if each.name not in used}
    assert not idle
