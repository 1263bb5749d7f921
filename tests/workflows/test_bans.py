"""A banned organisation cannot apply, be ordered from or be paid, until its day; history says why."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.builders import (
    PROVIDERS,
    SMES,
    House,
    a_gathered_batch,
    a_house,
    a_placed_order,
    a_reviewed_application,
    an_application,
    an_approved_claim,
    an_issued_voucher,
    who,
)
from tests.workflows.beside import Verb, beside
from tests.workflows.mailing import all_letters, tell
from tests.workflows.portal.test_decisions import words_of
from tests.workflows.recovering import a_decided_recovery, a_heard_recovery, payout_of, with_clawback
from voucher.bans import Banned, BannedWith, bans_of
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.files import FileKind, FileStore
from voucher.history import case_events
from voucher.papers import file_about
from voucher.payouts import Batch, BatchState
from voucher.people import Organisation
from voucher.work import Work, read
from workflows.banning import ban_for_recovery, ban_organisation, lift_ban
from workflows.demo.data import OrganisationData
from workflows.issue import issue_voucher
from workflows.purchase import accept_order
from workflows.reimbursement import gather_batch, release_batch
from workflows.relating import End, NewTie, enter_ties
from workflows.remedies import remedy_against


def ban(house: House, number: str, days: int = 30, by: str = "approver1", *, with_people: bool = False) -> str:
    organisation = house.references[number]
    with house.work(by) as work:
        ban_organisation(work, organisation, house.today + timedelta(days=days), "It sold the voucher.", "Article 21",
                         with_people=with_people)
    return organisation


def an_officer_of(house: House, sme: OrganisationData, since: date | None = None, until: date | None = None) -> None:
    """One person, an officer of this firm for a time."""
    end = End("org", house.references[sme.number])
    with house.work("auditor1") as work:
        enter_ties(work, [NewTie(end, "officer", End("person", "wu@example.com", "Ms Wu"), "register, 2026-01-05", since, until)])


def file_at(house: House, path: str) -> bytes:
    """The letter about the decision to which a path leads."""
    with read(house.database) as session:
        file = file_about(session, FileKind.DECISION_LETTER, path.rpartition("/")[2])
        assert file is not None
        return house.store.get(file.sha256)


def test_a_ban_names_its_rule_in_the_letter_of_each_firm_that_it_reaches(database: Database, store: FileStore) -> None:
    house = a_house(database, store, smes=2)
    for sme in SMES[:2]:
        an_officer_of(house, sme)
    firm, other = (house.references[sme.number] for sme in SMES[:2])
    with pytest.raises(NotValid, match="Name the rule"), house.work("approver1") as work:
        ban_organisation(work, firm, house.today + timedelta(days=30), "It sold the voucher.", " ", with_people=True)
    ban(house, SMES[0].number, with_people=True)
    for each in (firm, other):
        with house.work("auditor1") as work:
            assert basis_of(work, each) == ["Article 21"]


def test_a_ban_of_before_says_that_no_rule_was_named_and_a_new_one_comes_with_it_into_the_database(house: House) -> None:
    firm = ban(house, SMES[0].number)
    key = "00" * 16 if house.database.is_sqlite else "00000000-0000-0000-0000-000000000000"
    another = text("insert into bans (id, organisation_id, from_on, until, reason, banned_by, banned_at, with_people, basis)"
                   f" select '{key}', organisation_id, from_on, until, reason, banned_by, banned_at, with_people, ' ' from bans")
    with pytest.raises(DBAPIError, match="names the rule"), house.work() as work:
        work.session.connection().execute(another)
    with pytest.raises(DBAPIError, match="which stays"), house.work() as work:
        work.session.connection().execute(text("update bans set basis = 'Article 1'"))
    with house.work() as work:  # as one that was laid before
        connection = work.session.connection()
        connection.execute(text("drop trigger bans_name_their_rule_still" if house.database.is_sqlite else
                                "drop trigger bans_name_their_rule on bans"))
        connection.execute(text("update bans set basis = ''"))
    with house.work("auditor1") as work:
        assert basis_of(work, firm) == ["No rule was named when it was laid"]


def basis_of(work: Work, firm: str) -> list[str]:
    """On what the last decision about a firm rests."""
    remedy = remedy_against(work.session, case_events(work.session, firm)[-1])
    assert remedy is not None
    return [each.en for each in remedy.basis]


def test_a_banned_sme_cannot_apply_until_its_day_is_over(house: House) -> None:
    ban(house, SMES[0].number)
    with pytest.raises(Banned):
        an_application(house)
    house.clock.turn(days=31)
    an_application(house)


def test_a_banned_sme_is_issued_no_voucher_and_orders_nothing_with_an_old_one(house: House) -> None:
    old, reviewed = an_issued_voucher(house), a_reviewed_application(house)
    sme = ban(house, SMES[0].number)
    with pytest.raises(Banned):
        a_placed_order(house, old)
    with pytest.raises(Banned), house.work("approver1") as work:
        issue_voucher(work, reviewed)
    with house.work("approver2") as work:
        lift_ban(work, sme, "It was another firm of the same name.")
    a_placed_order(house, old)
    with house.work("approver1") as work:
        issue_voucher(work, reviewed)


def test_a_banned_payee_is_left_out_of_batches_and_paid_when_the_ban_is_lifted(house: House) -> None:
    payout = payout_of(house, an_approved_claim(house)).reference
    sme = ban(house, SMES[0].number)
    with pytest.raises(NotNow, match="No payout is payable"), house.work("finance1") as work:
        gather_batch(work, None, house.today)
    with pytest.raises(NotValid, match="banned until"), house.work("finance1") as work:
        gather_batch(work, [payout], house.today)
    with pytest.raises(NotAllowed, match="banned it yourself"), house.work("approver1") as work:
        lift_ban(work, sme, "It was another firm.")
    with house.work("approver2") as work:
        lift_ban(work, sme, "It was another firm.")
    with house.work("finance1") as work:
        gather_batch(work, [payout], house.today)


def test_a_payee_that_is_banned_after_it_was_gathered_is_not_paid(house: House) -> None:
    an_approved_claim(house)
    batch = a_gathered_batch(house)
    ban(house, SMES[0].number)
    with pytest.raises(NotValid, match="banned now") as refused, house.work("treasury1") as work:
        release_batch(work, batch)
    assert "banned until" in refused.value.problems[0].what


def test_a_payee_is_banned_before_its_money_is_released_or_after_but_not_while(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    an_approved_claim(house)
    batch, firm = a_gathered_batch(house), house.references[SMES[0].number]
    with house.work("treasury1") as work:
        release_batch(work, batch)
    until = house.today + timedelta(days=9)
    banning: tuple[str, Verb] = ("approver1", lambda work: ban_organisation(work, firm, until, "It sold the voucher", "Article 21"))
    releasing: tuple[str, Verb] = ("treasury2", lambda work: release_batch(work, batch))
    assert isinstance(beside(house, banning, releasing), NotValid)
    with house.work("approver2") as work:
        lift_ban(work, firm, "It was another firm.")
    assert beside(house, releasing, banning) is None
    with read(house.database) as session:
        assert fetch(session, Batch, batch).state == BatchState.RELEASED


def test_the_terms_say_how_long_who_had_to_pay_back_is_banned(house: House) -> None:
    with_clawback(house)
    recovery = a_heard_recovery(house)
    with pytest.raises(NotNow, match="Nothing was decided"), house.work("approver1") as work:
        ban_for_recovery(work, recovery)
    decided = a_decided_recovery(house, principal="1.00")
    with house.work("approver1") as work:
        ban_for_recovery(work, decided)
    with read(house.database) as session:
        (held,) = bans_of(session, fetch(session, Organisation, house.references[SMES[0].number]).id)
    assert (held.from_on, held.until) == (date(2026, 3, 2), date(2029, 3, 2))


def test_a_ban_with_the_people_behind_it_reaches_the_firm_to_which_they_went(database: Database, store: FileStore) -> None:
    house = a_house(database, store, smes=3)
    first, second, third = SMES[:3]
    an_officer_of(house, first, until=house.today)
    an_officer_of(house, second, since=house.today + timedelta(days=10))
    for each in (first, third):  # neither reaches her new firm: one for itself alone, one of a firm that is not hers
        ban(house, each.number, days=5, with_people=each is third)
    an_application(house, sme=second)
    sme = ban(house, first.number, with_people=True)
    an_application(house, sme=second)  # she is not there yet
    house.clock.turn(days=10)
    with pytest.raises(BannedWith, match="same people behind it"):
        an_application(house, sme=second)
    with house.work("approver2") as work:
        lift_ban(work, sme, "It was another firm.")
    an_application(house, sme=second)
    an_officer_of(house, third, since=house.today)
    ban(house, third.number, with_people=True)
    tell(house)
    told = [letter for to, letter in all_letters(house) if to == who(second) and letter.event.endswith("_with")]
    assert [letter.event for letter in told] == ["organisation.ban_lifted_with", "organisation.banned_with"]
    paper = words_of(file_at(house, told[-1].words["paper"]))
    assert all(word in paper for word in ("列入禁止参与名单", "2026-04-11", "Itsoldthevoucher.", "关联单位", "行政复议"))
    assert "金额" not in paper  # no amount was decided
    assert "2026年4月11日" in told[-1].words["said"] and third.name in told[-1].words["said"] and told[-1].words["appeal"]


@pytest.mark.parametrize("ties", ["same_controller", "shareholder"])
def test_a_ban_with_the_people_behind_it_passes_a_firm_in_between(database: Database, store: FileStore, ties: str) -> None:
    house = a_house(database, store, smes=5)
    first, between, second, under, beside_it = (End("org", house.references[each.number]) for each in SMES[:5])
    with house.work("auditor1") as work:
        enter_ties(work, [NewTie(between, ties, first, "register"), NewTie(between, ties, second, "register"),
                          NewTie(first, "shareholder", under, "register"), NewTie(beside_it, "shareholder", under, "register")])
    ban(house, SMES[0].number, with_people=True)
    for each in SMES[1:3]:
        with pytest.raises(BannedWith):
            an_application(house, sme=each)
    an_application(house, sme=SMES[4])  # who owns another firm together with it does not stand behind it


@pytest.mark.parametrize(("prepare", "taker", "verb"), [
    (lambda house: a_placed_order(house, an_issued_voucher(house)), "provider01", accept_order),
    (a_reviewed_application, "approver2", issue_voucher),
], ids=["accept_order", "issue_voucher"])
def test_who_relies_on_there_being_no_ban_waits_for_who_bans(
    postgres: Database, store: FileStore, prepare: Callable[[House], str], taker: str, verb: Callable[[Work, str], object],
) -> None:
    house = a_house(postgres, store)
    subject = prepare(house)
    firm = house.references[(PROVIDERS if taker == "provider01" else SMES)[0].number]
    until = house.today + timedelta(days=9)
    refused = beside(house, ("approver1", lambda work: ban_organisation(work, firm, until, "It sold the voucher", "Article 21")),
                     (taker, lambda work: verb(work, subject)))
    assert isinstance(refused, Banned)
    with house.work("approver2") as work:
        lift_ban(work, firm, "It was another firm.")
    assert beside(house, (taker, lambda work: verb(work, subject)),
                  ("approver1", lambda work: ban_organisation(work, firm, until, "It sold the voucher", "Article 21"))) is None
