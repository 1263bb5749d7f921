"""Which version of the terms judges what: a voucher that of its issue, an order that of its day, and when a later one is kinder."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from tests.builders import PROVIDER, SME, SMES, House, a_house, evidence
from tests.counting import statements
from tests.workflows.scopes import an_application_for, issue, order, part_of, publish, voucher_for, weihai_with, yuan
from voucher.ageing import ahead
from voucher.calendars import Calendar
from voucher.claims import Claim, CutReason, InvoiceLine, LineDecision, OwnPayment
from voucher.database import Database, fetch
from voucher.errors import NotNow
from voucher.files import FileStore
from voucher.orders import Order
from voucher.own_days import keys_of_days
from voucher.programmes.programmes import TermsVersion, terms_version
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.approval import approve_claim
from workflows.claiming import submit_claim
from workflows.publishing import publish_programme
from workflows.purchase import accept_delivery, accept_order, deliver_order, register_contract
from workflows.verification import verify_claim

CAP = "caps:\n  - {name: {zh: 上限, en: the cap}, amount: %s, period: calendar_year}\n"
FIRST = weihai_with(CAP % "100000.00")


def next_version(house: House, source: bytes) -> None:
    """Publish another version."""
    with house.work("approver1") as work:
        publish_programme(work, source)


def better(extra: str = "", rate: str = "30 %") -> bytes:
    """The same rules with another rate."""
    assert b"rate: 20 %" in FIRST
    return FIRST.replace(b"rate: 20 %", f"rate: {rate}".encode(), 2) + f"\n{extra}\n".encode()


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one SME and one provider."""
    return a_house(database, store)


def version_of(house: House, voucher: str) -> int:
    """The number of the version that judges a voucher."""
    with read(house.database) as session:
        return terms_version(session, fetch(session, Voucher, voucher).terms_id).number


def test_a_voucher_is_judged_by_the_version_in_force_at_its_issue(house: House) -> None:
    application = an_application_for(house, publish(house, FIRST), "100000.00")
    next_version(house, FIRST.replace(b"use_within: 12 months", b"use_within: 1 month") + b"\n# second\n")
    issue(house, application)
    assert version_of(house, application) == 2


def test_less_than_was_applied_for_is_not_issued_by_itself(house: House) -> None:
    application = an_application_for(house, publish(house, FIRST), "100000.00")
    next_version(house, weihai_with(CAP % "60000.00"))
    with pytest.raises(NotNow, match=r"at most 60000\.00 CNY now"):
        issue(house, application)


def test_an_order_is_judged_by_the_version_in_force_on_its_day(house: House) -> None:
    voucher = voucher_for(house, publish(house, FIRST))
    assert part_of(house, voucher, "100000.00") == yuan("20000.00")
    next_version(house, better())
    assert part_of(house, voucher, "100000.00") == yuan("30000.00")
    assert version_of(house, voucher) == 1


def test_a_version_judges_nothing_before_its_first_day(house: House) -> None:
    voucher = voucher_for(house, publish(house, FIRST))
    later = better().replace(b"  country: CN\n", b"  country: CN\n  in_force_from: 2026-04-01\n", 1)
    next_version(house, later)
    assert part_of(house, voucher, "100000.00") == yuan("20000.00")
    house.clock.turn(days=30)
    assert part_of(house, voucher, "100000.00") == yuan("30000.00")


@pytest.mark.parametrize(("says", "rate", "approved"), [
    ("", "30 %", "10000.00"), ("kinder_version: orders", "30 %", "15000.00"), ("kinder_version: vouchers", "30 %", "15000.00"),
    ("kinder_version: orders", "10 %", "10000.00"), ("kinder_version: orders", "90 %", "20000.00")])
def test_an_older_order_gets_what_a_later_version_gives_only_where_that_says_so_and_is_kinder(
        house: House, says: str, rate: str, approved: str) -> None:
    """Half of 100,000 is accepted: a fifth of it by the version at order, and never more than the 20,000 that were reserved."""
    with_order = order_placed(house, voucher_for(house, publish(house, FIRST)))
    next_version(house, better(says, rate))
    claim = claimed(house, with_order)
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, yuan("50000.00"), CutReason.NOT_ELIGIBLE)])
    with house.work("approver2") as work:
        approve_claim(work, claim)
    with read(house.database) as session:
        assert fetch(session, Claim, claim).approved == yuan(approved)


def order_placed(house: House, voucher: str) -> str:
    """An order of 100,000.00, its delivery accepted."""
    with house.work(SME) as work:
        placed = order(work, house, voucher, "100000.00").reference
    with house.work(PROVIDER) as work:
        accept_order(work, placed)
        register_contract(work, placed, "2026371000000123")
        deliver_order(work, placed, "Report")
    with house.work(SME) as work:
        accept_delivery(work, placed)
    return placed


def claimed(house: House, placed: str) -> str:
    """A claim of one line over the whole order."""
    with house.work(SME) as work:
        bought = fetch(work.session, Order, placed)
        line = InvoiceLine("26371000000000000001", house.today, "Report", bought.net, bought.vat)
        return submit_claim(work, placed, [line], OwnPayment(f"BANK-{house.number()}", house.today, bought.gross),
                            evidence(work, house, bought, house.references[SMES[0].number])).reference


@pytest.mark.parametrize("says", ["", "kinder_version: vouchers"])
def test_a_kinder_version_lets_older_vouchers_live_longer(house: House, says: str) -> None:
    voucher = voucher_for(house, publish(house, FIRST))
    next_version(house, FIRST.replace(b"use_within: 12 months", b"use_within: 24 months") + f"\n{says}\n# second\n".encode())
    house.clock.turn(days=500)
    with read(house.database) as session:
        last_day = fetch(session, Voucher, voucher).claim_by
        stands = [(rule, day) for over in (False, True) for rule, _id, day in session.execute(
            keys_of_days(session, house.clock(), house.today, over=over)) if not over and rule == "claim"]
        late = {each.rule: (each.late, each.total) for each in ahead(session, Calendar("CN"), house.clock(), house.today)}
    assert stands == ([("claim", last_day)] if says else [])
    assert late == ({"use": (0, 1), "claim": (0, 1)} if says else {"use": (1, 1)}), "what later terms give is not late"
    if says:
        assert part_of(house, voucher, "100000.00") == yuan("20000.00")
    else:
        with pytest.raises(NotNow, match="was to be used by 2027-03-0"):
            part_of(house, voucher, "100000.00")


@pytest.mark.parametrize("statement", ["update terms_versions set source = 'other'", "delete from terms_versions"])
def test_a_published_version_never_changes(house: House, statement: str) -> None:
    publish(house, FIRST)
    with pytest.raises(DBAPIError, match="only ever added"), house.database.session() as session:
        session.connection().execute(text(statement))


def test_a_session_asks_for_a_version_of_the_terms_once(house: House) -> None:
    publish(house, FIRST)
    with read(house.database) as session, statements(house.database) as sent:
        key = session.exec(select(TermsVersion.id)).one()
        assert [terms_version(session, key).number for _turn in range(3)] == [1, 1, 1]
    assert len(sent) == 2 + house.database.is_sqlite, sent  # SQLite is told of the beginning
