"""`voucher manual`: the accounting manual, written from the code."""

import click

from voucher.manual import manual


@click.command("manual", epilog="Example: voucher manual --language en > accounting.md")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="In which language.")
def manual_command(language: str) -> None:
    """Print the accounting manual: accounts, what each event posts, a worked example."""
    click.echo(manual(language), nl=False)
