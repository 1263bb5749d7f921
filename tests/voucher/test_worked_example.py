"""The worked example of the accounting manual, to the minor unit: one voucher's whole life, and the years around it.

A programme pays half of an invoice up to 100,000 yuan and providers a tenth of what was paid; what is disallowed returns
to the voucher. Figures after the example that the finance offices of such programmes agreed on; the journal as a whole
stands in tests/golden, to be read by people who keep books.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from voucher import ledger
from voucher.accounting import entry
from voucher.database import Database
from voucher.manual import FIRST_YEAR, SECOND_YEAR, ExampleStep
from voucher.money import Money
from voucher.work import SYSTEM, Work, begin

GOLDEN = Path(__file__).parent.parent / "golden" / "worked_example.txt"
VARIANTS = GOLDEN.with_name("variants")
LINE = {"fund_line": "L-2026-00001-3", "year": "2026", "funder": "city"}
CASE = LINE | {"voucher": "V-2026-00001-4"}
C1 = CASE | {"claim": "C-2026-00001-8"}


def yuan(amount: float) -> Money:
    return Money(round(amount * 100), "CNY")


class Books:
    """Posts events one day after the other, as the manual writes them, each recorded a second after the one before."""

    def __init__(self, work: Work, country: str = "CN") -> None:
        self.work, self.country, self.number = work, country, 0

    def post(self, event: str, places: dict[str, str], on: date = date(2026, 3, 2), when: str = "", **amounts: float) -> None:
        self.number += 1
        money = {name: yuan(amount) for name, amount in amounts.items()}
        self._record(entry(event, f"E{self.number:02d}", on, money, places, country=self.country, when=when))

    def post_all(self, steps: Sequence[ExampleStep]) -> None:
        for step in steps:
            self.number += 1
            self._record(step.draft(self.number, self.country))

    def _record(self, draft: ledger.Draft) -> None:
        ledger.post(replace(self.work, now=self.work.now + timedelta(seconds=self.number)), draft)

    def stands(self, name: str) -> float:
        """The sum over all sub-accounts, debit positive, in yuan."""
        rows = ledger.trial_balance(self.work.session)
        return sum(row.amount.minor for row in rows if row.account.startswith(f"{name}:")) / 100


@contextmanager
def books(database: Database, country: str = "CN") -> Iterator[Books]:
    with begin(database, SYSTEM, lambda: datetime(2026, 3, 2, 2, tzinfo=UTC)) as work:
        yield Books(work, country)


def assert_reads_as_written(b: Books, variant: str) -> None:
    """The journal is the one in tests/golden/variants (written anew when UPDATE_GOLDEN is set, to be read before it is kept)."""
    journal, path = ledger.plaintext.journal(b.work.session), VARIANTS / f"{variant}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(journal, encoding="utf-8")
    assert journal == path.read_text(encoding="utf-8")
    assert ledger.verify(b.work.session) == []


def first_year(b: Books) -> None:
    b.post_all(FIRST_YEAR)


def second_year(b: Books) -> None:
    b.post_all(SECOND_YEAR)


def test_the_worked_example_reads_as_the_manual_says(database: Database) -> None:
    with books(database) as b:
        first_year(b)
        second_year(b)
        assert ledger.plaintext.journal(b.work.session) == GOLDEN.read_text(encoding="utf-8")
        assert ledger.verify(b.work.session) == []


def test_the_first_year_ties_out_in_every_book(database: Database) -> None:
    with books(database) as b:
        first_year(b)
        paid = 61_400
        assert -b.stands("budget:paid") == paid
        assert b.stands("financial:expense:subsidy") + b.stands("financial:expense:awards") + b.stands(
            "financial:expense:recovered") == paid
        assert -b.stands("financial:revenue:appropriation-used") == paid
        assert b.stands("cn-financial:5001") == b.stands("cn-budget:7101") == paid
        assert -b.stands("cn-financial:4001") == -b.stands("cn-budget:6001") == paid
        assert b.stands("cn-financial:1002") == b.stands("cn-financial:2303") == b.stands("cn-financial:2103") == 0
        assert -b.stands("budget:lapsed") == 938_600 == 1_000_000 - paid
        assert b.stands("financial:asset") == 0 == b.stands("financial:equity:unexpended")
        assert (-b.stands("entitlement:paid"), -b.stands("entitlement:expired"), -b.stands("entitlement:clawed-back"),
                b.stands("entitlement:issued")) == (54_000, 26_000, 20_000, 100_000)


def test_money_of_an_earlier_year_belongs_to_the_treasury(database: Database) -> None:
    with books(database) as b:
        first_year(b)
        second_year(b)
        assert b.stands("financial:asset") == 0 == b.stands("financial:payable")
        assert b.stands("financial:expense:recovered") == -20_000
        assert b.stands("cn-budget:8001") == 0 == b.stands("cn-financial:1002")


def test_without_a_statutory_file_there_are_three_books(database: Database) -> None:
    with books(database, country="IE") as b:
        first_year(b)
        assert {row.account.partition(":")[0] for row in ledger.trial_balance(b.work.session)} == {
            "entitlement", "budget", "financial"}


def test_a_wallet_pays_the_provider_and_the_own_share_is_never_revenue(database: Database) -> None:
    with books(database) as b:
        wallet = C1 | {"deposit": "M-2026-00001-1"}
        b.post("funds.appropriated", LINE, amount=100_000)
        b.post("deposit.unmatched", wallet, amount=6_900)
        b.post("deposit.sent_back", wallet, amount=6_900)
        b.post("deposit.received", wallet, amount=7_000)
        b.post("deposit.topped_up", wallet, amount=3_000)
        b.post("wallet.verified", wallet, amount=3_000)
        b.post("wallet.paid", wallet, own_share=7_000, amount=3_000)
        assert b.stands("financial:asset:wallet") == 0 == b.stands("financial:payable")
        assert b.stands("cn-financial:1002") == b.stands("cn-financial:1002.01") == 0 == b.stands("cn-financial:2901")
        assert b.stands("cn-financial:5001") == -b.stands("cn-financial:4001") == b.stands("cn-budget:7101") == 3_000
        assert b.stands("financial:expense:subsidy") == 3_000
        assert b.stands("financial:revenue") == 0
        assert_reads_as_written(b, "wallet")


def test_a_city_that_pays_for_two_levels_claims_the_provinces_share_back(database: Database) -> None:
    with books(database) as b:
        shared = C1 | {"payout": "Y1", "funder": "province"}
        city, province = yuan(54_000).split([30, 60])
        assert (province, city) == (yuan(36_000), yuan(18_000))
        b.post("funds.appropriated", LINE, amount=54_000)
        b.post("funds.allotted", LINE, amount=54_000)
        b.post("voucher.issued", CASE, face=54_000)
        b.post("order.placed", CASE, part=54_000)
        b.post("order.accepted", CASE, part=54_000)
        b.post("claim.submitted", C1, requested=54_000)
        b.post("claim.approved", shared, approved=54_000, own=18_000, advanced=36_000)
        b.post("payout.released", shared, amount=54_000)
        b.post("payout.settled", shared, amount=54_000)
        assert b.stands("cn-financial:1218") == b.stands("financial:asset:other-levels") == 36_000
        b.post("funder.settled", shared, amount=36_000)
        assert b.stands("financial:expense") + b.stands("financial:revenue") == 0
        assert b.stands("financial:asset:other-levels") == 0
        assert b.stands("financial:asset:treasury") == 36_000
        assert b.stands("cn-financial:1218") == 0 == b.stands("cn-financial:2303")
        assert -b.stands("cn-financial:4001") == -b.stands("financial:revenue:appropriation-used") == 18_000
        assert -b.stands("cn-financial:4601") == -b.stands("financial:revenue:transfers") == 36_000
        assert b.stands("cn-financial:5001") == b.stands("cn-budget:7101") == 54_000
        assert (-b.stands("cn-budget:6001"), -b.stands("cn-budget:6601")) == (18_000, 36_000)
        assert_reads_as_written(b, "two_levels")


def test_regions_that_owe_each_other_pay_the_difference_once(database: Database) -> None:
    a, b_line = LINE | {"region": "B", "fund_line": "LA"}, LINE | {"region": "A", "fund_line": "LB"}
    with books(database) as b:
        for line in (a, b_line):
            b.post("funds.appropriated", line, amount=50_000)
        b.post("region.owed", a, amount=10_000)
        b.post("region.advanced", b_line, amount=10_000)
        b.post("region.owed", b_line, amount=6_500)
        b.post("region.advanced", a, amount=6_500)
        b.post("region.netted", a, offset=6_500, paid=3_500)
        b.post("region.netted", b_line, offset=6_500, received=3_500)
        assert b.stands("financial:asset:other-regions") == 0 == b.stands("financial:payable:other-regions")
        assert ledger.balance(b.work.session, "financial:asset:treasury:LA", "CNY") == yuan(50_000 - 6_500 - 3_500)
        assert ledger.balance(b.work.session, "financial:asset:treasury:LB", "CNY") == yuan(50_000 - 10_000 + 3_500)
        assert_reads_as_written(b, "regions")


def test_an_estimate_at_the_years_end_is_taken_back_on_the_first_day(database: Database) -> None:
    with books(database) as b:
        b.post("year.accrued", LINE, date(2026, 12, 31), amount=12_000)
        b.post("year.accrual_reversed", LINE, date(2027, 1, 1), amount=12_000)
        assert ledger.trial_balance(b.work.session) == []
        assert [str(each.amount) for each in ledger.trial_balance(b.work.session, as_of=date(2026, 12, 31))] == [
            "-12000.00", "12000.00", "12000.00", "-12000.00"]  # 2401 and 5001 of the law's books, F5100 and F2400
        assert_reads_as_written(b, "year_end_estimate")


def test_at_the_years_end_the_two_surpluses_of_the_law_differ_by_what_is_owed_and_not_paid(database: Database) -> None:
    """The accrual surplus and the budget surplus (本期盈余与预算结余): the difference is what was approved or estimated, and not paid."""
    with books(database) as b:
        first_year(b)
        c3 = CASE | {"voucher": "V-2026-00002-2", "claim": "C-2026-00003-1"}
        b.post("funds.appropriated", LINE, amount=50_000)
        b.post("funds.allotted", LINE, amount=50_000)
        b.post("voucher.issued", c3, face=50_000)
        b.post("order.placed", c3, part=50_000)
        b.post("order.accepted", c3, part=50_000)
        b.post("claim.submitted", c3, requested=38_000)
        b.post("claim.approved", c3, approved=38_000, own=38_000)
        b.post("year.accrued", LINE, date(2026, 12, 31), amount=12_000)
        accrual = -b.stands("cn-financial:4001") - b.stands("cn-financial:5001")
        budget = -b.stands("cn-budget:6001") - b.stands("cn-budget:7101")
        assert (accrual, budget) == (-50_000, 0)
        assert accrual - budget == b.stands("cn-financial:2303") + b.stands("cn-financial:2401") == -38_000 - 12_000
        assert -b.stands("cn-financial:2303") == -b.stands("budget:delivered-unpaid") == -b.stands("financial:payable:claims")


def paid_in_december_and_back_in_january(b: Books) -> None:
    """54,000 are paid for a claim and come back in January; so does an award of 7,400. The award is paid anew, the claim is given up."""
    january, award = date(2027, 1, 4), LINE | {"award": "A1", "payout": "Y3"}
    first, second, fourth = C1 | {"payout": "Y1"}, C1 | {"returned": "Y1"}, award | {"payout": "Y4"}
    b.post("funds.appropriated", LINE, amount=100_000)
    b.post("funds.allotted", LINE, amount=100_000)
    b.post("voucher.issued", CASE, face=54_000)
    b.post("order.placed", CASE, part=54_000)
    b.post("order.accepted", CASE, part=54_000)
    b.post("claim.submitted", C1, requested=54_000)
    b.post("claim.approved", C1, approved=54_000, own=54_000)
    b.post("payout.released", first, amount=54_000)
    b.post("payout.settled", first, amount=54_000)
    b.post("award.decided", award, amount=7_400)
    b.post("award.released", award, amount=7_400)
    b.post("award.settled", award, amount=7_400)
    b.post("award.returned", award | {"returned": "Y3"}, january, "late", amount=7_400)
    b.post("payout.reissued", fourth | {"returned": "Y3"}, january, amount=7_400)
    b.post("award.settled", fourth, january, "restored", amount=7_400)
    b.post("payout.returned", first | {"returned": "Y1"}, january, "late", amount=54_000)
    b.post("approval.undone", second, january, "late", approved=54_000, reserved=54_000, returned=54_000)
    b.post("approval.closed", second, january, amount=54_000)
    b.post("approval.left_to_treasury", second, january, amount=54_000)


def test_what_comes_back_in_january_changes_nothing_of_the_year_that_is_over(database: Database) -> None:
    with books(database) as b:
        paid_in_december_and_back_in_january(b)
        assert -b.stands("budget:paid") == 7_400 == b.stands("financial:expense")
        assert -b.stands("budget:obligated") == 54_000 == -b.stands("entitlement:reserved")
        assert (b.stands("cn-budget:8101.01"), b.stands("cn-budget:8101.02"), b.stands("cn-budget:8001")) == (-61_400, 54_000, 0)
        assert b.stands("cn-financial:2303") == b.stands("cn-financial:1201") == b.stands("cn-financial:3501") == 0
        assert b.stands("cn-financial:3001") == 0
        assert_reads_as_written(b, "back_in_another_year")


def test_open_orders_are_carried_into_the_next_year(database: Database) -> None:
    with books(database) as b:
        b.post("funds.appropriated", LINE, amount=10_000)
        b.post("funds.allotted", LINE, amount=10_000)
        b.post("voucher.issued", CASE, face=10_000)
        b.post("order.placed", CASE, part=10_000)
        b.post("order.accepted", CASE, part=10_000)
        b.post("year.carried", CASE, date(2026, 12, 31), amount=10_000)
        b.post("year.opened", CASE | {"fund_line": "L-2027-00001-6", "year": "2027"}, date(2027, 1, 1), amount=10_000)
        assert b.stands("budget:carried-forward") == -10_000
        assert b.stands("budget:obligated:L-2026-00001-3") == 0 == b.stands("budget:free")
        assert_reads_as_written(b, "year_end_carried")


def test_an_entry_cannot_touch_what_its_event_does_not(database: Database) -> None:
    with books(database) as b, pytest.raises(AssertionError, match="knows no"):
        b.post("funds.allotted", LINE, approved=1)


def test_a_claim_cannot_be_paid_twice_in_the_books(database: Database) -> None:
    with books(database) as b:
        first_year(b)
        with pytest.raises(ledger.Overdrawn):
            b.post("payout.released", C1 | {"payout": "Y9"}, amount=54_000)


def test_staged_payment_pays_four_fifths_first(database: Database) -> None:
    now, later = yuan(79_000_000).split([80, 20])
    assert (now, later) == (yuan(63_200_000), yuan(15_800_000))
    with books(database) as b:
        b.post("funds.appropriated", LINE, amount=79_000_000)
        b.post("funds.allotted", LINE, amount=79_000_000)
        b.post("voucher.issued", CASE, face=79_000_000)
        b.post("order.placed", CASE, part=79_000_000)
        b.post("order.accepted", CASE, part=79_000_000)
        for claim, payout, part in (("C-2026-00001-8", "P-2026-00001-4", 63_200_000), ("C-2026-00002-6", "P-2026-00002-2", 15_800_000)):
            case = CASE | {"claim": claim, "payout": payout}
            b.post("claim.submitted", case, requested=part)
            b.post("claim.approved", case, approved=part, own=part)
            b.post("payout.released", case, amount=part)
            b.post("payout.settled", case, amount=part)
            if part == 63_200_000:
                assert (-b.stands("budget:paid"), -b.stands("budget:obligated")) == (63_200_000, 15_800_000)
        assert -b.stands("budget:paid") == b.stands("financial:expense:subsidy") == 79_000_000
        assert_reads_as_written(b, "staged")


def test_a_split_over_three_funders_loses_no_minor_unit() -> None:
    assert yuan(10_000.01).split([60, 30, 10]) == [yuan(6_000.01), yuan(3_000), yuan(1_000)]
