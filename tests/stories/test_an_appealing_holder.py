"""One holder who appeals: against a freeze, twice, against a cancellation and against a revocation, told as it happens."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from tests.builders import SME, House, a_house, a_placed_order, an_issued_voucher
from tests.stories.retold import assert_everything_agrees, letters, posted, reads_english
from tests.workflows.recovering import a_settled_payout
from tests.workflows.test_application import clocks, state
from tests.workflows.test_holding import days_of
from tests.workflows.test_measure_appeals import appeals, fourth_approver, freeze
from voucher.accounting import voucher_position
from voucher.database import Database
from voucher.errors import NotAllowed, NotNow
from voucher.files import FileStore
from voucher.recoveries import Recovery
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.holding import cancel_voucher, end_freeze
from workflows.issue import issue_voucher
from workflows.measure_appeal import (
    appeal_cancellation,
    appeal_freeze,
    appeal_revocation,
    dismiss_freeze_appeal,
    uphold_cancellation_appeal,
    uphold_freeze_appeal,
    uphold_revocation_appeal,
)
from workflows.revocation import answer_revocation, open_revocation, revoke_voucher


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one SME and one provider, and a fourth approver: an appeal is judged by one who had no part in the case."""
    house = a_house(database, store)
    reads_english(house, SME)
    fourth_approver(house)
    return house


def renewed(house: House, voucher: str) -> Voucher:
    """The application that an upheld appeal made of what had been taken away."""
    with read(house.database) as session:
        return session.get_one(Voucher, appeals(house, voucher)[-1].renewed_id)


def free(house: House, voucher: str) -> str:
    """What can still be drawn from a voucher."""
    with read(house.database) as session:
        return str(voucher_position(session, voucher, "CNY").available)


def test_a_holder_appeals_against_a_freeze_a_cancellation_and_a_revocation_and_is_judged_by_others_each_time(house: House) -> None:
    # The voucher is frozen. Its holder appeals the next day; who froze it does not judge that, another approver does, and finds nothing
    # in it: the voucher is used again at once, and the days are given back.
    voucher = an_issued_voucher(house)
    before = days_of(house, voucher)
    freeze(house, voucher)
    house.clock.turn(days=1)
    with house.work(SME) as work:
        appeal_freeze(work, voucher, "Our owners have nothing to do with it")
    assert clocks(house, voucher)["appeal_decision"][0] == "running"
    with pytest.raises(NotAllowed, match="You took this decision"), house.work("approver2") as work:
        uphold_freeze_appeal(work, voucher, "Let it be")
    with house.work("approver3") as work:
        uphold_freeze_appeal(work, voucher, "It is another family of that name")
    assert (state(house, voucher), days_of(house, voucher)) == (
        "issued", tuple(str(date.fromisoformat(day) + timedelta(days=1)) for day in before))

    # It is frozen again, by the auditor. This time the appeal is dismissed: nothing is ordered until the freeze ends by itself.
    freeze(house, voucher, "auditor1")
    with house.work(SME) as work:
        appeal_freeze(work, voucher, "Not again")
    with house.work("approver3") as work:
        dismiss_freeze_appeal(work, voucher, "The register of companies is asked still")
    with pytest.raises(NotNow, match="over"), house.work(SME) as work:
        appeal_freeze(work, voucher, "And again")
    with pytest.raises(NotNow, match="frozen"):
        a_placed_order(house, voucher)
    with house.work() as work:
        end_freeze(work, voucher)
    assert state(house, voucher) == "issued"

    # A second voucher is cancelled as issued by mistake, and its money is free. The appeal is upheld: what was taken away is an
    # application again, in its old place, which who judged does not issue himself.
    mistaken = an_issued_voucher(house)
    with house.work("approver1") as work:
        cancel_voucher(work, mistaken, "Not of this city", "Article 5")
    with house.work(SME) as work:
        appeal_cancellation(work, mistaken, "Our seat is in Rongcheng, which is of this city")
    with house.work("approver3") as work:
        uphold_cancellation_appeal(work, mistaken, "Rongcheng is of Weihai")
    fresh = renewed(house, mistaken)
    with pytest.raises(NotAllowed), house.work("approver3") as work:
        issue_voucher(work, fresh.reference)
    with house.work("approver2") as work:
        issue_voucher(work, fresh.reference)
    assert (state(house, mistaken), free(house, mistaken), free(house, fresh.reference)) == ("cancelled", "0.00", "100000.00")

    # From a third voucher 20,000 are paid. Then it is revoked for a report that is said to be copied, and the 20,000 are asked back.
    paid = an_issued_voucher(house)
    a_settled_payout(house, voucher=paid)
    with house.work("auditor1") as work:
        open_revocation(work, paid, "The report was copied", "Article 12")
    with house.work(SME) as work:
        answer_revocation(work, paid, "The older report is ours too")
    with house.work("approver3") as work:
        revoke_voucher(work, paid, "It was copied")
    with read(house.database) as session:
        assert [(each.state, str(each.principal)) for each in session.exec(select(Recovery))] == [("heard", "20000.00")]

    # Whoever revoked, issued or approved does not judge this appeal; the fourth approver does. Nothing is asked back any more, and the
    # 80,000 that were not used are issued anew.
    with house.work(SME) as work:
        appeal_revocation(work, paid, "The older report is of our own hand: here is its first page")
    for insider in ("approver1", "approver2", "approver3"):
        with pytest.raises(NotAllowed), house.work(insider) as work:
            uphold_revocation_appeal(work, paid, "So it is")
    with house.work("reviewer2") as work:
        uphold_revocation_appeal(work, paid, "Both reports are of one hand")
    with read(house.database) as session:
        assert [each.state for each in session.exec(select(Recovery))] == ["dropped"]
    again = renewed(house, paid)
    with house.work("approver2") as work:
        issue_voucher(work, again.reference)
    assert (state(house, paid), free(house, paid), free(house, again.reference)) == ("revoked", "0.00", "80000.00")

    assert [(each.measure, each.upheld, each.answer) for one in (voucher, mistaken, paid) for each in appeals(house, one)] == [
        ("freeze", True, "It is another family of that name"), ("freeze", False, "The register of companies is asked still"),
        ("cancellation", True, "Rongcheng is of Weihai"), ("revocation", True, "Both reports are of one hand")]
    assert posted(house, "voucher.issued", "voucher.cancelled", "recovery.decided") == BOOKS
    assert letters(house, "voucher.measure_appealed", "voucher.measure_appeal_upheld", "voucher.measure_appeal_dismissed",
                   "voucher.renewed") == LETTERS
    assert_everything_agrees(house)


