"""Back-tests: a draft of terms is tried on what was really ordered. Nothing is posted, and no case learns of it.

The command line tries a draft at once; in the portal it is a job, because a hundred thousand orders take a minute or more. It reads one
instant of the books, outside of any piece of work, and says from time to time how far it has come.
"""

import io
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from voucher import jobs
from voucher.backtests import Backtest
from voucher.clock import Clock
from voucher.database import Database, fetch, get, lock, lock_by_id
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid, Problem, _, problem, refuse_if_any
from voucher.files import FileStore
from voucher.money import Money
from voucher.people import OFFICE_ROLES, Role
from voucher.programmes.backtest import Replayed, Report, replay
from voucher.programmes.programmes import Programme
from voucher.programmes.reading import read_published, read_terms
from voucher.programmes.terms import Terms
from voucher.recorded import BudgetUse, count_recorded, recorded_cases
from voucher.spreadsheets import csv_line
from voucher.work import SYSTEM, Work, begin, read

#: Who may try a draft: those who publish terms, and finance, whose money it would need.
TRIERS = (Role.APPROVER, Role.FINANCE, Role.ADMINISTRATOR)

#: The table of all cases: its columns.
COLUMNS = ("reference", "on", "company", "service", "net", "recorded", "draft", "change", "why_not")

#: After so many cases it is noted how far a trial has come.
_STRIDE = 1000

_TASK = "keep_backtest"


class Trial:
    """A draft on its way through the recorded orders of a programme: the sums so far, and the fund lines as it would use them."""

    def __init__(self, session: Session, programme: Programme, terms: Terms, budget: Money | None) -> None:
        """Raises NotValid when the draft counts in another currency."""
        refuse_if_any(currency_problems(programme, terms))
        self.session, self.programme, self.terms, self.budget = session, programme, terms, budget
        self.report, self.lines = Report(terms.currency), BudgetUse(session, programme)

    def __len__(self) -> int:
        """How many cases there are."""
        return count_recorded(self.session, self.programme)

    def __iter__(self) -> Generator[Replayed, None, None]:
        """Each recorded case under the draft, in the order of their days, as it is added to the sums."""
        with closing(recorded_cases(self.session, self.programme, self.terms)) as recorded:
            for each in replay(self.terms, recorded):
                self.report.add(each, self.budget)
                self.lines.add(each)
                yield each

    def as_json(self) -> dict[str, Any]:
        """What was found, for machines; amounts are strings."""
        return self.report.as_json() | {"fund_lines": [line.as_json() for line in self.lines.lines]}


def programme_tried(session: Session, code: str) -> Programme:
    """The programme on whose orders a draft is tried, by its code. Raises NotFound."""
    held = session.exec(select(Programme).where(Programme.code == code)).first()
    if held is None:
        raise NotFound(_("There is no programme {code}. Name one with --programme."), code=code)
    return held


def row_of(each: Replayed) -> Sequence[object]:
    """A case as a row of the table: what it got, what it would get, and why not."""
    case, refusals = each.recorded.case, each.sheet.refusals if each.sheet else ()
    why_not = each.misfit.en if each.misfit else "; ".join(line.label.en for line in refusals)
    return each.recorded.reference, case.on, case.company, case.service, case.net, each.recorded.got, each.gets, each.change, why_not


def currency_problems(programme: Programme, terms: Terms) -> list[Problem]:
    """A draft in another currency cannot be tried."""
    if terms.currency == programme.currency:
        return []
    return [problem(_("The draft is in {draft}, the programme in {currency}."), "draft", draft=terms.currency, currency=programme.currency)]


# -- As a job ----------------------------------------------------------------------------------------------------------

