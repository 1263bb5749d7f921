"""Orders that do not go straight, each told as it happens."""

from datetime import date, timedelta

import pytest

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SME,
    SMES,
    House,
    a_house,
    a_placed_order,
    a_submitted_claim,
    an_approved_claim,
    an_issued_voucher,
    evidence,
    full_decisions,
    who,
)
from tests.stories.retold import assert_everything_agrees, letters, posted, reads_english
from tests.workflows.purchases import (
    a_registered_order,
    an_accepted_order,
    order_of,
    pass_until,
    provider_of,
    standing,
    yuan,
)
from tests.workflows.test_application import clocks
from voucher.claims import InvoiceLine, OwnPayment
from voucher.database import Database, fetch
from voucher.errors import NotNow, NotValid
from voucher.files import FileStore
from voucher.orders import Order
from workflows.amendment import agree_amendment, decline_amendment, propose_change, propose_termination, value_part_done
from workflows.approval import approve_claim
from workflows.claiming import submit_claim
from workflows.delivery import deliver_again, dispute_delivery
from workflows.price_list import publish_price
from workflows.purchase import (
    accept_delivery,
    accept_order,
    cancel_order,
    decline_order,
    deliver_order,
    place_order,
    register_contract,
    start_service,
)
from workflows.verification import verify_claim


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one SME and two providers."""
    return a_house(database, store, providers=2)


def test_a_price_rises_then_work_stops_half_way_and_another_provider_finishes(house: House) -> None:
    reads_english(house, SME)
    voucher = an_issued_voucher(house)
    order = a_registered_order(house, voucher)  # 100,000 and 6,000 of tax: the voucher pays 21,200

    # The provider needs more, and the SME agrees: the part rises to 31,800.
    with house.work(PROVIDER) as work:
        propose_change(work, order, "More samples than thought", net=yuan("150000.00"), vat=yuan("9000.00"))
    with house.work(SME) as work:
        agree_amendment(work, order)
    assert standing(house, order).reserved == yuan("31800.00")

    # Work begins and stops. The SME would pay a third; the provider says that more is done; a verifier says half.
    with house.work(PROVIDER) as work:
        start_service(work, order)
    with house.work(SME) as work:
        propose_termination(work, order, "The laboratory closes", net=yuan("50000.00"), vat=yuan("3000.00"))
    with house.work(PROVIDER) as work:
        decline_amendment(work, order, "Half of the samples are done")
    with house.work("verifier1") as work:
        value_part_done(work, order, "37 of 74 samples are there", net=yuan("75000.00"), vat=yuan("4500.00"))
    assert (order_of(house, order).state, standing(house, order).reserved) == ("terminated", yuan("15900.00"))

    # Another provider does the rest, with what is left of the voucher. The one that was asked first never answered.
    other = PROVIDERS[1]
    silent = a_placed_order(house, voucher, provider=other, net="10000.00", vat="600.00")
    pass_until(house, clocks(house, silent)["order_answer"][1] + timedelta(days=1))
    assert order_of(house, silent).state == "lapsed"
    with house.work(SME) as work:
        rest = place_order(work, voucher, provider_of(house, 1), "development", "The other samples", yuan("75000.00"), yuan("4500.00"),
                           replaces=order).reference
    with house.work(who(other)) as work:
        accept_order(work, rest)
        register_contract(work, rest, "2026371000009999")
        deliver_order(work, rest, "The other 37 samples")
    with house.work(SME) as work:
        accept_delivery(work, rest)

    # Both parts are claimed and owed, each for itself, and nothing stays reserved.
    an_approved_claim(house, order)
    an_approved_claim(house, rest, provider=other)
    after = standing(house, order)
    assert (after.approved, after.reserved, after.available) == (yuan("31800.00"), yuan("0.00"), yuan("68200.00"))
    assert posted(house, "order.amended") == TERMINATED
    assert letters(house, "order.amended", "amendment.termination_proposed", "amendment.disputed", "order.terminated",
                   "order.lapsed") == TOLD
    assert_everything_agrees(house)


TERMINATED = """\
order.amended O-2026-00001-1 v2
  entitlement:available 10600.00
  entitlement:reserved -10600.00
  budget:committed 10600.00
  budget:obligated -10600.00
order.amended O-2026-00001-1 v3
  entitlement:reserved 15900.00
  entitlement:available -15900.00
  budget:obligated 15900.00
  budget:committed -15900.00
