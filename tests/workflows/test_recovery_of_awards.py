"""An award that was paid and is found wrong later: suspected, heard, decided by others, served, and back in the books it came from."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.builders import PROVIDER, House, a_house, a_programme
from tests.scenes import scene
from tests.stories.retold import letters
from tests.workflows.portal.test_order_pages import page_of
from tests.workflows.portal.visitors import Visitors, an_app
from tests.workflows.recovering import BASIS, FACTS, a_settled_payout, outstanding, receive, recovery_of, with_clawback
from tests.workflows.test_absence import hand_over
from tests.workflows.test_awards import a_decided_award, payout_of_award, provider, to_the_bank
from tests.workflows.test_races import assert_sound, race, winners
from tests.workflows.wallets import entries
from voucher.bans import bans_of
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.files import FileKind, FileStore, document_of
from voucher.people import Organisation
from voucher.work import read
from workflows.banning import ban_for_recovery
from workflows.programme_end import close_programme, settle_programme
from workflows.recovery import (
    annul_recovery,
    decide_recovery,
    make_recovery_final,
    open_recovery,
    record_hearing,
    refund_recovery,
    serve_recovery,
    suspect_recovery,
    take_up_recovery,
)
from workflows.relating import End, NewTie, enter_ties
from workflows.replay import replay


@scene
def a_paid_award(house: House) -> str:
    """The payout of an award of 2,000.00 that the bank has paid."""
    with_clawback(house)
    a_settled_payout(house)
    payout = payout_of_award(house, a_decided_award(house)).reference
    to_the_bank(house, payout)
    return payout


@scene
def a_heard_case(house: House, payout: str) -> str:
    """A verifier suspected it, an auditor took it up and heard the provider."""
    with house.work("verifier1") as work:
        case = suspect_recovery(work, payout, FACTS).reference
    with house.work("auditor1") as work:
        take_up_recovery(work, case, BASIS)
    with house.work("auditor1") as work:
        record_hearing(work, case, "The contract was counted twice, we did not see it.", house.today)
    return case


def decide(house: House, case: str, who: str = "approver1") -> None:
    """An officer decides."""
    with house.work(who) as work:
        decide_recovery(work, case, "The contract was counted twice.")


def serve(house: House, case: str) -> None:
    """Finance serves the notice, and the worker draws it."""
    with house.work("finance1") as work:
        serve_recovery(work, case)
    house.do_jobs()


def assert_agrees(house: House) -> None:
    with read(house.database) as session:
        assert_sound(session)
        assert replay(session).differences == []


def test_an_award_is_asked_back_as_a_claim_is_but_no_voucher_hears_of_it(house: House, tmp_path: Path) -> None:
    payout = a_paid_award(house)
    house.clock.turn(days=10)
    case = a_heard_case(house, payout)
    for who in ("approver3", "auditor1"):  # who granted it, who opened the case
        with pytest.raises(NotAllowed):
            decide(house, case, who)
    decide(house, case)
    assert (str(recovery_of(house, case).principal), str(recovery_of(house, case).interest)) == ("2000.00", "2.00")
    serve(house, case)
    with house.work("approver1") as work:
        assert ban_for_recovery(work, case).until == date(2029, 3, 12)
    house.clock.turn(days=33)  # the thirtieth day was a Saturday
    with house.work() as work:
        make_recovery_final(work, case)
    receive(house, "2002.00", case)
    assert (recovery_of(house, case).state, outstanding(house, case)) == ("closed", "0.00")
    assert entries(house, "recovery.decided", "recovery.collected") == BOOKS
    assert_agrees(house)
    with read(house.database) as session:
        firm = fetch(session, Organisation, provider(house))
        notice = document_of(session, FileKind.RECOVERY_NOTICE, case)
        assert notice is not None and notice.owner_id == firm.id
        assert len(bans_of(session, firm.id)) == 1
    assert letters(house, "recovery.suspected", "recovery.taken_up", "recovery.heard", "recovery.decided", "recovery.served",
                   "organisation.banned", "recovery.final", "recovery.collected") == LETTERS
    portal = Visitors(an_app(house, tmp_path), house)
    for reader in (PROVIDER, "approver1"):
        page = page_of(portal, reader, f"/recoveries/{case}")
        assert "2,002.00" in page and payout in page and "W-2026-00001" in page
    assert case in page_of(portal, PROVIDER, "/recoveries")


LETTERS = """\
auditor1 (zh) recovery.suspected R-2026-00001-2
provider01 (zh) recovery.taken_up R-2026-00001-2
provider01 (zh) recovery.heard R-2026-00001-2
approver1 (zh) recovery.heard R-2026-00001-2
approver2 (zh) recovery.heard R-2026-00001-2
approver3 (zh) recovery.heard R-2026-00001-2
finance1 (zh) recovery.decided R-2026-00001-2
provider01 (zh) recovery.served R-2026-00001-2
provider01 (zh) organisation.banned N-2026-00003-8
provider01 (zh) recovery.final R-2026-00001-2
finance1 (zh) recovery.final R-2026-00001-2
provider01 (zh) recovery.collected R-2026-00001-2
"""
BOOKS = """\
2026-03-12 recovery.decided R-2026-00001-2
    financial:asset:recoveries:R-2026-00001-2    2002.00 CNY
    financial:expense:recovered:L-2026-00001-3  -2000.00 CNY
    financial:payable:treasury:L-2026-00001-3      -2.00 CNY
