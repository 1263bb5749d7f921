"""One invoice is paid once, however its number is written: across what appeals gave, within one claim, among logs."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from tests.builders import (
    IRISH_PROVIDERS,
    IRISH_SMES,
    House,
    a_completed_order,
    a_house,
    an_issued_voucher,
    evidence,
    full_decisions,
    who,
)
from tests.scenes import scene
from voucher.claims import Claim, ClaimLine, CutReason, InvoiceLine, LineDecision, OwnPayment, lines_of
from voucher.database import Database, fetch
from voucher.errors import NotNow
from voucher.exchange_list import Kind, listed, write
from voucher.files import FileStore
from voucher.findings import Finding, findings_of
from voucher.invoices import invoices_shown, registered
from voucher.money import Money
from voucher.orders import Order
from voucher.work import read
from workflows.appeal import file_appeal, uphold_claim_appeal
from workflows.approval import approve_claim
from workflows.checking import confirm_finding
from workflows.claiming import submit_claim
from workflows.exchanging import enter_key, import_list
from workflows.verification import send_back_claim, verify_claim

SME, PROVIDER = IRISH_SMES[0], IRISH_PROVIDERS[0]


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office whose Irish provider numbers its invoices as it likes."""
    return a_house(database, store, irish=True)


@scene
def a_claim(house: House, *invoices: str) -> str:
    """A claim of the Irish provider: an order of 1,000.00 and 230.00 tax, on so many invoices of alike sums."""
    order = a_completed_order(house, an_issued_voucher(house, sme=SME, amount="2000.00"), sme=SME, provider=PROVIDER, net="1000.00",
                              vat="230.00", title=f"Trial {house.number()}")
    with house.work(who(PROVIDER)) as work:
        bought = fetch(work.session, Order, order)
        net, vat = (Money(each.minor // len(invoices), "EUR") for each in (bought.net, bought.vat))
        lines = [InvoiceLine(number, house.today, bought.title, net, vat) for number in invoices]
        return submit_claim(work, order, lines, OwnPayment(f"BANK-{house.number()}", house.today, bought.own_part),
                            evidence(work, house, bought, house.references[PROVIDER.number])).reference


def given_by_an_appeal(house: House, claim: str, accepted: str) -> str:
    """A verifier accepts so much of a claim; the provider appeals, and is right."""
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, Money.parse(accepted, "EUR"), CutReason.NO_EVIDENCE)])
    with house.work("approver2") as work:
        approve_claim(work, claim)
    with house.work(who(PROVIDER)) as work:
        file_appeal(work, claim, "Here it is.")
    with house.work("approver3") as work:
        return uphold_claim_appeal(work, claim, "Right.").reference


def doubles(house: House, claim: str) -> Sequence[Finding]:
    """What was found of its invoices."""
    with read(house.database) as session:
        return [each for each in findings_of(session, [fetch(session, Claim, claim).id]) if each.check_name == "same_invoice"]


def test_an_invoice_for_which_an_appeal_gave_money_is_found_on_another_claim(house: House) -> None:
    given = given_by_an_appeal(house, a_claim(house, "INV-12"), "0.00")
    [found] = doubles(house, a_claim(house, "inv 12"))
    assert (found.level, found.evidence) == ("block", [given])


def test_what_an_appeal_gave_beside_a_claim_is_no_double_of_it(house: House) -> None:
    first = a_claim(house, "INV-12")
    given = given_by_an_appeal(house, first, "400.00")
    with house.work("approver2") as work:
        assert approve_claim(work, given).state == "approved"
    assert doubles(house, first) == doubles(house, given) == []
    with read(house.database) as session:
        shapes = {line.invoice_shape for claim in (first, given) for line in lines_of(session, fetch(session, Claim, claim).id)}
    assert len(shapes) == 1
    assert sorted(each.evidence[0] for each in doubles(house, a_claim(house, "inv 12"))) == [first, given]


def test_one_invoice_written_in_two_ways_on_one_claim_stops_it_until_an_approver_decided(house: House) -> None:
    claim = a_claim(house, "INV-12", "inv 12")
    [found] = doubles(house, claim)
    assert (found.level, found.lines, str(found)) == (
        "block", [2], "The invoice inv 12 stands in line 1 of this claim already, written INV-12.")
    with house.work("verifier1") as work:
        verify_claim(work, claim, full_decisions(work, claim))
    with pytest.raises(NotNow, match=found.reference), house.work("approver2") as work:
        approve_claim(work, claim)
    with house.work("approver2") as work:
        confirm_finding(work, found.reference, "The provider sent one")
        send_back_claim(work, claim, "Cut the second line")
    with house.work("verifier1") as work:
        whole, twice = full_decisions(work, claim)
        verify_claim(work, claim, [whole, LineDecision(twice.number, Money.zero("EUR"), CutReason.FUNDED_ELSEWHERE)])
    with house.work("approver2") as work:
        assert approve_claim(work, claim).state == "approved"  # on the one invoice that there is


def test_near_two_invoices_of_one_claim_are_two_invoices(house: House) -> None:
    assert doubles(house, a_claim(house, "INV-12", "INV-13")) == []


@pytest.mark.parametrize("number", ["\uff29\uff2e\uff36\uff0d\uff12\uff10\uff12\uff16\uff0d\uff11\uff12", "INV-2026-012"],
                         ids=["full width", "zeros"])
def test_an_invoice_in_other_signs_or_with_other_zeros_is_found_and_stands_in_the_register(house: House, number: str) -> None:
    first, again = a_claim(house, "INV-2026-12"), a_claim(house, number)
    assert [each.evidence for each in doubles(house, again)] == [[first]]
    with read(house.database) as session:
        shown = {each.claim.reference: each.others for each in registered(session, session.exec(invoices_shown()).all())}
    assert shown == {first: (again,), again: (first,)}


def test_an_invoice_that_another_office_lists_by_both_forms_is_told_once(house: House) -> None:
    with house.work("administrator1") as work:
        key = enter_key(work, "coast-2026")[0].shared
    entries = [(Kind.INVOICE, each) for each in key.invoice(f"IE:{PROVIDER.number}", "INV-2026-012")]
    with house.work("auditor1") as work:
        import_list(work, write(listed("Cork", "IE:1", house.today, key, entries), key))
    assert len(entries) == 2 and len(doubles(house, a_claim(house, "INV-2026-012"))) == 1
    assert len(doubles(house, a_claim(house, "INV-2026/13"))) == 0


def test_the_database_keeps_no_line_of_which_nobody_could_find_a_double(house: House) -> None:
    a_claim(house, "INV-12")
    with pytest.raises(DBAPIError, match="shape"), house.work() as work:
        work.session.execute(text("update claim_lines set invoice_shape = ''"))
    with read(house.database) as session:
        assert session.exec(select(ClaimLine.invoice_shape)).one().startswith("IE:")
