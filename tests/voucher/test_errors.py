"""Refusals: one sentence that says what to do, and every problem with its place."""

import pytest

from voucher.errors import NotNow, NotValid, Problem, problem, refuse_if_any


class TooLate(NotNow):
    """This comes too late: it was due on {day}."""


def test_the_docstring_speaks_unless_another_sentence_is_given() -> None:
    assert str(TooLate(day="2026-03-02")) == "This comes too late: it was due on 2026-03-02."
    assert str(NotNow("Wait until {day}.", day="Monday")) == "Wait until Monday."


def test_a_sentence_without_values_may_hold_braces() -> None:
    assert str(NotNow("A set is {1, 2}.")) == "A set is {1, 2}."


def test_all_problems_are_told_with_their_places() -> None:
    with pytest.raises(NotValid) as refused:
        refuse_if_any([problem("{name} is missing.", "lines.0", name="net"), problem("Not a day.", line=3, column=7)])
    assert str(refused.value).splitlines()[1:] == ["  lines.0: net is missing.", "  line 3, column 7: Not a day."]
    assert [each.as_json() for each in refused.value.problems] == [
        {"what": "net is missing.", "where": "lines.0"}, {"what": "Not a day.", "line": 3, "column": 7}]


def test_no_problem_refuses_nothing() -> None:
    refuse_if_any(problem for problem in list[Problem]())
