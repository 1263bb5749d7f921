"""The checks around a payment, told as it happens: a paper twice, a lot, a changed account, and what comes to light after it went."""

import pytest
from sqlmodel import col, select

from tests.builders import (
    PROVIDERS,
    SME,
    SMES,
    House,
    a_completed_order,
    a_house,
    a_verified_claim,
    evidence,
)
from tests.stories.retold import assert_everything_agrees, letters, posted, reads_english
from tests.workflows.recovering import BASIS, payout_of, take_to_the_bank
from tests.workflows.scopes import publish, voucher_for
from tests.workflows.test_checking import findings, verify
from tests.workflows.test_duties import all_roles
from voucher.checks.sampling import draw
from voucher.claims import ClaimState, InvoiceLine, OwnPayment
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.files import FileStore, StoredFile
from voucher.findings import decisions_on
from voucher.history import Event
from voucher.orders import Order
from voucher.people import AccountConfirmation
from voucher.programmes.library import example
from voucher.recoveries import Recovery
from voucher.work import read
from workflows.approval import approve_claim
from workflows.checking import allow_finding, confirm_account, note_finding, record_site_check
from workflows.claiming import submit_claim
from workflows.recovery import take_up_recovery
from workflows.registration import register_account
from workflows.reimbursement import gather_batch
from workflows.sampling import draw_sample, lots_of
from workflows.watching import ask_for_checks

