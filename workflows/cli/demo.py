"""`voucher demo`: the whole story on invented data, with a display of what happens."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from time import perf_counter

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from voucher import ledger
from voucher.database import Database
from voucher.errors import NotAllowed, _
from voucher.ledger import Balance
from voucher.money import Money
from voucher.schema import upgrade
from voucher.work import read
from workflows.access import hash_password
from workflows.cli.commands import as_json, file_store, open_database, print_json, print_table, settings, surroundings
from workflows.demo import ZONE, Demo, Told, leave_files, phases, run, sign_ins, story_ends, waiting
from workflows.demo.data import PASSWORD, demo_data


@click.command()
@as_json
def demo(as_json: bool) -> None:
    """Run the whole story on invented data. Running it twice does no harm.

    Example: VOUCHER_MODE=demo voucher demo
    """
    if not settings().is_demo:
        raise NotAllowed(_("The demo enters invented people with a password that everybody knows. "
                           "Run it as VOUCHER_MODE=demo voucher demo."))
    began = perf_counter()
    with open_database(migrated=False) as database:
        upgrade(database)
        today = surroundings().clock().astimezone(ZONE).date()
        last_day = story_ends(database, today)
        story = Demo(database, file_store(), hash_password, last_day, demo_data(last_day))
        told = list(run(story, _ignore)) if as_json else list(_show(story))
        folders = leave_files(story, settings().instance / "demo")
        accounts = _by_account(database)
    if as_json:
        print_json({"steps": [vars(each) for each in told], "folders": folders, "sign_ins": sign_ins(story),
                    "accounts": [{"account": name, "balance": money, "currency": money.currency} for name, money in accounts]})
    else:
        _print_summary(story, told, folders, accounts, perf_counter() - began)


def _ignore(_title: str) -> None:
    """Nobody watches."""


def _show(story: Demo) -> Iterator[Told]:
    """Run the story: each step by name while it runs, and a line that stays when it is done."""
    columns = (SpinnerColumn(), BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, transient=True) as progress:
        bar = progress.add_task("", total=len(phases()))
        for told in run(story, lambda title: progress.update(bar, description=title)):
            progress.console.print(_line(told), highlight=False, markup=False, soft_wrap=True)
            progress.advance(bar)
            yield told


def _line(told: Told) -> str:
    counts = f"{told.done} done" if told.done or not told.found else f"{told.found} found, nothing to do"
    if told.done and told.found:
        counts = f"{told.done} done, {told.found} found"
    return f"  ✓ {told.title}: {counts}{' - ' if told.note else ''}{told.note} ({told.seconds:.1f} s)"


def _by_account(database: Database) -> list[tuple[str, Money]]:
    """The trial balance with the sub-accounts of each account added up."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    with read(database) as session:
        for line in ledger.trial_balance(session):
            sums[_account(line), line.amount.currency] += line.amount.minor
    return [(name, Money(minor, currency)) for (name, currency), minor in sorted(sums.items()) if minor]


def _account(line: Balance) -> str:
    """`entitlement:available:V-..` is of `entitlement:available`, `financial:payable:claims:C-..` of `financial:payable:claims`."""
    return line.account.rpartition(":")[0]


def _print_summary(story: Demo, told: Sequence[Told], folders: dict[str, int], accounts: Sequence[tuple[str, Money]],
                   seconds: float) -> None:
    done = sum(each.done for each in told)
    click.echo(f"\n{done} steps taken in {seconds:.1f} s." if done else "\nThe demo was there already; nothing was changed.")
    print_table(("account", "debit", "credit", "currency"),
                [(name, *((money, None) if money.minor > 0 else (None, -money)), money.currency) for name, money in accounts],
                title="\nTrial balance")
    print_table(("folder", "files"), list(folders.items()), title="\nDocuments and bank files")
    print_table(("role", "address", "name"), sign_ins(story), title=f"\nSign in with the password {PASSWORD}")
    print_table(("address", "what waits"), waiting(story), title="\nWhat waits for whom")
    click.echo()
