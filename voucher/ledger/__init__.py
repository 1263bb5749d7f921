"""The books: a double-entry ledger that knows nothing of vouchers.

Amounts are signed, debit positive; people see two columns. What is posted stays: a mistake is reversed, never changed.
"""

from voucher.ledger import bounds, exchange, periods, plaintext, seals
from voucher.ledger.accounts import Account
from voucher.ledger.balances import (
    Balance,
    Comparison,
    Moved,
    StatementLine,
    Turnover,
    balance,
    balances,
    compare,
    last_lines,
    moved_by,
    statement,
    statement_line,
    trial_balance,
    turnover,
    used,
)
from voucher.ledger.corrections import Correction, corrections
from voucher.ledger.entries import Draft, Entry, Line, credit, debit
from voucher.ledger.forgetting import NothingWritten, forget
from voucher.ledger.journal import (
    CauseTaken,
    NotReversible,
    Overdrawn,
    PeriodClosed,
    Unbalanced,
    Unsound,
    about,
    find,
    find_many,
    moving,
    post,
    post_many,
    recorded_between,
    reversal,
    reversal_of,
    reverse,
)
from voucher.ledger.keeping import Unkeepable
from voucher.ledger.verification import Finding, verify

__all__ = [
    "Account", "Balance", "CauseTaken", "Comparison", "Correction", "Draft", "Entry", "Finding", "Line", "Moved", "NotReversible",
    "NothingWritten", "Overdrawn", "PeriodClosed", "StatementLine", "Turnover", "Unbalanced", "Unkeepable", "Unsound", "about", "balance",
    "balances", "bounds", "compare", "corrections", "credit", "debit", "exchange", "find", "find_many", "forget", "last_lines",
    "moved_by", "moving", "periods", "plaintext", "post", "post_many", "recorded_between", "reversal", "reversal_of", "reverse",
    "seals", "statement", "statement_line", "trial_balance", "turnover", "used", "verify",
]
