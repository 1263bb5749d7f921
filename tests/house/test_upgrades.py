"""Several processes that start at once on an empty database: one migrates, the others wait. And databases with an old life."""

import json
import os
import runpy
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from tests.house.tracked import ROOT
from tests.voucher.ledger.builders import a_draft, a_move, working, yuan
from voucher import ledger
from voucher.database import Database
from voucher.ledger.accounts import account_id
from voucher.ledger.bounds import bounded
from voucher.ledger.entries import microseconds
from voucher.schema import newest_revision
from voucher.work import read

A_KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def empty(database: Database) -> str:
    """The address of a database without a single table."""
    with database.engine.begin() as connection:
        if database.is_sqlite:
            Path(database.url.database or "").unlink()
        else:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    database.close()
    return database.url.render_as_string(hide_password=False)


def test_upgrades_at_once_wait_for_each_other(empty: str, tmp_path: Path) -> None:
    environment = os.environ | {"VOUCHER_DATABASE_URL": empty, "VOUCHER_SECRET_KEY": A_KEY, "VOUCHER_INSTANCE": str(tmp_path)}
    command = [sys.executable, "-m", "workflows.cli.main", "db", "upgrade", "--json"]
    running = [subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for _turn in range(3)]
    answers = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], answers
    told = sorted((json.loads(stdout)["before"], json.loads(stdout)["after"]) for stdout, _stderr in answers)
    newest = newest_revision()
    assert told == [("", newest), (newest, newest), (newest, newest)]


#: What one person, two people and the system annulled and refunded before it had to be two.
BEFORE = {"R-1": (1, 1), "R-2": (1, 2), "R-3": (None, 2), "R-4": (1, None)}


def test_recoveries_that_one_person_annulled_and_refunded_long_ago_keep_nobody_from_upgrading(empty: str) -> None:
    database, tables = Database(empty), sa.MetaData()
    people = sa.Table("people", tables, sa.Column("id", sa.Uuid(), primary_key=True))
    events = sa.Table("events", tables, sa.Column("id", sa.Integer(), primary_key=True), sa.Column("subject", sa.String(24)),
                      sa.Column("name", sa.String(64)), sa.Column("person_id", sa.Uuid()))
    recoveries = sa.Table("recoveries", tables, sa.Column("id", sa.Integer(), primary_key=True),
                          sa.Column("reference", sa.String(24)), sa.Column("refund_document", sa.String(100)))
    with database.engine.begin() as connection:
        tables.create_all(connection)
        connection.execute(people.insert(), [{"id": UUID(int=number)} for number in (1, 2)])
        connection.execute(events.insert(), [
            {"subject": subject, "name": name, "person_id": UUID(int=person)} for subject, both in BEFORE.items()
            for name, person in zip(("recovery.annulled", "recovery.refunded"), both, strict=True) if person])
        connection.execute(recoveries.insert(), [
            {"reference": subject, "refund_document": "Slip 1" if both[1] else ""} for subject, both in BEFORE.items()])
        with Operations.context(MigrationContext.configure(connection)):
            runpy.run_path(str(ROOT / "migrations" / "versions" / "0043_refunds_by_two.py"))["upgrade"]()
        kept = connection.execute(sa.text("select reference, annulled_by is not null, refunded_by is not null from recoveries order by 1"))
        assert [tuple(row) for row in kept] == [("R-1", 0, 1), ("R-2", 1, 1), ("R-3", 0, 1), ("R-4", 1, 0)]
    with pytest.raises(sa.exc.IntegrityError), database.engine.begin() as connection:
        connection.execute(sa.text("update recoveries set refunded_by = annulled_by where reference = 'R-2'"))
    database.close()


