"""What was written beside an entry, taken away for good: personal data may stand in it and nowhere else in the books."""

from dataclasses import replace

from sqlalchemy import update

from voucher.errors import NotFound, NotNow, _
from voucher.ledger.entries import Entry, memos
from voucher.ledger.journal import find
from voucher.work import Work


class NothingWritten(NotNow):
    """Nothing is written beside this entry, or it was forgotten before."""


def forget(work: Work, cause: str) -> Entry:
    """Empty what was written beside an entry, and the salt with which it was committed to; answers the entry as it stands then.

    Its hash holds the commitment alone, so seals, receipts and exports stay whole, and nobody can try words until they fit.
    Raises NotFound, NothingWritten.
    """
    entry = find(work.session, cause)
    if entry is None:
        raise NotFound(_("There is no entry for {cause}."), cause=cause)
    emptied = work.session.connection().execute(
        update(memos).where(memos.c.entry_id == entry.id, memos.c.text != "").values(text="", salt=b""))
    if not emptied.rowcount:
        raise NothingWritten
    return replace(entry, memo="")
