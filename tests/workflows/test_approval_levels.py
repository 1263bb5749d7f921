"""From amounts that the terms name, several approvers sign a claim: persons of their own, of the same thing, and the database knows."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from tests.builders import (
    DATA,
    PROVIDERS,
    SME,
    SMES,
    House,
    a_completed_order,
    a_house,
    a_verified_claim,
    full_decisions,
)
from tests.scenes import scene
from tests.workflows.scopes import publish, voucher_for
from tests.workflows.test_partial_claims import claim_part
from tests.workflows.test_races import race, winners
from voucher.case_facts import facts_of
from voucher.checks.facts import Digits
from voucher.claims import Claim, ClaimState, CutReason, LineDecision
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.files import FileStore
from voucher.findings import findings_of
from voucher.money import Money
from voucher.people import Person, Role, actor_for
from voucher.programmes.library import example
from voucher.programmes.reading import read_terms
from voucher.work import read
from workflows.approval import approve_claim, sign_claim
from workflows.checking import check_claim, note_finding
from workflows.claiming import withdraw_claim
from workflows.registration import grant_role, register_person
from workflows.verification import send_back_claim, verify_claim

RULES = example("weihai") + b"\nsecond_approval_from: 20000.00\n"


@scene
def a_claim(house: House, net: str = "100000.00") -> str:
    """A verified claim under terms that want two approvers from 20,000 yuan on."""
    with house.work() as work:
        known = work.session.connection().execute(text("select reference from programmes")).scalars().first()
    voucher = voucher_for(house, known or publish(house, RULES))
    return a_verified_claim(house, a_completed_order(house, voucher, net=net))


def does(house: House, who: str, verb: Callable[..., Claim], claim: str, *more: object) -> str:
    """Somebody takes a step; the claim's state."""
    with house.work(who) as work:
        return verb(work, claim, *more).state


def test_below_the_amount_one_approver_is_enough(house: House) -> None:
    claim = a_claim(house, net="10000.00")
    with pytest.raises(NotNow, match="one approver only"):
        does(house, "approver2", sign_claim, claim)
    assert does(house, "approver2", approve_claim, claim) == ClaimState.APPROVED


def test_from_the_amount_on_one_signs_and_another_approves(house: House) -> None:
    claim = a_claim(house)
    with pytest.raises(NotNow, match="signed by 2 approvers"):
        does(house, "approver2", approve_claim, claim)
    assert does(house, "approver2", sign_claim, claim) == ClaimState.VERIFIED
    with pytest.raises(NotAllowed, match="another person has to approve"):
        does(house, "approver2", approve_claim, claim)
    with pytest.raises(NotNow, match="signed already"):
        does(house, "approver3", sign_claim, claim)
    assert does(house, "approver3", approve_claim, claim) == ClaimState.APPROVED


def test_a_signature_counts_for_what_was_verified_and_for_nothing_later(house: House) -> None:
    claim = a_claim(house)
    does(house, "approver2", sign_claim, claim)
    does(house, "approver2", send_back_claim, claim, "Line 1 again")
    with house.work("verifier1") as work:
        first, *others = full_decisions(work, claim)
        less = LineDecision(first.number, Money(first.accepted.minor - 100, "CNY"), CutReason.NOT_PAID)
        verify_claim(work, claim, [less, *others])
    with pytest.raises(NotNow, match="signed by 2 approvers"):
        does(house, "approver3", approve_claim, claim)


THREE = example("weihai") + b"\napproval_levels: [{from_amount: 10000.00, approvers: 2}, {from_amount: 20000.00, approvers: 3}]\n"


def test_a_larger_claim_wants_more_approvers_and_the_database_counts_them_by_the_terms(house: House) -> None:
    publish(house, THREE)
    with house.work() as work:
        register_person(work, "approver4@voucher.example", "Zhou Yu", "!", "en")
        grant_role(work, "approver4@voucher.example", Role.APPROVER, house.references[DATA.office.number])
        added = work.session.exec(select(Person).where(Person.email == "approver4@voucher.example")).one()
        house.people["approver4"] = actor_for(work.session, added)
    claim = a_claim(house)
    does(house, "approver2", sign_claim, claim)
    with pytest.raises(NotNow, match="signed by 3 approvers, of whom the last one approves it; 1 signed"):
        does(house, "approver3", approve_claim, claim)
    with pytest.raises(NotAllowed, match="another person has to approve"):
        does(house, "approver2", sign_claim, claim)
    assert does(house, "approver3", sign_claim, claim) == ClaimState.VERIFIED
    with pytest.raises(NotNow, match="signed already"):
        does(house, "approver4", sign_claim, claim)
    with pytest.raises(DBAPIError, match="fewer than its terms ask for"), house.work() as work:  # whoever says that two are enough
        signed = work.session.connection().execute(text("select digest from claim_signatures")).scalars().first()
        held = fetch(work.session, Claim, claim)
        held.approvers_needed, held.approval_digest, held.state, held.approved_minor = 2, signed or "", "approved", held.requested_minor
        work.session.add(held)
        work.session.flush()
    assert does(house, "approver4", approve_claim, claim) == ClaimState.APPROVED
    for attack in ("delete from approval_levels", "update approval_levels set approvers = 2"):
        with pytest.raises(DBAPIError, match="only ever added"), house.work() as work:
            work.session.connection().execute(text(attack))


# More than half a purchase under terms that want two approvers from 20,000 yuan on: 20 % of 66,000 with tax.
HALF = "60000.00"


def verified(house: House, claim: str) -> str:
    """The claim, every line of it accepted."""
    with house.work("verifier1") as work:
        return verify_claim(work, claim, full_decisions(work, claim)).reference