2026-04-14 recovery.collected R-2026-00001-2 1
    budget:paid:L-2026-00001-3                            2000.00 CNY
    budget:free:L-2026-00001-3                           -2000.00 CNY
    financial:asset:treasury:L-2026-00001-3               2002.00 CNY
    financial:asset:recoveries:R-2026-00001-2            -2002.00 CNY
    financial:revenue:appropriation-used:L-2026-00001-3   2000.00 CNY
    financial:equity:unexpended:L-2026-00001-3           -2000.00 CNY
    cn-financial:4001:L-2026-00001-3                      2000.00 CNY
    cn-financial:5001:L-2026-00001-3                     -2000.00 CNY
    cn-budget:6001:L-2026-00001-3                         2000.00 CNY
    cn-budget:7101:L-2026-00001-3                        -2000.00 CNY
    cn-financial:1002:L-2026-00001-3                         2.00 CNY
    cn-financial:2103:L-2026-00001-3                        -2.00 CNY
"""


def test_of_an_earlier_year_it_is_the_treasurys_and_what_came_in_wrongly_goes_back(house: House) -> None:
    payout = a_paid_award(house)
    house.clock.turn(days=330)
    case = a_heard_case(house, payout)
    decide(house, case)
    serve(house, case)
    receive(house, "500.00", case)
    with house.work("approver2") as work:
        annul_recovery(work, case, "It had been counted once.")
    with house.work("finance1") as work:
        refund_recovery(work, case, "Transfer 9")
    assert entries(house, "prior.") == PRIOR
    assert_agrees(house)


PRIOR = """\
2027-01-26 prior.decided R-2027-00001-5
    financial:asset:recoveries:R-2027-00001-5   2066.00 CNY
    financial:payable:treasury:L-2026-00001-3  -2066.00 CNY
2027-01-26 prior.collected R-2027-00001-5 1
    budget:paid:L-2026-00001-3                  500.00 CNY
    budget:recovered:L-2026-00001-3            -500.00 CNY
    financial:asset:treasury:L-2026-00001-3     500.00 CNY
    financial:asset:recoveries:R-2027-00001-5  -500.00 CNY
    cn-financial:1002:L-2026-00001-3            500.00 CNY
    cn-financial:3501:L-2026-00001-3           -500.00 CNY
    cn-budget:8001:L-2026-00001-3               500.00 CNY
    cn-budget:8101.01:L-2026-00001-3           -500.00 CNY
2027-01-26 prior.annulled R-2027-00001-5
    financial:payable:treasury:L-2026-00001-3   1566.00 CNY
    financial:asset:recoveries:R-2027-00001-5  -1566.00 CNY
2027-01-26 prior.refund_due R-2027-00001-5 1
    financial:payable:treasury:L-2026-00001-3   500.00 CNY
    financial:payable:refunds:R-2027-00001-5   -500.00 CNY
    cn-financial:3501:L-2026-00001-3            500.00 CNY
    cn-financial:2307:L-2026-00001-3           -500.00 CNY
2027-01-26 prior.refunded R-2027-00001-5 1
    budget:recovered:L-2026-00001-3            500.00 CNY
    budget:paid:L-2026-00001-3                -500.00 CNY
    financial:payable:refunds:R-2027-00001-5   500.00 CNY
    financial:asset:treasury:L-2026-00001-3   -500.00 CNY
    cn-financial:2307:L-2026-00001-3           500.00 CNY
    cn-financial:1002:L-2026-00001-3          -500.00 CNY
    cn-budget:8101.01:L-2026-00001-3           500.00 CNY
    cn-budget:8001:L-2026-00001-3             -500.00 CNY
"""


def test_of_an_award_only_its_provider_is_liable_and_one_case_is_open_at_a_time(house: House) -> None:
    payout = a_paid_award(house)
    with pytest.raises(NotValid, match="of an award, its provider"), house.work("auditor1") as work:
        open_recovery(work, payout, FACTS, BASIS, liable=next(each for each in house.references.values() if each != provider(house)))
    a_heard_case(house, payout)
    with pytest.raises(NotNow, match="under way"), house.work("auditor1") as work:
        open_recovery(work, payout, FACTS, BASIS)
    with pytest.raises(DBAPIError, match="had a part in an award"), house.work() as work:
        work.session.connection().execute(text("update recoveries set decided_on = paid_on, decided_by = (select decided_by from awards)"))
    with pytest.raises(DBAPIError, match="of_a_claim_or_an_award"), house.work() as work:
        work.session.connection().execute(text("update recoveries set award_id = null"))


def test_it_is_decided_once_however_many_try(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    case = a_heard_case(house, a_paid_award(house))
    outcomes = race(house, ["approver1", "approver2"], lambda work, _number: decide_recovery(work, case, "It was counted twice."), 8)
    assert winners(outcomes) == 1
    assert_agrees(house)


def test_nobody_decides_who_is_tied_to_its_provider_nor_who_stands_in_for_him(house: House) -> None:
    case = a_heard_case(house, a_paid_award(house))
    with house.work("reviewer1") as work:
        enter_ties(work, [NewTie(End("person", "approver1@voucher.example"), "family", End("org", provider(house)), "Declared")])
    hand_over(house, "approver1", "approver", "approver2")
    for who in ("approver1", "approver2"):
        with pytest.raises(NotAllowed, match="tied"):
            decide(house, case, who)


def test_a_programme_is_not_settled_while_the_recovery_of_an_award_is_undecided(house: House) -> None:
    case = a_heard_case(house, a_paid_award(house))
    with house.work("approver3") as work:
        close_programme(work, a_programme(house), "The council has ended the programme")
    with pytest.raises(NotNow, match=case), house.work("finance1") as work:
        settle_programme(work, a_programme(house), "Final account 1")
