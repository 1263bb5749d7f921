"""A match that was wrong is taken back by somebody else: the line is open, the books say so, and the right match can be made."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from tests.builders import SMES, House, a_house, an_issued_voucher
from tests.workflows.beside import beside
from tests.workflows.purchases import an_accepted_order
from tests.workflows.recovering import BASIS, FACTS, a_settled_payout
from tests.workflows.scopes import voucher_for
from tests.workflows.test_races import assert_sound, race, winners
from tests.workflows.test_recovery_of_returned import return_by_the_bank
from tests.workflows.test_revocation import a_revoked_voucher
from tests.workflows.wallets import begin_work, deposits, entries, pay_in, reference_of, strange_account, with_wallet
from voucher import ledger
from voucher.database import Database, fetch
from voucher.deadlines import deadlines_of
from voucher.deposits import PAY_IN
from voucher.errors import NotAllowed, NotNow
from voucher.files import FileStore, StoredFile
from voucher.papers import Paper
from voucher.payouts import Payout
from voucher.statements import BankLine, TakenBack
from voucher.work import read
from workflows.reconciliation import match_line, set_line_aside
from workflows.recovery import open_recovery, suspect_recovery
from workflows.registration import register_account
from workflows.reimbursement import reissue_payout
from workflows.replay import replay
from workflows.unmatching import unmatch_line

WHY = "The bank paid another claim with it"


def line_of(house: House, payout: str) -> str:
    """The newest line that is matched with a payout."""
    with read(house.database) as session:
        held = fetch(session, Payout, payout)
        return str(session.exec(select(BankLine.id).where(BankLine.payout_id == held.id).order_by(col(BankLine.id).desc())).first())


def unmatch(house: House, line: str, who: str = "treasury1") -> None:
    """Somebody takes the match of a line back."""
    with house.work(who) as work:
        unmatch_line(work, line, WHY)


def state(house: House, payout: str) -> str:
    """Where a payout is; and everything agrees."""
    with read(house.database) as session:
        assert ledger.verify(session) == [] and replay(session).differences == []
        return fetch(session, Payout, payout).state


def test_a_settlement_that_was_another_payment_is_taken_back_and_the_right_one_settles(house: House) -> None:
    payout = a_settled_payout(house)
    house.do_jobs()
    line = line_of(house, payout)
    with pytest.raises(NotAllowed, match="You placed this line"):
        unmatch(house, line, "finance1")
    house.clock.turn(days=3)
    unmatch(house, line)
    assert state(house, payout) == "sent"
    with read(house.database) as session:
        held = session.exec(select(BankLine)).one()
        assert (held.state, held.finding, held.payout_id) == ("open", "taken_back", None)
        assert [each.subject for each in session.exec(select(Paper).where(Paper.kind == "settlement_statement"))] == [""]
    with pytest.raises(NotNow, match="nobody has placed it"):
        unmatch(house, line)
    house.clock.turn(days=1)
    with house.work("finance1") as work:
        match_line(work, line, payout)
    house.do_jobs()
    assert state(house, payout) == "settled"
    with read(house.database) as session:
        papers = session.exec(select(Paper.subject).where(Paper.kind == "settlement_statement").order_by(Paper.number)).all()
    assert papers == ["", payout]
    assert entries(house, "payout.settle") == SETTLED


SETTLED = """\
2026-03-02 payout.settled Y-2026-00001-8
    entitlement:approved:V-2026-00001-4                  20000.00 CNY
    entitlement:paid:V-2026-00001-4                     -20000.00 CNY
    budget:delivered-unpaid:L-2026-00001-3               20000.00 CNY
    budget:paid:L-2026-00001-3                          -20000.00 CNY
    financial:asset:payments-in-transit:Y-2026-00001-8   20000.00 CNY
    financial:asset:treasury:L-2026-00001-3             -20000.00 CNY
    cn-financial:2303:L-2026-00001-3                     20000.00 CNY
    cn-financial:4001:L-2026-00001-3                    -20000.00 CNY
    cn-budget:7101:L-2026-00001-3                        20000.00 CNY
    cn-budget:6001:L-2026-00001-3                       -20000.00 CNY
