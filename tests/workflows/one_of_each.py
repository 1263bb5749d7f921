"""A house with one thing of each kind on which acts are taken, in which states may be set as one likes: on SQLite, for tests alone."""

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlmodel import Session, select

from tests.builders import PROVIDER, SME, House, a_house
from tests.workflows.recovering import an_opened_recovery, with_clawback
from voucher.appeals import Appeal, AppealState
from voucher.awards import AwardState, ProviderAward
from voucher.claims import Claim
from voucher.database import Database
from voucher.files import FileStore
from voucher.findings import Finding
from voucher.history import Event
from voucher.objections import Objection, ObjectionState
from voucher.orders import Order
from voucher.people import OFFICE_ROLES, Role
from voucher.programmes.programmes import Programme
from voucher.references import reference
from voucher.work import Work

# One person a role; the firms' people are those of the case.
PEOPLE = {Role.SME: SME, Role.PROVIDER: PROVIDER} | {role: f"{role}1" for role in OFFICE_ROLES}


def one_of_each(migrated_sqlite: Path, folder: Path) -> House:
    """The house, with a firm of each side that has nothing to do with the case. No trigger stands."""
    (folder / "database.sqlite3").write_bytes(migrated_sqlite.read_bytes())
    house = a_house(Database(f"sqlite:///{folder}/database.sqlite3"), FileStore(str(folder / "files")), smes=2, providers=2)
    with_clawback(house)
    an_opened_recovery(house)
    with house.work() as work:
        _put_the_rest(work)
        for name in work.session.connection().execute(text("select name from sqlite_master where type = 'trigger'")).scalars().all():
            work.session.connection().execute(text(f'drop trigger "{name}"'))
    return house


def _put_the_rest(work: Work) -> None:
    session, now = work.session, work.now
    claim, order = session.exec(select(Claim)).one(), session.exec(select(Order)).one()
    session.add(Objection(reference=reference("J", 2026, 1), claim_id=claim.id, state=ObjectionState.FILED, name="One", contact="1",
                          grounds="So", filed_at=now))
    session.add(Finding(reference=reference("K", 2026, 1), claim_id=claim.id, case_reference="", check_name="same_invoice", about="1",
                        level="block", stage="approval", what="So", found_at=now))
    session.add(Appeal(reference=reference("E", 2026, 1), claim_id=claim.id, event_id=session.exec(select(Event.id).limit(1)).one(),
                       state=AppealState.FILED, grounds="So", reserved_minor=0, currency="CNY", filed_at=now))
    session.add(ProviderAward(reference=reference("W", 2026, 1), programme_id=_programme(session), provider_id=order.provider_id,
                              terms_id=order.terms_id, year=2026, code="services", state=AwardState.ASKED, currency="CNY", asked_at=now))


def _programme(session: Session) -> UUID:
    return session.exec(select(Programme.id)).one()


def put_into(work: Work, table: type[Any], state: str) -> None:
    """Put all things of a kind into a state, past every check, until `check_again`."""
    work.session.connection().execute(text("pragma ignore_check_constraints = on"))
    work.session.connection().execute(update(table).values(state=state))


def check_again(work: Work) -> None:
    """The database checks again what is written."""
    work.session.connection().execute(text("pragma ignore_check_constraints = off"))
