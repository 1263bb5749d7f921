"""The checks run again at night, and 30, 90 and 365 days after a payment; what they find then leads to a recovery."""

from sqlmodel import col, select

from tests.builders import SME, House, a_released_batch, a_verified_claim, bank_answer
from tests.workflows.mailing import all_letters, tell
from tests.workflows.recovering import a_decided_recovery, a_settled_payout, with_clawback
from tests.workflows.test_awards import a_decided_award, payout_of_award, to_the_bank
from tests.workflows.test_offset_statements import a_payout_set_off
from tests.workflows.test_recovery_of_awards import a_heard_case, a_paid_award
from voucher.database import fetch
from voucher.findings import Finding
from voucher.history import Event
from voucher.jobs import Job
from voucher.orders import Order
from voucher.payouts import Payout
from voucher.people import Organisation
from voucher.programmes.programmes import TermsVersion
from voucher.recoveries import Recovery
from workflows.publishing import publish_programme
from workflows.purchase import rate_order
from workflows.reconciliation import import_statement
from workflows.recovery import annul_recovery, decide_recovery, drop_recovery
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
    tell(house)
    told = [who for who, letter in all_letters(house) if letter.event == "finding.found"]
    assert told == ["auditor1", "finance1"]  # it is paid: nobody verifies or approves it any more
    house.clock.turn(days=60)
    tonight(house)
    with house.work() as work:
        events = work.session.exec(select(Event).where(Event.name == "payout.rechecked").order_by(col(Event.at))).all()
        jobs = work.session.exec(select(Job).where(Job.task == "recheck_payout")).all()
        assert [each.data["days"] for each in events] == [30, 90]
        assert (len(events[0].data["findings"]), len(jobs)) == (1, 2)


def test_a_look_that_was_missed_while_no_worker_ran_is_taken_later(house: House) -> None:
    batch = a_released_batch(house)
    house.do_jobs()
    with house.work("finance1") as work:
        import_statement(work, house.store, "camt.xml", bank_answer(house, batch))
    house.clock.turn(days=30 + 50)
    tonight(house)
    tonight(house)
    with house.work() as work:
        assert [each.data["days"] for each in work.session.exec(select(Event).where(Event.name == "payout.rechecked"))] == [30]


def test_a_payment_that_was_set_off_is_looked_at_again_too(house: House) -> None:
    _recovery, payout = a_payout_set_off(house, "5000.00")
    tie_them(house)
    house.clock.turn(days=30)
    tonight(house)
    with house.work() as work:
        rechecked = {each.subject: each.data["findings"]
                     for each in work.session.exec(select(Event).where(Event.name == "payout.rechecked"))}
    assert len(rechecked[payout]) == 1


def test_an_award_is_worked_out_again_and_what_it_is_too_high_by_is_suspected(house: House) -> None:
    with_clawback(house)
    claimed = a_settled_payout(house)
    with house.work("approver1") as work:
        source = work.session.exec(select(TermsVersion)).one().source
        publish_programme(work, source.replace("    cap: 100000.00\n", "    cap: 100000.00\n    score_at_least: 80\n").encode())
    award = payout_of_award(house, a_decided_award(house)).reference
    to_the_bank(house, award)
    house.clock.turn(days=10)
    with house.work(SME) as work:
        rate_order(work, work.session.exec(select(Order.reference)).one(), 1, "We need it no more")
    house.clock.turn(days=20)
    tonight(house)
    assert cases(house, award) == []  # nothing that was true when it was granted has changed
    a_decided_recovery(house, claimed, "5000.00")
    house.clock.turn(days=60)
    tonight(house)
    [(state, principal, facts)] = cases(house, award)
    assert (state, principal) == ("suspected", "500.00")
    assert "1500.00" in facts
    with house.work("auditor1") as work:
        case = work.session.exec(select(Recovery.reference).where(Recovery.state == "suspected")).one()
        drop_recovery(work, case, "Below what the office asks back")
    house.clock.turn(days=275)
    tonight(house)
    assert [each[0] for each in cases(house, award)] == ["dropped"]  # what somebody dropped is not raised anew


def test_what_an_appeal_said_of_an_award_is_not_raised_anew(house: House) -> None:
    award = a_paid_award(house)
    with house.work() as work:
        [claimed] = work.session.exec(select(Payout.reference).where(col(Payout.claim_id).is_not(None)))
    a_decided_recovery(house, claimed, "5000.00")
    case = a_heard_case(house, award)
    with house.work("approver1") as work:
        decide_recovery(work, case, "It rests on a claim that was asked back")
    with house.work("approver2") as work:
        annul_recovery(work, case, "The rules say otherwise")
    house.clock.turn(days=30)
    tonight(house)
    assert [each[0] for each in cases(house, award)] == ["annulled"]


def cases(house: House, payout: str) -> list[tuple[str, str, str]]:
    """The recoveries of a payout: state, sum, facts."""
    with house.work() as work:
        held = work.session.exec(select(Recovery).where(Recovery.payout_id == fetch(work.session, Payout, payout).id)).all()
        return [(each.state, str(each.principal), each.facts) for each in held]
