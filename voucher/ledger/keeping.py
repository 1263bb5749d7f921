"""What has a place in the tables. The rest is refused by name before an engine is asked, as one would keep it and the other not."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from voucher.errors import NotValid, Problem, _, problem
from voucher.ledger.entries import Draft
from voucher.money import LARGEST_MINOR

# How many characters the tables keep, and what neither PostgreSQL nor UTF-8 takes as a character: NUL, and half a pair.
_LONGEST = {"cause": 200, "event": 80, "terms": 64, "dimension": 40, "value": 200, "actor": 80}
_NO_TEXT = re.compile("[\0\ud800-\udfff]")

_NO_PLACE = _("The books have no place for this {name} of {count} characters: it is too long, or one character is no text.")


class Unkeepable(NotValid):
    """This is longer or larger than the books can keep, or holds a character that they cannot."""


def keeping_problems(draft: Draft) -> Iterator[Problem]:
    """What of a draft has no place in the tables, alike on every engine."""
    texts = [("cause", draft.cause), ("event", draft.event), ("terms", draft.terms), ("memo", draft.memo),
             *(("evidence", each) for each in draft.evidence)]
    wrong = [(name, text) for name, text in texts if _has_no_place(text, _LONGEST.get(name))]
    for carried in {line.dimensions for line in draft.postings}:
        wrong += _dimensions_without_place(carried)
    cause = _NO_TEXT.sub("\ufffd", draft.cause[:_LONGEST["cause"]])
    for name, text in wrong:
        yield problem(_NO_PLACE, cause, name=name, count=len(text))
    for line in draft.postings:
        if abs(line.amount.minor) > LARGEST_MINOR:
            yield problem(_("{text} is larger than any amount we keep."), cause, text=str(line.amount))


def is_text(text: str) -> bool:
    """Whether it can stand in a table at all."""
    return _NO_TEXT.search(text) is None


def kept(name: str, text: str) -> str:
    """A text of an act, as it is kept: its reason, or its actor. Raises Unkeepable."""
    if _has_no_place(text, _LONGEST.get(name)):
        raise Unkeepable(_NO_PLACE, name=name, count=len(text))
    return text


def refuse_beyond_64_bits(*bounds: int | None) -> None:
    """Bounds are numbers that a column holds. Raises Unkeepable."""
    if any(minor is not None and abs(minor) >= 2**63 for minor in bounds):
        raise Unkeepable(_("A bound is larger than a number of 64 bits."))


@lru_cache(maxsize=2**16)
def _dimensions_without_place(carried: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Names and values of dimensions for which the tables have no place, each with what it is."""
    if is_text("".join(chain.from_iterable(carried))) and all(
            len(name) <= _LONGEST["dimension"] and len(value) <= _LONGEST["value"] for name, value in carried):
        return ()  # nearly always, and at once
    texts = [*(("dimension", name) for name, _value in carried), *(("value", value) for _name, value in carried)]
    return tuple((what, text) for what, text in texts if _has_no_place(text, _LONGEST[what]))


def _has_no_place(text: str, longest: int | None) -> bool:
    return (longest is not None and len(text) > longest) or not is_text(text)
