"""Caps in every scope at order time: one firm, the firms of one controller, a provider, what is held."""


import pytest
from sqlalchemy import insert
from sqlmodel import select
from uuid_utils.compat import uuid7

from tests.builders import PROVIDER, PROVIDERS, SME, SMES, House, a_house, who
from tests.counting import statements
from tests.workflows.scopes import (
    CAPS,
    an_application_for,
    change,
    issue,
    order,
    part_of,
    publish,
    voucher_for,
    weihai_with,
    yuan,
)
from voucher.database import Database, fetch
from voucher.errors import NotNow, NotValid
from voucher.files import FileStore
from voucher.languages import translator
from voucher.orders import Order
from voucher.people import bare
from voucher.programmes.asking import asking_of
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.uses import scope_of, uses_of
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.demo.data import OrganisationData
from workflows.issue import apply_for_voucher, review_voucher
from workflows.purchase import cancel_order, decline_order, terms_for_orders
from workflows.surrender import surrender_voucher


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with two SMEs and two providers."""
    return a_house(database, store, smes=2, providers=2)


def of_one_group(house: House, controller: str = "") -> None:
    """The second firm belongs to the first, or both to somebody else."""
    if controller:
        change(house, house.references[SMES[0].number], controller=controller)
    change(house, house.references[SMES[1].number], controller=controller or SMES[0].number)


NUMBER = SMES[0].number


@pytest.mark.parametrize("controller", ["", "91371002MA3COMMON1", f"{NUMBER[:8]}-{NUMBER[8:]}", f"{NUMBER[:8]} {NUMBER[8:].lower()}"])
def test_firms_of_one_controller_share_a_cap(house: House, controller: str) -> None:
    if bare(controller) == NUMBER:  # which is that of the first firm, written otherwise
        change(house, house.references[SMES[1].number], controller=controller)
    else:
        of_one_group(house, controller)
    programme = publish(house, weihai_with(CAPS % "group"))
    first, second = (voucher_for(house, programme, sme) for sme in SMES[:2])
    assert part_of(house, first, "350000.00") == yuan("70000.00")
    assert part_of(house, second, "350000.00", SMES[1]) == yuan("30000.00")


def test_firms_without_a_common_controller_each_have_the_cap(house: House) -> None:
    programme = publish(house, weihai_with(CAPS % "group"))
    first, second = (voucher_for(house, programme, sme) for sme in SMES[:2])
    assert part_of(house, first, "350000.00") == part_of(house, second, "350000.00", SMES[1]) == yuan("70000.00")


def test_a_cap_of_a_company_does_not_count_its_group(house: House) -> None:
    of_one_group(house)
    programme = publish(house, weihai_with(CAPS % "company"))
    first, second = (voucher_for(house, programme, sme) for sme in SMES[:2])
    assert part_of(house, first, "350000.00") == part_of(house, second, "350000.00", SMES[1]) == yuan("70000.00")


def test_a_group_is_told_at_application_what_is_left_for_it(house: House) -> None:
    of_one_group(house)
    programme = publish(house, weihai_with(CAPS % "group"))
    part_of(house, voucher_for(house, programme), "350000.00")
    with pytest.raises(NotValid) as refused:
        voucher_for(house, programme, SMES[1], "30000.01")
    assert "30000.00" in str(refused.value.problems[0])


def test_a_provider_serves_no_more_than_its_cap(house: House) -> None:
    programme = publish(house, weihai_with(CAPS % "provider"))
    first, second = (voucher_for(house, programme, sme) for sme in SMES[:2])
    assert part_of(house, first, "350000.00") == yuan("70000.00")
    assert part_of(house, second, "350000.00", SMES[1]) == yuan("30000.00")
    assert part_of(house, second, "350000.00", SMES[1], provider=PROVIDERS[1]) == yuan("70000.00")


def test_a_cap_of_a_pair_counts_one_firm_with_one_provider(house: House) -> None:
    programme = publish(house, weihai_with(CAPS % "pair"))
    first, again = voucher_for(house, programme), voucher_for(house, programme)
    second = voucher_for(house, programme, SMES[1])
    assert part_of(house, first, "450000.00") == yuan("90000.00")
    assert part_of(house, again, "450000.00") == yuan("10000.00")
    assert part_of(house, again, "450000.00", provider=PROVIDERS[1]) == yuan("90000.00")
    assert part_of(house, second, "450000.00", SMES[1]) == yuan("90000.00")


@pytest.mark.parametrize("end", ["cancelled", "declined"])
def test_what_ends_gives_its_room_back_to_the_group(house: House, end: str) -> None:
    of_one_group(house)
    programme = publish(house, weihai_with(CAPS % "group"))
    first, second = (voucher_for(house, programme, sme) for sme in SMES[:2])
    with house.work(SME) as work:
        placed = order(work, house, first, "500000.00").reference
    with pytest.raises(NotNow, match="is used"):
        part_of(house, second, "500000.00", SMES[1])
    if end == "cancelled":
        with house.work(SME) as work:
            cancel_order(work, placed, "No longer needed")
    else:
        with house.work(PROVIDER) as work:
            decline_order(work, placed, "No time")
    assert part_of(house, second, "500000.00", SMES[1]) == yuan("100000.00")


ONE_VOUCHER = (b"\ncount_limits:\n  - {name: {zh: a, en: number of vouchers}, at_most: 1, period: lifetime, subject: group, "
               b"vouchers: yes}\n")


def test_vouchers_are_counted_when_one_is_applied_for_and_given(house: House) -> None:
    """Two firms of one group, of which one may have a voucher: whoever is issued one first has it, whatever it orders on it."""
    of_one_group(house)
    programme = publish(house, weihai_with(CAPS % "company") + ONE_VOUCHER)
    first, second = (an_application_for(house, programme, "50000.00", sme) for sme in SMES[:2])
    issue(house, first)
    with pytest.raises(NotNow, match="nothing now: number of vouchers: at most 1, 1 used before"):
        issue(house, second)
    with pytest.raises(NotValid, match="number of vouchers"):
        voucher_for(house, programme, SMES[1])
    assert [part_of(house, first, "50000.00") for _time in range(2)] == [yuan("10000.00")] * 2  # orders are not counted
    other = voucher_for(house, publish(house, weihai_with(CAPS % "company", "other") + ONE_VOUCHER))
    with house.work(SME) as work:
        surrender_voucher(work, other, "No need")
    voucher_for(house, _programme_of(house, other))


def _programme_of(house: House, voucher: str) -> str:
    with read(house.database) as session:
        return session.get_one(Programme, fetch(session, Voucher, voucher).programme_id).reference


LIAOCHENG = {"category": "sme", "region": "liaocheng"}


def test_province_and_city_share_a_cap_for_one_controller(house: House) -> None:
    """Liaocheng: 60 % of the province and 30 % of the city on top, together at most 650,000 for one actual controller."""
    programme = publish(house, example("shandong"), funders=("province", "liaocheng"))
    of_one_group(house)
    for number in (SMES[0].number, SMES[1].number, PROVIDERS[0].number):
        change(house, house.references[number], **LIAOCHENG)
    first, second = (voucher_for(house, programme, sme, "600000.00") for sme in SMES[:2])
    with house.work(SME) as work:
        placed = order(work, house, first, "600000.00", service="testing")
        assert placed.sheet["funders"] == {"province": "360000.00", "liaocheng": "180000.00"}
    with house.work(who(SMES[1])) as work:
        placed = order(work, house, second, "600000.00", service="testing")
        # 110,000 are left of the joint cap, and the city gives up its share first
        assert placed.sheet["funders"] == {"province": "110000.00", "liaocheng": "0.00"}
        assert placed.voucher_part == yuan("110000.00")


def test_the_provinces_cap_counts_only_the_provinces_money(house: House) -> None:
    programme = publish(house, example("shandong"), funders=("province", "liaocheng"))
    for number in (SMES[0].number, PROVIDERS[0].number):
        change(house, house.references[number], **LIAOCHENG)
    first = voucher_for(house, programme, amount="650000.00")
    part_of(house, first, "600000.00", service="testing")  # 540,000, of which the city's share of the voucher bears 150,000
    with house.work(SME) as work:
        scope_terms = terms_for_orders(work, fetch(work.session, Voucher, first)).terms
        held = fetch(work.session, Voucher, first)
        used = uses_of(work.session, scope_terms, held.programme_id, scope_of(work.session, scope_terms, held.sme_id))
    assert [dict(use.funders) for use in used] == [{"province": yuan("390000.00"), "liaocheng": yuan("150000.00")}]


YUHUAN = {"category": "firm"}


def test_what_is_held_counts_when_one_applies(house: House) -> None:
    """Yuhuan: 20,000 for one application, and no more than 50,000 held at any time."""
    programme = publish(house, example("yuhuan"))
    change(house, house.references[SMES[0].number], **YUHUAN)
    for _time in range(2):
        voucher_for(house, programme, amount="20000.00")
    with pytest.raises(NotValid) as refused:
        voucher_for(house, programme, amount="10000.01")
    assert "10000.00" in str(refused.value.problems[0])
    voucher_for(house, programme, amount="10000.00")


def test_what_can_be_used_no_more_is_no_longer_held(house: House) -> None:
    programme = publish(house, example("yuhuan"))
    change(house, house.references[SMES[0].number], **YUHUAN)
    for amount in ("20000.00", "20000.00", "10000.00"):
        voucher_for(house, programme, amount=amount)
    with pytest.raises(NotValid):
        voucher_for(house, programme, amount="0.01")
    house.clock.turn(days=100)
    voucher_for(house, programme, amount="20000.00")


def test_what_others_were_issued_meanwhile_is_held_too(house: House) -> None:
    programme = publish(house, example("yuhuan"))
    change(house, house.references[SMES[0].number], **YUHUAN)
    waiting = [an_application_for(house, programme, "20000.00") for _time in range(3)]
    for voucher in waiting[:2]:
        issue(house, voucher)
    with pytest.raises(NotNow, match=r"at most 10000\.00 CNY now"):
        issue(house, waiting[2])


def test_earlier_orders_cost_no_further_questions(house: House) -> None:
    programme = publish(house, weihai_with(CAPS.replace("calendar_year}", "calendar_year, funders: [city]}") % "group"
                                           + CAPS.partition("\n")[2] % "provider") + FUNDERS, funders=("city",))
    voucher = voucher_for(house, programme)
    part_of(house, voucher, "5.00")
    counts = []
    for more in (2, 297):
        _copy_order(house, voucher, more)
        counts.append(_questions(house, voucher))
    assert counts[0][0] == counts[1][0]
    assert (counts[0][1], counts[1][1]) == (3, 300)


FUNDERS = """
funders:
  - {code: city, name: {zh: 市级, en: city}, share: 100 %}
