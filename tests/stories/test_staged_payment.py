"""Kit Digital pays a fixed amount in two instalments, from its terms file to the bank: each with papers and a payout of its own."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select
from uuid_utils.compat import uuid7

from tests.builders import IRISH_PROVIDERS, IRISH_SMES, House, a_house, full_decisions, who
from tests.scenes import scene
from tests.stories.retold import assert_everything_agrees, letters, posted
from tests.workflows.portal.test_order_pages import page_of
from tests.workflows.portal.visitors import Visitors, an_app
from tests.workflows.purchases import entry_of, order_of, standing, voucher_of
from tests.workflows.recovering import payout_of, take_to_the_bank
from tests.workflows.scopes import change, publish
from voucher import ledger
from voucher.claims import ClaimLine, CutReason, InvoiceLine, OwnPayment, invoices_already_claimed
from voucher.database import Database, fetch
from voucher.errors import NotNow, NotValid
from voucher.files import FileKind, FileStore, document_of
from voucher.money import Money
from voucher.orders import Order
from voucher.programmes.firm_size import FirmSize
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme
from voucher.work import begin, read
from workflows.access import NOBODY
from workflows.amendment import agree_amendment, decline_amendment, propose_termination, value_part_done
from workflows.appeal import file_appeal
from workflows.approval import approve_claim, sign_claim
from workflows.claiming import submit_claim, upload_file, withdraw_claim
from workflows.demo.evidence import evidence_page
from workflows.issue import apply_for_voucher, issue_voucher, review_voucher
from workflows.publication import admit_objection, file_objection, publish_notice, uphold_objection
from workflows.purchase import accept_delivery, accept_order, deliver_order, place_order, start_service
from workflows.surrender import refuse_surrender, surrender_voucher
from workflows.verification import verify_claim

FIRM, AGENT = who(IRISH_SMES[0]), who(IRISH_PROVIDERS[0])
FIRST = ("invoice", "vat_payment", "installation")
INVOICE_7 = f"IE:{IRISH_PROVIDERS[0].number}:INV7"


def euro(text: str) -> Money:
    """An amount of euro."""
    return Money.parse(text, "EUR")


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with a firm of three to nine people and a digitising agent."""
    house = a_house(database, store, irish=True)
    change(house, house.references[IRISH_SMES[0].number], category="up_to_9")
    return house


@scene
def a_website_under_way(house: House, more: bytes = b"", terms: bytes = example("kit_digital")) -> str:
    """A website for 8,000.00 and 1,680.00 of tax; the voucher pays 6,000.00. The agent has begun. `more` is added to the terms."""
    programme = publish(house, terms + more)
    firm, agent = house.references[IRISH_SMES[0].number], house.references[IRISH_PROVIDERS[0].number]
    with house.work(FIRM) as work:
        voucher = apply_for_voucher(work, programme, firm, euro("6000.00"), "A website", size=FirmSize(employees=9)).reference
    with house.work("reviewer1") as work:
        review_voucher(work, voucher)
    with house.work("approver1") as work:
        issue_voucher(work, voucher)
    with house.work(FIRM) as work:
        order = place_order(work, voucher, agent, "website", "A website", euro("8000.00"), euro("1680.00")).reference
    with house.work(AGENT) as work:
        accept_order(work, order)
        start_service(work, order)
    return order


def claim(
    house: House, order: str, kinds: Sequence[str], lines: Sequence[tuple[str, str]] = (), own: str = "3680.00", number: str = ""
) -> str:
    """The agent claims the next instalment, with an invoice of a number of its own unless one is given."""
    with house.work(AGENT) as work:
        owner = house.references[IRISH_PROVIDERS[0].number]
        papers = [(kind, upload_file(work, house.store, owner, f"{kind}.pdf", evidence_page(kind, order, str(house.number()))).reference)
                  for kind in kinds]
        invoices = [InvoiceLine(number or f"INV-{house.number()}", house.today, "Website", euro(net), euro(vat)) for net, vat in lines]
        return submit_claim(work, order, invoices, OwnPayment(f"BANK-{house.number()}", house.today, euro(own)), papers).reference


def approve_and_pay(house: House, reference: str) -> None:
    """It is verified, approved, and paid by the bank."""
    with house.work("verifier1") as work:
        verify_claim(work, reference, full_decisions(work, reference))
    with house.work("approver2") as work:
        approve_claim(work, reference)
    take_to_the_bank(house, [payout_of(house, reference).reference])


