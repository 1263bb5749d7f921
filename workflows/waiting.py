"""The waiting list: an application that was approved when the money was gone waits, and is issued when money is freed."""

from voucher.database import fetch, get, lock
from voucher.errors import NotNow, _, problem, refuse_if_any
from voucher.files import FileStore
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.programmes.terms import Queue, Terms
from voucher.vouchers import Voucher
from voucher.waiting import ask_to_serve, in_turn, waiting_for
from voucher.work import Work
from workflows.issue import (
    VOUCHER,
    NoMoneyLeft,
    check_still_given,
    commit_money,
    is_covered,
    look_for_money,
    parties_of,
)


def put_on_waiting_list(work: Work, voucher: str, rank: int | None = None) -> Voucher:
    """The second officer approves an application for which there is no money: it is issued when its turn comes.

    `rank` counts from 1 and is needed where the terms serve by rank. Raises NotNow when the money is there.
    """
    seen = fetch(work.session, Voucher, voucher)
    programme = get(work.session, Programme, seen.programme_id)
    VOUCHER.allow(work, "put_on_waiting_list", parties_of(seen))
    terms = terms_in_force(work.session, programme, work.today).terms
    _check_list(terms, rank)
    if not waiting_for(work, programme) and _has_money(work, seen):
        raise NotNow(_("There is money for this voucher. Issue it."))
    held = lock(work.session, Voucher, voucher)
    VOUCHER.advance(work, held, "put_on_waiting_list", parties_of(held), case=held.reference, vouchers=(held.id,),
                    rank="" if rank is None else str(rank))
    check_still_given(work, held, terms)
    held.waits_since, held.rank = work.now, rank
    work.session.add(held)
    ask_to_serve(work, programme)  # money may have come between the look and the lock
    return held


def _check_list(terms: Terms, rank: int | None) -> None:
    if terms.waiting_list is None:
        raise NotNow(_("These terms keep no waiting list. Turn the application down, or let it stand until money is allotted."))
    by_rank = terms.waiting_list.order == Queue.RANK
    problems = []
    if by_rank and (rank is None or not 1 <= rank <= 1_000_000):
        problems.append(problem(_("Give its rank on the list, counted from 1."), "rank"))
    if not by_rank and rank is not None:
        problems.append(problem(_("This list does not go by rank."), "rank"))
    refuse_if_any(problems)


def _has_money(work: Work, voucher: Voucher) -> bool:
    try:
        return is_covered(work, voucher, look_for_money(work, voucher))
    except NoMoneyLeft:
        return False


def serve_waiting_list(work: Work, _store: FileStore, programme: str) -> Voucher | None:
    """Issue the voucher whose turn it is, if there is money for it; then have the next one looked at (a job).

    Whom the terms in force give less by now is passed over and keeps his turn; nobody overtakes whom the money does not
    cover.
    """
    held = fetch(work.session, Programme, programme)
    terms = terms_in_force(work.session, held, work.today).terms
    following = next((each for each in in_turn(terms, waiting_for(work, held)) if _is_still_given(work, each, terms)), None)
    if following is None or not _has_money(work, following):
        return None
    place = look_for_money(work, following)
    voucher = lock(work.session, Voucher, following.reference)
    VOUCHER.advance(work, voucher, "serve_voucher", parties_of(voucher), case=voucher.reference, amount=str(voucher.amount))
    commit_money(work, voucher, place)
    ask_to_serve(work, held)
    return voucher


def _is_still_given(work: Work, voucher: Voucher, terms: Terms) -> bool:
    try:
        check_still_given(work, voucher, terms)
    except NotNow:
        return False
    return True
