"""Predictions: by when a claim is probably paid, and how good such predictions were."""

from typing import Any
from uuid import UUID

from sqlmodel import col, select

from voucher.calendars import Calendar
from voucher.claims import Claim
from voucher.payouts import Payout
from voucher.people import OFFICE_ROLES, office
from voucher.predictions import Prediction, Stage, accuracy, error_of, measured
from voucher.work import Work
from workflows import sight
from workflows.access import roles, signed_in
from workflows.api.answers import facts
from workflows.api.fields import Answer, Choice, Day, Number, Part, Said, Those
from workflows.api.nouns import Noun
from workflows.api.paging import Paged, after, page, page_of
from workflows.bank_entries import entries_of_payments
from workflows.predicting import LOOK_BACK, last_said

predictions = Noun("api-predictions", __name__, description="By when a claim is probably paid, and how good such predictions were.")


class PredictionAnswer(Answer):
    """What was last said of a claim: half of such claims are paid by `likely_on`, nine of ten by `late_on`.

    `likely_days` and `late_days` are working days; `ahead` wait before it; `queue_days` is what the queue alone comes to, where it
    counts; `paid_from` is the day from which it is paid by the rhythm of its programme, where that counts; `sample`
    is how many paid claims it rests on (0: the usual times).
    """

    claim = Said(metadata={"example": "C-2026-00001-8"})
    made_on = Day()
    stage = Said(metadata={"example": "verification"})
    likely_on = Day()
    late_on = Day()
    likely_days = Number()
    late_days = Number()
    ahead = Number()
    queue_days = Number()
    paid_from = Day(allow_none=True)
    sample = Number()


class AccuracyAnswer(Answer):
    """How good the predictions were that were made at a stage, in working days.

    `bias` is the median of the error (positive: paid later than said), `median` and `ninety` how far off half and nine of ten
    were either way, `kept` how many of 100 were paid by the late day.
    """

    stage = Said(metadata={"example": "verification"})
    count = Number()
    bias = Number()
    median = Number()
    ninety = Number()
    kept = Number()


class AccuraciesAnswer(Answer):
    """How good predictions were, stage by stage."""

    items = Those(Part(AccuracyAnswer))


class SaidAnswer(Answer):
    """What was said on a day, and how many working days later than the likely day the claim was paid; earlier is below zero."""

    made_on = Day()
    stage = Said(metadata={"example": "verification"})
    likely_on = Day()
    late_on = Day()
    error = Number()


class MeasuredAnswer(Answer):
    """A paid claim, what was said of it, and the entry by which it is paid, by its cause."""

    claim = Said(metadata={"example": "C-2026-00001-8"})
    payout = Said(metadata={"example": "Y-2026-00001-8"})
    settled_on = Day()
    entry = Said(metadata={"example": "payout.settled Y-2026-00001-8"})
    said = Those(Part(SaidAnswer))


class MeasuredQuery(Paged):
    """Which paid claims."""

    after = after("Y")
    stage = Choice(Stage)


@predictions.reads("/claims/<claim>/prediction", PredictionAnswer)
@signed_in
def show_prediction(work: Work, _query: dict[str, Any], claim: str) -> dict[str, Any]:
    """Show by when a claim is probably paid. Not found when nothing was said of it; not now while it waits for a decision without a day."""
    held = sight.see(work.session, work.actor, claim)
    assert isinstance(held, Claim)
    said = last_said(work.session, held, work.today)
    return facts(said, "made_on", "stage", "likely_on", "late_on", "likely_days", "late_days", "ahead", "queue_days",
                 "paid_from", "sample") | {"claim": held.reference}


@predictions.reads("/predictions/accuracy", AccuraciesAnswer)
@roles(*OFFICE_ROLES)
def show_accuracy(work: Work, _query: dict[str, Any]) -> dict[str, Any]:
    """Show how good the predictions of the last year were."""
    calendar = Calendar(office(work.session).country)
    return {"items": [facts(each, "stage", "count", "bias", "median", "ninety", "kept")
                      for each in accuracy(work.session, calendar, work.today - LOOK_BACK)]}


@predictions.reads("/predictions/measured", page_of(MeasuredAnswer), MeasuredQuery)
@roles(*OFFICE_ROLES)
def list_measured_predictions(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List the paid claims by which the predictions of the last year are measured, with what was said of each."""
    found = measured(work.today - LOOK_BACK)
    if "stage" in query:
        found = found.where(Prediction.stage == query["stage"])
    paid = select(Payout).where(col(Payout.id).in_(found.with_only_columns(col(Payout.id)))).order_by(col(Payout.id).desc())
    rows, following = page(work.session, paid, Payout, query)
    entries, calendar = entries_of_payments(work.session, rows), Calendar(office(work.session).country)
    said: dict[UUID, list[dict[str, Any]]] = {row.id: [] for row in rows}
    claims = {}
    for each, claim, payout in work.session.exec(found.where(col(Payout.id).in_(said)).order_by(col(Prediction.made_on))):
        said[payout.id].append(facts(each, "made_on", "stage", "likely_on", "late_on") | {"error": error_of(calendar, each, payout)})
        claims[payout.id] = claim
    return {"items": [{"claim": claims[row.id], "payout": row.reference, "settled_on": row.settled_on, "entry": entries[row.id],
                       "said": said[row.id]} for row in rows], "next": following}
