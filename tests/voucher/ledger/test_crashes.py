"""A process dies in the midst of an act upon the books: nothing of it is there, the books are sound, and a retry does it once."""

from multiprocessing import get_context

import pytest

from tests.voucher.ledger.builders import a_draft, working
from tests.voucher.ledger.dying import ACTS, KILLED, LATER, MOMENTS, act_and_die
from voucher import ledger
from voucher.database import Database
from voucher.ledger import periods, seals
from voucher.work import read

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.voucher.ledger.dying"])


def books_say(database: Database) -> tuple[object, ...]:
    """Everything that could be there in half; the books are sound."""
    with read(database) as session:
        assert ledger.verify(session) == []
        return ledger.plaintext.journal(session), periods.acts(session), seals.latest(session), ledger.trial_balance(session)


@pytest.mark.parametrize(("act", "moment"), MOMENTS)
def test_dying_in_the_midst_leaves_nothing_and_a_retry_does_it_once(database: Database, act: str, moment: str) -> None:
    with working(database) as work:
        ledger.post(work, a_draft("x 1"))
    before = books_say(database)
    database.close()

    process = PROCESSES.Process(target=act_and_die, args=(database.url.render_as_string(hide_password=False), act, moment))
    process.start()
    process.join(60)
    assert process.exitcode == KILLED
    assert books_say(database) == before

    with working(database, LATER) as work:
        ACTS[act](work)
    once = books_say(database)
    assert once != before
    if act in ("post", "post_many", "reverse", "seal"):
        with working(database, LATER) as work:
            ACTS[act](work)
        assert books_say(database) == once
