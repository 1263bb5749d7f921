"""What the bank never carries out: somebody else than had it paid writes that down, and it is owed again."""

from datetime import date

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from tests.builders import (
    SME,
    House,
    a_house,
    an_approved_claim,
    an_exported_batch,
    an_issued_voucher,
    bank_answer,
)
from tests.scenes import scene
from tests.stories.retold import assert_everything_agrees, letters
from tests.workflows.beside import beside
from tests.workflows.purchases import entry_of
from tests.workflows.recovering import PRICE, a_settled_payout, payout_of
from tests.workflows.test_absence import hand_over
from tests.workflows.test_awards import a_decided_award, payout_of_award
from tests.workflows.test_races import race, winners
from tests.workflows.test_recovery_of_returned import return_by_the_bank
from tests.workflows.test_returned_payouts import owed_for_it
from tests.workflows.test_revocation import accuse, hear
from tests.workflows.test_unmatching import line_of
from voucher.ageing import ahead
from voucher.calendars import Calendar
from voucher.database import Database, fetch
from voucher.deadlines import deadlines_of
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.files import FileKind, FileStore, document_of
from voucher.history import events_of, record
from voucher.jobs import Job, JobState
from voucher.payouts import Batch, Payout
from voucher.statements import BankLine
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.overdue import mark_missed_deadlines
from workflows.reconciliation import import_statement, match_line, set_line_aside
from workflows.reimbursement import gather_batch, reissue_payout, release_batch
from workflows.rejecting import reject_payout, undo_rejection
from workflows.returned import give_up_payout
from workflows.revocation import revoke_voucher
from workflows.unmatching import unmatch_line

