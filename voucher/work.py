"""One piece of work: one database transaction, by one actor, at one instant. The only commit()."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from voucher.clock import Clock, system_clock
from voucher.database import Database
from voucher.errors import Refusal
from voucher.figures import forget_figures, keep_figures

# Where the office is, unless its settings say otherwise.
ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Actor:
    """Who acts: a person with what he may do, or the system itself.

    `grants` are pairs of a role and the organisation for which it holds. `is_system` says that no person stands behind
    it and none has to: the worker, a migration, the demo's clock. Who is merely nobody (a stranger at the door) is not.
    """

    name: str
    person_id: UUID | None = None
    grants: frozenset[tuple[str, UUID]] = frozenset()
    is_system: bool = False

    def holds(self, role: str, organisation_id: UUID | None = None) -> bool:
        """Whether he holds the role, for that organisation or, without one, for any."""
        return any(role == held and organisation_id in (None, where) for held, where in self.grants)

    def organisations(self, *roles: str) -> frozenset[UUID]:
        """The organisations for which he holds one of the roles; without roles, any."""
        return frozenset(where for held, where in self.grants if not roles or held in roles)


SYSTEM = Actor("system", is_system=True)


@dataclass
class Work:
    """What a verb needs: the open transaction, who acts, and the instant that counts as now (UTC)."""

    session: Session
    actor: Actor
    now: datetime
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(ZONE))

    @property
    def today(self) -> date:
        """The day it is where the office is."""
        return self.now.astimezone(self.zone).date()


@contextmanager
def begin(database: Database, actor: Actor, clock: Clock = system_clock, zone: str = ZONE) -> Iterator[Work]:
    """All of it or nothing: commits when the block ends, rolls back when it raises. What a refusal leaves is done then, and kept."""
    with database.session() as session:
        work = Work(session, actor, clock(), ZoneInfo(zone))
        try:
            yield work
        except Refusal as refusal:
            if refusal.leaves is not None:
                session.rollback()
                forget_figures(session)
                refusal.leaves(work)
                _keep(session)
            raise
        _keep(session)


def _keep(session: Session) -> None:
    keep_figures(session)
    session.commit()


@contextmanager
def read(database: Database) -> Iterator[Session]:
    """A session for looking only: sees one instant, takes no locks and commits nothing."""
    with database.session(reading=True) as session:
        yield session
