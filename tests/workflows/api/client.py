"""Programs that use the API: each acts for one person, with a key of his."""

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlmodel import select
from werkzeug.test import TestResponse

from tests.builders import House
from voucher.people import Person
from workflows.access import make_key
from workflows.demo.data import DOMAIN

ROOT = "/api/v1"


@dataclass
class Programs:
    """Sends requests to an app on behalf of the people of a house."""

    app: Flask
    house: House
    keys: dict[str, str] = field(default_factory=dict)

    def key(self, who: str) -> str:
        """The key of somebody, made when he first needs it."""
        if who not in self.keys:
            with self.house.work() as work:
                person = work.session.exec(select(Person).where(Person.email == f"{who}@{DOMAIN}")).one()
                self.keys[who] = make_key(work, person, "test")
        return self.keys[who]

    def send(self, who: str, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> TestResponse:
        """One request as somebody, or as nobody."""
        signed = {"Authorization": f"Bearer {self.key(who)}"} if who else {}
        return self.app.test_client().open(
            ROOT + path, method=method, headers={"Accept-Language": "en"} | signed | (headers or {}), **options)

    def get(self, who: str, path: str, **query: Any) -> TestResponse:
        """Look at something."""
        return self.send(who, "GET", path, query_string=query)

    def post(self, who: str, path: str, json: Any = None, *, key: str = "", **options: Any) -> TestResponse:
        """Take a step; `key` is the Idempotency-Key."""
        headers = ({"Idempotency-Key": key} if key else {}) | options.pop("headers", {})
        if json is not None:
            options["json"] = json
        return self.send(who, "POST", path, headers=headers, **options)

    def done(self, who: str, path: str, json: Any = None, **options: Any) -> Any:
        """Take a step that is not refused; answers its JSON."""
        response = self.post(who, path, json, **options)
        assert response.status_code in (200, 201), response.text
        return response.json

    def seen(self, who: str, path: str, **query: Any) -> Any:
        """Look at something that is there; answers its JSON."""
        response = self.get(who, path, **query)
        assert response.status_code == 200, response.text
        return response.json


def refused(response: TestResponse, status: int) -> dict[str, Any]:
    """The problem details of a refusal: always the same form, never a trace of our insides."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    details = response.json
    assert details is not None
    assert set(details) >= {"type", "title", "status", "detail", "problems"}
    assert details["status"] == status and details["detail"]
    assert "Traceback" not in response.text
    return dict(details)


def complaints(response: TestResponse, status: int = 422) -> dict[str, str]:
    """What is wrong with each field, by its path."""
    return {each.get("where", ""): each["what"] for each in refused(response, status)["problems"]}