def try_draft(work: Work, programme: str, draft: bytes, budget: Money | None = None) -> Backtest:
    """Ask for a trial of a draft on the recorded orders of a programme; `budget` is what there is in all, if that is to be watched.

    Raises NotValid with every problem of the draft and its line, NotNow while another is tried.
    """
    if not any(work.actor.holds(role) for role in OFFICE_ROLES):
        raise NotFound
    if not any(work.actor.holds(role) for role in TRIERS):
        raise NotAllowed(_("Only {roles} may do this."), roles=", ".join(TRIERS))
    held = lock(work.session, Programme, programme)
    terms = read_terms(draft, retired=True)  # it may begin with what was published
    refuse_if_any(currency_problems(held, terms))
    if budget is not None and (budget.currency != held.currency or budget.minor <= 0):
        raise NotValid(problems=[problem(_("An amount above zero, in {currency}."), "budget", currency=held.currency)])
    if jobs.is_asked(work.session, _TASK, [str(each) for each in work.session.exec(
            select(Backtest.id).where(Backtest.programme_id == held.id, col(Backtest.finished_at).is_(None)))]):
        raise NotNow(_("A draft of this programme is being tried. Wait until that is done."))
    asked = Backtest(programme_id=held.id, draft=draft.decode("utf-8-sig"), budget_minor=budget.minor if budget is not None else None,
                     asked_by=work.actor.person_id, asked_at=work.now, of_cases=count_recorded(work.session, held))
    work.session.add(asked)
    work.session.flush()
    jobs.put(work, _TASK, str(asked.id), {"backtest": str(asked.id)})
    return asked


def trial_of(session: Session, programme: str, trial: UUID) -> tuple[Programme, Backtest]:
    """A programme and one trial on its orders. Raises NotFound."""
    held, found = fetch(session, Programme, programme), session.get(Backtest, trial)
    if found is None or found.programme_id != held.id:
        raise NotFound
    return held, found


class How(StrEnum):
    """How a trial goes. FAILED: it was given up after as many attempts as a job has, and waits for the operator."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


def how(session: Session, trial: Backtest) -> How:
    """How a trial goes."""
    if trial.finished_at is not None:
        return How.FINISHED
    given_up = select(jobs.Job.id).where(jobs.Job.key == f"{_TASK} {trial.id}", jobs.Job.state == jobs.JobState.FAILED)
    return How.RUNNING if session.exec(given_up).first() is None else How.FAILED


@dataclass(frozen=True)
class Found:
    """What a trial found, and the digest of its table."""

    cases: int
    report: dict[str, Any]
    table_sha256: str


def run_backtest(
    database: Database, store: FileStore, clock: Clock, zone: str, backtest: str, went_on: Callable[[Work], None]
) -> Found | None:
    """Try a draft that somebody asked for, in no transaction that others wait for; None when it is finished already.

    `went_on` is called from time to time in a piece of work of its own, and may raise to end the trial.
    """
    with read(database) as session, tempfile.TemporaryFile() as content:
        held = get(session, Backtest, UUID(backtest))
        if held.finished_at is not None:
            return None
        terms = read_published(held.draft.encode())
        trial = Trial(session, get(session, Programme, held.programme_id), terms, held.budget(terms.currency))
        table = io.TextIOWrapper(content, encoding="utf-8-sig", newline="")
        table.write(csv_line(COLUMNS))
        with closing(iter(trial)) as cases:
            for number, each in enumerate(cases, start=1):
                table.write(csv_line(row_of(each)))
                if number % _STRIDE == 0:
                    with begin(database, SYSTEM, clock, zone) as work:
                        went_on(work)
                        _note(work, backtest, number)
        table.detach()
        content.seek(0)
        return Found(trial.report.cases, trial.as_json(), store.put(content.read()))


def keep_backtest(work: Work, _store: FileStore, backtest: str, found: Found | None) -> None:
    """Keep what a trial found."""
    if found is None:
        return
    held = _note(work, backtest, found.cases)
    held.report, held.table_sha256, held.finished_at = found.report, found.table_sha256, work.now


def _note(work: Work, backtest: str, cases: int) -> Backtest:
    held = lock_by_id(work.session, Backtest, UUID(backtest))
    held.cases = cases
    work.session.add(held)
    return held
