"""What waits for somebody: the first page of who is signed in."""

from collections.abc import Callable, Iterator

from sqlmodel import Session

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
    """Everything that waits for this actor, kind by kind; kinds with nothing are left out."""
    groups = [group for role, ask in _QUESTIONS if actor.holds(role) for group in ask(session, actor)]
    unique = {(group.title, group.more): group for group in groups if group.count}
    return list(unique.values())