WHY, REPORT = "AC04: the account is closed", "Status report 12"


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with an SME and a provider."""
    return a_house(database, store)


@scene
def a_sent_payout(house: House, voucher: str = "") -> str:
    """A payout that is at the bank, which says nothing of it."""
    claim = an_approved_claim(house, **PRICE | ({"voucher": voucher} if voucher else {}))
    an_exported_batch(house)
    return payout_of(house, claim).reference


def reject(house: House, payout: str, who: str = "treasury3") -> None:
    """Somebody who had no part in it writes down that the bank turned it down."""
    with house.work(who) as work:
        reject_payout(work, payout, WHY, REPORT)


def pay_again(house: House, payout: str) -> str:
    """Finance pays a payout again that came back, and it goes to the bank; answers the new one."""
    with house.work("finance1") as work:
        fresh = reissue_payout(work, payout).reference
    settle(house, [fresh])
    return fresh


def settle(house: House, payouts: list[str]) -> None:
    with house.work("finance1") as work:
        batch = gather_batch(work, payouts, house.today).reference
    for treasurer in ("treasury1", "treasury2"):
        with house.work(treasurer) as work:
            release_batch(work, batch)
    house.do_jobs()
    the_bank_answers(house, batch)


def the_bank_answers(house: House, batch: str) -> None:
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(house, batch, sequence=house.number()))
    house.do_jobs()


def batch_of(house: House, payout: str) -> str:
    with read(house.database) as session:
        return session.get_one(Batch, fetch(session, Payout, payout).batch_id).reference


def state_of(house: House, payout: str) -> str:
    with read(house.database) as session:
        return fetch(session, Payout, payout).state


def test_what_the_bank_turned_down_is_owed_again_told_to_the_payee_and_paid_once(house: House) -> None:
    payout = a_sent_payout(house)

    reject(house, payout)

    with read(house.database) as session:
        held = fetch(session, Payout, payout)
        assert (held.state, held.return_reason, held.settled_on) == ("returned", WHY, None)
        told = events_of(session, payout)[-1]
        assert (told.name, told.reason, told.data["document"]) == ("payout.rejected", WHY, REPORT)
    assert entry_of(house, f"payout.rejected {payout}") == (
        "financial:asset:payments-in-transit 20000.00\nfinancial:payable:returned -20000.00")
    assert letters(house, "payout.rejected").splitlines() == [
        f"{SME} (zh) payout.rejected {payout}", f"finance1 (zh) payout.rejected {payout}"]

    # The account need not be at fault, so it may go to the same one; the books come to what one payment makes.
    fresh = pay_again(house, payout)
    assert (state_of(house, payout), state_of(house, fresh), owed_for_it(house)) == ("replaced", "settled", [])
    assert_everything_agrees(house)


def test_what_the_bank_turned_down_is_given_up_and_its_part_of_the_voucher_is_free_again(house: House) -> None:
    payout = a_sent_payout(house)
    with pytest.raises(NotNow, match="sent"), house.work("approver1") as work:
        give_up_payout(work, payout, "The firm is dissolved")
    reject(house, payout)
    with house.work("approver1") as work:
        give_up_payout(work, payout, "The firm is dissolved")
    assert (state_of(house, payout), owed_for_it(house)) == ("cancelled", [])
    assert_everything_agrees(house)


def test_a_voucher_with_a_payment_that_the_bank_turned_down_can_be_revoked(house: House) -> None:
    voucher = an_issued_voucher(house)
    payout = a_sent_payout(house, voucher)
    accuse(house, voucher)
    hear(house, voucher)
    with pytest.raises(NotNow, match="bank's answer"), house.work("approver3") as work:
        revoke_voucher(work, voucher, "Copied")
    reject(house, payout)
    with house.work("approver3") as work:
        revoke_voucher(work, voucher, "Copied")
    house.do_jobs()
    with read(house.database) as session:
        assert fetch(session, Voucher, voucher).state == "revoked"
    assert (state_of(house, payout), owed_for_it(house)) == ("cancelled", [])
    assert_everything_agrees(house)


def test_nobody_who_gathered_or_released_a_payment_says_that_the_bank_did_not_carry_it_out(house: House) -> None:
    payout = a_sent_payout(house)
    for who in ("finance1", "treasury1", "treasury2"):
        with pytest.raises(NotAllowed, match="You gathered or released"):
            reject(house, payout, who)
        with pytest.raises(DBAPIError, match="who had a payment made"), house.work(who) as work:
            record(work, "payout.rejected", payout)
    with pytest.raises(NotAllowed):
        reject(house, payout, "approver3")
    assert state_of(house, payout) == "sent"


def test_nor_does_a_deputy_of_one_of_them(house: House) -> None:
    payout = a_sent_payout(house)
    hand_over(house, "treasury1", "treasury", "treasury3")
    with pytest.raises(NotAllowed, match="a third person"):
        reject(house, payout)
    with pytest.raises(DBAPIError, match="who had a payment made"), house.work("treasury3") as work:
        record(work, "payout.rejected", payout)


def test_it_is_said_why_and_by_which_document(house: House) -> None:
    payout = a_sent_payout(house)
    for reason, document in (("", REPORT), (WHY, " "), (WHY, "x" * 101)):
        with pytest.raises(NotValid), house.work("treasury3") as work:
            reject_payout(work, payout, reason, document)
    assert state_of(house, payout) == "sent"


def test_what_has_not_gone_to_the_bank_or_was_paid_is_not_turned_down(house: House) -> None:
    claim = an_approved_claim(house, **PRICE)
    payout = payout_of(house, claim).reference
    with pytest.raises(NotNow, match="payable"):
        reject(house, payout)
    settle(house, [payout])
    with pytest.raises(NotNow, match="settled"):
        reject(house, payout)


def test_what_the_bank_has_booked_in_whatever_way_was_carried_out_until_somebody_sets_the_line_aside(house: House) -> None:
    payout = a_sent_payout(house)
    mangled = bank_answer(house, batch_of(house, payout)).replace(b"20000.00", b"19999.00").replace(b"99980000.00", b"99980001.00")
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", mangled)
    with pytest.raises(NotNow, match="A line of the bank tells"):
        reject(house, payout)
    with read(house.database) as session:
        line = session.exec(select(BankLine).where(BankLine.end_to_end == payout)).one()
    with house.work("finance1") as work:
        set_line_aside(work, str(line.id), "It was another bank's")
    reject(house, payout)
    assert state_of(house, payout) == "returned"


def test_a_line_of_what_was_turned_down_settles_nothing_and_is_seen(house: House) -> None:
    payout = a_sent_payout(house)
    batch = batch_of(house, payout)
    reject(house, payout)
    the_bank_answers(house, batch)
    with read(house.database) as session:
        line = session.exec(select(BankLine).where(BankLine.end_to_end == payout)).one()
    assert (line.state, line.finding, state_of(house, payout)) == ("open", "not_sent", "returned")


def test_of_what_was_called_paid_by_mistake_and_turned_down_no_statement_is_made(house: House) -> None:
    """Its statement is withdrawn as the settlement is taken back."""
    payout = a_sent_payout(house)
    line = matched_by_hand(house, payout)
    house.do_jobs()
    with house.work("treasury1") as work:
        unmatch_line(work, line, "It was another payment")
    reject(house, payout)
    house.do_jobs()
    with read(house.database) as session:
        assert document_of(session, FileKind.SETTLEMENT_STATEMENT, payout) is None
        assert session.exec(select(Job).where(Job.state == JobState.FAILED)).all() == []
    assert_everything_agrees(house)


def test_nor_when_nobody_had_made_it_yet(house: House) -> None:
    """The statement was asked for as the line settled the payout, and is drawn only after all that."""
    payout = a_sent_payout(house)
    line = matched_by_hand(house, payout)
    with house.work("treasury1") as work:
        unmatch_line(work, line, "It was another payment")
    reject(house, payout)
    house.do_jobs()
    with read(house.database) as session:
        assert document_of(session, FileKind.SETTLEMENT_STATEMENT, payout) is None
        tried = session.exec(select(Job).where(Job.task == "make_settlement_statement")).one()
        assert (tried.state, tried.error) == (JobState.DONE, "")


def matched_by_hand(house: House, payout: str) -> str:
    """Finance finds that a line which names no payment is of this one, by mistake; answers the line."""
    nameless = bank_answer(house, batch_of(house, payout)).replace(payout.encode(), b"NOTPROVIDED")
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", nameless)
    with read(house.database) as session:
        line = str(session.exec(select(BankLine.id).where(BankLine.amount_minor < 0)).one())
    with house.work("finance1") as work:
        match_line(work, line, payout)
    return line


def line_named(house: House, payout: str) -> str:
    """The line of the bank that carries the reference of a payout."""
    with read(house.database) as session:
        return str(session.exec(select(BankLine).where(BankLine.end_to_end == payout)).one().id)


# -- taken back ----------------------------------------------------------------------------------------------------------

def take_back(house: House, payout: str, who: str = "treasury1") -> None:
    """Somebody takes back that the bank turned a payment down."""
    with house.work(who) as work:
        undo_rejection(work, payout, "The bank booked it after all")


def match(house: House, payout: str) -> None:
    """Finance matches the line that names a payout with it."""
    line = line_named(house, payout)
    with house.work("finance1") as work:
        match_line(work, line, payout)


def test_a_rejection_that_was_a_mistake_is_taken_back_by_another_and_the_line_of_the_bank_fits(house: House) -> None:
    payout = a_sent_payout(house)
    batch = batch_of(house, payout)
    reject(house, payout)
    the_bank_answers(house, batch)
    with pytest.raises(NotNow, match=f"turned {payout} down. Somebody else than wrote that takes it back on the page"):
        match(house, payout)
    with pytest.raises(NotAllowed, match="You wrote down that the bank did not carry it out"):
        take_back(house, payout, "treasury3")
    with pytest.raises(DBAPIError, match="who said that the bank did not carry a payment out"), house.work("treasury3") as work:
        record(work, "payout.rejection_undone", payout)
    take_back(house, payout)
    with read(house.database) as session:
        assert (fetch(session, Payout, payout).state, fetch(session, Payout, payout).return_reason) == ("sent", "")
    assert letters(house, "payout.rejection_undone").splitlines() == [f"{SME} (zh) payout.rejection_undone {payout}"]
    match(house, payout)
    house.do_jobs()
    assert (state_of(house, payout), owed_for_it(house)) == ("settled", [])
    assert_everything_agrees(house)


def test_what_was_to_be_paid_in_its_place_is_not_paid_then(house: House) -> None:
    payout = a_sent_payout(house)
    batch = batch_of(house, payout)
    reject(house, payout)
    with house.work("finance1") as work:
        fresh = reissue_payout(work, payout).reference
    the_bank_answers(house, batch)
    with pytest.raises(NotNow, match="takes it back on the page"):
        match(house, payout)
    take_back(house, payout)
    match(house, payout)
    house.do_jobs()
    assert (state_of(house, payout), state_of(house, fresh), owed_for_it(house)) == ("settled", "cancelled", [])
    assert_everything_agrees(house)


def test_what_was_paid_again_and_then_booked_too_is_told_by_name_with_what_to_do(house: House) -> None:
    payout = a_sent_payout(house)
    batch = batch_of(house, payout)
    reject(house, payout)
    fresh = pay_again(house, payout)
    the_bank_answers(house, batch)
    with pytest.raises(NotNow, match=f"turned {payout} down, and {fresh} pays it again.*have the bank or the payee send one back"):
        match(house, payout)
    with pytest.raises(NotNow, match=f"{fresh} pays it again, and is held or has gone on since"):
        take_back(house, payout)
    assert (state_of(house, payout), state_of(house, fresh)) == ("replaced", "settled")


def test_what_was_given_up_and_then_booked_is_told_by_name_with_what_to_do(house: House) -> None:
    payout = a_sent_payout(house)
    batch = batch_of(house, payout)
    reject(house, payout)
    with house.work("approver1") as work:
        give_up_payout(work, payout, "The firm is dissolved")
    the_bank_answers(house, batch)
    with pytest.raises(NotNow, match=f"turned {payout} down, and it was given up. Have the bank or the payee send it back"):
        match(house, payout)


def test_what_was_taken_back_can_be_turned_down_again_and_the_bank_s_own_return_is_no_rejection(house: House) -> None:
    payout = a_sent_payout(house)
    reject(house, payout)
    take_back(house, payout)
    reject(house, payout)
    assert entry_of(house, f"payout.rejected {payout} again 1") == (
        "financial:asset:payments-in-transit 20000.00\nfinancial:payable:returned -20000.00")
    pay_again(house, payout)
    assert owed_for_it(house) == []
    assert_everything_agrees(house)


def test_what_the_bank_carried_out_and_sent_back_was_not_turned_down(house: House) -> None:
    payout = a_settled_payout(house)
    return_by_the_bank(house, payout)
    with pytest.raises(NotNow, match="carried this payment out and sent it back"):
        take_back(house, payout)


# -- until when the bank is to answer ------------------------------------------------------------------------------------

def answer_awaited(house: House, batch: str) -> list[tuple[str, date]]:
    """Each clock of the bank's answer to a batch: its state, and its last day."""
    with read(house.database) as session:
        return [(each.state, each.due_on) for each in deadlines_of(session, batch) if each.rule == "batch.answer"]


