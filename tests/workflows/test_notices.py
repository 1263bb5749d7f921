"""Whoever is concerned is told: no event is forgotten, and no letter says what it may not."""

import string

from tests.workflows.machines import recorded
from voucher.languages import translator
from voucher.people import OFFICE_ROLES, Role
from workflows.notices import ABSENT, AWAITED, CLAIMANT, CUSTOMER, DEPUTY, FACTS, LIABLE, NOTICES, PERSON, SILENT

PARTIES = {Role.SME, Role.PROVIDER, CLAIMANT, CUSTOMER, LIABLE, AWAITED, DEPUTY, ABSENT, PERSON}


def test_every_event_has_its_letters_or_a_reason_to_be_silent() -> None:
    """When this fails: say in workflows/notices.py who is told of the event, or in SILENT why nobody is."""
    assert sorted(set(recorded()) - NOTICES.keys() - SILENT.keys()) == []


def test_no_event_is_both_told_and_silent() -> None:
    assert not NOTICES.keys() & SILENT.keys()
    assert all(len(reason) > 10 for reason in SILENT.values())


def test_a_letter_names_only_what_a_letter_may_name_and_goes_to_a_role_that_there_is() -> None:
    for event, notices in NOTICES.items():
        assert notices, event
        for notice in notices:
            named = {name for text in (notice.said, notice.do) for _text, name, _spec, _how in string.Formatter().parse(text) if name}
            assert named <= set(FACTS), (event, named)
            assert notice.to in PARTIES | OFFICE_ROLES, (event, notice.to)


def test_every_letter_is_said_in_chinese_and_keeps_its_names() -> None:
    say, facts = translator("zh"), dict.fromkeys(FACTS, "#")
    for event, notices in NOTICES.items():
        for notice in notices:
            assert say(notice.said).format(**facts) != notice.said.format(**facts), event
