"""The operations that come from the tables of acts: one for each, alike for every noun."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from voucher.database import Row
from voucher.errors import _, problem
from voucher.work import Work
from workflows.acts import ACTS, THINGS, Act, Ask, Kind, thing_of
from workflows.api.fields import (
    Amounts,
    Body,
    Choice,
    Day,
    MoneyField,
    Nothing,
    Reference,
    Several,
    Text,
    Whole,
    currency,
)
from workflows.api.nouns import Noun, takers

ToldOne = Callable[[Work, Any], dict[str, Any]]


def hang_acts(noun: Noun, letter: str, answer: type[Schema], told_one: ToldOne) -> None:
    """Hang every act on things of this letter on the noun; each answers with the thing as it stands afterwards."""
    for act in ACTS[letter]:
        _hang(noun, letter, act, answer, told_one)


def _hang(noun: Noun, letter: str, act: Act, answer: type[Schema], told_one: ToldOne) -> None:
    thing = THINGS[letter]

    def take(work: Work, body: dict[str, Any], **path: str) -> dict[str, Any]:
        body.pop("currency", None)  # every amount has it already
        act.verb(work, path[thing.word], **body)
        row: Row = thing_of(work.session, letter, path[thing.word])
        return told_one(work, row)

    take.__name__, take.__doc__ = act.step, act.verb.__doc__
    noun.writes(f"/{thing.plural}/<{thing.word}>/{act.name}", answer, body_of_act(act))(takers(act.machine, act.step)(take))


class _WithAmounts(Body):
    """A body whose amounts may be left out, and their currency with them."""

    @validates_schema(pass_original=True)
    def _want_currency(self, _data: Any, original: Any, **_options: Any) -> None:
        if "currency" not in original and any(isinstance(self.fields.get(name), MoneyField | Amounts) for name in original):
            raise ValidationError({"currency": [problem(_("This is missing."))]})


def body_of_act(act: Act) -> type[Body]:
    """What the body of an act holds: a field for each thing that it asks."""
    if not act.asks:
        return Nothing
    asked: dict[str, Any] = {ask.name: _field(ask) for ask in act.asks}
    amounts = [ask.required for ask in act.asks if ask.kind == Kind.MONEY]
    if amounts:
        asked["currency"] = currency(required=any(amounts))
    base = _WithAmounts if amounts and not any(amounts) else Body
    return type("".join(word.title() for word in act.step.split("_")), (base,), asked | {"__doc__": act.purpose})


def _field(ask: Ask) -> fields.Field[Any]:
    given: dict[str, Any] = {"required": ask.required, "metadata": {"example": ask.example} if ask.example else {}}
    match ask.kind:
        case Kind.DAY:
            return Day(**given)
        case Kind.NUMBER:
            return Whole(ask.least, ask.most, required=ask.required, metadata={"example": int(ask.example or ask.least)})
        case Kind.MONEY:
            return MoneyField(**given)
        case Kind.CHOICE:
            return Choice(ask.choices, **given)
        case Kind.FLAG:
            return fields.Boolean(truthy={True}, falsy={False}, required=ask.required, metadata={"example": True})
        case Kind.REFERENCE:
            return Reference(ask.letter, **given)
        case Kind.CHOICES | Kind.FILES | Kind.FACTS | Kind.AMOUNTS:
            return _several(ask)
        case _:
            return Text(ask.longest, **given)


def _several(ask: Ask) -> fields.Field[Any]:
    match ask.kind:
        case Kind.CHOICES:
            return Several(Choice(ask.choices), required=ask.required)
        case Kind.FILES:
            return Several(Reference("F"), 50, required=ask.required)
        case Kind.FACTS:
            return Several(Text(64), 50, required=ask.required, metadata={"description": "All facts that hold, by code.", "example": []})
        case _:
            return Amounts(required=ask.required, metadata={"description": "Amounts that the terms ask for, by code.", "example": {}})