def test_appeals_of_before_go_with_the_last_decision_on_their_claim_before_them(empty: str) -> None:
    database, tables = Database(empty), sa.MetaData()
    claims = sa.Table("claims", tables, sa.Column("id", sa.Uuid(), primary_key=True), sa.Column("reference", sa.String(24)))
    events = sa.Table("events", tables, sa.Column("id", sa.Uuid(), primary_key=True), sa.Column("subject", sa.String(24)),
                      sa.Column("name", sa.String(64)), sa.Column("at", sa.DateTime(timezone=True)))
    appeals = sa.Table("appeals", tables, sa.Column("id", sa.Uuid(), primary_key=True),
                       sa.Column("claim_id", sa.Uuid(), sa.ForeignKey("claims.id", name="fk_appeals_claim_id"), nullable=False),
                       sa.Column("filed_at", sa.DateTime(timezone=True)), sa.UniqueConstraint("claim_id", name="uq_appeals_claim_id"))
    day = [datetime(2026, 3, number, tzinfo=UTC) for number in range(1, 9)]
    with database.engine.begin() as connection:
        tables.create_all(connection)
        connection.execute(claims.insert(), [{"id": UUID(int=number), "reference": f"C-{number}"} for number in (1, 2)])
        connection.execute(events.insert(), [
            {"id": UUID(int=10 + at), "subject": subject, "name": name, "at": day[at]} for at, (subject, name) in enumerate([
                ("C-1", "claim.approved"), ("C-2", "claim.refused"), ("C-1", "claim.reopened"), ("C-1", "claim.refused"),
                ("C-1", "claim.approved")])])  # the last one came after the appeal
        connection.execute(appeals.insert(), [{"id": UUID(int=100 + number), "claim_id": UUID(int=number), "filed_at": day[3]}
                                              for number in (1, 2)])
        with Operations.context(MigrationContext.configure(connection)):
            runpy.run_path(str(next((ROOT / "migrations" / "versions").glob("*_an_appeal_a_decision.py"))))["upgrade"]()
    kept = sa.Table("appeals", sa.MetaData(), *(sa.Column(name, sa.Uuid()) for name in ("id", "claim_id", "event_id")))
    with database.engine.begin() as connection:
        rows = connection.execute(sa.select(kept.c.claim_id, kept.c.event_id).order_by(kept.c.id))
        assert [tuple(row) for row in rows] == [(UUID(int=1), UUID(int=13)), (UUID(int=2), UUID(int=11))]
        connection.execute(kept.insert(), {"id": UUID(int=103), "claim_id": UUID(int=1), "event_id": UUID(int=14)})  # a second decision
    with pytest.raises(sa.exc.IntegrityError), database.engine.begin() as connection:
        connection.execute(kept.insert(), {"id": UUID(int=104), "claim_id": UUID(int=1), "event_id": UUID(int=14)})
    database.close()


def test_accounts_made_without_the_bounds_of_their_kind_get_them_unless_they_stand_beyond(database: Database) -> None:
    fits, beyond, free = (f"budget:free:L-{number}" for number in (1, 2, 3))
    steps = runpy.run_path(str(next((ROOT / "migrations" / "versions").glob("*_bounds_of_a_kind.py"))))
    with database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        steps["downgrade"]()
    with working(database) as work:
        for number, (to, source) in enumerate((("budget:x", fits), (beyond, "budget:x"), ("budget:x", free))):
            ledger.post(work, a_draft(f"x {number}", a_move(to=to, source=source)))
        kept = {"id": UUID(int=1), "account_id": account_id(free, "CNY"), "recorded_us": microseconds(work.now) + 9, "actor": "eve",
                "reason": "x"}
        work.session.connection().execute(sa.insert(sa.table("bound_acts", *map(sa.column, kept))), {
            name: value.hex if database.is_sqlite and isinstance(value, UUID) else value for name, value in kept.items()})
    with database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        steps["upgrade"]()
    with read(database) as session:
        held = [bounded(session, name, "CNY") for name in (fits, beyond, free)]
        assert [each and each.upper for each in held] == [yuan("0.00"), None, None]
        assert [finding.about for finding in ledger.verify(session)] == [beyond]
        assert session.connection().execute(sa.text("select version from bound_acts")).scalars().all() == [1]


