"""Several funders: each bears its own part, to the minor unit, from the promise to the bank's confirmation."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SME,
    SMES,
    House,
    a_house,
    a_submitted_claim,
    an_exported_batch,
    bank_answer,
    full_decisions,
)
from tests.scenes import scene
from voucher import ledger
from voucher.accounting import FundLinePosition, fund_line_position, voucher_position
from voucher.database import Database, fetch
from voucher.errors import NotNow
from voucher.files import FileStore
from voucher.money import Money, total
from voucher.programmes.funding import FundLine, fund_lines_of
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme
from voucher.work import read
from workflows.approval import approve_claim
from workflows.funding import allot, record_appropriation
from workflows.issue import NoMoneyLeft, apply_for_voucher, issue_voucher, review_voucher
from workflows.publishing import publish_programme
from workflows.purchase import (
    accept_delivery,
    accept_order,
    cancel_order,
    deliver_order,
    place_order,
    register_contract,
)
from workflows.reconciliation import import_statement
from workflows.verification import verify_claim

FUNDERS = b"""
funders:
  - {code: province, name: {zh: "\xe7\x9c\x81\xe7\xba\xa7", en: province}, share: 2/3}
  - {code: city, name: {zh: "\xe5\xb8\x82\xe7\xba\xa7", en: city}, share: 1/3}
"""


def yuan(text: str) -> Money:
    return Money.parse(text, "CNY")


@scene
def a_shared_programme(house: House, *funders: str) -> str:
    """The Weihai rules, paid two thirds by the province and one third by the city."""
    with house.work("approver1") as work:
        programme = publish_programme(work, example("weihai") + FUNDERS).reference
    for funder in funders or ("province", "city"):
        with house.work("finance1") as work:
            line = record_appropriation(work, programme, 2026, yuan("200000.00"), f"Decision of the {funder}", funder)
            allot(work, line.reference, yuan("200000.00"), f"Notice of the {funder}")
    return programme


@scene
def a_shared_voucher(house: House, programme: str, amount: str = "100000.01") -> str:
    with house.work(SME) as work:
        voucher = apply_for_voucher(work, programme, house.references[SMES[0].number], yuan(amount), "Research").reference
    with house.work("reviewer1") as work:
        review_voucher(work, voucher)
    with house.work("approver1") as work:
        issue_voucher(work, voucher)
    return voucher


@scene
def an_order(house: House, voucher: str, net: str) -> str:
    with house.work(SME) as work:
        return place_order(work, voucher, house.references[PROVIDERS[0].number], "development", "Buoy", yuan(net),
                           yuan("0.00")).reference


def standing(house: House, programme: str) -> dict[str, FundLinePosition]:
    with read(house.database) as session:
        lines: list[FundLine] = fund_lines_of(session, fetch(session, Programme, programme).id)
        return {line.funder: fund_line_position(session, line) for line in lines}


def test_each_funder_commits_its_part_of_the_face(house: House) -> None:
    programme = a_shared_programme(house)
    a_shared_voucher(house, programme)
    after = standing(house, programme)
    assert (after["province"].committed, after["city"].committed) == (yuan("66666.67"), yuan("33333.34"))


def test_orders_never_take_more_of_a_funder_than_its_part_of_the_voucher(house: House) -> None:
    programme = a_shared_programme(house)
    voucher = a_shared_voucher(house, programme)
    for net in ("166666.65", "166666.70", "166666.70"):
        an_order(house, voucher, net)
    with read(house.database) as session:
        assert voucher_position(session, voucher, "CNY").available == yuan("0.00")
    after = standing(house, programme)
    assert [each.committed for each in after.values()] == [yuan("0.00"), yuan("0.00")]
    assert total((each.reserved for each in after.values()), "CNY") == yuan("100000.01")


def test_a_cancelled_order_gives_each_funder_its_part_back(house: House) -> None:
    programme = a_shared_programme(house)
    voucher = a_shared_voucher(house, programme)
    before = standing(house, programme)
    order = an_order(house, voucher, "123456.75")
    assert standing(house, programme) != before
    with house.work(SME) as work:
        cancel_order(work, order, "no longer needed")
    assert standing(house, programme) == before


def test_without_a_funders_money_nothing_is_issued(house: House) -> None:
    programme = a_shared_programme(house, "province")
    with pytest.raises(NoMoneyLeft, match="city"):
        a_shared_voucher(house, programme)


def test_each_funder_pays_its_part_once_the_bank_confirms(house: House) -> None:
    programme = a_shared_programme(house)
    order = an_order(house, a_shared_voucher(house, programme), "100000.05")
    with house.work(PROVIDER) as work:
        accept_order(work, order)
        register_contract(work, order, "2026371000000001")
        deliver_order(work, order, "Report")
    with house.work(SME) as work:
        accept_delivery(work, order)
    claim = a_submitted_claim(house, order)
    with house.work("verifier1") as work:
        verify_claim(work, claim, full_decisions(work, claim))
    with house.work("approver2") as work:
        approve_claim(work, claim)
    with house.work("finance1") as work:
        import_statement(work, house.store, "s.xml", bank_answer(house, an_exported_batch(house)))
    after = standing(house, programme)
    assert (after["province"].paid, after["city"].paid) == (yuan("13333.34"), yuan("6666.67"))
    assert [each.delivered + each.obligated + each.reserved for each in after.values()] == [yuan("0.00")] * 2
    with read(house.database) as session:
        assert ledger.verify(session) == []


def test_orders_at_once_never_take_more_than_the_voucher_of_any_funder(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    programme = a_shared_programme(house)
    voucher = a_shared_voucher(house, programme)

    def order_one(_each: int) -> bool:
        try:
            an_order(house, voucher, "50000.05")
        except NotNow:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = sum(pool.map(order_one, range(16)))
    after = standing(house, programme)
    assert won == 9  # nine times 10,000.01; what is left is 9,999.92
    assert total((each.reserved for each in after.values()), "CNY") == yuan("90000.09")
    assert total((each.committed for each in after.values()), "CNY") == yuan("9999.92")
    assert all(each.committed.minor >= 0 for each in after.values())
    with read(postgres) as session:
        assert voucher_position(session, voucher, "CNY").available == yuan("9999.92")
        assert ledger.verify(session) == []