def test_a_website_is_paid_in_two_instalments_from_its_terms_to_the_bank(house: House) -> None:
    order = a_website_under_way(house)

    # After the installation the agent invoices all of it and claims 70 %, with the evidence of the installation.
    with pytest.raises(NotValid, match="installation"):
        claim(house, order, ("invoice", "vat_payment"), [("8000.00", "1680.00")])
    with pytest.raises(NotValid, match=r"at least 3680\.00"):
        claim(house, order, FIRST, [("8000.00", "1680.00")], own="3679.99")
    first = claim(house, order, FIRST, [("8000.00", "1680.00")])
    after = standing(house, order)
    assert (after.claimed, after.reserved) == (euro("4200.00"), euro("1800.00"))
    approve_and_pay(house, first)
    assert order_of(house, order).state == "started"
    assert entry_of(house, f"payout.settled {payout_of(house, first).reference}").splitlines()[:4] == [
        "entitlement:approved 4200.00", "entitlement:paid -4200.00", "budget:delivered-unpaid 4200.00", "budget:paid -4200.00"]

    # The second waits for twelve months of service, and for the firm's acceptance.
    with pytest.raises(NotNow, match="started; it can be claimed once"):
        claim(house, order, ("service_report",))
    house.clock.turn(days=300)
    with house.work(AGENT) as work:
        deliver_order(work, order, "Served for a year")
    with house.work(FIRM) as work:
        accept_delivery(work, order)
    with pytest.raises(NotNow, match="can be claimed from 2027-03-0"):
        claim(house, order, ("service_report",))
    house.clock.turn(days=66)
    with pytest.raises(NotValid, match="more than the price"):
        claim(house, order, ("invoice", "vat_payment", "service_report"), [("1.00", "0.00")])
    with pytest.raises(NotValid, match="service_report"):
        claim(house, order, ())
    second = claim(house, order, ("service_report",), own="0.00")
    approve_and_pay(house, second)

    after = standing(house, order)
    assert (after.paid, after.reserved, after.available) == (euro("6000.00"), euro("0.00"), euro("0.00"))
    assert (payout_of(house, first).amount, payout_of(house, second).amount) == (euro("4200.00"), euro("1800.00"))
    with pytest.raises(NotNow, match="already claimed"):
        claim(house, order, ("service_report",))
    with read(house.database) as session:
        assert ledger.verify(session) == []


def test_an_order_keeps_the_invoice_on_which_its_second_instalment_rests_when_the_first_is_taken_back(house: House) -> None:
    installed, served = "share: 70 %", "  - {code: served"
    tried = "  - {code: tried, name: {zh: 试用, en: trial}, share: 30 %, after: {zh: 试用, en: trial}}\n"
    terms = example("kit_digital").decode().replace(installed, "share: 40 %").replace(served, tried + served).encode()
    order = a_website_under_way(house, terms=terms)
    first = claim(house, order, FIRST, [("8000.00", "1680.00")], number="INV 7")
    second = claim(house, order, (), own="0.00")
    with house.work(AGENT) as work:
        withdraw_claim(work, first)
    assert taken(house, order) == ([], [INVOICE_7])
    again = claim(house, order, FIRST, [("8000.00", "1680.00")], number="inv7")
    assert taken(house, order) == ([INVOICE_7], [INVOICE_7])
    with house.work(AGENT) as work:
        withdraw_claim(work, again)
    assert taken(house, order) == ([], [INVOICE_7])
    with house.work(AGENT) as work:
        withdraw_claim(work, second)
    assert taken(house, order) == ([], [])


def taken(house: House, order: str) -> tuple[list[str], list[str]]:
    """Which keys of invoices the order may not name, and another one may not."""
    with read(house.database) as session:
        keys = [key for key in session.exec(select(ClaimLine.invoice_key)) if key is not None]
        return invoices_already_claimed(session, keys, fetch(session, Order, order).id), invoices_already_claimed(session, keys, uuid7())


def test_what_is_cut_of_the_first_instalment_is_cut_of_the_second_too(house: House) -> None:
    order = a_website_under_way(house)
    first = claim(house, order, FIRST, [("8000.00", "1680.00")])
    with house.work("verifier1") as work:
        whole, = full_decisions(work, first)
        verify_claim(work, first, [replace(whole, accepted=euro("5000.00"), reason=CutReason.NOT_ELIGIBLE)])
    with house.work("approver2") as work:
        assert approve_claim(work, first).approved == euro("3500.00")  # 70 % of the 5,000.00 that count
    house.clock.turn(days=366)
    with house.work(AGENT) as work:
        deliver_order(work, order, "Served for a year")
    with house.work(FIRM) as work:
        accept_delivery(work, order)
    second = claim(house, order, ("service_report",), own="0.00")
    with house.work("verifier1") as work:
        verify_claim(work, second, [])
    with house.work("approver2") as work:
        assert approve_claim(work, second).approved == euro("1500.00")
    after = standing(house, order)
    assert (after.approved, after.reserved, after.available) == (euro("5000.00"), euro("0.00"), euro("1000.00"))


