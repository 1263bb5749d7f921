"""Fund lines: each closes alone when it is empty and opens alone when money is freed; each type of voucher has its own."""

import pytest

from tests.builders import SME, SMES, House
from tests.workflows.scopes import an_application_for, issue, order, publish, weihai_with, yuan
from voucher.accounting import entry, fund_line_position
from voucher.database import Database, fetch
from voucher.errors import NotValid
from voucher.history import events_of
from voucher.ledger import Draft
from voucher.money import Money
from voucher.posting import post_many
from voucher.programmes.funding import FundLine, fund_lines_of
from voucher.programmes.programmes import Programme
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.funding import allot, record_appropriation
from workflows.issue import NoMoneyLeft
from workflows.waiting import put_on_waiting_list

CAP = "caps:\n  - {name: {zh: 上限, en: the cap}, amount: 500000.00, period: calendar_year}\n"
TYPES = CAP + "\nfund_lines: {per_group: [development]}\n"


def line_of(house: House, programme: str, group: str = "") -> FundLine:
    """The fund line of a type of voucher."""
    with read(house.database) as session:
        lines = fund_lines_of(session, fetch(session, Programme, programme).id)
        return next(each for each in lines if each.service_group == group)


def happened(database: Database, line: FundLine) -> list[str]:
    """The names of the events of a line."""
    with read(database) as session:
        return [each.name for each in events_of(session, line.reference)]


def more(house: House, line: FundLine, amount: str) -> None:
    """Allot more money to a line."""
    with house.work("finance1") as work:
        record_appropriation(work, fetch_programme(house, line), line.year, yuan(amount), f"Decision {house.number()}", line.funder,
                             line.service_group)
        allot(work, line.reference, yuan(amount), f"Notice {house.number()}")


def fetch_programme(house: House, line: FundLine) -> str:
    """The reference of the programme of a line."""
    with read(house.database) as session:
        return session.get_one(Programme, line.programme_id).reference


def test_a_line_closes_alone_when_less_is_left_than_the_smallest_voucher_and_opens_again(house: House) -> None:
    programme = publish(house, weihai_with(CAP + "\nminimum: 100.00\n"), allotted="50000.00")
    house.do_jobs()
    assert line_of(house, programme).state == "open"
    issue(house, an_application_for(house, programme, "49900.01"))
    house.do_jobs()
    line = line_of(house, programme)
    assert line.state == "closed"
    more(house, line, "0.01")
    house.do_jobs()
    assert line_of(house, programme).state == "open"
    assert happened(house.database, line) == ["funds.appropriated", "funds.allotted", "fund_line.closed", "funds.appropriated",
                                              "funds.allotted", "fund_line.opened"]


def test_whatever_frees_money_serves_who_waits(house: House) -> None:
    """Whoever posts an entry that frees money has done enough: here an entry that no verb of these tests makes."""
    programme = publish(house, weihai_with(CAP) + b"\nwaiting_list: {order: arrival}\n", allotted="50000.00")
    first, second = (an_application_for(house, programme, "50000.00") for _time in range(2))
    issue(house, first)
    with house.work("approver1") as work:
        put_on_waiting_list(work, second)
    house.do_jobs()
    with house.work() as work:
        post_many(work, [expired(house, first, yuan("50000.00"))])
    house.do_jobs()
    with read(house.database) as session:
        assert fetch(session, Voucher, second).state == "issued"
        assert not fund_line_position(session, line_of(house, programme)).free


def expired(house: House, voucher: str, amount: Money) -> Draft:
    """The entry of an expiry."""
    with read(house.database) as session:
        held = fetch(session, Voucher, voucher)
        line = session.get_one(FundLine, held.fund_line_id)
        return entry("voucher.expired", voucher, house.today, {"amount": amount},
                     {"voucher": voucher, "fund_line": line.reference})


def test_each_type_of_voucher_is_borne_by_its_own_line_which_closes_alone(house: House) -> None:
    programme = publish(house, weihai_with(TYPES), allotted="50000.00", types=("development", ""))
    issue(house, an_application_for(house, programme, "50000.00", group="development"))
    house.do_jobs()
    assert (line_of(house, programme, "development").state, line_of(house, programme).state) == ("closed", "open")
    with pytest.raises(NoMoneyLeft):
        issue(house, an_application_for(house, programme, "1.00", group="development"))
    issue(house, an_application_for(house, programme, "50000.00"))
    with read(house.database) as session:
        assert {fund_line_position(session, line_of(house, programme, group)).committed for group in ("development", "")} == {
            yuan("50000.00")}


def test_a_voucher_of_a_type_buys_only_the_services_of_its_type(house: House) -> None:
    programme = publish(house, weihai_with(TYPES), types=("development", ""))
    own, other = (an_application_for(house, programme, "10000.00", group=group) for group in ("development", ""))
    for each in (own, other):
        issue(house, each)
    with house.work(SME) as work:
        order(work, house, own, "1000.00", service="development")
    with house.work(SME) as work:
        order(work, house, other, "1000.00", service="transfer")
    for voucher, service in ((own, "transfer"), (other, "development")):
        with pytest.raises(NotValid) as refused, house.work(SME) as work:
            order(work, house, voucher, "1000.00", service=service)
        assert [each.where for each in refused.value.problems] == ["service_type"]


@pytest.mark.parametrize(("rules", "group"), [(TYPES, "transfer"), (TYPES, "nothing"), (CAP, "development")])
def test_a_type_that_the_terms_do_not_know_is_refused(house: House, rules: str, group: str) -> None:
    programme = publish(house, weihai_with(rules), types=())
    with pytest.raises(NotValid) as refused:
        an_application_for(house, programme, "1.00", SMES[0], group)
    assert "service_group" in [each.where for each in refused.value.problems]
    with pytest.raises(NotValid), house.work("finance1") as work:
        record_appropriation(work, programme, house.today.year, yuan("1.00"), "Decision 1", "city", group)


def test_who_waits_for_one_type_stops_nobody_who_wants_another(house: House) -> None:
    programme = publish(house, weihai_with(TYPES) + b"\nwaiting_list: {order: arrival}\n", allotted="50000.00",
                        types=("development", ""))
    waiting, other = an_application_for(house, programme, "60000.00", group="development"), an_application_for(house, programme, "1.00")
    with house.work("approver1") as work:
        put_on_waiting_list(work, waiting)
    issue(house, other)
    more(house, line_of(house, programme, "development"), "10000.00")
    house.do_jobs()
    with read(house.database) as session:
        assert [fetch(session, Voucher, each).state for each in (waiting, other)] == ["issued", "issued"]
