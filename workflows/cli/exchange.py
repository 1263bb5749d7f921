"""`voucher exchange`: lists of keyed hashes, given to other offices and taken from them."""

from pathlib import Path
from typing import BinaryIO

import click

from voucher.exchange import keys_in_use
from voucher.exchange_list import LARGEST_LIST
from workflows import exchanging
from workflows.cli.answers import answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, look
from workflows.cli.saving import save

KEYS = ("name", "entered_at")
LISTS = ("office", "office_code", "made_on", "entries", "entered_at", "replaced_at", "sha256")
FOUND = ("claim", "kind", "what", "hash")


@click.group()
def exchange() -> None:
    """Lists of keyed hashes of invoices and papers, exchanged with other offices. The guide `exchange` explains them."""


@exchange.command("enter-key")
@click.argument("name")
@click.option("--secret-file", type=click.File("rb"), help="A file with the 64 hexadecimal signs. Without it, a new key is made.")
@as_person
@as_json
def enter_key(name: str, secret_file: BinaryIO | None, as_json: bool) -> None:
    """Enter a key that offices share, or make a new one, which is told this once.

    Example: voucher exchange enter-key coast-2026 --as administrator1@voucher.example
    """
    given = secret_file.read(LARGEST_LIST).decode("ascii", "replace").strip() or "?" if secret_file else ""
    with begin_work() as work:
        key, secret = exchanging.enter_key(work, name, given)
        told = facts(key, KEYS) | ({} if given else {"secret": secret})
    answer(told, as_json)


@exchange.command("end-key")
@click.argument("name")
@as_person
@as_json
def end_key(name: str, as_json: bool) -> None:
    """Use a key no more: the lists made with it are compared no more.

    Example: voucher exchange end-key coast-2026 --as administrator1@voucher.example
    """
    with begin_work() as work:
        told = facts(exchanging.end_key(work, name), ("name", "ended_at"))
    answer(told, as_json)


@exchange.command("keys")
@as_json
def list_keys(as_json: bool) -> None:
    """List the keys in use, by name.

    Example: voucher exchange keys
    """
    with look() as session:
        rows = [facts(each, KEYS) for each in keys_in_use(session)]
    answer_all(rows, KEYS, as_json)


@exchange.command("lists")
@as_json
def list_lists(as_json: bool) -> None:
    """List what other offices gave us, the newest first.

    Example: voucher exchange lists
    """
    with look() as session:
        rows = [facts(each, LISTS) for each in session.exec(exchanging.lists_shown())]
    answer_all(rows, LISTS, as_json)


@exchange.command("export")
@click.argument("key")
@click.option("--to", "file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File to write the list to.")
@as_person
@as_json
def export_list(key: str, file: Path, as_json: bool) -> None:
    """Write the list of keyed hashes of our invoices and papers, for the offices that share the key.

    Example: voucher exchange export coast-2026 --to ours.txt --as auditor1@voucher.example
    """
    with begin_work() as work:
        content = exchanging.export_list(work, key)
        save(file, content)
    answer({"file": file, "size": len(content)}, as_json)


@exchange.command("import")
@click.argument("file", type=click.File("rb"))
@as_person
@as_json
def import_list(file: BinaryIO, as_json: bool) -> None:
    """Take in the list of another office in place of its last one; our claims on it are checked by the next job.

    Example: voucher exchange import theirs.txt --as auditor1@voucher.example
    """
    with begin_work() as work:
        told = facts(exchanging.import_list(work, file.read(LARGEST_LIST + 1)), LISTS)
    answer(told, as_json)


@exchange.command("find")
@click.argument("ticket")
@as_person
@as_json
def find_ticket(ticket: str, as_json: bool) -> None:
    """Say what of ours another office means by a ticket, the beginning of a hash. It is written down that you asked.

    Example: voucher exchange find 3fa9c1d2e4b5f607 --as auditor1@voucher.example
    """
    with begin_work() as work:
        rows = [facts(each, FOUND) for each in exchanging.find_ticket(work, ticket)]
    answer_all(rows, FOUND, as_json)
