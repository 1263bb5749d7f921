"""What is set off against a recovery is paid, so it needs what a payment needs: nothing stops it, and two people who did nothing else."""

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from tests.builders import PROVIDERS, SMES, House, an_approved_claim
from tests.scenes import scene
from tests.workflows.recovering import (
    a_final_recovery,
    a_settled_payout,
    an_opened_recovery,
    outstanding,
    payout_of,
    recovery_of,
    with_clawback,
)
from tests.workflows.test_awards import a_decided_award, payout_of_award
from tests.workflows.test_one_hand import also
from voucher.claims import Claim
from voucher.database import fetch
from voucher.errors import NotAllowed, NotNow
from voucher.findings import Finding, findings_of
from voucher.history import record
from voucher.people import Organisation, Role, account_of
from voucher.recoveries import RecoveryMove
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.checking import allow_finding
from workflows.recovery import decide_recovery, make_recovery_final, offset_recovery, record_hearing, serve_recovery
from workflows.registration import register_account

OWED = {"net": "18867.92", "vat": "1132.08"}


@scene
def a_recovery_and_a_payout(house: House) -> tuple[str, str, str]:
    """A final recovery of 1,000.00 from a firm that is owed 4,000.00 on another voucher: the case, the claim, its payout."""
    with_clawback(house)
    recovery = a_final_recovery(house, a_settled_payout(house), principal="1000.00")
    claim = an_approved_claim(house, **OWED)
    return recovery, claim, payout_of(house, claim).reference


def findings_on(house: House, claim: str) -> list[Finding]:
    """What the checks found on a claim."""
    with read(house.database) as session:
        return findings_of(session, [fetch(session, Claim, claim).id])


def test_what_a_finding_stops_is_not_set_off_until_somebody_decides(house: House) -> None:
    recovery, claim, payout = a_recovery_and_a_payout(house)
    with house.work("administrator1") as work:  # the provider is now paid where the firm is
        firm = work.session.exec(select(Organisation).where(Organisation.reference == house.references[SMES[0].number])).one()
        account = account_of(work.session, firm.id, "CNY")
        assert account is not None
        register_account(work, house.references[PROVIDERS[0].number], "CNY", account.number)
    with pytest.raises(NotNow, match="must not be paid now") as refused, house.work("finance1") as work:
        offset_recovery(work, recovery, payout)
    assert str(refused.value.problems[0]) == (  # what was found just now is written down after the refusal, so it is not named
        f"payouts.{payout}: The checks find something on the claim {claim} that nobody has looked at, so {payout} is not paid. "
        "It stands on the page of the claim now: decide about it there.")
    found = [each for each in findings_on(house, claim) if each.stops]
    with pytest.raises(NotNow) as again, house.work("finance1") as work:
        offset_recovery(work, recovery, payout)
    assert str(again.value.problems[0]) == f"payouts.{payout}: {payout} waits for a decision on the finding {found[-1].reference}."
    with pytest.raises(DBAPIError, match="a finding stops this payout"), house.work("finance1") as work:
        work.session.add(RecoveryMove(recovery_id=recovery_of(house, recovery).id, number=1, kind="offset", effective_on=house.today,
                                      principal_minor=1, interest_minor=0, currency="CNY", document=payout))
    for each in found:
        with house.work("approver2") as work:
            allow_finding(work, each.reference, "One group, by contract")
    with house.work("finance1") as work:
        offset_recovery(work, recovery, payout)
    assert found and outstanding(house, recovery) == "0.00" and payout_of(house, claim).amount_minor < 4000_00


def test_an_award_to_a_changed_account_is_not_set_off_until_its_days_are_over_and_not_by_who_decided_it(house: House) -> None:
    with_clawback(house)
    recovery = an_opened_recovery(house, a_settled_payout(house), "1000.00", house.references[PROVIDERS[0].number])
    with house.work("auditor1") as work:
        record_hearing(work, recovery, "It was asked and said nothing", house.today)
    with house.work("approver3") as work:
        decide_recovery(work, recovery, "Nothing was delivered.")
    with house.work("finance1") as work:
        serve_recovery(work, recovery)
    house.clock.turn(days=31)
    with house.work() as work:
        make_recovery_final(work, recovery)
        register_account(work, house.references[PROVIDERS[0].number], "CNY", "6217000088888888", bank_code="102465000015")
    payout = payout_of_award(house, a_decided_award(house)).reference
    with pytest.raises(NotNow, match="must not be paid now") as refused, house.work("finance1") as work:
        offset_recovery(work, recovery, payout)
    assert "changed a short time ago" in str(refused.value.problems[0])

    house.clock.turn(days=10)
    also(house, "reviewer1", Role.FINANCE)
    with pytest.raises(NotAllowed, match="part in the award"), house.work("reviewer1") as work:
        offset_recovery(work, recovery, payout)
    with pytest.raises(DBAPIError, match="one person who does nothing else"), house.work("reviewer1") as work:
        record(work, "payout.reduced", payout)
    with house.work("finance1") as work:
        offset_recovery(work, recovery, payout)
    assert outstanding(house, recovery) == "0.00"


def test_who_approved_the_claim_or_decided_the_recovery_does_not_set_it_off(house: House) -> None:
    recovery, _claim, payout = a_recovery_and_a_payout(house)
    with read(house.database) as session:
        case = session.exec(select(Voucher.reference).order_by(col(Voucher.id).desc())).first()
    for who, refusal in (("approver2", "already took part in this case"), ("approver3", "You decided this recovery")):
        also(house, who, Role.FINANCE)
        with pytest.raises(NotAllowed, match=refusal), house.work(who) as work:
            offset_recovery(work, recovery, payout)
    for who, event, about in (("approver2", "payout.reduced", payout), ("approver2", "payout.set_off", payout),
                              ("approver3", "recovery.offset", recovery)):
        with pytest.raises(DBAPIError, match="one person who does nothing else"), house.work(who) as work:
            record(work, event, about, case=case or "")
    also(house, "approver1", Role.FINANCE)
    with pytest.raises(NotAllowed, match="already took part"), house.work("approver1") as work:
        offset_recovery(work, recovery, payout)
    with house.work("finance1") as work:
        offset_recovery(work, recovery, payout)
    assert outstanding(house, recovery) == "0.00"
