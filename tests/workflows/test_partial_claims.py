"""Claims on a part of an order: one order, several claims, until its part is used."""

from collections.abc import Sequence

import pytest
from sqlmodel import Session, col, select

from tests.builders import SME, SMES, House, a_completed_order, a_house, a_placed_order, an_issued_voucher, evidence
from tests.workflows.test_races import race, winners
from voucher import ledger
from voucher.accounting import voucher_position
from voucher.claims import Claim, ClaimState, CutReason, InvoiceLine, LineDecision, OwnPayment, lines_of
from voucher.database import Database, fetch
from voucher.errors import NotNow, NotValid
from voucher.files import FileStore
from voucher.money import Money
from voucher.orders import Order
from voucher.work import Work, read
from workflows.approval import approve_claim
from workflows.claiming import submit_claim, withdraw_claim
from workflows.verification import verify_claim


def yuan(text: str) -> Money:
    return Money.parse(text, "CNY")


def claim_part(house: House, order: str, gross: str, *, final: bool = False) -> str:
    """A claim of one invoice for a part of an order."""
    with house.work(SME) as work:
        return claim_part_in(work, house, order, gross, final=final)


def claim_part_in(work: Work, house: House, order: str, gross: str, *, final: bool = False) -> str:
    line = InvoiceLine(f"26380{house.number():015d}", house.today, "Part of the buoy", yuan(gross), yuan("0.00"))
    papers = evidence(work, house, fetch(work.session, Order, order), house.references[SMES[0].number])
    return submit_claim(work, order, [line], OwnPayment(f"BANK-{house.number()}", house.today, yuan(gross)), papers, final=final).reference


def decide(house: House, claim: str, accepted: str | None = None) -> Claim:
    """Verify and approve a claim of one line, whole or cut to an amount."""
    with house.work("verifier1") as work:
        [line] = lines_of(work.session, fetch(work.session, Claim, claim).id)
        verify_claim(work, claim, [LineDecision(1, line.money(line.basis_minor)) if accepted is None
                                   else LineDecision(1, yuan(accepted), CutReason.NOT_ELIGIBLE)])
    with house.work("approver2") as work:
        return approve_claim(work, claim)


def standing(house: House, voucher: str) -> Sequence[str]:
    """Available, reserved, claimed, approved."""
    with read(house.database) as session:
        position = voucher_position(session, voucher, "CNY")
        return [str(each) for each in (position.available, position.reserved, position.claimed, position.approved)]


def held(house: House, order: str) -> int:
    with read(house.database) as session:
        return fetch(session, Order, order).held_minor


def test_an_order_is_claimed_in_parts_until_its_part_is_used(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)  # 106,000.00 with tax, of which the voucher pays 21,200.00

    decide(house, claim_part(house, order, "40000.00"))
    assert standing(house, voucher) == ["78800.00", "13200.00", "0.00", "8000.00"]
    second = claim_part(house, order, "66000.00")
    assert standing(house, voucher) == ["78800.00", "0.00", "13200.00", "8000.00"]
    assert decide(house, second).final  # it reached the price of the order

    assert standing(house, voucher) == ["78800.00", "0.00", "0.00", "21200.00"]
    with pytest.raises(NotNow, match="already claimed"):
        claim_part(house, order, "1.00")


