"""Two claims stand on a public notice; somebody objects to one of them; the other is paid; the objection is decided."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from tests.builders import (
    SME,
    House,
    a_completed_order,
    a_house,
    a_verified_claim,
    an_approved_claim,
    an_issued_voucher,
    full_decisions,
)
from tests.stories.agreement import assert_everything_agrees
from tests.stories.retold import letters
from tests.workflows.portal.visitors import Visitors, an_app
from tests.workflows.test_races import race, winners
from voucher import ledger
from voucher.accounting import voucher_position
from voucher.claims import Claim
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.files import FileStore
from voucher.holds import holds_on
from voucher.money import Money
from voucher.notices import Notice, digest_of
from voucher.objections import Objection, objections_to
from voucher.payouts import payouts_of
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme
from voucher.vouchers import Voucher
from voucher.work import Work, begin, read
from workflows.access import NOBODY
from workflows.answering import answers_to
from workflows.approval import approve_claim
from workflows.claiming import withdraw_claim
from workflows.funding import allot, record_appropriation
from workflows.overdue import mark_missed_deadlines
from workflows.publication import (
    admit_objection,
    dismiss_objection,
    file_objection,
    hold_claim,
    publish_notice,
    release_claim,
    turn_objection_away,
    uphold_objection,
)
from workflows.publishing import publish_programme
from workflows.reimbursement import gather_batch
from workflows.verification import verify_claim


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    """An office whose programme pays nothing before it stood on a notice."""
    return a_house_with_notices(database, tmp_path)


def a_house_with_notices(database: Database, folder: Path) -> House:
    house = a_house(database, FileStore(str(folder / "files")))
    text = example("weihai").replace(b"notice: {length: 5 working days,", b"notice: {length: 5 working days, before_payment: yes,")
    with house.work("approver1") as work:
        programme = publish_programme(work, text).reference
    with house.work("finance1") as work:
        amount = Money.parse("1000000.00", "CNY")
        line = record_appropriation(work, programme, house.today.year, amount, "Decision 1", "city")
        allot(work, line.reference, amount, "Notice 1")
    house.references["programme"] = programme
    return house


def approved(house: House, voucher: str | None = None) -> str:
    """A claim that is approved and waits for a notice."""
    claim = a_verified_claim(house, a_completed_order(house, voucher or an_issued_voucher(house)))
    with house.work("approver2") as work:
        approve_claim(work, claim)
    return claim


def on_notice(house: House) -> str:
    with house.work("approver2") as work:
        return publish_notice(work, house.references["programme"]).reference


@contextmanager
def a_stranger(house: House) -> Iterator[Work]:
    with begin(house.database, NOBODY, house.clock) as work:
        yield work


def objection_to(house: House, claim: str, name: str = "Li Wei", contact: str = "li@example.org") -> str:
    with a_stranger(house) as work:
        return file_objection(work, claim, name, contact, "The buoy was never built.").reference


def days_go_by(house: House, days: int) -> None:
    house.clock.turn(days=days)
    with house.work() as work:
        mark_missed_deadlines(work, house.store)
    house.do_jobs()


def payout_state(house: House, claim: str) -> str:
    with read(house.database) as session:
        [*_before, payout] = payouts_of(session, fetch(session, Claim, claim).id)
        return payout.state


def disputed(house: House, claim: str) -> list[str]:
    """The entries of a dispute, as plain text."""
    with read(house.database) as session:
        return [f"{entry.event}: " + ", ".join(f"{line.account.name.rpartition(':')[0]} {line.amount}" for line in entry.lines)
                for entry in ledger.about(session, "claim", claim) if "dispute" in entry.event]


def last_answer(house: House, objection: str) -> str:
    """What was last told to who objected, in the language of the office."""
    with read(house.database) as session:
        return answers_to(session, fetch(session, Objection, objection))[-1].words["said"]


def test_the_list_is_frozen_and_an_objection_holds_the_one_claim_that_it_names(house: House) -> None:
    mine, other = approved(house), approved(house)
    assert payout_state(house, mine) == "waiting"
    with pytest.raises(NotNow, match="No payout is payable"), house.work("finance1") as work:
        gather_batch(work, None, house.today)

    notice = on_notice(house)
    with read(house.database) as session:
        held = fetch(session, Notice, notice)
    assert held.digest == digest_of(held.content) and held.is_as_frozen
    assert (str(held.opened_on), str(held.ends_on)) == ("2026-03-02", "2026-03-09")
    listed = json.loads(held.content)
    assert [each["claim"] for each in listed["claims"]] == [mine, other]
    assert set(listed["claims"][0]) == {"amount", "claim", "currency", "firm", "firm_number", "provider", "service"}  # as the terms say
    assert listed["claims"][0]["firm_number"].count("*") == 10

    objection = objection_to(house, mine)
    with house.work("approver3") as work:
        admit_objection(work, objection)
    assert disputed(house, mine) == [
        "claim.disputed: financial:payable:claims 21200.00, financial:payable:disputed -21200.00"]
    days_go_by(house, 8)
    assert (payout_state(house, mine), payout_state(house, other)) == ("waiting", "payable")
    with house.work("finance1") as work:
        gather_batch(work, None, house.today)

    with house.work("approver3") as work:
        dismiss_objection(work, objection, "The buoy stands in bay 4; the officer saw it.")
    assert payout_state(house, mine) == "payable"
    assert disputed(house, mine)[1:] == [
        "claim.undisputed: financial:payable:disputed 21200.00, financial:payable:claims -21200.00"]
    with house.work("finance1") as work:
        gather_batch(work, None, house.today)
    assert letters(house, "claim.approved", "objection.admitted", "claim.cleared", "batch.gathered") == LETTERS
    assert_everything_agrees(house)


LETTERS = """\
sme13 (zh) claim.approved C-2026-00001-8
sme13 (zh) claim.approved C-2026-00002-6
sme13 (zh) objection.admitted J-2026-00001-0
provider01 (zh) objection.admitted J-2026-00001-0
approver1 (zh) objection.admitted J-2026-00001-0
approver2 (zh) objection.admitted J-2026-00001-0
sme13 (zh) claim.cleared C-2026-00002-6
treasury1 (zh) batch.gathered B-2026-00001-6
treasury2 (zh) batch.gathered B-2026-00001-6
treasury3 (zh) batch.gathered B-2026-00001-6
sme13 (zh) claim.cleared C-2026-00001-8
treasury1 (zh) batch.gathered B-2026-00002-7
treasury2 (zh) batch.gathered B-2026-00002-7
treasury3 (zh) batch.gathered B-2026-00002-7
"""


def test_an_objection_that_is_upheld_sends_the_claim_back_to_verification(house: House) -> None:
    claim = approved(house)
    on_notice(house)
    objection = objection_to(house, claim)
    for verb in (admit_objection, lambda work, reference: uphold_objection(work, reference, "No buoy there.")):
        with house.work("approver3") as work:
            verb(work, objection)
    with read(house.database) as session:
        held = fetch(session, Claim, claim)
        assert (held.state, held.approved, holds_on(session, held.id)) == ("submitted", None, [])
        assert fetch(session, Objection, objection).answer == "No buoy there."
    assert last_answer(house, objection).endswith("成立：原批准已撤回，该申请重新核验。")
    assert payout_state(house, claim) == "cancelled"
    assert_everything_agrees(house)

    # It is verified and approved again, and stands in the books once.
    with house.work("verifier1") as work:
        verify_claim(work, claim, full_decisions(work, claim))
    with house.work("approver2") as work:
        assert str(approve_claim(work, claim).approved) == "21200.00"
    with house.work() as work:
        voucher = work.session.exec(select(Voucher)).one()
        assert str(voucher_position(work.session, voucher.reference, "CNY").approved) == "21200.00"
    assert payout_state(house, claim) == "waiting"
    assert_everything_agrees(house)


def test_what_is_approved_anew_waits_for_the_end_of_the_list_on_which_it_still_stands(database: Database, tmp_path: Path) -> None:
    """Also where the terms want no second list for it, nor any at all before money moves: until the last day anybody may object."""
    house = a_house(database, FileStore(str(tmp_path / "files")))
    claim = an_approved_claim(house)
    with house.work("approver2") as work:
        publish_notice(work, work.session.exec(select(Programme.reference)).one())
    objection = objection_to(house, claim)
    for verb in (admit_objection, lambda work, reference: uphold_objection(work, reference, "No buoy there.")):
        with house.work("approver3") as work:
            verb(work, objection)
    with house.work("verifier1") as work:
        verify_claim(work, claim, full_decisions(work, claim))
    with house.work("approver2") as work:
        approve_claim(work, claim)
    assert payout_state(house, claim) == "waiting"
    with pytest.raises(NotNow), house.work("finance1") as work:
        gather_batch(work, None, house.today)
    objection_to(house, claim)  # which is possible as before
    with house.work("approver3") as work:
        turn_objection_away(work, work.session.exec(select(Objection.reference).where(Objection.state == "filed")).one(), "Nothing new")

    days_go_by(house, 9)
    assert payout_state(house, claim) == "payable"
    assert_everything_agrees(house)


def test_who_had_a_part_in_the_case_does_not_hear_the_objection(house: House) -> None:
    claim = approved(house)
    on_notice(house)
    objection = objection_to(house, claim)
    for involved in ("approver1", "approver2"):  # who issued the voucher, who approved the claim
        with pytest.raises(NotAllowed, match="already took part"), house.work(involved) as work:
            admit_objection(work, objection)


def test_what_comes_without_a_name_is_a_lead_and_holds_nothing(house: House) -> None:
    claim = approved(house)
    on_notice(house)
    lead = objection_to(house, claim, "", "")
    with pytest.raises(NotNow), house.work("approver3") as work:
        admit_objection(work, lead)
    days_go_by(house, 8)
    assert payout_state(house, claim) == "payable"


def test_a_claim_is_not_cleared_before_it_is_known_whether_an_objection_counts(house: House) -> None:
    claim = approved(house)
    on_notice(house)
    objection = objection_to(house, claim)
    days_go_by(house, 8)
    assert payout_state(house, claim) == "waiting"
    with house.work("approver3") as work:
        turn_objection_away(work, objection, "It is about another firm.")
    assert payout_state(house, claim) == "payable"


def test_one_objects_in_time_with_a_ground_and_to_what_is_listed(house: House) -> None:
    claim = approved(house)
    on_notice(house)
    unlisted = approved(house)
    with pytest.raises(NotFound), a_stranger(house) as work:
        file_objection(work, unlisted, "Li Wei", "li@example.org", "No")
    with pytest.raises(NotValid) as refused, a_stranger(house) as work:
        file_objection(work, claim, "Li Wei", "", " ")
    assert [each.where for each in refused.value.problems] == ["grounds", "contact"]
    house.clock.turn(days=8)
    with pytest.raises(NotNow, match="2026-03-09"), a_stranger(house) as work:
        file_objection(work, claim, "Li Wei", "li@example.org", "Too late")


def test_a_claim_on_a_notice_can_still_be_withdrawn(house: House) -> None:
    claim = approved(house)
    on_notice(house)
    objection = objection_to(house, claim)
    with house.work("approver3") as work:
        admit_objection(work, objection)
    with house.work(SME) as work:
        withdraw_claim(work, claim)
    days_go_by(house, 8)
    assert payout_state(house, claim) == "cancelled"
    with house.work("approver3") as work:
        uphold_objection(work, objection, "It was withdrawn.")
    assert last_answer(house, objection).endswith("成立。该申请不再支付任何款项。")  # there was nothing to take back
    assert_everything_agrees(house)


def test_a_hold_of_the_office_ends_by_word_or_by_its_last_day(house: House) -> None:
    claim = approved(house)
    on_notice(house)
    days_go_by(house, 8)
    with pytest.raises(NotValid, match="past"), house.work("finance1") as work:
        hold_claim(work, claim, "The tax office asked", house.today - timedelta(days=1))
    with house.work("finance1") as work:
        hold_claim(work, claim, "The tax office asked", house.today)
    assert payout_state(house, claim) == "waiting"
    with pytest.raises(NotNow, match="held already"), house.work("finance1") as work:
        hold_claim(work, claim, "Again", house.today)
    with house.work("approver3") as work:
        release_claim(work, claim, "Answered")
    assert payout_state(house, claim) == "payable"
    with house.work("finance1") as work:
        hold_claim(work, claim, "Once more", house.today)
    days_go_by(house, 2)
    assert payout_state(house, claim) == "payable"


def test_an_objection_admitted_while_a_batch_is_gathered_ends_in_one_story(postgres: Database, tmp_path: Path) -> None:
    house = a_house_with_notices(postgres, tmp_path)
    claim = approved(house)
    on_notice(house)
    objection = objection_to(house, claim)
    with house.work("approver3") as work:
        turn_objection_away(work, objection_to(house, claim), "One of two")
    days_go_by(house, 8)

    def attempt(work: Work, number: int) -> object:
        return admit_objection(work, objection) if number % 2 else gather_batch(work, None, work.today)

    outcomes = race(house, ["finance1", "approver3"], attempt, times=8)
    assert winners(outcomes) == 1  # it is not payable before somebody has looked at the objection
    assert payout_state(house, claim) == "waiting"
    assert_everything_agrees(house)


def test_strangers_see_the_list_object_and_are_not_let_flood_the_office(sqlite: Database, tmp_path: Path) -> None:
    house = a_house_with_notices(sqlite, tmp_path)
    claim = approved(house)
    notice = on_notice(house)
    visitor = Visitors(an_app(house, tmp_path), house).client()
    assert notice in visitor.get("/notices").text
    page = visitor.get(f"/notices/{notice}").text
    downloaded = visitor.get(f"/notices/{notice}/list.json")
    assert hashlib.sha256(downloaded.data).hexdigest() in page
    address = f"/notices/{notice}/claims/{claim}/object"
    assert claim in visitor.get(address).text
    assert visitor.post(address, data={"grounds": "Buy pills", "website": "http://pills.example"}).status_code == 303
    objection = {"grounds": "Never built", "name": "Li Wei", "contact": "li@example.org"}
    told = visitor.post(address, data=objection, follow_redirects=True).text
    assert "J-2026-00001-0" in told, "who has no mail address asks by this number later"
    assert [visitor.post(address, data=objection).status_code for _time in range(9)] == [303] * 8 + [429]
    with read(house.database) as session:
        assert len(objections_to(session, fetch(session, Claim, claim).id)) == 9
    officer = Visitors(an_app(house, tmp_path), house).client("approver3")
    assert officer.get("/office/objections").text.count("J-2026-") >= 9


def test_a_later_version_without_notices_leaves_nobody_waiting_for_one(house: House, tmp_path: Path) -> None:
    claim = approved(house)
    text = example("weihai").decode()
    [line] = [each for each in text.splitlines() if each.startswith("notice:")]
    with house.work("approver1") as work:
        publish_programme(work, text.replace(line + "\n", "").encode())
    later = approved(house)  # by its voucher's own, newer terms it waits for nothing
    page = Visitors(an_app(house, tmp_path), house).get("approver2", f"/programmes/{house.references['programme']}").text
    assert "Publish a notice of what is approved" in page
    assert (payout_state(house, claim), payout_state(house, later)) == ("waiting", "payable")
    notice = on_notice(house)
    with read(house.database) as session:
        assert [each["claim"] for each in json.loads(fetch(session, Notice, notice).content)["claims"]] == [claim]
    days_go_by(house, 10)
    assert payout_state(house, claim) == "payable"