def test_lines_without_a_shape_or_with_one_of_before_get_that_of_today(empty: str) -> None:
    database, tables = Database(empty), sa.MetaData()
    firms = sa.Table("organisations", tables, sa.Column("id", sa.Integer(), primary_key=True), sa.Column("country", sa.String(2)),
                     sa.Column("number", sa.String(32)))
    orders = sa.Table("orders", tables, sa.Column("id", sa.Integer(), primary_key=True), sa.Column("provider_id", sa.Integer()))
    claims = sa.Table("claims", tables, sa.Column("id", sa.Integer(), primary_key=True), sa.Column("order_id", sa.Integer()))
    lines = sa.Table("claim_lines", tables, sa.Column("id", sa.Integer(), primary_key=True), sa.Column("claim_id", sa.Integer()),
                     sa.Column("invoice_number", sa.String(40)),
                     sa.Column("invoice_shape", sa.String(80), nullable=False, server_default=""))
    with database.engine.begin() as connection:
        tables.create_all(connection)
        connection.execute(firms.insert(), [{"id": 1, "country": "IE", "number": "A"}])
        connection.execute(orders.insert(), [{"id": 1, "provider_id": 1}])
        connection.execute(claims.insert(), [{"id": 1, "order_id": 1}])
        connection.execute(lines.insert(), [{"id": 1, "claim_id": 1, "invoice_number": "INV-2", "invoice_shape": ""},
                                            {"id": 2, "claim_id": 1, "invoice_number": "INV-201", "invoice_shape": "IE:A:0112NV"}])
        after = []
        for step in ("every_invoice_has_a_shape", "shapes_leave_zeros_out"):
            with Operations.context(MigrationContext.configure(connection)):
                runpy.run_path(str(next((ROOT / "migrations" / "versions").glob(f"*_{step}.py"))))["upgrade"]()
            after.append([row[0] for row in connection.execute(sa.text("select invoice_shape from claim_lines order by id"))])
        assert after == [["IE:A:12NV", "IE:A:0112NV"], ["IE:A:12NV", "IE:A:112NV"]]
    with pytest.raises(sa.exc.IntegrityError), database.engine.begin() as connection:
        connection.execute(lines.insert(), [{"id": 3, "claim_id": 1, "invoice_number": "INV-3"}])
    database.close()


def test_numbers_of_before_are_kept_as_they_are_compared_and_ties_follow(empty: str) -> None:
    database, tables = Database(empty), sa.MetaData()
    firms = sa.Table("organisations", tables, sa.Column("id", sa.Integer(), primary_key=True), sa.Column("number", sa.String(32)),
                     sa.Column("controller", sa.String(64)))
    accounts = sa.Table("bank_accounts", tables, sa.Column("id", sa.Integer(), primary_key=True), sa.Column("number", sa.String(34)))
    ties = sa.Table("ties", tables, sa.Column("id", sa.Integer(), primary_key=True), sa.Column("left_node", sa.String(200)),
                    sa.Column("tie", sa.String(24)), sa.Column("right_node", sa.String(200)), sa.Column("from_on", sa.Date()))
    nodes = [("org:CH:CHE-123456789", "group:91-A"), ("org:CH:CHE123456789", "group:91A"), ("person:a-b@c.d", "org:CN:91-371"),
             ("account:NL-91", "account:NL91")]
    with database.engine.begin() as connection:
        tables.create_all(connection)
        connection.execute(firms.insert(), [{"id": 1, "number": "CHE-123.456.789", "controller": ""},
                                            {"id": 2, "number": "9137 1003-a", "controller": "che 123-456-789"}])
        connection.execute(accounts.insert(), [{"id": 1, "number": "nl91 abna"}])
        connection.execute(ties.insert(), [{"id": key, "left_node": left, "tie": "same_controller", "right_node": right, "from_on": None}
                                           for key, (left, right) in enumerate(nodes, 1)])
        with Operations.context(MigrationContext.configure(connection)):
            runpy.run_path(str(ROOT / "migrations" / "versions" / "0087_numbers_as_they_are_compared.py"))["upgrade"]()
        kept = [tuple(row) for row in connection.execute(sa.text("select bare_number, bare_group from organisations order by id"))]
        assert kept == [("CHE123456789", "CHE123456789"), ("91371003A", "CHE123456789")]
        assert connection.execute(sa.text("select bare_number from bank_accounts")).scalar_one() == "NL91ABNA"
        now = [tuple(row) for row in connection.execute(sa.text("select left_node, right_node from ties order by id"))]
        assert now == [nodes[0], nodes[1], ("person:a-b@c.d", "org:CN:91371"), nodes[3]], "none becomes twice what it is, or tied to itself"
    database.close()


