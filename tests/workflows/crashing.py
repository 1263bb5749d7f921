"""A process that goes the road from the release of a batch to the settlement statement, or takes a voucher back, and dies on the way.

It dies as the power does (os._exit), before or after the commit of a transaction that has written something. Nothing in
the product knows of this: the hooks are SQLAlchemy's events, on the engine of this process alone.
"""

import os
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import event
from sqlmodel import Session, col, select

from tests.builders import HandClock, House, bank_answer
from tests.workflows.recovering import receipt
from voucher.database import Database, fetch
from voucher.errors import Refusal
from voucher.files import FileStore
from voucher.payouts import Batch, BatchState
from voucher.people import Person, actor_for
from voucher.recoveries import Recovery
from voucher.vouchers import Voucher
from voucher.work import Work, read
from workflows.charging import match_return_less_charge
from workflows.issue import issue_voucher
from workflows.measure_appeal import uphold_cancellation_appeal
from workflows.reconciliation import import_statement
from workflows.recovery import decide_recovery, serve_recovery
from workflows.reimbursement import reissue_payout, release_batch
from workflows.rejecting import reject_payout
from workflows.returned import give_up_payout
from workflows.revocation import revoke_voucher
from workflows.surrender import agree_to_surrender
from workflows.unclaimed import ask_for_unclaimed
from workflows.unmatching import unmatch_line
from workflows.wallet import ask_for_wallets

KILLED = 13


class Moment(StrEnum):
    """When the process dies, if it dies."""

    BEFORE = "before the commit"
    AFTER = "after the commit"
    NEVER = "never"


def go_the_road(
    url: str, files: str, now: datetime, start: str, moment: Moment, survives: int, road: Callable[[House, str], None] | None = None
) -> None:
    """The whole road, as a process of its own: of a batch to the bank and back, or another one.

    It survives so many commits that change something, and ends with KILLED at the next one.
    """
    database = Database(url)
    house = House(database, FileStore(files), HandClock(now))
    with read(database) as session:
        house.people = {each.email.partition("@")[0]: actor_for(session, each) for each in session.exec(select(Person)).all()}
    if moment != Moment.NEVER:
        die_at_a_change(database, moment, survives)
    (road or walk)(house, start)


def walk(house: House, batch: str) -> None:
    """Release by two, export, the bank's answer, import, settlement statement. What was done before is refused, and goes on."""
    for treasurer in ("treasury1", "treasury2"):
        _try(house, treasurer, lambda work: release_batch(work, batch))
    house.do_jobs()
    with read(house.database) as session:
        assert fetch(session, Batch, batch).state == BatchState.EXPORTED
    statement = bank_answer(house, batch)
    _try(house, "finance1", lambda work: import_statement(work, house.store, "statement.xml", statement))
    house.do_jobs()


def take_back(house: House, voucher: str) -> None:
    """A voucher whose holder was heard is revoked, and what was paid on it is asked back and comes back.

    What was done before is refused, and the road goes on.
    """
    _try(house, "approver3", lambda work: revoke_voucher(work, voucher, "It is word for word the same"))
    with read(house.database) as session:
        case = session.exec(select(Recovery.reference)).one()
    _try(house, "approver3", lambda work: decide_recovery(work, case, "Nothing of it is new"))
    _try(house, "finance1", lambda work: serve_recovery(work, case))
    content = receipt(house, "20000.00", case, house.today)
    _try(house, "finance1", lambda work: import_statement(work, house.store, "receipts.xml", content))


def undo(house: House, start: str) -> None:
    """A provider agrees that a voucher is given back, a match is taken back, and the bank kept a charge of a return: three commits.

    `start` names the order, the line that was matched wrongly, the line of the return and its payout.
    """
    order, wrong, back, payout = start.split()
    _try(house, "provider01", lambda work: agree_to_surrender(work, order))
    _try(house, "treasury1", lambda work: unmatch_line(work, wrong, "It was another payment"))
    _try(house, "treasury2", lambda work: match_return_less_charge(work, back, payout))


def turn_down(house: House, payout: str) -> None:
    """The bank turned a payment down, and finance pays it again: two commits."""
    _try(house, "treasury3", lambda work: reject_payout(work, payout, "AC04: the account is closed", "Status report 12"))
    _try(house, "finance1", lambda work: reissue_payout(work, payout))


def give_anew_and_up(house: House, start: str) -> None:
    """An appeal against a cancellation is upheld, what was taken away is issued anew, and the rest of a payout given up: three commits.

    `start` names the voucher and the payout.
    """
    voucher, payout = start.split()
    _try(house, "approver3", lambda work: uphold_cancellation_appeal(work, voucher, "It was no mistake"))
    with read(house.database) as session:
        renewed = session.exec(select(Voucher.reference).order_by(col(Voucher.id).desc())).first()
    assert renewed
    _try(house, "approver1", lambda work: issue_voucher(work, renewed))
    _try(house, "approver3", lambda work: give_up_payout(work, payout, "It wants it no more"))


def end_orders(house: House, _start: str) -> None:
    """The worker looks which orders end with the last day, and ends them."""
    with house.work() as work:
        ask_for_unclaimed(work, house.store)
    house.do_jobs()


def settle_the_wallet(house: House, order: str) -> None:
    """An hour later the worker looks at the wallets, and does what it finds to be done."""
    with house.work() as work:
        ask_for_wallets(work, house.store)
    house.do_jobs()


def _try(house: House, who: str, verb: Callable[[Work], object]) -> None:
    try:
        with house.work(who) as work:
            verb(work)
    except Refusal as refusal:
        print(f"{who}: {refusal}")  # noqa: T201 - shown by pytest when the test fails


def die_at_a_change(database: Database, moment: Moment, survives: int) -> None:
    """From now on this process survives so many commits that change something, and dies at the next one."""
    wrote, left = False, survives

    def notice(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal wrote
        wrote = wrote or (cursor.rowcount != 0 and statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")))

    def commit(what: Any) -> None:
        nonlocal wrote, left
        if isinstance(what, Session) and what.in_nested_transaction():
            return  # the end of a savepoint keeps nothing yet
        if wrote and left == 0:
            os._exit(KILLED)
        left -= wrote
        wrote = False

    def forget(_what: Any) -> None:
        nonlocal wrote
        wrote = False

    event.listen(database.engine, "after_cursor_execute", notice)
    event.listen(database.engine, "rollback", forget)
    if moment == Moment.BEFORE:
        event.listen(database.engine, "commit", commit)  # runs just before the driver commits
    else:
        event.listen(Session, "after_commit", commit)
