"""Requests made up from the API's own description, good and bad: it keeps its word, and never answers with a fault of ours."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.workflows.api.client import Programs
from voucher.people import Role, office
from workflows.demo.data import DOMAIN
from workflows.registration import grant_role

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]


@pytest.fixture(scope="module")
def key(lone_api: Programs) -> str:
    """The key of somebody who may do everything that an office does, so that the door lets him try."""
    with lone_api.house.work() as work:
        for role in set(Role) - {Role.SME, Role.PROVIDER}:
            grant_role(work, f"administrator1@{DOMAIN}", role, office(work.session).reference)
    return lone_api.key("administrator1")


def test_made_up_requests_are_answered_as_described(lone_api: Programs, key: str) -> None:
    description = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", lone_api.app)
    operations = [each.ok() for each in description.get_all_operations() if isinstance(each, Ok)]
    assert len(operations) > 50
    for operation in operations:
        for mode in GenerationMode:
            _try(operation, mode, key)


def _try(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, key: str) -> None:
    @seed(20260302)
    @settings(max_examples=4, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered_as_described(case: Case[Any]) -> None:
        case.call_and_validate(checks=CHECKS, headers={"Authorization": f"Bearer {key}"})

    answered_as_described()
