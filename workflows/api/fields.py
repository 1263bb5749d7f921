"""What may stand in a body: fields that take one form of a thing and say in words what is wrong with another.

Nothing is guessed and nothing is rounded: a number is no amount, `2026-3-2` is no day, and `"5"` is no number.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_smorest.fields import Upload
from marshmallow import RAISE, Schema, ValidationError, fields

from voucher.errors import Problem, _, problem
from voucher.money import CURRENCIES, Money, NotAnAmount
from voucher.references import KINDS, is_reference

Messages = dict[str, str | list[Any] | dict[Any, Any]]

MISSING: Messages = {
    "required": _("This is missing."), "null": _("This may not be null. Leave it out when it is not known.")}

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII)
_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_LONGEST_AMOUNT = 32
FIRST_YEAR, LAST_YEAR = 1900, 2199
_SHOWN = 60


def wrong(what: str, **values: Any) -> ValidationError:
    """One problem, in the form in which marshmallow carries it to `voucher.errors`."""
    return ValidationError([problem(what, **values)])


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


class Text(fields.String):
    """Text of up to `longest` signs, all of which can be kept."""

    default_error_messages = MISSING

    def __init__(self, longest: int = 300, **options: Any) -> None:
        """`longest` counts signs, not bytes."""
        options["metadata"] = {"maxLength": longest} | options.get("metadata", {})
        super().__init__(**options)
        self.longest = longest

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> str:
        if not isinstance(value, str):
            raise wrong(_("This must be text in quotes."))
        if len(value) > self.longest:
            raise wrong(_("This has {length} signs; it may have {longest}."), length=len(value), longest=self.longest)
        hidden = sorted({f"U+{ord(sign):04X}" for sign in value if _cannot_be_kept(sign)})
        if hidden:
            raise wrong(_("This holds signs that cannot be kept: {signs}."), signs=", ".join(hidden[:5]))
        return value


def _cannot_be_kept(sign: str) -> bool:
    """Control signs other than tabs and line ends; halves of a sign (lone surrogates)."""
    return sign not in "\t\n\r" and unicodedata.category(sign) in ("Cc", "Cs")


class Choice(fields.String):
    """One word out of a few."""

    default_error_messages = MISSING

    def __init__(self, words: Iterable[str], **options: Any) -> None:
        """`words` are an enumeration or a list."""
        self.words = tuple(str(each) for each in words)
        super().__init__(**options | {"metadata": {"enum": list(self.words)} | options.get("metadata", {})})

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> str:
        if not isinstance(value, str) or value not in self.words:
            raise wrong(_("{value} is none of {allowed}."), value=_shown(value), allowed=", ".join(self.words))
        return value


def currency(**options: Any) -> Choice:
    """The currency of every amount in a body."""
    return Choice(CURRENCIES, **{"required": True} | options)


class Reference(fields.String):
    """The reference of a thing of one kind, such as V-2026-00123-2."""

    default_error_messages = MISSING

    def __init__(self, kind: str, **options: Any) -> None:
        """`kind` is the letter."""
        self.letter = kind
        super().__init__(**options | {"metadata": {"pattern": rf"^{kind}-[0-9]{{4}}-[0-9]{{5,}}-[0-9]$"}})

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> str:
        if not isinstance(value, str) or len(value) > _LONGEST_AMOUNT or not is_reference(value, self.letter):
            raise wrong(_("{text} is not the number of a {kind}: check the letter and each digit."),
                        text=_shown(value), kind=KINDS[self.letter])
        return value


class Day(fields.Date):
    """A day as 2026-03-02 (RFC 3339, full-date), in no other form, and in a year in which somebody may live."""

    default_error_messages = MISSING

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> date:
        try:
            if isinstance(value, str) and _DAY.fullmatch(value) and FIRST_YEAR <= int(value[:4]) <= LAST_YEAR:
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise wrong(_("{value} is not a day. Write it as 2026-03-02."), value=_shown(value))


class Key(fields.UUID):
    """The id of something that has no reference, such as a line of a bank statement."""

    default_error_messages = MISSING

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> UUID:
        if not isinstance(value, str) or not _KEY.fullmatch(value):
            raise wrong(_("{value} is not an id."), value=_shown(value))
        return UUID(value)


class Instant(fields.AwareDateTime):
    """An instant with its offset from UTC; answers tell it in UTC."""

    default_error_messages = MISSING

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> datetime:
        try:
            if isinstance(value, str) and _INSTANT.fullmatch(value):
                return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise wrong(_("{value} is not an instant. Write it as 2026-03-31T16:00:00Z, or with another offset."), value=_shown(value))


class Whole(fields.Integer):
    """A whole number in a range. In an address, where everything is text, `digits` takes it from there."""

    default_error_messages = MISSING

    def __init__(self, least: int = 0, most: int = 10**9 - 1, *, digits: bool = False, **options: Any) -> None:
        """Both bounds are allowed."""
        options["metadata"] = {"minimum": least, "maximum": most} | options.get("metadata", {})
        super().__init__(**options)
        self.least, self.most, self.digits = least, most, digits

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> int:
        number = int(value) if self.digits and isinstance(value, str) and _WHOLE.fullmatch(value) else value
        if type(number) is not int or not self.least <= number <= self.most:
            raise wrong(_("{value} is not a whole number from {least} to {most}."), value=_shown(value), least=self.least,
                        most=self.most)
        return number


class YesNo(fields.Boolean):
    """true or false, in no other form."""

    default_error_messages = MISSING

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> bool:
        if not isinstance(value, bool):
            raise wrong(_("{value} is neither true nor false."), value=_shown(value))
        return value


# The currency that the body in hand states; its amounts are read in it.
_STATED: ContextVar[str | None] = ContextVar("stated currency", default=None)


class MoneyField(fields.String):
    """An amount as a string in the currency that the body states: "30000.00". Never a number: numbers lose cents."""

    default_error_messages = MISSING

    def __init__(self, **options: Any) -> None:
        """An amount."""
        form = {"format": "decimal", "pattern": r"^-?(0|[1-9][0-9]{0,15})(\.[0-9]+)?$", "example": "30000.00"}
        super().__init__(**options | {"metadata": form | options.get("metadata", {})})

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> str | None:
        assert value is None or isinstance(value, Money), value
        return None if value is None else str(value)

    def _deserialize(  # type: ignore[override]
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> Money | None:
        stated = _STATED.get()
        if not isinstance(value, str):
            raise wrong(_('Write an amount as a string with a point, such as "1234.50": numbers lose cents on their way.'))
        if len(value) > _LONGEST_AMOUNT:
            raise wrong(_("This is longer than any amount."))
        if stated is None:
            return None  # the field `currency` says what is wrong
        try:
            return Money.parse(value, stated)
        except NotAnAmount as refusal:
            raise wrong(refusal.template, **refusal.values) from refusal


class Several(fields.List[Any]):
    """A list of up to `most` of something."""

    default_error_messages = MISSING | {"invalid": _("This must be a list.")}

    def __init__(self, inner: fields.Field[Any], most: int = 1000, **options: Any) -> None:
        """`inner` is the field of one."""
        super().__init__(inner, **options | {"metadata": {"maxItems": most} | options.get("metadata", {})})
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.most:
            raise wrong(_("There are {count}; at most {most} are taken at a time."), count=len(value), most=self.most)
        found: list[Any] = super()._deserialize(value, attr, data, **options)
        return found


class Part(fields.Nested):
    """An object within a body."""

    default_error_messages = MISSING | {"type": _("This must be an object.")}


class Amounts(fields.Dict):
    """Amounts by name, in the currency that the body states."""

    default_error_messages = MISSING | {"invalid": _("This must be an object.")}

    def __init__(self, most: int = 50, **options: Any) -> None:
        """Up to `most` of them."""
        super().__init__(keys=Text(64), values=MoneyField(), **options)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> dict[Any, Any]:
        if isinstance(value, dict) and len(value) > self.most:
            raise wrong(_("There are {count}; at most {most} are taken at a time."), count=len(value), most=self.most)
        try:
            found: dict[Any, Any] = super()._deserialize(value, attr, data, **options)  # type: ignore[no-untyped-call]
        except ValidationError as error:
            raise _by_name(error) from None
        return found


def _by_name(error: ValidationError) -> ValidationError:
    """What is wrong with the names and amounts of an object, under each name."""
    if not isinstance(error.messages, dict):
        return error
    return ValidationError({name: [*found.get("key", ()), *found.get("value", ())] for name, found in error.messages.items()})


class File(Upload):  # type: ignore[misc]
    """A file in a form."""

    default_error_messages = MISSING


class Body(Schema):
    """What somebody sends: every field that is not known is refused."""

    error_messages = {"type": _("This must be an object."), "unknown": _("There is no such field here.")}  # noqa: RUF012

    class Meta:
        """How it is read."""

        unknown = RAISE

    def load(self, data: Any, **options: Any) -> Any:
        """Read it, amounts in the currency that it states; what stands within it has that currency too."""
        stated = data.get("currency") if isinstance(data, Mapping) else None
        before = _STATED.set(stated if stated in CURRENCIES else _STATED.get()) if isinstance(stated, str) else None
        try:
            return super().load(data, **options)
        finally:
            if before is not None:
                _STATED.reset(before)


class Nothing(Body):
    """No more than the address says."""


class Reason(Body):
    """Why; it is told to the other side and kept."""

    reason = Text(1000, required=True, metadata={"example": "The offer does not name the tests."})


class Note(Body):
    """What was looked at or done."""

    note = Text(1000, load_default="", metadata={"example": "Register checked."})


class Said(fields.String):
    """Text in an answer."""


class Number(fields.Integer):
    """A whole number in an answer."""


class Those(fields.List[Any]):
    """A list in an answer."""


class Answer(Schema):
    """What we answer."""


def problems_of(messages: Any, where: str = "") -> list[Problem]:
    """What marshmallow found, as our problems: each with the path of its field (`lines.0.net`)."""
    if isinstance(messages, Mapping):
        return [found for name, inner in messages.items()
                for found in problems_of(inner, where if name == "_schema" else f"{where}.{name}".strip("."))]
    if isinstance(messages, Problem):
        return [Problem(messages.what, where[:200], values=messages.values)]
    if isinstance(messages, str):
        return [problem(messages, where[:200])]
    return [found for each in messages for found in problems_of(each, where)]


def words(enumeration: type[StrEnum]) -> list[str]:
    """The words of an enumeration that say something."""
    return [str(each) for each in enumeration if each]
