"""The checks run again at night, and 30, 90 and 365 days after a payment; what they find then leads to a recovery."""

from sqlmodel import col, select

from tests.builders import House, a_released_batch, a_verified_claim, bank_answer
from voucher.findings import Finding
from voucher.history import Event
from voucher.jobs import Job
from voucher.people import Organisation
from workflows.reconciliation import import_statement
from workflows.relating import End, NewTie, enter_ties
from workflows.watching import ask_for_checks


def tie_them(house: House) -> None:
    """It comes out that the SME and the provider are one firm's."""
    with house.work("reviewer1") as work:
        firms = work.session.exec(select(Organisation).where(Organisation.kind != "office").order_by(Organisation.reference)).all()
        one, two = (End("org", each.reference, each.name) for each in firms)
        enter_ties(work, [NewTie(one, "shareholder", two, "Register")])


def tonight(house: House) -> None:
    """What the worker does of a night, twice: it may."""
    for _time in range(2):
        with house.work() as work:
            ask_for_checks(work, house.store)
        house.do_jobs()


def found(house: House) -> list[tuple[str, str]]:
    with house.work() as work:
        return [(each.check_name, each.state) for each in work.session.exec(select(Finding).order_by(col(Finding.reference)))]


def test_what_comes_to_light_while_a_claim_waits_is_found_in_the_night(house: House) -> None:
    a_verified_claim(house)
    tonight(house)
    assert found(house) == []
    tie_them(house)
    house.clock.turn(days=1)
    tonight(house)
    assert found(house) == [("related", "open")]


def test_a_payment_is_looked_at_again_thirty_days_later_and_once(house: House) -> None:
    batch = a_released_batch(house)
    house.do_jobs()
    with house.work("finance1") as work:
        import_statement(work, house.store, "camt.xml", bank_answer(house, batch))
    tie_them(house)
    house.clock.turn(days=29)
    tonight(house)
    assert found(house) == []
    house.clock.turn(days=1)
    tonight(house)
    assert found(house) == [("related", "open")]
    house.clock.turn(days=60)
    tonight(house)
    with house.work() as work:
        events = work.session.exec(select(Event).where(Event.name == "payout.rechecked").order_by(col(Event.at))).all()
        jobs = work.session.exec(select(Job).where(Job.task == "recheck_payout")).all()
        assert [each.data["days"] for each in events] == [30, 90]
        assert (len(events[0].data["findings"]), len(jobs)) == (1, 2)
