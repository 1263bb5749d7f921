"""A settlement is taken back while the statement of it is asked for, drawn or kept: what stands tells what stands."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlmodel import col, func, select

from tests.builders import House, a_house
from tests.workflows.beside import beside
from tests.workflows.recovering import a_settled_payout
from tests.workflows.test_recovery_of_returned import return_by_the_bank
from tests.workflows.test_unmatching import line_of, state, unmatch
from voucher.database import Database
from voucher.files import FileKind, FileStore, StoredFile, document_of
from voucher.jobs import Job, JobState
from voucher.numbering import Counter
from voucher.papers import Paper
from voucher.work import SYSTEM, begin, read
from workflows.cli.main import main
from workflows.drawing import Drawn, draw, keep_document
from workflows.reconciliation import match_line
from workflows.returned import give_up_payout
from workflows.settlement import SETTLEMENT_STATEMENT
from workflows.unmatching import unmatch_line


def drawn(house: House, payout: str) -> Drawn:
    """The statement of a payout, drawn and not kept."""
    found = draw(house.database, house.store, house.clock, "Asia/Shanghai", SETTLEMENT_STATEMENT, payout)
    assert found is not None
    return found


def match(house: House, line: str, payout: str) -> None:
    """The line is of that payout after all."""
    with house.work("finance1") as work:
        match_line(work, line, payout)


def statements(house: House) -> list[tuple[str, str]]:
    """The number and the subject of each statement that was kept."""
    with read(house.database) as session:
        assert session.exec(select(Job.key).where(Job.state != JobState.DONE)).all() == []
        rows = session.exec(select(Paper.number, StoredFile.subject).join(StoredFile, col(StoredFile.id) == Paper.file_id)
                            .where(Paper.kind == FileKind.SETTLEMENT_STATEMENT).order_by(Paper.number)).all()
        return [(number, subject) for number, subject in rows]


def test_what_was_taken_back_before_its_statement_was_begun_has_none_and_no_number(house: House) -> None:
    payout = a_settled_payout(house)
    line = line_of(house, payout)
    unmatch(house, line)
    house.do_jobs()
    assert statements(house) == []
    with read(house.database) as session:
        assert session.exec(select(func.count()).select_from(Counter).where(Counter.kind == "D")).one() == 0
    match(house, line, payout)
    house.do_jobs()
    assert [subject for _number, subject in statements(house)] == [payout]


def test_what_was_taken_back_while_its_statement_was_drawn_is_not_kept_and_the_next_one_is(house: House) -> None:
    payout = a_settled_payout(house)
    line = line_of(house, payout)
    old = drawn(house, payout)
    unmatch(house, line)
    with begin(house.database, SYSTEM, house.clock) as work:
        assert keep_document(work, house.store, old) is None
    match(house, line, payout)
    new = drawn(house, payout)
    with begin(house.database, SYSTEM, house.clock) as work:
        assert keep_document(work, house.store, old) is None  # nor in the place of the new one
        assert keep_document(work, house.store, new) is not None
    house.do_jobs()
    assert statements(house) == [(new.number, payout)]
    assert state(house, payout) == "settled"


def test_a_withdrawn_statement_is_called_withdrawn(house: House, tmp_path: Path) -> None:
    payout = a_settled_payout(house)
    house.do_jobs()
    with read(house.database) as session:
        file = document_of(session, FileKind.SETTLEMENT_STATEMENT, payout)
    assert file is not None
    shown = tmp_path / "statement.pdf"
    shown.write_bytes(house.store.get(file.sha256))
    environment = {"VOUCHER_DATABASE_URL": house.database.url.render_as_string(hide_password=False),
                   "VOUCHER_SECRET_KEY": "0123456789abcdef" * 4}

    def verified() -> tuple[bool, str]:
        answer = CliRunner(env=environment).invoke(main, ["document", "verify", str(shown), "--json"])
        return json.loads(answer.stdout)["issued"], answer.stderr

    line = line_of(house, payout)
    assert verified()[0]
    unmatch(house, line)
    match(house, line, payout)
    for _kept in range(2):  # before there is another one, and beside it
        issued, said = verified()
        assert not issued
        assert "has withdrawn it" in said
        house.do_jobs()


@pytest.fixture
def racing(postgres: Database, store: FileStore) -> House:
    """An office on PostgreSQL."""
    return a_house(postgres, store)


def test_a_statement_is_kept_or_withdrawn_and_a_kept_one_is_withdrawn_with_its_file(racing: House) -> None:
    payout = a_settled_payout(racing)
    line, old = line_of(racing, payout), drawn(racing, payout)
    assert beside(racing, ("treasury1", lambda work: keep_document(work, racing.store, old)),
                  ("treasury2", lambda work: unmatch_line(work, line, "It was another payment"))) is None
    racing.do_jobs()
    assert [subject != payout for _number, subject in statements(racing)] == [True]
    match(racing, line, payout)
    new = drawn(racing, payout)
    assert beside(racing, ("treasury1", lambda work: unmatch_line(work, line, "It was another payment")),
                  ("treasury2", lambda work: keep_document(work, racing.store, new))) is None
    racing.do_jobs()
    assert [number for number, _subject in statements(racing)] == [old.number]


def test_a_settlement_is_described_or_taken_back_first(racing: House) -> None:
    payout = a_settled_payout(racing)
    line = line_of(racing, payout)
    assert beside(racing, ("treasury1", lambda work: SETTLEMENT_STATEMENT.sketch(work, payout, "D-2026-00009-9")),
                  ("treasury2", lambda work: unmatch_line(work, line, "It was another payment"))) is None
    assert state(racing, payout) == "sent"


def test_what_the_bank_brought_back_and_was_given_up_keeps_no_statement(house: House) -> None:
    payout = a_settled_payout(house)
    house.do_jobs()
    assert [subject for _number, subject in statements(house)] == [payout]
    return_by_the_bank(house, payout)
    with house.work("approver1") as work:
        give_up_payout(work, payout, "The firm is gone")
    house.do_jobs()
    ((number, subject),) = statements(house)
    assert subject == number
