"""Guides: there for everybody, in both languages, and every command they show is one that we have."""

import re
import shlex
from io import BytesIO

import click
import pytest
from babel.messages.pofile import read_po

from tests.workflows.portal.visitors import Visitors
from voucher.checks.table import CHECKS
from voucher.languages import translator
from voucher.places import place
from workflows.cli.main import main
from workflows.portal.guides import GUIDES

LANGUAGES = ("zh", "en")


# Quoted in guides, and no words of the portal.
EXAMPLES = {"ticket", "演员"}


def quoted_in(text: str) -> set[str]:
    """What a guide quotes: words of the portal in italics or between quotation marks; not sentences with numbers, which are examples."""
    text = re.sub(r"`[^`]*`", "", text)
    found = re.findall(r"(?<![*\w])\*([^*\s](?:[^*\n|]*[^*\s])?)\*(?!\*)|“([^”\n]+)”", text)
    return {each for pair in found for each in pair if each and not re.search("[0-9]", each)} - EXAMPLES


def commands_in(text: str) -> list[list[str]]:
    """The `voucher` commands that a guide shows, in a line of their own or within one."""
    shown = re.findall(r"^    (voucher [^\n]+)$|`(voucher [^`]+)`", text, re.MULTILINE)
    return [shlex.split((line or word).split(">")[0])[1:] for line, word in shown]


@pytest.mark.parametrize("name", GUIDES)
def test_everybody_reads_a_guide_in_his_language(portal: Visitors, name: str) -> None:
    heads = set()
    for language in LANGUAGES:
        with portal.app.test_client() as client:
            client.set_cookie("language", language)
            page = client.get(f"/guides/{name}")
        assert page.status_code == 200
        heads.add(re.search(r"<h1>(.+?)</h1>", page.text).group(1))  # type: ignore[union-attr]
    assert len(heads) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_for_auditors_has_a_row_a_pattern_that_names_its_checks(language: str) -> None:
    text = (place("templates") / "guides" / language / "auditor.md").read_text(encoding="utf-8")
    rows = {match[1]: match[0] for match in re.finditer(r"^\| (F[0-9]+) [^\n]+$", text, re.MULTILINE)}
    assert list(rows) == [f"F{number}" for number in range(1, 14)]
    assert all(row.count("|") == 5 for row in rows.values())
    for check in CHECKS.values():
        for pattern in check.patterns:
            assert f"*{translator(language)(check.title)}*" in rows[pattern], (check.title, pattern)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_guide_quotes_stands_in_the_portal_so(language: str) -> None:
    catalog = read_po(BytesIO((place("templates") / "translations/zh_Hans_CN/LC_MESSAGES/messages.po").read_bytes()))
    said = {entry.string if language == "zh" else entry.id for entry in catalog if entry.id}
    quoted = {(path.stem, word) for path in (place("templates") / "guides" / language).glob("*.md") if path.stem != "accounting"
              for word in quoted_in(path.read_text(encoding="utf-8"))}
    assert len(quoted) > 30
    assert {(name, word) for name, word in quoted if word not in said} == set()


def test_a_guide_that_is_not_there_is_not_found(portal: Visitors) -> None:
    for name in ("nonsense", "..%2Fpage"):
        with portal.app.test_client() as client:
            assert client.get(f"/guides/{name}").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", GUIDES)
def test_every_command_in_a_guide_is_one_that_we_have(name: str, language: str) -> None:
    text = (place("templates") / "guides" / language / f"{name}.md").read_text(encoding="utf-8")
    for words in commands_in(text):
        command: click.Command = main
        context = click.Context(main)
        for word in words:
            if not isinstance(command, click.Group):
                break
            found = command.get_command(context, word)
            assert found is not None, f"{name}: voucher {' '.join(words)}"
            command = found
        options = {option for parameter in command.params for option in parameter.opts}
        given = {word for word in words if word.startswith("--")} - {"--help"}
        assert given <= options, f"{name}: voucher {' '.join(words)}"
