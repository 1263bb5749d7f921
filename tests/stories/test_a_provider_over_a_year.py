"""A provider's year, told as it happens: rated, suspended and taken back, awarded for what it did, and in the end off the list."""

import pytest
from sqlmodel import select

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SME,
    House,
    a_completed_order,
    a_house,
    a_placed_order,
    a_submitted_claim,
)
from tests.stories.retold import assert_everything_agrees, letters, posted, reads_english
from tests.workflows.mailing import tell
from tests.workflows.portal.test_decisions import paper_on, words_of
from tests.workflows.recovering import a_settled_payout
from tests.workflows.scopes import publish, voucher_for
from tests.workflows.test_awards import an_asked_award, award_of, payout_of_award, performance, to_the_bank
from voucher.database import Database
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.files import FileKind, FileStore, document_of
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.work import read
from workflows.awards import decide_award, propose_award, work_out
from workflows.providers import delist_provider, reinstate_provider, suspend_provider
from workflows.purchase import accept_delivery, accept_order, deliver_order, rate_order, register_contract


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one SME and one provider."""
    house = a_house(database, store)
    reads_english(house, PROVIDER)
    return house


def would_get(house: House) -> str:
    """What the award would come to if the year ended now, as the provider sees it."""
    with read(house.database) as session:
        held = session.exec(select(Programme)).one()
        return str(work_out(terms_in_force(session, held, house.today).terms, "services", performance(house), {}).result)


def test_a_provider_is_rated_suspended_taken_back_awarded_and_in_the_end_delisted(house: House) -> None:
    provider = house.references[PROVIDERS[0].number]
    voucher = voucher_for(house, publish(house, example("weihai")))

    # It serves well: an order is delivered, rated with five stars and paid. It reads its score and what the award would be by now.
    assert would_get(house) == "0.00"
    order = a_completed_order(house, voucher, net="94339.62", vat="5660.38")
    with house.work(SME) as work:
        rate_order(work, order, 5, "Quick")
    a_settled_payout(house, order=order)
    assert (performance(house).score, would_get(house)) == (100, "2000.00")

    # Its certificate runs out: suspended, it takes no order, until it is taken back.
    waiting = a_placed_order(house, voucher)
    house.clock.turn(days=1)
    with house.work("approver1") as work:
        suspend_provider(work, provider, "Its certificate ran out")
    with pytest.raises(NotValid, match="not a listed provider"):
        a_placed_order(house, voucher)
    with pytest.raises(NotNow, match="not on the list"), house.work(PROVIDER) as work:
        accept_order(work, waiting)
    house.clock.turn(days=3)
    with house.work("approver2") as work:
        reinstate_provider(work, provider, "The new one is here")
    with house.work(PROVIDER) as work:
        accept_order(work, waiting)
        register_contract(work, waiting, "2026371099999999")

    # It asks for its award of the year. One officer checks the figures, another decides, two of treasury release it, and a statement
    # shows how it was worked out.
    award = an_asked_award(house)
    with house.work("reviewer1") as work:
        propose_award(work, award)
    with pytest.raises(NotAllowed), house.work("reviewer1") as work:
        decide_award(work, award)
    with house.work("approver3") as work:
        decide_award(work, award)
    payout = payout_of_award(house, award)
    to_the_bank(house, payout.reference)
    with read(house.database) as session:
        statement = document_of(session, FileKind.SETTLEMENT_STATEMENT, payout.reference)
    assert (award_of(house, award).state, statement is not None and statement.owner_id == payout.payee_id) == ("decided", True)

    tell(house)
    _file, pdf = paper_on(house, award)
    assert all(text in words_of(pdf) for text in ("奖补予以核定", "2,000.00", award, "2026"))

    # What it delivers before it leaves the list is claimed; what it delivers afterwards is not, whenever it was ordered.
    before = a_completed_order(house, voucher)
    house.clock.turn(days=1)
    with house.work("approver1") as work:
        delist_provider(work, provider, "It is dissolved")
    with house.work(PROVIDER) as work:
        deliver_order(work, waiting, "Report")
    with house.work(SME) as work:
        accept_delivery(work, waiting)
    assert a_submitted_claim(house, before)
    with pytest.raises(NotNow, match="was not listed on"):
        a_submitted_claim(house, waiting)
    assert posted(house, "award.decided", "award.released", "award.settled") == BOOKS
    assert letters(house, "listing.suspended", "listing.reinstated", "listing.delisted", "award.asked", "award.proposed",
                   "award.decided", "payout.settled") == LETTERS
    assert_everything_agrees(house)


BOOKS = """\
award.decided W-2026-00001-1
  budget:free 2000.00
  budget:delivered-unpaid -2000.00
  financial:expense:awards 2000.00
  financial:payable:awards -2000.00
  financial:equity:unexpended 2000.00
  financial:revenue:appropriation-used -2000.00
  cn-financial:5001 2000.00
  cn-financial:2303 -2000.00
award.released Y-2026-00002-6
  financial:payable:awards 2000.00
  financial:asset:payments-in-transit -2000.00
award.settled Y-2026-00002-6
  budget:delivered-unpaid 2000.00
  budget:paid -2000.00
  financial:asset:payments-in-transit 2000.00
  financial:asset:treasury -2000.00
  cn-financial:2303 2000.00
  cn-financial:4001 -2000.00
  cn-budget:7101 2000.00
  cn-budget:6001 -2000.00
"""
LETTERS = """\
sme13 (zh) payout.settled Y-2026-00001-8
provider01 (en) listing.suspended N-2026-00003-8
sme13 (zh) listing.suspended N-2026-00003-8
provider01 (en) listing.reinstated N-2026-00003-8
sme13 (zh) listing.reinstated N-2026-00003-8
reviewer1 (zh) award.asked W-2026-00001-1
reviewer2 (zh) award.asked W-2026-00001-1
approver1 (zh) award.proposed W-2026-00001-1
approver2 (zh) award.proposed W-2026-00001-1
approver3 (zh) award.proposed W-2026-00001-1
provider01 (en) award.decided W-2026-00001-1
provider01 (en) payout.settled Y-2026-00002-6
provider01 (en) listing.delisted N-2026-00003-8
"""
