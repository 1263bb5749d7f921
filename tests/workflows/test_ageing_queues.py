"""Ageing: whatever waits for the office stands in a queue, also what has no state or no reference of its own."""

from datetime import timedelta

from tests.builders import SME, House, a_placed_order, a_submitted_claim, an_issued_voucher
from tests.counting import statements
from tests.workflows.recovering import a_final_recovery, receive, with_clawback
from tests.workflows.test_bounding import CASH
from tests.workflows.test_holding import an_extendable_voucher, ask
from voucher import ledger
from voucher.ageing import aged
from voucher.calendars import Calendar
from voucher.claims import Claim
from voucher.database import fetch
from voucher.findings import Finding
from voucher.history import record
from voucher.money import Money
from voucher.references import reference
from workflows.amendment import propose_change
from workflows.bounding import ask_bounds
from workflows.holding import freeze_voucher
from workflows.measure_appeal import appeal_freeze
from workflows.recovery import annul_recovery, refund_recovery


def queues(house: House) -> dict[str, tuple[int, str, int]]:
    """What waits in each queue: how many, which has waited longest, for how many working days."""
    with house.work() as work:
        return {f"{each.queue.noun} {each.queue.state}": (each.total, each.oldest, each.oldest_days)
                for each in aged(work.session, Calendar("CN"), work.today, work.zone)}


def test_money_that_has_to_go_back_waits_until_it_has_gone(house: House) -> None:
    with_clawback(house)
    recovery = a_final_recovery(house)
    receive(house, "500.00", recovery)
    assert "recovery annulled" not in queues(house)
    with house.work("approver1") as work:
        annul_recovery(work, recovery, "It was delivered after all")
    house.clock.turn(days=7)
    assert queues(house)["recovery annulled"] == (1, recovery, 4)  # 6 April is a holiday
    with house.work("finance1") as work:
        refund_recovery(work, recovery, "Slip 1")
    assert "recovery annulled" not in queues(house)


def test_lines_of_the_bank_bounds_and_proposals_wait_too(house: House) -> None:
    order = a_placed_order(house)
    with house.work(SME) as work:
        amendment = propose_change(work, order, "Later", deliver_by=work.today + timedelta(days=80)).reference
    statement = receive(house, "5.00", "nobody knows").statements[0]
    with house.work() as work:
        five = Money(500, "CNY")
        ledger.post(work, ledger.Draft("x 1", "x", work.today, (
            ledger.debit(ledger.Account(CASH, "CNY", lower=0), five), ledger.credit(ledger.Account("financial:other:x", "CNY"), five))))
    with house.work("finance1") as work:
        asked = ask_bounds(work, CASH, "CNY", Money(-1, "CNY"), None, "A day of two payments").reference
    house.clock.turn(days=7)
    found = queues(house)
    assert (found["line open"], found["bounds asked"], found["amendment proposed"]) == ((1, statement, 5), (1, asked, 5), (1, amendment, 5))


def test_more_time_and_the_appeal_of_a_holder_wait_for_an_approver(house: House) -> None:
    voucher = an_extendable_voucher(house)
    ask(house, voucher)
    frozen = an_issued_voucher(house)
    with house.work("approver2") as work:
        freeze_voucher(work, frozen, "Looked into", work.today + timedelta(days=20))
    with house.work(SME) as work:
        appeal_freeze(work, frozen, "There is nothing to look into")
    house.clock.turn(days=7)
    found = queues(house)
    assert (found["extension asked"], found["measure_appeal filed"]) == ((1, voucher, 5), (1, frozen, 5))


def test_what_is_only_to_be_known_waits_for_nobody(house: House) -> None:
    claim = a_submitted_claim(house)
    with house.work() as work:
        held = fetch(work.session, Claim, claim).id
        for number, level in enumerate(("info", "warn"), 1):
            work.session.add(Finding(reference=reference("K", 2026, number), claim_id=held, case_reference="", check_name="digits",
                                     about=str(number), level=level, stage="approval", what="So", found_at=work.now))
            record(work, "finding.found", reference("K", 2026, number), to_state="open")
    assert queues(house)["finding open"] == (1, reference("K", 2026, 2), 0)


def test_many_things_cost_no_more_questions_than_one(house: House) -> None:
    def asked() -> int:
        with house.work() as work, statements(house.database) as sent:
            aged(work.session, Calendar("CN"), work.today, work.zone)
        return len(sent)

    a_submitted_claim(house)
    one = asked()
    a_submitted_claim(house)
    a_placed_order(house)
    assert asked() == one
