"""Several processes that start at once on an empty database: one migrates, the others wait."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tracked import ROOT
from voucher.database import Database
from voucher.schema import newest_revision

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
