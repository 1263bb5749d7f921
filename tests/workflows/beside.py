"""Two verbs of which the second begins while the first has not committed: what a race meets by luck, met each time. PostgreSQL only."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

from sqlalchemy import text

from tests.builders import House
from voucher.database import Database
from voucher.errors import Refusal
from voucher.work import Work, begin

Verb = Callable[[Work], object]

_WAITS = text("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")


def beside(house: House, first: tuple[str, Verb], second: tuple[str, Verb], then: Verb | None = None) -> Refusal | None:
    """Take the first step, and the second while the first stands uncommitted; then the first goes on, if it does, and is committed.

    Answers what the second was refused with, None when it went through. The second either waits for what the first holds, or is
    through before the first is committed.
    """
    with ThreadPoolExecutor(1) as pool:
        with house.work(first[0]) as work:
            first[1](work)
            work.session.flush()
            running = pool.submit(_attempt, house, *second)
            _until_it_waits(house, running)
            if then is not None:
                then(work)
        return running.result(timeout=30)


def _attempt(house: House, who: str, verb: Verb) -> Refusal | None:
    with closing(Database(house.database.url.render_as_string(hide_password=False))) as database:
        try:
            with begin(database, house.people[who], house.clock) as work:
                verb(work)
        except Refusal as refusal:
            return refusal
        return None


def _until_it_waits(house: House, running: Future[Refusal | None]) -> None:
    with house.database.engine.connect() as looking:
        while not running.done() and not looking.execute(_WAITS).scalar():
            looking.rollback()
