"""What must hold before the doors open: tables that are up to date, and in production nobody with a demo's password."""

from sqlmodel import col, select

from voucher.database import Database
from voucher.errors import NotNow, _
from voucher.people import Person
from voucher.schema import newest_revision, revision
from voucher.settings import Settings
from voucher.work import read
from workflows.demo.data import DOMAIN


def is_migrated(database: Database) -> bool:
    """Whether the tables are those of this version of the program."""
    return revision(database) == newest_revision()


def has_demo_people(database: Database) -> bool:
    """Whether somebody invented could still sign in, with a password that everybody can read."""
    with read(database) as session:
        invented = select(Person.id).where(col(Person.email).endswith(f"@{DOMAIN}"), Person.active)
        return session.exec(invented).first() is not None


def refuse_unless_ready(settings: Settings, database: Database) -> None:
    """Raises NotNow when the house must stay closed, with what to do about it."""
    if not is_migrated(database):
        raise NotNow(_("The database is not up to date. Run `voucher db upgrade` first."))
    if not settings.is_demo and has_demo_people(database):
        raise NotNow(_("People of the demo are in this database, and everybody knows their password. Serve it with "
                       "VOUCHER_MODE=demo, or start production on a database of its own (VOUCHER_DATABASE_URL)."))
