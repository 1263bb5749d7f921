"""`voucher letter`: who was told what, and when."""

from pathlib import Path

import click
from sqlmodel import col, select

from voucher.errors import NotFound, _
from voucher.files import FileKind
from voucher.letters import Letter, states_of
from voucher.papers import papers_on
from voucher.people import Mails, Person
from workflows.cli.answers import answer, answer_all
from workflows.cli.commands import as_json, as_person, begin_work, look
from workflows.cli.saving import save_all_stored, to_folder
from workflows.correspondence import choose_mails


@click.group()
def letter() -> None:
    """Letters: list them, write decision letters, choose which come by mail."""


@letter.command("list")
@click.option("--case", help="Only those on this voucher.")
@click.option("--state", type=click.Choice(["waiting", "sent", "failed", "kept"]), help="Only those in this state.")
@click.option("--most", type=int, default=100, show_default=True, help="The newest so many.")
@as_json
def list_letters(case: str | None, state: str | None, most: int, as_json: bool) -> None:
    """List letters, the newest first.

    Example: voucher letter list --case V-2026-00001-3
    """
    names = ("at", "event", "subject", "to", "role", "said", "due_on", "state", "attempts", "sent_at")
    wanted = select(Letter, Person.email).join(Person, col(Person.id) == Letter.person_id).order_by(col(Letter.id).desc())
    if case:
        wanted = wanted.where(Letter.case_reference == case)
    with look() as session:
        found = session.exec(wanted.limit(most)).all()
        states = states_of(session, [row for row, _email in found])
        rows = [{"at": row.at, "event": row.event, "subject": row.subject, "to": email, "role": row.role, "said": row.words["said"],
                 "due_on": row.due_on, "state": states[row.id][0].value, "attempts": states[row.id][1], "sent_at": row.sent_at}
                for row, email in found if state in (None, states[row.id][0])]
    answer_all(rows, names, as_json)


@letter.command("decisions")
@click.argument("reference")
@to_folder
@as_json
def decisions(reference: str, folder: Path, as_json: bool) -> None:
    """Write the decision letters (PDF) on a voucher or a claim into a folder.

    Example: voucher letter decisions V-2026-00001-3 --to outbox
    """
    with look() as session:
        found = session.exec(papers_on(FileKind.DECISION_LETTER, reference)).all()
    if not found:
        raise NotFound(_("There is no decision letter on {reference}."), reference=reference)
    save_all_stored(found, folder, as_json)


@letter.command("mails")
@click.argument("mails", type=click.Choice([each.value for each in Mails]))
@as_person
@as_json
def mails(mails: str, as_json: bool) -> None:
    """Choose which letters come by mail: each at once, all of a day together, or only those with a deadline.

    Example: voucher letter mails daily --as sme1@voucher.example
    """
    with begin_work() as work:
        told = {"email": choose_mails(work, Mails(mails)).email, "mails": mails}
    answer(told, as_json)