2026-03-02 payout.settlement_undone Y-2026-00001-8 1
    entitlement:approved:V-2026-00001-4                 -20000.00 CNY
    entitlement:paid:V-2026-00001-4                      20000.00 CNY
    budget:delivered-unpaid:L-2026-00001-3              -20000.00 CNY
    budget:paid:L-2026-00001-3                           20000.00 CNY
    financial:asset:payments-in-transit:Y-2026-00001-8  -20000.00 CNY
    financial:asset:treasury:L-2026-00001-3              20000.00 CNY
    cn-financial:2303:L-2026-00001-3                    -20000.00 CNY
    cn-financial:4001:L-2026-00001-3                     20000.00 CNY
    cn-budget:7101:L-2026-00001-3                       -20000.00 CNY
    cn-budget:6001:L-2026-00001-3                        20000.00 CNY
2026-03-02 payout.settled Y-2026-00001-8 again 1
    entitlement:approved:V-2026-00001-4                  20000.00 CNY
    entitlement:paid:V-2026-00001-4                     -20000.00 CNY
    budget:delivered-unpaid:L-2026-00001-3               20000.00 CNY
    budget:paid:L-2026-00001-3                          -20000.00 CNY
    financial:asset:payments-in-transit:Y-2026-00001-8   20000.00 CNY
    financial:asset:treasury:L-2026-00001-3             -20000.00 CNY
    cn-financial:2303:L-2026-00001-3                     20000.00 CNY
    cn-financial:4001:L-2026-00001-3                    -20000.00 CNY
    cn-budget:7101:L-2026-00001-3                        20000.00 CNY
    cn-budget:6001:L-2026-00001-3                       -20000.00 CNY
