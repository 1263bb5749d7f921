"""People who visit the portal of a house, signed in without the detour over the sign-in page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from tests.builders import House
from voucher.people import Person
from voucher.settings import Mode, Settings
from voucher.work import read
from workflows.app import create_app
from workflows.demo.data import DOMAIN


def an_app(house: House, folder: Path, *, checks_csrf: bool = False) -> Flask:
    """The app on the database, the files and the clock of a house."""
    app = create_app(Settings(
        instance=folder, database_url=str(house.database.url), secret_key="a key of tests" * 3, files_url=str(folder / "files"),
        mode=Mode.DEMO, zone="Asia/Shanghai", base_url="http://localhost", language="zh",
    ), database=house.database, clock=house.clock)
    app.config["WTF_CSRF_ENABLED"] = checks_csrf
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