# Half of the claims are drawn by lot; and a paper that was brought before is no mere warning here.
RULES = example("weihai") + b"\nsampling_rate: 50 %\nchecks: {same_papers: block}\n"
SEED = "Lottery of 2026-03-01: 8 15 22 31 33"
ACCOUNT = "6217000012345678"


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one SME and one provider."""
    house = a_house(database, store)
    reads_english(house, SME)
    return house


def claim_on_an_old_transfer(house: House, voucher: str) -> str:
    """A verified claim whose proof of payment is that of the claim before."""
    order = a_completed_order(house, voucher, net="50000.00", vat="3000.00")
    with house.work(SME) as work:
        bought = fetch(work.session, Order, order)
        papers = dict(evidence(work, house, bought, house.references[SMES[0].number]))
        old = work.session.exec(select(StoredFile).where(StoredFile.name == "own_payment.pdf").order_by(col(StoredFile.id))).first()
        assert old is not None
        line = InvoiceLine(f"26371{house.number():015d}", house.today, "Buoy", bought.net, bought.vat)
        claim = submit_claim(work, order, [line], OwnPayment(f"BANK-{house.number()}", house.today, bought.gross),
                             list((papers | {"own_payment": old.reference}).items())).reference
    verify(house, claim)
    return claim


def approve(house: House, claim: str) -> str:
    """An approver approves."""
    with house.work("approver2") as work:
        return approve_claim(work, claim).state


def new_account(house: House, firm: str) -> None:
    """The office enters another account of a firm: always the same one."""
    with house.work("administrator1") as work:
        register_account(work, house.references[firm], "CNY", ACCOUNT, bank_code="102465000015")


def in_the_night(house: House) -> None:
    """What the worker does of a night, twice: it may."""
    for _time in range(2):
        with house.work() as work:
            ask_for_checks(work, house.store)
        house.do_jobs()


def test_a_paper_comes_twice_a_claim_is_drawn_an_account_changes_and_a_year_later_the_payment_is_suspected(house: House) -> None:
    programme = publish(house, RULES)
    voucher = voucher_for(house, programme)

    # The transfer that paid the first order is brought for the second too. Elsewhere a warning; by these terms it stops the money, so that
    # an approver decides and not who verifies.
    drawn, doubled = a_verified_claim(house, a_completed_order(house, voucher)), claim_on_an_old_transfer(house, voucher)
    (found,) = findings(house, doubled)
    assert (found.check_name, found.level, found.state) == ("same_papers", "block", "open")
    with pytest.raises(NotAllowed, match="an approver decides"), house.work("verifier1") as work:
        note_finding(work, found.reference, "It was one transfer")

    # Half of what waits is drawn, with the numbers of a lottery. Whoever knows them draws the same again.
    with pytest.raises(NotNow, match="takes part in a draw first"):
        approve(house, drawn)
    with house.work("auditor1") as work:
        assert draw_sample(work, programme, SEED)[1] == [drawn]
    with house.work() as work:
        ((lot, listed, chosen),) = lots_of(work, programme)
    assert (lot.seed, listed, draw(lot.seed, listed, 1)) == (SEED, [drawn, doubled], chosen)

    # Nobody allows what was drawn from his desk, and who verified does not go and look. Somebody else does, and it is in order.
    (lots,) = findings(house, drawn)
    with pytest.raises(NotNow, match="on the spot"), house.work("approver2") as work:
        allow_finding(work, lots.reference, "Looks fine from here")
    with pytest.raises(NotAllowed), house.work("verifier1") as work:
        record_site_check(work, lots.reference, house.today, "Weihai", "The buoy floats")
    with house.work("reviewer1") as work:
        record_site_check(work, lots.reference, house.today, "Weihai", "The buoy floats")
    assert approve(house, drawn) == ClaimState.APPROVED

    # The one that was spared waits for the paper, until an approver says why it may come twice. Shortly before that the SME's account is
    # changed: what was approved already goes to the one before.
    house.clock.turn(days=1)
    new_account(house, SMES[0].number)
    with pytest.raises(NotNow, match=f"Decide first .*{found.reference}"):
        approve(house, doubled)
    with house.work("approver2") as work:
        allow_finding(work, found.reference, "One transfer paid both orders, seen on the statement")
    assert approve(house, doubled) == ClaimState.APPROVED
    with read(house.database) as session:
        assert [(each.outcome, each.reason) for each in decisions_on(session, [found])[found.id]] == [
            ("allowed", "One transfer paid both orders, seen on the statement")]

    # The account cools off for ten days, unless the payee is asked over a channel known from before - by another than who entered the
    # account, though he may hold every role.
    payouts = [payout_of(house, each).reference for each in (drawn, doubled)]
    with pytest.raises(NotValid) as refused, house.work("finance1") as work:
        gather_batch(work, payouts, house.today)
    asked = next(each for each in findings(house, doubled) if each.check_name == "changed_account")
    assert [str(each) for each in refused.value.problems] == [
        f"payouts.{payouts[1]}: {payouts[1]} waits for a decision on the finding {asked.reference}."]
    assert "It waits until 2026-03-13, or until the payee has confirmed it over a second channel" in str(asked)
    all_roles(house, "administrator1")
    with pytest.raises(NotAllowed, match="another person has to ask"), house.work("administrator1") as work:
        confirm_account(work, asked.reference, "phone", "It is right, I entered it")
    with house.work("finance1") as work:
        confirm_account(work, asked.reference, "phone", "Ms Sun, at the number of the application")
        assert work.session.exec(select(AccountConfirmation)).one().channel == "phone"
    take_to_the_bank(house, payouts)

    # Thirty days after the payment all is well. Then the provider names the very same account: ninety days after it, the payment that went
    # there is suspected, once, however often the night comes. The other one is a warning only. An auditor takes the suspicion up.
    house.clock.turn(days=30)
    in_the_night(house)
    new_account(house, PROVIDERS[0].number)
    house.clock.turn(days=60)
    in_the_night(house)
    house.clock.turn(days=275)
    in_the_night(house)
    with read(house.database) as session:
        again = [(each.subject, each.data["days"], len(each.data["findings"])) for each in session.exec(
            select(Event).where(Event.name == "payout.rechecked").order_by(col(Event.id)))]
        suspected = session.exec(select(Recovery)).one()
    assert sorted(again) == [(payouts[0], 30, 0), (payouts[0], 90, 1), (payouts[0], 365, 1),
                             (payouts[1], 30, 0), (payouts[1], 90, 2), (payouts[1], 365, 2)]
    assert [(each.check_name, each.level, each.state) for each in findings(house, drawn)] == DRAWN
    assert [(each.check_name, each.level, each.state) for each in findings(house, doubled)] == DOUBLED
    shared = next(each for each in findings(house, doubled) if each.check_name == "shared_account")
    assert suspected.facts == f"{shared.reference}: 收款账户 …5678 同时也是 {PROVIDERS[0].name} 的账户。"
    with house.work("auditor1") as work:
        assert take_up_recovery(work, suspected.reference, BASIS).state == "opened"
    assert posted(house, "recovery.suspected", "recovery.taken_up") == ""  # nothing is owed before it is decided
    assert letters(house, "finding.found", "recovery.suspected", "recovery.taken_up") == LETTERS
    assert_everything_agrees(house)


DRAWN = [("drawn", "block", "allowed"), ("related", "warn", "open")]
DOUBLED = [("same_papers", "block", "allowed"), ("changed_account", "block", "allowed"), ("related", "warn", "open"),
           ("shared_account", "block", "open")]
LETTERS = """\
approver1 (zh) finding.found K-2026-00001-8
approver2 (zh) finding.found K-2026-00001-8
approver3 (zh) finding.found K-2026-00001-8
administrator1 (zh) finding.found K-2026-00001-8
verifier1 (zh) finding.found K-2026-00001-8
verifier2 (zh) finding.found K-2026-00001-8
reviewer1 (zh) finding.found K-2026-00002-6
reviewer2 (zh) finding.found K-2026-00002-6
administrator1 (zh) finding.found K-2026-00002-6
verifier1 (zh) finding.found K-2026-00002-6
verifier2 (zh) finding.found K-2026-00002-6
finance1 (zh) finding.found K-2026-00003-9
administrator1 (zh) finding.found K-2026-00003-9
auditor1 (zh) finding.found K-2026-00004-7
administrator1 (zh) finding.found K-2026-00004-7
finance1 (zh) finding.found K-2026-00004-7
auditor1 (zh) finding.found K-2026-00005-2
administrator1 (zh) finding.found K-2026-00005-2
finance1 (zh) finding.found K-2026-00005-2
auditor1 (zh) finding.found K-2026-00006-0
administrator1 (zh) finding.found K-2026-00006-0
finance1 (zh) finding.found K-2026-00006-0
auditor1 (zh) recovery.suspected R-2026-00001-2
administrator1 (zh) recovery.suspected R-2026-00001-2
sme13 (en) recovery.taken_up R-2026-00001-2
"""
