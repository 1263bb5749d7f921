"""Posting what happened: the one door through which verbs write in the books.

An entry may free money of a fund line, or take the last of it. Then the line is looked at after the commit: it closes or
opens, and the waiting list of its programme is served. So no verb has to think of it, and none can forget it.
"""

from collections.abc import Sequence

from sqlmodel import col, select

from voucher import ledger
from voucher.accounting import lines_whose_free_money_moves
from voucher.ledger import Draft, Entry
from voucher.programmes.funding import FundLine
from voucher.waiting import ask_to_look_at
from voucher.work import Work


def post(work: Work, draft: Draft) -> Entry:
    """Write one entry in the books, or answer the one that stands for its cause. Raises as `ledger.post`."""
    return post_many(work, [draft])[0]


def post_many(work: Work, drafts: Sequence[Draft]) -> list[Entry]:
    """Write several entries, all or none."""
    entries = ledger.post_many(work, drafts)
    moved = lines_whose_free_money_moves(drafts)
    if moved:
        for line in work.session.exec(select(FundLine).where(col(FundLine.reference).in_(moved))).all():
            ask_to_look_at(work, line)
    return entries
