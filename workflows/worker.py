"""The entry point of the clock: takes jobs and does them.

A job is taken in one piece of work, which gives the worker a lease on it, and done in another, which also says that it
is done: so what a job does is kept once, however often it runs and whoever runs it. A worker that dies leaves its job to
the next one when the lease has run out. As many workers as wanted may run beside each other.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

from voucher.clock import Clock, system_clock
from voucher.database import Database
from voucher.errors import NotNow, Refusal, _
from voucher.files import FileStore
from voucher.jobs import Job, fail, finish, prolong, put, take
from voucher.work import SYSTEM, ZONE, Work, begin
from workflows.answering import note_answer, send_answer
from workflows.backtesting import keep_backtest, run_backtest
from workflows.closing import keep_head, seal_books, write_head
from workflows.correspondence import ask_for_letters, note_mail, send_mail, write_digests, write_letters
from workflows.decisions import DECISION_LETTER
from workflows.drawing import Document, draw, keep_document
from workflows.expiry import end_freed_remainder, expire_vouchers, warn_of_expiry
from workflows.funding import look_at_fund_line
from workflows.keeping import tell_retention
from workflows.mail_room import MailRoom
from workflows.notice_list import NOTICE_LIST
from workflows.overdue import mark_missed_deadlines, take_step_of_deadline
from workflows.predicting import predict_payments
from workflows.programme_end import warn_of_closing
from workflows.recovery_notice import RECOVERY_NOTICE
from workflows.reimbursement import export_batch
from workflows.returned import follow_return
from workflows.sampling import ask_for_samples, draw_by_itself
from workflows.settlement import SETTLEMENT_STATEMENT
from workflows.unclaimed import ask_for_unclaimed, lapse_unclaimed
from workflows.verification_sheet import VERIFICATION_SHEET
from workflows.waiting import serve_waiting_list
from workflows.wallet import ask_for_wallets, settle_wallet
from workflows.watching import ask_for_checks, check_waiting_claims, recheck_payout

log = logging.getLogger(__name__)

#: Documents, by the name of the job that makes one; its only argument says about what.
DOCUMENTS: Mapping[str, Document] = {
    "make_settlement_statement": SETTLEMENT_STATEMENT,
    "make_recovery_notice": RECOVERY_NOTICE,
    "make_decision_letter": DECISION_LETTER,
    "make_notice_list": NOTICE_LIST,
    "make_verification_sheet": VERIFICATION_SHEET,
}

#: What a job asks for, by its name: the verb is called with the work, the store of files and the arguments of the job.
TASKS: Mapping[str, Callable[..., Any]] = {
    "export_batch": export_batch,
    "seal_books": seal_books,
    "keep_head": keep_head,
    **dict.fromkeys(DOCUMENTS, keep_document),
    "follow_return": follow_return,
    "look_at_fund_line": look_at_fund_line,
    "serve_waiting_list": serve_waiting_list,
    "mark_missed_deadlines": mark_missed_deadlines,
    "expire_vouchers": expire_vouchers,
    "end_freed_remainder": end_freed_remainder,
    "warn_of_expiry": warn_of_expiry,
    "warn_of_closing": warn_of_closing,
    "ask_for_unclaimed": ask_for_unclaimed,
    "lapse_unclaimed": lapse_unclaimed,
    "ask_for_wallets": ask_for_wallets,
    "settle_wallet": settle_wallet,
    "take_step_of_deadline": take_step_of_deadline,
    "predict_payments": predict_payments,
    "ask_for_checks": ask_for_checks,
    "ask_for_samples": ask_for_samples,
    "draw_by_itself": draw_by_itself,
    "tell_retention": tell_retention,
    "keep_backtest": keep_backtest,
    "check_waiting_claims": check_waiting_claims,
    "recheck_payout": recheck_payout,
    "write_letters": write_letters,
    "write_digests": write_digests,
    "send_mail": note_mail,
    "send_answer": note_answer,
}

#: What carries a mail out of the house, by the name of its task, which only notes that it was done.
MAILS: Mapping[str, Callable[..., None]] = {"send_mail": send_mail, "send_answer": send_answer}

#: How long an idle worker waits before it looks again, in seconds.
PAUSE = 1.0

#: How long it waits between two jobs on SQLite. There is one write lock, for which others look every tenth of a second:
#: a worker that went from one job to the next would leave them out for as long as its queue is.
BREATHER = 0.15


@dataclass(frozen=True)
class Done:
    """What became of a job. `error` is empty when it was done."""

    task: str
    key: str
    error: str = ""


class TakenOver(Exception):
    """Our lease ran out and another worker has the job: what we did is not kept."""


def do_next_job(database: Database, store: FileStore, clock: Clock = system_clock, zone: str = ZONE,
                room: MailRoom | None = None, heads: str = "") -> Done | None:
    """Take the oldest job that is due and do it; None when there is nothing to do. `heads`: where heads of the books go, if anywhere."""
    with begin(database, SYSTEM, clock, zone) as work:
        job = take(work.session, work.now)
        if job is None:
            return None
    try:
        brought = _run_errand(database, store, clock, zone, room, heads, job)
        with begin(database, SYSTEM, clock, zone) as work:
            _do(work, store, job, brought)
    except TakenOver:
        return Done(job.task, job.key, "taken over by another worker")
    except Exception as error:  # noqa: BLE001 - the worker goes on, and the job is tried again or waits for a person
        _log_failure(job, error)
        with begin(database, SYSTEM, clock, zone) as work:
            fail(work.session, job, work.now, f"{type(error).__name__}: {error}")
        return Done(job.task, job.key, str(error))
    return Done(job.task, job.key)


def _run_errand(database: Database, store: FileStore, clock: Clock, zone: str, room: MailRoom | None, heads: str,
                job: Job) -> dict[str, Any]:
    """Do what must stand in no transaction, before the task, which keeps what it brings or notes that it was done."""
    if job.task in DOCUMENTS:
        [about] = job.arguments.values()
        return {"drawn": draw(database, store, clock, zone, DOCUMENTS[job.task], about)}
    if job.task == "keep_backtest":
        return {"found": run_backtest(database, store, clock, zone, job.arguments["backtest"], lambda work: _hold_on(work, job))}
    if job.task == "keep_head" and heads:
        write_head(database, heads)
    if job.task in MAILS:
        if room is None:
            raise NotNow(_("No mail goes out from here."))
        MAILS[job.task](database, room, zone, **job.arguments)
    return {}


def _hold_on(work: Work, job: Job) -> None:
    if not prolong(work.session, job, work.now):
        raise TakenOver


def _do(work: Work, store: FileStore, job: Job, brought: Mapping[str, Any]) -> None:
    TASKS[job.task](work, store, **job.arguments, **brought)
    if not finish(work.session, job, work.now):
        raise TakenOver


def _log_failure(job: Job, error: Exception) -> None:
    if isinstance(error, Refusal):
        log.warning("%s was refused (attempt %s): %s", job.key, job.attempts, error)
    else:
        log.exception("%s failed (attempt %s)", job.key, job.attempts)


def work_off(database: Database, store: FileStore, clock: Clock = system_clock, most: int | None = None,
             zone: str = ZONE, room: MailRoom | None = None, heads: str = "") -> list[Done]:
    """Do every job that is due, or the first `most` of them, and say what became of each."""
    done: list[Done] = []
    while most is None or len(done) < most:
        outcome = do_next_job(database, store, clock, zone, room, heads)
        if outcome is None:
            break
        done.append(outcome)
    return done


def _ask_for_regular_jobs(database: Database, clock: Clock, zone: str, asked: datetime) -> datetime:
    """Ask for what is done every hour and every day; however many workers ask, it is one job. Answers the hour it is.

    Deadlines are looked at every hour, because midnight comes to each programme at its own.
    """
    hour = clock().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if hour != asked:
        with begin(database, SYSTEM, clock, zone) as work:
            put(work, "seal_books", work.today.isoformat(), {})
            put(work, "mark_missed_deadlines", hour.isoformat(), {})
            put(work, "expire_vouchers", hour.isoformat(), {})
            put(work, "warn_of_expiry", hour.isoformat(), {})
            put(work, "warn_of_closing", hour.isoformat(), {})
            put(work, "ask_for_unclaimed", hour.isoformat(), {})
            put(work, "ask_for_wallets", hour.isoformat(), {})
            put(work, "ask_for_checks", work.today.isoformat(), {})
            put(work, "ask_for_samples", work.today.isoformat(), {})
            put(work, "tell_retention", work.today.isoformat(), {})
            put(work, "predict_payments", hour.isoformat(), {})
            put(work, "write_digests", work.today.isoformat(), {})
    return hour


def run_worker(database: Database, store: FileStore, stop: Event, clock: Clock = system_clock, pause: float = PAUSE,
               zone: str = ZONE, room: MailRoom | None = None, heads: str = "") -> int:
    """Do jobs as they come until `stop` is set; the job in hand is finished first. Answers how many it did."""
    count, asked = 0, clock() - timedelta(hours=2)
    while not stop.is_set():
        asked = _ask_for_regular_jobs(database, clock, zone, asked)
        ask_for_letters(database, clock, zone)
        idle = do_next_job(database, store, clock, zone, room, heads) is None
        count += not idle
        if idle or database.is_sqlite:
            stop.wait(pause if idle else BREATHER)
    return count