def test_teams_and_people_of_before_are_kept_as_they_are_compared(empty: str) -> None:
    database, tables = Database(empty), sa.MetaData()
    vouchers = sa.Table("vouchers", tables, sa.Column("id", sa.Uuid(), primary_key=True), sa.Column("team", sa.String(64), index=True),
                        sa.Column("person", sa.String(64), index=True))
    with database.engine.begin() as connection:
        tables.create_all(connection)
        connection.execute(vouchers.insert(), [{"id": UUID(int=1), "team": "", "person": ""},
                                               {"id": UUID(int=2), "team": "Team-A", "person": "张 三"}])
        with Operations.context(MigrationContext.configure(connection)):
            runpy.run_path(str(next((ROOT / "migrations" / "versions").glob("*_teams_as_they_are_compared.py"))))["upgrade"]()
        kept = [tuple(row) for row in connection.execute(sa.text("select bare_team, bare_person from vouchers order by bare_team"))]
        assert kept == [("", ""), ("TEAMA", "张三")]
    database.close()


def test_uses_of_before_are_kept_under_the_key_of_today_and_one_of_two_keeps_it(empty: str) -> None:
    database, tables = Database(empty), sa.MetaData()
    firms = sa.Table("organisations", tables, sa.Column("id", sa.Integer(), primary_key=True), sa.Column("country", sa.String(2)),
                     sa.Column("number", sa.String(32)))
    orders = sa.Table("orders", tables, sa.Column("id", sa.Integer(), primary_key=True), sa.Column("provider_id", sa.Integer()))
    claims = sa.Table("claims", tables, sa.Column("id", sa.Integer(), primary_key=True), sa.Column("order_id", sa.Integer()),
                      sa.Column("state", sa.String(16)))
    uses = sa.Table("instrument_uses", tables, sa.Column("id", sa.Uuid(), primary_key=True), sa.Column("claim_id", sa.Integer()),
                    sa.Column("use_number", sa.String(40)), sa.Column("use_key", sa.String(80), unique=True))
    said = [(1, "U-000001", "IE:A:U-000001"),  # kept by an order whose claim ended: one that lives goes before it
            (2, "U-1", "IE:A:U-1"), (2, "U1 ", "IE:A:U1"), (2, "U000002", "IE:A:U000002"),
            (2, "U-000001", None),  # free since long
            (3, "U-1", "IE:B:U-1")]
    with database.engine.begin() as connection:
        tables.create_all(connection)
        connection.execute(firms.insert(), [{"id": 1, "country": "IE", "number": "A"}, {"id": 2, "country": "IE", "number": "B"}])
        connection.execute(orders.insert(), [{"id": 1, "provider_id": 1}, {"id": 2, "provider_id": 2}])
        connection.execute(claims.insert(), [{"id": 1, "order_id": 1, "state": "refused"}, {"id": 2, "order_id": 1, "state": "approved"},
                                             {"id": 3, "order_id": 2, "state": "submitted"}])
        connection.execute(uses.insert(), [{"id": UUID(int=at), "claim_id": claim, "use_number": number, "use_key": key}
                                           for at, (claim, number, key) in enumerate(said)])
        steps = runpy.run_path(str(next((ROOT / "migrations" / "versions").glob("*_uses_as_they_are_compared.py"))))
        after = []
        for step in ("upgrade", "downgrade"):
            with Operations.context(MigrationContext.configure(connection)):
                steps[step]()
            after.append([row[0] for row in connection.execute(sa.text("select use_key from instrument_uses order by id"))])
    assert after == [[None, "IE:A:U1", None, "IE:A:U2", None, "IE:B:U1"], [None, "IE:A:U-1", None, "IE:A:U000002", None, "IE:B:U-1"]]
    database.close()
