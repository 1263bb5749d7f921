"""Predictions: by when a claim is probably paid, and how good such predictions were."""

from typing import Any

from voucher.calendars import Calendar
from voucher.claims import Claim
from voucher.people import OFFICE_ROLES, office
from voucher.predictions import accuracy
from voucher.work import Work
from workflows import sight
from workflows.access import roles, signed_in
from workflows.api.answers import facts
from workflows.api.fields import Answer, Day, Number, Part, Said, Those
from workflows.api.nouns import Noun
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