def test_the_bank_has_five_working_days_to_answer_for_every_payment_of_a_batch(house: House) -> None:
    first, second = (payout_of(house, an_approved_claim(house, **PRICE)).reference for _each in range(2))
    batch = an_exported_batch(house)
    due = date(2026, 3, 9)
    assert answer_awaited(house, batch) == [("running", due)]

    house.clock.turn(days=9)
    with house.work() as work:
        mark_missed_deadlines(work, house.store)
        ahead_of = ahead(work.session, Calendar("CN"), work.now, work.today)
    assert [(each.waits_for, each.late) for each in ahead_of if each.rule == "batch.answer"] == [("treasury", 1)]
    assert letters(house, "deadline.missed").splitlines() != []

    reject(house, first)
    assert answer_awaited(house, batch) == [("missed", due)]  # the other one is still with the bank
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(house, batch, sequence=house.number()))
    assert state_of(house, second) == "settled"
    with read(house.database) as session:
        assert [each.ended_at is not None for each in deadlines_of(session, batch)] == [True]

    take_back(house, first)
    assert [each[0] for each in answer_awaited(house, batch)] == ["missed", "missed"]
    match(house, first)
    with read(house.database) as session:
        assert all(each.ended_at is not None for each in deadlines_of(session, batch))


def test_a_settlement_that_is_taken_back_is_awaited_again(house: House) -> None:
    payout = a_settled_payout(house)
    batch = batch_of(house, payout)
    assert [each[0] for each in answer_awaited(house, batch)] == ["met"]
    with house.work("treasury1") as work:
        unmatch_line(work, line_of(house, payout), "It was another payment")
    assert [each[0] for each in answer_awaited(house, batch)] == ["met", "running"]


