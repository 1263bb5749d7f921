"""One cost and two who shall pay it, told as it happens: in two programmes, two halves, two cities, and between firms that are one."""

import pytest
from sqlmodel import col, select

from tests.builders import PROVIDERS, SME, SMES, House, a_completed_order, a_house, evidence, full_decisions
from tests.stories.retold import assert_everything_agrees, letters, posted, reads_english
from tests.workflows.scopes import publish, voucher_for, yuan
from tests.workflows.test_checking import findings
from voucher.claims import CutReason, InvoiceLine, LineDecision, OwnPayment
from voucher.database import Database, fetch
from voucher.errors import NotNow, NotValid
from voucher.exchange_list import Kind, listed, write
from voucher.files import FileStore, StoredFile
from voucher.findings import Finding, decisions_on
from voucher.orders import Order
from voucher.programmes.library import example
from voucher.work import read
from workflows.approval import approve_claim
from workflows.checking import allow_finding, confirm_finding, note_finding
from workflows.claiming import submit_claim
from workflows.exchanging import enter_key, export_list, find_ticket, import_list
from workflows.relating import End, NewTie, enter_ties
from workflows.verification import send_back_claim, verify_claim

# The city asks for an audit from 20,000 yuan on; the district next door pays nobody for work of a firm of his own.
CITY = example("weihai").decode().replace(
    "\nevidence:\n", "\nevidence:\n  - {kind: audit, name: {zh: 专项审计报告, en: audit}, from_amount: 20000.00}\n").encode()
