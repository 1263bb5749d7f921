"""What terms want before work begins and beside the files of a claim: the tax paid first, and originals that somebody saw."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from tests.builders import (
    IRISH_PROVIDERS,
    IRISH_SMES,
    House,
    a_house,
    a_placed_order,
    a_submitted_claim,
    an_issued_voucher,
    full_decisions,
    who,
)
from tests.workflows.scopes import publish
from voucher.claims import Claim, CutReason, LineDecision, evidence_of, lines_of
from voucher.database import Database, fetch
from voucher.errors import NotNow, NotValid
from voucher.files import FileStore
from voucher.money import Money
from voucher.orders import Order
from voucher.programmes.library import example
from workflows.approval import approve_claim
from workflows.purchase import accept_order, confirm_tax, deliver_order, start_service
from workflows.verification import see_originals, verify_claim


def with_originals(house: House) -> None:
    """The Weihai rules that want to see the invoice itself."""
    text = example("weihai").decode()
    paper = "- {kind: invoice,"
    assert text.count(paper) == 1
    publish(house, text.replace(paper, f"{paper} original: yes,").encode())


def test_the_tax_is_paid_before_work_begins_where_the_terms_want_it(database: Database, store: FileStore) -> None:
    house = a_house(database, store, irish=True)
    voucher = an_issued_voucher(house, sme=IRISH_SMES[0], amount="5000.00")
    order = a_placed_order(house, voucher, sme=IRISH_SMES[0], provider=IRISH_PROVIDERS[0], net="5000.00", vat="1150.00")
    college = who(IRISH_PROVIDERS[0])
    with house.work(college) as work:
        accept_order(work, order)
    with pytest.raises(NotNow, match=r"pays its tax of 1150\.00 EUR first"), house.work(college) as work:
        start_service(work, order)
    with pytest.raises(NotNow, match=r"pays its tax of 1150\.00 EUR first"), house.work(college) as work:
        deliver_order(work, order, "Report")
    with pytest.raises(DBAPIError, match="want the tax paid before work begins"), house.work() as work:
        work.session.connection().execute(update(Order).where(col(Order.reference) == order).values(state="started"))
    with pytest.raises(NotValid) as refused, house.work(college) as work:
        confirm_tax(work, order, house.today + timedelta(days=1), "")
    assert [each.where for each in refused.value.problems] == ["paid_on", "document"]
    with house.work(college) as work:
        confirm_tax(work, order, house.today, "INV-41")
    with pytest.raises(NotNow, match="noted already"), house.work(college) as work:
        confirm_tax(work, order, house.today, "INV-41")
    with house.work(college) as work:
        assert start_service(work, order).started_on == house.today


def test_no_tax_is_awaited_where_the_price_has_none_or_the_terms_do_not_care(database: Database, store: FileStore) -> None:
    house = a_house(database, store, irish=True)
    voucher = an_issued_voucher(house, sme=IRISH_SMES[0], amount="5000.00")
    free = a_placed_order(house, voucher, sme=IRISH_SMES[0], provider=IRISH_PROVIDERS[0], net="5000.00", vat="0.00")
    plain = a_placed_order(house)
    with house.work() as work:
        assert [fetch(work.session, Order, each).tax_first for each in (free, plain)] == [False, False]


def test_nothing_is_accepted_before_the_originals_were_seen(house: House) -> None:
    with_originals(house)
    claim = a_submitted_claim(house)
    with pytest.raises(NotNow, match="originals of: invoice"), house.work("verifier1") as work:
        verify_claim(work, claim, full_decisions(work, claim))
    with house.work("verifier1") as work:
        see_originals(work, claim, "At the counter, page by page")
    with pytest.raises(NotNow, match="or all were seen"), house.work("verifier1") as work:
        see_originals(work, claim, "Once more")
    with house.work("verifier1") as work:
        verify_claim(work, claim, full_decisions(work, claim))
        seen = {each.kind: each.original_seen_at is not None for each in evidence_of(work.session, fetch(work.session, Claim, claim).id)}
    assert [kind for kind, was in seen.items() if was] == ["invoice"]
    with house.work("approver2") as work:
        assert approve_claim(work, claim).approved == Money(2_120_000, "CNY")


def test_the_database_approves_nothing_on_originals_that_nobody_saw(house: House) -> None:
    with_originals(house)
    claim = a_submitted_claim(house)
    with pytest.raises(DBAPIError, match="originals of some papers were not seen"), house.work() as work:
        work.session.connection().execute(
            update(Claim).where(col(Claim.reference) == claim).values(state="approved", approved_minor=1, approved_on=house.today))


def test_a_claim_whose_originals_nobody_shows_can_be_refused(house: House) -> None:
    with_originals(house)
    claim = a_submitted_claim(house)
    with house.work("verifier1") as work:
        lines = lines_of(work.session, fetch(work.session, Claim, claim).id)
        verify_claim(work, claim, [LineDecision(line.number, Money(0, "CNY"), CutReason.NOT_ELIGIBLE) for line in lines])
    with house.work("approver2") as work:
        assert approve_claim(work, claim).state == "refused"
