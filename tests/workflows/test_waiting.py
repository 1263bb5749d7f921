"""The waiting list: who waits, in which order he is served, and that money does not pass him by."""

from datetime import timedelta

import pytest

from tests.builders import SME, SMES, House, a_house, who
from tests.scenes import scene
from tests.workflows.scopes import an_application_for, issue, publish, weihai_with, yuan
from voucher.accounting import FundLinePosition, fund_line_position
from voucher.bans import Banned
from voucher.database import Database, fetch
from voucher.deadlines import deadlines_of
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.files import FileStore
from voucher.programmes.funding import FundLine, fund_lines_of
from voucher.programmes.programmes import Programme
from voucher.programmes.reading import read_terms
from voucher.vouchers import Voucher
from voucher.waiting import Outlook, in_turn, lot, outlook
from voucher.work import read
from workflows.banning import ban_organisation, lift_ban
from workflows.funding import allot, record_appropriation
from workflows.issue import refuse_voucher, withdraw_application
from workflows.overdue import mark_missed_deadlines
from workflows.waiting import accept_offer, decline_offer, put_on_waiting_list

CAP = "caps:\n  - {name: {zh: 上限, en: the cap}, amount: 500000.00, period: calendar_year}\n"


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with two SMEs."""
    return a_house(database, store, smes=2)


@scene
def a_programme_with_list(house: House, waiting_list: str = "{order: arrival}", allotted: str = "50000.00") -> str:
    """A programme with a waiting list and little money."""
    return publish(house, weihai_with(CAP) + f"\nwaiting_list: {waiting_list}\n".encode(), allotted=allotted)


def wait(house: House, voucher: str, rank: int | None = None, approver: str = "approver1") -> None:
    """Put it on the list."""
    with house.work(approver) as work:
        put_on_waiting_list(work, voucher, rank)


def more_money(house: House, programme: str, amount: str) -> None:
    """Allot more, and let the worker do what follows."""
    with read(house.database) as session:
        line = fund_lines_of(session, fetch(session, Programme, programme).id)[0].reference
    with house.work("finance1") as work:
        record_appropriation(work, programme, house.today.year, yuan(amount), f"Decision {house.number()}", "city")
        allot(work, line, yuan(amount), f"Notice {house.number()}")
    house.do_jobs()


def states(house: House, *vouchers: str) -> list[str]:
    """Where they are."""
    with read(house.database) as session:
        return [fetch(session, Voucher, each).state for each in vouchers]


def test_who_waits_is_issued_when_money_comes_in_order_of_arrival(house: House) -> None:
    programme = a_programme_with_list(house)
    vouchers = [an_application_for(house, programme, amount, SMES[at % 2]) for at, amount in enumerate(("80000.00", "60000.00", "1.00"))]
    for each in (vouchers[1], vouchers[0], vouchers[2]):
        wait(house, each)
    assert states(house, *vouchers) == ["waitlisted"] * 3
    more_money(house, programme, "40000.00")  # 90,000: enough for the first, and the third does not overtake the second
    assert states(house, *vouchers) == ["issued", "waitlisted", "waitlisted"]
    more_money(house, programme, "60000.00")
    assert states(house, *vouchers) == ["issued"] * 3
    with read(house.database) as session:
        line = session.get_one(FundLine, fetch(session, Voucher, vouchers[0]).fund_line_id)
        assert fund_line_position(session, line).free == yuan("9999.00")
        first = fetch(session, Voucher, vouchers[0])
        assert first.use_by is not None and first.issued_on == house.today


def ban(house: House, number: str) -> None:
    """Nothing for this firm for a month."""
    with house.work("approver1") as work:
        ban_organisation(work, house.references[number], house.today + timedelta(days=30), "It sold a voucher.", "Article 21")


@pytest.mark.parametrize("lifted", [True, False], ids=["when it is lifted", "when its last day is over"])
def test_whose_turn_it_was_is_served_as_soon_as_the_ban_ends(house: House, lifted: bool) -> None:
    programme = a_programme_with_list(house)
    voucher = an_application_for(house, programme, "60000.00", SMES[0])
    wait(house, voucher)
    ban(house, SMES[0].number)
    more_money(house, programme, "20000.00")
    if lifted:
        with house.work("approver2") as work:
            lift_ban(work, house.references[SMES[0].number], "It was another firm.")
        house.do_jobs()
    else:
        house.clock.turn(days=30)
        house.do_jobs()
        assert states(house, voucher) == ["waitlisted"]
        house.clock.turn(days=1)
        house.do_jobs()
    assert states(house, voucher) == ["issued"]


def test_a_list_by_rank_serves_the_first_rank_first(house: House) -> None:
    programme = a_programme_with_list(house, "{order: rank}")
    vouchers = [an_application_for(house, programme, "60000.00") for _time in range(3)]
    for each, rank in zip(vouchers, (3, 1, 2), strict=True):
        wait(house, each, rank)
    more_money(house, programme, "10000.00")
    assert states(house, *vouchers) == ["waitlisted", "issued", "waitlisted"]


def test_a_lottery_can_be_drawn_again_by_anybody(house: House) -> None:
    programme = a_programme_with_list(house, "{order: lottery, seed: draw of 2026-03-01}")
    vouchers = [an_application_for(house, programme, "60000.00") for _time in range(4)]
    for each in vouchers:
        wait(house, each)
    more_money(house, programme, "10000.00")
    drawn = min(vouchers, key=lambda each: lot("draw of 2026-03-01", each))
    assert [each for each in vouchers if states(house, each) == ["issued"]] == [drawn]


def test_nobody_passes_those_who_wait(house: House) -> None:
    programme = a_programme_with_list(house)
    first, second = (an_application_for(house, programme, amount) for amount in ("80000.00", "10.00"))
    wait(house, first)
    with pytest.raises(NotNow, match="Others wait"):
        issue(house, second)
    wait(house, second)
    assert states(house, first, second) == ["waitlisted"] * 2


def test_where_there_is_money_nobody_waits(house: House) -> None:
    programme = a_programme_with_list(house)
    with pytest.raises(NotNow, match="There is money"):
        wait(house, an_application_for(house, programme, "50000.00"))


def test_terms_without_a_list_keep_none(house: House) -> None:
    programme = publish(house, weihai_with(CAP), allotted="50000.00")
    with pytest.raises(NotNow, match="keep no waiting list"):
        wait(house, an_application_for(house, programme, "60000.00"))


@pytest.mark.parametrize(("kept", "rank"), [("{order: rank}", None), ("{order: rank}", 0), ("{order: arrival}", 1)])
def test_a_rank_belongs_to_a_list_by_rank(house: House, kept: str, rank: int | None) -> None:
    programme = a_programme_with_list(house, kept)
    with pytest.raises(NotValid) as refused:
        wait(house, an_application_for(house, programme, "60000.00"), rank)
    assert [each.where for each in refused.value.problems] == ["rank"]


def test_who_leaves_the_list_makes_room_for_the_next(house: House) -> None:
    programme = a_programme_with_list(house)
    large, other, small = (an_application_for(house, programme, amount) for amount in ("90000.00", "80000.00", "70000.00"))
    for each in (large, other, small):
        wait(house, each)
    with house.work(SME) as work:
        withdraw_application(work, large)
    with house.work("approver1") as work:
        refuse_voucher(work, other, "Closed down", "art. 5")
    more_money(house, programme, "20000.00")
    assert states(house, large, other, small) == ["withdrawn", "rejected", "issued"]


def test_whom_the_terms_give_less_by_now_keeps_his_turn_and_stops_nobody(house: House) -> None:
    programme = a_programme_with_list(house)
    vouchers = [an_application_for(house, programme, "60000.00", SMES[at]) for at in range(2)]
    for each in vouchers:
        wait(house, each)
    with house.work() as work:
        fetch(work.session, Voucher, vouchers[0]).firm_class = "gone"
    more_money(house, programme, "100000.00")
    assert states(house, *vouchers) == ["waitlisted", "issued"]


OPEN_FOR_TEN_DAYS = "{order: arrival, offer_open: 10 days}"


def offered(house: House) -> tuple[str, list[str]]:
    """A programme, and two who wait for its money, of whom the first has an offer."""
    programme = a_programme_with_list(house, OPEN_FOR_TEN_DAYS)
    vouchers = [an_application_for(house, programme, "60000.00", SMES[at]) for at in range(2)]
    for each in vouchers:
        wait(house, each)
    more_money(house, programme, "20000.00")
    assert states(house, *vouchers) == ["offered", "waitlisted"]
    return programme, vouchers


def test_who_is_banned_takes_up_no_offer(house: House) -> None:
    _programme, (first, _second) = offered(house)
    ban(house, SMES[0].number)
    with pytest.raises(Banned), house.work(SME) as work:
        accept_offer(work, first)
    assert states(house, first) == ["offered"]


def free(house: House, programme: str) -> FundLinePosition:
    """How the programme's fund line stands."""
    with read(house.database) as session:
        return fund_line_position(session, fund_lines_of(session, fetch(session, Programme, programme).id)[0])


