"""What terms say of objections and days of payment stands where people act on it."""

from tests.builders import House, an_approved_claim
from tests.workflows.portal.visitors import Visitors
from tests.workflows.scopes import publish
from voucher.programmes.library import example
from workflows.publication import admit_objection, file_objection, publish_notice

RULES = (example("weihai").replace(b"notice: {length:", b"notice: {objection_needs: [real_name, seal], length:")
         + b"payout: {rhythm: monthly}\n")


def test_whoever_reads_of_a_programme_sees_how_much_there_is_for_his_class_of_firm(house: House, portal: Visitors) -> None:
    page = f"/programmes/{publish(house, RULES)}"
    assert "high-tech firm 500,000 CNY" in portal.get("", page).text
    assert "高新技术企业 500,000 CNY" in portal.client("", "zh").get(page).text


def test_an_objection_is_told_what_it_carries_and_finance_what_is_paid_only_later(house: House, portal: Visitors) -> None:
    programme = publish(house, RULES)
    an_approved_claim(house)
    page = portal.get("finance1", "/office/batches/gather").text
    assert ("To be paid from a later day, CNY" in page, "21,200.00" in page, "To be paid now" in page) == (True, True, False)
    with house.work("approver1") as work:
        notice = publish_notice(work, programme)
    form = f"/notices/{notice.reference}/claims/{notice.listed['claims'][0]['claim']}/object"
    assert "By the rules an objection carries: real name and seal." in portal.get("", form).text
    assert "按规定，异议须附：实名和公章。" in portal.client("", "zh").get(form).text


def test_what_an_objection_does_to_the_books_has_a_name_in_the_story_of_the_claim(house: House, portal: Visitors) -> None:
    programme = publish(house, RULES)
    claim = an_approved_claim(house)
    with house.work("approver1") as work:
        publish_notice(work, programme)
    with house.work() as work:
        objection = file_objection(work, claim, "Li Wei", "li@example.org", "Nothing is installed.").reference
    with house.work("approver3") as work:
        admit_objection(work, objection, ["real_name", "seal"])
    assert "<strong>An objection holds a payable</strong>" in portal.get("auditor1", f"/claims/{claim}").text
    assert "<strong>异议暂缓</strong>" in portal.client("auditor1", "zh").get(f"/claims/{claim}").text
