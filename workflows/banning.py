"""Banning: who had to pay money back, or cheated, may not apply, take orders or be paid until a day."""

from datetime import date

from sqlmodel import col, select

from voucher.bans import Ban
from voucher.database import fetch, get, lock
from voucher.duties import refuse_one_hand
from voucher.errors import NotAllowed, NotNow, NotValid, _, problem
from voucher.history import given, record
from voucher.people import Organisation, OrganisationKind, Role
from voucher.recoveries import OWED, Recovery, RecoveryState, clawback_of, terms_behind
from voucher.work import Work

#: Who may ban, and lift a ban.
BANNERS = (Role.APPROVER,)


def ban_organisation(work: Work, organisation: str, until: date, reason: str) -> Ban:
    """Ban an SME or provider from today through a day."""
    _only_approvers(work)
    firm = lock(work.session, Organisation, organisation)
    return _ban(work, firm, until, reason, None)


def ban_for_recovery(work: Work, recovery: str, until: date | None = None) -> Ban:
    """Ban the party that is liable in a recovery that was decided, for as long as the terms say or until a day."""
    _only_approvers(work)
    case = fetch(work.session, Recovery, recovery)
    firm = lock(work.session, Organisation, get(work.session, Organisation, case.liable_id).reference)
    if case.state not in (*OWED, RecoveryState.CLOSED):
        raise NotNow(_("Nothing was decided in this case, so nobody is banned for it."))
    length = clawback_of(terms_behind(work.session, case).terms).ban
    if until is None and length is None:
        raise NotValid(problems=[problem(_("The terms name no length of a ban: name its last day."), "until")])
    last = until if until is not None or length is None else length.after(work.today)
    assert last is not None
    return _ban(work, firm, last, case.facts, case)


def _ban(work: Work, firm: Organisation, until: date, reason: str, case: Recovery | None) -> Ban:
    if firm.kind == OrganisationKind.OFFICE:
        raise NotValid(problems=[problem(_("Only firms and providers are banned."), "organisation")])
    if until <= work.today:
        raise NotValid(problems=[problem(_("The last day of a ban must lie ahead."), "until")])
    ban = Ban(organisation_id=firm.id, recovery_id=case.id if case else None, from_on=work.today, until=until, reason=given(reason),
              banned_by=work.actor.person_id, banned_at=work.now)
    work.session.add(ban)
    work.session.flush()
    record(work, "organisation.banned", firm.reference, case=firm.reference, reason=ban.reason, until=until.isoformat(),
           recovery=case.reference if case else "")
    return ban


def lift_ban(work: Work, organisation: str, reason: str) -> list[Ban]:
    """Lift every ban of an organisation from today on: somebody else than who banned it."""
    _only_approvers(work)
    firm = lock(work.session, Organisation, organisation)
    standing = list(work.session.exec(select(Ban).where(
        Ban.organisation_id == firm.id, Ban.until >= work.today, col(Ban.lifted_on).is_(None)).order_by(col(Ban.id))))
    if not standing:
        raise NotNow(_("This organisation is not banned."))
    refuse_one_hand(work, [ban.banned_by for ban in standing], min(ban.banned_at for ban in standing),
                    _("You banned it yourself, so another person has to lift the ban."))
    for ban in standing:
        ban.lifted_on, ban.lifted_by = work.today, work.actor.person_id
        work.session.add(ban)
    record(work, "organisation.ban_lifted", firm.reference, case=firm.reference, reason=given(reason))
    return standing


def _only_approvers(work: Work) -> None:
    if not any(work.actor.holds(role) for role in BANNERS):
        raise NotAllowed(_("Only {roles} may do this."), roles=", ".join(BANNERS))
