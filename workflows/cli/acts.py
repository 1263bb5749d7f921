"""The commands that come from the tables of acts: one for each, alike for every noun."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from voucher.errors import NotValid, _, problem
from voucher.money import Money
from voucher.references import reference as made_reference
from voucher.work import Work
from workflows.acts import ACTS, THINGS, Act, Ask, Kind, owner_of, thing_of
from workflows.claiming import upload_file
from workflows.cli.answers import DAY, answer, facts
from workflows.cli.commands import as_json, as_person, begin_work, file_store

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def add_acts(group: click.Group, letter: str, about: Sequence[str]) -> None:
    """Give the group a command for every act on things of this letter; each answers with those facts."""
    for act in ACTS[letter]:
        group.add_command(_command(letter, act, about))


def _command(letter: str, act: Act, about: Sequence[str]) -> click.Command:
    def take(reference: str, as_json: bool, **asked: Any) -> None:
        with begin_work() as work:
            act.verb(work, reference, **_given(work, letter, act, reference, asked))
            told = facts(thing_of(work.session, letter, reference), about)
        answer(told, as_json)

    take.__doc__ = f"{act.purpose}\n\nExample: {example_of(letter, act)}"
    command = as_person(as_json(take))
    for ask in reversed(act.asks):
        command = _option(ask)(command)
    return click.command(act.name)(click.argument("reference")(command))


def example_of(letter: str, act: Act) -> str:
    """A call of the command."""
    asked = [word for ask in act.asks if ask.example or ask.kind == Kind.FLAG for word in (
        [f"--{_dashed(ask)}"] if ask.kind == Kind.FLAG else [f"--{_dashed(ask)}", ask.example])]
    return shlex.join(["voucher", THINGS[letter].word, act.name, made_reference(letter, 2026, 1), "--as",
                       f"{act.whose}@voucher.example", *asked])


def _dashed(ask: Ask) -> str:
    return ask.name.replace("_", "-")


def _option(ask: Ask) -> Any:
    shape: dict[str, Any] = {"required": ask.required, "metavar": "TEXT"}
    match ask.kind:
        case Kind.DAY:
            shape |= {"type": DAY, "metavar": None}
        case Kind.NUMBER:
            shape |= {"type": click.IntRange(ask.least, ask.most), "metavar": None}
        case Kind.MONEY:
            shape |= {"metavar": "AMOUNT"}
        case Kind.CHOICE | Kind.CHOICES:
            shape |= {"type": click.Choice(list(ask.choices)), "multiple": ask.kind == Kind.CHOICES, "metavar": None}
        case Kind.FLAG:
            shape = {"is_flag": True}
        case Kind.FILES:
            shape |= {"type": FILE, "multiple": True, "metavar": "FILE"}
        case Kind.FACTS:
            shape |= {"multiple": True, "metavar": "CODE"}
        case Kind.AMOUNTS:
            shape |= {"multiple": True, "metavar": "CODE=AMOUNT"}
    return click.option(f"--{_dashed(ask)}", ask.name, help=f"{ask.label}.", **shape)


def _given(work: Work, letter: str, act: Act, reference: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the verb gets; what was not given is left out."""
    given = {ask.name: asked[ask.name] for ask in act.asks if asked[ask.name] not in (None, ())}
    for ask in act.asks:
        if ask.name in given and ask.kind in (Kind.MONEY, Kind.AMOUNTS):
            row: Any = thing_of(work.session, letter, reference)
            read = Money.parse if ask.kind == Kind.MONEY else amounts_by_code
            given[ask.name] = read(given[ask.name], row.currency)
        elif ask.name in given and ask.kind == Kind.FILES:
            given[ask.name] = _keep(work, letter, act, reference, given[ask.name])
        elif ask.name in given and ask.kind in (Kind.CHOICES, Kind.FACTS):
            given[ask.name] = list(given[ask.name])
    return given


def amounts_by_code(written: Sequence[str], currency: str) -> dict[str, Money]:
    """Amounts written as CODE=AMOUNT."""
    pairs = [text.partition("=") for text in written]
    wrong = [problem(_("Write it as CODE=AMOUNT, such as added_value=50000.00."), "measures") for _code, sign, _amount in pairs if not sign]
    if wrong:
        raise NotValid(problems=wrong)
    return {code: Money.parse(amount, currency) for code, _sign, amount in pairs}


def _keep(work: Work, letter: str, act: Act, reference: str, paths: Sequence[Path]) -> list[str]:
    parties = THINGS[letter].parties(work.session, thing_of(work.session, letter, reference))
    owner = owner_of(work.session, work.actor, act, parties)
    return [upload_file(work, file_store(), owner, path.name, path.read_bytes()).reference for path in paths]
