"""People who visit the portal of a house, signed in without the detour over the sign-in page."""

from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from tests.builders import House
from voucher.files import FileStore
from voucher.people import Person
from voucher.settings import Mode, Settings
from voucher.work import read
from workflows.app import create_app
from workflows.demo.data import DOMAIN


def a_new_app(checks_csrf: bool = False) -> Flask:
    """The whole app, whose door leads nowhere yet."""
    app = create_app(Settings(
        instance=Path("nowhere"), database_url="sqlite:///nowhere", secret_key="a key of tests" * 3, files_url="nowhere",
        mode=Mode.DEMO, zone="Asia/Shanghai", base_url="http://localhost", language="zh",
    ))
    app.config["WTF_CSRF_ENABLED"] = checks_csrf
    return app


_shared_app = cache(a_new_app)


def an_app(house: House, folder: Path, *, checks_csrf: bool = False) -> Flask:
    """The app on the database and the clock of a house, with files in a folder; nobody has tried a password yet.

    Putting it together takes longer than most tests, so a process does it once: each house gets a copy that has a door of
    its own and shares all else with the others.
    """
    app = copy(_shared_app(checks_csrf))
    own = replace(app.extensions["voucher-door"], database=house.database, clock=house.clock, files=FileStore(str(folder / "files")))
    app.extensions = app.extensions | {"voucher-door": own}
    app.extensions["voucher-limiter"].reset()
    return app


def session_key(house: House, who: str) -> str:
    """What stands in somebody's session."""
    with read(house.database) as session:
        return session.exec(select(Person.session_key).where(Person.email == f"{who}@{DOMAIN}")).one()


@dataclass
class Visitors:
    """Sends requests to the portal as one of the people of a house, or as nobody."""

    app: Flask
    house: House

    def client(self, who: str = "", language: str = "en") -> FlaskClient:
        """A browser in which somebody is signed in."""
        client = self.app.test_client()
        if language:
            client.set_cookie("language", language)
        if who:
            with client.session_transaction() as session:
                session.update(_user_id=session_key(self.house, who), _fresh=True)
        return client

    def get(self, who: str, path: str, **options: Any) -> TestResponse:
        """Look at a page."""
        return self.client(who).get(path, **options)

    def post(self, who: str, path: str, **form: Any) -> TestResponse:
        """Send a form."""
        return self.client(who).post(path, data=form)