def test_of_80_and_20_the_first_is_paid_and_the_order_ends_half_way(house: House) -> None:
    order = a_website_under_way(house, terms=example("kit_digital").replace(b"share: 70 %", b"share: 80 %").replace(
        b"share: 30 %", b"share: 20 %"))

    # The website stands: 80 % of 6,000.00 are claimed, approved and paid, while the agent goes on serving.
    first = claim(house, order, FIRST, [("8000.00", "1680.00")])
    approve_and_pay(house, first)
    assert str(standing(house, order).paid) == "4800.00"

    # The firm closes down. It says that less is done than was paid of it; the agent cannot agree to that, and disputes it.
    house.clock.turn(days=90)
    with house.work(FIRM) as work:
        propose_termination(work, order, "We close", net=euro("3000.00"), vat=euro("630.00"))
    with pytest.raises(NotNow, match=r"4800\.00 EUR of this order is claimed"), house.work(AGENT) as work:
        agree_amendment(work, order)
    with house.work(AGENT) as work:
        decline_amendment(work, order, "We served for three months")

    # A verifier values what is done. The order ends with that; of the second instalment the voucher pays what that leaves.
    with house.work("verifier1") as work:
        value_part_done(work, order, "It stands, and was served for a quarter", net=euro("5500.00"), vat=euro("1155.00"))
    after = standing(house, order)
    assert (order_of(house, order).state, str(after.paid), str(after.reserved)) == ("terminated", "4800.00", "700.00")
    second = claim(house, order, (), own="0.00")
    approve_and_pay(house, second)
    after = standing(house, order)
    assert [str(each) for each in (after.paid, after.reserved, after.available)] == ["5500.00", "0.00", "500.00"]

    # Each payment has its statement; that of the rest says that it was invoiced before.
    house.do_jobs()
    with read(house.database) as session:
        for each in (first, second):
            assert document_of(session, FileKind.SETTLEMENT_STATEMENT, payout_of(house, each).reference)
    assert posted(house, "claim.submitted", "claim.approved", "order.amended") == BOOKS
    assert letters(house, "amendment.termination_proposed", "amendment.disputed", "order.terminated", "claim.approved",
                   "payout.settled") == LETTERS
    assert_everything_agrees(house)


BOOKS = """\
claim.submitted C-2026-00001-8
  entitlement:reserved 4800.00
  entitlement:claimed -4800.00
claim.approved C-2026-00001-8
  entitlement:claimed 4800.00
  entitlement:approved -4800.00
  budget:obligated 4800.00
  budget:delivered-unpaid -4800.00
  financial:expense:subsidy 4800.00
  financial:payable:claims -4800.00
  financial:equity:unexpended 4800.00
  financial:revenue:appropriation-used -4800.00
order.amended O-2026-00001-1 v2
  entitlement:reserved 500.00
  entitlement:available -500.00
  budget:obligated 500.00
  budget:committed -500.00
claim.submitted C-2026-00002-6
  entitlement:reserved 700.00
  entitlement:claimed -700.00
claim.approved C-2026-00002-6
  entitlement:claimed 700.00
  entitlement:approved -700.00
  budget:obligated 700.00
  budget:delivered-unpaid -700.00
  financial:expense:subsidy 700.00
  financial:payable:claims -700.00
  financial:equity:unexpended 700.00
  financial:revenue:appropriation-used -700.00
"""
LETTERS = """\
ie-provider01 (en) claim.approved C-2026-00001-8
ie-sme01 (en) claim.approved C-2026-00001-8
ie-provider01 (en) payout.settled Y-2026-00001-8
ie-sme01 (en) amendment.termination_proposed A-2026-00001-4
ie-provider01 (en) amendment.termination_proposed A-2026-00001-4
ie-sme01 (en) amendment.disputed A-2026-00001-4
ie-provider01 (en) amendment.disputed A-2026-00001-4
verifier1 (zh) amendment.disputed A-2026-00001-4
verifier2 (zh) amendment.disputed A-2026-00001-4
ie-sme01 (en) order.terminated O-2026-00001-1
ie-provider01 (en) order.terminated O-2026-00001-1
ie-provider01 (en) claim.approved C-2026-00002-6
ie-sme01 (en) claim.approved C-2026-00002-6
ie-provider01 (en) payout.settled Y-2026-00002-6
"""


