"""The guide of states, steps and roles is drawn from the machines: each state, step and role is in it, in both languages."""

import re

import pytest
from lxml import etree
from markupsafe import escape

from tests.workflows.machines import machines
from tests.workflows.portal.visitors import Visitors
from voucher.languages import translator
from workflows.portal.machines import diagram, nouns, role_matrix, state_word, states
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
