"""What a line of the bank says that it paid is neither called turned down, nor paid a second time, nor given up."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from tests.builders import House, an_approved_claim, bank_answer, bank_files
from tests.counting import statements
from tests.workflows.recovering import PRICE, payout_of
from tests.workflows.test_held_back import go_to_the_bank
from tests.workflows.test_rejected_payouts import (
    a_sent_payout,
    batch_of,
    line_named,
    match,
    reject,
    state_of,
    take_back,
)
from tests.workflows.test_unmatching import line_of
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.history import events_of
from voucher.payouts import Payout
from voucher.statements import BankLine
from voucher.work import read
from workflows.booked import told_booked
from workflows.reconciliation import import_statement, match_line, set_line_aside
from workflows.reimbursement import dissolve_batch, gather_batch, reissue_payout, release_batch
from workflows.returned import give_up_payout
from workflows.unmatching import unmatch_line


def the_bank_tells(house: House, batch: str, change: Callable[[bytes], bytes] = lambda said: said) -> None:
    """The line of a payment comes in: the bank carried it out; `change` is what is odd about the line."""
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", change(bank_answer(house, batch, sequence=house.number())))


def a_yuan_less(said: bytes) -> bytes:
    """The bank paid less than it was told to."""
    return said.replace(b"20000.00", b"19999.00").replace(b"99980000.00", b"99980001.00")


def reissue(house: House, payout: str) -> str:
    with house.work("finance1") as work:
        return reissue_payout(work, payout).reference


def paid_anew(house: House) -> tuple[str, str, str]:
    """A payout that the bank is said to have turned down, the batch it went in, and what takes its place."""
    payout = a_sent_payout(house)
    batch = batch_of(house, payout)
    reject(house, payout)
    return payout, batch, reissue(house, payout)


def gather(house: House, payouts: list[str] | None) -> str:
    with house.work("finance1") as work:
        return gather_batch(work, payouts, house.today).reference


def release(house: House, batch: str, *who: str) -> None:
    for each in who:
        with house.work(each) as work:
            release_batch(work, batch)


def set_aside(house: House, payout: str, who: str = "finance1") -> None:
    with house.work(who) as work:
        set_line_aside(work, line_named(house, payout), "It was another bank's")


def give_up(house: House, payout: str) -> None:
    with house.work("approver1") as work:
        give_up_payout(work, payout, "The firm is dissolved")


def test_what_the_bank_paid_after_all_is_not_paid_again_or_given_up_and_the_line_settles_it(house: House) -> None:
    payout = a_sent_payout(house)
    batch = batch_of(house, payout)
    reject(house, payout)
    the_bank_tells(house, batch)
    said = rf"paid after all\.\n.*{payout} is left as it is: on line 1 of the statement S-.* paid {payout}\. .* match the line"
    for door in (reissue, give_up):
        with pytest.raises(NotNow, match=said):
            door(house, payout)
    take_back(house, payout)
    match(house, payout)
    assert state_of(house, payout) == "settled"


def test_what_is_to_be_paid_in_its_place_is_not_gathered(house: House) -> None:
    payout, before, fresh = paid_anew(house)
    the_bank_tells(house, before)
    with pytest.raises(NotValid, match=f"{fresh} is left as it is: on line 1 .* paid {payout}"):
        gather(house, [fresh])
    with pytest.raises(NotNow, match=f"No payout is payable now.*\n.*{fresh} is left as it is: on line 1"):
        gather(house, None)
    other = payout_of(house, an_approved_claim(house, **PRICE)).reference
    gather(house, None)
    assert (state_of(house, fresh), state_of(house, other)) == ("payable", "gathered")


def test_nor_released_or_sent_when_it_was_gathered_before(house: House) -> None:
    _payout, before, fresh = paid_anew(house)
    batch = gather(house, [fresh])
    release(house, batch, "treasury1")
    the_bank_tells(house, before)
    with pytest.raises(NotValid, match=r"paid some of these before\. Dissolve the batch"):
        release(house, batch, "treasury2")
    assert state_of(house, fresh) == "gathered"


def test_nor_does_its_batch_leave_the_house_when_it_was_released_before(house: House) -> None:
    payout, before, fresh = paid_anew(house)
    batch = gather(house, [fresh])
    release(house, batch, "treasury1", "treasury2")
    the_bank_tells(house, before)
    [refused] = go_to_the_bank(house)
    assert "The bank tells that it paid some of these before" in refused
    assert (state_of(house, fresh), bank_files(house, batch)) == ("released", [])
    with read(house.database) as session:
        [told] = [each for each in events_of(session, batch) if each.name == "batch.held_back"]
        assert told.data["payouts"] == [fresh]
    with house.work("finance1") as work:
        dissolve_batch(work, batch, "The bank paid it")
    take_back(house, payout)
    match(house, payout)
    assert (state_of(house, payout), state_of(house, fresh)) == ("settled", "cancelled")


def test_a_line_that_pays_something_else_holds_a_batch_back_until_it_is_set_aside(house: House) -> None:
    payout, before, fresh = paid_anew(house)
    release(house, gather(house, [fresh]), "treasury1", "treasury2")
    the_bank_tells(house, before, a_yuan_less)
    [refused] = go_to_the_bank(house)
    assert "names" in refused and "does not fit it" in refused
    set_aside(house, payout)
    assert go_to_the_bank(house) == []
    assert state_of(house, fresh) == "sent"


def test_nor_what_is_paid_a_third_time_when_the_bank_paid_the_first(house: House) -> None:
    payout, before, second = paid_anew(house)
    release(house, gather(house, [second]), "treasury1", "treasury2")
    house.do_jobs()
    reject(house, second)
    third = reissue(house, second)
    the_bank_tells(house, before)
    with pytest.raises(NotValid, match=f"{third} is left as it is: on line 1 .* paid {payout}"):
        gather(house, [third])


@pytest.mark.parametrize("written", [str.lower, lambda name: name.replace("-", ""), lambda name: name.replace("-", " ")])
def test_a_line_counts_however_the_bank_writes_the_reference(house: House, written: Callable[[str], str]) -> None:
    payout = a_sent_payout(house)
    the_bank_tells(house, batch_of(house, payout), lambda said: said.replace(payout.encode(), written(payout).encode()))
    assert state_of(house, payout) == "sent"
    with pytest.raises(NotNow, match="A line of the bank tells"):
        reject(house, payout)


def test_a_line_that_does_not_fit_counts_until_somebody_else_sets_it_aside(house: House) -> None:
    payout = a_sent_payout(house)
    the_bank_tells(house, batch_of(house, payout), a_yuan_less)
    with pytest.raises(NotNow, match=r"does not fit it\. Ask the bank what it paid, then set the line aside"):
        reject(house, payout)
    set_aside(house, payout, "treasury3")
    with pytest.raises(NotAllowed, match="You set a line of the bank aside that names this payment"):
        reject(house, payout, "treasury3")
    assert state_of(house, payout) == "sent"


def test_a_line_that_fits_counts_though_it_was_set_aside_until_another_matches_it(house: House) -> None:
    payout = a_sent_payout(house)
    the_bank_tells(house, batch_of(house, payout))
    with house.work("treasury1") as work:
        unmatch_line(work, line_of(house, payout), "It was another payment")
    set_aside(house, payout)
    with pytest.raises(NotNow, match="or the line set aside, another person takes it back; then match the line"):
        reject(house, payout)
    with house.work("treasury1") as work:
        unmatch_line(work, line_named(house, payout), "It was this one")
    match(house, payout)
    assert state_of(house, payout) == "settled"


def test_who_took_a_match_back_does_not_say_that_the_bank_turned_the_payment_down(house: House) -> None:
    """The line does not name the payment: finance had matched it by hand."""
    payout = a_sent_payout(house)
    the_bank_tells(house, batch_of(house, payout), lambda said: said.replace(payout.encode(), b"NOTPROVIDED"))
    with read(house.database) as session:
        line = str(session.exec(select(BankLine.id)).one())
    with house.work("finance1") as work:
        match_line(work, line, payout)
    with house.work("treasury3") as work:
        unmatch_line(work, line, "It was another payment")
    with pytest.raises(NotAllowed, match="or took back that one was matched with it"):
        reject(house, payout, "treasury3")
    assert state_of(house, payout) == "sent"


def test_it_costs_as_much_for_many_payments_as_for_one(house: House) -> None:
    first, second = a_sent_payout(house), a_sent_payout(house)
    for each in (first, second):
        reject(house, each)
        reissue(house, each)
    with read(house.database) as session:
        held = list(session.exec(select(Payout).where(Payout.state == "payable")))
        assert len(held) == 2

    def asked(payouts: list[Payout]) -> int:
        with statements(house.database) as sent, read(house.database) as session:
            assert told_booked(session, payouts) == {}
        return len(sent)

    assert asked(held) == asked(held[:1]) <= 2 + 2
