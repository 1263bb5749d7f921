"""Predicting: each day, the system says of every claim that waits for its money by when it is probably paid, and keeps what it said.

It says so again on the same day when something comes between, or goes away, that moves the day.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from voucher.calendars import Calendar
from voucher.claims import Claim, ClaimState
from voucher.database import insert_unless_there
from voucher.errors import NotFound, NotNow, _
from voucher.files import FileStore
from voucher.history import Event
from voucher.obstacles import obstacles
from voucher.orders import Order
from voucher.payouts import Payout, PayoutState
from voucher.people import office
from voucher.predictions import PACE_OF, Prediction, Stage, Standing, latest_prediction, predict
from voucher.programmes.paydays import payday
from voucher.programmes.programmes import TermsVersion
from voucher.programmes.terms import Terms
from voucher.work import Work

#: How far back paid claims are looked at, and how many of them at most: the last ones count.
LOOK_BACK, MOST = timedelta(days=365), 400

_WAITS_AT: Mapping[str, Stage] = {
    ClaimState.SUBMITTED: Stage.VERIFICATION, ClaimState.QUESTIONED: Stage.VERIFICATION, ClaimState.RETURNED: Stage.VERIFICATION,
    ClaimState.VERIFIED: Stage.APPROVAL, ClaimState.APPROVED: Stage.PAYMENT}

_AT_THE_BANK = (PayoutState.SENT,)
_OVER = (PayoutState.SETTLED, PayoutState.REPLACED, PayoutState.CANCELLED, PayoutState.OFFSET)

# With which event a stage begins.
_BEGINS: Mapping[str, Stage] = {
    "claim.submitted": Stage.VERIFICATION, "claim.verified": Stage.APPROVAL, "claim.approved": Stage.PAYMENT, "payout.sent": Stage.BANK}

# With which event a stage ends.
_ENDS: Mapping[Stage, str] = {
    Stage.VERIFICATION: "claim.verified", Stage.APPROVAL: "claim.approved", Stage.PAYMENT: "payout.sent", Stage.BANK: "payout.settled"}


def predict_payments(work: Work, _store: FileStore) -> int:
    """Say of each claim that waits, by when it is probably paid; once a day each, and again when that has changed. Answers how many
    were new.

    Nothing is said of one that waits for a decision of which nobody knows the day; one that waits for a day is not paid before.
    The number of questions does not grow with the claims.
    """
    waiting = _waiting(work)
    if not waiting:
        return 0
    calendar = Calendar(office(work.session).country)
    took, pace = _took(work, calendar), _pace(work, calendar)
    keys = [claim for claim, _stage, _since in waiting]
    paydays, in_the_way, rows = _paydays(work, keys), obstacles(work.session, keys, work.today), []
    for stage, claims in _by_stage(waiting).items():
        for ahead, (since, claim) in enumerate(claims):
            days = [] if stage == Stage.BANK else in_the_way.get(claim, [])
            if None not in days:
                standing = Standing(claim, stage, since, ahead, pace[stage])
                pays = _after(calendar, [day for day in days if day], paydays[claim])
                rows.append(predict(calendar, work.today, standing, took, pays))
    return insert_unless_there(work.session, Prediction, [each.model_dump() for each in _new(work, rows)])


def _new(work: Work, predictions: Sequence[Prediction]) -> Iterator[Prediction]:
    """Those of these predictions that were not said today already, each with its number."""
    before = {each.claim_id: each for each in work.session.exec(
        select(Prediction).where(Prediction.made_on == work.today).order_by(col(Prediction.number)))}
    for each in predictions:
        said = before.get(each.claim_id)
        if said is None or (said.stage, said.likely_on, said.late_on) != (each.stage, each.likely_on, each.late_on):
            each.number = 1 if said is None else said.number + 1
            yield each


def _waiting(work: Work) -> list[tuple[UUID, Stage, date]]:
    """The claims that wait for money, their stage, and since which day they have been at it."""
    rows = work.session.exec(
        select(Claim, Payout).outerjoin(Payout, (col(Payout.claim_id) == Claim.id) & col(Payout.state).not_in(
            (PayoutState.REPLACED, PayoutState.CANCELLED)))
        .where(col(Claim.state).in_(list(_WAITS_AT)))).all()
    found = []
    begun = _begun(work, [each.reference for row in rows for each in row if each is not None])
    for claim, payout in rows:
        if payout is not None and payout.state in _OVER:
            continue
        stage = Stage.BANK if payout is not None and payout.state in _AT_THE_BANK else _WAITS_AT[claim.state]
        subject = payout.reference if stage == Stage.BANK and payout is not None else claim.reference
        found.append((claim.id, stage, begun.get((subject, stage)) or _day(work, claim.submitted_at)))
    return found


def _paydays(work: Work, claims: Sequence[UUID]) -> dict[UUID, Callable[[date], date]]:
    """From which day on each claim is paid that is payable on a day, by its terms or, once it is payable, as was said then."""
    rows = work.session.exec(
        select(Claim.id, TermsVersion, col(Payout.not_before)).join(Order, col(Order.id) == Claim.order_id)
        .join(TermsVersion, col(TermsVersion.id) == Order.terms_id)
        .outerjoin(Payout, (col(Payout.claim_id) == Claim.id) & (Payout.state == PayoutState.PAYABLE))
        .where(col(Claim.id).in_(claims)))
    return {claim: _pays(version.terms, not_before) for claim, version, not_before in rows}


def _pays(terms: Terms, not_before: date | None) -> Callable[[date], date]:
    return lambda day: max(day, not_before) if not_before else payday(terms, day)


def _after(calendar: Calendar, days: Sequence[date], pays: Callable[[date], date]) -> Callable[[date], date]:
    """From which day on it is paid when something stands in the way until the last of these days: the working day after it, at least."""
    return (lambda day: pays(max(day, calendar.working_days_after(max(days), 1)))) if days else pays


def undecided(session: Session, claim: Claim, today: date) -> bool:
    """Whether a claim that is not at the bank waits for a decision of which nobody knows the day: none can be told for its payment."""
    sent = select(Payout.id).where(Payout.claim_id == claim.id, col(Payout.state).in_(_AT_THE_BANK))
    return session.exec(sent).first() is None and None in obstacles(session, [claim.id], today).get(claim.id, ())


def last_said(session: Session, claim: Claim, today: date) -> Prediction:
    """What was last said of a claim. Raises NotFound when nothing was, and NotNow while it waits for a decision without a day."""
    said = latest_prediction(session, claim.id)
    if undecided(session, claim, today):
        raise NotNow(_("Something stands in the way of this payment until it is decided. No day can be told before."))
    if said is None:
        raise NotFound
    return said


def _begun(work: Work, subjects: Sequence[str]) -> dict[tuple[str, Stage], date]:
    """Since when these have been at each stage: the last time that it began, but the first of the first, whose place is kept."""
    found: dict[tuple[str, Stage], date] = {}
    for event in work.session.exec(select(Event).where(col(Event.subject).in_(subjects), col(Event.name).in_(list(_BEGINS)))
                                   .order_by(col(Event.id))):
        key = event.subject, _BEGINS[event.name]
        if key not in found or key[1] != Stage.VERIFICATION:
            found[key] = _day(work, event.at)
    return found


def _by_stage(waiting: Iterable[tuple[UUID, Stage, date]]) -> dict[Stage, list[tuple[date, UUID]]]:
    """The queue at each stage: who came first stands first."""
    queues: dict[Stage, list[tuple[date, UUID]]] = defaultdict(list)
    for claim, stage, since in waiting:
        queues[stage].append((since, claim))
    return {stage: sorted(several) for stage, several in queues.items()}


def _took(work: Work, calendar: Calendar) -> dict[Stage, list[int]]:
    """How many working days the claims that were paid last took from each stage to their money."""
    paid = work.session.exec(
        select(Claim.reference, Payout).join(Payout, col(Payout.claim_id) == Claim.id)
        .where(Payout.state == PayoutState.SETTLED, col(Payout.settled_on) >= work.today - LOOK_BACK)
        .order_by(col(Payout.settled_on).desc(), col(Payout.id).desc()).limit(MOST)).all()
    begun = _begun(work, [each for claim, payout in paid for each in (claim, payout.reference)])
    took: dict[Stage, list[int]] = defaultdict(list)
    for claim, payout in paid:
        for stage in Stage:
            since = begun.get((payout.reference if stage == Stage.BANK else claim, stage))
            if since is not None and payout.settled_on is not None:
                took[stage].append(max(0, calendar.working_days_between(since, payout.settled_on)))
    return took


def _pace(work: Work, calendar: Calendar) -> Counter[Stage]:
    """How many have left each stage in the last working days."""
    day, left = work.today, PACE_OF
    while left:
        day -= timedelta(days=1)
        left -= calendar.is_working_day(day)
    names = {event: stage for stage, event in _ENDS.items()}
    since = datetime.combine(day, time(), work.zone).astimezone(UTC)
    return Counter(names[name] for name in work.session.exec(select(Event.name).where(col(Event.name).in_(list(names)), Event.at >= since)))


def _day(work: Work, at: datetime) -> date:
    return at.astimezone(work.zone).date()
