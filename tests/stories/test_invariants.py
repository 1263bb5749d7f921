"""Each invariant can fail: once one fact is not as it should be, it says no."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlmodel import Session, select

from tests.builders import SMES, House, a_completed_order, a_house, an_approved_claim, an_exported_batch, bank_answer
from tests.stories.facts import Facts, Posted
from tests.stories.invariants import INVARIANTS
from voucher.claims import Claim, ClaimLine
from voucher.database import Database
from voucher.files import FileStore
from voucher.money import Money
from voucher.notices import Notice
from voucher.orders import Order
from voucher.payouts import Payout, PayoutState
from voucher.programmes.funding import FundLine, FundShare
from voucher.programmes.programmes import Programme
from voucher.programmes.terms import Cap, Names, Period
from voucher.statements import BankLine
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.publication import publish_notice
from workflows.reconciliation import import_statement


def a_busy_house(database: Database, store: FileStore) -> House:
    """One claim is paid, one stands on a list, one order waits for its claim."""
    house = a_house(database, store, smes=2)
    batch = an_exported_batch(house)
    with house.work("treasury1") as work:
        import_statement(work, store, "camt.xml", bank_answer(house, batch))
    an_approved_claim(house, sme=SMES[1])
    with house.work("approver1") as work:
        publish_notice(work, work.session.exec(select(Programme.reference)).one())
    a_completed_order(house)
    return house


def posted(event: str, kind: str, minor: int, table: Any = Voucher) -> Callable[[Facts], None]:
    """Something more stands in the books, in credit, on the account of the first row of a table."""
    def wrong(facts: Facts) -> None:
        facts.posted.append(Posted(event, f"{kind}:{facts.all(table)[0].reference}", "CNY", -minor))
    return wrong


def written(table: Any, which: Callable[[Any], bool] = lambda _row: True, **values: Any) -> Callable[[Facts], None]:
    """In each such row something else is written."""
    def wrong(facts: Facts) -> None:
        rows = [each for each in facts.all(table) if which(each)]
        assert rows, table
        for row in rows:
            for name, value in values.items():
                setattr(row, name, value)
    return wrong


def gone(table: Any) -> Callable[[Facts], None]:
    """There is no such row at all."""
    return lambda facts: facts.all(table).clear()


def capped(facts: Facts) -> None:
    """By the terms one may hold a single yuan at a time."""
    cap = Cap(name=Names(zh="持有上限", en="at a time"), amount=Money(100, "CNY"), period=Period.HELD)
    facts._terms = {key: replace(terms, caps=(*terms.caps, cap)) for key, terms in facts.terms.items()}


WRONGS: dict[str, Callable[[Facts], None]] = {
    "the_face_of_a_voucher_is_the_sum_of_its_positions": posted("voucher.issued", "entitlement:available", 100),
    "no_account_of_entitlement_or_budget_changes_its_sign": posted("voucher.issued", "budget:free", -10**15, FundLine),
    "what_vouchers_may_use_is_what_budgets_hold_for_them": posted("claim.approved", "entitlement:approved", 100),
    "what_fund_lines_bear_of_orders_is_what_is_obligated_on_them": posted("order.accepted", "budget:obligated", 1, FundLine),
    "each_funder_bears_its_part_of_what_vouchers_hold": written(FundShare, amount_minor=7),
    "each_funder_owes_its_part_of_a_claim_until_it_is_paid": written(
        Payout, lambda each: each.state == PayoutState.SETTLED, state=PayoutState.SENT),
    "nothing_is_approved_above_its_rate_or_above_what_was_reserved": written(
        Claim, lambda each: each.approved_minor is not None, approved_minor=10**9),
    "no_cap_is_passed": written(Order, held_minor=10**9),
    "nobody_holds_more_than_may_be_held_at_a_time": capped,
    "no_invoice_is_funded_twice_or_beyond_its_amount": written(ClaimLine, accepted_minor=10**9),
    "everything_paid_has_its_papers_and_its_people": gone(BankLine),
    "every_notice_is_the_list_of_which_its_digest_was_made": written(Notice, content="another list"),
    "expiry_leaves_alone_what_is_reserved": posted("voucher.expired", "entitlement:reserved", 1),
    "a_claim_that_was_withdrawn_leaves_nothing_behind": posted("claim.withdrawn", "entitlement:claimed", 1),
    "a_return_and_another_payment_cost_nothing": posted("payout.returned", "financial:expense:subsidy", -1),
    "what_the_law_calls_cash_is_what_the_bank_holds_for_others": posted("recovery.refunded", "financial:asset:treasury", 1, FundLine),
    "what_the_law_s_books_owe_and_spend_is_what_the_budget_says": posted("claim.approved", "cn-financial:2303", 1, FundLine),
    "the_log_gives_the_balances": posted("claim.approved", "financial:payable:claims", 1),
}


def says_no(session: Session, invariant: Callable[[Facts], None], wrong: Callable[[Facts], None] = lambda _facts: None) -> bool:
    """Whether an invariant refuses the facts after something was made wrong in them, though nowhere else."""
    session.expunge_all()
    facts = Facts(session)
    with session.no_autoflush:
        wrong(facts)
        try:
            invariant(facts)
        except AssertionError:
            return True
        finally:
            session.expunge_all()
    return False


def test_each_invariant_says_no_when_one_fact_is_wrong(database: Database, store: FileStore) -> None:
    house = a_busy_house(database, store)
    assert set(WRONGS) == {each.__name__ for each in INVARIANTS}
    with read(house.database) as session:
        assert [each.__name__ for each in INVARIANTS if says_no(session, each)] == []
        assert [each.__name__ for each in INVARIANTS if not says_no(session, each, WRONGS[each.__name__])] == []
