"""Applications off the straight road: what is asked and answered, what lapses, and appeals."""

from collections.abc import Sequence
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.builders import PROVIDER, SME, SMES, House, a_reviewed_application, an_application
from tests.scenes import scene
from tests.workflows.test_overdue import look
from voucher.database import fetch
from voucher.deadlines import Deadline, deadlines_of, standing
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.history import events_of
from voucher.money import Money
from voucher.requests import requests_of
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.application import answer_request, appeal_rejection, ask_applicant, dismiss_appeal, uphold_appeal
from workflows.claiming import upload_file
from workflows.issue import issue_voucher, refuse_voucher, reject_voucher, review_voucher, withdraw_application


def state(house: House, voucher: str) -> str:
    """Where it is."""
    with read(house.database) as session:
        return fetch(session, Voucher, voucher).state


def clocks(house: House, voucher: str) -> dict[str, tuple[str, date]]:
    """Each rule with the state and the last day of its newest deadline."""
    with read(house.database) as session:
        return {each.rule: (each.state, each.due_on) for each in deadlines_of(session, voucher)}


def ask(house: House, voucher: str, *defects: str, words: str = "The licence is missing, and the amount is not explained.") -> None:
    """The reviewer asks."""
    with house.work("reviewer1") as work:
        ask_applicant(work, voucher, defects or ("paper_missing", "amount_unclear"), words)


def answer(house: House, voucher: str, *, purpose: str = "", amount: Money | None = None, files: Sequence[str] = ()) -> None:
    """The SME answers."""
    with house.work(SME) as work:
        answer_request(work, voucher, "Here it is.", purpose=purpose, amount=amount, files=files)


def a_paper(house: House, who: str = SME, number: str = SMES[0].number) -> str:
    """A file of an organisation."""
    with house.work(who) as work:
        return upload_file(work, house.store, house.references[number], "licence.pdf", b"%PDF-1.7").reference


@scene
def a_rejected_application(house: House) -> str:
    """One that the reviewer turned down."""
    voucher = an_application(house)
    with house.work("reviewer1") as work:
        reject_voucher(work, voucher, "Not a firm of this city", "Measures, article 5")
    return voucher


def test_the_office_asks_for_all_at_once_and_its_clock_stands_still_while_the_sme_answers(house: House) -> None:
    voucher = an_application(house)
    assert clocks(house, voucher) == {"review": ("running", date(2026, 3, 16))}
    house.clock.turn(days=2)
    ask(house, voucher)
    assert state(house, voucher) == "questioned"
    assert clocks(house, voucher) == {"review": ("paused", date(2026, 3, 16)), "information": ("running", date(2026, 3, 18))}
    house.clock.turn(days=7)
    paper = a_paper(house)
    answer(house, voucher, purpose="A buoy that measures waves", amount=Money.parse("80000.00", "CNY"), files=[paper])
    assert state(house, voucher) == "submitted"
    assert clocks(house, voucher) == {"review": ("running", date(2026, 3, 23)), "information": ("met", date(2026, 3, 18))}
    with read(house.database) as session:
        changed, (asked,) = fetch(session, Voucher, voucher), requests_of(session, voucher)
        told = [(each.name, each.reason) for each in events_of(session, voucher)][1:]
    assert (changed.purpose, str(changed.amount)) == ("A buoy that measures waves", "80000.00")
    assert (asked.round, asked.defects, asked.answer, asked.files) == (1, ["paper_missing", "amount_unclear"], "Here it is.", [paper])
    assert told == [("voucher.questioned", "The licence is missing, and the amount is not explained."), ("voucher.answered", "Here it is.")]


def test_who_does_not_answer_in_time_has_let_its_application_lapse(house: House) -> None:
    voucher = an_application(house)
    ask(house, voucher)
    house.clock.turn(days=14)
    look(house)
    assert state(house, voucher) == "questioned"
    house.clock.turn(days=1)
    look(house)
    assert state(house, voucher) == "lapsed"
    with read(house.database) as session:
        assert standing(session, voucher) == []
    with pytest.raises(NotNow):
        answer(house, voucher)
    look(house)
    assert state(house, voucher) == "lapsed"


def test_the_sme_is_asked_at_most_twice(house: House) -> None:
    voucher = an_application(house)
    for _round in range(2):
        ask(house, voucher)
        answer(house, voucher)
    with pytest.raises(NotNow, match="2 times"):
        ask(house, voucher)
    with pytest.raises(IntegrityError, match="few_rounds"), house.work() as work:
        work.session.execute(text("update information_requests set round = 3 where round = 2"))


@pytest.mark.parametrize(("defects", "words", "wrong"), [((), "why", ["defects"]), (("gone",), " ", ["defects", "words"])])
def test_a_question_names_a_defect_and_says_it_in_words(house: House, defects: tuple[str, ...], words: str, wrong: list[str]) -> None:
    with pytest.raises(NotValid) as refused, house.work("reviewer1") as work:
        ask_applicant(work, an_application(house), defects, words)
    assert [each.where for each in refused.value.problems] == wrong


