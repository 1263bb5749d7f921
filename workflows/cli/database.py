"""`voucher db`: the database."""

import click

from voucher.schema import upgrade
from workflows.cli.commands import as_json, open_database, print_json


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@as_json
def upgrade_database(as_json: bool) -> None:
    """Bring the tables up to date. Does no harm when they are.

    Example: VOUCHER_DATABASE_URL=postgresql://office@db/voucher voucher db upgrade
    """
    with open_database(migrated=False) as database:
        before, after = upgrade(database)
        place = database.url.render_as_string()
    if as_json:
        print_json({"database": place, "before": before, "after": after})
    elif before == after:
        click.echo(f"{place} is up to date ({after or 'no migrations'}).")
    else:
        click.echo(f"{place} went from {before or 'nothing'} to {after}.")
