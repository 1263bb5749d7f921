"""Predictions: by which day a claim is probably paid, from the queue and from how long such claims took.

The method is meant to be explained to whoever waits. A claim is at a stage; of the claims that were paid in the last year one
knows how many working days each took from that stage to its payment. Those that took longer than this one has waited already
say how much is left: half of them needed no more than the likely time, nine of ten no more than the late one. If more are
waiting before it than the desk gets through in that time, the queue counts instead. Every prediction is kept with the day on
which it was made, so that its error is known once the bank has confirmed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, String
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import Select

from voucher import jobs
from voucher.calendars import Calendar
from voucher.claims import Claim
from voucher.database import one_of
from voucher.payouts import Payout, PayoutState
from voucher.work import Work

#: Fewer paid claims than these say nothing; then the usual times do.
FEWEST = 5

#: Over how many working days the pace of a desk is measured.
PACE_OF = 20


class Stage(StrEnum):
    """What a claim waits for, in order: each begins where the one before ends, and the last ends with the bank's word."""

    VERIFICATION = "verification"
    APPROVAL = "approval"
    PAYMENT = "payment"
    BANK = "bank"


#: How many working days a stage takes where too few claims were paid to know better.
USUAL: Mapping[Stage, int] = {Stage.VERIFICATION: 15, Stage.APPROVAL: 5, Stage.PAYMENT: 10, Stage.BANK: 2}


class Prediction(SQLModel, table=True):
    """What was said on a day about a claim: paid by `likely_on` in half of such cases, by `late_on` in nine of ten.

    `number` counts what was said on the day: again when it came to other days, because a payment was held, or went on.
    `likely_days` and `late_days` are working days from `made_on`. `ahead` were waiting before it at its stage; `queue_days` is
    what the queue alone came to, where it counted. `paid_from` is the day on which its programme pays next, where that is later
    than the rest comes to. `sample` is how many paid claims it rests on; none means the usual times.
    """

    __tablename__ = "predictions"
    __table_args__ = (one_of("stage", Stage), CheckConstraint("late_on >= likely_on and likely_on >= made_on", name="in_order"))

    claim_id: UUID = Field(primary_key=True, foreign_key="claims.id")
    made_on: date = Field(primary_key=True)
    number: int = Field(default=1, primary_key=True)
    stage: str = Field(sa_type=String(16))
    likely_on: date
    late_on: date
    likely_days: int
    late_days: int
    ahead: int
    queue_days: int
    paid_from: date | None = None
    sample: int


@dataclass(frozen=True)
class Standing:
    """Where a claim stands: its stage, since which day, how many wait before it there and how many leave it in PACE_OF days."""

    claim: UUID
    stage: Stage
    since: date
    ahead: int
    pace: int


