"""`voucher person` and `voucher key`: who may sign in, and the keys of their programs."""

import click
from sqlmodel import col, select

from voucher.people import Membership, Organisation, Person, Role
from workflows.access import hash_password, make_key
from workflows.cli.answers import answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, look
from workflows.registration import grant_role, person_named, register_person


@click.group()
def person() -> None:
    """People: enter somebody who may sign in, give him a role."""


@person.command("create")
@click.argument("address")
@click.option("--name", required=True, help="Name as colleagues know it.")
@click.option("--role", required=True, type=click.Choice([str(each) for each in Role]), help="What he may do.")
@click.option("--for", "organisation", required=True, metavar="N-..", help="The organisation for which he acts.")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True,
              help="At least 12 characters; asked for when not given.")
@click.option("--language", default="zh", show_default=True, help="Language of the portal: zh or en.")
@as_person
@as_json
def create(address: str, name: str, role: str, organisation: str, password: str, language: str, as_json: bool) -> None:
    """Enter somebody with a role. The first administrator needs no --as.

    Example: voucher person create liu@example.com --as administrator1@voucher.example --name "Liu" --role finance
    --for N-2026-00001-3
    """
    with begin_work(or_system=True) as work:
        made = register_person(work, address, name, hash_password(password), language)
        grant_role(work, made.email, Role(role), organisation)
        told = {"email": made.email, "name": made.name, "role": role, "organisation": organisation}
    answer(told, as_json)


@person.command("grant")
@click.argument("address")
@click.option("--role", required=True, type=click.Choice([str(each) for each in Role]), help="What he may do.")
@click.option("--for", "organisation", required=True, metavar="N-..", help="The organisation for which he acts.")
@as_person
@as_json
def grant(address: str, role: str, organisation: str, as_json: bool) -> None:
    """Give somebody one more role.

    Example: voucher person grant liu@example.com --as administrator1@voucher.example --role treasury --for
    N-2026-00001-3
    """
    with begin_work(or_system=True) as work:
        grant_role(work, address, Role(role), organisation)
    answer({"email": address, "role": role, "organisation": organisation}, as_json)


@person.command("list")
@as_json
def list_people(as_json: bool) -> None:
    """List people and what they may do.

    Example: voucher person list
    """
    wanted = (select(Person, Membership, Organisation).join(Membership, col(Membership.person_id) == Person.id)
              .join(Organisation, col(Organisation.id) == Membership.organisation_id).order_by(Person.email, Membership.role))
    with look() as session:
        rows = [facts(who, ("email", "name", "active")) | {"role": held.role, "organisation": where.name}
                for who, held, where in session.exec(wanted)]
    answer_all(rows, ("email", "name", "role", "organisation", "active"), as_json)


@click.group()
def key() -> None:
    """API keys: make one for somebody's programs."""


@key.command("create")
@click.argument("address")
@click.option("--label", required=True, help="What the key is for.")
@as_json
def create_key(address: str, label: str, as_json: bool) -> None:
    """Make an API key for a person. It is shown this once.

    Example: voucher key create sme01@voucher.example --label "ERP"
    """
    with begin_work(or_system=True) as work:
        made = make_key(work, person_named(work, address), label)
    answer({"email": address, "label": label, "key": made}, as_json)