def test_what_was_cut_of_a_part_is_free_and_the_rest_stays_reserved(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    decide(house, claim_part(house, order, "40000.00"), "30000.00")
    assert standing(house, voucher) == ["80800.00", "13200.00", "0.00", "6000.00"]
    assert held(house, order) == 19_200_00


def test_the_final_claim_frees_what_nobody_asked_for(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    decide(house, claim_part(house, order, "40000.00"))
    decide(house, claim_part(house, order, "50000.00", final=True))
    assert standing(house, voucher) == ["82000.00", "0.00", "0.00", "18000.00"]
    assert held(house, order) == 18_000_00


def test_a_refused_part_frees_its_own_and_leaves_the_rest(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    assert decide(house, claim_part(house, order, "40000.00"), "0.00").state == ClaimState.REFUSED
    assert standing(house, voucher) == ["86800.00", "13200.00", "0.00", "0.00"]
    decide(house, claim_part(house, order, "66000.00", final=True))
    assert standing(house, voucher) == ["86800.00", "0.00", "0.00", "13200.00"]


def test_it_does_not_matter_in_which_order_parts_are_decided(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    first, second = claim_part(house, order, "40000.00"), claim_part(house, order, "66000.00", final=True)
    decide(house, second, "33000.00")
    decide(house, first)
    assert standing(house, voucher) == ["85400.00", "0.00", "0.00", "14600.00"]
    assert held(house, order) == 14_600_00


def test_parts_stay_within_the_price_together(house: House) -> None:
    order = a_completed_order(house)
    claim_part(house, order, "106000.00", final=False)
    with pytest.raises(NotNow, match="already claimed"):
        claim_part(house, order, "1.00")
    other = a_completed_order(house)
    claim_part(house, other, "100000.00")
    with pytest.raises(NotValid, match="price of the order"):
        claim_part(house, other, "6000.01")


def test_a_withdrawn_part_is_reserved_again_and_can_be_claimed_anew(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    claim_part(house, order, "40000.00")
    before = standing(house, voucher)
    second = claim_part(house, order, "66000.00", final=True)
    with house.work(SME) as work:
        withdraw_claim(work, second)
    assert standing(house, voucher) == before
    claim_part(house, order, "66000.00")


def test_the_books_of_two_parts_read_as_they_happened(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    decide(house, claim_part(house, order, "40000.00"), "30000.00")
    decide(house, claim_part(house, order, "50000.00", final=True))
    with read(house.database) as session:
        entries = [entry for entry in ledger.about(session, "order", order) if entry.event == "claim.approved"]
        assert [posted(session, entry) for entry in entries] == [
            ["entitlement:claimed 8000.00", "entitlement:approved -6000.00", "entitlement:available -2000.00",
             "budget:obligated 8000.00", "budget:delivered-unpaid -6000.00", "budget:committed -2000.00",
             "financial:expense:subsidy 6000.00", "financial:payable:claims -6000.00",
             "financial:equity:unexpended 6000.00", "financial:revenue:appropriation-used -6000.00",
             "cn-financial:5001 6000.00", "cn-financial:2303 -6000.00"],
            ["entitlement:claimed 10000.00", "entitlement:approved -10000.00", "entitlement:reserved 3200.00",
             "entitlement:available -3200.00", "budget:obligated 13200.00", "budget:delivered-unpaid -10000.00",
             "budget:committed -3200.00", "financial:expense:subsidy 10000.00", "financial:payable:claims -10000.00",
             "financial:equity:unexpended 10000.00", "financial:revenue:appropriation-used -10000.00",
             "cn-financial:5001 10000.00", "cn-financial:2303 -10000.00"]]
        assert ledger.verify(session) == []


def posted(_session: Session, entry: object) -> list[str]:
    """The postings of an entry, each account without its sub-account."""
    return [f"{line.account.name.rpartition(':')[0]} {line.amount}" for line in entry.lines]  # type: ignore[attr-defined]


def test_fifty_parts_at_once_claim_no_more_than_the_order_holds(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    a_placed_order(house, voucher)  # the voucher itself has more reserved than this order holds

    outcomes = race(house, [SME], lambda work, _number: claim_part_in(work, house, order, "20000.00"), times=12)

    assert winners(outcomes) == 5  # 5 x 20,000.00 of 106,000.00
    with read(house.database) as session:
        claims = session.exec(select(Claim).order_by(col(Claim.id))).all()
        assert [claim.requested_minor for claim in claims] == [4_000_00] * 5
        assert voucher_position(session, voucher, "CNY").claimed == yuan("20000.00")
        assert ledger.verify(session) == []
