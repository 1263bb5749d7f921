"""Changing: what is entered of an organisation follows what became of it, and history keeps what it was."""

from pathlib import Path

import pytest

from tests.builders import PROVIDERS, SME, SMES, House, a_placed_order, an_application, an_issued_voucher
from tests.workflows.api.client import Programs
from tests.workflows.cli.test_nouns import Desk
from tests.workflows.mailing import all_letters, tell
from tests.workflows.portal.visitors import Visitors, an_app
from voucher.database import fetch
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.history import events_of
from voucher.people import Organisation
from voucher.vouchers import Voucher
from workflows.changing import CHANGEABLE, change_organisation

WHY = "Renamed in the register on 2 March"


def test_a_firm_gets_another_name_and_reads_before_and_after(house: House, tmp_path: Path) -> None:
    firm = house.references[SMES[0].number]
    with house.work("administrator1") as work:
        old = fetch(work.session, Organisation, firm).name
        made = change_organisation(work, firm, WHY, name=" 威海新样例纺织集团 ", town=SMES[0].town)
        assert made.name == "威海新样例纺织集团"
        change_organisation(work, firm, "Sold", controller="110101199003070011")
        [event, _sold] = [each for each in events_of(work.session, firm) if each.name == "organisation.changed"]
        assert (event.reason, event.data) == (WHY, {"before": {"name": old}, "after": {"name": made.name}}), "the town is the same"
    tell(house)
    of_the_name, of_the_controller = [letter.words["said"] for who, letter in all_letters(house)
                                      if (who, letter.event) == (SME, "organisation.changed")]
    assert f"{old} → 威海新样例纺织集团" in of_the_name
    assert "实际控制人" in of_the_controller and "1101" not in of_the_controller, "a number of a person goes into no letter"
    page = Visitors(an_app(house, tmp_path), house).get("administrator1", f"/office/organisations/{firm}").text
    assert f"Name: {old} → 威海新样例纺织集团" in page and WHY in page


def test_another_class_counts_for_later_applications_only(house: House) -> None:
    voucher, firm = an_issued_voucher(house), house.references[SMES[0].number]
    with house.work("administrator1") as work:
        change_organisation(work, firm, "Outgrew its class", category="large")
    with house.work() as work:
        assert fetch(work.session, Voucher, voucher).firm_class == SMES[0].category != "large"
    assert a_placed_order(house, voucher)
    with pytest.raises(NotValid, match="large"):
        an_application(house)


def test_what_is_wrong_is_refused_and_nothing_is_no_change(house: House) -> None:
    firm = house.references[SMES[0].number]
    with pytest.raises(NotValid) as refusal, house.work("administrator1") as work:
        change_organisation(work, firm, WHY, name=" ", region="x" * 17)
    assert [each.where for each in refusal.value.problems] == ["name", "region"]
    with pytest.raises(NotValid), house.work("administrator1") as work:
        change_organisation(work, firm, " ", name="Another")
    with pytest.raises(NotNow), house.work("administrator1") as work:
        change_organisation(work, firm, WHY, name=SMES[0].name)
    with pytest.raises(NotFound), house.work("administrator1") as work:
        change_organisation(work, "N-2026-99999-9", WHY, name="Another")
    for who in (SME, "approver1", "auditor1"):
        with pytest.raises(NotAllowed), house.work(who) as work:
            change_organisation(work, firm, WHY, name="Another")


def a_form(**typed: str) -> dict[str, str]:
    """The form of the first firm as it was shown, with something else typed into it."""
    stood = {field: getattr(SMES[0], field, "") for field in CHANGEABLE}
    return stood | {f"seen_{field}": value for field, value in stood.items()} | typed


def test_a_form_overwrites_nothing_that_another_changed_meanwhile(house: House, tmp_path: Path) -> None:
    firm, portal = house.references[SMES[0].number], Visitors(an_app(house, tmp_path), house)
    page = f"/office/organisations/{firm}"
    for field, stood in a_form().items():
        assert field in CHANGEABLE or f'name="{field}" value="{stood}"' in portal.get("administrator1", page).text
    with house.work() as work:
        change_organisation(work, firm, WHY, town="Rongcheng", address="1 New Road")
    assert portal.post("administrator1", f"{page}/change", reason="Sold", **a_form(name_en="Sold Ltd", town="Rushan")).status_code == 422
    assert "Somebody changed this meanwhile: it is Rongcheng now." in portal.post(
        "administrator1", f"{page}/change", reason="Sold", **a_form(name_en="Sold Ltd", town="Rushan")).text
    assert portal.post("administrator1", f"{page}/change", reason="Sold", **a_form(name_en="Sold Ltd")).status_code == 303
    with house.work() as work:
        held = fetch(work.session, Organisation, firm)
        assert (held.name_en, held.town, held.address) == ("Sold Ltd", "Rongcheng", "1 New Road")


def test_all_three_doors_change_and_the_firm_alone_reads_of_it(house: House, tmp_path: Path) -> None:
    firm = house.references[SMES[0].number]
    portal, programs, desk = Visitors(an_app(house, tmp_path), house), Programs(an_app(house, tmp_path), house), Desk(house, tmp_path)
    assert portal.post("administrator1", f"/office/organisations/{firm}/change", reason=WHY, **a_form(town="Rongcheng")).status_code == 303
    assert programs.done("administrator1", f"/organisations/{firm}/change", {"reason": WHY, "address": "1 New Road"})["town"] == "Rongcheng"
    assert desk.told("organisation", "change", firm, "--controller", "X1", "--reason", WHY, who="administrator1")["address"] == "1 New Road"
    changes = programs.seen(SME, f"/organisations/{firm}/changes")["items"]
    assert [each["after"] for each in changes] == [{"town": "Rongcheng"}, {"address": "1 New Road"}, {"controller": "X1"}]
    assert programs.get(SME, f"/organisations/{house.references[PROVIDERS[0].number]}/changes").status_code == 404
