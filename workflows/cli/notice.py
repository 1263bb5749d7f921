"""`voucher notice` and `voucher objection`: public notices of what will be paid, and objections to it."""

import click
from sqlmodel import col, select

from voucher.claims import Claim
from voucher.database import fetch, get
from voucher.errors import NotValid, _
from voucher.listings import Listing
from voucher.notices import Notice
from voucher.objections import Objection
from workflows.cli.acts import add_acts
from workflows.cli.answers import answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, look
from workflows.listing_objections import file_listing_objection
from workflows.publication import file_objection, publish_notice

ABOUT = ("reference", "state", "opened_on", "ends_on", "digest")
OBJECTED = ("reference", "state", "name", "contact", "grounds", "answer", "filed_at", "decided_at")


@click.group()
def notice() -> None:
    """Public notices: what will be paid, frozen and with its digest."""


@notice.command("publish")
@click.argument("programme")
@as_person
@as_json
def publish(programme: str, as_json: bool) -> None:
    """Put every approved claim of a programme on a public notice that was on none yet.

    Example: voucher notice publish P-2026-00001-3 --as approver1@voucher.example
    """
    with begin_work() as work:
        told = facts(publish_notice(work, programme), ABOUT)
    answer(told, as_json)


@notice.command("show")
@click.argument("reference")
def show(reference: str) -> None:
    """Write the frozen list of a notice, byte for byte: its SHA-256 is the digest.

    Example: voucher notice show G-2026-00001-1 | sha256sum
    """
    with look() as session:
        click.echo(fetch(session, Notice, reference).content, nl=False)


@notice.command("list")
@as_json
def list_notices(as_json: bool) -> None:
    """List public notices.

    Example: voucher notice list
    """
    with look() as session:
        rows = [facts(each, ABOUT) for each in session.exec(select(Notice).order_by(col(Notice.reference)))]
    answer_all(rows, ABOUT, as_json)


@click.group()
def objection() -> None:
    """Objections to what stands on a public notice, and to providers in notice: take one down, decide."""


@objection.command("list")
@click.option("--state", help="Only those in this state, such as filed.")
@as_json
def list_objections(state: str | None, as_json: bool) -> None:
    """List objections and leads.

    Example: voucher objection list --state filed
    """
    wanted = select(Objection).order_by(col(Objection.reference))
    if state:
        wanted = wanted.where(Objection.state == state)
    names = ("reference", "against", "state", "name", "filed_at")
    with look() as session:
        rows = [facts(each, ("reference", "state", "name", "filed_at")) | {"against": (
                    get(session, Claim, each.claim_id) if each.claim_id else session.get_one(Listing, each.listing_id)).reference}
                for each in session.exec(wanted)]
    answer_all(rows, names, as_json)


@objection.command("file")
@click.option("--claim", help="A claim on a public notice.")
@click.option("--provider", help="Or a provider in notice.")
@click.option("--name", default="", help="Who objects; without name and contact it is a lead for auditors, and holds nothing.")
@click.option("--contact", default="", help="How to reach him: a mail address, a telephone number, an address.")
@click.option("--grounds", required=True, help="What is objected to, and why.")
@as_person
@as_json
def file_an_objection(claim: str | None, provider: str | None, name: str, contact: str, grounds: str, as_json: bool) -> None:
    """Take down an objection that came by letter or by telephone: to a claim on a notice, or to a provider in notice.

    Example: voucher objection file --claim C-2026-00001-8 --as approver1@voucher.example --name "Li Wei" --contact li@example.org
    --grounds "There is no buoy"
    """
    if (claim is None) == (provider is None):
        raise NotValid(_("Name a claim or a provider, one of the two."))
    with begin_work() as work:
        made = (file_objection(work, claim, name, contact, grounds) if claim is not None
                else file_listing_objection(work, provider or "", name, contact, grounds))
        told = facts(made, OBJECTED)
    answer(told, as_json)


add_acts(objection, "J", OBJECTED)
