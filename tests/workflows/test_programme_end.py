"""The end of a programme: what is not issued ends with a letter, and what is issued goes on to its end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from tests.builders import (
    SME,
    SMES,
    House,
    a_completed_order,
    a_house,
    a_programme,
    a_reviewed_application,
    an_application,
    an_approved_claim,
    an_issued_voucher,
)
from tests.workflows.beside import beside
from tests.workflows.mailing import all_letters, tell
from tests.workflows.scopes import yuan
from tests.workflows.test_application import a_rejected_application, clocks
from tests.workflows.test_races import race, winners
from tests.workflows.test_waiting import free, offered, states
from voucher import ledger
from voucher.accounting import voucher_position
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotNow, NotValid, Refusal
from voucher.files import FileStore
from voucher.history import events_of
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.work import Work, read
from workflows.application import appeal_rejection
from workflows.demo.data import IRELAND
from workflows.funding import allot, record_appropriation
from workflows.issue import apply_for_voucher, issue_voucher
from workflows.overdue import mark_missed_deadlines
from workflows.programme_end import (
    announce_closing,
    close_programme,
    pause_programme,
    resume_programme,
    settle_programme,
    warn_of_closing,
)
from workflows.publishing import publish_programme
from workflows.surrender import surrender_voucher
from workflows.waiting import accept_offer
from workflows.year_end import lapse_free_money

WHY = "The council has ended the programme"


def close(house: House, programme: str, who: str = "approver3") -> None:
    """The office closes it."""
    with house.work(who) as work:
        close_programme(work, programme, WHY)


def refused(house: House, who: str, verb: Callable[..., object], *about: object) -> str:
    """What the house says to a verb that it refuses."""
    with pytest.raises(NotNow) as refusal, house.work(who) as work:
        verb(work, *about)
    return str(refusal.value)


def test_what_is_not_issued_ends_and_what_is_issued_goes_on(house: House) -> None:
    issued = an_issued_voucher(house)
    submitted, reviewed = an_application(house, purpose="Another"), a_reviewed_application(house, purpose="A third")
    rejected = a_rejected_application(house)

    close(house, programme := a_programme(house))

    assert states(house, issued, submitted, reviewed, rejected) == ["issued", "lapsed", "lapsed", "rejected"]
    assert {each for each, _day in (clocks(house, submitted) | clocks(house, reviewed)).values()} == {"dropped", "met"}
    closed = "This programme is closed. Nothing is issued in it any more."
    assert refused(house, "approver1", issue_voucher, reviewed) == closed
    with read(house.database) as session:
        ended = events_of(session, rejected)[-1]
    assert (ended.name, ended.reason, clocks(house, rejected)["appeal"][0]) == ("voucher.appeal_ended", WHY, "dropped")
    assert refused(house, SME, appeal_rejection, rejected, "We moved here") == closed
    assert refused(house, SME, apply_for_voucher, programme, house.references[SMES[0].number], yuan("1000.00"), "Too late") == (
        "This programme takes no applications any more.")
    assert "closed" in refused(house, "approver1", close_programme, programme, "Again")
    assert "closed" in refused(house, "approver1", publish_programme, example("weihai") + b"\n# a later version\n")
    with read(house.database) as session:
        assert ledger.verify(session) == []
        event = events_of(session, programme)[-1]
        assert (event.name, event.reason, event.data["applications"]) == ("programme.closed", WHY, 2)


def test_an_order_on_an_issued_voucher_is_seen_through_to_the_payout_after_the_end(house: House) -> None:
    voucher = an_issued_voucher(house)
    close(house, a_programme(house))

    an_approved_claim(house, a_completed_order(house, voucher))

    with read(house.database) as session:
        assert voucher_position(session, voucher, "CNY").available < yuan("100000.00")
        assert ledger.verify(session) == []


def test_everybody_concerned_gets_a_letter_with_the_reason(house: House) -> None:
    issued, waiting = an_issued_voucher(house), an_application(house, purpose="Another")
    tell(house)

    close(house, a_programme(house))
    tell(house)

    told = {(who, each.event, each.subject): each.words for who, each in all_letters(house) if each.event.endswith("closed")}
    assert {(who, event) for who, event, _subject in told} >= {
        (SME, "programme.closed"), (SME, "voucher.programme_closed"), ("finance1", "programme.closed")}
    assert issued not in {subject for _who, _event, subject in told}
    mine = told[SME, "voucher.programme_closed", waiting]
    assert mine["reason"] == WHY and waiting in mine["said"]


def test_an_offer_ends_with_the_programme_and_its_money_is_free(database: Database, store: FileStore) -> None:
    house = a_house(database, store, smes=2)
    programme, (first, second) = offered(house)

    close(house, programme, "administrator1")
    house.do_jobs()

    assert states(house, first, second) == ["lapsed", "lapsed"]
    position = free(house, programme)
    assert (position.offered, position.committed, position.free) == (yuan("0.00"), yuan("0.00"), yuan("70000.00"))
    assert refused(house, SME, accept_offer, first) == "This programme is closed. Nothing is issued in it any more."


def test_a_programme_is_closed_with_a_reason_and_by_nobody_else(house: House) -> None:
    programme = a_programme(house)
    with pytest.raises(NotValid), house.work("approver1") as work:
        close_programme(work, programme, " ")
    with pytest.raises(NotAllowed), house.work("finance1") as work:
        close_programme(work, programme, WHY)
    with read(house.database) as session:
        assert fetch(session, Programme, programme).state == "open"


def test_a_paused_programme_takes_and_issues_nothing_until_it_goes_on(database: Database, store: FileStore) -> None:
    house = a_house(database, store, smes=2)
    programme, (first, second) = offered(house)
    reviewed = a_reviewed_application(house, amount="1000.00", purpose="A third")
    rejected = a_rejected_application(house)
    with house.work("approver3") as work:
        pause_programme(work, programme, WHY)

    assert refused(house, SME, apply_for_voucher, programme, house.references[SMES[0].number], yuan("1000.00"), "Now") == (
        "This programme is paused and takes no applications for now.")
    paused = "This programme is paused. Nothing is issued in it until it goes on."
    assert refused(house, "approver1", issue_voucher, reviewed) == paused
    with pytest.raises(DatabaseError, match="paused programme"), house.work() as work:
        work.session.connection().execute(text("update vouchers set state = 'issued' where reference = :it"), {"it": reviewed})
    with house.work(SME) as work:
        accept_offer(work, first)  # it was made before
        appeal_rejection(work, rejected, "We moved here")  # the time for it runs on
    assert states(house, rejected) == ["appealed"]
    with house.work("finance1") as work:
        line = record_appropriation(work, programme, house.today.year, yuan("100000.00"), "Decision 7", "city")
        allot(work, line.reference, yuan("100000.00"), "Notice 7")
    with house.work("approver3") as work:  # the new rules, and the last day, before anybody may apply again
        publish_programme(work, newest(house).replace(b"use_within: 12 months", b"use_within: 11 months"))
        announce_closing(work, programme, house.today + timedelta(days=70), WHY)
    house.do_jobs()
    assert states(house, first, second) == ["issued", "waitlisted"]  # there is money, and nobody is served
    with read(house.database) as session:
        noted = [(each.name, each.to_state) for each in events_of(session, programme)][-2:]
    assert noted == [("programme.republished", "paused"), ("programme.closing_announced", "paused")]

    with house.work("approver3") as work:
        resume_programme(work, programme, "The council has voted the budget")
    house.do_jobs()
    assert states(house, second) == ["offered"]
    tell(house)
    told = {(who, each.event) for who, each in all_letters(house) if each.subject == programme}
    assert {(SME, "programme.paused"), ("reviewer1", "programme.paused"), (SME, "programme.resumed")} <= told


def newest(house: House) -> bytes:
    """The terms file of the programme."""
    with read(house.database) as session:
        return terms_in_force(session, session.exec(select(Programme)).one()).source.encode()


def test_the_last_day_is_announced_warned_of_three_times_and_then_the_programme_closes_by_itself(house: House) -> None:
    programme, issued = a_programme(house), an_issued_voucher(house)
    waiting = an_application(house, purpose="Another")
    with pytest.raises(NotValid), house.work("approver3") as work:
        announce_closing(work, programme, house.today, WHY)
    for days in (200, 70):  # the later word counts
        with house.work("approver3") as work:
            announce_closing(work, programme, house.today + timedelta(days=days), WHY)
    last_day = house.today + timedelta(days=70)
    warned = []
    for left in range(69, -2, -1):
        house.clock.turn(days=1)
        if left == -1:  # the worker has not closed it yet
            assert refused(house, SME, apply_for_voucher, programme, house.references[SMES[0].number], yuan("1000.00"), "Too late") == (
                f"The last day of applications was {last_day.isoformat()}.")
        if left in (69, 61, 60, 59, 30, 8, 7, 0, -1):
            for _time in range(2):
                with house.work() as work:
                    warn_of_closing(work, house.store)
                    mark_missed_deadlines(work, house.store)
            house.do_jobs()
            tell(house)
            told = [each.words["until"] for who, each in all_letters(house) if (who, each.event) == (SME, "programme.closing_warned")]
            warned.append(len(told))
    assert warned == [0, 0, 1, 1, 2, 2, 3, 3, 3]
    assert set(told) == {f"截止日期：{last_day.year}年{last_day.month}月{last_day.day}日"}
    assert states(house, issued, waiting) == ["issued", "lapsed"]
    with read(house.database) as session:
        event = events_of(session, programme)[-1]
        assert (fetch(session, Programme, programme).state, event.name, event.reason) == ("closed", "programme.closed", WHY)


def test_the_last_day_lies_ahead_where_the_programme_is(house: House) -> None:
    programme = a_programme(house, IRELAND)
    house.clock.turn(hours=16)  # past midnight at the office, five in the afternoon in Ireland
    here, there = house.today, house.today - timedelta(days=1)
    with pytest.raises(NotValid), house.work("approver3") as work:
        announce_closing(work, programme, there, WHY)
    with house.work("approver3") as work:
        announce_closing(work, programme, here, WHY)
    assert clocks(house, programme)["closing"] == ("running", here)


def test_a_programme_is_settled_when_every_case_is_over_and_its_money_given_back(house: House) -> None:
    programme, voucher = a_programme(house), an_issued_voucher(house)
    assert "open" in refused(house, "finance1", settle_programme, programme, "Final account 1")
    close(house, programme)
    assert refused(house, "finance1", settle_programme, programme, "Final account 1") == (
        f"This is not over yet: {voucher}, L-2026-00001-3.")
    with house.work(SME) as work:
        surrender_voucher(work, voucher, "We need it no more")
    house.clock.turn(days=365)
    with house.work("finance1") as work:
        lapse_free_money(work, "L-2026-00001-3", "Year end 2026")
    with house.work("finance1") as work:
        settle_programme(work, programme, "Final account 1")
    with pytest.raises(NotNow, match="settled"), house.work("finance1") as work:
        record_appropriation(work, programme, 2027, yuan("1.00"), "Decision 9", "city")
    with read(house.database) as session:
        assert fetch(session, Programme, programme).state == "settled"
        assert ledger.verify(session) == []


def test_the_database_lets_nothing_begin_or_be_issued_in_a_closed_programme(house: House) -> None:
    voucher = a_rejected_application(house)
    close(house, a_programme(house))

    with pytest.raises(DatabaseError, match="closed programme"), house.work() as work:
        work.session.connection().execute(text("update vouchers set state = 'issued' where reference = :it"), {"it": voucher})
    columns = "programme_id, terms_id, sme_id, state, amount_minor, currency, firm_class, service_group, team, person, purpose, applied_at"
    with pytest.raises(DatabaseError, match="closed programme"), house.work() as work:
        work.session.connection().execute(text(
            f"insert into vouchers (id, reference, extensions, {columns}) select programme_id, 'V-1', 0, {columns} from vouchers"))


def test_an_application_that_is_issued_while_the_programme_is_closed_is_issued_or_ended_and_never_both(
    postgres: Database, store: FileStore,
) -> None:
    house = a_house(postgres, store)
    house.people["both"] = replace(house.people[SME], grants=house.people[SME].grants | house.people["approver3"].grants)
    vouchers = [a_reviewed_application(house, amount="1000.00", purpose=f"Project {number}") for number in range(6)]
    programme = a_programme(house)

    def attempt(work: Work, number: int) -> None:
        if number == 3:
            close_programme(work, programme, WHY)
        elif number % 2:
            apply_for_voucher(work, programme, house.references[SMES[0].number], yuan("1000.00"), f"At once {number}")
        else:
            issue_voucher(work, vouchers[number // 2])

    outcomes: list[Refusal | None] = race(house, ["approver1", SME, "approver1", "both"], attempt, 12)

    assert outcomes[3] is None
    issued = [voucher for number, voucher in enumerate(vouchers) if outcomes[2 * number] is None]
    assert states(house, *vouchers) == ["issued" if each in issued else "lapsed" for each in vouchers]
    assert all(isinstance(each, NotNow) for each in outcomes if each is not None)
    assert free(house, programme).committed == yuan(f"{len(issued) * 1000}.00")
    assert winners(outcomes) >= 1
    with postgres.session() as session:
        assert ledger.verify(session) == []
        left = session.connection().execute(text("select count(*) from vouchers where state not in ('issued', 'lapsed')")).scalar()
        assert left == 0


def test_who_applies_while_the_programme_is_being_closed_waits_and_is_refused(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    programme, firm = a_programme(house), house.references[SMES[0].number]

    refused = beside(house, ("approver3", lambda work: close_programme(work, programme, WHY)),
                     (SME, lambda work: apply_for_voucher(work, programme, firm, yuan("1000.00"), "Too late")))

    assert isinstance(refused, NotNow)
    with postgres.session() as session:
        assert session.connection().execute(text("select count(*) from vouchers")).scalar() == 0


def test_who_closes_a_programme_waits_for_who_applies_and_ends_the_application(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    programme, firm = a_programme(house), house.references[SMES[0].number]

    refused = beside(house, (SME, lambda work: apply_for_voucher(work, programme, firm, yuan("1000.00"), "Just in time")),
                     ("approver3", lambda work: close_programme(work, programme, WHY)))

    assert refused is None
    with postgres.session() as session:
        assert session.connection().execute(text("select state from vouchers")).scalars().all() == ["lapsed"]
