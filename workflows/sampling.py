"""Sampling: claims are drawn by lot from those that wait for a decision, with a seed that anybody may know.

The system draws each day; people may draw besides, with a seed of their own. Nothing is approved before it was on a list.
"""

from collections.abc import Sequence
from fractions import Fraction

from sqlmodel import col, func, select

from voucher.checks.sampling import draw, how_many, list_digest
from voucher.checks.table import Stage
from voucher.claims import Claim, ClaimState
from voucher.database import fetch, get, lock
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid, _, problem
from voucher.files import FileStore
from voucher.history import record
from voucher.jobs import put_many
from voucher.ledger import seals
from voucher.orders import Order
from voucher.people import OFFICE_ROLES, Role
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.samples import Lot, LotClaim
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.checking import check_claims

#: Who may draw: not who approves, for whoever names the seed can try seeds until what he wants to approve is not drawn.
DRAWERS = (Role.AUDITOR,)

SHORTEST_SEED = 8

_UNDECIDED = (ClaimState.SUBMITTED, ClaimState.QUESTIONED, ClaimState.RETURNED, ClaimState.VERIFIED)


def draw_sample(work: Work, programme: str, seed: str) -> tuple[Lot, list[str]]:
    """Draw the part of the undecided claims of a programme that its terms name; answers the lot and what was drawn.

    A claim that was on a list before is on no second one. What is drawn is not approved before somebody has looked at it on
    the spot.
    """
    if not any(work.actor.holds(role) for role in OFFICE_ROLES):
        raise NotFound
    if not any(work.actor.holds(role) for role in DRAWERS):
        raise NotAllowed
    if not SHORTEST_SEED <= len(seed.strip()) <= 200:
        raise NotValid(problems=[problem(_("Name a seed that was published, such as the numbers of a lottery and its day."), "seed")])
    held = lock(work.session, Programme, programme)
    rate = _rate(work, held)
    if rate is None:
        raise NotNow(_("The terms of this programme name no part that is drawn (sampling_rate)."))
    waiting = _waiting(work, held)
    if not waiting:
        raise NotNow(_("No claim waits that was not on a list before."))
    return _draw(work, held, rate, waiting, seed.strip(), how_many(len(waiting), rate))


def ask_for_samples(work: Work, _store: FileStore) -> int:
    """Ask for the draw of this day of every programme whose terms name a part that is drawn; answers how many."""
    held = [each.reference for each in work.session.exec(select(Programme).order_by(col(Programme.reference)))
            if _rate(work, each) is not None]
    put_many(work, "draw_by_itself", {f"{each} {work.today.isoformat()}": {"programme": each} for each in held})
    return len(held)


def draw_by_itself(work: Work, _store: FileStore, programme: str) -> list[str]:
    """Draw so many of the claims that wait that the part which the terms name is drawn of all that ever were on a list.

    The seed is the head of the last seal of the books with the programme and the day: nobody can choose it, and whoever keeps a
    statement with a head can check it. Nothing is drawn before the books were sealed.
    """
    held = lock(work.session, Programme, programme)
    rate, head, waiting = _rate(work, held), seals.latest(work.session), _waiting(work, held)
    if rate is None or not waiting or not head.size:
        return []
    before = work.session.exec(select(LotClaim.drawn).join(Lot, col(Lot.id) == LotClaim.lot_id).where(Lot.programme_id == held.id)).all()
    count = max(0, how_many(len(before) + len(waiting), rate) - sum(before))
    return _draw(work, held, rate, waiting, f"{head.root.hex()} {held.reference} {work.today.isoformat()}", min(count, len(waiting)))[1]


def refuse_unlisted(work: Work, voucher: Voucher, claim: Claim) -> None:
    """Raises NotNow while a claim has taken part in no draw, where the terms in force want a part of the claims to be drawn."""
    if _rate(work, get(work.session, Programme, voucher.programme_id)) is not None and work.session.get(LotClaim, claim.id) is None:
        raise NotNow(_("This claim takes part in a draw first. It is made each day, or by an auditor at any time."))


def _rate(work: Work, programme: Programme) -> Fraction | None:
    return terms_in_force(work.session, programme, work.today).terms.sampling_rate


def _draw(work: Work, held: Programme, rate: Fraction, waiting: Sequence[Claim], seed: str, count: int) -> tuple[Lot, list[str]]:
    references = [each.reference for each in waiting]
    chosen = draw(seed, references, count)
    number = work.session.exec(select(func.count()).where(Lot.programme_id == held.id)).one() + 1
    lot = Lot(programme_id=held.id, number=number, seed=seed, rate=str(rate), list_digest=list_digest(references), at=work.now,
              person_id=work.actor.person_id)
    work.session.add(lot)
    work.session.flush()
    work.session.add_all([LotClaim(claim_id=each.id, lot_id=lot.id, drawn=each.reference in chosen) for each in waiting])
    work.session.flush()
    record(work, "lot.drawn", held.reference, seed=lot.seed, rate=lot.rate, list=lot.list_digest, drawn=chosen)
    check_claims(work, [each.id for each in waiting if each.reference in chosen], Stage.APPROVAL)
    return lot, chosen


def _waiting(work: Work, programme: Programme) -> Sequence[Claim]:
    """The claims of a programme that wait for a decision and were on no list."""
    return work.session.exec(
        select(Claim).join(Order, col(Order.id) == Claim.order_id).join(Voucher, col(Voucher.id) == Order.voucher_id)
        .where(Voucher.programme_id == programme.id, col(Claim.state).in_(_UNDECIDED),
               col(Claim.id).not_in(select(LotClaim.claim_id))).order_by(col(Claim.reference))).all()


def lots_of(work: Work, programme: str) -> list[tuple[Lot, list[str], list[str]]]:
    """The lots of a programme, oldest first, each with its list and with what was drawn."""
    held = fetch(work.session, Programme, programme)
    rows = work.session.exec(select(Lot, LotClaim.drawn, Claim.reference).join(LotClaim, col(LotClaim.lot_id) == Lot.id)
                             .join(Claim, col(Claim.id) == LotClaim.claim_id).where(Lot.programme_id == held.id)
                             .order_by(col(Lot.number), col(Claim.reference))).all()
    found: dict[int, tuple[Lot, list[str], list[str]]] = {}
    for lot, was_drawn, reference in rows:
        _lot, listed, chosen = found.setdefault(lot.number, (lot, [], []))
        listed.append(reference)
        if was_drawn:
            chosen.append(reference)
    return list(found.values())
