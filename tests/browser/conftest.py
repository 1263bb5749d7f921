"""A real Chromium, and the portal served to it.

Debian's `chromium` is driven by Playwright, which brings no browser of its own here. Without one, every test in a browser
is left out and the summary says so; with CI=true that is an error.
"""

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from voucher.database import Database
from voucher.files import FileStore
from voucher.settings import Mode, Settings
from workflows.app import create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
WITHOUT_BROWSER = "No chromium: every test in a browser is left out. On Debian and Ubuntu: apt-get install chromium"
HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a browser that is not there; never in CI."""
    mine = [item for item in items if HERE in item.path.parents]
    if CHROMIUM is None and mine:
        if IN_CI:
            raise pytest.UsageError(WITHOUT_BROWSER)
        config.hook.pytest_deselected(items=mine)
        items[:] = [item for item in items if item not in mine]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out, where nobody overlooks it."""
    if CHROMIUM is None:
        terminalreporter.write_line(WITHOUT_BROWSER, yellow=True, bold=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each person gets a context of his own."""
    assert CHROMIUM is not None
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """An empty store of files."""
    return FileStore(str(tmp_path / "files"))


@contextmanager
def served(database: Database, folder: Path, clock: object) -> Iterator[str]:
    """The portal on a free port, on this database and the files under `folder`; answers its address."""
    settings = Settings(folder, str(database.url), "x" * 40, str(folder / "files"), Mode.DEMO, "Asia/Shanghai",
                        "http://127.0.0.1", "zh")
    app = create_app(settings, database=database, clock=clock)  # type: ignore[arg-type]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