BOOKS = """\
voucher.issued V-2026-00001-4
  entitlement:issued 100000.00
  entitlement:available -100000.00
  budget:free 100000.00
  budget:committed -100000.00
voucher.issued V-2026-00002-3
  entitlement:issued 100000.00
  entitlement:available -100000.00
  budget:free 100000.00
  budget:committed -100000.00
voucher.cancelled V-2026-00002-3 up to 100000.00
  entitlement:available 100000.00
  entitlement:cancelled -100000.00
  budget:committed 100000.00
  budget:free -100000.00
voucher.issued V-2026-00003-8
  entitlement:issued 100000.00
  entitlement:available -100000.00
  budget:free 100000.00
  budget:committed -100000.00
voucher.issued V-2026-00004-6
  entitlement:issued 100000.00
  entitlement:available -100000.00
  budget:free 100000.00
  budget:committed -100000.00
voucher.cancelled V-2026-00004-6 up to 80000.00
  entitlement:available 80000.00
  entitlement:cancelled -80000.00
  budget:committed 80000.00
  budget:free -80000.00
voucher.issued V-2026-00005-1
  entitlement:issued 80000.00
  entitlement:available -80000.00
  budget:free 80000.00
  budget:committed -80000.00
"""
LETTERS = """\
sme13 (en) voucher.measure_appealed V-2026-00001-4
approver1 (zh) voucher.measure_appealed V-2026-00001-4
approver2 (zh) voucher.measure_appealed V-2026-00001-4
approver3 (zh) voucher.measure_appealed V-2026-00001-4
reviewer2 (zh) voucher.measure_appealed V-2026-00001-4
sme13 (en) voucher.measure_appealed V-2026-00001-4
approver1 (zh) voucher.measure_appealed V-2026-00001-4
approver2 (zh) voucher.measure_appealed V-2026-00001-4
approver3 (zh) voucher.measure_appealed V-2026-00001-4
reviewer2 (zh) voucher.measure_appealed V-2026-00001-4
sme13 (en) voucher.measure_appeal_dismissed V-2026-00001-4
sme13 (en) voucher.measure_appealed V-2026-00002-3
approver1 (zh) voucher.measure_appealed V-2026-00002-3
approver2 (zh) voucher.measure_appealed V-2026-00002-3
approver3 (zh) voucher.measure_appealed V-2026-00002-3
reviewer2 (zh) voucher.measure_appealed V-2026-00002-3
sme13 (en) voucher.measure_appeal_upheld V-2026-00002-3
sme13 (en) voucher.renewed V-2026-00003-8
approver1 (zh) voucher.renewed V-2026-00003-8
approver2 (zh) voucher.renewed V-2026-00003-8
reviewer2 (zh) voucher.renewed V-2026-00003-8
sme13 (en) voucher.measure_appealed V-2026-00004-6
approver1 (zh) voucher.measure_appealed V-2026-00004-6
approver2 (zh) voucher.measure_appealed V-2026-00004-6
approver3 (zh) voucher.measure_appealed V-2026-00004-6
reviewer2 (zh) voucher.measure_appealed V-2026-00004-6
sme13 (en) voucher.measure_appeal_upheld V-2026-00004-6
sme13 (en) voucher.renewed V-2026-00005-1
approver1 (zh) voucher.renewed V-2026-00005-1
approver2 (zh) voucher.renewed V-2026-00005-1
approver3 (zh) voucher.renewed V-2026-00005-1
"""
