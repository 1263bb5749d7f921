"""A banned organisation cannot apply, be ordered from or be paid, until its day; history says why."""

from datetime import date, timedelta

import pytest

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
)
from tests.workflows.beside import beside
from tests.workflows.recovering import a_decided_recovery, a_heard_recovery, payout_of, with_clawback
from voucher.bans import Banned, bans_of
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.files import FileStore
from voucher.people import Organisation
from voucher.work import read
from workflows.banning import ban_for_recovery, ban_organisation, lift_ban
from workflows.issue import issue_voucher
from workflows.purchase import accept_order
from workflows.reimbursement import gather_batch, release_batch


def ban(house: House, number: str, days: int = 30, who: str = "approver1") -> str:
    organisation = house.references[number]
    with house.work(who) as work:
        ban_organisation(work, organisation, house.today + timedelta(days=days), "It sold the voucher.")
    return organisation


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


def test_a_banned_provider_takes_no_orders_and_accepts_none(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_placed_order(house, voucher)
    ban(house, PROVIDERS[0].number)
    with pytest.raises(Banned):
        a_placed_order(house, voucher)
    with pytest.raises(Banned), house.work("provider01") as work:
        accept_order(work, order)


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


def test_who_releases_waits_for_who_bans_a_payee_and_is_refused(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    an_approved_claim(house)
    batch, firm = a_gathered_batch(house), house.references[SMES[0].number]
    with house.work("treasury1") as work:
        release_batch(work, batch)
    until = house.today + timedelta(days=9)
    refused = beside(house, ("approver1", lambda work: ban_organisation(work, firm, until, "It sold the voucher")),
                     ("treasury2", lambda work: release_batch(work, batch)))
    assert isinstance(refused, NotValid)


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