DISTRICT = example("weihai").replace(b"code: weihai", b"code: rushan") + b"\nrelations: {forbidden: [officer, shareholder], depth: 2}\n"
RUSHAN = ("乳山市科学技术局", "CN:11371083004367382M")


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one SME and one provider."""
    house = a_house(database, store)
    reads_english(house, SME)
    return house


def claim(house: House, voucher: str, invoice: str, net: str = "90000.00", vat: str = "5400.00", paper: str = "") -> str:
    """The SME claims the whole of a completed order on one invoice of this number, and on this file of it or a new one."""
    order = a_completed_order(house, voucher, net=net, vat=vat)
    with house.work(SME) as work:
        bought = fetch(work.session, Order, order)
        line = InvoiceLine(invoice, house.today, "Buoy", bought.net, bought.vat)
        papers = dict(evidence(work, house, bought, house.references[SMES[0].number])) | ({"invoice": paper} if paper else {})
        own = OwnPayment(f"BANK-{house.number()}", house.today, bought.gross)
        return submit_claim(work, order, [line], own, list(papers.items())).reference


def verify(house: House, reference: str, *decisions: LineDecision) -> None:
    """A verifier accepts all of it, or what is said."""
    with house.work("verifier1") as work:
        verify_claim(work, reference, decisions or full_decisions(work, reference))


def approve(house: House, reference: str) -> str:
    """An approver approves."""
    with house.work("approver2") as work:
        return approve_claim(work, reference).state


def found_by(house: House, reference: str, check: str) -> list[Finding]:
    """What a check found on a claim."""
    return [each for each in findings(house, reference) if each.check_name == check]


def first_invoice(house: House) -> str:
    """The file of the first invoice that was brought."""
    with read(house.database) as session:
        return session.exec(select(StoredFile.reference).where(StoredFile.name == "invoice.pdf").order_by(col(StoredFile.id))).first() or ""


def test_an_invoice_comes_twice_a_purchase_is_cut_in_two_another_city_has_it_too_and_the_firms_are_one(house: House) -> None:
    city, district = (voucher_for(house, publish(house, each)) for each in (CITY, DISTRICT))

    # The city pays for an invoice. In the district nobody brings it again; its file is brought under a number with two digits changed, and
    # that is found across programmes.
    paid = claim(house, city, "26371000000000004711")
    verify(house, paid)
    assert approve(house, paid) == "approved"
    with pytest.raises(NotValid, match="26371000000000004711 of this provider is already claimed"):
        claim(house, district, "26371000000000004711")
    again = claim(house, district, "26371000000000007411", paper=first_invoice(house))
    swapped, file = found_by(house, again, "same_invoice")
    assert (swapped.level, file.level) == ("warn", "block")
    assert f"differs from 26371000000000004711 on the claim {paid} (weihai) only by two signs" in str(swapped)
    assert f"byte for byte {first_invoice(house)} of the claim {paid} (weihai)" in str(file)

    # The approver confirms it. So it is not approved before it is cut; it is, and nothing is left of the claim.
    verify(house, again)
    with house.work("approver2") as work:
        confirm_finding(work, file.reference, "One invoice, seen with the provider")
    with pytest.raises(NotNow, match="was confirmed"):
        approve(house, again)
    with house.work("approver2") as work:
        send_back_claim(work, again, "Cut the line")
    verify(house, again, LineDecision(1, yuan("0.00"), CutReason.NOT_ELIGIBLE))
    assert approve(house, again) == "refused"

    # A second order of the same service comes just as near below the limit of the audit. Together they are above it; a verifier looks at
    # both and says what he saw.
    half = claim(house, city, "26371000000000000077")
    (split,) = found_by(house, half, "split")
    assert (split.level, "are each below" in str(split)) == ("warn", True)
    with house.work("verifier1") as work:
        note_finding(work, split.reference, "A second buoy, at another place")
    verify(house, half)
    assert approve(house, half) == "approved"

    # Rushan's list comes, keyed hashes that name nobody. An invoice of the district stands on it too, and the officers ask each other by
    # its ticket; ours goes to Rushan the same way. Theirs turns out to be for another part of the work.
    elsewhere = claim(house, district, "26371000000000001234", net="50000.00", vat="3000.00")
    with house.work("administrator1") as work:
        key = enter_key(work, "coast-2026")[0].shared
    mark = key.invoice(f"CN:{PROVIDERS[0].number}", "2637 1000 0000 0000 1234")[0]
    with house.work("auditor1") as work:
        import_list(work, write(listed(*RUSHAN, house.today, key, [(Kind.INVOICE, mark)]), key))
        ours = export_list(work, "coast-2026").decode()
    house.do_jobs()
    assert f"invoice {mark}" in ours and "26371" not in ours and PROVIDERS[0].number not in ours
    (reported,) = found_by(house, elsewhere, "same_invoice")
    assert "乳山市科学技术局, reports the invoice 26371000000000001234 too" in str(reported)
    with house.work("auditor1") as work:
        assert {each.claim for each in find_ticket(work, reported.evidence[0])} == {elsewhere}
    with house.work("approver3") as work:
        allow_finding(work, reported.reference, "Rushan paid the first half of it, by telephone with Ms Wang")

    # Then the register shows that an officer of the SME owns a part of the provider. These terms forbid it, and the way is shown.
    zhang = End("person", "371000198001010011", "Zhang Wei")
    firms = (End("org", house.references[each.number]) for each in (SMES[0], PROVIDERS[0]))
    with house.work("reviewer1") as work:
        enter_ties(work, [NewTie(next(firms), "officer", zhang, "Register of companies"),
                          NewTie(zhang, "shareholder", next(firms), "Register of companies")])
    verify(house, elsewhere)
    (tied,) = found_by(house, elsewhere, "related")
    assert (tied.level, "/ officer / Zhang Wei / shareholder /" in str(tied)) == ("block", True)
    with house.work("approver3") as work:
        confirm_finding(work, tied.reference, "One hand on both sides")
    with house.work("approver3") as work:
        send_back_claim(work, elsewhere, "Nothing of it is eligible")
    verify(house, elsewhere, LineDecision(1, yuan("0.00"), CutReason.NOT_ELIGIBLE))
    assert approve(house, elsewhere) == "refused"

    # Each finding has its decision, by whom and why; no firm heard of one.
    with read(house.database) as session:
        every = session.exec(select(Finding).order_by(col(Finding.reference))).all()
        decided = decisions_on(session, every)
    assert [(each.check_name, each.state, *(said.reason for said in decided.get(each.id, ()))) for each in every] == DECIDED
    assert posted(house, "claim.approved", "claim.refused") == BOOKS
    assert letters(house, "finding.found", "finding.confirmed", "claim.sent_back", "claim.approved", "claim.refused") == LETTERS
    assert_everything_agrees(house)


DECIDED = [
    ("same_invoice", "open"), ("same_invoice", "confirmed", "One invoice, seen with the provider"),
    ("split", "allowed", "A second buoy, at another place"), ("repeated", "open"),
    ("same_invoice", "allowed", "Rushan paid the first half of it, by telephone with Ms Wang"),
    ("related", "confirmed", "One hand on both sides")]
BOOKS = """\
claim.approved C-2026-00001-8
  entitlement:claimed 19080.00
  entitlement:approved -19080.00
  budget:obligated 19080.00
  budget:delivered-unpaid -19080.00
  financial:expense:subsidy 19080.00
  financial:payable:claims -19080.00
  financial:equity:unexpended 19080.00
  financial:revenue:appropriation-used -19080.00
  cn-financial:5001 19080.00
  cn-financial:2303 -19080.00
