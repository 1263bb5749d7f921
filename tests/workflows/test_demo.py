"""The demo, with fewer cases: once, twice, after an interruption, and in the wrong place."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel, col, func, select

from voucher import ledger
from voucher.absences import Delegation
from voucher.amendments import Amendment
from voucher.appeals import Appeal
from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.database import Database
from voucher.files import FileStore, StoredFile
from voucher.orders import Order
from voucher.payouts import Batch, BatchState, Payout, PayoutState
from voucher.people import OrganisationKind
from voucher.recoveries import Recovery
from voucher.statements import BankLine, LineState
from voucher.vouchers import Voucher
from voucher.work import SYSTEM, begin, read
from workflows.awards import worth_of
from workflows.demo import Demo, NotTheDemo, Told, leave_files, phases, run, sign_ins, story_ends, waiting
from workflows.demo.data import DemoData, demo_data
from workflows.registration import register_organisation
from workflows.replay import replay

LAST_DAY = date(2026, 11, 20)


def a_few_cases(data: DemoData) -> DemoData:
    """The story, some of the large programme, all that is left half way, and a few of the small programme."""
    half_way = [case for case in data.bulk if case.until != "issue_voucher"]
    return replace(data, bulk=(*data.bulk[:6], data.bulk[15], data.bulk[23], *half_way, *data.bulk[-2:]))


def a_demo(database: Database, store: FileStore) -> Demo:
    return Demo(database, store, lambda _password: "!", LAST_DAY, a_few_cases(demo_data(LAST_DAY)), statements=1)


def told_by(demo: Demo) -> list[Told]:
    return list(run(demo, lambda _title: None))


def count(session: Session, table: type[SQLModel]) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def states(session: Session) -> Sequence[str]:
    return session.exec(select(Payout.state).order_by(Payout.reference)).all()


def assert_the_troubles_of_a_bank(session: Session) -> None:
    """One payout came back, the reference of one was garbled, and one line is nobody's."""
    found = states(session)
    assert found.count(PayoutState.RETURNED) == 1
    assert found.count(PayoutState.SENT) == 1
    assert found.count(PayoutState.SETTLED) >= 8
    open_lines = session.exec(select(BankLine).where(BankLine.state == LineState.OPEN)).all()
    assert sorted(line.amount_minor > 0 for line in open_lines) == [False, True]
    assert session.exec(select(Batch.state).order_by(Batch.reference)).all() == [
        BatchState.EXPORTED, BatchState.EXPORTED, BatchState.SIGNED]


def assert_something_goes_another_way(session: Session) -> None:
    """Each of these is left where somebody has to decide."""
    assert session.exec(select(Voucher.state).where(col(Voucher.state).in_(("questioned", "appealed", "hearing")))
                        .order_by(Voucher.state)).all() == ["appealed", "hearing", "questioned"]
    assert session.exec(select(Recovery.state)).all() == ["served"]
    assert session.exec(select(ProviderAward.state)).all() == ["proposed"]
    assert (count(session, Amendment), count(session, Appeal), count(session, Delegation)) == (1, 1, 1)


def assert_the_award_can_be_decided(database: Database) -> None:
    """Nothing that happened after it was proposed says that it comes to something else."""
    with begin(database, SYSTEM) as work:
        award = work.session.exec(select(ProviderAward)).one()
        assert worth_of(work, award) == award.amount


def assert_the_published_check_values(session: Session) -> None:
    """A technology SME gets 300,000 of 2,000,000; an "other" firm gets 30,000 of 300,000 after 70,000."""
    parts = session.exec(select(Order.voucher_part_minor).order_by(col(Order.id)).limit(3)).all()
    assert parts == [300_000_00, 70_000_00, 30_000_00]


def assert_documents_under_their_names(demo: Demo, folder: Path) -> None:
    folders = leave_files(demo, folder)
    assert {Path(each).name for each in folders} == {"settlement-statements", "bank-files", "bank-statements"}
    for each, number in folders.items():
        assert len(list(Path(each).iterdir())) == number > 0
    assert len(list((folder / "settlement-statements").iterdir())) == len(demo.data.story) + 1 + demo.statements


def test_the_demo_tells_the_story_once_and_a_second_run_changes_nothing(
    database: Database, store: FileStore, tmp_path: Path
) -> None:
    demo = a_demo(database, store)
    told = told_by(demo)

    assert [each.title for each in told] == [title for title, _phase in phases()]
    with read(database) as session:
        assert ledger.verify(session) == []
        assert replay(session).differences == []
        assert_the_troubles_of_a_bank(session)
        assert_something_goes_another_way(session)
        assert_the_published_check_values(session)
        before = ledger.plaintext.journal(session), count(session, StoredFile), states(session)
    assert_the_award_can_be_decided(database)
    assert_documents_under_their_names(demo, tmp_path / "demo")
    assert {role for role, _address, _name in sign_ins(demo)} >= {"sme", "provider", "reviewer", "finance", "treasury", "auditor"}
    assert dict(waiting(demo))["treasury2@voucher.example"].startswith("the second signature on B-2026-")

    again = told_by(a_demo(database, store))

    assert sum(each.done for each in again) == 0
    with read(database) as session:
        assert (ledger.plaintext.journal(session), count(session, StoredFile), states(session)) == before


def test_a_demo_that_was_interrupted_is_taken_up_again(sqlite: Database, store: FileStore) -> None:
    interrupted = run(a_demo(sqlite, store), lambda _title: None)
    for _phase in range(9):
        next(interrupted)
    with read(sqlite) as session:
        assert count(session, Claim) == 0

    told_by(a_demo(sqlite, store))

    with read(sqlite) as session:
        assert ledger.verify(session) == []
        assert states(session).count(PayoutState.RETURNED) == 1


def test_the_story_ends_today_but_never_early_in_a_year_and_never_moves(database: Database, store: FileStore) -> None:
    assert story_ends(database, LAST_DAY) == LAST_DAY
    assert story_ends(database, date(2027, 2, 3)) == date(2026, 12, 30)
    started = run(a_demo(database, store), lambda _title: None)
    for _phase in range(2):
        next(started)

    assert story_ends(database, LAST_DAY + timedelta(days=40)) == LAST_DAY


def test_the_demo_stays_out_of_a_database_that_is_not_its_own(database: Database, store: FileStore) -> None:
    with begin(database, SYSTEM) as work:
        register_organisation(work, OrganisationKind.OFFICE, "A real office", "91350100M000100Y43")

    with pytest.raises(NotTheDemo):
        told_by(a_demo(database, store))
