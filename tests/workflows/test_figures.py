"""Amounts and days are told beside the events: replay finds whatever was altered, added or taken away past the program."""

import runpy
from datetime import timedelta
from uuid import UUID

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Column, Date, Table, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import col
from sqlmodel import select as choose
from sqlmodel.sql.sqltypes import UTCDateTime

from tests.builders import House, an_issued_voucher
from tests.house.tracked import ROOT
from tests.scenes import scene
from tests.workflows.recovering import a_final_recovery, receive, with_clawback
from voucher.database import fetch
from voucher.figures import Figures, columns_of, figures_told, row_names, tables_told
from voucher.recoveries import Recovery, RecoveryInstalment
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.recovery import agree_instalments
from workflows.replay import replay

Figure = tuple[str, str]

#: What a voucher lives by from its application to the last instalment of a recovery: none of it can be altered unseen.
AT_LEAST: set[Figure] = {
    ("vouchers", "amount_minor"), ("vouchers", "use_by"), ("vouchers", "claim_by"), ("vouchers", "issued_on"), ("orders", "net_minor"),
    ("orders", "held_minor"), ("orders", "placed_on"), ("orders", "accepted_on"), ("claims", "requested_minor"),
    ("claims", "approved_minor"),
    ("claims", "submitted_at"), ("claim_lines", "accepted_minor"), ("claim_lines", "issued_on"), ("fund_shares", "amount_minor"),
    ("payouts", "amount_minor"), ("payouts", "settled_on"), ("batches", "execution_on"), ("bank_statements", "closing_minor"),
    ("bank_lines", "booked_on"), ("recoveries", "principal_minor"), ("recoveries", "pay_by"), ("recoveries", "appeal_by"),
    ("recovery_shares", "principal_minor"), ("recovery_instalments", "due_on"), ("recovery_instalments", "amount_minor"),
    ("recovery_moves", "principal_minor"), ("deadlines", "due_on"),
}

#: Of these, what the database itself would let pass.
NAMED = AT_LEAST - {
    ("claim_lines", "accepted_minor"), ("claims", "approved_minor"), ("claims", "submitted_at"), ("orders", "net_minor"),
    ("orders", "held_minor"), ("deadlines", "due_on"), ("bank_statements", "closing_minor"), ("bank_lines", "booked_on"),
    ("recovery_moves", "principal_minor"),
}


@scene
def a_recovery_with_a_plan(house: House) -> str:
    """One that comes back in instalments, the first of which has come in part."""
    with_clawback(house)
    recovery = a_final_recovery(house)
    with house.work("finance1") as work:
        agree_instalments(work, recovery, 3, work.today + timedelta(days=10))
    receive(house, "1000.00", recovery)
    return recovery


def altered(house: House, table: Table, column: Column[object]) -> list[str] | None:
    """What replay names when one unit or day more stands on a row of a table; nothing where the database refuses that itself."""
    more = timedelta(days=1) if isinstance(column.type, Date | UTCDateTime) else 1
    with house.database.session() as session:
        connection = session.connection()
        row = connection.execute(select(*table.primary_key, column).where(column.is_not(None)).limit(1)).first()
        if row is None:
            return None
        *key, figure = row
        one = [held == value for held, value in zip(table.primary_key, key, strict=True)]
        try:
            connection.execute(update(table).where(*one).values({column: figure + more}))
        except DBAPIError:
            return []
        return [each.about for each in replay(session).differences]


def test_whatever_figure_is_altered_replay_names_it(house: House) -> None:
    a_recovery_with_a_plan(house)
    with read(house.database) as session:
        done = replay(session)
    assert done.differences == [] and len(done.figures) > 20
    looked_at = {(table.name, column.name): altered(house, table, column) for table in tables_told() for column in columns_of(table)}
    named = {key: found for key, found in looked_at.items() if found}
    assert {key: found for key, found in named.items() if not any(
        each.startswith(f"{key[0]} ") and each.endswith(f" {key[1]}") for each in found)} == {}
    assert {key for key in AT_LEAST if looked_at[key] is None} == set(), "nothing stands there that could be altered"
    assert named.keys() >= NAMED, "the database refuses that, or nobody names it"


