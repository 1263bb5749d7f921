"""What cannot be paid now keeps no place in a batch: however much of it there is, what can be paid is paid."""

import pytest

from tests.builders import SMES, House, a_house, an_approved_claim, an_issued_voucher
from tests.workflows.recovering import payout_of
from tests.workflows.test_bans import ban
from tests.workflows.test_holding import freeze
from voucher.checks.facts import Level
from voucher.checks.table import Stage
from voucher.claims import Claim
from voucher.database import Database, fetch
from voucher.files import FileStore
from voucher.findings import Finding, FindingState
from voucher.payouts import Batch, payouts_in
from voucher.work import read
from workflows import reimbursement
from workflows.reimbursement import gather_batch


def test_a_batch_is_filled_with_what_can_be_paid(database: Database, store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reimbursement, "MOST_IN_A_BATCH", 1)
    house = a_house(database, store, smes=3)
    frozen = an_issued_voucher(house)
    an_approved_claim(house, voucher=frozen)
    freeze(house, frozen)
    an_approved_claim(house, sme=SMES[1])
    ban(house, SMES[1].number)
    look_at(house, an_approved_claim(house, sme=SMES[2]))
    payable = [payout_of(house, an_approved_claim(house)).reference for _number in range(2)]
    assert [gathered(house) for _time in range(2)] == [[each] for each in payable]


def look_at(house: House, claim: str) -> None:
    """An approver has to look at something that was found on a claim that is approved."""
    with house.work() as work:
        held = fetch(work.session, Claim, claim)
        work.session.add(Finding(
            reference="K-2026-00099-9", claim_id=held.id, case_reference="", check_name="without_mandate", about="mandate",
            level=Level.BLOCK, stage=Stage.APPROVAL, state=FindingState.OPEN, what="Sent without a mandate", found_at=work.now))


def gathered(house: House) -> list[str]:
    """What comes along in the next batch."""
    with house.work("finance1") as work:
        batch = gather_batch(work, None, house.today).reference
    with read(house.database) as session:
        return [each.reference for each in payouts_in(session, fetch(session, Batch, batch).id)]
