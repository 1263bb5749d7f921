"""The books: a double-entry ledger that knows nothing of vouchers."""
