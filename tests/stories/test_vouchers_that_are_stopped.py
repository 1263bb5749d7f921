"""Vouchers that the office stops: one cancelled, one frozen and then revoked, and what was paid on it asked back, told as it happens."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from tests.builders import PROVIDER, SME, House, a_completed_order, a_house, a_placed_order, an_issued_voucher
from tests.stories.retold import assert_everything_agrees, letters, posted, reads_english
from tests.workflows.purchases import a_registered_order, order_of, pass_until, standing, yuan
from tests.workflows.recovering import a_settled_payout, receive
from tests.workflows.test_application import clocks, state
from tests.workflows.test_expiry import told
from tests.workflows.test_holding import days_of
from voucher.database import Database
from voucher.errors import NotAllowed, NotNow
from voucher.files import FileStore
from voucher.recoveries import Recovery
from voucher.work import read
from workflows.amendment import propose_change
from workflows.holding import cancel_voucher, freeze_voucher
from workflows.purchase import start_service
from workflows.recovery import decide_recovery, make_recovery_final, serve_recovery
from workflows.revocation import answer_revocation, open_revocation, revoke_voucher


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one SME and one provider."""
    house = a_house(database, store)
    reads_english(house, PROVIDER)
    return house


def test_one_voucher_is_cancelled_and_one_is_frozen_revoked_and_paid_back(house: House) -> None:
    # The first voucher should not have been issued. Nothing was drawn from it, so the office cancels it and says by which rule.
    mistake = an_issued_voucher(house)
    with house.work("approver1") as work:
        cancel_voucher(work, mistake, "Not of this city", "Article 5")
    assert state(house, mistake) == "cancelled"

    # On the second one 20,000 are paid and an order is begun. From it money was drawn: it cannot be cancelled any more.
    voucher = an_issued_voucher(house)
    a_settled_payout(house, voucher=voucher)
    begun = a_registered_order(house, voucher)
    with house.work(PROVIDER) as work:
        start_service(work, begun)
    with pytest.raises(NotNow, match="was drawn"), house.work("approver1") as work:
        cancel_voucher(work, voucher, "Not of this city", "Article 5")

    # Somebody says that the report is copied. The voucher is frozen until a day: nothing is ordered or claimed. The day passes, the
    # voucher is used again, and the days are given back.
    before = days_of(house, voucher)
    with house.work("approver2") as work:
        freeze_voucher(work, voucher, "The report is looked into", house.today + timedelta(days=20))
    for refused in (a_placed_order, a_completed_order):
        with pytest.raises(NotNow, match="frozen"):
            refused(house, voucher)
    pass_until(house, house.today + timedelta(days=21))
    assert state(house, voucher) == "issued"
    assert days_of(house, voucher) == tuple(str(date.fromisoformat(day) + timedelta(days=21)) for day in before)
    placed = a_placed_order(house, voucher)
    with house.work(PROVIDER) as work:
        propose_change(work, placed, "More samples", net=yuan("120000.00"))

    # The report is copied. The auditor says what is held against the holder, who is heard; who opened the case does not decide it.
    with house.work("auditor1") as work:
        open_revocation(work, voucher, "The report was copied from an older one", "Article 12")
    assert (state(house, voucher), clocks(house, voucher)["revocation_hearing"][0]) == ("hearing", "running")
    with house.work(SME) as work:
        answer_revocation(work, voucher, "The report is ours")
    with pytest.raises(NotAllowed), house.work("auditor1") as work:
        revoke_voucher(work, voucher, "It is word for word the same")
    with house.work("approver3") as work:
        revoke_voucher(work, voucher, "It is word for word the same")

    # The voucher is revoked: both orders end, all that is not paid is free again, and what was paid is a case of recovery.
    assert (state(house, voucher), order_of(house, begun).state, order_of(house, placed).state) == ("revoked", "cancelled", "cancelled")
    assert [(each.data["amount"], each.data["paid"], each.data["basis"]) for each in told(house, voucher, "voucher.revoked")] == [
        ("80000.00", "20000.00", "Article 12")]
    with read(house.database) as session:
        [case] = session.exec(select(Recovery)).all()
    assert (case.state, case.hearing, case.principal_minor) == ("heard", "The report is ours", 20000_00)
    house.clock.turn(minutes=5)
    with house.work("approver3") as work:
        decide_recovery(work, case.reference, "Nothing of it is new")
    with house.work("finance1") as work:
        serve_recovery(work, case.reference)
    house.clock.turn(days=31)
    with house.work() as work:
        make_recovery_final(work, case.reference)
    receive(house, "20000.00", case.reference)

    after = standing(house, begun)
    assert [str(each) for each in (after.available, after.reserved, after.paid, after.cancelled, after.clawed_back)] == [
        "0.00", "0.00", "0.00", "80000.00", "20000.00"]
    assert posted(house, "voucher.cancelled", "order.cancelled", "recovery.decided", "recovery.collected") == BOOKS
    assert letters(house, "voucher.cancelled", "voucher.frozen", "voucher.freeze_ended", "voucher.revocation_opened", "voucher.revoked",
                   "order.revoked", "recovery.decided", "recovery.served") == LETTERS
    assert_everything_agrees(house)