def test_an_award_that_the_bank_turned_down_is_owed_again(house: House) -> None:
    a_settled_payout(house)
    payout = payout_of_award(house, a_decided_award(house)).reference
    an_exported_batch(house)
    reject(house, payout)
    assert entry_of(house, f"award.rejected {payout}") == (
        "financial:asset:payments-in-transit 2000.00\nfinancial:payable:returned -2000.00")
    pay_again(house, payout)
    assert owed_for_it(house) == []
    assert_everything_agrees(house)


# -- at the same time ----------------------------------------------------------------------------------------------------

@pytest.fixture
def racing(postgres: Database, store: FileStore) -> House:
    """An office on PostgreSQL."""
    return a_house(postgres, store)


def test_however_many_say_it_it_is_owed_again_once(racing: House) -> None:
    payout = a_sent_payout(racing)
    assert winners(race(racing, ["treasury3"], lambda work, _number: reject_payout(work, payout, WHY, REPORT), 8)) == 1
    assert_everything_agrees(racing)


@pytest.mark.parametrize("first", ["turned down", "booked"])
def test_a_payment_is_turned_down_or_booked_and_never_both(racing: House, first: str) -> None:
    payout = a_sent_payout(racing)
    answer = bank_answer(racing, batch_of(racing, payout))
    ways = {"turned down": ("treasury3", lambda work: reject_payout(work, payout, WHY, REPORT)),
            "booked": ("finance1", lambda work: import_statement(work, racing.store, "statement.xml", answer))}
    [second] = ways.keys() - {first}
    refused = beside(racing, ways[first], ways[second])
    assert isinstance(refused, NotNow) == (first == "booked")  # an import is refused nothing: its line stays open
    assert state_of(racing, payout) == ("settled" if first == "booked" else "returned")
    assert_everything_agrees(racing)