"""
TOLD = """\
sme13 (en) order.amended O-2026-00001-1
provider01 (zh) order.amended O-2026-00001-1
sme13 (en) amendment.termination_proposed A-2026-00002-3
provider01 (zh) amendment.termination_proposed A-2026-00002-3
sme13 (en) amendment.disputed A-2026-00002-3
provider01 (zh) amendment.disputed A-2026-00002-3
verifier1 (zh) amendment.disputed A-2026-00002-3
verifier2 (zh) amendment.disputed A-2026-00002-3
sme13 (en) order.terminated O-2026-00001-1
provider01 (zh) order.terminated O-2026-00001-1
sme13 (en) order.lapsed O-2026-00002-2
provider02 (zh) order.lapsed O-2026-00002-2
"""


def test_one_provider_declines_another_is_too_dear_and_the_last_one_delivers_twice_before_it_is_deemed_accepted(house: House) -> None:
    reads_english(house, PROVIDER)
    voucher = an_issued_voucher(house)

    # The second provider has no time: what was reserved is free again. An order that is not begun the SME takes back itself.
    declined = a_placed_order(house, voucher, provider=PROVIDERS[1], net="50000.00", vat="3000.00")
    with house.work(who(PROVIDERS[1])) as work:
        decline_order(work, declined, "No free laboratory")
    cancelled = a_placed_order(house, voucher, provider=PROVIDERS[1], net="50000.00", vat="3000.00")
    with house.work(SME) as work:
        cancel_order(work, cancelled, "Somebody else is quicker")
    assert (order_of(house, declined).state, order_of(house, cancelled).state) == ("declined", "cancelled")

    # The first provider publishes what it charges at most; it takes no order that is dearer than its list.
    with house.work(PROVIDER) as work:
        publish_price(work, provider_of(house), "weihai", "development", "100000.00")
    with pytest.raises(NotValid, match="not dearer"):
        a_placed_order(house, voucher, net="100000.01")
    order = an_accepted_order(house, voucher)
    with house.work(SME) as work:
        propose_change(work, order, "The ship sails later", title="Buoy with a lamp", deliver_by=date(2026, 9, 1))
    with house.work(PROVIDER) as work:
        agree_amendment(work, order)
    assert (order_of(house, order).title, order_of(house, order).deliver_by, order_of(house, order).version) == (
        "Buoy with a lamp", date(2026, 9, 1), 2)

    # Work may begin once the technology contract is registered, with its number of sixteen digits.
    with pytest.raises(NotNow, match="Register the technology contract"), house.work(PROVIDER) as work:
        start_service(work, order)
    with house.work(PROVIDER) as work:
        register_contract(work, order, "2026371000000123")
        start_service(work, order)
        deliver_order(work, order, "37 samples")

    # The SME disputes the delivery, the provider delivers again, and the SME says nothing: it is reminded, then its consent is taken.
    with house.work(SME) as work:
        dispute_delivery(work, order, "Half of the samples are missing")
    with pytest.raises(NotNow, match="disputed"):
        a_submitted_claim(house, order)
    with house.work(PROVIDER) as work:
        deliver_again(work, order, "74 samples")
    for rule in ("acceptance_reminder", "acceptance"):
        pass_until(house, clocks(house, order)[rule][1] + timedelta(days=1))
    assert order_of(house, order).state == "completed"

    # The provider sends two invoices with different tax; the SME claims both, and the voucher pays its part of each with the tax.
    with house.work(SME) as work:
        lines = [InvoiceLine("26371000000000004711", house.today, "Buoy", yuan("60000.00"), yuan("5400.00")),
                 InvoiceLine("26371000000000004712", house.today, "Lamp", yuan("40000.00"), yuan("600.00"))]
        papers = evidence(work, house, fetch(work.session, Order, order), house.references[SMES[0].number])
        claim = submit_claim(work, order, lines, OwnPayment(f"BANK-{house.number()}", house.today, yuan("106000.00")), papers).reference
    with house.work("verifier1") as work:
        verify_claim(work, claim, full_decisions(work, claim))
    with house.work("approver2") as work:
        assert approve_claim(work, claim).approved == yuan("21200.00")
    after = standing(house, order)
    assert (after.approved, after.reserved, after.available) == (yuan("21200.00"), yuan("0.00"), yuan("78800.00"))
    assert posted(house, "order.declined", "order.cancelled", "claim.approved") == BOOKS
    assert letters(house, "order.declined", "order.cancelled", "amendment.proposed", "order.amended", "order.disputed",
                   "order.delivered_again", "order.acceptance_reminded", "order.deemed_accepted") == LETTERS
    assert_everything_agrees(house)


BOOKS = """\
order.declined O-2026-00001-1
  entitlement:reserved 10600.00
  entitlement:available -10600.00
  budget:reserved 10600.00
  budget:committed -10600.00
order.cancelled O-2026-00002-2
  entitlement:reserved 10600.00
  entitlement:available -10600.00
  budget:reserved 10600.00
  budget:committed -10600.00
claim.approved C-2026-00001-8
  entitlement:claimed 21200.00
  entitlement:approved -21200.00
  budget:obligated 21200.00
  budget:delivered-unpaid -21200.00
  financial:expense:subsidy 21200.00
  financial:payable:claims -21200.00
  financial:equity:unexpended 21200.00
  financial:revenue:appropriation-used -21200.00
  cn-financial:5001 21200.00
  cn-financial:2303 -21200.00
"""
LETTERS = """\
sme13 (zh) order.declined O-2026-00001-1
provider02 (zh) order.cancelled O-2026-00002-2
sme13 (zh) order.cancelled O-2026-00002-2
sme13 (zh) amendment.proposed A-2026-00001-4
provider01 (en) amendment.proposed A-2026-00001-4
sme13 (zh) order.amended O-2026-00003-3
provider01 (en) order.amended O-2026-00003-3
provider01 (en) order.disputed O-2026-00003-3
verifier1 (zh) order.disputed O-2026-00003-3
verifier2 (zh) order.disputed O-2026-00003-3
sme13 (zh) order.delivered_again O-2026-00003-3
sme13 (zh) order.acceptance_reminded O-2026-00003-3
sme13 (zh) order.deemed_accepted O-2026-00003-3
provider01 (en) order.deemed_accepted O-2026-00003-3
"""
