"""Absences, and the roles that somebody hands to a deputy for the time.

A deputy holds the role as if it were his, but what he does by it counts as done by both: neither he nor the one whose role
he bears may then do anything else in that case, and two who act as one are never two signatures. Both end by themselves.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint, and_, or_
from sqlmodel import Field, Session, col, select

from voucher.database import Row, one_of
from voucher.people import Membership, Person, Role, actor_for
from voucher.work import Actor


class Absence(Row, table=True):
    """Somebody is away from a day until a day, both counted, where the office is; `ends_at` is earlier when he came back before.

    From `begins_at` on and before `ends_at`: the instants that the days come to.
    """

    __tablename__ = "absences"
    __table_args__ = (CheckConstraint("until_on >= from_on", name="ends_after_its_start"),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    from_on: date
    until_on: date
    begins_at: datetime
    ends_at: datetime
    note: str = Field(default="", max_length=300)
    entered_by: UUID | None = Field(default=None, foreign_key="people.id")
    entered_at: datetime

    def is_over(self, now: datetime) -> bool:
        """Whether he is back."""
        return self.ends_at <= now


class Delegation(Row, table=True):
    """During an absence a deputy holds a role for an organisation. `duties` are what the role does in cases: `,verify,approve,`.

    The database takes no duty of the deputy that does not stand for the absent one too, and no two signatures of both.
    """

    __tablename__ = "delegations"
    __table_args__ = (
        one_of("role", Role), UniqueConstraint("absence_id", "role", "organisation_id"),
        CheckConstraint("person_id <> deputy_id", name="is_another"),
    )

    absence_id: UUID = Field(foreign_key="absences.id", index=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    deputy_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    role: str = Field(sa_type=String(16))
    duties: str = Field(max_length=200)
    begins_at: datetime
    ends_at: datetime
    entered_by: UUID | None = Field(default=None, foreign_key="people.id")
    entered_at: datetime

    def holds(self, at: datetime) -> bool:
        """Whether the deputy bears the role at an instant."""
        return self.begins_at <= at < self.ends_at


def actor_at(session: Session, person: Person, now: datetime) -> Actor:
    """The actor that a person is at an instant: with his own roles, and with those that he bears for others."""
    own = actor_for(session, person)
    lent = session.exec(
        select(Membership.role, Membership.organisation_id)
        .join(Delegation, and_(col(Delegation.person_id) == Membership.person_id, col(Delegation.role) == Membership.role,
                               col(Delegation.organisation_id) == Membership.organisation_id))
        .join(Person, col(Person.id) == Membership.person_id)
        .where(Delegation.deputy_id == person.id, Delegation.begins_at <= now, Delegation.ends_at > now, Person.active))
    return Actor(own.name, own.person_id, own.grants | set(lent))


def stood_in_for(session: Session, person_id: UUID, duty: str, now: datetime) -> list[UUID]:
    """The people for whom somebody stands in at this instant in a role that does this duty."""
    return list(session.exec(
        select(Delegation.person_id).where(Delegation.deputy_id == person_id, Delegation.begins_at <= now, Delegation.ends_at > now,
                                           col(Delegation.duties).contains(f",{duty},")).distinct().order_by(col(Delegation.person_id))))


def act_as_one(session: Session, person_id: UUID, duty: str, now: datetime, before: Iterable[tuple[UUID, datetime]]) -> bool:
    """Whether somebody who acts now and one of those who acted before are one: one bore the role of the other as he acted."""
    acted = dict(before)
    together = session.exec(select(Delegation).where(
        col(Delegation.duties).contains(f",{duty},"),
        or_(and_(col(Delegation.deputy_id) == person_id, col(Delegation.person_id).in_(acted)),
            and_(col(Delegation.person_id) == person_id, col(Delegation.deputy_id).in_(acted)))))
    return any(each.holds(now if each.deputy_id == person_id else acted[each.deputy_id]) for each in together)


def stood_in(session: Session, person_id: UUID, others: Collection[UUID], since: datetime, now: datetime) -> bool:
    """Whether somebody bore a role of one of these people, or one of them a role of his, at any instant from `since` until now."""
    return session.exec(select(Delegation.id).where(
        Delegation.begins_at <= now, Delegation.ends_at > since, Delegation.ends_at > Delegation.begins_at,
        or_(and_(col(Delegation.deputy_id) == person_id, col(Delegation.person_id).in_(others)),
            and_(col(Delegation.person_id) == person_id, col(Delegation.deputy_id).in_(others))))).first() is not None


def away(session: Session, people: Collection[UUID], now: datetime) -> dict[UUID, Absence]:
    """Which of these people are away at an instant, by person."""
    rows = session.exec(select(Absence).where(col(Absence.person_id).in_(people), Absence.begins_at <= now, Absence.ends_at > now)
                        .order_by(col(Absence.ends_at)))
    return {each.person_id: each for each in rows}


def deputies_of(session: Session, absences: Collection[UUID]) -> dict[UUID, list[tuple[Delegation, Person]]]:
    """Who bears which role during these absences, by absence."""
    found: dict[UUID, list[tuple[Delegation, Person]]] = {}
    for held, deputy in session.exec(select(Delegation, Person).join(Person, col(Person.id) == Delegation.deputy_id)
                                     .where(col(Delegation.absence_id).in_(absences)).order_by(col(Delegation.role), col(Delegation.id))):
        found.setdefault(held.absence_id, []).append((held, deputy))
    return found
