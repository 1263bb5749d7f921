"""What every command shares: its settings, the database, the person who acts, and how an answer is printed.

The command line is for people who have access to the machine. So it believes the name they give (`--as EMAIL`, or
VOUCHER_AS in the environment); what they do then is checked and recorded under that name, as if they had signed in.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table
from sqlmodel import Session, select

from voucher.absences import actor_at
from voucher.clock import Clock, system_clock
from voucher.database import Database
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid, _
from voucher.files import FileStore
from voucher.money import Money
from voucher.people import Person
from voucher.schema import newest_revision, revision
from voucher.settings import Settings, read_settings
from voucher.work import SYSTEM, Actor, Work, begin, read

Command = TypeVar("Command", bound=Callable[..., Any])

_PIPED_WIDTH = 200  # what is not a terminal has no width; nothing may be cut off there


def as_json(command: Command) -> Command:
    """Give a command the flag `--json`, its argument `as_json: bool`; refusals then come as JSON too."""
    return click.option("--json", "as_json", is_flag=True, callback=_remember_json,
                        help="Answer for machines: JSON on stdout.")(command)


def as_person(command: Command) -> Command:
    """Give a command the option `--as EMAIL`; `begin_work()` then acts as that person."""
    return click.option("--as", "email", metavar="EMAIL", envvar="VOUCHER_AS", expose_value=False,
                        callback=_remember_person, help="Who you are; VOUCHER_AS says it for many commands.")(command)


def _remember_json(context: click.Context, _parameter: click.Parameter, value: bool) -> bool:
    context.meta["voucher.json"] = value
    return value


def _remember_person(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    context.meta["voucher.email"] = value


def wants_json(context: click.Context) -> bool:
    """Whether the command in hand was asked for JSON."""
    return bool(context.meta.get("voucher.json", False))


@dataclass(frozen=True)
class Surroundings:
    """What every command finds when it starts. Whoever calls `main` with `obj=Surroundings(..)` brings his own."""

    settings: Settings
    clock: Clock = system_clock


def surroundings() -> Surroundings:
    """The settings and the clock, made once for each command. Raises NotValid with everything that is wrong."""
    root = click.get_current_context().find_root()
    if not isinstance(root.obj, Surroundings):
        root.obj = Surroundings(read_settings(os.environ))
    return root.obj


def settings() -> Settings:
    """The settings, read from the environment."""
    return surroundings().settings


def today() -> date:
    """The day it is at the office."""
    return surroundings().clock().astimezone(ZoneInfo(settings().zone)).date()


def file_store() -> FileStore:
    """Where the settings say that files lie."""
    return FileStore(settings().files_url)


@contextmanager
def open_database(*, migrated: bool = True) -> Iterator[Database]:
    """The database that the settings name. Raises NotNow when it has to be brought up to date first."""
    opened = Database(settings().database_url)
    try:
        if migrated and revision(opened) != newest_revision():
            raise NotNow(_("The database is not up to date. Run `voucher db upgrade` first."))
        yield opened
    finally:
        opened.close()


@contextmanager
def begin_work(*, or_system: bool = False) -> Iterator[Work]:
    """One piece of work as the person named by `--as`: all of what the block does, or nothing.

    `or_system` lets a command without `--as` act as the system itself: to enter the very first people.
    """
    with open_database() as database:
        email = click.get_current_context().meta.get("voucher.email")
        actor = SYSTEM if or_system and not email else _actor(database)
        with begin(database, actor, surroundings().clock, zone=settings().zone) as work:
            yield work


@contextmanager
def look() -> Iterator[Session]:
    """A session for reading only. Everybody who has access to the machine may look."""
    with open_database() as database, read(database) as session:
        yield session


def _actor(database: Database) -> Actor:
    email = click.get_current_context().meta.get("voucher.email")
    if not email:
        raise NotValid(_("Say who you are: --as EMAIL, or VOUCHER_AS in the environment."))
    with read(database) as session:
        person = session.exec(select(Person).where(Person.email == email)).first()
        if person is None:
            raise NotFound(_("There is nobody with the address {email}."), email=email)
        if not person.active:
            raise NotAllowed(_("{email} may no longer act."), email=email)
        return actor_at(session, person, surroundings().clock())


def print_json(value: object) -> None:
    """The answer for machines. Money, days, instants and ids become strings."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> None:
    """The answer for people: amounts stand to the right."""
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for at, name in enumerate(columns):
        amounts = any(isinstance(row[at], Money | int) for row in rows) and all(isinstance(row[at], Money | int | None) for row in rows)
        table.add_column(name, justify="right" if amounts else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PIPED_WIDTH)
    console.print(table, markup=False, highlight=False)
