"""Acts upon the books in a process that dies in their midst, as by a power cut: nothing of it is told to anybody."""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from tests.voucher.ledger.builders import DAY, NOW, a_draft, a_move, working
from voucher import ledger
from voucher.database import Database
from voucher.ledger import periods, seals
from voucher.work import Work

KILLED = -signal.SIGKILL
MANY = 2050  # more than fit into one statement
LATER = NOW + timedelta(days=3)


def die(*_whatever: object) -> None:
    """Now."""
    os.kill(os.getpid(), signal.SIGKILL)


def many(work: Work, progress: Callable[[int], object] = bool) -> list[ledger.Entry]:
    """Many entries in one call."""
    return ledger.post_many(work, [a_draft(f"many {number}", a_move("0.01")) for number in range(MANY)], progress)


ACTS: dict[str, Callable[[Work], Any]] = {
    "post": lambda work: ledger.post(work, a_draft("one 1")),
    "post_many": many,
    "reverse": lambda work: ledger.reverse(work, "x 1", "back 1", DAY, "wrong"),
    "close": lambda work: periods.close(work, DAY),
    "seal": seals.seal,
}

# Where each dies: at a statement that says so; between two statements of a great many; or when all but the commit is done.
MOMENTS = [*((act, "commit") for act in ACTS), ("post_many", "progress"), ("close", "INSERT INTO closing_balances"),
           ("close", "INSERT INTO seals"), ("seal", "INSERT INTO seals")]


def _die_at(moment: str) -> Callable[..., None]:
    def look(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if moment in statement:
            die()
    return look


def act_and_die(url: str, act: str, moment: str) -> None:
    """Do it, up to the moment."""
    database = Database(url)
    if moment == "commit":
        event.listen(database.engine, "commit", die)
    elif moment != "progress":
        event.listen(database.engine, "before_cursor_execute", _die_at(moment))
    with working(database, LATER) as work:
        if moment == "progress":
            many(work, die)
        else:
            ACTS[act](work)