""".encode()


def _copy_order(house: House, voucher: str, times: int) -> None:
    with house.work() as work:
        first = work.session.exec(select(Order).order_by(Order.id)).first()  # type: ignore[arg-type]
        assert first is not None
        row = first.model_dump()
        work.session.connection().execute(insert(Order), [
            row | {"id": (key := uuid7()), "reference": f"O-copy-{str(key)[-12:]}"} for _time in range(times)])


def _questions(house: House, voucher: str) -> tuple[int, int]:
    """How many statements the uses take, and how many uses there are."""
    with house.work() as work:
        session = work.session
        held = fetch(session, Voucher, voucher)
        seller = session.exec(select(Order.provider_id)).first()
        terms = terms_for_orders(work, held).terms
        with statements(house.database) as asked:
            used = uses_of(session, terms, held.programme_id, scope_of(session, terms, held.sme_id, seller, locked=True))
    return len(asked), len(used)



BY_PEOPLE = "caps:\n  - {name: {zh: 上限, en: the cap}, amount: 100000.00, subject: %s, period: calendar_year}\n"


@pytest.mark.parametrize("written", [" Wang ", "WANG", "\uff37a-ng"])
@pytest.mark.parametrize("subject", ["team", "person"])
def test_a_limit_by_team_or_person_counts_over_the_firms_that_hold_their_vouchers(house: House, subject: str, written: str) -> None:
    programme = publish(house, weihai_with(BY_PEOPLE % subject))
    ours, theirs, others = (voucher_of_people(house, programme, sme, **{subject: name}) for sme, name in (
        (SMES[0], "Wang"), (SMES[1], written), (SMES[1], "Li")))
    assert part_of(house, ours, "400000.00") == yuan("80000.00")
    assert part_of(house, theirs, "400000.00", SMES[1]) == yuan("20000.00")
    assert part_of(house, others, "400000.00", SMES[1]) == yuan("80000.00")


def voucher_of_people(house: House, programme: str, sme: OrganisationData, *, team: str = "", person: str = "") -> str:
    """An issued voucher for a team or a person."""
    with house.work(who(sme)) as work:
        made = apply_for_voucher(work, programme, house.references[sme.number], yuan("100000.00"), "Research",
                                 team=team, person=person).reference
    with house.work("reviewer1") as work:
        review_voucher(work, made)
    issue(house, made)
    return made


def test_a_team_that_applies_says_which_it_is_where_limits_are_counted_so(house: House) -> None:
    rules = weihai_with(BY_PEOPLE % "team").replace(b"kind: company", b"kind: team")
    text = rules.decode()
    line = next(each for each in text.splitlines() if each.strip().startswith("technology_sme:"))
    programme = publish(house, text.replace(line, line.replace("{name:", "{kind: team, name:", 1)).encode())
    with pytest.raises(NotValid) as refused:
        voucher_of_people(house, programme, SMES[0])
    assert [each.where for each in refused.value.problems] == ["team"]
    with pytest.raises(NotValid) as refused:
        voucher_of_people(house, programme, SMES[0], team="W" * 65)
    assert [each.where for each in refused.value.problems] == ["team"]


def test_the_terms_say_which_day_decides_the_year(house: House) -> None:
    """By the day of issue an order of January counts for the year before; by its own day it does not."""
    vouchers = {}
    for dated_by in ("issue", "order"):
        source = weihai_with(CAPS % "company", f"weihai{dated_by}") + f"\ndated_by: {dated_by}\n".encode()
        vouchers[dated_by] = voucher_for(house, publish(house, source))
    house.clock.turn(days=200)
    for voucher in vouchers.values():
        assert part_of(house, voucher, "400000.00") == yuan("80000.00")
    house.clock.turn(days=110)  # the year is another, and the vouchers stand still
    assert part_of(house, vouchers["order"], "100000.00") == yuan("20000.00")
    with pytest.raises(NotNow, match="the cap"):
        part_of(house, vouchers["issue"], "500000.00")
        part_of(house, vouchers["issue"], "500000.00")


def test_a_refusal_names_the_rule_and_its_clause(house: House) -> None:
    programme = publish(house, weihai_with(CAPS.replace("period", "clause: 第九条, period") % "company"))
    voucher, other = (voucher_for(house, programme) for _time in range(2))
    part_of(house, voucher, "500000.00")
    with pytest.raises(NotNow) as refused:
        part_of(house, other, "5.00")
    assert refused.value.message == "The terms give nothing for this order: the cap, 100,000.00, of which 100,000.00 is used (第九条)."
    assert translator("zh").refusal(refused.value) == "按条款，此订单不予支付：上限，限额100,000.00，已用100,000.00 (第九条)。"


def test_applications_are_taken_in_a_round_only(house: House) -> None:
    rounds = "[{name: {zh: 一, en: one}, opens: 2026-03-03, closes: 2026-03-04}]"
    text = weihai_with(CAPS % "company").decode().replace("  zone: Asia/Shanghai", f"  rounds: {rounds}\n  zone: Asia/Shanghai")
    programme = publish(house, text.encode())
    with pytest.raises(NotNow, match="from 2026-03-03 to 2026-03-04"):
        voucher_for(house, programme)
    house.clock.turn(days=2)
    voucher_for(house, programme)
    house.clock.turn(days=1)
    with pytest.raises(NotNow, match="last round"):
        voucher_for(house, programme)


def test_what_a_firm_brings_in_kind_is_asked_and_decides_what_it_gets(house: House) -> None:
    own = "own_share:\n  - {match: 100 %, kinds: [cash, kind], kind_at_most: 50 %}\n"
    text = weihai_with(CAPS % "company").decode()
    start = text.index("\nrates:")
    end = text.index("\n\n", start)
    programme = publish(house, (text[:start] + "\nrates: [{rate: 100 %}]\n" + own + text[end:]).encode())
    with read(house.database) as session:
        asked = asking_of(terms_in_force(session, fetch(session, Programme, programme)).terms)
    assert {"own_cash", "own_kind"} <= set(asked.measures)
    voucher = voucher_for(house, programme)
    measures = {"own_cash": yuan("10000.00"), "own_kind": yuan("30000.00")}  # of which 10,000 counts
    assert part_of(house, voucher, "50000.00", measures=measures) == yuan("20000.00")


def test_an_order_asks_as_many_questions_after_sixty_orders_as_after_one(house: House) -> None:
    of_one_group(house)
    programme = publish(house, weihai_with(CAPS % "group" + CAPS.replace("caps:\n", "") % "provider") + b"\ndated_by: delivery\n")
    voucher = voucher_for(house, programme)

    def questions() -> int:
        with statements(house.database) as asked:
            part_of(house, voucher, "50.00")
        return len(asked)

    part_of(house, voucher, "50.00")
    before = questions()
    _copy_order(house, voucher, 60)
    assert questions() == before
