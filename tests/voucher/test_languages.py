"""Sentences in the reader's language, on the web and off it."""

import gettext

import pytest

from voucher.errors import NotNow, NotValid, problem
from voucher.languages import Translator, translator
from voucher.vouchers import VoucherState


class NothingToSay(NotNow):
    """This sentence stands in no catalog, {name}."""


def test_a_marked_sentence_is_said_in_chinese_and_in_english() -> None:
    assert translator("zh")("Sign in") == "登录"
    assert translator("en")("Sign in") == "Sign in"


def test_values_are_filled_in_after_the_sentence_is_translated() -> None:
    assert translator("zh")("Version {number}", number=3) == "第 3 版"


def test_words_among_the_values_are_translated_too() -> None:
    said = translator("zh")("This voucher is {state}; only an issued one can be used.", state="submitted")
    assert said == "此创新券已提交；只有已发放的才能使用。"


def test_a_state_is_as_good_a_word_as_its_text() -> None:
    said = translator("zh")("This voucher is {state}; only an issued one can be used.", state=VoucherState.SUBMITTED)
    assert "已提交" in said


def test_lists_of_words_among_the_values_are_translated_word_by_word() -> None:
    assert translator("zh")("Only {roles} may do this.", roles="reviewer, approver") == "此事只能由初审人员, 审批人员办理。"


@pytest.mark.parametrize("text", ["", "Nobody ever wrote this sentence."])
def test_what_no_catalog_knows_is_said_as_it_is(text: str) -> None:
    assert translator("zh")(text) == text


def test_a_language_that_we_do_not_speak_gets_the_default() -> None:
    assert translator("tlh").language == "zh"


def test_braces_in_a_sentence_without_values_are_left_alone() -> None:
    assert translator("en")("{not a name}") == "{not a name}"


def test_a_refusal_without_words_of_its_own_says_the_docstring_of_its_class() -> None:
    assert translator("zh").refusal(NotValid()) == "填写内容有误。请修改所列问题后重新提交。"
    assert translator("zh").refusal(NothingToSay(name="you")) == "This sentence stands in no catalog, you."


def test_a_problem_of_a_file_is_said_with_its_place() -> None:
    assert translator("zh").problem(problem("Fill this in.", "x", line=3)) == "第 3 行：请填写此项。"
    assert translator("en").problem(problem("Fill this in.", "x", line=3, column=7)) == "Line 3, column 7: Fill this in."


def test_a_translator_works_without_any_catalog() -> None:
    assert Translator("en", gettext.NullTranslations())("Version {number}", number=1) == "Version 1"