def test_a_row_that_somebody_adds_or_takes_away_is_named(house: House) -> None:
    recovery = a_recovery_with_a_plan(house)
    with house.database.session() as session:
        held = fetch(session, Recovery, recovery)
        session.connection().execute(delete(RecoveryInstalment).where(col(RecoveryInstalment.number) == 3))
        session.connection().execute(insert(RecoveryInstalment).values(
            recovery_id=held.id, number=4, due_on=house.today, amount_minor=1))
        found = [(each.about, each.replayed, each.stands) for each in replay(session).differences]
    assert found == [(f"recovery_instalments {held.id.hex} 3", "a row", ""), (f"recovery_instalments {held.id.hex} 4", "", "a row")]


def test_of_one_case_its_own_figures_are_compared(house: House) -> None:
    a_recovery_with_a_plan(house)
    with house.work() as work:
        reference = work.session.exec(choose(Voucher.reference)).one()
        work.session.connection().execute(text("update vouchers set extensions = 7"))
        work.session.connection().execute(text("update claims set approved_minor = approved_minor - 1"))
    with read(house.database) as session:
        found = sorted(each.about.rpartition(" ")[2] for each in replay(session, reference).differences)
        assert found == ["approved_minor", "extensions"]
        assert replay(session, "V-2026-99999-9").differences == []


def test_what_another_case_says_is_not_read_for_one_case(house: House) -> None:
    case, other = an_issued_voucher(house), an_issued_voucher(house)
    with house.work() as work:  # what cannot be read of another one is in nobody's way
        work.session.connection().execute(insert(Figures).values(id=UUID(int=1), source="vouchers", row=other, said=[1]))
    with read(house.database) as session:
        done = replay(session, case)
        assert done.differences == [] and {row for source, row in done.figures if source == "vouchers"} == {case}
        with pytest.raises(TypeError):
            replay(session, other)


def test_what_stood_before_figures_were_told_is_told_as_it_stood(house: House) -> None:
    a_recovery_with_a_plan(house)
    with read(house.database) as session:
        before = figures_told(session)
    step = runpy.run_path(str(ROOT / "migrations" / "versions" / "0078_figures_are_told.py"))
    with house.database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        step["downgrade"]()
        step["upgrade"]()
    with read(house.database) as session:
        after, told = figures_told(session), {each.name for each in tables_told()}  # tables that came later were not there to be looked at
        assert {(source, row): figures for source, rows in after.items() for row, figures in rows.items() if source in told} == {
            (source, row): figures for source, rows in before.items() for row, figures in rows.items()}
        assert replay(session).differences == []


def test_a_column_that_came_later_says_nothing_of_a_row_that_did_not_change_since(house: House) -> None:
    recovery = a_recovery_with_a_plan(house)
    with house.database.session() as session:
        key = fetch(session, Recovery, recovery).id
        session.add(Figures(source="recovery_instalments", row=f"{key.hex} 4", said={"amount_minor": 1}))  # before there was a day
        session.flush()
        session.connection().execute(insert(RecoveryInstalment).values(recovery_id=key, number=4, due_on=house.today, amount_minor=1))
        assert replay(session).differences == []


@pytest.mark.parametrize("attack", ["update figures set source = ''", "delete from figures"])
def test_figures_are_only_ever_added(house: House, attack: str) -> None:
    with pytest.raises(DBAPIError, match="only ever added"), house.work() as work:
        work.session.connection().execute(text(attack))


def test_a_row_is_named_by_its_reference_or_its_key() -> None:
    names = {each.name: tuple(column.name for column in row_names(each)) for each in tables_told()}
    assert (names["claims"], names["deadlines"], names["recovery_shares"]) == (("reference",), ("id",), ("recovery_id", "fund_line_id"))
    assert Figures.__tablename__ not in names
