"""Settings, read from the environment once and checked."""

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, urlsplit
from zoneinfo import available_timezones

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from voucher.errors import Problem, _, problem, refuse_if_any
from voucher.post import SCHEMES


class Mode(StrEnum):
    """Whether money is at stake. A demo has invented people whose passwords everybody knows."""

    DEMO = "demo"
    PRODUCTION = "production"


DEMO_SECRET_KEY = "demo-demo-demo-demo-demo-demo-demo"  # noqa: S105 - the one that production refuses
SHORTEST_SECRET = 32

# Every variable that means something to us. Another one that begins with VOUCHER_ is most likely a slip of the pen,
# and a setting that silently does not hold is worse than a refusal.
VARIABLES = {
    "VOUCHER_INSTANCE": "folder for what this installation keeps; default: instance, in the current folder",
    "VOUCHER_DATABASE_URL": "sqlite:////path/to/file or postgresql://user@host/name; default: a file in the instance folder",
    "VOUCHER_SECRET_KEY": "signs sessions; at least 32 characters, the same for every process; default on SQLite: made once "
                          "and kept in the instance folder",
    "VOUCHER_FILES_URL": "where evidence and documents lie, as fsspec writes it; default: a folder in the instance folder",
    "VOUCHER_HEADS_URL": "where the head of the books is written every night, as fsspec writes it: best where this machine may add but not "
                         "rewrite; default: the folder heads in the instance folder",
    "VOUCHER_MODE": "production (default) or demo",
    "VOUCHER_ZONE": "the time zone in which the office counts its days; default: Asia/Shanghai",
    "VOUCHER_BASE_URL": "the address at which people reach the portal; default: http://127.0.0.1:8000",
    "VOUCHER_MAIL_URL": "how letters go out: smtp://user:password@host:587 (with TLS), smtps://host, smtp+plain://localhost:25, or "
                        "folder:///path, where each mail becomes a file; default: the folder mail in the instance folder",
    "VOUCHER_MAIL_FROM": "the address from which letters come, such as voucher@example.org; needed with a mail server",
    "VOUCHER_LANGUAGE": "zh (default) or en: the language of pages for those who chose none",
    "VOUCHER_AS": "on the command line: the e-mail address of the person who acts",
}
_ADDRESS = re.compile(r"[!-?A-~]+@[A-Za-z0-9.-]+", re.ASCII)
_NOT_SETTINGS = ("VOUCHER_TEST_",)
LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Settings:
    """What an installation may decide. `secret_key` is never printed."""

    instance: Path
    database_url: str
    secret_key: str
    files_url: str
    mode: Mode
    zone: str
    base_url: str
    language: str
    mail_url: str = ""
    mail_from: str = "voucher@localhost"
    heads_url: str = ""

    @property
    def post_url(self) -> str:
        """How mail goes out; where nothing is said, into a folder."""
        return self.mail_url or f"folder://{quote(str(self.instance / 'mail'))}"

    @property
    def is_demo(self) -> bool:
        """Whether people and money are invented."""
        return self.mode is Mode.DEMO

    @property
    def is_embedded(self) -> bool:
        """Whether the database is a file of ours, so that one command runs everything."""
        return self.database_url.startswith("sqlite")

    def __repr__(self) -> str:
        return f"Settings(mode={self.mode}, instance={self.instance}, database={make_url(self.database_url)!r})"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that the environment asks for. Raises NotValid with every problem at once.

    On the embedded default a missing secret key is made and kept in the instance folder, readable by its owner only.
    """
    given = {name: value.strip() for name, value in environment.items() if name.startswith("VOUCHER_") and value.strip()}
    instance = Path(given.get("VOUCHER_INSTANCE", "instance")).absolute()
    database_url = given.get("VOUCHER_DATABASE_URL", f"sqlite:///{instance / 'voucher.sqlite3'}")
    refuse_if_any(_problems(given, database_url), _("The settings in the environment are not valid."))
    return Settings(
        instance=instance,
        database_url=database_url,
        secret_key=given.get("VOUCHER_SECRET_KEY") or _kept_secret(instance),
        files_url=given.get("VOUCHER_FILES_URL", f"file://{instance / 'files'}"),
        mode=Mode(given.get("VOUCHER_MODE", Mode.PRODUCTION)),
        zone=given.get("VOUCHER_ZONE", "Asia/Shanghai"),
        base_url=given.get("VOUCHER_BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
        language=given.get("VOUCHER_LANGUAGE", "zh"),
        mail_url=given.get("VOUCHER_MAIL_URL", ""),
        mail_from=given.get("VOUCHER_MAIL_FROM", "voucher@localhost"),
        heads_url=given.get("VOUCHER_HEADS_URL", f"file://{instance / 'heads'}"),
    )


def _problems(given: Mapping[str, str], database_url: str) -> Iterator[Problem]:
    yield from _unknown(given)
    yield from _choices(given)
    yield from _database(database_url)
    yield from _secret(given, embedded=database_url.startswith("sqlite"))
    yield from _mail(given)
    base = urlsplit(given.get("VOUCHER_BASE_URL", "http://127.0.0.1:8000"))
    if base.scheme not in ("http", "https") or not base.netloc:
        yield problem(_("{value} is not the address of a site. Write https://voucher.example.org."),
                      "VOUCHER_BASE_URL", value=given["VOUCHER_BASE_URL"])


def _unknown(given: Mapping[str, str]) -> Iterator[Problem]:
    for name in sorted(given):
        if name not in VARIABLES and not name.startswith(_NOT_SETTINGS):
            near = get_close_matches(name, VARIABLES, 1) or ["none"]
            yield problem(_("There is no such setting. The nearest is {near}."), name, near=near[0])


def _choices(given: Mapping[str, str]) -> Iterator[Problem]:
    for name, allowed in (("VOUCHER_MODE", tuple(Mode)), ("VOUCHER_LANGUAGE", LANGUAGES)):
        if given.get(name, allowed[0]) not in allowed:
            yield problem(_("{value} is none of {allowed}."), name, value=given[name], allowed=", ".join(allowed))
    if given.get("VOUCHER_ZONE", "UTC") not in available_timezones():
        yield problem(_("{value} is not a time zone. Write one such as Asia/Shanghai."), "VOUCHER_ZONE",
                      value=given["VOUCHER_ZONE"])


def _mail(given: Mapping[str, str]) -> Iterator[Problem]:
    address = urlsplit(given.get("VOUCHER_MAIL_URL", "folder:///mail"))
    if address.scheme not in SCHEMES or not (address.path if address.scheme == "folder" else address.hostname):
        yield problem(_("Write how mail goes out as smtp://user:password@host:587, smtps://host, smtp+plain://localhost or folder:///path."),
                      "VOUCHER_MAIL_URL")
    elif address.scheme != "folder" and "VOUCHER_MAIL_FROM" not in given:
        yield problem(_("Say from which address mail comes."), "VOUCHER_MAIL_FROM")
    if not _ADDRESS.fullmatch(given.get("VOUCHER_MAIL_FROM", "voucher@localhost")):
        yield problem(_("{value} is not a mail address."), "VOUCHER_MAIL_FROM", value=given["VOUCHER_MAIL_FROM"])


def _database(url: str) -> Iterator[Problem]:
    try:
        engine = make_url(url).get_backend_name()
    except ArgumentError:
        engine = ""
    if engine not in ("sqlite", "postgresql", "postgres"):
        yield problem(_("This is not the address of a database. Write sqlite:////path/to/file or "
                        "postgresql://user@host/name."), "VOUCHER_DATABASE_URL")


def _secret(given: Mapping[str, str], *, embedded: bool) -> Iterator[Problem]:
    """The key itself is never repeated: complaints end up in logs."""
    key, production = given.get("VOUCHER_SECRET_KEY", ""), given.get("VOUCHER_MODE", "production") == "production"
    if not key and not embedded:
        yield problem(_("Processes on PostgreSQL must share one key. Make one with: openssl rand -hex 32"), "VOUCHER_SECRET_KEY")
    elif key and production and (key == DEMO_SECRET_KEY or len(set(key)) < 8):
        yield problem(_("This is a demo's key, which everybody knows. Make one with: openssl rand -hex 32"), "VOUCHER_SECRET_KEY")
    elif key and len(key) < SHORTEST_SECRET:
        yield problem(_("The key is shorter than {shortest} characters. Make one with: openssl rand -hex 32"),
                      "VOUCHER_SECRET_KEY", shortest=SHORTEST_SECRET)


def _kept_secret(instance: Path) -> str:
    """The key of this installation: made at the first start, by whichever process comes first."""
    path = instance / "secret_key"
    instance.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = instance / f".secret_key.{secrets.token_hex(8)}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with suppress(FileExistsError):  # another process was faster: its key counts
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()
