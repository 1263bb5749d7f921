"""The shape of a terms file: marshmallow schemas, made from the classes of `terms`.

A field's annotation decides which marshmallow field reads it. Values arrive as the text that was written (see `source`),
and every complaint says what is wrong and what is allowed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, is_dataclass
from dataclasses import fields as fields_of
from datetime import date
from enum import EnumType, StrEnum
from fractions import Fraction
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from zoneinfo import available_timezones

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validates_schema

from voucher.calendars import countries
from voucher.errors import NotValid, Problem, _, problem
from voucher.money import CURRENCIES, Money
from voucher.programmes.durations import Duration
from voucher.programmes.source import unknown_word
from voucher.programmes.terms import Clause

_CODE = re.compile(r"[a-z0-9][a-z0-9_]{0,39}", re.ASCII)
_RATE = re.compile(r"(0|[1-9][0-9]{0,3})(?:\.([0-9]{1,6}))? ?%|(0|[1-9][0-9]{0,5})/([1-9][0-9]{0,5})", re.ASCII)
_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_YEAR_DAY = re.compile(r"[0-9]{2}-[0-9]{2}", re.ASCII)
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}
LONGEST_TEXT = 2000
YEARS = range(1900, 2200)  # a hundred years later is still a day of the calendar
NOT_A_SHORT_NAME = _("{text} is not a short name. Use small letters, digits and underscores.")

SAID = {
    "required": _("This key is missing; it has to be written."),
    "null": _("There is no value here. Write one, or leave the key out."),
    "validator_failed": _("This value is not allowed here."),
}


def wrong(what: str, **values: Any) -> ValidationError:
    """A complaint with values by name."""
    return ValidationError([problem(what, **values)])


def shown(value: Any) -> str:
    """What was written, short enough to repeat."""
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:57] + "...")
    return _("a list") if isinstance(value, list) else _("a mapping")


class _Word(fields.Field[Any]):
    """A scalar: `read` turns its text into a value."""

    wanted = _("a text")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise wrong(_("Here stands {found}, but {wanted} is wanted."), found=shown(value), wanted=self.wanted)
        return self.read(value)

    def read(self, text: str) -> Any:
        """The value of the text; raises ValidationError."""
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise wrong(_("Write a text of 1 to {most} characters."), most=LONGEST_TEXT)
        return text


class CodeWord(_Word):
    """A short name."""

    wanted = _("a short name")

    def read(self, text: str) -> str:
        """A short name as it stands."""
        if not _CODE.fullmatch(text):
            raise wrong(NOT_A_SHORT_NAME, text=shown(text))
        return text


class Amount(_Word):
    """Money of the file's currency, not below zero."""

    wanted = _("an amount")

    def __init__(self, currency: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.currency = currency

    def read(self, text: str) -> Money:
        """The amount, not rounded."""
        try:
            money = Money.parse(text, self.currency)
        except NotValid as refusal:
            raise wrong(refusal.template, **refusal.values) from None
        if money.minor < 0:
            raise wrong(_("{text} is below zero."), text=text)
        return money


class Rate(_Word):
    """A part of a whole."""

    wanted = _("a rate such as 20 %")

    def read(self, text: str) -> Fraction:
        """20 % is 1/5."""
        match = _RATE.fullmatch(text)
        if match is None:
            raise wrong(_("{text} is not a rate. Write it per cent, such as 20 % or 12.5 %, or as a fraction, such as 2/3."),
                        text=shown(text))
        if match[3] is not None:
            return Fraction(int(match[3]), int(match[4]))
        return Fraction(f"{match[1]}.{match[2] or 0}") / 100


class Length(_Word):
    """A length of time."""

    wanted = _("a length of time such as 3 months")

    def read(self, text: str) -> Duration:
        """The length."""
        try:
            return Duration.parse(text)
        except NotValid as refusal:
            raise wrong(refusal.template, text=shown(text)) from None


class Day(_Word):
    """A day."""

    wanted = _("a day such as 2026-12-31")

    def read(self, text: str) -> date:
        """The day; it must exist."""
        try:
            day = date.fromisoformat(text if _DAY.fullmatch(text) else "")
        except ValueError:
            raise wrong(_("{text} is not a day. Write year-month-day, such as 2026-12-31; the day must exist."), text=shown(text)) from None
        if day.year not in YEARS:
            raise wrong(_("{text} is not between {first} and {last}."), text=shown(text), first=YEARS[0], last=YEARS[-1])
        return day


class DayOfYear(_Word):
    """A day of any year."""

    wanted = _("a month and day such as 06-30")

    def read(self, text: str) -> str:
        """Month and day, as written."""
        try:
            date.fromisoformat("2023-" + (text if _YEAR_DAY.fullmatch(text) else ""))
        except ValueError:
            raise wrong(_("{text} is not a day of every year. Write month-day, such as 06-30."), text=shown(text)) from None
        return text


class Whole(_Word):
    """A whole number."""

    wanted = _("a whole number")

    def read(self, text: str) -> int:
        """The number."""
        if not _WHOLE.fullmatch(text):
            raise wrong(_("{text} is not a whole number. Write digits only."), text=shown(text))
        return int(text)


class Flag(_Word):
    """Yes or no."""

    wanted = _("yes or no")

    def read(self, text: str) -> bool:
        """Yes or no."""
        if text not in _FLAGS:
            raise wrong(_("{text} is neither yes nor no."), text=shown(text))
        return _FLAGS[text]


class Choice(_Word):
    """One of a few words."""

    def __init__(self, words: Mapping[str, Any], thing: str, *, listed: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words, self.thing, self.listed = words, thing, listed
        self.wanted = _("a word")

    def read(self, text: str) -> Any:
        """What the word stands for."""
        if text in self.words:
            return self.words[text]
        if self.listed:
            raise ValidationError([unknown_word(text, self.words, self.thing)])
        raise wrong(_("{thing} {text} is not known."), thing=self.thing, text=shown(text))


class ClauseWords(fields.Field[Clause]):
    """A clause: a plain text for both languages, or one for each."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Clause:
        if isinstance(value, str):
            text = _Word().deserialize(value)
            return Clause(zh=text, en=text)
        return schema_of(Clause, CURRENCIES[0]).load(value)  # type: ignore[no-any-return]


class ListOf(fields.Field[tuple[Any, ...]]):
    """A list; each entry is read by the inner field."""

    def __init__(self, inner: fields.Field[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner = inner

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            hint = f"[{value}]" if isinstance(value, str) and len(value) < 60 else "[..]"
            raise wrong(_("A list is wanted here, such as {hint}."), hint=hint)
        return tuple(_each(self.inner, enumerate(value)).values())


class Table(fields.Field[dict[str, Any]]):
    """A mapping of short names to values."""

    def __init__(self, inner: fields.Field[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner = inner

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise wrong(_("A mapping of short names is wanted here, one to a line."))
        strange = {key: [problem(NOT_A_SHORT_NAME,
                                 text=shown(key))] for key in value if not _CODE.fullmatch(key)}
        if strange:
            raise ValidationError(strange)
        return _each(self.inner, value.items())


def _each(inner: fields.Field[Any], pairs: Any) -> dict[Any, Any]:
    """Every value read by the field; raises with the complaints of all of them."""
    answer, problems = {}, {}
    for step, value in pairs:
        try:
            answer[step] = inner.deserialize(value)
        except ValidationError as error:
            problems[step] = error.messages
    if problems:
        raise ValidationError(problems)
    return answer


class Within(fields.Field[Any]):
    """A mapping with keys of its own."""

    def __init__(self, noun: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.noun, self.currency = noun, currency

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return schema_of(self.noun, self.currency).load(value)


class TermsSchema(Schema):
    """A schema that builds the class it was made from, and names the nearest key when one is not known."""

    noun: Any
    error_messages = {"type": _("A mapping with keys is wanted here.")}  # noqa: RUF012

    class Meta:
        """Unknown keys are ours to refuse."""

        unknown = EXCLUDE

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def refuse_unknown_keys(self, data: Any, original: Any, **kwargs: Any) -> None:
        """Every key must be one of ours."""
        if not isinstance(original, dict):
            return
        unknown = {key: [UnknownKey(self._unknown(key, value))] for key, value in original.items() if key not in self.fields}
        if unknown:
            raise ValidationError(unknown)

    def _unknown(self, key: str, value: Any) -> Problem:
        if value is None:
            return problem(_("The key {key} is not known here and has no value. A text with a comma between {left} and {right} "
                             "has to stand between quotes."), key=repr(key), left="{", right="}")
        return unknown_word(key, self.fields, _("The key"))

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> Any:
        """The value itself."""
        return self.noun(**data)


class UnknownKey:
    """A complaint about a key rather than about its value."""

    def __init__(self, what: Any) -> None:
        self.what = what


@cache
def schema_of(noun: Any, currency: str) -> TermsSchema:
    """The schema that reads a class of `terms`, its amounts in that currency."""
    hints = get_type_hints(noun, include_extras=True)
    declared: dict[str, Any] = {each.name: _field(hints[each.name], currency, each) for each in fields_of(noun)}
    made: type[TermsSchema] = type(f"{noun.__name__}Schema", (TermsSchema,), {"noun": noun, **declared})
    return made()


def is_required(each: Field[Any]) -> bool:
    """Whether a key has no default."""
    return each.default is MISSING and each.default_factory is MISSING


def _field(hint: Any, currency: str, each: Field[Any]) -> fields.Field[Any]:
    return reader_of(hint, currency, required=is_required(each), error_messages=SAID, words=each.metadata.get("words", ()))


SCALARS: dict[Any, type[_Word]] = {str: _Word, Fraction: Rate, Duration: Length, date: Day, int: Whole, bool: Flag}


def words_of(hint: EnumType, only: Sequence[StrEnum]) -> list[StrEnum]:
    """The words of which one may choose: all of their kind, or only some."""
    return list(only) or list(hint)


def reader_of(hint: Any, currency: str, words: Sequence[StrEnum] = (), **options: Any) -> fields.Field[Any]:
    """The marshmallow field that reads values of a type; `words` are those that are read, where not all are."""
    hint = without_none(hint)
    origin = get_origin(hint)
    if origin is tuple:
        return ListOf(reader_of(get_args(hint)[0], currency, error_messages=SAID), **options)
    if origin is not None and issubclass(origin, Mapping):
        return Table(reader_of(get_args(hint)[1], currency, error_messages=SAID), **options)
    if origin is Annotated:
        return _special(get_args(hint)[1], **options)
    if hint is Money:
        return Amount(currency, **options)
    if hint is Clause:
        return ClauseWords(**options)
    if isinstance(hint, EnumType):
        return Choice({word.value: word for word in words_of(hint, words)}, _("The word"), **options)
    if is_dataclass(hint) and hint is not Duration:
        return Within(hint, currency, **options)
    return SCALARS[hint](**options)


def _special(kind: str, **options: Any) -> fields.Field[Any]:
    match kind:
        case "currency":
            return Choice({code: code for code in CURRENCIES}, _("The currency"), **options)
        case "country":
            return Choice({code: code for code in sorted(countries())}, _("The country"), listed=False, **options)
        case "zone":
            return Choice({zone: zone for zone in sorted(available_timezones())}, _("The time zone"), listed=False, **options)
        case "year day":
            return DayOfYear(**options)
    return CodeWord(**options)


def without_none(hint: Any) -> Any:
    """The type itself, when it is one that may be left out."""
    if get_origin(hint) in (Union, UnionType):
        return next(each for each in get_args(hint) if each is not NoneType)
    return hint