def test_an_answer_brings_files_of_ones_own_and_an_amount_within_the_terms(house: House) -> None:
    voucher = an_application(house)
    ask(house, voucher)
    with pytest.raises(NotValid) as refused, house.work(SME) as work:
        answer_request(work, voucher, " ", files=["F-2026-00009-9"])
    assert [each.where for each in refused.value.problems] == ["answer", "files"]
    with pytest.raises(NotValid, match="at most"):
        answer(house, voucher, amount=Money.parse("9000000.00", "CNY"))
    assert state(house, voucher) == "questioned"


def test_only_the_applicant_answers_and_only_a_reviewer_asks(house: House) -> None:
    voucher = an_application(house)
    with pytest.raises(NotAllowed), house.work("approver1") as work:
        ask_applicant(work, voucher, ["other"], "why")
    ask(house, voucher)
    with pytest.raises(NotFound), house.work(PROVIDER) as work:
        answer_request(work, voucher, "Here")
    with house.work(SME) as work:
        assert withdraw_application(work, voucher).state == "withdrawn"
    assert {each[0] for each in clocks(house, voucher).values()} <= {"met", "dropped"}


def test_a_rejection_tells_its_legal_basis_and_until_when_one_may_appeal(house: House) -> None:
    with pytest.raises(NotValid) as refused, house.work("reviewer1") as work:
        reject_voucher(work, an_application(house), "Not a firm of this city", " ")
    assert [each.where for each in refused.value.problems] == ["basis"]
    voucher = a_rejected_application(house)
    with read(house.database) as session:
        told = events_of(session, voucher)[-1]
    assert (told.name, told.reason) == ("voucher.rejected", "Not a firm of this city")
    assert told.data == {"basis": "Measures, article 5", "appeal_by": "2026-04-01"}
    assert clocks(house, voucher)["appeal"] == ("running", date(2026, 4, 1))


def test_an_appeal_that_is_upheld_leads_back_to_review_and_to_a_voucher(house: House) -> None:
    voucher = a_rejected_application(house)
    with house.work(SME) as work:
        appeal_rejection(work, voucher, "We moved here last year", files=[])
    assert clocks(house, voucher)["appeal_decision"] == ("running", date(2026, 3, 23))
    with house.work("approver3") as work:
        uphold_appeal(work, voucher, "The register was read wrongly")
    assert state(house, voucher) == "submitted"
    with house.work("reviewer1") as work:
        review_voucher(work, voucher)
    with pytest.raises(NotAllowed), house.work("approver3") as work:
        issue_voucher(work, voucher)  # who decided the appeal has no other part
    with house.work("approver1") as work:
        assert issue_voucher(work, voucher).state == "issued"


def test_an_appeal_that_is_dismissed_is_final(house: House) -> None:
    voucher = a_rejected_application(house)
    with house.work(SME) as work:
        appeal_rejection(work, voucher, "We moved here last year", files=[a_paper(house)])
    with house.work("approver3") as work:
        dismiss_appeal(work, voucher, "Only after the closing day")
    assert state(house, voucher) == "dismissed"
    with pytest.raises(NotNow), house.work(SME) as work:
        appeal_rejection(work, voucher, "Once more")
    with read(house.database) as session:
        assert standing(session, voucher) == []


def test_who_had_a_part_in_the_case_decides_no_appeal(house: House) -> None:
    voucher = a_reviewed_application(house)
    with house.work("approver1") as work:
        refuse_voucher(work, voucher, "Funded elsewhere", "Measures, article 7")
    with house.work(SME) as work:
        appeal_rejection(work, voucher, "It was another project")
    for step in (uphold_appeal, dismiss_appeal):
        with pytest.raises(NotAllowed, match="already took part"), house.work("approver1") as work:
            step(work, voucher, "why")
    with house.work("approver2") as work:
        assert uphold_appeal(work, voucher, "It was").state == "submitted"


@pytest.mark.parametrize(("days", "is_open"), [(30, True), (31, False)])
def test_an_appeal_comes_within_its_time(house: House, days: int, is_open: bool) -> None:
    voucher = a_rejected_application(house)
    house.clock.turn(days=days)
    if is_open:
        with house.work(SME) as work:
            assert appeal_rejection(work, voucher, "why").state == "appealed"
        return
    for _time in range(2):  # before the worker has looked, and after
        with pytest.raises(NotNow, match="time for an appeal"), house.work(SME) as work:
            appeal_rejection(work, voucher, "why")
        look(house)
    assert clocks(house, voucher)["appeal"][0] == "missed"
    with read(house.database) as session:
        assert standing(session, voucher) == []


def test_the_clocks_of_the_office_follow_the_application(house: House) -> None:
    voucher = a_reviewed_application(house)
    house.clock.turn(days=20)
    look(house)
    assert {rule: each[0] for rule, each in clocks(house, voucher).items()} == {"review": "met", "decision": "missed"}
    with house.work("approver1") as work:
        issue_voucher(work, voucher)
    with read(house.database) as session:
        found = [each for each in deadlines_of(session, voucher) if each.rule == "decision"]
        assert [type(each) for each in found] == [Deadline] and found[0].ended_at == house.clock.now