"""


def test_a_match_of_a_day_that_is_closed_is_taken_back_for_today(house: House) -> None:
    payout = a_settled_payout(house)
    house.clock.turn(days=3)
    with house.work() as work:
        ledger.periods.close(work, date(2026, 3, 3))
    unmatch(house, line_of(house, payout))
    assert state(house, payout) == "sent"
    assert entries(house, "payout.settlement_undone").startswith("2026-03-05 payout.settlement_undone")


def test_a_return_that_was_no_return_is_taken_back(house: House) -> None:
    payout = a_settled_payout(house)
    return_by_the_bank(house, payout)
    line = line_of(house, payout)
    house.clock.turn(days=3)
    unmatch(house, line)
    assert state(house, payout) == "settled"
    assert entries(house, "payout.return_undone").startswith("2026-03-04 ")
    with house.work("finance1") as work:
        match_line(work, line, payout)
    assert state(house, payout) == "returned"
    unmatch(house, line)
    assert state(house, payout) == "settled"


def test_what_something_has_followed_from_is_not_taken_back(house: House) -> None:
    payout = a_settled_payout(house)
    settled = line_of(house, payout)
    with house.work("auditor1") as work:
        open_recovery(work, payout, FACTS, BASIS)
    with pytest.raises(NotNow, match="rests on this payment"):
        unmatch(house, settled)
    other = a_settled_payout(house)
    return_by_the_bank(house, other)
    with read(house.database) as session:
        paid = session.exec(select(BankLine).where(BankLine.payout_id == fetch(session, Payout, other).id, BankLine.amount_minor < 0)).one()
    with pytest.raises(NotNow, match="moved on"):
        unmatch(house, str(paid.id))
    assert (state(house, payout), state(house, other)) == ("settled", "returned")


def test_a_payment_that_somebody_suspects_is_not_taken_back(house: House) -> None:
    payout = a_settled_payout(house)
    with house.work("verifier1") as work:
        suspect_recovery(work, payout, FACTS)
    with pytest.raises(NotNow, match="rests on this payment"):
        unmatch(house, line_of(house, payout))


def test_a_return_on_a_revoked_voucher_that_is_matched_again_is_given_up(house: House) -> None:
    voucher = an_issued_voucher(house)
    payout = a_settled_payout(house, voucher=voucher)
    a_revoked_voucher(house, voucher)
    return_by_the_bank(house, payout)
    line = line_of(house, payout)
    unmatch(house, line)
    house.do_jobs()
    with house.work("finance1") as work:
        match_line(work, line, payout)
    house.do_jobs()
    assert state(house, payout) == "cancelled"


def test_a_statement_that_was_made_before_papers_had_rows_is_withdrawn_too(house: House) -> None:
    payout = a_settled_payout(house)
    house.do_jobs()
    with house.work() as work:
        work.session.delete(work.session.exec(select(Paper).where(Paper.kind == "settlement_statement")).one())
    line = line_of(house, payout)
    unmatch(house, line)
    with house.work("finance1") as work:
        match_line(work, line, payout)
    house.do_jobs()
    with read(house.database) as session:
        old, new = session.exec(select(StoredFile).where(StoredFile.kind == "settlement_statement").order_by(StoredFile.reference)).all()
    assert (old.subject, new.subject) == (old.reference, payout)


def test_what_was_set_aside_is_looked_at_again(house: House) -> None:
    order = an_accepted_order(house, voucher_for(house, with_wallet(house)))
    pay_in(house, "84800.00", "", strange_account(), text="own part")
    with read(house.database) as session:
        line = str(session.exec(select(BankLine)).one().id)
    with house.work("finance1") as work:
        set_line_aside(work, line, "Not ours")
    unmatch(house, line)
    with house.work("finance1") as work:
        match_line(work, line, reference_of(house, order))
    assert [each.state for each in deposits(house, order)] == ["held"]
    came_on = entries(house, "deposit.received")[:10]
    house.clock.turn(days=3)
    unmatch(house, line)
    assert entries(house, "deposit.receipt_undone")[:10] == came_on
    [deposit] = deposits(house, order)
    assert (deposit.state, deposit.received_on, deposit.left) == ("expected", None, deposit.amount)
    with read(house.database) as session:
        assert [(each.state, each.then) for each in deadlines_of(session, order) if each.rule == PAY_IN] == [
            ("met", "lapse_order"), ("running", "lapse_order")]
    with pytest.raises(NotNow, match="has not received it yet"):
        begin_work(house, order)
    house.clock.turn(days=1)
    pay_in(house, "84800.00", reference_of(house, order))
    assert [each.state for each in deposits(house, order)] == ["held"]
    with read(house.database) as session:
        assert [each.reason for each in session.exec(select(TakenBack))] == [WHY, WHY]
        assert ledger.verify(session) == [] and replay(session).differences == []


def test_nobody_changes_what_was_written_of_a_match_that_was_taken_back(house: House) -> None:
    unmatch(house, line_of(house, a_settled_payout(house)))
    for attack in ("update matches_taken_back set taken_back_by = matched_by", "delete from matches_taken_back"):
        with pytest.raises(DBAPIError, match="only ever added"), house.work() as work:
            work.session.connection().execute(text(attack))


@pytest.fixture
def racing(postgres: Database, store: FileStore) -> House:
    """An office on PostgreSQL."""
    return a_house(postgres, store)


def test_a_match_is_taken_back_once_however_many_try(racing: House) -> None:
    payout = a_settled_payout(racing)
    line = line_of(racing, payout)
    assert winners(race(racing, ["treasury1", "treasury2"], lambda work, _number: unmatch_line(work, line, WHY), 8)) == 1
    with read(racing.database) as session:
        assert fetch(session, Payout, payout).state == "sent"
        assert_sound(session)


def test_a_return_is_taken_back_or_paid_again_and_never_both(racing: House) -> None:
    payout = a_settled_payout(racing)
    return_by_the_bank(racing, payout)
    line = line_of(racing, payout)
    with racing.work() as work:
        register_account(work, racing.references[SMES[0].number], "CNY", "6222020000000000777", bank_name="Another bank",
                         bank_code="102100099996")
    refused = beside(racing, ("finance1", lambda work: reissue_payout(work, payout)),
                     ("treasury1", lambda work: unmatch_line(work, line, WHY)))
    assert isinstance(refused, NotNow)
    with read(racing.database) as session:
        assert fetch(session, Payout, payout).state == "replaced"
        assert_sound(session)
