"""Back-tests: a draft of terms is tried on what was really ordered. Nothing is posted."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from marshmallow import fields
from sqlmodel import col, select

from voucher.backtests import Backtest
from voucher.database import fetch
from voucher.errors import NotNow, _
from voucher.people import OFFICE_ROLES
from voucher.programmes.programmes import Programme
from voucher.programmes.source import LARGEST_SOURCE
from voucher.work import Work
from workflows import backtesting
from workflows.access import door, roles
from workflows.api.answers import facts
from workflows.api.fields import Answer, Body, Choice, Instant, Key, MoneyField, Number, Said, Text, currency
from workflows.api.nouns import Noun
from workflows.api.paging import Paged, page, page_of
from workflows.backtesting import TRIERS, How

backtests = Noun("api-backtests", __name__, description="A draft of terms, tried on what was really ordered. Nothing is posted.")

_BEGINNING = "format: 1\nprogramme:\n  code: weihai\n  currency: CNY\n"


class BacktestQuery(Paged):
    """Which back-tests."""

    after = Key(metadata={"description": "`next` of the page before."})


class DraftBody(Body):
    """A draft of the terms, and what money there is in all, if the day is to be known on which it would be spent."""

    draft = Text(LARGEST_SOURCE, required=True, metadata={"description": "A terms file: YAML.", "example": _BEGINNING})
    budget = MoneyField(metadata={"description": "Above zero.", "example": "1000000.00"})
    currency = currency()


class BacktestAnswer(Answer):
    """A trial of a draft: how far it has come and, once it is finished, what was found."""

    id = Key()
    state = Choice(How)
    asked_at = Instant()
    finished_at = Instant(allow_none=True)
    cases = Number(metadata={"description": "How many orders are tried."})
    of_cases = Number(metadata={"description": "How many there were when it was asked for."})
    report = fields.Dict(keys=Said(), values=fields.Raw(), metadata={
        "description": "The sums, as `voucher programme simulate --json` tells them; empty until it is finished.",
        "example": {"currency": "CNY", "cases": 2, "recorded": "200000.00", "draft": "150000.00", "change": "-50000.00"}})


def _told(work: Work, row: Backtest) -> dict[str, Any]:
    return facts(row, "id", "asked_at", "finished_at", "cases", "of_cases", "report") | {"state": backtesting.how(work.session, row)}


@backtests.reads("/programmes/<programme>/backtests", page_of(BacktestAnswer), BacktestQuery)
@roles(*OFFICE_ROLES)
def list_backtests(work: Work, query: dict[str, Any], programme: str) -> dict[str, Any]:
    """List what was tried on the orders of a programme."""
    held = fetch(work.session, Programme, programme)
    shown = select(Backtest).where(Backtest.programme_id == held.id).order_by(col(Backtest.id).desc())
    rows, following = page(work.session, shown, Backtest, query, "id")
    return {"items": [_told(work, row) for row in rows], "next": following}


@backtests.writes("/programmes/<programme>/backtests", BacktestAnswer, DraftBody, status=201)
@roles(*TRIERS)
def try_draft(work: Work, body: dict[str, Any], programme: str) -> dict[str, Any]:
    """Have a draft tried on the recorded orders of a programme.

    It is a job: ask for the back-test by its id until it is finished. A draft that cannot be read is refused with every problem and
    its line.
    """
    return _told(work, backtesting.try_draft(work, programme, body["draft"].encode(), body.get("budget")))


@backtests.reads("/programmes/<programme>/backtests/<uuid:backtest>", BacktestAnswer)
@roles(*OFFICE_ROLES)
def show_backtest(work: Work, _query: dict[str, Any], programme: str, backtest: UUID) -> dict[str, Any]:
    """Show what a back-test found, or how far it has come."""
    return _told(work, backtesting.trial_of(work.session, programme, backtest)[1])


@backtests.streams("/programmes/<programme>/backtests/<uuid:backtest>/cases", "text/csv")
@roles(*OFFICE_ROLES)
def download_backtest_cases(work: Work, programme: str, backtest: UUID) -> tuple[str, Iterator[bytes]]:
    """Download every order of a finished back-test (CSV): what it got, what it would get, and why not."""
    held, trial = backtesting.trial_of(work.session, programme, backtest)
    if trial.finished_at is None:
        raise NotNow(_("The draft is still being tried. Look again in a minute."))
    return f"{held.code} {trial.asked_at:%Y-%m-%d}.csv", iter([door().files.get(trial.table_sha256)])
