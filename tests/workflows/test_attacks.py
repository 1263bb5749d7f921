"""What somebody would try who wants more than is his, and what two requests at one instant do by accident."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest
from sqlmodel import func, select

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SME,
    SMES,
    House,
    a_completed_order,
    a_house,
    a_placed_order,
    a_programme,
    a_reviewed_application,
    a_submitted_claim,
    a_verified_claim,
    an_application,
    an_issued_voucher,
    evidence,
)
from voucher.accounting import fund_line_position, voucher_position
from voucher.claims import Claim, CutReason, InvoiceLine, LineDecision, OwnPayment
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotNow, NotValid, Refusal
from voucher.files import FileStore
from voucher.history import Event
from voucher.money import Money
from voucher.orders import Order
from voucher.people import Membership, Organisation, OrganisationKind, Person, Role, actor_for
from voucher.programmes.funding import FundLine
from voucher.work import Actor, Work, begin, read
from workflows.access import NOBODY
from workflows.approval import approve_claim
from workflows.claiming import submit_claim
from workflows.funding import allot, record_appropriation
from workflows.issue import issue_voucher, review_voucher
from workflows.purchase import accept_order, register_contract
from workflows.registration import register_organisation
from workflows.verification import verify_claim


def yuan(text: str) -> Money:
    return Money.parse(text, "CNY")


def joins(house: House, who: str, organisation: str, role: Role) -> None:
    """Somebody of the office also works for a firm."""
    with house.work() as work:
        person = work.session.get_one(Person, house.people[who].person_id)
        firm = fetch(work.session, Organisation, organisation)
        work.session.add(Membership(person_id=person.id, organisation_id=firm.id, role=role))
        work.session.flush()
        house.people[who] = actor_for(work.session, person)


def submit(work: Work, house: House, order: str, number: str, papers: list[tuple[str, str]]) -> Claim:
    bought = fetch(work.session, Order, order)
    return submit_claim(work, order, [InvoiceLine(number, house.today, "Buoy", bought.net, bought.vat)],
                        OwnPayment("BANK-1", house.today, bought.gross), papers)


def refuse_claim(house: House, claim: str) -> None:
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, yuan("0.00"), CutReason.NO_EVIDENCE)])
    with house.work("approver2") as work:
        approve_claim(work, claim)


def together(house: House, *verbs: tuple[str, Callable[[Work], object]]) -> list[Refusal | None]:
    """Each verb by its person, in a connection of its own, at one instant; None for each that was done."""
    start, address = Barrier(len(verbs)), house.database.url.render_as_string(hide_password=False)

    def run(who: str, verb: Callable[[Work], object]) -> Refusal | None:
        with closing(Database(address)) as database:
            start.wait(timeout=60)
            try:
                with begin(database, house.people[who], house.clock) as work:
                    verb(work)
            except Refusal as refusal:
                return refusal
            return None

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(lambda each: run(*each), verbs))


# -- more than the order gives -----------------------------------------------------------------------------------------


def test_an_order_whose_claim_was_refused_cannot_be_claimed_from_what_another_order_reserved(house: House) -> None:
    voucher = an_issued_voucher(house, amount="100000.00")
    first = a_completed_order(house, voucher)
    a_placed_order(house, voucher, title="Another")
    refuse_claim(house, a_submitted_claim(house, first))
    with pytest.raises(NotNow, match="was refused"):
        a_submitted_claim(house, first)
    with read(house.database) as session:
        position = voucher_position(session, voucher, "CNY")
    assert (position.reserved, position.claimed) == (yuan("21200.00"), yuan("0.00"))


def test_a_paper_given_twice_counts_once(house: House) -> None:
    order = a_completed_order(house)
    with house.work(SME) as work:
        papers = evidence(work, house, fetch(work.session, Order, order), house.references[SMES[0].number])
        submit(work, house, order, "26371000000000000777", papers * 2)


def test_one_invoice_claimed_twice_at_one_instant_is_claimed_once(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    vouchers = [an_issued_voucher(house, amount="30000.00", purpose=f"Project {number}") for number in range(2)]
    orders = [a_completed_order(house, voucher) for voucher in vouchers]

    papers = []
    for order in orders:
        with house.work(SME) as work:
            papers.append(evidence(work, house, fetch(work.session, Order, order), house.references[SMES[0].number]))

    def claims(order: str, with_papers: list[tuple[str, str]]) -> Callable[[Work], object]:
        return lambda work: submit(work, house, order, "26371000000000000777", with_papers)

    outcomes = together(house, *((SME, claims(*each)) for each in zip(orders, papers, strict=True)))
    assert [isinstance(each, NotValid) for each in outcomes].count(True) == 1
    assert outcomes.count(None) == 1


def test_one_contract_number_registered_twice_at_one_instant_is_registered_once(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    orders = [a_placed_order(house, an_issued_voucher(house, amount="30000.00", purpose=f"Project {number}")) for number in range(2)]
    for order in orders:
        with house.work(PROVIDER) as work:
            accept_order(work, order)

    def registers(order: str) -> Callable[[Work], object]:
        return lambda work: register_contract(work, order, "2026371000000001")

    outcomes = together(house, *((PROVIDER, registers(order)) for order in orders))
    assert [isinstance(each, NotValid) for each in outcomes].count(True) == 1
    assert outcomes.count(None) == 1


# -- in somebody else's place --------------------------------------------------------------------------------------------


def test_nobody_is_not_the_system() -> None:
    assert not NOBODY.is_system


def test_an_actor_without_a_person_is_not_the_system() -> None:
    assert not Actor("somebody").is_system


def test_an_officer_who_works_for_the_firm_does_not_review_its_application(house: House) -> None:
    voucher = an_application(house)
    joins(house, "reviewer1", house.references[SMES[0].number], Role.SME)
    with pytest.raises(NotAllowed, match="part of"), house.work("reviewer1") as work:
        review_voucher(work, voucher)


def test_an_officer_who_works_for_the_firm_does_not_issue_its_voucher(house: House) -> None:
    voucher = a_reviewed_application(house)
    joins(house, "approver1", house.references[SMES[0].number], Role.SME)
    with pytest.raises(NotAllowed, match="part of"), house.work("approver1") as work:
        issue_voucher(work, voucher)


def test_an_officer_who_works_for_the_provider_does_not_verify_what_is_claimed_for_it(house: House) -> None:
    claim = a_submitted_claim(house)
    joins(house, "verifier1", house.references[PROVIDERS[0].number], Role.PROVIDER)
    with pytest.raises(NotAllowed, match="part of"), house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, yuan("106000.00"))])


def test_an_officer_who_works_for_the_provider_does_not_approve_what_is_claimed_for_it(house: House) -> None:
    claim = a_verified_claim(house)
    joins(house, "approver2", house.references[PROVIDERS[0].number], Role.PROVIDER)
    with pytest.raises(NotAllowed, match="part of"), house.work("approver2") as work:
        approve_claim(work, claim)


def test_there_is_one_office(house: House) -> None:
    with pytest.raises(NotNow, match="office"), house.work() as work:
        register_organisation(work, OrganisationKind.OFFICE, "Another office", "OFFICE-2", country="IE")


# -- money that was voted once -------------------------------------------------------------------------------------------


def appropriated(house: House, document: str, *, funder: str = "city", year: int = 2026, amount: str = "500.00") -> FundLine:
    programme = a_programme(house)
    with house.work("finance1") as work:
        return record_appropriation(work, programme, year, yuan(amount), document, funder)


def test_a_document_with_another_space_is_the_same_document(house: House) -> None:
    line = appropriated(house, "Decision 7")
    assert appropriated(house, "  Decision  7 ", funder=" city").id == line.id
    with house.work("finance1") as work:
        allot(work, line.reference, yuan("100.00"), "Notice 7")
    with house.work("finance1") as work:
        allot(work, line.reference, yuan("100.00"), "Notice 7 ")
    with read(house.database) as session:
        position = fund_line_position(session, fetch(session, FundLine, line.reference))
    assert (position.appropriated, position.free) == (yuan("1000500.00"), yuan("1000100.00"))


def test_a_document_that_counts_once_is_told_once(house: House) -> None:
    for _time in range(2):
        line = appropriated(house, "Decision 7")
    with read(house.database) as session:
        told = session.exec(select(func.count()).where(Event.name == "funds.appropriated", Event.subject == line.reference)).one()
    assert told == 2  # the first one of the programme, and this one


@pytest.mark.parametrize(("year", "document", "funder"), [(0, "Decision 7", "city"), (99999, "Decision 7", "city"),
                                                         (2026, "D" * 200, "city"), (2026, "Decision 7", " "),
                                                         (2026, "Decision 7", "f" * 65)])
def test_an_appropriation_that_cannot_be_kept_is_refused_in_words(house: House, year: int, document: str, funder: str) -> None:
    with pytest.raises(NotValid):
        appropriated(house, document, year=year, funder=funder)


@pytest.mark.parametrize("reference", ["", " ", "B" * 65])
def test_a_proof_of_payment_that_cannot_be_kept_is_refused_in_words(house: House, reference: str) -> None:
    order = a_completed_order(house)
    with house.work(SME) as work:
        bought = fetch(work.session, Order, order)
        papers = evidence(work, house, bought, house.references[SMES[0].number])
        lines = [InvoiceLine("26371000000000000777", house.today, "Buoy", bought.net, bought.vat)]
    with pytest.raises(NotValid), house.work(SME) as work:
        submit_claim(work, order, lines, OwnPayment(reference, house.today, bought.gross), papers)


def test_a_title_that_cannot_be_kept_is_refused_in_words(house: House) -> None:
    with pytest.raises(NotValid):
        a_placed_order(house, title="T" * 301)
