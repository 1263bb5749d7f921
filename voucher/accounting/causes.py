"""What entries about the bank's word are called in the books: from a payout or a deposit to its entry without asking for it."""

from voucher.deposits import Deposit, DepositState
from voucher.payouts import Payout


def bank_cause(payout: Payout, what: str, undone: int = 0) -> str:
    """The cause of what the bank's word on a payout posts: "settled", "returned", "rejected" or "charged". `undone` is how often such a
    word was taken back before: each time is an entry of its own.
    """
    of = "award" if payout.award_id else "deposit" if payout.deposit_id else "payout"
    return _again(f"{of}.{what} {payout.reference}", undone)


def deposit_cause(deposit: Deposit, undone: int = 0) -> str:
    """The cause of what a deposit posts when it came in; `undone` as above."""
    return _again(f"deposit.{'unmatched' if deposit.state == DepositState.REFUSED else 'received'} {deposit.reference}", undone)


def _again(cause: str, undone: int) -> str:
    return f"{cause} again {undone}" if undone else cause
