"""An application on all its detours: asked, rejected, appealed, on the list, offered; then more time, and the end of what is free."""

from datetime import timedelta

import pytest

from tests.builders import SME, SMES, House, a_house, a_placed_order, who
from tests.stories.retold import assert_everything_agrees, letters, posted, reads_english
from tests.workflows.scopes import publish, yuan
from tests.workflows.test_application import a_paper, answer, ask, clocks, state
from tests.workflows.test_expiry import last_day, told
from tests.workflows.test_expiry import look as look_at_last_days
from tests.workflows.test_overdue import look
from tests.workflows.test_waiting import more_money, states, wait
from voucher.database import Database, fetch
from voucher.files import FileStore
from voucher.history import events_of
from voucher.programmes.library import example
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.application import appeal_rejection, uphold_appeal
from workflows.demo.data import OrganisationData
from workflows.holding import ask_extension, grant_extension
from workflows.issue import apply_for_voucher, reject_voucher, review_voucher
from workflows.waiting import accept_offer

TERMS = (example("weihai").decode().replace(
    "  use_within: 12 months", "  use_within: 12 months\n  extension: {times: 1, length: 2 months}")
    + "\nwaiting_list: {order: arrival, offer_open: 10 days}\n").encode()


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with two SMEs, and a programme with a waiting list and no money yet."""
    return a_house(database, store, smes=2)


def apply(house: House, programme: str, sme: OrganisationData) -> str:
    """An SME applies for 50,000."""
    with house.work(who(sme)) as work:
        return apply_for_voucher(work, programme, house.references[sme.number], yuan("50000.00"), "Research").reference


def test_an_application_is_asked_rejected_upheld_offered_extended_and_what_is_free_of_it_expires(house: House) -> None:
    reads_english(house, SME)
    programme = publish(house, TERMS, allotted="10000.00")
    first, mine = apply(house, programme, SMES[1]), apply(house, programme, SMES[0])

    # The reviewer asks for all that is wanting at once, and his own time stands still until the SME has answered.
    ask(house, mine)
    assert clocks(house, mine)["review"][0] == "paused"
    house.clock.turn(days=3)
    answer(house, mine, purpose="A buoy that measures waves", files=[a_paper(house)])
    assert clocks(house, mine)["review"][0] == "running"

    # It is rejected all the same; the appeal is upheld by somebody who had no part in it, and the review begins anew.
    with house.work("reviewer1") as work:
        reject_voucher(work, mine, "Not a firm of this city", "Measures, article 5")
    with house.work(SME) as work:
        appeal_rejection(work, mine, "We moved here last year")
    with house.work("approver3") as work:
        uphold_appeal(work, mine, "The register was read wrongly")

    # There is no money, so both wait in the order of their arrival. When it comes, the first one is offered it and lets that lapse.
    for voucher in (first, mine):
        with house.work("reviewer1") as work:
            review_voucher(work, voucher)
        wait(house, voucher)
    more_money(house, programme, "50000.00")
    assert states(house, first, mine) == ["offered", "waitlisted"]
    house.clock.turn(days=13)
    look(house)
    assert states(house, first, mine) == ["offer_lapsed", "offered"]
    with house.work(SME) as work:
        accept_offer(work, mine)
    assert state(house, mine) == "issued"

    # A part is ordered. The holder is warned 60, 30 and 7 days before the last day, and gets two months more.
    a_placed_order(house, mine)
    for left in (60, 30, 7):
        last_day(house, mine, left)
        look_at_last_days(house)
    assert [event.data["days"] for event in told(house, mine, "voucher.expiry_warned")] == [60, 30, 7]
    with house.work(SME) as work:
        ask_extension(work, mine, "The laboratory is closed")
    with house.work("approver1") as work:
        before = fetch(work.session, Voucher, mine).use_by
        after = grant_extension(work, mine).use_by
    assert before and after and after - before >= timedelta(days=59)

    # The last day is over: what is free expires, and what is ordered lives on.
    last_day(house, mine, 0)
    house.clock.turn(days=1)
    look_at_last_days(house)
    with read(house.database) as session:
        held = fetch(session, Voucher, mine)
        assert (held.state, held.expired_on) == ("issued", house.today)
        events = [event.name for event in events_of(session, mine)]
    assert events == EVENTS
    assert posted(house, "voucher.issued", "order.placed", "voucher.expired") == BOOKS
    assert letters(house, *events, "voucher.offer_lapsed") == LETTERS
    assert_everything_agrees(house)


EVENTS = [
    "voucher.applied", "voucher.questioned", "voucher.answered", "voucher.rejected", "voucher.appealed", "voucher.appeal_upheld",
    "voucher.reviewed", "voucher.waitlisted", "voucher.offered", "voucher.offer_accepted", "voucher.expiry_warned", "voucher.expiry_warned",
    "voucher.expiry_warned", "voucher.extension_asked", "voucher.extended", "voucher.expired"]
BOOKS = """\
voucher.issued V-2026-00002-3
  entitlement:issued 50000.00
  entitlement:available -50000.00
  budget:free 50000.00
  budget:committed -50000.00
