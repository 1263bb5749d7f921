"""`voucher doctor`: what this installation needs, one line each, with the mend."""

import ctypes
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import click
from fontTools.ttLib import TTFont
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem
from sqlalchemy.exc import SQLAlchemyError

from voucher.database import Database
from voucher.errors import NotValid
from voucher.places import place
from voucher.post import shown_address, try_post
from voucher.schema import newest_revision, revision
from voucher.settings import Settings, read_settings
from workflows.cli.commands import as_json, print_json
from workflows.readiness import has_demo_people
from workflows.refusals import FAILED

# What WeasyPrint loads when it starts: its name with us, the files under which systems know it, Debian's package.
LIBRARIES = (
    ("Pango", ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0.dll"), "libpango-1.0-0"),
    ("Pango for FreeType", ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0.dll"), "libpangoft2-1.0-0"),
    ("HarfBuzz subsetting", ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib", "libharfbuzz-subset-0.dll"),
     "libharfbuzz-subset0"),
    ("fontconfig", ("libfontconfig.so.1", "libfontconfig.1.dylib", "libfontconfig-1.dll"), "libfontconfig1"),
)
FONTS = ("regular.ttf", "bold.ttf", "latin-regular.ttf", "latin-bold.ttf")
_SAMPLE = "创新券结算单壹贰叁肆伍陆柒捌玖拾佰仟萬圆角分整"


class Finding(NamedTuple):
    """One line of the answer. `mend` is empty when all is well."""

    subject: str
    state: str
    mend: str = ""


def findings() -> Iterator[Finding]:
    """Everything looked at, in the order in which one would mend it."""
    yield _python()
    yield from (_library(*each) for each in LIBRARIES)
    yield _fonts()
    try:
        settings = read_settings(os.environ)
    except NotValid as refusal:
        yield from (Finding("settings", each.where, str(each.what.format(**dict(each.values)))) for each in refusal.problems)
        return
    yield Finding("settings", f"{settings.mode}, zone {settings.zone}, instance folder {settings.instance}")
    yield from (look(settings) for look in _OF_SETTINGS)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", version, "" if sys.version_info >= (3, 11) else "Install Python 3.11 or newer.")


def _library(name: str, files: tuple[str, ...], package: str) -> Finding:
    for file in files:
        try:
            ctypes.CDLL(file)
        except OSError:
            continue
        return Finding(name, file)
    return Finding(name, "missing", f"apt-get install --no-install-recommends {package} (elsewhere: install WeasyPrint's libraries)")


def _fonts() -> Finding:
    folder = place("documents/fonts")
    try:
        known = {name: _characters(folder / name) for name in FONTS}
    except (OSError, ValueError) as error:
        return Finding("fonts", str(error), "The installation is incomplete: install it again.")
    lacking = [sign for sign in _SAMPLE if ord(sign) not in known["regular.ttf"]]
    if lacking:
        return Finding("fonts", f"no glyphs for {''.join(lacking)}", "The installation is incomplete: install it again.")
    return Finding("fonts", f"{len(known['regular.ttf'])} characters, in {folder}")


def _characters(file: Path) -> set[int]:
    with TTFont(file, lazy=True) as font:
        return set(font.getBestCmap())


def _instance(settings: Settings) -> Finding:
    return _writing("instance folder", str(settings.instance), lambda: _write_into(settings.instance))


def _files(settings: Settings) -> Finding:
    return _writing("files", settings.files_url, lambda: _write_at(settings.files_url))


def _heads(settings: Settings) -> Finding:
    """Where the heads of the books go every night: only elsewhere do they tell of somebody who owns this machine."""
    found = _writing("heads", settings.heads_url, lambda: _write_at(settings.heads_url))
    if found.mend or not isinstance(url_to_fs(settings.heads_url)[0], LocalFileSystem):
        return found
    return Finding("heads", f"{found.state}: here they protect from nobody who owns this machine (VOUCHER_HEADS_URL)")


def _writing(subject: str, where: str, attempt: Callable[[], None]) -> Finding:
    try:
        attempt()
    except Exception as error:  # noqa: BLE001 - each kind of store fails in its own way
        return Finding(subject, f"{where}: {error}", "Make it writable for this user, or name another in the settings.")
    return Finding(subject, f"{where} can be written")


def _write_into(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"doctor")


def _write_at(url: str) -> None:
    system, root = url_to_fs(url)
    path = f"{root}/.doctor-{uuid4().hex}"
    system.makedirs(root, exist_ok=True)
    system.pipe_file(path, b"doctor")
    system.rm_file(path)


def _database(settings: Settings) -> Finding:
    with closing(Database(settings.database_url)) as database:
        where = database.url.render_as_string()
        if database.is_sqlite and not Path(database.url.database or "").exists():
            return Finding("database", f"{where} is not there yet", "voucher db upgrade")
        try:
            found, newest = revision(database), newest_revision()
        except SQLAlchemyError as error:
            return Finding("database", f"{where}: {str(error).splitlines()[0]}", "Start the server, or mend VOUCHER_DATABASE_URL.")
        if found != newest:
            return Finding("database", f"{where} stands at {found or 'nothing'}, not at {newest}", "voucher db upgrade")
        if not settings.is_demo and has_demo_people(database):
            return Finding("database", f"{where} holds the people of the demo", "VOUCHER_MODE=demo, or a database of its own")
        return Finding("database", f"{where} is up to date ({found})")


def _mail(settings: Settings) -> Finding:
    where = shown_address(settings.post_url)
    try:
        try_post(settings.post_url)
    except OSError as error:
        return Finding("mail", f"{where}: {error}", "Start the mail server, or mend VOUCHER_MAIL_URL; letters wait meanwhile.")
    if settings.mail_url.startswith("folder:") or not settings.mail_url:
        return Finding("mail", f"{where}: letters become files there and reach nobody (VOUCHER_MAIL_URL names a server)")
    return Finding("mail", f"{where} takes our letters, from {settings.mail_from}")


_OF_SETTINGS = (_instance, _files, _heads, _database, _mail)


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """Check the installation: libraries, fonts, settings, write access, database, mail. Each complaint says the mend.

    Example: voucher doctor
    """
    found = list(findings())
    if as_json:
        print_json([each._asdict() for each in found])
    else:
        for each in found:
            click.echo(f"{'mend' if each.mend else 'ok':5}{each.subject}: {each.state}{' -> ' if each.mend else ''}{each.mend}")
    if any(each.mend for each in found):
        raise click.exceptions.Exit(FAILED)
