"""`voucher finding`: what the checks found, and decisions about it."""

import click
from sqlmodel import Session, col, select

from voucher.claims import Claim
from voucher.database import fetch, get
from voucher.findings import Finding, decisions_on
from voucher.people import Person
from workflows.checking import check_claim
from workflows.cli.acts import add_acts
from workflows.cli.answers import Facts, answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, look
from workflows.sampling import draw_sample

ABOUT = ("reference", "check_name", "level", "state", "evidence", "lines", "found_at")
LISTED = ("reference", "claim", "check_name", "level", "state", "what")


@click.group()
def finding() -> None:
    """Findings: what the checks found before money moves, and decisions about it."""


@finding.command("list")
@click.option("--state", help="Only those in this state, such as open.")
@click.option("--claim", metavar="C-..", help="Only those on this claim.")
@as_json
def list_findings(state: str | None, claim: str | None, as_json: bool) -> None:
    """List findings.

    Example: voucher finding list --state open
    """
    wanted = select(Finding).order_by(col(Finding.reference))
    if state:
        wanted = wanted.where(Finding.state == state)
    with look() as session:
        if claim:
            wanted = wanted.where(Finding.claim_id == fetch(session, Claim, claim).id)
        rows = [_listed(session, each) for each in session.exec(wanted)]
    answer_all(rows, LISTED, as_json)


def _listed(session: Session, each: Finding) -> Facts:
    return facts(each, ("reference", "check_name", "level", "state")) | {
        "claim": get(session, Claim, each.claim_id).reference, "what": str(each)}


@finding.command("show")
@click.argument("reference")
@as_json
def show(reference: str, as_json: bool) -> None:
    """Show a finding with what was decided about it.

    Example: voucher finding show K-2026-00001-2
    """
    with look() as session:
        found = fetch(session, Finding, reference)
        decided = [facts(each, ("outcome", "reason", "at")) | {"person": get(session, Person, each.person_id).name}
                   for each in decisions_on(session, [found]).get(found.id, [])]
        told = facts(found, ABOUT) | {"what": str(found), "claim": get(session, Claim, found.claim_id).reference}
    if as_json:
        answer(told | {"decisions": decided}, as_json)
    else:
        answer(told, as_json)
        answer_all(decided, ("outcome", "person", "at", "reason"), as_json)


@finding.command("search")
@click.argument("claim")
@as_person
@as_json
def search(claim: str, as_json: bool) -> None:
    """Run the checks on a claim again.

    Example: voucher finding search C-2026-00001-8 --as approver2@voucher.example
    """
    with begin_work() as work:
        rows = [_listed(work.session, each) for each in check_claim(work, claim)]
    answer_all(rows, LISTED, as_json)


@finding.command("draw")
@click.argument("programme")
@click.option("--seed", required=True, help="A seed that was published, such as the numbers of a lottery and its day.")
@as_person
@as_json
def draw(programme: str, seed: str, as_json: bool) -> None:
    """Draw claims of a programme by lot for a closer look, as many as its terms say.

    Example: voucher finding draw P-2026-00001-2 --seed "Lottery of 2026-03-01: 8 15 22" --as auditor1@voucher.example
    """
    with begin_work() as work:
        lot, drawn = draw_sample(work, programme, seed)
        told = facts(lot, ("number", "seed", "rate", "list_digest")) | {"drawn": drawn}
    answer(told, as_json)


add_acts(finding, "K", ABOUT)
