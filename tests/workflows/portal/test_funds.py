"""The money of a programme in the portal."""

from datetime import date

from tests.builders import House
from tests.workflows.portal.visitors import Visitors
from tests.workflows.scopes import publish, weihai_with
from tests.workflows.test_advancing import RULES
from tests.workflows.test_fund_lines import CAP, line_of
from voucher.accounting import fund_line_position
from voucher.work import read


def test_finance_ends_a_year_on_the_funds_page_once_it_is_over(house: House, portal: Visitors) -> None:
    programme = publish(house, weihai_with(CAP), allotted="500.00")
    line, page = line_of(house, programme), f"/office/programmes/{programme}"
    before = portal.get("finance1", f"{page}/funds").text
    assert "End a year" not in before
    named = [part for part in ("Given back", "Carried to", "Bank charges", "Offered to") if part in before]
    assert named == [], "seldom parts are not named at 0.00"
    house.clock.turn(days=(date(line.year + 1, 1, 9) - house.today).days)
    assert "End a year" in portal.get("finance1", f"{page}/funds").text
    form = {"ended_line": line.reference, "year_end_document": "Decision 9", "on": "2026-12-30", "what": "lapse"}
    assert "Name a day from 2026-12-31 to 2027-01-09." in portal.post("finance1", f"{page}/year-ends", **form).text
    assert portal.post("finance1", f"{page}/year-ends", **form | {"on": "", "what": "carry"}).status_code == 303
    assert "Carried to" in portal.get("finance1", f"{page}/funds").text
    with read(house.database) as session:
        assert str(fund_line_position(session, line).carried) == "500.00"
    for what, said in (("carry_orders", "No order of this fund line was open"), ("accrue", "is accrued already")):
        assert said in portal.post("finance1", f"{page}/year-ends", **form | {"on": "", "what": what}).text


def test_a_funder_stands_there_by_its_name_and_is_chosen_by_it(house: House, portal: Visitors) -> None:
    programme = publish(house, RULES, funders=("city",))
    page = f"/office/programmes/{programme}/funds"
    assert "<h2>2026 · 市级</h2>" in portal.client("finance1", "zh").get(page).text
    english = portal.get("finance1", page).text
    assert "<h2>2026 · city</h2>" in english and '<option value="province">province</option>' in english
    form = {"year": "2026", "funder": "province", "amount": "5.00", "document": "Letter 1"}
    assert portal.post("finance1", f"/office/programmes/{programme}/appropriations", **form).status_code == 303
    assert "<h2>2026 · 省级</h2>" in portal.client("finance1", "zh").get(page).text


def test_finance_lends_money_for_another_funder_and_has_it_paid_back(house: House, portal: Visitors) -> None:
    programme = publish(house, RULES, allotted="500.00")
    page, line = f"/office/programmes/{programme}", line_of(house, programme)
    form = {"lending_line": line.reference, "advance": "600.00", "advance_document": "Letter 1"}
    assert "Only 500.00 CNY is free on this fund line." in portal.post("finance1", f"{page}/advances", **form).text
    assert portal.post("finance1", f"{page}/advances", **form | {"advance": "300.00"}).status_code == 303
    assert "Lent for another funder" in portal.get("finance1", f"{page}/funds").text
    back = form | {"advance": "300.00", "advance_document": "Letter 2", "settle": "yes"}
    assert portal.post("finance1", f"{page}/advances", **back).status_code == 303
    assert "Lent for another funder" not in portal.get("finance1", f"{page}/funds").text
