"""The first page: whatever waits for somebody stands there."""

from pathlib import Path

from sqlmodel import select

from tests.builders import House, a_released_batch
from tests.workflows.one_of_each import PEOPLE, check_again, one_of_each, put_into
from tests.workflows.portal.visitors import Visitors, an_app
from tests.workflows.test_held_back import frozen, go_to_the_bank, unfrozen
from voucher.ageing import QUEUES, Queue
from voucher.appeals import Appeal
from voucher.claims import Claim
from voucher.payouts import PayoutState
from voucher.people import Role
from voucher.recoveries import RecoveryState
from workflows.portal.inbox import tasks_for

# Of the office, people who had no part in the case so far.
FRESH = PEOPLE | {Role.APPROVER: "approver3", Role.TREASURY: "treasury3", Role.REVIEWER: "reviewer2", Role.VERIFIER: "verifier2"}


#: What has no row in the house of one of each: `test_ageing_queues.py` lets them wait, and their first pages are their own groups.
WITHOUT = ("measure_appeal", "extension", "amendment", "line", "bounds", "held_batch")


def seen(house: House, queue: Queue) -> dict[str, list[str]]:
    """What each of those for whom a queue waits finds on his first page when things stand in it: titles with references."""
    found = {}
    with house.work() as work:
        put_into(work, queue.table, queue.state)
        for role in queue.waits_for:
            groups = tasks_for(work.session, house.people[FRESH[role]])
            found[role.value] = [f"{group.title}: {[task.reference for task in group.tasks] or group.count}" for group in groups]
        check_again(work)
        work.session.rollback()
    return found


def reference_in(house: House, queue: Queue) -> str:
    """By what a thing of a queue is listed: an appeal by its claim."""
    with house.work() as work:
        table = Claim if queue.table is Appeal else queue.table
        return work.session.exec(select(table.reference).order_by(table.reference).limit(1)).one()


def test_whatever_waits_in_a_queue_stands_on_the_first_page_of_whom_it_waits_for(migrated_sqlite: Path, tmp_path: Path) -> None:
    house = one_of_each(migrated_sqlite, tmp_path)
    missing = []
    with an_app(house, tmp_path).test_request_context():
        for queue in QUEUES:
            if queue.state == PayoutState.SENT:  # the bank's answer is awaited, nobody's step
                continue
            if queue.noun in WITHOUT or queue.state == RecoveryState.ANNULLED:  # nothing had come in on it
                continue
            wanted = reference_in(house, queue)
            pages = seen(house, queue)
            if not any(wanted in line or (queue.noun == "payout" and line.endswith(": 1")) for lines in pages.values() for line in lines):
                missing.append(f"{queue.noun} {queue.state}: {pages}")
    house.database.engine.dispose()
    assert missing == []


def test_a_batch_that_is_held_back_stands_on_the_first_page_of_the_treasury_and_of_finance(portal: Visitors, house: House) -> None:
    batch, title = a_released_batch(house), "Dissolve the batch that is held back"
    frozen(house)
    assert title not in portal.get("treasury1", "/").text
    go_to_the_bank(house)
    for who in ("treasury1", "finance1"):
        page = portal.get(who, "/").text
        assert title in page and batch in page
    unfrozen(house)
    go_to_the_bank(house)
    assert title not in portal.get("treasury1", "/").text
