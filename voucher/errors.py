"""The four ways in which we refuse: NotValid, NotFound, NotAllowed, NotNow. Nothing else.

A refusal is an answer to a person, not a fault of ours: it says what is wrong and what to do. Faults of ours are
assertions and database constraints.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any


def _(text: str) -> str:
    """Mark a sentence for the catalogs; it is translated where a person reads it."""
    return text


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with what we were given.

    `what` is a sentence that says what is wrong and what is allowed, with `{names}` filled from `values`.
    `where` is a field, a path or a cell (`lines.0.invoice_number`); `line` and `column` count from 1 in a file.
    """

    what: str
    where: str = ""
    line: int | None = None
    column: int | None = None
    values: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line is not None else ""
        if self.line is not None and self.column is not None:
            place += f", column {self.column}"
        return ": ".join(part for part in (place, self.where, self.what.format(**dict(self.values))) if part)

    def as_json(self) -> dict[str, Any]:
        """What machines get: only the parts that are known, the sentence filled in."""
        parts = asdict(self) | {"what": self.what.format(**dict(self.values))}
        del parts["values"]
        return {key: value for key, value in parts.items() if value not in (None, "")}


def problem(what: str, where: str = "", *, line: int | None = None, column: int | None = None, **values: Any) -> Problem:
    """A Problem with its values by name."""
    return Problem(what, where, line, column, tuple(values.items()))


class Refusal(Exception):
    """This cannot be done."""

    #: What is done all the same, in the place of what was begun: what was found out on the way, for which it is refused.
    leaves: Callable[[Any], object] | None = None

    def __init__(self, message: str | None = None, problems: Iterable[Problem] = (), **values: Any) -> None:
        """`message` is a marked sentence with `{names}`; without one, the docstring of the class speaks."""
        self.template = message or " ".join((type(self).__doc__ or "").split())
        self.values = values
        self.problems = tuple(problems)
        super().__init__(self.template)

    @property
    def message(self) -> str:
        """The sentence in English, filled in."""
        return self.template.format(**self.values) if self.values else self.template

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  {each}" for each in self.problems)])


class NotValid(Refusal):
    """What was given is not valid. Mend what is listed and send it again."""


class NotFound(Refusal):
    """There is nothing here under that name that you may see. Check the reference."""


class NotAllowed(Refusal):
    """You may not do this. Ask somebody who holds the role for it."""


class NotNow(Refusal):
    """This cannot be done in the present state. Look at the case again before you go on."""


def refuse_if_any(problems: Iterable[Problem], message: str | None = None, **values: Any) -> None:
    """Refuse with all problems at once, or go on when there are none."""
    found = tuple(problems)
    if found:
        raise NotValid(message, found, **values)