@pytest.mark.parametrize("first", ["undone", "gathered"])
def test_a_rejection_is_taken_back_or_what_takes_the_place_is_gathered_and_never_both(racing: House, first: str) -> None:
    payout = a_sent_payout(racing)
    reject(racing, payout)
    with racing.work("finance1") as work:
        fresh = reissue_payout(work, payout).reference
    ways = {"undone": ("treasury1", lambda work: undo_rejection(work, payout, "The bank carried it out")),
            "gathered": ("finance1", lambda work: gather_batch(work, [fresh], racing.today))}
    [second] = ways.keys() - {first}
    assert isinstance(beside(racing, ways[first], ways[second]), NotValid if first == "undone" else NotNow)
    assert (state_of(racing, payout), state_of(racing, fresh)) == (
        ("sent", "cancelled") if first == "undone" else ("replaced", "gathered"))
    assert_everything_agrees(racing)


@pytest.mark.parametrize("first", ["undone", "reissued"])
def test_what_is_paid_anew_at_the_moment_of_taking_back_is_not_paid_twice(racing: House, first: str) -> None:
    payout = a_sent_payout(racing)
    reject(racing, payout)
    ways = {"undone": ("treasury1", lambda work: undo_rejection(work, payout, "The bank carried it out")),
            "reissued": ("finance1", lambda work: reissue_payout(work, payout))}
    [second] = ways.keys() - {first}
    assert isinstance(beside(racing, ways[first], ways[second]), NotNow) == (first == "undone")  # the other finds it payable: cancelled
    assert state_of(racing, payout) == "sent"
    assert owed_for_it(racing) == []
    with read(racing.database) as session:
        assert {each.state for each in session.exec(select(Payout).where(col(Payout.replaces_id).is_not(None)))} <= {"cancelled"}
    assert_everything_agrees(racing)
