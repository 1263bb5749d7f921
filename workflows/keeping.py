"""Keeping: once a day, cases whose papers need not be kept any longer are told in their history, each once."""

from voucher.files import FileStore
from voucher.history import record
from voucher.retention import OVER, past_retention
from voucher.work import Work


def tell_retention(work: Work, _store: FileStore) -> int:
    """Write into the history of each case past its retention that it is; answers how many were new."""
    fresh = [each for each in past_retention(work.session, work.today) if not each.told]
    for each in fresh:
        record(work, OVER, each.voucher, case=each.voucher, kept_until=each.kept_until.isoformat())
    return len(fresh)