BOOKS = """\
voucher.cancelled V-2026-00001-4 up to 100000.00
  entitlement:available 100000.00
  entitlement:cancelled -100000.00
  budget:committed 100000.00
  budget:free -100000.00
order.cancelled O-2026-00002-2
  entitlement:reserved 21200.00
  entitlement:available -21200.00
  budget:obligated 21200.00
  budget:committed -21200.00
order.cancelled O-2026-00003-3
  entitlement:reserved 21200.00
  entitlement:available -21200.00
  budget:reserved 21200.00
  budget:committed -21200.00
voucher.cancelled V-2026-00002-3 up to 80000.00
  entitlement:available 80000.00
  entitlement:cancelled -80000.00
  budget:committed 80000.00
  budget:free -80000.00
recovery.decided R-2026-00001-2
  financial:asset:recoveries 20000.00
  financial:expense:recovered -20000.00
recovery.collected R-2026-00001-2 1
  entitlement:paid 20000.00
  entitlement:clawed-back -20000.00
  budget:paid 20000.00
  budget:free -20000.00
  financial:asset:treasury 20000.00
  financial:asset:recoveries -20000.00
  financial:revenue:appropriation-used 20000.00
  financial:equity:unexpended -20000.00
  cn-financial:4001 20000.00
  cn-financial:5001 -20000.00
  cn-budget:6001 20000.00
  cn-budget:7101 -20000.00
"""
LETTERS = """\
sme13 (zh) voucher.cancelled V-2026-00001-4
sme13 (zh) voucher.frozen V-2026-00002-3
provider01 (en) voucher.frozen V-2026-00002-3
sme13 (zh) voucher.freeze_ended V-2026-00002-3
approver1 (zh) voucher.freeze_ended V-2026-00002-3
approver2 (zh) voucher.freeze_ended V-2026-00002-3
approver3 (zh) voucher.freeze_ended V-2026-00002-3
provider01 (en) voucher.freeze_ended V-2026-00002-3
sme13 (zh) voucher.revocation_opened V-2026-00002-3
provider01 (en) voucher.revocation_opened V-2026-00002-3
sme13 (zh) order.revoked O-2026-00002-2
provider01 (en) order.revoked O-2026-00002-2
sme13 (zh) order.revoked O-2026-00003-3
provider01 (en) order.revoked O-2026-00003-3
sme13 (zh) voucher.revoked V-2026-00002-3
finance1 (zh) voucher.revoked V-2026-00002-3
finance1 (zh) recovery.decided R-2026-00001-2
sme13 (zh) recovery.served R-2026-00001-2
"""
