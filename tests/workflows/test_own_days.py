"""The days that stand on a voucher, a ban or an account are listed like deadlines, in a number of questions that does not grow."""

from datetime import timedelta

from tests.builders import PROVIDERS, SMES, House, an_issued_voucher
from tests.counting import statements
from tests.workflows.test_bans import ban
from tests.workflows.test_holding import an_extendable_voucher, ask, days_of, freeze
from voucher.database import fetch
from voucher.deadlines import Deadline
from voucher.own_days import days_of_keys, keys_of_days, own_days_of
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.holding import grant_extension, unfreeze_voucher
from workflows.registration import register_account


def lines(house: House, voucher: str) -> dict[str, Deadline]:
    """The days of a case, by their rule."""
    with read(house.database) as session:
        held = fetch(session, Voucher, voucher)
        return {each.rule: each for each in own_days_of(session, [held], {held.sme_id}, house.clock(), "Asia/Shanghai")}


def test_a_freeze_and_more_time_are_read_off_the_last_days_of_a_voucher(house: House) -> None:
    voucher = an_extendable_voucher(house)
    ask(house, voucher)
    with house.work("approver1") as work:
        grant_extension(work, voucher)
    house.clock.turn(days=1)
    freeze(house, voucher)
    assert (lines(house, voucher)["use"].state, lines(house, voucher)["use"].pauses[0][1]) == ("paused", None)
    house.clock.turn(days=5)
    with house.work("approver2") as work:
        unfreeze_voucher(work, voucher, "Nothing was found")
    found = lines(house, voucher)
    assert (str(found["use"].due_on), str(found["claim"].due_on)) == days_of(house, voucher)
    assert (found["use"].state, found["use"].length, found["use"].waits_for) == ("running", "12 months", "sme")
    (pause,) = found["claim"].pauses
    assert (pause[1], pause[2]) == (house.today.isoformat(), "Looked into")
    assert [note.what for note in found["use"].day_notes][1:3] == [
        "More time was granted: until {day}.", "The voucher stood still until {end}."]


def test_the_office_lists_bans_changed_accounts_and_last_days_in_the_same_number_of_questions(house: House) -> None:
    voucher = an_issued_voucher(house)
    ban(house, SMES[0].number)
    with house.work("administrator1") as work:
        register_account(work, house.references[SMES[0].number], "CNY", "6217000012345678", bank_code="102465000015")
    found = lines(house, voucher)
    assert (found["ban"].due_on, found["ban"].waits_for) == (house.today + timedelta(days=30), "approver")
    assert (found["cooling"].due_on - found["cooling"].started_on, found["cooling"].waits_for) == (timedelta(days=10), "finance")
    before = listed(house)
    assert before[0].count("use") == 1 and {"use", "claim", "ban", "cooling"} <= set(before[0])
    ban(house, PROVIDERS[0].number)
    after = listed(house)
    assert (after[0].count("ban"), after[1]) == (2, before[1])
    house.clock.turn(days=31)
    assert {"ban", "cooling"}.isdisjoint(listed(house)[0])


def listed(house: House) -> tuple[list[str], int]:
    """The rules that the office sees, and how many questions that took."""
    with read(house.database) as session:
        with statements(house.database) as sent:
            found = days_of_keys(session, session.execute(keys_of_days(session, house.clock(), house.today, over=False)).all(),
                                 house.clock(), "Asia/Shanghai")
        return [each.rule for each in found], len(sent)
