"""`voucher voucher`: from an application to an issued voucher, and how it stands."""

import click
from sqlmodel import Session, col, select

from voucher.accounting import voucher_position
from voucher.database import fetch, get
from voucher.errors import NotFound, _
from voucher.money import Money
from voucher.people import Organisation
from voucher.programmes.programmes import Programme
from voucher.references import is_reference
from voucher.vouchers import Voucher
from workflows.cli.answers import answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, look
from workflows.issue import (
    apply_for_voucher,
    issue_voucher,
    refuse_voucher,
    reject_voucher,
    review_voucher,
    withdraw_application,
)
from workflows.waiting import put_on_waiting_list

ABOUT = ("reference", "state", "amount", "currency", "firm_class", "issued_on", "use_by", "claim_by", "waits_since", "rank", "purpose")


@click.group()
def voucher() -> None:
    """Vouchers: apply, review, issue, and how one stands."""


def programme_named(session: Session, text: str) -> Programme:
    """The programme with this reference or this code. Raises NotFound."""
    if is_reference(text, "P"):
        return fetch(session, Programme, text)
    found = session.exec(select(Programme).where(Programme.code == text)).first()
    if found is None:
        raise NotFound(_("There is no programme {text}. `voucher programme list` names them."), text=text)
    return found


@voucher.command("apply")
@click.option("--programme", required=True, metavar="CODE", help="Code or reference of the programme.")
@click.option("--sme", required=True, metavar="N-..", help="The firm that applies.")
@click.option("--amount", required=True, metavar="AMOUNT", help="How much, in the programme's currency: 30000.00")
@click.option("--purpose", required=True, help="What for, in a sentence.")
@as_person
@as_json
def apply(programme: str, sme: str, amount: str, purpose: str, as_json: bool) -> None:
    """Apply for a voucher on behalf of an SME.

    Example: voucher voucher apply --as sme01@voucher.example --programme weihai --sme N-2026-00002-1 --amount
    30000.00 --purpose "Salt spray test"
    """
    with begin_work() as work:
        terms_of = programme_named(work.session, programme)
        made = apply_for_voucher(work, terms_of.reference, sme, Money.parse(amount, terms_of.currency), purpose)
        told = facts(made, ABOUT)
    answer(told, as_json)


@voucher.command("review")
@click.argument("reference")
@click.option("--note", default="", help="What was looked at.")
@as_person
@as_json
def review(reference: str, note: str, as_json: bool) -> None:
    """Say that an application is in order.

    Example: voucher voucher review V-2026-00001-8 --as reviewer1@voucher.example --note "Register checked"
    """
    with begin_work() as work:
        told = facts(review_voucher(work, reference, note), ABOUT)
    answer(told, as_json)


@voucher.command("issue")
@click.argument("reference")
@as_person
@as_json
def issue(reference: str, as_json: bool) -> None:
    """Issue a reviewed voucher: its sum is committed in the budget.

    Example: voucher voucher issue V-2026-00001-8 --as approver1@voucher.example
    """
    with begin_work() as work:
        told = facts(issue_voucher(work, reference), ABOUT)
    answer(told, as_json)


@voucher.command("reject")
@click.argument("reference")
@click.option("--reason", required=True, help="What the applicant is told.")
@as_person
@as_json
def reject(reference: str, reason: str, as_json: bool) -> None:
    """Turn down an application, as the first officer.

    Example: voucher voucher reject V-2026-00001-8 --as reviewer1@voucher.example --reason "Not a firm of this city"
    """
    with begin_work() as work:
        told = facts(reject_voucher(work, reference, reason), ABOUT)
    answer(told, as_json)


@voucher.command("refuse")
@click.argument("reference")
@click.option("--reason", required=True, help="What the applicant is told.")
@as_person
@as_json
def refuse(reference: str, reason: str, as_json: bool) -> None:
    """Turn down a reviewed application, as the second officer.

    Example: voucher voucher refuse V-2026-00001-8 --as approver1@voucher.example --reason "Outside the programme"
    """
    with begin_work() as work:
        told = facts(refuse_voucher(work, reference, reason), ABOUT)
    answer(told, as_json)


@voucher.command("wait")
@click.argument("reference")
@click.option("--rank", type=int, help="Its rank, counted from 1, where the terms serve by rank.")
@as_person
@as_json
def wait(reference: str, rank: int | None, as_json: bool) -> None:
    """Approve a reviewed application for which there is no money: it is issued when its turn comes.

    Example: voucher voucher wait V-2026-00001-8 --as approver1@voucher.example --rank 3
    """
    with begin_work() as work:
        told = facts(put_on_waiting_list(work, reference, rank), ABOUT)
    answer(told, as_json)


@voucher.command("withdraw")
@click.argument("reference")
@as_person
@as_json
def withdraw(reference: str, as_json: bool) -> None:
    """Withdraw one's own application before it is issued.

    Example: voucher voucher withdraw V-2026-00001-8 --as sme01@voucher.example
    """
    with begin_work() as work:
        told = facts(withdraw_application(work, reference), ABOUT)
    answer(told, as_json)


@voucher.command("show")
@click.argument("reference")
@as_json
def show(reference: str, as_json: bool) -> None:
    """Show a voucher: what is paid and what is left, by the books.

    Example: voucher voucher show V-2026-00001-8
    """
    with look() as session:
        found = fetch(session, Voucher, reference)
        position = voucher_position(session, found.reference, found.currency)
        told = facts(found, ABOUT) | {"sme": get(session, Organisation, found.sme_id).name}
    answer(told | vars(position), as_json)


@voucher.command("list")
@click.option("--state", help="Only those in this state.")
@as_json
def list_vouchers(state: str | None, as_json: bool) -> None:
    """List vouchers and applications.

    Example: voucher voucher list --state submitted
    """
    wanted = select(Voucher, Organisation).join(Organisation, col(Organisation.id) == Voucher.sme_id).order_by(col(Voucher.reference))
    if state:
        wanted = wanted.where(Voucher.state == state)
    names = ("reference", "state", "amount", "currency", "sme", "purpose")
    with look() as session:
        rows = [facts(found, names[:4]) | {"sme": sme.name, "purpose": found.purpose} for found, sme in session.exec(wanted)]
    answer_all(rows, names, as_json)
