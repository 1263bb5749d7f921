"""What waits for somebody: the first page of who is signed in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, col, select

from voucher.deadlines import Deadline
from voucher.people import Role
from voucher.work import Actor
from workflows.portal.tasks import Group
from workflows.portal.tasks_of_firms import for_provider, for_sme
from workflows.portal.tasks_of_office import (
    for_approver,
    for_auditor,
    for_finance,
    for_reviewer,
    for_treasury,
    for_verifier,
)

_QUESTIONS: tuple[tuple[Role, Callable[[Session, Actor], Iterator[Group]]], ...] = (
    (Role.SME, for_sme), (Role.PROVIDER, for_provider), (Role.REVIEWER, for_reviewer), (Role.APPROVER, for_approver),
    (Role.VERIFIER, for_verifier), (Role.AUDITOR, for_auditor), (Role.FINANCE, for_finance), (Role.TREASURY, for_treasury),
)


def tasks_for(session: Session, actor: Actor) -> list[Group]:
    """Everything that waits for this actor, kind by kind, each with the day by which he has to do it; kinds with nothing are left out."""
    groups = [group for role, ask in _QUESTIONS if actor.holds(role) for group in ask(session, actor)]
    unique = {(group.title, group.more): group for group in groups if group.count}
    due = _due(session, actor, [task.reference for group in unique.values() for task in group.tasks])
    return [replace(group, tasks=[replace(task, due_on=due.get(task.reference)) for task in group.tasks]) for group in unique.values()]


def _due(session: Session, actor: Actor, references: Sequence[str]) -> dict[str, date]:
    """The next day by which one of his roles has to do something about these."""
    mine = [role.value for role, _ask in _QUESTIONS if actor.holds(role)]
    return dict(session.exec(
        select(Deadline.subject, func.min(Deadline.due_on)).where(
            col(Deadline.subject).in_(references), col(Deadline.ended_at).is_(None), col(Deadline.waits_for).in_(mine))
        .group_by(col(Deadline.subject))).all())
