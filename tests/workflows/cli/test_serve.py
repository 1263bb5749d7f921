"""`voucher serve` and `voucher worker`, as processes of their own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from urllib.request import urlopen

from click.testing import CliRunner
from sqlmodel import select

from tests.workflows.cli.installation import A_KEY, an_installation
from voucher.database import Database
from voucher.jobs import Job
from voucher.people import Person
from voucher.work import SYSTEM, begin, read
from workflows.cli.main import main
from workflows.demo.data import DOMAIN

TOP = Path(__file__).resolve().parents[3]
PATIENCE = 30.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(environment: dict[str, str], *command: str) -> Iterator[str]:
    """The command as a process, and the first line that it said; ended as an administrator would, and well."""
    process = subprocess.Popen([sys.executable, "-m", "workflows.cli.main", *command], cwd=TOP, text=True, stdout=subprocess.PIPE,
                               env=os.environ | environment | {"PYTHONUNBUFFERED": "1"})
    assert process.stdout is not None
    try:
        yield process.stdout.readline()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def _put_a_job(database: Database) -> None:
    """A job that no worker knows: the attempt is proof that one took it."""
    now = datetime.now(UTC)
    with begin(database, SYSTEM) as work:
        work.session.add(Job(task="nobody_knows_this", key="one", run_after=now, created_at=now))


def _until_taken(database: Database) -> bool:
    for _turn in range(int(PATIENCE * 10)):
        with read(database) as session:
            if session.exec(select(Job.attempts).where(Job.task == "nobody_knows_this")).one():
                return True
        Event().wait(0.1)
    return False


def test_serving_the_embedded_database_answers_pages_and_does_jobs(tmp_path: Path) -> None:
    environment, port = an_installation(tmp_path), _free_port()
    with closing(Database(f"sqlite:///{tmp_path}/voucher.sqlite3")) as database:
        _put_a_job(database)
        with _running(environment, "serve", "--port", str(port)) as first_line:
            assert f"http://127.0.0.1:{port}" in first_line
            with urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as page:
                assert page.status == 200
            assert _until_taken(database)


def test_a_worker_apart_does_jobs_on_postgresql(postgres: Database, tmp_path: Path) -> None:
    environment = {"VOUCHER_INSTANCE": str(tmp_path), "VOUCHER_DATABASE_URL": postgres.url.render_as_string(hide_password=False),
                   "VOUCHER_SECRET_KEY": A_KEY}
    _put_a_job(postgres)
    with _running(environment, "worker"):
        assert _until_taken(postgres)


def test_a_taken_port_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = CliRunner(env=an_installation(tmp_path)).invoke(main, ["serve", "--port", str(taken.getsockname()[1])])
    assert (answer.exit_code, "--port" in answer.stderr) == (2, True)


def test_production_is_not_served_while_people_of_the_demo_can_sign_in(tmp_path: Path) -> None:
    environment = an_installation(tmp_path)
    with closing(Database(f"sqlite:///{tmp_path}/voucher.sqlite3")) as database, begin(database, SYSTEM) as work:
        work.session.add(Person(email=f"finance1@{DOMAIN}", name="Finance", password_hash="-"))
    for command in ("serve", "worker"):
        answer = CliRunner(env=environment).invoke(main, [command])
        assert (answer.exit_code, "demo" in answer.stderr) == (2, True)
