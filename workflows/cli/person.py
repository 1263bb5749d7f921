"""`voucher person` and `voucher key`: who may sign in, and the keys of their programs."""

from datetime import date

import click
from sqlmodel import col, select

from voucher.absences import Absence, away, deputies_of
from voucher.people import Membership, Organisation, Person, Role
from workflows.absence import end_absence, enter_absence, hand_over_role
from workflows.access import hash_password, make_key
from workflows.cli.answers import DAY, answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, look, surroundings
from workflows.leaving import borne_for, close_person, held_roles, open_cases, reopen_person, withdraw_role
from workflows.passwords import renew_password
from workflows.registration import grant_role, person_named, register_person

ACCESS = ("email", "name", "active")
ABSENCE = ("id", "from_on", "until_on", "note")


@click.group()
def person() -> None:
    """People: enter somebody who may sign in, give him a role, take it away."""


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


@person.command("withdraw")
@click.argument("address")
@click.option("--role", required=True, type=click.Choice([str(each) for each in Role]), help="What he may do no longer.")
@click.option("--for", "organisation", required=True, metavar="N-..", help="The organisation for which he acted.")
@click.option("--reason", required=True, help="Why; he is told.")
@as_person
@as_json
def withdraw(address: str, role: str, organisation: str, reason: str, as_json: bool) -> None:
    """Take a role from somebody.

    Example: voucher person withdraw liu@example.com --as administrator1@voucher.example --role treasury --for
    N-2026-00001-3 --reason "Moved to another bureau"
    """
    with begin_work(or_system=True) as work:
        told = facts(withdraw_role(work, address, Role(role), organisation, reason), ACCESS)
    answer(told, as_json)


@person.command("close")
@click.argument("address")
@click.option("--reason", required=True, help="Why; he is told.")
@as_person
@as_json
def close(address: str, reason: str, as_json: bool) -> None:
    """Let somebody sign in no longer: his sessions and keys end at once.

    Example: voucher person close liu@example.com --as administrator1@voucher.example --reason "Left the office"
    """
    with begin_work(or_system=True) as work:
        told = facts(close_person(work, address, reason), ACCESS)
    answer(told, as_json)


@person.command("reopen")
@click.argument("address")
@click.option("--reason", required=True, help="Why; he is told.")
@as_person
@as_json
def reopen(address: str, reason: str, as_json: bool) -> None:
    """Let somebody sign in again, in the roles that he still has; his keys stay closed.

    Example: voucher person reopen liu@example.com --as administrator1@voucher.example --reason "Back from leave"
    """
    with begin_work(or_system=True) as work:
        told = facts(reopen_person(work, address, reason), ACCESS)
    answer(told, as_json)


@person.command("renew-password")
@click.argument("address")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True,
              help="At least 12 characters; asked for when not given.")
@as_person
@as_json
def renew(address: str, password: str, as_json: bool) -> None:
    """Give somebody a new first password, which he has to change when he signs in with it.

    Example: voucher person renew-password liu@example.com --as administrator1@voucher.example
    """
    with begin_work(or_system=True) as work:
        told = facts(renew_password(work, address, password), ACCESS)
    answer(told, as_json)


@person.command("left-behind")
@click.argument("address")
@as_json
def left_behind(address: str, as_json: bool) -> None:
    """List what somebody would leave behind: roles and who else holds them, open cases, colleagues for whom he stands in.

    Example: voucher person left-behind liu@example.com
    """
    with begin_work(or_system=True) as work:
        found = person_named(work, address)
        rows = [{"what": "role", "which": each.role, "about": f"{each.organisation.name}; others: {each.others}"}
                for each in held_roles(work.session, found)]
        rows += [{"what": "case", "which": duty, "about": voucher.reference}
                 for voucher, duty in work.session.exec(open_cases(found.id))]
        rows += [{"what": "stands in", "which": lent.role, "about": absent.email}
                 for lent, absent in borne_for(work.session, found.id, work.now)]
    answer_all(rows, ("what", "which", "about"), as_json)


@person.command("list")
@as_json
def list_people(as_json: bool) -> None:
    """List people and what they may do.

    Example: voucher person list
    """
    wanted = (select(Person, Membership, Organisation).join(Membership, col(Membership.person_id) == Person.id)
              .join(Organisation, col(Organisation.id) == Membership.organisation_id).order_by(Person.email, Membership.role))
    with look() as session:
        found = session.exec(wanted).all()
        gone = away(session, {who.id for who, _held, _where in found}, surroundings().clock())
        rows = [facts(who, ("email", "name", "active")) | {
            "role": held.role, "organisation": where.name, "away_until": gone[who.id].until_on if who.id in gone else None}
            for who, held, where in found]
    answer_all(rows, ("email", "name", "role", "organisation", "active", "away_until"), as_json)


@person.command("away")
@click.option("--from", "from_on", type=DAY, required=True, help="The first day.")
@click.option("--until", "until_on", type=DAY, required=True, help="The last day.")
@click.option("--note", default="", help="What colleagues may know.")
@click.option("--who", "address", default="", metavar="EMAIL", help="Somebody else, of whom an administrator says it.")
@as_person
@as_json
def be_away(from_on: date, until_on: date, note: str, address: str, as_json: bool) -> None:
    """Say that somebody will be away, until a last day.

    Example: voucher person away --from 2026-03-20 --until 2026-03-27 --as approver1@voucher.example
    """
    with begin_work() as work:
        made = enter_absence(work, from_on, until_on, note, address)
        told = facts(made, ABSENCE)
    answer(told, as_json)


@person.command("hand-over")
@click.argument("absence")
@click.option("--role", required=True, type=click.Choice([str(each) for each in Role]), help="The role that is handed over.")
@click.option("--to", "deputy", required=True, metavar="EMAIL", help="Who bears it meanwhile: somebody of the same organisation.")
@as_person
@as_json
def hand_over(absence: str, role: str, deputy: str, as_json: bool) -> None:
    """Hand a role to a deputy for the time of an absence, named by its id. What he does counts as done by both.

    Example: voucher person hand-over 0190163d-8694-739b-aea5-966c26f8ad91 --role approver --to approver2@voucher.example
    --as approver1@voucher.example
    """
    with begin_work() as work:
        lent = hand_over_role(work, absence, role, deputy)
        told = facts(lent, ("role", "begins_at", "ends_at")) | {"deputy": deputy}
    answer(told, as_json)


@person.command("back")
@click.argument("absence")
@as_person
@as_json
def be_back(absence: str, as_json: bool) -> None:
    """End an absence before its last day: the deputies bear its roles no longer.

    Example: voucher person back 0190163d-8694-739b-aea5-966c26f8ad91 --as approver1@voucher.example
    """
    with begin_work() as work:
        told = facts(end_absence(work, absence), (*ABSENCE, "ends_at"))
    answer(told, as_json)


@person.command("absences")
@as_json
def list_absences(as_json: bool) -> None:
    """List who is away or will be, and who bears which role meanwhile.

    Example: voucher person absences
    """
    wanted = (select(Absence, Person).join(Person, col(Person.id) == Absence.person_id)
              .where(Absence.ends_at > surroundings().clock()).order_by(col(Absence.begins_at)))
    with look() as session:
        found = session.exec(wanted).all()
        deputies = deputies_of(session, [each.id for each, _who in found])
        rows = [facts(each, ABSENCE) | {"person": who.email, "deputies": ", ".join(
            f"{lent.role}: {deputy.email}" for lent, deputy in deputies.get(each.id, ()))} for each, who in found]
    answer_all(rows, ("id", "person", "from_on", "until_on", "note", "deputies"), as_json)


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