claim.refused C-2026-00002-6
  entitlement:claimed 19080.00
  entitlement:available -19080.00
  budget:obligated 19080.00
  budget:committed -19080.00
claim.approved C-2026-00003-9
  entitlement:claimed 19080.00
  entitlement:approved -19080.00
  budget:obligated 19080.00
  budget:delivered-unpaid -19080.00
  financial:expense:subsidy 19080.00
  financial:payable:claims -19080.00
  financial:equity:unexpended 19080.00
  financial:revenue:appropriation-used -19080.00
  cn-financial:5001 19080.00
  cn-financial:2303 -19080.00
claim.refused C-2026-00004-7
  entitlement:claimed 10600.00
  entitlement:available -10600.00
  budget:obligated 10600.00
  budget:committed -10600.00
"""
LETTERS = """\
sme13 (en) claim.approved C-2026-00001-8
verifier1 (zh) finding.found K-2026-00001-8
verifier2 (zh) finding.found K-2026-00001-8
approver1 (zh) finding.found K-2026-00002-6
approver2 (zh) finding.found K-2026-00002-6
approver3 (zh) finding.found K-2026-00002-6
verifier1 (zh) finding.found K-2026-00002-6
verifier2 (zh) finding.found K-2026-00002-6
verifier1 (zh) finding.confirmed K-2026-00002-6
verifier2 (zh) finding.confirmed K-2026-00002-6
verifier1 (zh) claim.sent_back C-2026-00002-6
verifier2 (zh) claim.sent_back C-2026-00002-6
sme13 (en) claim.refused C-2026-00002-6
verifier1 (zh) finding.found K-2026-00003-9
verifier2 (zh) finding.found K-2026-00003-9
sme13 (en) claim.approved C-2026-00003-9
verifier1 (zh) finding.found K-2026-00004-7
verifier2 (zh) finding.found K-2026-00004-7
approver1 (zh) finding.found K-2026-00005-2
approver2 (zh) finding.found K-2026-00005-2
approver3 (zh) finding.found K-2026-00005-2
verifier1 (zh) finding.found K-2026-00005-2
verifier2 (zh) finding.found K-2026-00005-2
approver1 (zh) finding.found K-2026-00006-0
approver2 (zh) finding.found K-2026-00006-0
approver3 (zh) finding.found K-2026-00006-0
verifier2 (zh) finding.found K-2026-00006-0
verifier1 (zh) finding.confirmed K-2026-00006-0
verifier2 (zh) finding.confirmed K-2026-00006-0
verifier1 (zh) claim.sent_back C-2026-00004-7
verifier2 (zh) claim.sent_back C-2026-00004-7
sme13 (en) claim.refused C-2026-00004-7
"""
