"""The guide of states, steps and roles is drawn from the machines: each state, step and role is in it, in both languages."""

import re

import pytest
from lxml import etree
from markupsafe import escape

from tests.workflows.machines import machines
from tests.workflows.portal.visitors import Visitors
from voucher.languages import translator
from voucher.people import Role
from workflows.portal.machines import FURTHER, diagram, further_acts, nouns, role_matrix, state_word, states
from workflows.portal.words import ROLES, event_word


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_guide_shows_every_state_and_step_with_its_roles(portal: Visitors, language: str) -> None:
    say = translator(language)
    assert machines()
    with portal.app.test_client() as client:
        client.set_cookie("language", language)
        page = client.get("/guides/machines").text
    assert page.count("<svg class=\"machine\"") == len(nouns())
    assert "[state machines]" not in page
    for noun, steps in nouns().items():
        assert say(noun) in page
        for step in steps:
            assert escape(say(event_word(step.event))) in page, step
            assert all(say(ROLES[role]) in page for role in step.by)
        assert all(state_word(noun, state, say) in page for state in states(steps))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_diagram_is_wellformed_and_fits_a_telephone(language: str) -> None:
    say = translator(language)
    for noun, steps in nouns().items():
        drawing = etree.fromstring(str(diagram(noun, steps, say)))
        width = float(drawing.get("viewBox", "").split()[2])
        assert width <= 370
        assert all(float(text.get("x", 0)) < width for text in drawing.iter("{*}text"))
        assert len(drawing.findall(".//{*}rect")) == len(states(steps))


def test_the_matrix_marks_exactly_the_roles_of_each_step() -> None:
    rows = re.findall(r"<tr>(.*?)</tr>", str(role_matrix(translator("en"))))[1:]
    steps = [step for some in nouns().values() for step in some]
    assert [row.count("●") for row in rows] == [len(step.by) or 1 for step in steps]


#: Operations that change nothing: they only work something out.
LOOKS = {"preview_award", "try_draft", "calculate_a_case", "price_an_order"}


def test_what_may_be_done_beside_the_steps_is_listed_with_the_roles_that_its_door_asks_for(portal: Visitors) -> None:
    steps = {step.name for some in nouns().values() for step in some}
    doors = {rule.endpoint.rpartition(".")[2]: rule.endpoint for rule in portal.app.url_map.iter_rules()
             if rule.rule.startswith("/api/") and "POST" in (rule.methods or ())}
    assert doors.keys() - steps - LOOKS == FURTHER.keys()
    with portal.app.test_request_context():
        told = re.findall(r"<tr><td>(.*?)</td>(.*?)</tr>", str(further_acts(translator("en"))))
    rows = {what: row.split("</td>") for what, row in told}
    assert list(rows) == [str(escape(each)) for each in FURTHER.values()]
    marked = {role for role, cell in zip(Role, rows[FURTHER["lift_ban"]], strict=False) if "●" in cell}
    assert marked == {Role.APPROVER}
