"""The description of the API is valid OpenAPI, says everything that there is, and keeps its word."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.workflows.api.client import ROOT, Programs
from workflows.amendment import AMENDMENT
from workflows.api.answers import WITHIN
from workflows.api.examples import example_of
from workflows.api.fields import Body
from workflows.api.paging import Paged
from workflows.claims import CLAIM
from workflows.closing import PERIOD
from workflows.issue import VOUCHER
from workflows.payouts import PAYOUT
from workflows.publishing import PROGRAMME
from workflows.purchase import ORDER
from workflows.reconciliation import LINE
from workflows.reimbursement import BATCH

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def described(lone_api: Programs) -> dict[str, Any]:
    """The description, as a stranger gets it."""
    description: dict[str, Any] = lone_api.seen("", "/openapi.json")
    return description


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def test_it_is_valid(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    validate(described)


def test_every_route_is_described(lone_api: Programs, described: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in lone_api.app.url_map.iter_rules() if rule.rule.startswith(ROOT) and not rule.rule.endswith("openapi.json")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert routes == {(path, method) for path, method, _operation in operations(described)}
    assert len(routes) > 50


def test_every_operation_needs_a_key_but_what_is_public(described: dict[str, Any]) -> None:
    scheme = described["components"]["securitySchemes"]["key"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert described["security"] == [{"key": []}]
    free = {path: operation["security"] for path, _method, operation in operations(described) if "security" in operation}
    assert free == {"/api/v1/programmes/{programme}/paid": []}, "what everybody reads in the portal needs no key here"


def test_every_operation_has_a_name_a_summary_and_its_refusals(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _path, _method, operation in operations(described)]
    assert len(set(names)) == len(names)
    for path, method, operation in operations(described):
        assert operation["summary"], path
        expected = {"401", "403", "422", "429"} | ({"400", "404", "409"} if _writes(operation) else set())
        expected |= {"404"} if "{" in path else set()
        assert set(operation["responses"]) >= expected, (path, method)


def _writes(operation: dict[str, Any]) -> bool:
    return any(each.get("name") == "Idempotency-Key" for each in operation["parameters"])


def test_every_step_that_people_take_is_an_operation_of_that_name(described: dict[str, Any]) -> None:
    names = {operation["operationId"] for _path, _method, operation in operations(described)}
    steps = {WITHIN.get(step.name, step.name) for machine in (PROGRAMME, VOUCHER, ORDER, AMENDMENT, CLAIM, BATCH, PAYOUT, LINE, PERIOD)
             for step in machine.steps.values() if step.by}
    assert steps <= names
    assert len(steps) > 25


def test_refusals_are_described_as_problem_details(described: dict[str, Any]) -> None:
    for name in ("BAD_REQUEST", "UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND", "CONFLICT", "UNPROCESSABLE_ENTITY", "TOO_MANY_REQUESTS"):
        assert list(described["components"]["responses"][name]["content"]) == ["application/problem+json"]


def test_bodies_take_no_other_fields_and_show_an_example(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for path, _method, operation in operations(described):
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            if media != "application/json":
                continue
            body = schemas[content["schema"]["$ref"].rpartition("/")[2]]
            assert body["additionalProperties"] is False, path
            if body.get("required"):
                assert content["example"], path


def test_the_examples_of_bodies_are_taken_by_their_own_fields() -> None:
    bodies = [each for each in everything_under(Body) if each is not Paged]
    assert len(bodies) > 15
    for body in bodies:
        kept = body().load(example_of(body), partial=("file",))
        assert set(kept) >= set(example_of(body)), body


def everything_under(kind: type[Body]) -> list[type[Body]]:
    """The bodies and queries that say something."""
    found = [each for below in kind.__subclasses__() for each in (below, *everything_under(below))]
    return [each for each in found if each().fields and not any(getattr(field, "digits", False) for field in each().fields.values())]