def noted(house: House, claim: str) -> str:
    """The claim, once the checks ran again and the verifier has taken note of what they found."""
    with house.work("verifier1") as work:
        check_claim(work, claim)
        for each in findings_of(work.session, [fetch(work.session, Claim, claim).id]):
            if each.waits:
                note_finding(work, each.reference, "Seen on paper")
    return claim


def test_claims_of_one_purchase_count_together_towards_the_level(house: House) -> None:
    first = a_claim(house, net=HALF)
    assert does(house, "approver2", approve_claim, first) == ClaimState.APPROVED  # alone it is below
    house.clock.turn(days=59)
    second = noted(house, a_claim(house, net=HALF))
    with pytest.raises(NotNow, match=f"together with {first}, of the same firm, provider and service: 26400.00 CNY in all") as refused:
        does(house, "approver2", approve_claim, second)
    assert "signed by 2 approvers" in str(refused.value)
    assert does(house, "approver2", sign_claim, second) == ClaimState.VERIFIED
    assert does(house, "approver3", approve_claim, second) == ClaimState.APPROVED


def test_of_two_claims_that_wait_together_neither_is_approved_by_one(house: House) -> None:
    claims = [a_claim(house, net=HALF) for _time in range(2)]
    for claim in claims:
        with pytest.raises(NotNow, match="signed by 2 approvers"):
            does(house, "approver2", approve_claim, noted(house, claim))


def test_parts_of_one_order_count_together(house: House) -> None:
    voucher = voucher_for(house, publish(house, RULES))
    order = a_completed_order(house, voucher, net="120000.00", vat="0.00")
    first, second = (verified(house, claim_part(house, order, HALF)) for _time in range(2))
    with pytest.raises(NotNow, match=f"together with {second}"):
        does(house, "approver2", approve_claim, noted(house, first))


@pytest.mark.parametrize("what", ["another service", "another provider", "another firm", "months apart", "withdrawn"])
def test_near_claims_of_other_purchases_count_each_for_itself(database: Database, store: FileStore, what: str) -> None:
    house = a_house(database, store, smes=2, providers=2)
    programme = publish(house, RULES)
    first = a_verified_claim(house, a_completed_order(house, voucher_for(house, programme), net=HALF))
    if what == "withdrawn":
        does(house, SME, withdraw_claim, first)
    house.clock.turn(days=61 if what == "months apart" else 1)
    sme, provider = SMES[what == "another firm"], PROVIDERS[what == "another provider"]
    order = a_completed_order(house, voucher_for(house, programme, sme=sme), sme=sme, provider=provider, net=HALF,
                              service="consulting" if what == "another service" else "development")
    second = noted(house, a_verified_claim(house, order, sme=sme, provider=provider))
    assert does(house, "approver2", approve_claim, second) == ClaimState.APPROVED


def test_the_database_counts_claims_of_one_purchase_together(house: House) -> None:
    claims = [noted(house, a_claim(house, net=HALF)) for _time in range(2)]
    with pytest.raises(DBAPIError, match="fewer than its terms ask for"), house.work() as work:
        held = fetch(work.session, Claim, claims[1])
        held.state, held.approved_minor = "approved", held.requested_minor
        work.session.add(held)
        work.session.flush()


def test_a_level_that_asks_for_no_more_than_a_lower_one_is_a_contradiction() -> None:
    with pytest.raises(NotValid) as refused:
        read_terms(RULES + b"approval_levels: [{from_amount: 30000.00, approvers: 2}, {from_amount: 9.00, approvers: 1}]\n")
    assert [each.where for each in refused.value.problems] == ["approval_levels.0.approvers", "approval_levels.1.approvers"]


def test_the_database_approves_no_claim_that_lacks_a_signature_and_keeps_those_there_are(house: House) -> None:
    claim = a_claim(house)
    does(house, "approver2", sign_claim, claim)
    with pytest.raises(DBAPIError, match="before every approver"), house.work() as work:
        held = fetch(work.session, Claim, claim)
        held.approvers_needed, held.approval_digest, held.state = 2, "0" * 64, "approved"
        work.session.add(held)
        work.session.flush()
    for attack in ("delete from claim_signatures", "update claim_signatures set digest = '1'",
                   "insert into claim_signatures select * from claim_signatures"):
        with pytest.raises(DBAPIError), house.work() as work:
            work.session.connection().execute(text(attack))


def test_claims_just_below_the_level_or_the_cap_of_their_class_are_told_to_the_verifier(house: House) -> None:
    cap = (b"caps:\n  - name: {zh: one, en: each}\n    amount_by_class: {technology_sme: 20000.00}\n    period: application\n"
           b"    when: {firm_classes: [technology_sme]}\n    services: [development]\n")
    voucher = voucher_for(house, publish(house, RULES.replace(b"caps:\n", cap)))
    first, second = (a_verified_claim(house, a_completed_order(house, voucher, net="80000.00", vat="4800.00")) for _time in range(2))
    with read(house.database) as session:
        found = findings_of(session, [fetch(session, Claim, each).id for each in (first, second)])
        assert {(each.check_name, each.level, each.about) for each in found} == {
            ("split", "warn", "part cap"), ("split", "warn", "claim level of approval")}
        told = facts_of(session, [found[0].claim_id], house.today)[found[0].claim_id]
        assert told.digits == Digits((0, 0, 0, 0, 0, 0, 0, 2, 0), 80_000_00, 80_000_00)


def test_of_two_who_approve_at_once_one_does(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    claim = a_claim(house)
    does(house, "approver3", sign_claim, claim)
    assert winners(race(house, ["approver2"], lambda work, _number: approve_claim(work, claim), times=4)) == 1
    with read(postgres) as session:
        assert fetch(session, Claim, claim).state == ClaimState.APPROVED
