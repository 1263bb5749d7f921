"""Letters to people who took no step themselves: who objected to a claim, and who stands in for a colleague."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from tests.builders import House, an_approved_claim
from tests.workflows.mailing import Pigeon, all_letters, tell
from tests.workflows.portal.visitors import Visitors
from voucher.claims import Claim
from voucher.database import fetch
from voucher.notices import Notice
from voucher.objections import Objection
from voucher.orders import Order
from voucher.programmes.programmes import Programme
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.absence import end_absence, enter_absence, hand_over_role
from workflows.answering import mail_address
from workflows.publication import (
    admit_objection,
    dismiss_objection,
    file_objection,
    publish_notice,
    turn_objection_away,
)


@pytest.fixture
def claim(house: House) -> str:
    """An approved claim that stands on a public notice."""
    reference = an_approved_claim(house)
    with house.work("approver1") as work:
        order = work.session.get_one(Order, fetch(work.session, Claim, reference).order_id)
        programme = work.session.get_one(Programme, work.session.get_one(Voucher, order.voucher_id).programme_id)
        publish_notice(work, programme.reference)
    return reference


def objection_to(house: House, claim: str, contact: str = "li.wei@example.org") -> str:
    with house.work() as work:
        return file_objection(work, claim, "Li Wei", contact, "The buoy was never built.").reference


def to_li_wei(pigeon: Pigeon) -> list[str]:
    """What went to the objector, in its order."""
    bodies = [mail.get_body(("plain",)) for mail in pigeon.mails if mail["To"].addresses[0].addr_spec == "li.wei@example.org"]
    return [body.get_content() for body in bodies if body is not None]


def test_who_objected_is_told_how_it_is_decided_once_a_person_has_looked(house: House, portal: Visitors, claim: str) -> None:
    objection = objection_to(house, claim)
    pigeon = tell(house)
    assert to_li_wei(pigeon) == [], "anybody may have typed this address"
    with house.work("approver3") as work:
        admit_objection(work, objection)
    with house.work("approver3") as work:
        dismiss_objection(work, objection, "The buoy stands in the bay.")
    tell(house, pigeon)
    [admitted, decided] = to_li_wei(pigeon)
    assert "正在核查" in admitted and objection in admitted and claim in admitted and "never built" not in admitted
    assert "The buoy stands in the bay." in decided and "/letters" not in decided
    tell(house, pigeon)
    assert len(to_li_wei(pigeon)) == 2
    assert portal.get("approver3", f"/objections/{objection}").text.count("gone out by mail") == 2


def test_a_name_of_two_lines_and_an_address_that_no_mail_takes_keep_no_job_from_its_end(house: House, claim: str) -> None:
    with house.work() as work:
        named = file_objection(work, claim, "Li\r\nWei", "li.wei@example.org", "The buoy was never built.")
        unreachable = file_objection(work, claim, "Wang", "用户@example.com", "The buoy was never built.")
        references, said = [named.reference, unreachable.reference], named.name
        assert (said, mail_address(named), mail_address(unreachable)) == ("Li Wei", "li.wei@example.org", "")
    for reference in references:
        with house.work("approver3") as work:
            turn_objection_away(work, reference, "It names another firm.")
    assert len(to_li_wei(tell(house))) == 1


def test_who_left_a_telephone_number_is_answered_by_a_person_with_the_words_at_hand(house: House, portal: Visitors, claim: str) -> None:
    objection = objection_to(house, claim, "0631-5231234")
    with house.work("approver3") as work:
        turn_objection_away(work, objection, "It names another firm.")
    assert to_li_wei(tell(house)) == []
    page = portal.get("approver3", f"/objections/{objection}").text
    assert "by letter or by telephone" in page and "It names another firm." in page
    assert "不予受理" in page, "the words at hand are in the language in which the objection was written"


def test_who_objected_on_a_page_is_answered_in_the_language_in_which_he_read_it(house: House, portal: Visitors, claim: str) -> None:
    with read(house.database) as session:
        notice = session.exec(select(Notice.reference)).one()
    said = {"name": "Li Wei", "contact": "li.wei@example.org", "grounds": "The buoy was never built."}
    for language in ("en", "zh"):
        sent = portal.client(language=language).post(f"/notices/{notice}/claims/{claim}/object", data=said)
        assert sent.status_code == 303
    with read(house.database) as session:
        made = session.exec(select(Objection.reference).order_by(Objection.reference)).all()
    for objection in made:
        with house.work("approver3") as work:
            turn_objection_away(work, objection, "It names another firm.")
    english, chinese = to_li_wei(tell(house))
    assert "is not looked into" in english and not re.search(r"[\u4e00-\u9fff]", english.partition("It names another firm.")[0])
    assert "不予受理" in chinese
    page = portal.get("approver3", f"/objections/{made[0]}").text
    assert "is not looked into" in page and "<dt>Answered in</dt><dd>English</dd>" in page


def test_an_objection_without_a_name_is_answered_to_nobody(house: House, claim: str) -> None:
    with house.work() as work:
        file_objection(work, claim, "", "", "Look at the account.")
    assert to_li_wei(tell(house)) == []


def test_a_deputy_and_the_one_away_are_told_from_when_until_when_and_when_it_is_over(house: House) -> None:
    with house.work("administrator1") as work:
        absence = enter_absence(work, house.today, house.today + timedelta(days=5), email="approver1@voucher.example")
        hand_over_role(work, str(absence.id), "approver", "verifier1@voucher.example")
    tell(house)
    told = {who: letter.words["said"] for who, letter in all_letters(house) if letter.event == "role.lent"}
    assert told.keys() == {"verifier1", "approver1"}
    assert all("2026年3月2日" in said and "2026年3月7日" in said and "审批" in said for said in told.values())
    assert "审批员甲" in told["verifier1"] and "核验员甲" in told["approver1"]
    with house.work("approver1") as work:
        end_absence(work, str(absence.id))
    tell(house)
    over = {who: letter.words["said"] for who, letter in all_letters(house) if letter.event == "absence.ended"}
    assert over.keys() == {"verifier1"} and "审批员甲" in over["verifier1"], "who ended it himself knows"
