"""The catalogs of translations are in step with the code, and no sentence lacks Chinese."""

import importlib.util
from types import ModuleType

import pytest

from voucher.amendments import AmendmentState
from voucher.claims import ClaimState
from voucher.duties import Duty
from voucher.orders import OrderState
from voucher.payouts import BatchState, PayoutState
from voucher.people import Role
from voucher.places import place
from voucher.programmes.programmes import ProgrammeState
from voucher.statements import Finding, LineState
from voucher.vouchers import VoucherState
from workflows import amendment, claims, issue, payouts, publishing, purchase, reconciliation, reimbursement
from workflows.portal.words import DUTIES, EVENTS, FINDINGS, ROLES, STATES


def collector() -> ModuleType:
    """templates/translations/collect.py, which is a tool and no part of a package."""
    spec = importlib.util.spec_from_file_location("collect", place("templates") / "translations" / "collect.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def collect() -> ModuleType:
    """The tool that collects sentences."""
    return collector()


def test_the_catalogs_are_in_step_and_every_sentence_has_its_chinese(collect: ModuleType) -> None:
    """When this fails: python templates/translations/collect.py, then translate what it names."""
    assert collect.problems(collect.sentences()) == []


def test_sentences_are_found_in_code_in_templates_and_in_the_docstrings_of_refusals(collect: ModuleType) -> None:
    found = collect.sentences()
    assert "Fill this in." in found
    assert "Go to the content" in found
    assert "There is nothing here under that name that you may see. Check the reference." in found
    assert "The allotted money of this programme does not cover this voucher. Allot more, or wait until some is freed." in found


def test_a_new_sentence_a_lost_one_and_a_wrong_name_are_noticed(collect: ModuleType) -> None:
    current = collect.sentences()
    lost = dict(list(current.items())[1:])
    assert any("not in step" in each for each in collect.problems(lost))
    assert any(each == "no Chinese: A sentence from tomorrow." for each in collect.problems(current | {"A sentence from tomorrow.": []}))
    assert collect.names_in("{text} has {length} of 100 %") == {"text", "length"}


def test_every_state_finding_role_and_event_has_a_word() -> None:
    nouns = {"programme": ProgrammeState, "voucher": VoucherState, "order": OrderState, "amendment": AmendmentState, "claim": ClaimState,
             "payout": PayoutState, "batch": BatchState, "line": LineState}
    assert {noun: set(STATES[noun]) for noun in nouns} == {noun: {state.value for state in states} for noun, states in nouns.items()}
    assert set(FINDINGS) == {finding.value for finding in Finding}
    assert set(ROLES) == {role.value for role in Role}
    assert set(DUTIES) == {duty.value for duty in Duty}
    machines = (publishing.PROGRAMME, issue.VOUCHER, purchase.ORDER, amendment.AMENDMENT, claims.CLAIM,
                reimbursement.BATCH, payouts.PAYOUT, reconciliation.LINE)
    assert {step.event for machine in machines for step in machine.steps.values()} - set(EVENTS) == set()
