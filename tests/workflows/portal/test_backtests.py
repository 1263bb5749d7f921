"""A draft is tried in the portal: what it would need, whom it would cut, and when the money would be spent. Nothing is posted."""

import pytest
from sqlmodel import select

from tests.builders import SME, House, a_placed_order, a_programme, an_issued_voucher
from tests.workflows.portal.visitors import Visitors
from voucher import ledger
from voucher.backtests import Backtest
from voucher.errors import NotAllowed
from voucher.jobs import Job, JobState
from voucher.programmes.library import example
from voucher.work import Work, read
from workflows import backtesting
from workflows.worker import work_off

DRAFT = example("weihai").decode().replace("technology_sme: 300000.00", "technology_sme: 150000.00")


def the_trial(house: House) -> Backtest:
    """The one trial there is."""
    with read(house.database) as session:
        return session.exec(select(Backtest)).one()


def test_an_approver_tries_a_draft_and_sees_whom_it_would_cut_and_when_the_money_is_spent(house: House, portal: Visitors) -> None:
    voucher = an_issued_voucher(house, amount="300000.00")
    a_placed_order(house, voucher, net="100000.00", vat="0.00")
    a_placed_order(house, voucher, net="900000.00", vat="0.00")
    page = "/rules/P-2026-00001-9/backtests"
    assert "Try a draft" in portal.get("approver1", "/rules/P-2026-00001-9").text
    assert "technology_sme: 300000.00" in portal.get("approver1", page).text, "the terms in force stand there to begin with"
    wrong = portal.post("approver1", page, draft=DRAFT.replace("caps:", "cpas:"))
    assert (wrong.status_code, "cpas" in wrong.text, "caps" in wrong.text) == (422, True, True)
    with read(house.database) as session:
        before = [*ledger.plaintext.journal(session)]
    answer = portal.post("approver1", page, draft=DRAFT, budget="100000.00")
    assert answer.status_code == 303
    found = answer.headers["Location"]
    assert "0 of 2 orders are tried" in portal.get("approver1", found).text
    again = portal.post("approver2", page, draft=DRAFT)
    assert again.status_code == 409 and "is being tried" in again.text, "one at a time"
    assert portal.get("approver1", f"{found}/cases.csv").status_code == 404
    work_off(house.database, house.store, house.clock)
    told = portal.get("reviewer1", found).text
    for said in ("200,000.00", "150,000.00", "Money saved", "50,000.00", "yearly cap by class of firm", "2026-03-02", "Every order (CSV)"):
        assert said in told, said
    assert "企业年度上限" in portal.client("approver1", "zh").get(found).text
    rows = portal.get("approver1", f"{found}/cases.csv").get_data().decode("utf-8-sig").splitlines()
    assert [row.split(",")[5:8] for row in rows[1:]] == [["20000.00", "20000.00", "0.00"], ["180000.00", "130000.00", "-50000.00"]]
    assert "2026-03, Under the draft: 150000.00 CNY" in told, "the chart stands in the page"
    with read(house.database) as session:
        assert [*ledger.plaintext.journal(session)] == before
    for who, path, status in ((SME, found, 403), ("", page, 302), ("approver1", found.replace("backtests/0", "backtests/1"), 404)):
        assert portal.get(who, path).status_code == status, (who, path)
    assert portal.post("reviewer1", page, draft=DRAFT).status_code == 403
    with pytest.raises(NotAllowed, match="Only approver, finance, administrator"), house.work("reviewer1") as work:
        backtesting.try_draft(work, "P-2026-00001-9", DRAFT.encode())
    other = a_programme(house, "yuhuan")
    assert portal.get("approver1", found.replace("P-2026-00001-9", other)).status_code == 404
    fail_for_good(house)
    assert "The trial broke off" not in portal.get("approver1", found).text, "what was found stands"


def fail_for_good(house: House) -> None:
    """Have every job given up."""
    with house.work() as work:
        for job in work.session.exec(select(Job)):
            job.state = JobState.FAILED
            work.session.add(job)


def test_a_trial_that_was_given_up_is_told_as_such_and_not_looked_at_again(house: House, portal: Visitors) -> None:
    a_placed_order(house, an_issued_voucher(house))
    with house.work("finance1") as work:
        asked = backtesting.try_draft(work, "P-2026-00001-9", DRAFT.encode()).id
    page = f"/rules/P-2026-00001-9/backtests/{asked}"
    assert "http-equiv" in portal.get("finance1", page).text
    fail_for_good(house)
    told = portal.get("finance1", page).text
    assert ("The trial broke off" in told, "http-equiv" in told) == (True, False)


def test_a_trial_says_how_far_it_is_and_begins_anew_when_its_worker_is_gone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtesting, "_STRIDE", 1)
    voucher = an_issued_voucher(house, amount="300000.00")
    for _number in range(3):
        a_placed_order(house, voucher, net="100000.00", vat="0.00")
    with house.work("finance1") as work:
        asked = str(backtesting.try_draft(work, "P-2026-00001-9", DRAFT.encode()).id)

    def die_at_the_second(_work: Work) -> None:
        if the_trial(house).cases == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backtesting.run_backtest(house.database, house.store, house.clock, "Asia/Shanghai", asked, die_at_the_second)
    assert (the_trial(house).cases, the_trial(house).finished_at) == (1, None)
    work_off(house.database, house.store, house.clock)
    held = the_trial(house)
    assert (held.cases, held.of_cases, held.report["draft"]) == (3, 3, "60000.00")
