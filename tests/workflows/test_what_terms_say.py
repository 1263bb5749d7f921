"""Keys of terms that act when somebody applies, orders or claims: how old a cost may be, how long a step takes, until when one applies."""

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import PROVIDERS, SME, SMES, House, a_house, evidence, who
from tests.workflows.scopes import an_application_for, order, publish, voucher_for, yuan
from voucher.claims import Claim, InvoiceLine, OwnPayment
from voucher.database import Database, fetch
from voucher.deadlines import standing
from voucher.errors import NotNow, NotValid
from voucher.files import FileStore
from voucher.orders import Order
from voucher.programmes.library import example
from workflows.claiming import submit_claim
from workflows.purchase import accept_delivery, accept_order, deliver_order, register_contract

OLD_COST = "  retroactive: 2 months\n  use_within: 12 months\n"
STEPS = "deadlines: {claim_verification: 3 working days, order_answer: 4 working days}\n"
CITED = "clauses: {claim_verification: 第十条, deadlines: 第九条}\n"
ALL_IN_KIND = "own_share:\n  - {at_least: 80 %, kinds: [cash, kind]}\n"


def weihai(old: str = "", new: str = "", more: str = "") -> bytes:
    """The Weihai rules, with something else in one place and more keys at the end."""
    text = example("weihai").decode()
    assert old in text
    return (text.replace(old, new, 1) + more).encode()


def delivered(house: House, programme: str, gross: str = "50000.00", **more: Any) -> str:
    """An order whose delivery was accepted."""
    voucher = voucher_for(house, programme)
    with house.work(SME) as work:
        reference = order(work, house, voucher, gross, **more).reference
    with house.work(who(PROVIDERS[0])) as work:
        accept_order(work, reference)
        register_contract(work, reference, "2026371000000001")
        deliver_order(work, reference, "Report of 12 pages")
    with house.work(SME) as work:
        accept_delivery(work, reference)
    return reference


def claim(house: House, reference: str, *, days_old: int = 0, paid: str = "50000.00", note: str | None = None) -> Claim:
    """A claim on an invoice that is so many days old."""
    day = house.today - timedelta(days=days_old)
    with house.work(SME) as work:
        papers = evidence(work, house, fetch(work.session, Order, reference), house.references[SMES[0].number])
        line = InvoiceLine(f"26380{house.number():015d}", day, "The work", yuan("50000.00"), yuan("0.00"))
        own = OwnPayment(f"BANK-{house.number()}" if note is None else note, day, yuan(paid))
        return submit_claim(work, reference, [line], own, papers)


def test_a_cost_of_before_the_voucher_counts_as_far_back_as_the_terms_say(database: Database, store: FileStore) -> None:
    house = a_house(database, store)
    reference = delivered(house, publish(house, weihai("  use_within: 12 months\n", OLD_COST)))
    with pytest.raises(NotValid, match="first day that counts"):
        claim(house, reference, days_old=70)
    assert claim(house, reference, days_old=50).reference


def test_a_cost_of_before_the_voucher_does_not_count_where_the_terms_say_nothing(database: Database, store: FileStore) -> None:
    house = a_house(database, store)
    reference = delivered(house, publish(house, example("weihai")))
    with pytest.raises(NotValid, match="first day that counts"):
        claim(house, reference, days_old=1)


def test_the_terms_say_how_long_each_step_may_take_and_cite_the_regulation(database: Database, store: FileStore) -> None:
    house = a_house(database, store)
    made = claim(house, delivered(house, publish(house, weihai(more=STEPS + CITED))))
    with house.work() as work:
        [clock] = standing(work.session, made.reference)
    assert (clock.rule, clock.length, clock.clause_zh) == ("claim.verification", "3 working days", "第十条")


def test_nobody_applies_after_the_last_day_of_the_rules(database: Database, store: FileStore) -> None:
    house = a_house(database, store)
    last = house.today + timedelta(days=1)
    programme = publish(house, weihai("  country: CN\n", f"  country: CN\n  in_force_until: {last}\n"))
    house.clock.turn(days=1)
    assert an_application_for(house, programme, "1000.00")
    house.clock.turn(days=1)
    with pytest.raises(NotNow, match=f"in force until {last}"):
        an_application_for(house, programme, "1000.00")


def test_where_nothing_is_due_in_cash_no_bank_reference_is_asked_for(database: Database, store: FileStore) -> None:
    house = a_house(database, store)
    redeemed = weihai("model: reimburse_sme ", "model: provider_redeems ", more=ALL_IN_KIND)
    measures = {"own_cash": yuan("0.00"), "own_kind": yuan("40000.00")}
    reference = delivered(house, publish(house, redeemed), measures=measures)
    with house.work(who(PROVIDERS[0])) as work:
        papers = evidence(work, house, fetch(work.session, Order, reference), house.references[PROVIDERS[0].number])
        line = InvoiceLine(f"26380{house.number():015d}", house.today, "The work", yuan("50000.00"), yuan("0.00"))
        with pytest.raises(NotValid, match="bank's reference"):
            submit_claim(work, reference, [line], OwnPayment("", house.today, yuan("1.00")), papers)
        made = submit_claim(work, reference, [line], OwnPayment("", house.today, yuan("0.00")), papers)
        assert (made.own_payment_reference, made.own_payment_on, str(made.requested)) == ("", house.today, "10000.00")
