"""The holder of a voucher appeals against its freeze, its cancellation, its revocation; somebody who had no part in the case decides."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from tests.builders import SME, House, an_issued_voucher
from tests.workflows.mailing import all_letters, tell
from tests.workflows.portal.test_decisions import words_of
from tests.workflows.recovering import FACTS, a_settled_payout, an_opened_recovery
from tests.workflows.test_application import a_paper, state
from voucher import ledger
from voucher.accounting import voucher_position
from voucher.database import fetch
from voucher.errors import NotAllowed, NotNow
from voucher.files import FileKind, StoredFile
from voucher.measure_appeals import MeasureAppeal, measure_appeals_of
from voucher.people import Person, Role, actor_for, office
from voucher.programmes.programmes import Programme
from voucher.recoveries import Recovery
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.demo.data import DOMAIN
from workflows.holding import cancel_voucher, end_freeze, freeze_voucher, unfreeze_voucher
from workflows.issue import issue_voucher
from workflows.measure_appeal import (
    appeal_cancellation,
    appeal_freeze,
    appeal_revocation,
    dismiss_freeze_appeal,
    uphold_cancellation_appeal,
    uphold_freeze_appeal,
    uphold_revocation_appeal,
)
from workflows.programme_end import pause_programme, resume_programme
from workflows.registration import grant_role
from workflows.revocation import open_revocation, record_revocation_hearing, revoke_voucher


def freeze(house: House, voucher: str, by: str = "approver2") -> None:
    with house.work(by) as work:
        freeze_voucher(work, voucher, "The provider's owners are looked into", house.today + timedelta(days=20))


def appeals(house: House, voucher: str) -> list[MeasureAppeal]:
    with read(house.database) as session:
        return measure_appeals_of(session, fetch(session, Voucher, voucher).id)


def told(house: House, event: str) -> list[str]:
    tell(house)
    return [f"{to}: {letter.words['said']} {letter.words.get('appeal', '')}" for to, letter in all_letters(house) if letter.event == event]


def papers_on(house: House, subject: str) -> list[str]:
    """The words of each decision letter about a thing, without spaces."""
    with read(house.database) as session:
        files = session.exec(select(StoredFile).where(StoredFile.kind == FileKind.DECISION_LETTER, StoredFile.subject == subject)
                             .order_by(StoredFile.reference)).all()
    return [words_of(house.store.get(file.sha256)) for file in files]


def test_an_upheld_appeal_against_a_freeze_ends_it_and_gives_the_days_back(house: House) -> None:
    voucher = an_issued_voucher(house)
    with read(house.database) as session:
        before = fetch(session, Voucher, voucher).use_by
    freeze(house, voucher)
    assert "2026年3月22日" in next(each for each in told(house, "voucher.frozen") if each.startswith(SME))
    house.clock.turn(days=3)
    with pytest.raises(NotNow, match="Nobody appealed"), house.work("approver3") as work:
        uphold_freeze_appeal(work, voucher, "There is nothing to it")
    with house.work(SME) as work:
        appeal_freeze(work, voucher, "Our owners have nothing to do with it")
    with pytest.raises(NotNow, match="already"), house.work(SME) as work:
        appeal_freeze(work, voucher, "Once more")
    with pytest.raises(NotAllowed), house.work("approver1") as work:  # who issued it
        uphold_freeze_appeal(work, voucher, "There is nothing to it")
    with pytest.raises(NotAllowed, match="You took this decision"), house.work("approver2") as work:
        uphold_freeze_appeal(work, voucher, "There is nothing to it")
    with pytest.raises(DatabaseError, match="decided_by_another"), house.work() as work:
        work.session.connection().execute(text(
            "update measure_appeals set upheld = true, answer = 'x', ended_at = filed_at, ended_by = taken_by"))
    with house.work("approver3") as work:
        uphold_freeze_appeal(work, voucher, "There is nothing to it")
    with read(house.database) as session:
        held = fetch(session, Voucher, voucher)
        assert before is not None and (held.state, held.use_by) == ("issued", before + timedelta(days=3))
    assert len(told(house, "voucher.measure_appealed")) == 4  # the firm, and the three who may decide
    frozen, lifted = papers_on(house, voucher)[-2:]
    assert all(word in frozen for word in ("创新券冻结", "2026-03-22", "Theprovider'sownersarelookedinto", "行政复议"))
    assert "审核员" not in frozen  # who reviewed the application had no part in this
    assert "冻结解除" in lifted and "Thereisnothingtoit" in lifted and "金额" not in lifted


def test_a_freeze_that_ends_by_itself_leaves_its_appeal_undecided_and_one_that_was_dismissed_goes_on(house: House) -> None:
    voucher = an_issued_voucher(house)
    freeze(house, voucher)
    with house.work(SME) as work:
        appeal_freeze(work, voucher, "Our owners have nothing to do with it")
    with house.work() as work:
        end_freeze(work, voucher)
    assert [each.split(":")[0] for each in told(house, "voucher.measure_appeal_moot")].count(SME) == 1
    freeze(house, voucher, "auditor1")
    with house.work(SME) as work:
        appeal_freeze(work, voucher, "Not again")
    with house.work("approver3") as work:
        dismiss_freeze_appeal(work, voucher, "It is looked into still")
    tell(house)
    dismissed = papers_on(house, voucher)[-1]
    assert all(word in dismissed for word in ("申诉不予支持", "申诉事项", "创新券冻结", "Itislookedintostill"))
    assert state(house, voucher) == "frozen" and [each.upheld for each in appeals(house, voucher)] == [None, False]
    with pytest.raises(NotNow, match="over"), house.work(SME) as work:
        appeal_freeze(work, voucher, "And again")
    with house.work("approver2") as work:
        unfreeze_voucher(work, voucher, "Nothing was found")


def test_an_upheld_appeal_against_a_cancellation_is_an_application_that_another_approver_issues(house: House) -> None:
    voucher = an_issued_voucher(house)
    paper = a_paper(house)
    with house.work() as work:
        signed = fetch(work.session, StoredFile, paper).id
        fetch(work.session, Voucher, voucher).mandate_id = signed
    with house.work("approver1") as work:
        cancel_voucher(work, voucher, "Issued by mistake", "Article 9")
    assert "2026年4月1日" in next(each for each in told(house, "voucher.cancelled") if each.startswith(SME))
    with house.work(SME) as work:
        appeal_cancellation(work, voucher, "It was no mistake")
    with house.work("approver1") as work:
        programme = pause_programme(work, work.session.exec(select(Programme.reference)).one(), "The council looks at the rules").reference
    with pytest.raises(NotNow, match="paused"), house.work("approver3") as work:
        uphold_cancellation_appeal(work, voucher, "It was none")
    with house.work("approver1") as work:
        resume_programme(work, programme, "They stay as they are")
    with house.work("approver3") as work:
        uphold_cancellation_appeal(work, voucher, "It was none")
    with read(house.database) as session:
        (case,) = measure_appeals_of(session, fetch(session, Voucher, voucher).id)
        fresh = session.get_one(Voucher, case.renewed_id)
        assert (fresh.state, str(fresh.amount), fresh.mandate_id) == ("reviewed", "100000.00", signed)
        assert fresh.applied_at == fetch(session, Voucher, voucher).applied_at
    with pytest.raises(NotAllowed), house.work("approver3") as work:
        issue_voucher(work, fresh.reference)
    with house.work("approver1") as work:
        issue_voucher(work, fresh.reference)
    with read(house.database) as session:
        assert ledger.verify(session) == []
        old, new = (voucher_position(session, each, "CNY") for each in (voucher, fresh.reference))
        assert (str(old.available), str(old.cancelled), str(new.available)) == ("0.00", "100000.00", "100000.00")
    assert any(each.startswith(SME) and fresh.reference in each for each in told(house, "voucher.renewed"))


def appealed_revocation(house: House) -> str:
    """The only voucher, revoked for a copied report, against which its holder appealed."""
    with read(house.database) as session:
        voucher = session.exec(select(Voucher.reference)).one()
    with house.work("auditor1") as work:
        open_revocation(work, voucher, "The report was copied", "Article 12")
        record_revocation_hearing(work, voucher, "It has nothing to say", house.today)
    with house.work("approver3") as work:
        revoke_voucher(work, voucher, "It was copied")
    with house.work(SME) as work:
        appeal_revocation(work, voucher, "The older report is ours too")
    fourth_approver(house)
    return voucher


def fourth_approver(house: House) -> None:
    """The second reviewer becomes an approver: whoever issued, approved or revoked had a part in it."""
    with house.work("administrator1") as work:
        grant_role(work, f"reviewer2@{DOMAIN}", Role.APPROVER, office(work.session).reference)
    fourth = house.people["reviewer2"]
    with read(house.database) as session:
        house.people["reviewer2"] = actor_for(session, session.get_one(Person, fourth.person_id))


def test_an_upheld_appeal_against_a_revocation_asks_for_nothing_back_that_was_not_decided(house: House) -> None:
    a_settled_payout(house)
    voucher = appealed_revocation(house)
    with pytest.raises(NotAllowed), house.work("approver3") as work:
        uphold_revocation_appeal(work, voucher, "So it is")
    with house.work("reviewer2") as work:
        uphold_revocation_appeal(work, voucher, "So it is")
    with read(house.database) as session:
        assert [(each.state, str(each.principal)) for each in session.exec(select(Recovery))] == [("dropped", "20000.00")]
        assert [(each.state, str(each.amount)) for each in session.exec(select(Voucher).order_by(Voucher.reference))] == [
            ("revoked", "100000.00"), ("reviewed", "80000.00")]
        assert ledger.verify(session) == []
    answer = next(each for each in told(house, "voucher.measure_appeal_upheld") if each.startswith(SME))
    assert "申诉" in answer


def test_an_upheld_appeal_against_a_revocation_leaves_what_was_asked_back_for_another_reason(house: House) -> None:
    an_opened_recovery(house)
    voucher = appealed_revocation(house)
    with house.work("reviewer2") as work:
        uphold_revocation_appeal(work, voucher, "So it is")
    with read(house.database) as session:
        assert [(each.state, each.facts) for each in session.exec(select(Recovery))] == [("opened", FACTS)]
        assert ledger.verify(session) == []
