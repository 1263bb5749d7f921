"""Registration: who may enter whom, and what is refused."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from tests.builders import PROVIDERS, SME, SMES, House, a_house
from tests.workflows.beside import beside
from voucher.database import Database
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.files import FileStore
from voucher.listings import is_listed
from voucher.people import BankAccount, Membership, Organisation, OrganisationKind, Person, Role, account_of
from voucher.work import Work, read
from workflows.demo.data import credit_code
from workflows.registration import grant_role, person_named, register_account, register_organisation, register_person


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office."""
    return a_house(database, store)


def test_an_administrator_enters_a_firm_that_is_known_from_then_on(house: House) -> None:
    with house.work("administrator1") as work:
        made = register_organisation(work, OrganisationKind.SME, " Sample Nets Co. ", credit_code("371002", 777), category="other")
        assert made.reference.startswith("N-2026-")
        assert (made.name, is_listed(work.session, made.id, work.today)) == ("Sample Nets Co.", False)


def test_a_provider_is_listed_from_its_registration_on(house: House) -> None:
    with house.work("administrator1") as work:
        made = register_organisation(work, OrganisationKind.PROVIDER, "Sample Lab", credit_code("371002", 778))
        assert is_listed(work.session, made.id, work.today)


@pytest.mark.parametrize("who", [SME, "reviewer1", "finance1", "auditor1"])
def test_nobody_else_enters_anybody(house: House, who: str) -> None:
    with pytest.raises(NotAllowed), house.work(who) as work:
        register_organisation(work, OrganisationKind.SME, "Sample", credit_code("371002", 779))
    with pytest.raises(NotAllowed), house.work(who) as work:
        register_person(work, "friend@voucher.example", "Friend", "!")
    with pytest.raises(NotAllowed), house.work(who) as work:
        grant_role(work, "sme13@voucher.example", Role.FINANCE, house.references[SMES[0].number])
    with pytest.raises(NotAllowed), house.work(who) as work:
        register_account(work, house.references[SMES[0].number], "CNY", "6299000000000000099")


def test_everything_that_is_wrong_with_an_organisation_is_said_at_once(house: House) -> None:
    with pytest.raises(NotValid) as refusal, house.work("administrator1") as work:
        register_organisation(work, OrganisationKind.SME, " ", "91371002MADM000399")

    assert sorted(each.where for each in refusal.value.problems) == ["name", "number"]


def test_the_same_official_number_is_entered_once(house: House) -> None:
    with pytest.raises(NotNow), house.work("administrator1") as work:
        register_organisation(work, OrganisationKind.SME, "Another name", SMES[0].number)


@pytest.mark.parametrize("typed", [
    SMES[0].number.lower(), f" {SMES[0].number[:6]} {SMES[0].number[6:]}", f"{SMES[0].number[:6]}-{SMES[0].number[6:]}"])
def test_a_firm_is_known_again_however_its_number_is_typed(house: House, typed: str) -> None:
    with pytest.raises(NotNow, match="registered already"), house.work("administrator1") as work:
        register_organisation(work, OrganisationKind.SME, "Another name", typed)


@pytest.mark.parametrize("typed", ["1234567890", "123.45.67890"])
def test_a_foreign_firm_is_known_again_without_the_signs_in_its_number(house: House, typed: str) -> None:
    with house.work("administrator1") as work:
        assert register_organisation(work, OrganisationKind.SME, "Sample Korea", " 123-45 - 67890", country="KR").number == "123-45-67890"
    with pytest.raises(NotNow, match="registered already"), house.work("administrator1") as work:
        register_organisation(work, OrganisationKind.SME, "Sample Korea", typed, country="KR")


def test_a_new_account_takes_the_place_of_the_old_one_which_is_kept(house: House) -> None:
    reference = house.references[SMES[0].number]
    with house.work("administrator1") as work:
        new = register_account(work, reference, "CNY", "6299 0000 0000 0000 777", bank_code="999465000990")
        owner, number = new.organisation_id, new.number

    assert number == "6299000000000000777"
    with read(house.database) as session:
        in_force = account_of(session, owner, "CNY")
        assert in_force is not None and in_force.number == number
        kept = session.exec(select(BankAccount.active).where(BankAccount.organisation_id == owner)).all()
        assert sorted(kept) == [False, True]


@pytest.mark.parametrize("address", ["nobody", "a@b@c", "", "somebody@"])
def test_what_is_no_mail_address_is_refused(house: House, address: str) -> None:
    with pytest.raises(NotValid), house.work("administrator1") as work:
        register_person(work, address, "Somebody", "!")


def test_an_address_is_taken_whatever_its_capitals(house: House) -> None:
    with pytest.raises(NotNow), house.work("administrator1") as work:
        register_person(work, "SME13@voucher.example", "Somebody", "!")


def test_a_role_has_to_fit_the_organisation(house: House) -> None:
    with pytest.raises(NotAllowed), house.work("administrator1") as work:
        grant_role(work, f"{SME}@voucher.example", Role.TREASURY, house.references[PROVIDERS[0].number])


def test_granting_a_role_twice_is_granting_it_once(house: House) -> None:
    for _again in range(2):
        with house.work("administrator1") as work:
            grant_role(work, f"{SME}@voucher.example", Role.SME, house.references[SMES[0].number])

    with read(house.database) as session:
        person = session.exec(select(Person).where(Person.email == f"{SME}@voucher.example")).one()
        assert len(session.exec(select(Membership).where(Membership.person_id == person.id)).all()) == 1


def test_unknown_people_and_organisations_are_refused_in_words(house: House) -> None:
    with pytest.raises(NotValid) as refusal, house.work("administrator1") as work:
        person_named(work, "nobody@voucher.example")
    assert "nobody@voucher.example" in str(refusal.value)
    with pytest.raises(NotFound), house.work("administrator1") as work:
        grant_role(work, f"{SME}@voucher.example", Role.SME, "N-2026-99999-9")


@pytest.mark.parametrize("enter", [
    lambda work, number: register_organisation(work, OrganisationKind.SME, f"Firm {number}", f"12345{'-' * number}67890", country="KR"),
    lambda work, number: register_organisation(work, OrganisationKind.SME, f"Firm {number}", "1234567890", country="KR"),
    lambda work, number: register_person(work, "new@voucher.example", f"Person {number}", "!")], ids=["typed otherwise", "firm", "person"])
def test_of_two_who_enter_the_same_at_one_instant_one_is_second(
        postgres: Database, store: FileStore, enter: Callable[[Work, int], object]) -> None:
    house = a_house(postgres, store)
    refused = beside(house, ("administrator1", lambda work: enter(work, 0)), ("administrator1", lambda work: enter(work, 1)))
    assert isinstance(refused, NotNow)


def test_of_two_accounts_that_are_entered_at_one_instant_one_is_in_force(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    firm = house.references[SMES[0].number]
    assert beside(house, ("administrator1", lambda work: register_account(work, firm, "CNY", "629900000")),
                  ("administrator1", lambda work: register_account(work, firm, "CNY", "629900001"))) is None
    with read(house.database) as session:
        assert session.exec(select(BankAccount.number).join(Organisation).where(
            Organisation.reference == firm, BankAccount.currency == "CNY", BankAccount.active)).all() == ["629900001"]