def quantile(values: Sequence[int], part: int) -> int:
    """The least of the values that `part` per cent of them do not exceed; there is at least one."""
    ordered = sorted(values)
    return ordered[max(0, -(-part * len(ordered) // 100) - 1)]


def predict(calendar: Calendar, today: date, standing: Standing, took: Mapping[Stage, Sequence[int]],
            pays: Callable[[date], date] = lambda day: day) -> Prediction:
    """What to say today of a claim. `took` is how many working days paid claims took from each stage to the money; `pays` tells
    from which day on the programme pays what is payable on a day.
    """
    waited = calendar.working_days_between(standing.since, today)
    left = [days - waited for days in took.get(standing.stage, ()) if days > waited]
    by_usual = len(left) < FEWEST
    usual = _usual_from(standing.stage)
    likely, late = (max(1, usual - waited), max(2, 2 * usual - waited)) if by_usual else (quantile(left, 50), quantile(left, 90))
    queue = _queue_days(standing, took)
    likely_on, paid_from = _in_rhythm(calendar, today, standing.stage, max(likely, queue), pays)
    late_on, _late_from = _in_rhythm(calendar, today, standing.stage, max(late, queue), pays)
    return Prediction(
        claim_id=standing.claim, made_on=today, stage=standing.stage, likely_on=likely_on, late_on=max(likely_on, late_on),
        likely_days=calendar.working_days_between(today, likely_on),
        late_days=calendar.working_days_between(today, max(likely_on, late_on)), ahead=standing.ahead,
        queue_days=queue if queue > likely else 0, paid_from=paid_from, sample=0 if by_usual else len(left))


def _in_rhythm(calendar: Calendar, today: date, stage: Stage, days: int, pays: Callable[[date], date]) -> tuple[date, date | None]:
    """By which day it is paid when that takes so many working days, and the day of payment that it waits for, if it does.

    A programme that pays on certain days pays on the first of them after the claim is payable, and the bank needs its time.
    """
    by_pace = calendar.working_days_after(today, days)
    if stage == Stage.BANK:
        return by_pace, None
    after = _usual_from(Stage.PAYMENT)
    paid_from = pays(calendar.working_days_after(today, 0 if stage == Stage.PAYMENT else max(0, days - after)))
    by_rhythm = calendar.working_days_after(paid_from, USUAL[Stage.BANK])
    return (by_rhythm, paid_from) if by_rhythm > by_pace else (by_pace, None)


def _usual_from(stage: Stage) -> int:
    order = list(Stage)
    return sum(USUAL[each] for each in order[order.index(stage):])


def _queue_days(standing: Standing, took: Mapping[Stage, Sequence[int]]) -> int:
    """What the queue alone comes to: until the desk is through with those before, and what usually follows. None without a pace."""
    if not standing.ahead or not standing.pace:
        return 0
    order = list(Stage)
    later = order[order.index(standing.stage) + 1:]
    follows = took.get(later[0], ()) if later else ()
    after = quantile(follows, 50) if len(follows) >= FEWEST else _usual_from(later[0]) if later else 0
    return -(-standing.ahead * PACE_OF // standing.pace) + after


def latest_prediction(session: Session, claim: UUID) -> Prediction | None:
    """What was last said of a claim."""
    return session.exec(select(Prediction).where(Prediction.claim_id == claim).order_by(
        col(Prediction.made_on).desc(), col(Prediction.number).desc()).limit(1)).first()


def ask_to_predict(work: Work) -> None:
    """Something begins or ends that moves the day of a payment: have the days looked at when the work is done, once a work."""
    jobs.put(work, "predict_payments", f"again {work.now.isoformat()} {work.actor.person_id}", {})


@dataclass(frozen=True)
class Accuracy:
    """How good predictions of a stage were, in working days: the median of the error, later than said being positive; how far off
    half and nine of ten of them were either way; and of 100 claims how many were paid by the late day.
    """

    stage: Stage
    count: int
    bias: int
    median: int
    ninety: int
    kept: int


def accuracy(session: Session, calendar: Calendar, since: date) -> list[Accuracy]:
    """How good the predictions were of claims that were paid since a day, by the stage at which they were made."""
    errors: dict[Stage, list[int]] = {}
    kept: dict[Stage, int] = {}
    for said, _claim, payout in session.exec(measured(since)):
        paid_on = payout.settled_on
        assert paid_on is not None
        stage = Stage(said.stage)
        errors.setdefault(stage, []).append(error_of(calendar, said, payout))
        kept[stage] = kept.get(stage, 0) + (paid_on <= said.late_on)
    return [_accuracy(stage, errors[stage], kept[stage]) for stage in Stage if stage in errors]


def measured(since: date) -> Select[Prediction, str, Payout]:
    """The predictions of claims that were paid since a day, each with its claim's reference and the payout that paid."""
    return (select(Prediction, Claim.reference, Payout).join(Claim, col(Claim.id) == Prediction.claim_id)
            .join(Payout, col(Payout.claim_id) == Claim.id)
            .where(Payout.state == PayoutState.SETTLED, col(Payout.settled_on) >= since, Prediction.made_on < col(Payout.settled_on)))


def error_of(calendar: Calendar, said: Prediction, payout: Payout) -> int:
    """How many working days later than the likely day that was said a payout was settled; earlier is below zero."""
    assert payout.settled_on is not None, "a settled payout has its day"
    return calendar.working_days_between(said.likely_on, payout.settled_on)


def _accuracy(stage: Stage, errors: Sequence[int], kept: int) -> Accuracy:
    far = [abs(each) for each in errors]
    return Accuracy(stage, len(errors), quantile(errors, 50), quantile(far, 50), quantile(far, 90), 100 * kept // len(errors))
