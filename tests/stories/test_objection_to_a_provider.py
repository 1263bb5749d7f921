"""A provider is in public notice; a neighbour objects; another officer decides, and until then it is not listed."""

from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.builders import PROVIDER, House, a_house
from tests.stories.retold import letters, reads_english
from tests.workflows.cli.test_nouns import Desk
from tests.workflows.test_overdue import look
from tests.workflows.test_providers import a_newcomer, state_of, was_listed
from voucher.database import Database, fetch
from voucher.deadlines import standing
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.files import FileStore
from voucher.history import events_of
from voucher.objections import Objection, ObjectionState
from voucher.people import Person, Role, actor_for
from voucher.work import read
from workflows.answering import answers_to
from workflows.demo.data import DOMAIN
from workflows.listing_objections import file_listing_objection
from workflows.providers import propose_listing, refuse_listing, start_listing_notice
from workflows.publication import admit_objection, dismiss_objection, turn_objection_away, uphold_objection
from workflows.registration import grant_role

A_NEIGHBOUR = ("Ms Sun", "sun@example.org", "The laboratory is rented by the hour.")


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one provider."""
    return a_house(database, store)


def a_provider_in_notice(house: House) -> str:
    """A provider that everybody may object to for seven days; approver1 began its notice."""
    newcomer = a_newcomer(house)
    with house.work(PROVIDER) as work:
        propose_listing(work, newcomer, "Two laboratories, since 2019; prices on our site.")
    with house.work("approver1") as work:
        start_listing_notice(work, newcomer, 7)
    return newcomer


def an_objection(house: House, provider: str, *said: str) -> str:
    """Somebody's objection to it."""
    with house.work() as work:
        return file_listing_objection(work, provider, *(said or A_NEIGHBOUR)).reference


def the_notice_ends(house: House) -> None:
    """The last day is over, and the worker has looked."""
    house.clock.turn(days=8)
    look(house)


def test_a_provider_is_not_listed_before_another_person_has_answered_who_objected(house: House) -> None:
    reads_english(house, PROVIDER)
    newcomer = a_provider_in_notice(house)
    objection = an_objection(house, newcomer)
    lead = an_objection(house, newcomer, "", "", "Somebody told me")  # holds nothing
    the_notice_ends(house)
    assert state_of(house, newcomer) == "in_notice"

    # Who began the notice does not hear the objection; another one does, finds nothing, and the provider is listed at once.
    with pytest.raises(NotAllowed, match="began the public notice"), house.work("approver1") as work:
        admit_objection(work, objection)
    with house.work("approver2") as work:
        admit_objection(work, objection)
    assert state_of(house, newcomer) == "in_notice"
    with house.work("approver2") as work:
        decided = dismiss_objection(work, objection, "The lease is for ten years.")
    assert (decided.state, decided.answer) == (ObjectionState.DISMISSED, "The lease is for ten years.")
    assert (state_of(house, newcomer), was_listed(house, newcomer), was_listed(house, newcomer, 1)) == ("listed", True, False)
    with read(house.database) as session:
        assert standing(session, objection) == [] and standing(session, newcomer) == []
        assert [each.name for each in events_of(session, lead, objection)] == [
            "objection.filed", "objection.lead", "objection.admitted", "objection.dismissed"]
    assert letters(house, "listing.proposed", "listing.notice_began", "objection.admitted", "listing.listed") == LETTERS


LETTERS = """\
approver1 (zh) listing.proposed N-2026-00004-6
approver2 (zh) listing.proposed N-2026-00004-6
approver3 (zh) listing.proposed N-2026-00004-6
provider01 (en) listing.notice_began N-2026-00004-6
provider01 (en) objection.admitted J-2026-00001-0
approver1 (zh) objection.admitted J-2026-00001-0
approver3 (zh) objection.admitted J-2026-00001-0
provider01 (en) listing.listed N-2026-00004-6
"""


def test_a_provider_against_which_an_objection_stands_is_refused_and_does_not_read_the_answer(house: House) -> None:
    newcomer = a_provider_in_notice(house)
    objection, other = an_objection(house, newcomer), an_objection(house, newcomer, "Mr Li", "13800000000", "No staff")
    with house.work("approver2") as work:
        admit_objection(work, objection)
    with pytest.raises(NotNow, match=other), house.work("approver2") as work:
        uphold_objection(work, objection, "The lease ended last year.")
    with house.work("approver2") as work:
        turn_objection_away(work, other, "Nothing shows it.")
    assert state_of(house, newcomer) == "in_notice"
    with house.work("approver2") as work:
        uphold_objection(work, objection, "The lease ended last year.")
    the_notice_ends(house)
    assert state_of(house, newcomer) == "refused"
    with read(house.database) as session:
        assert [(each.name, each.reason) for each in events_of(session, newcomer)][-1] == (
            "listing.refused", "An objection to the listing was upheld.")
        assert answers_to(session, fetch(session, Objection, objection))[-1].words["said"].endswith("成立：该服务机构不予列入名录。")


def test_one_objects_with_words_in_time_and_to_what_is_in_notice(house: House, tmp_path: Path) -> None:
    newcomer = a_newcomer(house)
    with house.work(PROVIDER) as work:
        propose_listing(work, newcomer, "One laboratory")
    with pytest.raises(NotFound):
        an_objection(house, newcomer)
    with house.work("approver1") as work:
        start_listing_notice(work, newcomer, 7)
    with pytest.raises(NotValid):
        an_objection(house, newcomer, "Ms Sun", "", " ")
    desk = Desk(house, tmp_path)  # what comes by telephone an officer takes down
    taken = desk.told("objection", "file", "--provider", newcomer, "--name", "Ms Sun", "--contact", "13800000000",
                      "--grounds", "No laboratory", who="approver2")
    assert (taken["state"], taken["name"]) == ("filed", "Ms Sun")
    assert "one of the two" in desk.refused("objection", "file", "--grounds", "Nothing", who="approver2")
    the_notice_ends(house)
    with pytest.raises(NotNow, match="were to be made by"):
        an_objection(house, newcomer)


def test_nobody_decides_about_the_provider_for_which_he_acts(house: House) -> None:
    newcomer = a_provider_in_notice(house)
    objection = an_objection(house, newcomer)
    with house.work("administrator1") as work:
        grant_role(work, f"approver2@{DOMAIN}", Role.PROVIDER, newcomer)
        house.people["approver2"] = actor_for(work.session, work.session.get_one(Person, house.people["approver2"].person_id))
    for verb in (partial(turn_objection_away, objection=objection), partial(refuse_listing, listing=newcomer)):
        with pytest.raises(NotAllowed, match="part of a firm"), house.work("approver2") as work:
            verb(work, reason="The lease is for ten years.")
    with pytest.raises(NotAllowed, match="part of a firm"), house.work("approver2") as work:
        admit_objection(work, objection)


def test_the_database_too_lists_nobody_over_an_objection_and_lets_nobody_decide_his_own_notice(house: House) -> None:
    newcomer = a_provider_in_notice(house)
    an_objection(house, newcomer)
    with pytest.raises(DatabaseError, match="over an objection"), house.work() as work:
        work.session.execute(text("update listings set state = 'listed' where state = 'in_notice'"))
    with pytest.raises(DatabaseError, match="decided_by_another"), house.work() as work:
        work.session.execute(text("update objections set decided_by = listing_begun_by"))