def test_a_voucher_is_not_given_back_over_an_appeal_about_work_under_way_nor_appealed_about_meanwhile(house: House) -> None:
    order = a_website_under_way(house)
    voucher = voucher_of(house, order).reference
    first = claim(house, order, FIRST, [("8000.00", "1680.00")])
    with house.work("verifier1") as work:
        verify_claim(work, first, [replace(each, accepted=euro("0.00"), reason=CutReason.NOT_ELIGIBLE)
                                   for each in full_decisions(work, first)])
    with house.work("approver2") as work:
        assert approve_claim(work, first).state == "refused"
    with house.work(FIRM) as work:
        surrender_voucher(work, voucher, "We stop")
    with pytest.raises(NotNow, match="asks to give this voucher back"), house.work(AGENT) as work:
        file_appeal(work, first, "The website stands")
    with house.work(AGENT) as work:
        refuse_surrender(work, order, "We do not agree to the refusal")
    with house.work(AGENT) as work:
        file_appeal(work, first, "The website stands")
    with pytest.raises(NotNow, match="An appeal on an open order"), house.work(FIRM) as work:
        surrender_voucher(work, voucher, "We stop")


def test_the_pages_show_the_instalments_and_ask_for_no_invoice_twice(house: House, tmp_path: Path) -> None:
    order = a_website_under_way(house)
    claim(house, order, FIRST, [("8000.00", "1680.00")])
    house.clock.turn(days=366)
    with house.work(AGENT) as work:
        deliver_order(work, order, "Served for a year")
    with house.work(FIRM) as work:
        accept_delivery(work, order)
    portal = Visitors(an_app(house, tmp_path), house)
    page = page_of(portal, AGENT, f"/orders/{order}")
    assert "first instalment" in page and "1,800.00" in page and "Submit the claim" in page
    form = page_of(portal, AGENT, f"/orders/{order}/claim")
    assert "second instalment" in form and "lines.0" not in form and "report on the service" in form
    assert 'name="evidence.installation"' not in form


def test_the_first_instalment_gives_the_same_when_it_is_approved_again_after_the_second(house: House) -> None:
    order = a_website_under_way(house, b"\nnotice: {length: 5 working days, before_payment: yes, fields: [firm, amount]}\n")
    first = claim(house, order, FIRST, [("8000.00", "1680.00")])
    house.clock.turn(days=366)
    with house.work(AGENT) as work:
        deliver_order(work, order, "Served for a year")
    with house.work(FIRM) as work:
        accept_delivery(work, order)
    for reference in (first, claim(house, order, ("service_report",), own="0.00")):
        verify_and_approve(house, reference)
    with house.work("approver2") as work:
        publish_notice(work, work.session.exec(select(Programme.reference)).one())
    with begin(house.database, NOBODY, house.clock) as work:
        objection = file_objection(work, first, "Li Wei", "li@example.org", "Nothing is installed.").reference
    with house.work("approver3") as work:
        admit_objection(work, objection)
        uphold_objection(work, objection, "Look again")
    assert verify_and_approve(house, first) == euro("4200.00")  # the other 1,800.00 are the second's
    after = standing(house, order)
    assert (after.approved, after.claimed, after.reserved, after.available) == (euro("6000.00"), euro("0.00"), euro("0.00"), euro("0.00"))
    with read(house.database) as session:
        assert ledger.verify(session) == []


def verify_and_approve(house: House, reference: str) -> Money | None:
    """All of a claim is found in order; answers what is approved."""
    with house.work("verifier1") as work:
        verify_claim(work, reference, full_decisions(work, reference))
    with house.work("approver2") as work:
        return approve_claim(work, reference).approved


def test_a_later_instalment_waits_until_the_earlier_one_is_approved(house: House) -> None:
    order = a_website_under_way(house)
    first = claim(house, order, FIRST, [("8000.00", "1680.00")])
    house.clock.turn(days=366)
    with house.work(AGENT) as work:
        deliver_order(work, order, "Served for a year")
    with house.work(FIRM) as work:
        accept_delivery(work, order)
    second = claim(house, order, ("service_report",), own="0.00")
    for reference in (second, first):
        with house.work("verifier1") as work:
            verify_claim(work, reference, full_decisions(work, reference))
    for act in (approve_claim, sign_claim):
        with pytest.raises(NotNow, match=f"{first} is for an earlier instalment"), house.work("approver2") as work:
            act(work, second)
    for reference, amount in ((first, "4200.00"), (second, "1800.00")):
        with house.work("approver2") as work:
            assert approve_claim(work, reference).approved == euro(amount)


def test_a_voucher_is_not_given_back_while_an_instalment_of_work_under_way_is_claimed_or_paid(house: House) -> None:
    order = a_website_under_way(house)
    voucher = voucher_of(house, order).reference
    first = claim(house, order, FIRST, [("8000.00", "1680.00")])
    for paid in (False, True):
        if paid:
            approve_and_pay(house, first)
        with pytest.raises(NotNow, match="not settled yet"), house.work(FIRM) as work:
            surrender_voucher(work, voucher, "We stop")
