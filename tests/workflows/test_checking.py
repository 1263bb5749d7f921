"""Checking: what the checks find is written down, and money waits until somebody who may has decided."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SME,
    SMES,
    House,
    a_completed_order,
    a_house,
    a_submitted_claim,
    a_verified_claim,
    an_approved_claim,
    evidence,
    full_decisions,
)
from tests.workflows.mailing import all_letters, tell
from voucher.claims import Claim, ClaimState, CutReason, InvoiceLine, LineDecision, OwnPayment, evidence_of, lines_of
from voucher.database import Database, fetch, get
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.files import FileStore, StoredFile
from voucher.findings import Finding, FindingState, decisions_on, findings_of
from voucher.history import case_events
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import payouts_of
from voucher.people import AccountConfirmation, BankAccount, Organisation
from voucher.ties import Tie
from voucher.vouchers import Voucher
from voucher.work import Work, read
from workflows.approval import approve_claim
from workflows.checking import allow_finding, check_claim, confirm_account, confirm_finding, note_finding
from workflows.claiming import submit_claim, withdraw_claim
from workflows.correction import resubmit_claim, return_claim
from workflows.holding import freeze_voucher
from workflows.publication import hold_claim
from workflows.registration import register_account
from workflows.reimbursement import gather_batch, release_batch
from workflows.relating import COLUMNS, End, NewTie, enter_ties, import_ties
from workflows.replay import replay
from workflows.sight import is_told
from workflows.verification import send_back_claim, verify_claim


def claim_again(house: House, earlier: str) -> str:
    """Another claim of the SME, on another order, with the file of the invoice of the earlier one."""
    order = a_completed_order(house)
    with house.work(SME) as work:
        bought = fetch(work.session, Order, order)
        papers = evidence(work, house, bought, house.references[SMES[0].number])
        with read(house.database) as session:
            old = next(each for each in session.exec(select(StoredFile).where(StoredFile.name == "invoice.pdf")))
        papers = [(kind, file) for kind, file in papers if kind != "invoice"] + [("invoice", old.reference)]
        line = InvoiceLine(f"26371{house.number():015d}", house.today, "Buoy", bought.net, bought.vat)
        return submit_claim(work, order, [line], OwnPayment(f"BANK-{house.number()}", house.today, bought.gross), papers).reference


def findings(house: House, claim: str) -> list[Finding]:
    with read(house.database) as session:
        return findings_of(session, [fetch(session, Claim, claim).id])


def verify(house: House, claim: str) -> None:
    with house.work("verifier1") as work:
        verify_claim(work, claim, full_decisions(work, claim))


def decide(house: House, who: str, verb: Callable[[Work, str, str], Finding], finding: str, reason: str = "Seen on paper") -> None:
    with house.work(who) as work:
        verb(work, finding, reason)


@pytest.fixture
def doubled(house: House) -> str:
    """A claim with the file of an invoice that an earlier claim brought."""
    return claim_again(house, a_submitted_claim(house))


def test_a_claim_in_order_has_no_findings(house: House) -> None:
    assert findings(house, a_verified_claim(house)) == []


def test_a_file_that_was_claimed_before_is_found_as_the_claim_comes_in(house: House, doubled: str) -> None:
    (found,) = findings(house, doubled)
    assert (found.check_name, found.level, found.state, found.stage) == ("same_invoice", "block", "open", "submission")
    assert str(found).startswith("The file of an invoice, F-2026-")


def claim_with_payment_of(house: House, earlier: str) -> str:
    """Another claim of the SME, on another order, that names the payment of the earlier one."""
    order = a_completed_order(house)
    with house.work(SME) as work:
        bought, payment = fetch(work.session, Order, order), fetch(work.session, Claim, earlier).own_payment_reference
        line = InvoiceLine(f"26371{house.number():015d}", house.today, "Buoy", bought.net, bought.vat)
        return submit_claim(work, order, [line], OwnPayment(payment.lower(), house.today, bought.gross),
                            evidence(work, house, bought, house.references[SMES[0].number])).reference


def test_a_payment_that_proved_another_own_share_is_looked_at_before_the_claim_is_approved(house: House) -> None:
    first = a_submitted_claim(house)
    again = claim_with_payment_of(house, first)
    verify(house, again)
    (found,) = findings(house, again)
    assert (found.check_name, found.level, found.state, found.evidence) == ("same_payment", "warn", "open", [first])
    with pytest.raises(NotNow, match="it is a warning"), house.work("approver2") as work:
        approve_claim(work, again)
    with house.work("verifier1") as work:
        found_on_first = [each.check_name for each in check_claim(work, first)]
    assert found_on_first == []  # the later one has to explain itself
    decide(house, "verifier1", note_finding, found.reference, "One transfer for both, seen on the bank's paper")
    with house.work("approver2") as work:
        assert approve_claim(work, again).state == "approved"


def test_a_corrected_claim_does_not_take_over_the_payment_of_another(house: House) -> None:
    first = a_submitted_claim(house)
    returned(house, first)
    other = claim_with_payment_of(house, first)
    assert [each.check_name for each in findings(house, other)] == ["same_payment"]
    with house.work(SME) as work:
        held = fetch(work.session, Claim, first)
        bought = get(work.session, Order, held.order_id)
        papers = evidence(work, house, bought, house.references[SMES[0].number])
        resubmit_claim(work, first, [InvoiceLine(f"26371{house.number():015d}", house.today, "Buoy", bought.net, bought.vat)],
                       OwnPayment(f"BANK-{house.number()}", house.today, bought.gross), papers)
    assert [each.state for each in findings(house, first)] == []
    with house.work("verifier1") as work:
        assert [each.state for each in check_claim(work, other)] == ["lapsed"]  # nobody else names it any more
        return_claim(work, first, "Say again what was paid")
    with house.work(SME) as work:
        resubmit_claim(work, first, [InvoiceLine(f"26371{house.number():015d}", house.today, "Buoy", bought.net, bought.vat)],
                       OwnPayment(fetch(work.session, Claim, other).own_payment_reference, house.today, bought.gross), papers)
    assert [(each.check_name, each.state) for each in findings(house, first)] == [("same_payment", "open")]


def corrected(house: House, claim: str, invoice: str, number: str, on: date) -> None:
    """A returned claim comes again, with this file and number as its invoice."""
    with house.work(SME) as work:
        bought = get(work.session, Order, fetch(work.session, Claim, claim).order_id)
        papers = [each for each in evidence(work, house, bought, house.references[SMES[0].number]) if each[0] != "invoice"]
        resubmit_claim(work, claim, [InvoiceLine(number, on, "Buoy", bought.net, bought.vat)],
                       OwnPayment(f"BANK-{house.number()}", house.today, bought.gross), [*papers, ("invoice", invoice)])


def returned(house: House, claim: str) -> tuple[str, str]:
    """A verifier returns it; the file and the number of its invoice."""
    with house.work("verifier1") as work:
        held = fetch(work.session, Claim, claim)
        (file,) = [work.session.get_one(StoredFile, each.file_id).reference for each in evidence_of(work.session, held.id)
                   if each.kind == "invoice"]
        number = lines_of(work.session, held.id)[0].invoice_number
        return_claim(work, claim, "Say what was done")
    return file, number


def test_what_a_corrected_claim_brings_anew_is_held_against_what_others_brought_meanwhile(house: House) -> None:
    first, day = a_submitted_claim(house), house.today
    file, number = returned(house, first)
    between = claim_again(house, first)
    assert [each.check_name for each in findings(house, between)] == ["same_invoice"]
    corrected(house, first, file, number, day)
    assert findings(house, first) == []  # it had this before the other one did
    with house.work("verifier1") as work:
        (still,) = check_claim(work, between)
        assert still.state == FindingState.OPEN

    returned(house, first)
    house.clock.turn(days=1)
    with house.work(SME) as work:
        withdraw_claim(work, between)
    other = a_submitted_claim(house)
    with house.work("verifier1") as work:
        theirs = lines_of(work.session, fetch(work.session, Claim, other).id)[0]
        (file,) = [work.session.get_one(StoredFile, each.file_id).reference
                   for each in evidence_of(work.session, theirs.claim_id) if each.kind == "invoice"]
    swapped = theirs.invoice_number.replace("26371", "23671")
    corrected(house, first, file, swapped, theirs.issued_on)
    assert {(each.check_name, each.level) for each in findings(house, first)} >= {("same_invoice", "block")}
    with house.work("verifier1") as work:
        assert check_claim(work, other) == []  # whose it was is not blamed


def test_a_claim_is_not_approved_while_a_finding_is_open(house: House, doubled: str) -> None:
    verify(house, doubled)
    with pytest.raises(NotNow, match="Decide first"), house.work("approver2") as work:
        approve_claim(work, doubled)


@pytest.fixture
def warned(house: House) -> str:
    """A verified claim of an SME whose account is held in another name."""
    another_holder(house)
    return a_verified_claim(house)


def another_holder(house: House) -> None:
    with house.work("administrator1") as work:
        register_account(work, house.references[SMES[0].number], "CNY", "6217000012345678", bank_code="102465000015", holder="Another")


def test_a_claim_is_not_approved_before_somebody_has_decided_about_a_warning(house: House, warned: str) -> None:
    (found,) = findings(house, warned)
    assert (found.check_name, found.level, found.state) == ("other_holder", "warn", "open")
    with pytest.raises(NotNow) as refused, house.work("approver2") as work:
        approve_claim(work, warned)
    assert [str(each) for each in refused.value.problems] == [
        f"Decide first about {found.reference}: it is a warning, so a verifier takes note of it on its page, or an approver decides."]
    with pytest.raises(DBAPIError, match="nobody decided yet about a finding"), house.work() as work:
        work.session.execute(text("update claims set approved_minor = 1 where reference = :claim"), {"claim": warned})
    with pytest.raises(DBAPIError, match="nobody decided about this finding"), house.work() as work:
        work.session.execute(text("update findings set state = 'allowed'"))
    decide(house, "verifier1", note_finding, found.reference, "The firm changed its name")
    with house.work("approver2") as work:
        assert approve_claim(work, warned).state == ClaimState.APPROVED


def test_a_confirmed_warning_keeps_its_claim_from_being_approved(house: House, warned: str) -> None:
    decide(house, "approver2", confirm_finding, findings(house, warned)[0].reference)
    with pytest.raises(NotNow, match="was confirmed"), house.work("approver3") as work:
        approve_claim(work, warned)


def test_every_finding_that_waits_is_named_at_once(house: House) -> None:
    another_holder(house)
    doubled = claim_again(house, a_submitted_claim(house))
    verify(house, doubled)
    with pytest.raises(NotNow) as refused, house.work("approver2") as work:
        approve_claim(work, doubled)
    assert sorted(str(each).partition(": ")[2] for each in refused.value.problems) == [
        "it is a warning, so a verifier takes note of it on its page, or an approver decides.",
        "it stops the money, so an approver decides about it on its page."]


def test_a_warning_that_comes_up_after_the_approval_holds_no_payment(house: House) -> None:
    claim = an_approved_claim(house)
    with house.work() as work:
        sme = fetch(work.session, Organisation, house.references[SMES[0].number])
        sme.name = "Under another name"
        work.session.add(sme)
    with house.work("finance1") as work:
        gather_batch(work, [payout_of(house, claim)], house.today)
    assert [(each.check_name, each.level, each.state) for each in findings(house, claim)] == [("other_holder", "warn", "open")]


def test_the_database_approves_no_claim_while_a_finding_is_open(house: House, doubled: str) -> None:
    with pytest.raises(DBAPIError, match="nobody decided yet about a finding"), house.work() as work:
        work.session.execute(text("update claims set approved_minor = 1 where reference = :claim"), {"claim": doubled})


def test_an_approver_allows_with_a_reason_and_the_claim_goes_on(house: House, doubled: str) -> None:
    verify(house, doubled)
    (found,) = findings(house, doubled)
    tell(house)
    told = {who: letter.words["do"] for who, letter in all_letters(house) if letter.event == "finding.found"}
    assert sorted(told) == ["approver1", "approver2", "approver3", "verifier1", "verifier2"]
    assert (told["approver2"], told["verifier1"]) == ("在您对此作出决定之前，款项不予支付。", "核验兑付申请时请一并查看。")
    decide(house, "approver2", allow_finding, found.reference, "One invoice over both orders")
    with house.work("approver2") as work:
        assert approve_claim(work, doubled).state == ClaimState.APPROVED
    with read(house.database) as session:
        (decision,) = decisions_on(session, [found])[found.id]
    assert (decision.outcome, decision.reason) == ("allowed", "One invoice over both orders")


def test_who_verified_does_not_decide_what_stops_the_money(house: House, doubled: str) -> None:
    verify(house, doubled)
    (found,) = findings(house, doubled)
    with pytest.raises(NotAllowed, match="an approver decides"):
        decide(house, "verifier1", note_finding, found.reference)
    with pytest.raises(NotAllowed):
        decide(house, "verifier1", allow_finding, found.reference)


def test_a_party_never_hears_of_the_finding(house: House, doubled: str) -> None:
    (found,) = findings(house, doubled)
    for party in (SME, PROVIDER):
        with pytest.raises(NotFound):
            decide(house, party, allow_finding, found.reference)


def test_the_timeline_of_a_firm_says_nothing_of_findings(house: House, doubled: str) -> None:
    with house.work() as work:
        assert [each.name for each in case_events(work.session, findings(house, doubled)[0].case_reference)][-1] == "finding.found"
    assert not is_told(house.people[SME], "finding.found")
    assert is_told(house.people["verifier1"], "finding.found")


def test_the_database_takes_no_decision_of_who_verified(house: House, doubled: str) -> None:
    verify(house, doubled)
    with pytest.raises(DBAPIError, match="who claims or verified"), house.work() as work:
        work.session.execute(text("insert into finding_decisions (id, finding_id, person_id, outcome, reason, at)"
                                  " select :id, id, :person, 'allowed', 'x', '2026-03-02 00:00:00' from findings"),
                             {"id": _raw(house, UUID(int=7)), "person": _raw(house, house.people["verifier1"].person_id)})


def test_the_database_decides_nothing_by_itself(house: House, doubled: str) -> None:
    with pytest.raises(DBAPIError, match="nobody decided"), house.work() as work:
        work.session.execute(text("update findings set state = 'allowed'"))


def _raw(house: House, key: UUID | None) -> str:
    """An id as the engine keeps it."""
    assert key is not None
    return key.hex if house.database.is_sqlite else str(key)


def test_a_decision_needs_a_reason(house: House, doubled: str) -> None:
    with pytest.raises(NotValid):
        decide(house, "approver2", allow_finding, findings(house, doubled)[0].reference, " ")


def test_a_confirmed_finding_keeps_the_claim_from_being_approved(house: House, doubled: str) -> None:
    verify(house, doubled)
    decide(house, "approver2", confirm_finding, findings(house, doubled)[0].reference)
    with pytest.raises(NotNow, match="was confirmed"), house.work("approver2") as work:
        approve_claim(work, doubled)
    with house.work("approver2") as work:
        send_back_claim(work, doubled, "The invoice was paid before")
    with house.work("verifier1") as work:
        held = fetch(work.session, Claim, doubled)
        nothing = [LineDecision(line.number, Money.zero("CNY"), CutReason.FUNDED_ELSEWHERE) for line in lines_of(work.session, held.id)]
        verify_claim(work, doubled, nothing)
    with house.work("approver2") as work:
        assert approve_claim(work, doubled).state == ClaimState.REFUSED


def test_what_is_found_no_more_lapses(house: House) -> None:
    first = a_submitted_claim(house)
    doubled = claim_again(house, first)
    with house.work(SME) as work:
        withdraw_claim(work, first)
    verify(house, doubled)
    (found,) = findings(house, doubled)
    assert found.state == FindingState.LAPSED
    with house.work("approver2") as work:
        assert approve_claim(work, doubled).state == ClaimState.APPROVED
    with read(house.database) as session:
        assert replay(session).differences == []


def test_checks_may_be_run_again_by_officers_only(house: House, doubled: str) -> None:
    with house.work("approver2") as work:
        assert [each.check_name for each in check_claim(work, doubled)] == ["same_invoice"]
    with pytest.raises(NotAllowed), house.work(SME) as work:
        check_claim(work, doubled)


def approved_before_it_was_found(house: House) -> str:
    """An approved claim on which the checks find something only afterwards: the same file, found by bytes put in its place."""
    a_submitted_claim(house)
    claim = an_approved_claim(house)
    the_same_bytes(house)
    return claim


def the_same_bytes(house: House) -> None:
    with house.work() as work:
        digests = list(work.session.exec(select(StoredFile).where(StoredFile.name == "invoice.pdf").order_by("id")))
        digests[-1].sha256 = digests[0].sha256
        work.session.add(digests[-1])


def payout_of(house: House, claim: str) -> str:
    with read(house.database) as session:
        return payouts_of(session, fetch(session, Claim, claim).id)[0].reference


def test_a_payout_with_an_open_finding_is_not_gathered(house: House) -> None:
    claim = approved_before_it_was_found(house)
    with pytest.raises(NotValid) as refused, house.work("finance1") as work:
        gather_batch(work, [payout_of(house, claim)], house.today)
    assert f"The checks find something on the claim {claim} that nobody has looked at" in str(refused.value)
    (found,) = findings(house, claim)  # though all else went with the refusal
    assert (found.check_name, found.stage, found.stops) == ("same_invoice", "release", True)
    with pytest.raises(NotValid, match=f"waits for a decision on the finding {found.reference}"), house.work("finance1") as work:
        gather_batch(work, [payout_of(house, claim)], house.today)


def test_where_all_payouts_wait_it_is_said_for_what_and_what_the_checks_found_stays(house: House) -> None:
    claim, held, frozen = approved_before_it_was_found(house), an_approved_claim(house), an_approved_claim(house)
    with house.work("approver3") as work:
        hold_claim(work, held, "It is looked at again", house.today + timedelta(days=3))
        order = get(work.session, Order, fetch(work.session, Claim, frozen).order_id)
        freeze_voucher(work, get(work.session, Voucher, order.voucher_id).reference, "Looked into", house.today + timedelta(days=3))
    for said in (f"The checks find something on the claim {claim}", "waits for a decision on the finding"):
        with pytest.raises(NotNow, match="No payout is payable now") as refused, house.work("finance1") as work:
            gather_batch(work, None, house.today)
        told = {each.where.removeprefix("payouts."): str(each) for each in refused.value.problems}
        assert said in told[payout_of(house, claim)]
        assert "its claim is held" in told[payout_of(house, held)] and "is frozen" in told[payout_of(house, frozen)]
    with read(house.database) as session:
        assert replay(session).differences == []


def test_what_is_found_as_a_batch_is_released_stays_too(house: House) -> None:
    a_submitted_claim(house)
    claim = an_approved_claim(house)
    with house.work("finance1") as work:
        batch = gather_batch(work, [payout_of(house, claim)], house.today).reference
    the_same_bytes(house)
    with pytest.raises(NotValid, match="The checks stop some of these payouts"), house.work("treasury1") as work:
        release_batch(work, batch)
    assert [each.stops for each in findings(house, claim)] == [True]


def test_the_others_are_gathered_without_it(house: House) -> None:
    claim, other = approved_before_it_was_found(house), an_approved_claim(house)
    with house.work("finance1") as work:
        gather_batch(work, None, house.today)
    with read(house.database) as session:
        states = {name: payouts_of(session, fetch(session, Claim, name).id)[0].state for name in (claim, other)}
    assert states == {claim: "payable", other: "gathered"}
    (found,) = findings(house, claim)
    assert (found.stage, found.stops) == ("release", True)
    decide(house, "approver2", allow_finding, found.reference)
    with house.work("finance1") as work:
        gather_batch(work, [payout_of(house, claim)], house.today)


# -- Ties, interests and accounts ----------------------------------------------------------------------------------------

def tie_to(house: House, left: End, tie: str, right: End, who: str = "reviewer1") -> None:
    with house.work(who) as work:
        enter_ties(work, [NewTie(left, tie, right, "Register of companies, 2026-03-01")])


def sme_end(house: House) -> End:
    return End("org", house.references[SMES[0].number])


def provider_end(house: House) -> End:
    return End("org", house.references[PROVIDERS[0].number])


def test_a_tie_that_was_entered_is_found_with_its_way(house: House) -> None:
    zhang = End("person", "371000198001010011", "Zhang Wei")
    tie_to(house, sme_end(house), "officer", zhang)
    tie_to(house, zhang, "shareholder", provider_end(house))
    (found,) = findings(house, a_submitted_claim(house))
    assert (found.check_name, found.level) == ("related", "warn")  # Weihai forbids no ties
    assert "/ officer / Zhang Wei / shareholder /" in str(found)


def test_a_table_of_ties_goes_in_whole_or_not_at_all(house: House) -> None:
    head = ",".join(COLUMNS)
    good = f"org,{house.references[SMES[0].number]},,same_phone,phone,0631-5812345,,2024-01-01,,visit"
    bad = "org,N-2026-99999-1,,neighbour,phone,1,,2024-02-01,2024-01-01,"
    with pytest.raises(NotValid) as refused, house.work("reviewer1") as work:
        import_ties(work, f"{head}\n{good}\n{bad}\n".encode())
    assert [(each.line, each.where) for each in refused.value.problems] == [(3, "left"), (3, "tie"), (3, "until"), (3, "source")]
    with house.work("reviewer1") as work:
        assert len(import_ties(work, f"{head}\n{good}\n{good}\n".encode())) == 1
    with house.work("reviewer1") as work:
        assert import_ties(work, f"{head}\n{good}\n".encode()) == []
    with house.work("reviewer1") as work:
        import_ties(work, f"{head}\n{good.replace('2024-01-01,,', '2024-01-01,2025-12-31,')}\n".encode())
    with read(house.database) as session:
        assert [(each.right_node, str(each.until_on)) for each in session.exec(select(Tie))] == [("phone:06315812345", "2025-12-31")]


def test_firms_enter_no_ties(house: House) -> None:
    with pytest.raises(NotFound):
        tie_to(house, sme_end(house), "officer", End("person", "x"), who=SME)


def test_an_officer_takes_no_step_in_the_case_of_a_firm_he_is_tied_to(house: House) -> None:
    claim = a_submitted_claim(house)
    tie_to(house, End("person", "verifier1@voucher.example"), "family", provider_end(house), who="administrator1")
    with pytest.raises(NotAllowed, match="you are tied to a firm"):
        verify(house, claim)


@pytest.mark.parametrize("over_an_owner", [True, False])
def test_nor_in_that_of_a_firm_behind_which_a_firm_of_his_family_stands(database: Database, store: FileStore, *,
                                                                        over_an_owner: bool) -> None:
    """By a tie that was entered, or by what the register says of who controls both."""
    house = a_house(database, store, smes=2)
    claim, wife = a_submitted_claim(house), End("person", "371000198001010011", "Li Na")
    with house.work("administrator1") as work:
        held = fetch(work.session, Organisation, house.references[SMES[1].number])
        if not over_an_owner:
            held.controller = fetch(work.session, Organisation, sme_end(house).text).group
    other = End("org", house.references[SMES[1].number])
    tie_to(house, End("person", "verifier1@voucher.example"), "family", wife, who="administrator1")
    tie_to(house, wife, "shareholder", other)
    if over_an_owner:
        verifying = a_submitted_claim(house)
        verify(house, verifying)  # a firm of his wife alone is none in the case
        tie_to(house, other, "shareholder", sme_end(house))
    with pytest.raises(NotAllowed, match=r"you are tied to a firm in this case \(.* / family / Li Na / shareholder / "):
        verify(house, claim)
    if over_an_owner:
        with house.work("approver2") as work:
            assert [each.check_name for each in check_claim(work, verifying)] == ["conflict"]


def test_an_interest_that_is_declared_afterwards_stops_the_claim(house: House) -> None:
    claim = a_verified_claim(house)
    tie_to(house, End("person", "verifier1@voucher.example"), "family", sme_end(house), who="administrator1")
    with pytest.raises(NotNow, match="took part in this case for the office"), house.work("approver2") as work:
        approve_claim(work, claim)
    with house.work("approver2") as work:
        assert [each.check_name for each in check_claim(work, claim)] == ["conflict"]


def test_a_payout_to_an_account_that_was_just_changed_waits_for_the_payee(house: House) -> None:
    claim = a_verified_claim(house)
    house.clock.turn(days=30)
    with house.work("administrator1") as work:
        register_account(work, house.references[SMES[0].number], "CNY", "6217000012345678", bank_code="102465000015")
    with house.work("approver2") as work:
        approve_claim(work, claim)
    payout = payout_of(house, claim)
    with pytest.raises(NotValid), house.work("finance1") as work:
        gather_batch(work, [payout], house.today)
    (found,) = findings(house, claim)
    assert (found.check_name, found.stops) == ("changed_account", True)
    with pytest.raises(NotNow, match="Nobody decides that away"), house.work("approver2") as work:
        allow_finding(work, found.reference, "The firm is well known")
    with house.work("finance1") as work:
        confirm_account(work, found.reference, "phone", "Ms Sun, at the number of the application")
    with house.work() as work:
        asked = work.session.exec(select(AccountConfirmation)).one()
        assert (asked.channel, asked.note) == ("phone", "Ms Sun, at the number of the application")
        assert work.session.get_one(BankAccount, asked.account_id).number == "6217000012345678"
    with pytest.raises(DBAPIError, match="does not confirm it"), house.work() as work:
        work.session.connection().execute(text("update account_confirmations set person_id = (select entered_by from bank_accounts where "
                                               "bank_accounts.id = account_confirmations.account_id)"))
    with house.work("finance1") as work:
        gather_batch(work, [payout], house.today)


def test_the_cooling_off_ends_by_itself(house: House) -> None:
    claim = a_verified_claim(house)
    with house.work("administrator1") as work:
        register_account(work, house.references[SMES[0].number], "CNY", "6217000012345678", bank_code="102465000015")
    with house.work("approver2") as work:
        approve_claim(work, claim)
    house.clock.turn(days=10)
    with house.work("finance1") as work:
        gather_batch(work, None, house.today)
    assert [each.state for each in findings(house, claim)] == [FindingState.LAPSED]
