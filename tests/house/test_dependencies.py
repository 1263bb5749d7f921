"""Every dependency has a reason, a pin and a hash."""

import configparser
import re

from tests.house.tracked import ROOT, modules

SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
RUNTIME = SETUP["options"]["install_requires"].split("\n")
DEVELOPMENT = SETUP["options.extras_require"]["dev"].split("\n")


def _name(requirement: str) -> str:
    return re.split(r"[\[ <>=;]", requirement)[0].lower().replace("_", "-")


def _direct() -> list[str]:
    return [_name(each) for each in [*RUNTIME, *DEVELOPMENT] if each]


def test_the_decisions_give_a_reason_for_every_dependency() -> None:
    decisions = (ROOT / "DECISIONS.md").read_text(encoding="utf-8").lower()
    lacking = [name for name in _direct() if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", decisions)]
    assert not lacking


def test_the_lock_pins_and_hashes_every_dependency() -> None:
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9-]+)==(\S+) \\$", lock, re.MULTILINE))
    assert not [name for name in _direct() if name not in pinned]
    packages = re.split(r"^(?=[a-z0-9-]+==)", lock, flags=re.MULTILINE)[1:]
    assert len(packages) == len(pinned)
    assert all("--hash=sha256:" in package for package in packages)


def test_the_lock_names_no_place_to_download_from() -> None:
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert not re.findall(r"^\s*--(?!hash)\S+|https?:|file:/", lock, re.MULTILINE)


# The module that a distribution installs, where its name does not tell.
MODULES = {"argon2-cffi": "argon2", "bootstrap-flask": "flask_bootstrap", "fonttools": "fontTools", "python-stdnum": "stdnum",
           "pyyaml": "yaml"}
BY_ADDRESS = {"psycopg"}  # SQLAlchemy loads it when an address says postgresql


def test_every_dependency_is_used() -> None:
    code = "\n".join((ROOT / path).read_text(encoding="utf-8") for path in modules("voucher", "workflows", "migrations"))
    names = {_name(each) for each in RUNTIME if each} - BY_ADDRESS
    unused = [name for name in sorted(names) if not re.search(rf"(?:import|from) {MODULES.get(name, name.replace('-', '_'))}\b", code)]
    assert not unused
