"""What a settlement statement says of a payout of which something was set off, or all of it; and plans as people write them."""

import pytest

from tests.builders import House, an_approved_claim
from tests.scenes import scene
from tests.workflows.recovering import (
    a_final_recovery,
    a_settled_payout,
    payout_of,
    recovery_of,
    take_to_the_bank,
    with_clawback,
)
from voucher.database import fetch
from voucher.documents.settlement import SettlementStatement
from voucher.documents.verify import verify
from voucher.errors import NotValid
from voucher.files import FileKind, document_of
from voucher.payouts import Payout, PayoutState
from voucher.recoveries import RecoveryState, instalments_of
from voucher.work import read
from workflows.recovery import agree_plan, offset_recovery
from workflows.settlement import describe_settlement


@scene
def a_payout_set_off(house: House, owed: str) -> tuple[str, str]:
    """A recovery of so much, set off against a payout of 4,000.00: the recovery, the payout."""
    with_clawback(house)
    recovery = a_final_recovery(house, a_settled_payout(house), principal=owed)
    payout = payout_of(house, an_approved_claim(house, net="18867.92", vat="1132.08")).reference
    with house.work("finance1") as work:
        offset_recovery(work, recovery, payout)
    return recovery, payout


def statement_of(house: House, payout: str) -> SettlementStatement:
    """What its statement says."""
    with house.work() as work:
        return describe_settlement(work, fetch(work.session, Payout, payout), "D-2026-00001-4")


def test_what_was_set_off_is_a_line_of_the_statement(house: House) -> None:
    recovery, payout = a_payout_set_off(house, "1000.00")
    take_to_the_bank(house, [payout])

    statement = statement_of(house, payout)

    assert [(each.recovery, str(each.amount)) for each in statement.offsets] == [(recovery, "1000.00")]
    assert str(statement.amount) == "3000.00"


def test_a_payout_that_was_set_off_whole_has_a_statement_that_verifies(house: House) -> None:
    recovery, payout = a_payout_set_off(house, "5000.00")
    house.do_jobs()

    with read(house.database) as session:
        assert fetch(session, Payout, payout).state == PayoutState.OFFSET
        file = document_of(session, FileKind.SETTLEMENT_STATEMENT, payout)
        assert file is not None
    verified = verify(house.store.get(file.sha256))
    assert verified.good
    assert [(each["recovery"], each["amount"]) for each in verified.data["offsets"]] == [(recovery, "4000.00")]
    assert (verified.data["amount"], verified.data["batch"]) == ("0.00", "")


def test_a_plan_is_agreed_as_it_is_written_and_every_bad_line_is_named(house: House) -> None:
    with_clawback(house)
    recovery = a_final_recovery(house, a_settled_payout(house), principal="5000.00")
    with pytest.raises(NotValid) as refused, house.work("finance1") as work:
        agree_plan(work, recovery, "soon 100.00\n2026-08-31 1.005\n2026-09-30 10.00")
    assert [dict(each.values)["row"] for each in refused.value.problems] == [1, 2]

    with house.work("finance1") as work:
        agree_plan(work, recovery, "2026-08-31 3000.00\n\n2026-12-31 2000.00")

    held = recovery_of(house, recovery)
    assert held.state == RecoveryState.INSTALMENTS
    with read(house.database) as session:
        assert [(each.due_on.isoformat(), each.amount_minor) for each in instalments_of(session, held.id)] == [
            ("2026-08-31", 300000), ("2026-12-31", 200000)]
