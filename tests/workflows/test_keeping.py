"""Cases whose papers need not be kept any longer are listed and told, each once; nothing is erased."""

from datetime import date

from tests.builders import SME, House, a_submitted_claim, an_issued_voucher
from tests.workflows.scopes import publish
from voucher.history import case_events, record
from voucher.programmes.library import example
from voucher.retention import OVER, past_retention
from workflows.claiming import withdraw_claim
from workflows.keeping import tell_retention


def test_a_case_is_past_its_time_so_long_after_the_last_that_happened_in_it(house: House) -> None:
    publish(house, example("weihai") + b"retention: 3 years\n")
    a_submitted_claim(house)  # lives
    withdrawn = a_submitted_claim(house)
    with house.work(SME) as work:
        withdraw_claim(work, withdrawn)
    house.clock.turn(days=30)
    late = an_issued_voucher(house)
    house.clock.turn(days=3 * 365)
    with house.work() as work:
        [found] = past_retention(work.session, house.today)
    assert (found.ended_on, found.kept_until, found.papers, found.told) == (date(2026, 3, 2), date(2029, 3, 2), 4, False)
    house.clock.turn(days=31)
    with house.work() as work:
        assert [each.voucher for each in past_retention(work.session, house.today)] == [found.voucher, late]


def test_it_is_told_once_in_the_history_of_the_case_and_that_makes_it_no_younger(house: House) -> None:
    publish(house, example("weihai") + b"retention: 3 years\n")
    voucher = an_issued_voucher(house)
    house.clock.turn(days=3 * 365 + 2)
    for new in (1, 0):
        with house.work() as work:
            assert tell_retention(work, house.store) == new
        house.clock.turn(days=1)
    with house.work() as work:
        assert [each.told for each in past_retention(work.session, house.today)] == [True]
        assert [each.data for each in case_events(work.session, voucher) if each.name == OVER] == [{"kept_until": "2029-03-02"}]
        record(work, "voucher.extended", voucher, case=voucher)  # something happens after all
    house.clock.turn(days=3 * 365 + 2)
    with house.work() as work:
        assert [each.told for each in past_retention(work.session, house.today)] == [False]
        assert tell_retention(work, house.store) == 1
