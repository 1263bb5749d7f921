"""Reading what a person typed, strictly: nothing is guessed or rounded, and all problems are told at once."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from voucher.errors import NotValid, Problem, _, problem, refuse_if_any
from voucher.money import Money

LONGEST_TEXT = 4000


class Typed:
    """What was typed into a form. Each reading answers a value and notes what is wrong; `done` refuses if anything is.

    After a problem the value answered only fills the gap: nobody sees it, because `done` refuses.
    """

    def __init__(self, form: Mapping[str, str]) -> None:
        self._form = form
        self.problems: list[Problem] = []

    def wrong(self, name: str, what: str, **values: Any) -> None:
        """Note a problem with a field."""
        self.problems.append(problem(what, name, **values))

    def text(self, name: str, *, required: bool = True, longest: int = LONGEST_TEXT) -> str:
        """Text without the spaces around it."""
        text = self._form.get(name, "").strip()
        if required and not text:
            self.wrong(name, _("Fill this in."))
        if len(text) > longest:
            self.wrong(name, _("At most {longest} characters; these are {length}."), longest=longest, length=len(text))
        return text

    def money(self, name: str, currency: str) -> Money:
        """An amount of a currency, such as 1234.50."""
        text = self.text(name)
        if text:
            try:
                return Money.parse(text, currency)
            except NotValid as refusal:
                self.wrong(name, refusal.template, **refusal.values)
        return Money.zero(currency)

    def day(self, name: str, *, required: bool = True) -> date:
        """A day, as browsers send it: 2026-03-31 (ISO 8601); the first day there is, where none was typed."""
        text = self.text(name, required=required)
        if text:
            try:
                if len(text) == len("2026-03-31"):
                    return date.fromisoformat(text)
            except ValueError:
                pass
            self.wrong(name, _("{text} is not a day. Write it as 2026-03-31."), text=text)
        return date.min

    def number(self, name: str, least: int, most: int) -> int:
        """A whole number within bounds."""
        text = self.text(name)
        if text and text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most:
            return int(text)
        if text:
            self.wrong(name, _("{text} is not a whole number from {least} to {most}."), text=text, least=least, most=most)
        return least

    def choice(self, name: str, choices: Collection[str]) -> str:
        """One of the choices that were offered."""
        text = self.text(name)
        if text and text not in choices:
            self.wrong(name, _("{text} is not one of the choices. Choose again from the list."), text=text)
        return text

    def done(self) -> None:
        """Refuse with everything that is wrong, or go on."""
        refuse_if_any(self.problems, _("Some fields have to be mended; nothing was sent yet."))
