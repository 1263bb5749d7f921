"""`voucher award`: what providers get for a year in which they served well."""

from pathlib import Path

import click
from sqlmodel import Session, col, select

from voucher.awards import ProviderAward
from voucher.database import fetch, get
from voucher.people import Organisation
from voucher.performance import performance_of
from voucher.programmes.programmes import Programme, terms_in_force
from workflows.awards import ask_award, figures_in, work_out
from workflows.claiming import upload_file
from workflows.cli.acts import FILE, add_acts
from workflows.cli.answers import Facts, answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, file_store, look

ABOUT = ("reference", "state", "year", "code", "amount", "currency", "decided_on")
LISTED = ("reference", "state", "provider", "year", "code", "amount", "currency")


@click.group()
def award() -> None:
    """Awards of providers: preview, ask, decide."""


@award.command("list")
@click.option("--state", help="Only those in this state, such as proposed.")
@as_json
def list_awards(state: str | None, as_json: bool) -> None:
    """List awards.

    Example: voucher award list --state proposed
    """
    wanted = select(ProviderAward).order_by(col(ProviderAward.reference))
    if state:
        wanted = wanted.where(ProviderAward.state == state)
    with look() as session:
        rows = [_told(session, each) for each in session.exec(wanted)]
    answer_all(rows, LISTED, as_json)


def _told(session: Session, each: ProviderAward) -> Facts:
    return facts(each, ABOUT) | {"provider": get(session, Organisation, each.provider_id).reference}


@award.command("show")
@click.argument("reference")
@as_json
def show(reference: str, as_json: bool) -> None:
    """Show an award with its calculation.

    Example: voucher award show W-2026-00001-3
    """
    with look() as session:
        found = fetch(session, ProviderAward, reference)
        told = {**_told(session, found), "figures": [f"{name} {value}" for name, value in found.figures.items()],
                "score": found.facts.get("score"), "lines": _lines(found.sheet)}
    answer(told, as_json)


def _lines(sheet: dict[str, object]) -> list[str]:
    lines = sheet.get("lines", [])
    assert isinstance(lines, list)
    return [f"{line['label']['en']}: {line['amount'] or ''}".rstrip(": ") for line in lines]


@award.command("preview")
@click.argument("provider")
@click.option("--programme", required=True, help="Reference of the programme.")
@click.option("--year", required=True, type=click.IntRange(2000, 2999), help="The year.")
@click.option("--code", required=True, help="The award, as the terms call it.")
@click.option("--figure", "figures", multiple=True, metavar="NAME=VALUE", help="What only the provider knows; as often as needed.")
@as_json
def preview(provider: str, programme: str, year: int, code: str, figures: tuple[str, ...], as_json: bool) -> None:
    """Work out what an award would come to now, and the score.

    Example: voucher award preview N-2026-00003-8 --programme P-2026-00001-5 --year 2026 --code services
    """
    with look() as session:
        held = fetch(session, Programme, programme)
        found = performance_of(session, held.id, fetch(session, Organisation, provider).id, year, held.currency)
        sheet = work_out(terms_in_force(session, held).terms, code, found, figures_in("\n".join(figures).replace("=", " ")))
    answer({"award": sheet.result, "currency": held.currency, "lines": _lines(sheet.as_json()), **found.as_json()}, as_json)


@award.command("ask")
@click.argument("provider")
@click.option("--programme", required=True, help="Reference of the programme.")
@click.option("--year", required=True, type=click.IntRange(2000, 2999), help="The year.")
@click.option("--code", required=True, help="The award, as the terms call it.")
@click.option("--figure", "figures", multiple=True, metavar="NAME=VALUE", help="What only the provider knows; as often as needed.")
@click.option("--paper", "papers", multiple=True, type=FILE, help="A paper that proves the figures; as often as needed.")
@as_person
@as_json
def ask(provider: str, programme: str, year: int, code: str, figures: tuple[str, ...], papers: tuple[Path, ...], as_json: bool) -> None:
    """Ask for the award of a year for one's own organisation.

    Example: voucher award ask N-2026-00003-8 --programme P-2026-00001-5 --year 2026 --code services --as provider01@voucher.example
    """
    with begin_work() as work:
        kept = [upload_file(work, file_store(), provider, path.name, path.read_bytes()).reference for path in papers]
        told = facts(ask_award(work, provider, programme, year, code, "\n".join(figures).replace("=", " "), kept), ABOUT)
    answer(told, as_json)


add_acts(award, "W", ABOUT)
