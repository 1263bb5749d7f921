"""Every dependency has a reason, a pin and a hash."""

import configparser
import re

import pytest

from tests.house.tracked import ROOT, modules

SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
RUNTIME = SETUP["options"]["install_requires"].split("\n")
BUILD = SETUP["options.extras_require"]["build"].split("\n")
DEVELOPMENT = SETUP["options.extras_require"]["dev"].split("\n")
LOCKS = {"requirements.txt": [*RUNTIME, *BUILD], "requirements-dev.txt": [*RUNTIME, *BUILD, *DEVELOPMENT]}


def _name(requirement: str) -> str:
    return re.split(r"[\[ <>=;]", requirement)[0].lower().replace("_", "-")


def _names(requirements: list[str]) -> list[str]:
    return [_name(each) for each in requirements if each]


def _pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+) \\$", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))


def test_the_decisions_give_a_reason_for_every_dependency() -> None:
    decisions = (ROOT / "DECISIONS.md").read_text(encoding="utf-8").lower()
    lacking = [name for name in _names(LOCKS["requirements-dev.txt"])
               if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", decisions)]
    assert not lacking


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_and_hashes_every_dependency(lock: str) -> None:
    assert not [name for name in _names(LOCKS[lock]) if name not in _pins(lock)]
    packages = re.split(r"^(?=[a-z0-9-]+==)", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert len(packages) == len(_pins(lock))
    assert all("--hash=sha256:" in package for package in packages)


def test_the_locks_agree() -> None:
    assert _pins("requirements.txt").items() <= _pins("requirements-dev.txt").items()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_to_download_from(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.findall(r"^\s*--(?!hash)\S+|https?:|file:/", text, re.MULTILINE)


# The module that a distribution installs, where its name does not tell.
MODULES = {"argon2-cffi": "argon2", "bootstrap-flask": "flask_bootstrap", "fonttools": "fontTools", "markdown-it-py": "markdown_it",
           "python-stdnum": "stdnum", "pyyaml": "yaml"}
BY_NAME = {"psycopg", "sepaxml"}  # SQLAlchemy loads the one when an address says postgresql; of the other we read the schemas


def test_every_dependency_is_used() -> None:
    code = "\n".join((ROOT / path).read_text(encoding="utf-8") for path in modules("voucher", "workflows", "migrations"))
    names = set(_names(RUNTIME)) - BY_NAME
    unused = [name for name in sorted(names) if not re.search(rf"(?:import|from) {MODULES.get(name, name.replace('-', '_'))}\b", code)]
    assert not unused
