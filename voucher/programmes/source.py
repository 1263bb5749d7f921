"""A YAML text as plain values that know their place.

Only what a lawyer needs of YAML 1.1 is read: mappings, lists and scalars, in one document of UTF-8. Every scalar stays the
text that was written, so that no amount ever passes through a float and `no` is not a country. Anchors, aliases, tags
and merge keys are refused: they are how a small file becomes a large one.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from voucher.errors import NotValid, Problem, _, problem, refuse_if_any

Path = tuple[str | int, ...]
Place = tuple[int, int]

LARGEST_SOURCE = 262_144
MOST_NODES = 50_000
DEEPEST = 20
MOST_PROBLEMS = 100

# YAML 1.1, production [1] c-printable, turned round; surrogates cannot be in a decoded text.
_NOT_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_NOTHING = ("", "~", "null", "Null", "NULL")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Source:
    """What a YAML text says, and where (line and column from 1) each value and each key stands."""

    content: Any = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def locate(self, path: Path, what: Problem, *, at_key: bool = False) -> Problem:
        """The problem with its path and place; a key that is not there is placed where its mapping begins."""
        place, known = (self.keys if at_key else self.values).get(path), path
        while place is None and known:
            known = known[:-1]
            place = self.values.get(known)
        line, column = place or (1, 1)
        return Problem(what.what, ".".join(str(step) for step in path), line, column, what.values)


def read_source(source: bytes) -> Source:
    """The values of a YAML text with their places. Raises NotValid with every problem found before reading had to stop."""
    text = _decode(source)
    reader = _Reader()
    try:
        reader.read(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        reader.problems.append(_syntax(error))
    except _Stop:
        pass
    refuse_if_any(reader.problems, _("This file cannot be read as YAML."))
    return reader.source


def _decode(source: bytes) -> str:
    """The text of the bytes. Raises NotValid when they are too many, or not UTF-8."""
    if len(source) > LARGEST_SOURCE:
        raise NotValid(_("The file has {size} bytes; terms files have at most {most}."), size=len(source), most=LARGEST_SOURCE)
    if source[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise NotValid(_("The file is written in UTF-16. Save it as UTF-8."))
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        wrong = problem(_("This byte is not UTF-8. The file seems to be in another encoding, such as GB18030: save it as UTF-8."),
                        line=line, column=error.start - source.rfind(b"\n", 0, error.start))
        raise NotValid(_("The file is not written in UTF-8."), [wrong]) from None
    if strange := _NOT_PRINTABLE.search(text):
        wrong = problem(_("The character {code} is not allowed in a text. Delete it."), code=f"U+{ord(strange[0]):04X}",
                        line=text.count("\n", 0, strange.start()) + 1, column=strange.start() - text.rfind("\n", 0, strange.start()))
        raise NotValid(_("This file cannot be read as YAML."), [wrong])
    return text


def _syntax(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = ", ".join(part for part in (error.context, error.problem) if part)
    return problem(_("This is not YAML: {said}."), said=said,
                   line=mark.line + 1 if mark else None, column=mark.column + 1 if mark else None)


class _Stop(Exception):
    """Reading cannot go on."""


@dataclass
class _Open:
    """A mapping or list whose end has not been read yet; `key` is the key whose value comes next."""

    value: Any
    path: Path
    key: str | None = None
    waits: bool = False


class _Reader:
    """Builds values from YAML events, without recursion and with a limit on everything."""

    def __init__(self) -> None:
        self.source = Source()
        self.problems: list[Problem] = []
        self.open: list[_Open] = []
        self.nodes = 0
        self.documents = 0

    def read(self, events: Iterable[yaml.Event]) -> None:
        for event in events:
            match event:
                case yaml.DocumentStartEvent():
                    self._document(event)
                case yaml.AliasEvent():
                    self._complain(event, _("Anchors and aliases (& and *) are not read here. Write the text out."))
                    self._put(event, None)
                case yaml.ScalarEvent():
                    self._node(event)
                    self._scalar(event)
                case yaml.MappingStartEvent():
                    self._enter(event, {})
                case yaml.SequenceStartEvent():
                    self._enter(event, [])
                case yaml.CollectionEndEvent():
                    self.open.pop()
        if self.documents == 0:
            self.problems.append(problem(_("The file is empty."), line=1, column=1))

    def _document(self, event: yaml.Event) -> None:
        self.documents += 1
        if self.documents > 1:
            self._complain(event, _("A second document begins here (---). A file holds one."))
            raise _Stop

    def _node(self, event: Any) -> None:
        """What holds for every value: limits, no anchor, no tag."""
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self._complain(event, _("The file has more than {most} values."), most=MOST_NODES)
            raise _Stop
        if event.anchor:
            self._complain(event, _("Anchors and aliases (& and *) are not read here. Write the text out."))
        if event.tag is not None:
            self._complain(event, _("The tag {tag} is not read here. Write the plain value."), tag=event.tag)
        if len(self.problems) >= MOST_PROBLEMS:
            raise _Stop

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        top = self.open[-1] if self.open else None
        if top is not None and isinstance(top.value, dict) and not top.waits:
            self._key(event, top)
        else:
            plain = event.style in (None, "")
            self._put(event, None if plain and event.value in _NOTHING else event.value)

    def _key(self, event: yaml.ScalarEvent, top: _Open) -> None:
        top.waits, top.key = True, event.value
        path = (*top.path, event.value)
        if event.value == "<<":
            self._complain(event, _("Merge keys (<<) are not read here. Write the text out."))
        elif event.value in top.value:
            first = self.source.keys[path][0]
            self._complain(event, _("The key {key} stands here for the second time; the first is in line {first}."),
                           key=event.value, first=first)
            top.key = None
        else:
            self.source.keys[path] = _place(event)

    def _enter(self, event: Any, value: Any) -> None:
        self._node(event)
        if len(self.open) >= DEEPEST:
            self._complain(event, _("This is nested deeper than {deepest} levels."), deepest=DEEPEST)
            raise _Stop
        top = self.open[-1] if self.open else None
        if top is not None and isinstance(top.value, dict) and not top.waits:
            self._complain(event, _("A key must be a plain word."))
            raise _Stop
        self.open.append(_Open(value, self._put(event, value)))

    def _put(self, event: yaml.Event, value: Any) -> Path:
        """Put a value where it belongs; answer its path."""
        if not self.open:
            path: Path = ()
            self.source.content = value
        else:
            path = self._add(self.open[-1], value)
        self.source.values[path] = _place(event)
        return path

    def _add(self, top: _Open, value: Any) -> Path:
        if isinstance(top.value, list):
            top.value.append(value)
            return (*top.path, len(top.value) - 1)
        key, top.waits = top.key, False
        if key is None:
            return (*top.path, "(again)")
        top.value[key] = value
        return (*top.path, key)

    def _complain(self, event: yaml.Event, what: str, **values: Any) -> None:
        line, column = _place(event)
        self.problems.append(problem(what, line=line, column=column, **values))


def _place(event: yaml.Event) -> Place:
    mark: Any = event.start_mark
    return mark.line + 1, mark.column + 1


@dataclass(frozen=True)
class Verbatim:
    """Words that one has to type as they stand: they are not translated with the sentence around them."""

    text: str

    def __str__(self) -> str:
        return self.text


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like this one; empty when none is near."""
    return next(iter(difflib.get_close_matches(word[:80], list(known), 1, 0.6)), "")


def unknown_word(word: str, known: Iterable[str], thing: str) -> Problem:
    """The complaint about a word that is not known: what is allowed, and the nearest."""
    words = list(known)
    allowed = Verbatim(", ".join(words) or "-")
    if near := nearest(word, words):
        return problem(_("{thing} {word} is not known here. Did you mean {near}? Allowed: {allowed}."),
                       thing=thing, word=repr(word), near=Verbatim(near), allowed=allowed)
    return problem(_("{thing} {word} is not known here. Allowed: {allowed}."), thing=thing, word=repr(word), allowed=allowed)


def flatten(messages: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The complaints of a marshmallow schema, a tree, as pairs of path and complaint."""
    if isinstance(messages, dict):
        for step, below in messages.items():
            yield from flatten(below, path if step == "_schema" else (*path, step))
    elif isinstance(messages, list):
        for each in messages:
            yield from flatten(each, path)
    else:
        yield path, messages