order.placed O-2026-00001-1
  entitlement:available 21200.00
  entitlement:reserved -21200.00
  budget:committed 21200.00
  budget:reserved -21200.00
voucher.expired V-2026-00002-3 up to 28800.00
  entitlement:available 28800.00
  entitlement:expired -28800.00
  budget:committed 28800.00
  budget:free -28800.00
"""
LETTERS = """\
sme14 (zh) voucher.applied V-2026-00001-4
reviewer1 (zh) voucher.applied V-2026-00001-4
reviewer2 (zh) voucher.applied V-2026-00001-4
sme13 (en) voucher.applied V-2026-00002-3
reviewer1 (zh) voucher.applied V-2026-00002-3
reviewer2 (zh) voucher.applied V-2026-00002-3
sme13 (en) voucher.questioned V-2026-00002-3
reviewer1 (zh) voucher.answered V-2026-00002-3
reviewer2 (zh) voucher.answered V-2026-00002-3
sme13 (en) voucher.rejected V-2026-00002-3
sme13 (en) voucher.appealed V-2026-00002-3
approver1 (zh) voucher.appealed V-2026-00002-3
approver2 (zh) voucher.appealed V-2026-00002-3
approver3 (zh) voucher.appealed V-2026-00002-3
sme13 (en) voucher.appeal_upheld V-2026-00002-3
reviewer1 (zh) voucher.appeal_upheld V-2026-00002-3
reviewer2 (zh) voucher.appeal_upheld V-2026-00002-3
sme14 (zh) voucher.reviewed V-2026-00001-4
approver1 (zh) voucher.reviewed V-2026-00001-4
approver2 (zh) voucher.reviewed V-2026-00001-4
approver3 (zh) voucher.reviewed V-2026-00001-4
sme14 (zh) voucher.waitlisted V-2026-00001-4
sme13 (en) voucher.reviewed V-2026-00002-3
approver1 (zh) voucher.reviewed V-2026-00002-3
approver2 (zh) voucher.reviewed V-2026-00002-3
approver3 (zh) voucher.reviewed V-2026-00002-3
sme13 (en) voucher.waitlisted V-2026-00002-3
sme14 (zh) voucher.offered V-2026-00001-4
sme14 (zh) voucher.offer_lapsed V-2026-00001-4
sme13 (en) voucher.offered V-2026-00002-3
sme13 (en) voucher.offer_accepted V-2026-00002-3
sme13 (en) voucher.expiry_warned V-2026-00002-3
sme13 (en) voucher.expiry_warned V-2026-00002-3
sme13 (en) voucher.expiry_warned V-2026-00002-3
approver1 (zh) voucher.extension_asked V-2026-00002-3
approver2 (zh) voucher.extension_asked V-2026-00002-3
approver3 (zh) voucher.extension_asked V-2026-00002-3
sme13 (en) voucher.extension_asked V-2026-00002-3
sme13 (en) voucher.extended V-2026-00002-3
sme13 (en) voucher.expired V-2026-00002-3
"""
