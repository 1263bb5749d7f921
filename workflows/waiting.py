"""The waiting list: an application that was approved when the money was gone waits until money is freed.

Then it is issued or, where the terms leave an offer open for a time, offered: the SME takes it up, or it goes to the next.
"""

from voucher import accounting
from voucher.bans import bans_on, let_nobody_ban, refuse_banned
from voucher.database import fetch, get, lock
from voucher.deadlines import DeadlineState, start_clock, stop_clock
from voucher.errors import NotNow, _, problem, refuse_if_any
from voucher.files import FileStore
from voucher.people import Organisation, Role
from voucher.posting import post
from voucher.programmes.durations import Duration
from voucher.programmes.programmes import Programme, ProgrammeState, terms_in_force
from voucher.programmes.terms import Clause, Queue, Terms
from voucher.vouchers import Voucher
from voucher.waiting import ask_to_serve, in_turn, waiting_for
from voucher.work import Work
from workflows.issue import (
    VOUCHER,
    MoneyPlace,
    NoMoneyLeft,
    bear,
    check_still_given,
    commit_money,
    end_review,
    is_covered,
    look_for_money,
    parties_of,
)

# The rule of the clock on an offer.
OFFER = "offer"


def put_on_waiting_list(work: Work, voucher: str, rank: int | None = None) -> Voucher:
    """The second officer approves an application for which there is no money: it is issued when its turn comes.

    `rank` counts from 1 and is needed where the terms serve by rank. Raises NotNow when the money is there.
    """
    seen = fetch(work.session, Voucher, voucher)
    programme = get(work.session, Programme, seen.programme_id)
    VOUCHER.allow(work, "put_on_waiting_list", parties_of(seen))
    terms = terms_in_force(work.session, programme, work.today).terms
    _check_list(terms, rank)
    if not waiting_for(work, programme, seen.service_group) and _has_money(work, seen):
        raise NotNow(_("There is money for this voucher. Issue it."))
    held = lock(work.session, Voucher, voucher)
    VOUCHER.advance(work, held, "put_on_waiting_list", parties_of(held), case=held.reference, vouchers=(held.id,),
                    rank="" if rank is None else str(rank))
    end_review(work, held)
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


def _has_money(work: Work, voucher: Voucher, *, only_free: bool = False) -> bool:
    try:
        return is_covered(work, voucher, look_for_money(work, voucher), only_free=only_free)
    except NoMoneyLeft:
        return False


def serve_waiting_list(work: Work, _store: FileStore, programme: str) -> Voucher | None:
    """Issue or offer the voucher whose turn it is, if there is money for it; then have the next one looked at (a job).

    Who is banned, or whom the terms in force give less by now, is passed over and keeps his turn; nobody overtakes whom the money does not
    cover. Where the money is cut by types of voucher, each type has a turn of its own.
    """
    held = fetch(work.session, Programme, programme)
    if held.state == ProgrammeState.PAUSED:  # it is asked for anew when the programme goes on
        return None
    terms = terms_in_force(work.session, held, work.today).terms
    offers = terms.waiting_list is not None and terms.waiting_list.offer_open is not None
    following = next((each for each in _whose_turn(work, held, terms) if _has_money(work, each, only_free=offers)), None)
    if following is None:
        return None
    place = look_for_money(work, following)
    let_nobody_ban(work.session)
    if bans_on(work.session, [following.sme_id], work.today):  # since the look
        ask_to_serve(work, held)
        return None
    voucher = lock(work.session, Voucher, following.reference)
    if terms.waiting_list is not None and terms.waiting_list.offer_open is not None:
        _offer(work, voucher, place, terms.waiting_list.offer_open, terms.waiting_list.clause)
    else:
        VOUCHER.advance(work, voucher, "serve_voucher", parties_of(voucher), case=voucher.reference, amount=str(voucher.amount))
        commit_money(work, voucher, place)
    ask_to_serve(work, held)
    return voucher


def _whose_turn(work: Work, programme: Programme, terms: Terms) -> list[Voucher]:
    """Of each type of voucher the first who waits, is not banned, and to whom the terms still give all of it."""
    first: dict[str, Voucher] = {}
    waiting = in_turn(terms, waiting_for(work, programme))
    banned = bans_on(work.session, [each.sme_id for each in waiting], work.today)
    for each in waiting:
        if each.service_group not in first and each.sme_id not in banned and _is_still_given(work, each, terms):
            first[each.service_group] = each
    return list(first.values())


def _offer(work: Work, voucher: Voucher, place: MoneyPlace, length: Duration, clause: Clause | None) -> None:
    """Set the money apart and offer the voucher; the offer stands for a time."""
    clock = start_clock(work, voucher.reference, OFFER, case=voucher.reference, waits_for=Role.SME, length=length,
                        firm=voucher.sme_id, clause=clause, then="lapse_offer")
    VOUCHER.advance(work, voucher, "offer_voucher", parties_of(voucher), case=voucher.reference, amount=str(voucher.amount),
                    until=clock.due_on.isoformat())
    bear(work, voucher, place)
    post(work, accounting.offer_made(accounting.case_of(work.session, voucher), work.today))


def accept_offer(work: Work, voucher: str) -> Voucher:
    """The SME takes up the voucher that it was offered: it is issued. Raises NotNow when the offer stood until an earlier day."""
    place = look_for_money(work, fetch(work.session, Voucher, voucher))
    held = lock(work.session, Voucher, voucher)
    VOUCHER.advance(work, held, "accept_offer", parties_of(held), case=held.reference, vouchers=(held.id,), amount=str(held.amount))
    clock = stop_clock(work, held.reference, OFFER)
    if clock is not None and clock.state == DeadlineState.MISSED:
        raise NotNow(_("This offer stood until {day}."), day=clock.due_on.isoformat())
    refuse_banned(work.session, work.today, get(work.session, Organisation, held.sme_id))
    end_offer(work, held)
    commit_money(work, held, place)
    return held


def decline_offer(work: Work, voucher: str, reason: str = "") -> Voucher:
    """The SME does not want the voucher that it was offered; its money goes to the next."""
    held = lock(work.session, Voucher, voucher)
    VOUCHER.advance(work, held, "decline_offer", parties_of(held), case=held.reference, reason=reason, vouchers=(held.id,))
    stop_clock(work, held.reference, OFFER)
    end_offer(work, held)
    return held


def lapse_offer(work: Work, voucher: str) -> Voucher:
    """End an offer that nobody took up by its last day; its money goes to the next. The system does it when the clock is over."""
    held = lock(work.session, Voucher, voucher)
    VOUCHER.advance(work, held, "lapse_offer", parties_of(held), case=held.reference)
    end_offer(work, held)
    return held


def end_offer(work: Work, voucher: Voucher) -> None:
    """Give back what was set apart. Posting it has the next one served."""
    post(work, accounting.offer_ended(accounting.case_of(work.session, voucher), work.today))


def _is_still_given(work: Work, voucher: Voucher, terms: Terms) -> bool:
    try:
        check_still_given(work, voucher, terms)
    except NotNow:
        return False
    return True
