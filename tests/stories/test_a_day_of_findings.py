"""A Monday where claims are looked at: who sent them, who judged them, what they cost, how they look; and what officers decide on each."""

import pytest

from tests.builders import (
    SMES,
    House,
    a_completed_order,
    a_house,
    a_placed_order,
    an_issued_voucher,
    evidence,
    full_decisions,
    who,
)
from tests.stories.retold import assert_everything_agrees, letters, posted, reads_english
from tests.workflows.test_checking import findings, tie_to, verify
from voucher.claims import ClaimState, InvoiceLine, OwnPayment
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotNow
from voucher.files import FileStore
from voucher.findings import Finding, decisions_on
from voucher.money import Money
from voucher.orders import Order
from voucher.people import Role
from voucher.work import read
from workflows.approval import approve_claim
from workflows.checking import allow_finding, check_claim, note_finding
from workflows.claiming import submit_claim, upload_file
from workflows.correction import resubmit_claim, return_claim
from workflows.demo.data import DOMAIN
from workflows.demo.evidence import evidence_page
from workflows.registration import grant_role
from workflows.relating import End
from workflows.verification import send_back_claim, verify_claim

#: A hundred parts whose price begins with an 8, and a small one.
PARTS = ("8.00", *("800.00",) * 100)


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with three SMEs and one provider, on a Friday morning."""
    house = a_house(database, store, smes=3)
    house.clock.turn(days=4)
    reads_english(house, who(SMES[1]))
    return house


def said_of(house: House, order: Order, nets: tuple[str, ...]) -> tuple[list[InvoiceLine], OwnPayment]:
    """The invoice lines of an order, one of each net amount, and what the SME paid of it."""
    lines = [InvoiceLine(f"26371{house.number():015d}", house.today, f"Part {number}", Money.parse(net, "CNY"), Money.zero("CNY"))
             for number, net in enumerate(nets, 1)]
    return lines, OwnPayment(f"BANK-{house.number()}", house.today, order.gross)


def claim_by(house: House, sme: int, order: str, nets: tuple[str, ...] = ("10000.00",)) -> str:
    """An SME claims an order, in one line or in many."""
    with house.work(who(SMES[sme])) as work:
        bought = fetch(work.session, Order, order)
        return submit_claim(work, order, *said_of(house, bought, nets),
                            evidence(work, house, bought, house.references[SMES[sme].number])).reference


def claim_again_with_mandate(house: House, claim: str, order: str) -> None:
    """The second SME sends its claim once more, with the mandate that it signed."""
    with house.work(who(SMES[1])) as work:
        bought, firm = fetch(work.session, Order, order), house.references[SMES[1].number]
        signed = upload_file(work, house.store, firm, "mandate.pdf", evidence_page("mandate", order)).reference
        resubmit_claim(work, claim, *said_of(house, bought, ("10000.00",)), [*evidence(work, house, bought, firm), ("mandate", signed)])


def approve(house: House, claim: str) -> str:
    """An approver approves."""
    with house.work("approver2") as work:
        return approve_claim(work, claim).state


def found(house: House, claim: str) -> dict[str, Finding]:
    """What was found on a claim, by the check that found it."""
    return {each.check_name: each for each in findings(house, claim)}


def summed_up(house: House, claim: str) -> list[tuple[str, str, str, list[str]]]:
    """Each finding on a claim: check, level, state, and why it was decided so."""
    several = findings(house, claim)
    with read(house.database) as session:
        reasons = decisions_on(session, several)
    return [(each.check_name, each.level, each.state, [why.reason for why in reasons.get(each.id, ())]) for each in several]


def test_a_monday_with_an_odd_claim_a_dear_one_one_of_an_agent_and_one_of_a_verifiers_cousin(house: House) -> None:
    # On Friday the firms order and take over what was made: at the provider's usual prices, but for a mooring.
    first, second, third = (an_issued_voucher(house, sme=each) for each in SMES[:3])
    dear = a_completed_order(house, first, net="80008.00", vat="0.00", title="Mooring")
    sent, cousins = (a_completed_order(house, voucher, sme=sme, net="10000.00", vat="0.00", title="Sensor")
                     for voucher, sme in ((second, SMES[1]), (third, SMES[2])))
    for voucher, sme in ((second, SMES[1]), (third, SMES[2])):
        a_placed_order(house, voucher, sme=sme, net="10500.00", vat="0.00", title="Cable")

    # On Saturday one more is ordered, delivered and invoiced, for a round sum. Meanwhile one man takes on the paperwork of two firms, and
    # the register shows four firms at one telephone.
    house.clock.turn(days=1)
    odd = claim_by(house, 0, a_completed_order(house, first, net="10000.00", vat="0.00", title="Buoy"))
    with house.work("administrator1") as work:
        grant_role(work, SMES[1].people[0].email, Role.SME, house.references[SMES[2].number])
    switchboard = End("phone", "0631-5812345")
    for firm in (house.references[SMES[2].number], "CN:91371000AAA", "CN:91371000BBB", "CN:91371000CCC"):
        tie_to(house, End("org", firm), "same_phone", switchboard)
    house.clock.turn(days=2)
    costly, agents, cousin = claim_by(house, 0, dear, PARTS), claim_by(house, 1, sent), claim_by(house, 2, cousins)
    for claim in (odd, costly, cousin):
        verify(house, claim)

    # Odd: three signs at once. The verifier looks and notes what he saw; an odd claim is no false one.
    signs = found(house, odd)["odd"]
    assert str(signs) == ("Several signs at once: round sums, an invoice of a day on which nobody works, ordered and delivered and "
                          "invoiced on one day.")
    with house.work("verifier1") as work:
        note_finding(work, signs.reference, "The ship sailed on Saturday, by the log of the port")
    assert approve(house, odd) == ClaimState.APPROVED

    # Dear: eight times what the provider takes from others; and prices that all begin with an 8, which is only to be known.
    price = found(house, costly)["high_price"]
    assert str(price) == ("One piece costs 80008.00 here; the median of 5 other orders with this provider for this service is 10000.00.")
    assert "begin with a 8" in str(found(house, costly)["digits"])
    with house.work("verifier1") as work:
        note_finding(work, price.reference, "A whole mooring of a hundred parts; three offers were seen")
    assert approve(house, costly) == ClaimState.APPROVED

    # By an agent: he acts for two firms and brings no mandate. That stops the money, so no verifier notes it away; the claim goes back,
    # comes again with a mandate signed by the firm, and nothing is found any more.
    unsigned = found(house, agents)["without_mandate"]
    with pytest.raises(NotAllowed, match="an approver decides"), house.work("verifier1") as work:
        note_finding(work, unsigned.reference, "He is well known")
    with house.work("verifier1") as work:
        return_claim(work, agents, "A mandate signed by the firm itself")
    claim_again_with_mandate(house, agents, sent)
    verify(house, agents)
    assert approve(house, agents) == ClaimState.APPROVED

    # Of a cousin: only now the verifier declares whose cousin he is. His judgement does not stand: the claim goes back to another
    # verifier, and the approver says why it may be paid. That four firms have one telephone is explained as well.
    tie_to(house, End("person", f"verifier1@{DOMAIN}"), "family", End("org", house.references[SMES[2].number]), who="verifier1")
    with pytest.raises(NotNow, match="took part in this case for the office"):
        approve(house, cousin)
    with house.work("approver2") as work:
        check_claim(work, cousin)
        send_back_claim(work, cousin, "The verifier is a cousin of the owner")
    with pytest.raises(NotAllowed, match="you are tied to a firm"):
        verify(house, cousin)
    with house.work("verifier2") as work:
        verify_claim(work, cousin, full_decisions(work, cousin))
    with pytest.raises(NotNow, match=f"Decide first .*{found(house, cousin)['conflict'].reference}"):
        approve(house, cousin)
    with house.work("approver2") as work:
        allow_finding(work, found(house, cousin)["conflict"].reference, "Verified anew by somebody else")
        allow_finding(work, found(house, cousin)["crowded"].reference, "The switchboard of an industrial park")
    assert approve(house, cousin) == ClaimState.APPROVED

    assert [summed_up(house, each) for each in (odd, costly, agents, cousin)] == [ODD, COSTLY, AGENTS, COUSIN]
    assert posted(house, "claim.approved") == BOOKS
    assert letters(house, "finding.found", "claim.returned", "claim.resubmitted", "claim.sent_back") == LETTERS
    assert_everything_agrees(house)


# The parts of the mooring are of the provider, so their digits are told on every claim from then on; nobody has to decide about them.
DIGITS: tuple[str, str, str, list[str]] = ("digits", "info", "open", [])
ODD = [("odd", "warn", "allowed", ["The ship sailed on Saturday, by the log of the port"]), DIGITS]
COSTLY = [DIGITS, ("high_price", "warn", "allowed", ["A whole mooring of a hundred parts; three offers were seen"])]
AGENTS = [DIGITS, ("without_mandate", "block", "lapsed", [])]
COUSIN = [DIGITS, ("crowded", "warn", "allowed", ["The switchboard of an industrial park"]),
          ("conflict", "block", "allowed", ["Verified anew by somebody else"])]
BOOKS = """\
claim.approved C-2026-00001-8
  entitlement:claimed 2000.00
  entitlement:approved -2000.00
  budget:obligated 2000.00
  budget:delivered-unpaid -2000.00
  financial:expense:subsidy 2000.00
  financial:payable:claims -2000.00
  financial:equity:unexpended 2000.00
  financial:revenue:appropriation-used -2000.00
  cn-financial:5001 2000.00
  cn-financial:2303 -2000.00
