"""Posting what happened: the one door through which verbs write in the books.

An entry may free money of a fund line, or take the last of it. Then the line is looked at after the commit: it closes or
opens, and the waiting list of its programme is served. Where more was promised than is allotted, what is freed covers those
promises first, in the same entry. And what an entry gives back to a voucher whose time is over ends. So no verb has to think of
it, and none can forget it.
"""

from collections.abc import Callable, Sequence

from sqlmodel import Session, col, or_, select
from uuid_utils.compat import uuid7

from voucher import jobs, ledger
from voucher.accounting import (
    covered_by,
    covering,
    free_money,
    free_money_moved,
    freed_vouchers,
    manual_problems,
    uncovered_of,
)
from voucher.errors import NotValid
from voucher.ledger import Draft, Entry
from voucher.ledger.journal import chunks
from voucher.money import Money
from voucher.programmes.funding import FundLine
from voucher.vouchers import ENDED_STATES, Voucher
from voucher.waiting import ask_to_look_at
from voucher.work import Work


class NotInManual(NotValid):
    """This entry is not what the accounting manual says of its event."""


def post(work: Work, draft: Draft) -> Entry:
    """Write one entry in the books, or answer the one that stands for its cause. Raises as `ledger.post`, and NotInManual."""
    return post_many(work, [draft])[0]


def post_many(work: Work, drafts: Sequence[Draft], progress: Callable[[int], object] = bool) -> list[Entry]:
    """Write several entries, all or none. `progress` is told from time to time how many are written."""
    _refuse_what_the_manual_does_not_know(work.session, drafts)
    moved = {reference for draft in drafts for reference in free_money_moved(draft)}
    lines = _lock_free_money(work.session, moved) if moved else []
    entries = ledger.post_many(work, _covering(work.session, drafts, lines) if lines else drafts, progress)
    for line in lines:
        ask_to_look_at(work, line)
    _end_what_is_freed(work, drafts)
    return entries


def _refuse_what_the_manual_does_not_know(session: Session, drafts: Sequence[Draft]) -> None:
    """Each entry touches the accounts of its event and no others. What stands already was judged when it came. Raises NotInManual."""
    found = {draft.cause: problems for draft in drafts if (problems := list(manual_problems(draft)))}
    standing = ledger.find_many(session, list(found)) if found else {}
    left = [each for cause, problems in found.items() if cause not in standing for each in problems]
    if left:
        raise NotInManual(problems=left)


def _end_what_is_freed(work: Work, drafts: Sequence[Draft]) -> None:
    """What an order frees on a voucher whose time is over, or that is given back, ends too: right after the commit."""
    freed = [reference for draft in drafts for reference in freed_vouchers(draft)]
    over = or_(col(Voucher.expired_on).is_not(None), col(Voucher.state).in_(ENDED_STATES))
    for voucher in [each for some in chunks(freed) for each in work.session.exec(
            select(Voucher.reference).where(col(Voucher.reference).in_(some), over))]:
        jobs.put(work, "end_freed_remainder", f"{voucher} {uuid7()}", {"voucher": voucher})


def lock_free_money(session: Session, lines: Sequence[FundLine]) -> None:
    """Have nobody else take or free money of these fund lines until the work ends."""
    ledger.balances(session, [free_money(line) for line in lines], locked=True)


def _lock_free_money(session: Session, references: set[str]) -> list[FundLine]:
    lines = list(session.exec(select(FundLine).where(col(FundLine.reference).in_(references)).order_by(col(FundLine.id))))
    lock_free_money(session, lines)
    return lines


def _covering(session: Session, drafts: Sequence[Draft], lines: Sequence[FundLine]) -> list[Draft]:
    """The entries, with what they free going first to promises that nothing covers."""
    uncovered = {line.reference: uncovered_of(session, line) for line in lines}
    standing = ledger.find_many(session, [draft.cause for draft in drafts])
    answer = []
    for draft in drafts:
        freed = free_money_moved(draft)
        for line in lines:
            if line.reference in freed and freed[line.reference].minor > 0:
                amount = _to_cover(standing.get(draft.cause), line, min(freed[line.reference], uncovered[line.reference]))
                uncovered[line.reference] -= amount
                draft = covering(draft, line, amount) if amount else draft
        answer.append(draft)
    return answer


def _to_cover(standing: Entry | None, line: FundLine, amount: Money) -> Money:
    """How much an entry covers; one that stands already as much as it did then."""
    return amount if standing is None else covered_by(standing, line)
