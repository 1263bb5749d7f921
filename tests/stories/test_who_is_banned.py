"""A firm and a provider are banned until a day, told as it happens: nobody orders, is paid or waits in their place meanwhile."""

from datetime import timedelta

import pytest

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SMES,
    House,
    a_completed_order,
    a_house,
    a_placed_order,
    an_approved_claim,
)
from tests.stories.retold import assert_everything_agrees, letters, posted, reads_english
from tests.workflows.purchases import order_of, pass_until
from tests.workflows.recovering import payout_of, take_to_the_bank
from tests.workflows.scopes import an_application_for, issue
from tests.workflows.test_waiting import a_programme_with_list, more_money, states, wait
from voucher.bans import Banned
from voucher.database import Database
from voucher.errors import NotAllowed, NotNow
from voucher.files import FileStore
from workflows.banning import ban_organisation, lift_ban
from workflows.purchase import accept_order
from workflows.reimbursement import gather_batch


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with two SMEs and one provider."""
    house = a_house(database, store, smes=2)
    reads_english(house, PROVIDER)
    return house


def ban(house: House, number: str, days: int, reason: str) -> str:
    """An approver bans an organisation for so many days."""
    with house.work("approver1") as work:
        ban_organisation(work, house.references[number], house.today + timedelta(days=days), reason, "Article 21")
    return house.references[number]


def test_a_firm_is_banned_by_mistake_and_a_provider_for_a_week_and_all_goes_on_afterwards(house: House) -> None:
    programme = a_programme_with_list(house, allotted="110000.00")
    voucher = an_application_for(house, programme, "100000.00")
    issue(house, voucher)
    paid = payout_of(house, an_approved_claim(house, a_completed_order(house, voucher))).reference
    placed = a_placed_order(house, voucher)
    waiting = [an_application_for(house, programme, "60000.00", sme) for sme in SMES[:2]]
    for each in waiting:
        wait(house, each)

    # It is said that the firm sold its voucher. While it is banned it applies for nothing, orders nothing and is not paid; money that
    # comes in passes it by, but its place on the waiting list it keeps.
    firm = ban(house, SMES[0].number, 30, "It sold its voucher.")
    with pytest.raises(Banned, match="banned until 2026-04-01"):
        an_application_for(house, programme, "1.00")
    with pytest.raises(Banned, match="banned until 2026-04-01"):
        a_placed_order(house, voucher)
    with pytest.raises(NotNow, match="No payout is payable"), house.work("finance1") as work:
        gather_batch(work, None, house.today)
    more_money(house, programme, "55000.00")
    assert states(house, *waiting) == ["waitlisted", "issued"]

    # It was another firm of the same name. Not who banned it lifts the ban; then it is paid, and served next.
    house.clock.turn(days=2)
    with pytest.raises(NotAllowed, match="banned it yourself"), house.work("approver1") as work:
        lift_ban(work, firm, "It was another firm of the same name.")
    with house.work("approver2") as work:
        lift_ban(work, firm, "It was another firm of the same name.")
    take_to_the_bank(house, [paid])
    more_money(house, programme, "55000.00")
    assert states(house, *waiting) == ["issued", "issued"]

    # The provider is banned for a week: it takes no order meanwhile, and who ordered from it is told. The week is over by itself.
    ban(house, PROVIDERS[0].number, 5, "It paid for orders.")
    with pytest.raises(Banned), house.work(PROVIDER) as work:
        accept_order(work, placed)
    with pytest.raises(Banned):
        a_placed_order(house, waiting[1], sme=SMES[1])
    pass_until(house, house.today + timedelta(days=6))
    with house.work(PROVIDER) as work:
        accept_order(work, placed)
    assert order_of(house, placed).state == "accepted"
    assert posted(house, "voucher.issued", "payout.settled") == BOOKS
    assert letters(house, "organisation.banned", "organisation.ban_lifted", "voucher.served", "payout.settled", "order.accepted") == LETTERS
    assert_everything_agrees(house)


BOOKS = """\
voucher.issued V-2026-00001-4
  entitlement:issued 100000.00
  entitlement:available -100000.00
  budget:free 100000.00
  budget:committed -100000.00
voucher.issued V-2026-00003-8
  entitlement:issued 60000.00
  entitlement:available -60000.00
  budget:free 60000.00
  budget:committed -60000.00
payout.settled Y-2026-00001-8
  entitlement:approved 21200.00
  entitlement:paid -21200.00
  budget:delivered-unpaid 21200.00
  budget:paid -21200.00
  financial:asset:payments-in-transit 21200.00
  financial:asset:treasury -21200.00
  cn-financial:2303 21200.00
  cn-financial:4001 -21200.00
  cn-budget:7101 21200.00
  cn-budget:6001 -21200.00
voucher.issued V-2026-00002-3
  entitlement:issued 60000.00
  entitlement:available -60000.00
  budget:free 60000.00
  budget:committed -60000.00
"""
LETTERS = """\
sme13 (zh) order.accepted O-2026-00001-1
sme13 (zh) organisation.banned N-2026-00002-3
sme14 (zh) voucher.served V-2026-00003-8
sme13 (zh) organisation.ban_lifted N-2026-00002-3
sme13 (zh) payout.settled Y-2026-00001-8
sme13 (zh) voucher.served V-2026-00002-3
provider01 (en) organisation.banned N-2026-00004-6
sme13 (zh) organisation.banned N-2026-00004-6
sme13 (zh) order.accepted O-2026-00002-2
"""