claim.approved C-2026-00002-6
  entitlement:claimed 16001.60
  entitlement:approved -16001.60
  budget:obligated 16001.60
  budget:delivered-unpaid -16001.60
  financial:expense:subsidy 16001.60
  financial:payable:claims -16001.60
  financial:equity:unexpended 16001.60
  financial:revenue:appropriation-used -16001.60
  cn-financial:5001 16001.60
  cn-financial:2303 -16001.60
claim.approved C-2026-00003-9
  entitlement:claimed 2000.00
  entitlement:approved -2000.00
  budget:obligated 2000.00
  budget:delivered-unpaid -2000.00
  financial:expense:subsidy 2000.00
  financial:payable:claims -2000.00
  financial:equity:unexpended 2000.00
  financial:revenue:appropriation-used -2000.00
  cn-financial:5001 2000.00
  cn-financial:2303 -2000.00
claim.approved C-2026-00004-7
  entitlement:claimed 2000.00
  entitlement:approved -2000.00
  budget:obligated 2000.00
  budget:delivered-unpaid -2000.00
  financial:expense:subsidy 2000.00
  financial:payable:claims -2000.00
  financial:equity:unexpended 2000.00
  financial:revenue:appropriation-used -2000.00
  cn-financial:5001 2000.00
  cn-financial:2303 -2000.00
"""
LETTERS = """\
verifier1 (zh) finding.found K-2026-00001-8
verifier2 (zh) finding.found K-2026-00001-8
verifier1 (zh) finding.found K-2026-00003-9
verifier2 (zh) finding.found K-2026-00003-9
approver1 (zh) finding.found K-2026-00005-2
approver2 (zh) finding.found K-2026-00005-2
approver3 (zh) finding.found K-2026-00005-2
verifier1 (zh) finding.found K-2026-00005-2
verifier2 (zh) finding.found K-2026-00005-2
verifier1 (zh) finding.found K-2026-00007-1
verifier2 (zh) finding.found K-2026-00007-1
sme14 (en) claim.returned C-2026-00003-9
sme14 (en) claim.resubmitted C-2026-00003-9
verifier1 (zh) claim.resubmitted C-2026-00003-9
verifier2 (zh) claim.resubmitted C-2026-00003-9
approver1 (zh) finding.found K-2026-00009-4
approver3 (zh) finding.found K-2026-00009-4
verifier1 (zh) finding.found K-2026-00009-4
verifier2 (zh) finding.found K-2026-00009-4
verifier1 (zh) claim.sent_back C-2026-00004-7
verifier2 (zh) claim.sent_back C-2026-00004-7
"""