def test_who_is_offered_a_voucher_takes_it_up_and_its_money_was_kept_for_him(house: House) -> None:
    programme, (first, second) = offered(house)
    assert (free(house, programme).free, free(house, programme).offered) == (yuan("10000.00"), yuan("60000.00"))
    with pytest.raises(NotNow, match="Others wait"):
        issue(house, an_application_for(house, programme, "10.00"))
    house.clock.turn(days=10)
    with house.work(SME) as work:
        accept_offer(work, first)
    house.do_jobs()
    assert states(house, first, second) == ["issued", "waitlisted"]
    assert (free(house, programme).offered, free(house, programme).committed) == (yuan("0.00"), yuan("60000.00"))
    with read(house.database) as session:
        assert {each.rule: each.state for each in deadlines_of(session, first)} == {"review": "met", "decision": "met", "offer": "met"}
        assert fetch(session, Voucher, first).issued_on == house.today


def test_an_offer_that_nobody_takes_up_lapses_to_the_next(house: House) -> None:
    programme, (first, second) = offered(house)
    house.clock.turn(days=11)
    with pytest.raises(NotNow, match="stood until"), house.work(SME) as work:
        accept_offer(work, first)
    the_day_begins(house)
    assert states(house, first, second) == ["offer_lapsed", "offered"]
    assert free(house, programme).offered == yuan("60000.00")
    with pytest.raises(NotNow), house.work(SME) as work:
        accept_offer(work, first)


