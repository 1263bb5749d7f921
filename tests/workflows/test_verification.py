"""Verification: what a claim must bring, what a verifier may say, and what an approval books."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.builders import (
    IRISH_PROVIDERS,
    IRISH_SMES,
    SME,
    SMES,
    House,
    a_completed_order,
    a_house,
    a_placed_order,
    a_submitted_claim,
    a_verified_claim,
    an_approved_claim,
    an_issued_voucher,
    evidence,
    who,
)
from voucher.accounting import voucher_position
from voucher.claims import Claim, CutReason, InvoiceLine, LineDecision, OwnPayment, lines_of
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.files import FileKind, FileStore, store_file
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import payouts_of
from voucher.people import account_of
from voucher.work import read
from workflows.approval import approve_claim
from workflows.claiming import submit_claim, withdraw_claim
from workflows.verification import send_back_claim, verify_claim


def yuan(text: str) -> Money:
    return Money.parse(text, "CNY")


def claim_by(house: House, reference: str) -> Claim:
    with read(house.database) as session:
        return fetch(session, Claim, reference)


def invoices(house: House, *amounts: str) -> list[InvoiceLine]:
    return [InvoiceLine(f"26379{house.number():015d}", house.today, "Buoy", yuan(each), yuan("0.00")) for each in amounts]


def submit(house: House, order: str, lines: Sequence[InvoiceLine], *, paid: str = "106000.00",
           papers: Sequence[tuple[str, str]] | None = None) -> str:
    """A claim with these lines; papers and payment as they should be unless given."""
    with house.work(SME) as work:
        given = evidence(work, house, fetch(work.session, Order, order), house.references[SMES[0].number])
        return submit_claim(work, order, lines, OwnPayment(f"BANK-{house.number()}", house.today, yuan(paid)),
                            given if papers is None else papers).reference


def problems_of(house: House, order: str, lines: Sequence[InvoiceLine], **about: Any) -> list[str]:
    with pytest.raises(NotValid) as refused:
        submit(house, order, lines, **about)
    return [each.where for each in refused.value.problems]


def test_a_claim_sets_apart_what_it_asks_for(house: House) -> None:
    voucher = an_issued_voucher(house)
    claim = claim_by(house, a_submitted_claim(house, a_completed_order(house, voucher)))
    assert claim.requested == yuan("21200.00")
    with read(house.database) as session:
        standing = voucher_position(session, voucher, "CNY")
    assert (standing.reserved, standing.claimed) == (yuan("0.00"), yuan("21200.00"))


def test_a_claim_waits_for_the_delivery_to_be_accepted(house: House) -> None:
    order = a_placed_order(house)
    with pytest.raises(NotNow, match="once the SME has accepted"):
        submit(house, order, invoices(house, "106000.00"))


def test_an_order_is_claimed_once(house: House) -> None:
    order = a_completed_order(house)
    submit(house, order, invoices(house, "106000.00"))
    with pytest.raises(NotNow, match="already claimed"):
        submit(house, order, invoices(house, "1.00"))


def test_a_claim_comes_in_time_or_not_at_all(house: House) -> None:
    order = a_completed_order(house)
    house.clock.turn(days=500)
    with pytest.raises(NotNow, match="were to be made by"):
        submit(house, order, invoices(house, "106000.00"))


def test_an_invoice_is_claimed_once_in_the_whole_system(house: House) -> None:
    first, second = a_completed_order(house), a_completed_order(house)
    line = invoices(house, "106000.00")[0]
    submit(house, first, [line])
    assert problems_of(house, second, [line]) == ["lines.0.invoice_number"]


def test_a_withdrawn_claims_invoice_may_be_claimed_again(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    line = invoices(house, "106000.00")[0]
    first = submit(house, order, [line])
    with house.work(SME) as work:
        withdraw_claim(work, first)
    submit(house, order, [line])
    with read(house.database) as session:
        assert voucher_position(session, voucher, "CNY").claimed == yuan("21200.00")


def test_an_invoice_stands_once_in_a_claim(house: House) -> None:
    line = invoices(house, "50000.00")[0]
    assert problems_of(house, a_completed_order(house), [line, line]) == ["lines.1.invoice_number"]


def test_a_line_tells_every_problem_at_once(house: House) -> None:
    bad = InvoiceLine("123", house.today + timedelta(days=1), " ", yuan("0.00"), yuan("0.00"))
    assert problems_of(house, a_completed_order(house), [bad]) == [
        "lines.0.net", "lines.0.invoice_number", "lines.0.issued_on", "lines.0.description"]


def test_an_invoice_from_before_the_voucher_does_not_count(house: House) -> None:
    old = replace(invoices(house, "100.00")[0], issued_on=house.today - timedelta(days=1))
    assert problems_of(house, a_completed_order(house), [old]) == ["lines.0.issued_on"]


def test_invoices_stay_within_the_price_of_the_order(house: House) -> None:
    assert problems_of(house, a_completed_order(house), invoices(house, "106000.01")) == ["lines"]


def test_each_missing_paper_is_named(house: House) -> None:
    missing = problems_of(house, a_completed_order(house), invoices(house, "106000.00"), papers=[])
    assert missing == ["evidence.contract", "evidence.registration", "evidence.invoice", "evidence.own_payment"]


def test_a_paper_of_somebody_else_is_not_there(house: House) -> None:
    order = a_completed_order(house)
    with house.work() as work:
        foreign = store_file(work, house.store, FileKind.EVIDENCE, "theirs.pdf", b"%PDF-1.7 theirs").reference
    papers = [(kind, foreign) for kind in ("contract", "registration", "invoice", "own_payment")]
    assert len(problems_of(house, order, invoices(house, "106000.00"), papers=papers)) == 4


def test_the_own_payment_covers_the_invoices(house: House) -> None:
    assert problems_of(house, a_completed_order(house), invoices(house, "106000.00"), paid="105999.99") == ["own_payment.amount"]


def test_a_firm_without_an_account_is_asked_for_one_first(house: House) -> None:
    order = a_completed_order(house)
    with house.work() as work:
        [sme] = house.people[SME].organisations()
        account = account_of(work.session, sme, "CNY")
        assert account is not None
        account.active = False
        work.session.add(account)
    assert problems_of(house, order, invoices(house, "106000.00")) == ["account"]


def test_a_cut_line_needs_a_reason_and_a_whole_one_has_none(house: House) -> None:
    claim = submit(house, a_completed_order(house), invoices(house, "100000.00", "6000.00"))
    with pytest.raises(NotValid) as refused, house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, yuan("1.00")), LineDecision(2, yuan("6000.00"), CutReason.NOT_PAID)])
    assert [each.where for each in refused.value.problems] == ["decisions.1.reason", "decisions.2.reason"]


@pytest.mark.parametrize("accepted", ["-0.01", "106000.01"])
def test_no_more_than_a_line_is_accepted(house: House, accepted: str) -> None:
    claim = submit(house, a_completed_order(house), invoices(house, "106000.00"))
    with pytest.raises(NotValid, match="Accept between"), house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, yuan(accepted), CutReason.NOT_ELIGIBLE)])


def test_every_line_is_decided_exactly_once(house: House) -> None:
    claim = submit(house, a_completed_order(house), invoices(house, "100000.00", "6000.00"))
    for numbers in ([1], [1, 1], [1, 2, 3]):
        with pytest.raises(NotValid, match="each of the 2 lines"), house.work("verifier1") as work:
            verify_claim(work, claim, [LineDecision(number, yuan("0.00"), CutReason.NOT_ELIGIBLE) for number in numbers])


def test_an_approval_books_what_was_accepted_and_frees_what_was_cut(house: House) -> None:
    voucher = an_issued_voucher(house)
    claim = submit(house, a_completed_order(house, voucher), invoices(house, "100000.00", "6000.00"))
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, yuan("100000.00")), LineDecision(2, yuan("0.00"), CutReason.MANDATORY_TEST)])
    with house.work("approver2") as work:
        assert approve_claim(work, claim).approved == yuan("20000.00")
    with read(house.database) as session:
        standing = voucher_position(session, voucher, "CNY")
        [payout] = payouts_of(session, fetch(session, Claim, claim).id)
    assert (standing.approved, standing.available, standing.reserved) == (yuan("20000.00"), yuan("80000.00"), yuan("0.00"))
    assert (payout.amount, payout.state) == (yuan("20000.00"), "payable")


def test_what_the_order_reserved_beyond_the_invoices_is_free_again(house: House) -> None:
    voucher = an_issued_voucher(house)
    claim = submit(house, a_completed_order(house, voucher), invoices(house, "50000.00"))
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, yuan("50000.00"))])
    with house.work("approver2") as work:
        approve_claim(work, claim)
    with read(house.database) as session:
        assert voucher_position(session, voucher, "CNY").available == yuan("90000.00")


def test_a_claim_of_which_nothing_is_accepted_is_refused_and_pays_nothing(house: House) -> None:
    voucher = an_issued_voucher(house)
    claim = submit(house, a_completed_order(house, voucher), invoices(house, "106000.00"))
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, yuan("0.00"), CutReason.NOT_ELIGIBLE)])
    with house.work("approver2") as work:
        assert approve_claim(work, claim).state == "refused"
    with read(house.database) as session:
        assert payouts_of(session, fetch(session, Claim, claim).id) == []
        assert voucher_position(session, voucher, "CNY").available == yuan("100000.00")


def test_who_verified_does_not_approve(house: House) -> None:
    claim = a_verified_claim(house)
    with pytest.raises(NotAllowed), house.work("verifier1") as work:
        approve_claim(work, claim)


def test_who_issued_the_voucher_does_not_approve_its_claims(house: House) -> None:
    claim = a_verified_claim(house)
    with pytest.raises(NotAllowed, match="already took part"), house.work("approver1") as work:
        approve_claim(work, claim)


def test_an_unverified_claim_is_not_approved(house: House) -> None:
    claim = a_submitted_claim(house)
    with pytest.raises(NotNow, match="submitted"), house.work("approver2") as work:
        approve_claim(work, claim)


def test_a_claim_sent_back_is_verified_again(house: House) -> None:
    claim = a_verified_claim(house)
    with house.work("approver2") as work:
        send_back_claim(work, claim, "look at line 1 again")
    with house.work("verifier1") as work:
        basis = lines_of(work.session, fetch(work.session, Claim, claim).id)[0]
        verify_claim(work, claim, [LineDecision(1, basis.money(basis.basis_minor))])
    assert claim_by(house, claim).state == "verified"


def test_where_the_provider_redeems_the_sme_pays_the_tax_and_claims_nothing(database: Database, tmp_path: Path) -> None:
    house = a_house(database, FileStore(str(tmp_path)), irish=True)
    firm, college = IRISH_SMES[0], IRISH_PROVIDERS[0]
    voucher = an_issued_voucher(house, sme=firm, amount="5000.00")
    order = a_completed_order(house, voucher, sme=firm, provider=college, net="5000.00", vat="1150.00")
    with read(house.database) as session:
        bought = fetch(session, Order, order)
    assert (bought.voucher_part, bought.own_part) == (Money(500_000, "EUR"), Money(115_000, "EUR"))
    with pytest.raises(NotFound), house.work(who(firm)) as work:
        submit_claim(work, order, [], OwnPayment(f"BANK-{house.number()}", house.today, Money(115_000, "EUR")), [])
    claim = claim_by(house, an_approved_claim(house, order, sme=firm, provider=college))
    assert (claim.approved, claim.own_payment_minor) == (Money(500_000, "EUR"), 115_000)
    with read(house.database) as session:
        [payout] = payouts_of(session, claim.id)
    assert payout.payee_id == bought.provider_id


def test_what_was_cut_can_be_ordered_again(house: House) -> None:
    voucher = an_issued_voucher(house, amount="21200.00")
    order = a_completed_order(house, voucher)
    claim = submit(house, order, invoices(house, "106000.00"))
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, yuan("53000.00"), CutReason.NOT_ELIGIBLE)])
    with house.work("approver2") as work:
        approve_claim(work, claim)
    a_placed_order(house, voucher, net="50000.00", vat="3000.00")
    with read(house.database) as session:
        standing = voucher_position(session, voucher, "CNY")
        assert fetch(session, Order, order).held_minor == 1_060_000  # what counts against the caps from now on
    assert (standing.approved, standing.reserved, standing.available) == (yuan("10600.00"), yuan("10600.00"), yuan("0.00"))
