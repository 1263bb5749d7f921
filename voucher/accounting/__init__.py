"""The accounting manual: which accounts there are, and which entry each event makes in which book.

Three books answer three questions of one event, and each balances on its own: `entitlement` (how much may this holder
still use), `budget` (how much of the appropriation is free, committed, obligated, owed, spent: the status chain of public
budgeting), `financial` (what do we own and owe; accrual). A fourth layer, the books that a country's law asks for, is made
from the same events by a file (voucher/statutory).

Signs: a debit is positive. What people think of as an amount of budget, entitlement or debt stands in credit, so its
balance is negative here and may never rise above zero. That is what makes overspending and paying twice impossible rather
than forbidden.
"""

from voucher.accounting.case import Case, case_of, cases_of_vouchers
from voucher.accounting.chart import AVAILABLE, CHART, DEBIT, ChartAccount, chart_account, statutory_chart
from voucher.accounting.entries import Spread, entry, less, lines_of, plus
from voucher.accounting.fund_lines import (
    covered_by,
    covering,
    free_money,
    free_money_moved,
    over_issue_of,
    room_in,
    uncovered_of,
)
from voucher.accounting.obligations import obligated_on, obligated_since
from voucher.accounting.of_claims import (
    Released,
    appeal_ended,
    approval_undone,
    claim_appealed,
    claim_approved,
    claim_disputed,
    claim_refused,
    claim_resubmitted,
    claim_submitted,
    claim_withdrawn,
)
from voucher.accounting.of_funds import (
    accrual_reversed,
    free_carried,
    free_opened,
    funds_allotted,
    funds_appropriated,
    order_accrued,
    order_carried,
    order_opened,
    over_issue_allowed,
    over_issue_withdrawn,
    year_lapsed,
)
from voucher.accounting.of_orders import order_accepted, order_amended, order_off, order_placed, order_unclaimed
from voucher.accounting.of_payouts import (
    award_decided,
    charge_undone,
    deposit_taken_back,
    payout_charged,
    payout_offset,
    payout_recalled,
    payout_released,
    payout_returned,
    payout_settled,
)
from voucher.accounting.of_recoveries import (
    recovery_annulled,
    recovery_carried,
    recovery_collected,
    recovery_decided,
    recovery_refund_due,
    recovery_refunded,
    recovery_remitted,
    recovery_written_off,
)
from voucher.accounting.of_vouchers import (
    freed_vouchers,
    given_back,
    offer_ended,
    offer_made,
    remainder_ended,
    voucher_issued,
)
from voucher.accounting.owed import ClaimOwed, Owed, awards_owed, deposits_came, owed_by
from voucher.accounting.positions import (
    FundLinePosition,
    VoucherPosition,
    fund_line_position,
    least_since,
    voucher_position,
    voucher_positions,
)
from voucher.accounting.rules import EVENTS, RULES, EventRule

__all__ = [
    "AVAILABLE",
    "CHART",
    "DEBIT",
    "EVENTS",
    "RULES",
    "Case",
    "ChartAccount",
    "ClaimOwed",
    "EventRule",
    "FundLinePosition",
    "Owed",
    "Released",
    "Spread",
    "VoucherPosition",
    "accrual_reversed",
    "appeal_ended",
    "approval_undone",
    "award_decided",
    "awards_owed",
    "case_of",
    "cases_of_vouchers",
    "charge_undone",
    "chart_account",
    "claim_appealed",
    "claim_approved",
    "claim_disputed",
    "claim_refused",
    "claim_resubmitted",
    "claim_submitted",
    "claim_withdrawn",
    "covered_by",
    "covering",
    "deposit_taken_back",
    "deposits_came",
    "entry",
    "free_carried",
    "free_money",
    "free_money_moved",
    "free_opened",
    "freed_vouchers",
    "fund_line_position",
    "funds_allotted",
    "funds_appropriated",
    "given_back",
    "least_since",
    "less",
    "lines_of",
    "obligated_on",
    "obligated_since",
    "offer_ended",
    "offer_made",
    "order_accepted",
    "order_accrued",
    "order_amended",
    "order_carried",
    "order_off",
    "order_opened",
    "order_placed",
    "order_unclaimed",
    "over_issue_allowed",
    "over_issue_of",
    "over_issue_withdrawn",
    "owed_by",
    "payout_charged",
    "payout_offset",
    "payout_recalled",
    "payout_released",
    "payout_returned",
    "payout_settled",
    "plus",
    "recovery_annulled",
    "recovery_carried",
    "recovery_collected",
    "recovery_decided",
    "recovery_refund_due",
    "recovery_refunded",
    "recovery_remitted",
    "recovery_written_off",
    "remainder_ended",
    "room_in",
    "statutory_chart",
    "uncovered_of",
    "voucher_issued",
    "voucher_position",
    "voucher_positions",
    "year_lapsed",
]