def test_a_declined_offer_goes_to_the_next_at_once(house: House) -> None:
    _programme, (first, second) = offered(house)
    with house.work(SME) as work:
        decline_offer(work, first, "Not needed any more")
    house.do_jobs()
    assert states(house, first, second) == ["withdrawn", "offered"]


def test_an_offer_is_nobody_elses(house: House) -> None:
    _programme, (first, _second) = offered(house)
    for stranger, refusal in ((who(SMES[1]), NotFound), ("approver1", NotAllowed)):
        with pytest.raises(refusal), house.work(stranger) as work:
            accept_offer(work, first)


def the_day_begins(house: House) -> None:
    """What a worker does each day."""
    with house.work() as work:
        mark_missed_deadlines(work, house.store)
    house.do_jobs()


def test_who_waits_is_told_his_place_and_when_money_may_be_there(house: House) -> None:
    programme = a_programme_with_list(house)
    holding = an_application_for(house, programme, "50000.00", SMES[1])
    issue(house, holding)
    first, second, third = (an_application_for(house, programme, amount) for amount in ("30000.00", "20000.00", "0.01"))
    for each in (first, second):
        wait(house, each)
    house.do_jobs()  # the line closes
    with read(house.database) as session:
        use_by = fetch(session, Voucher, holding).use_by
        told = [outlook(session, fetch(session, Voucher, each), house.today) for each in (first, second, third, holding)]
    assert use_by is not None
    day = use_by + timedelta(days=1)
    assert told == [Outlook(1, yuan("0.00"), day), Outlook(2, yuan("30000.00"), day), Outlook(3, yuan("50000.00"), None), None]


def test_only_an_approver_puts_on_the_list(house: House) -> None:
    application = an_application_for(house, a_programme_with_list(house), "60000.00")
    for other in ("finance1", "reviewer1"):
        with pytest.raises(NotAllowed):
            wait(house, application, approver=other)
    assert who(SMES[0]) == SME


def test_without_a_list_in_the_terms_arrival_decides() -> None:
    assert in_turn(read_terms(weihai_with(CAP)), []) == []
