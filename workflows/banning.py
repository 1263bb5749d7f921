"""Banning: who had to pay money back, or cheated, may not apply, take orders or be paid until a day.

A ban may reach the other firms of the people behind it. Whoever waits for money is looked at anew when a ban begins, ends or is lifted.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from voucher.bans import Ban, reached_by
from voucher.database import fetch, get
from voucher.duties import Duty, refuse_interested, refuse_one_hand
from voucher.errors import NotAllowed, NotNow, NotValid, _, problem
from voucher.history import given, record
from voucher.people import Organisation, OrganisationKind, Role
from voucher.predictions import ask_to_predict
from voucher.programmes.programmes import Programme
from voucher.recoveries import OWED, Recovery, RecoveryState, clawback_of, terms_behind
from voucher.vouchers import Voucher, VoucherState
from voucher.waiting import ask_to_serve
from voucher.work import Work
from workflows.payouts import ask_to_export_again

#: Who may ban, and lift a ban.
BANNERS = (Role.APPROVER,)


def ban_organisation(work: Work, organisation: str, until: date, reason: str, basis: str, *, with_people: bool = False) -> Ban:
    """Ban an SME or provider from today through a day, by a rule that is told to it; `with_people`: the other firms of the people behind
    it too.
    """
    _only_approvers(work)
    return _ban(work, fetch(work.session, Organisation, organisation), until, reason, basis, None, with_people=with_people)


def ban_for_recovery(work: Work, recovery: str, until: date | None = None, *, with_people: bool = False) -> Ban:
    """Ban the party that is liable in a recovery that was decided, for as long as the terms say or until a day."""
    _only_approvers(work)
    case = fetch(work.session, Recovery, recovery)
    firm = get(work.session, Organisation, case.liable_id)
    if case.state not in (*OWED, RecoveryState.CLOSED):
        raise NotNow(_("Nothing was decided in this case, so nobody is banned for it."))
    length = clawback_of(terms_behind(work.session, case).terms).ban
    if until is None and length is None:
        raise NotValid(problems=[problem(_("The terms name no length of a ban: name its last day."), "until")])
    last = until if until is not None or length is None else length.after(work.today)
    assert last is not None
    return _ban(work, firm, last, case.facts, case.basis, case, with_people=with_people)


def _ban(work: Work, firm: Organisation, until: date, reason: str, basis: str, case: Recovery | None, *, with_people: bool) -> Ban:
    """Write the ban before anything else, and hold nothing meanwhile: it waits for all who rely on there being none."""
    if firm.kind == OrganisationKind.OFFICE:
        raise NotValid(problems=[problem(_("Only firms and providers are banned."), "organisation")])
    if until <= work.today:
        raise NotValid(problems=[problem(_("The last day of a ban must lie ahead."), "until")])
    if not basis.strip():
        raise NotValid(problems=[problem(_("Name the rule on which the ban rests; it is told to the organisation."), "basis")])
    ban = Ban(organisation_id=firm.id, recovery_id=case.id if case else None, from_on=work.today, until=until, with_people=with_people,
              reason=given(reason), basis=basis.strip(), banned_by=work.actor.person_id, banned_at=work.now)
    work.session.add(ban)
    work.session.flush()
    reached = _reached(work.session, [ban], work.today)
    for each in (firm, *reached):
        refuse_interested(work, each, Duty.APPROVE)
    record(work, "organisation.banned", firm.reference, case=firm.reference, reason=ban.reason, basis=ban.basis, until=until.isoformat(),
           recovery=case.reference if case else "", reaches=[each.reference for each in reached])
    for each in reached:
        record(work, "organisation.banned_with", each.reference, case=each.reference, reason=ban.reason, basis=ban.basis,
               until=until.isoformat(), other=firm.reference)
    firms = [firm.id, *(each.id for each in reached)]
    ask_to_predict(work)
    _serve_who_waits(work, firms)
    _serve_who_waits(work, firms, after=datetime.combine(until + timedelta(days=1), time(), work.zone))
    return ban


def lift_ban(work: Work, organisation: str, reason: str) -> list[Ban]:
    """Lift every ban of an organisation from today on: somebody else than who banned it, tied to none of whom it reaches."""
    _only_approvers(work)
    firm = fetch(work.session, Organisation, organisation)
    standing = list(work.session.exec(select(Ban).where(
        Ban.organisation_id == firm.id, Ban.until >= work.today, col(Ban.lifted_on).is_(None)).order_by(col(Ban.id)).with_for_update()))
    if not standing:
        raise NotNow(_("This organisation is not banned."))
    reached = refuse_to_lift(work, firm, standing)
    for ban in standing:
        ban.lifted_on, ban.lifted_by = work.today, work.actor.person_id
        work.session.add(ban)
    record(work, "organisation.ban_lifted", firm.reference, case=firm.reference, reason=given(reason))
    for each in reached:
        record(work, "organisation.ban_lifted_with", each.reference, case=each.reference, reason=given(reason), other=firm.reference)
    ask_to_predict(work)
    firms = [firm.id, *(each.id for each in reached)]
    ask_to_export_again(work, payees=firms)
    _serve_who_waits(work, firms)
    return standing


def refuse_to_lift(work: Work, firm: Organisation, standing: Collection[Ban]) -> list[Organisation]:
    """The other firms that the bans of an organisation reach. Raises NotAllowed to who laid one of them, and to who has an interest in
    one of the firms.
    """
    refuse_one_hand(work, [ban.banned_by for ban in standing], min(ban.banned_at for ban in standing),
                    _("You banned it yourself, so another person has to lift the ban."))
    reached = _reached(work.session, standing, work.today)
    for each in (firm, *reached):
        refuse_interested(work, each, Duty.APPROVE)
    return reached


def _reached(session: Session, bans: Collection[Ban], day: date) -> list[Organisation]:
    """The other firms that these bans reach, in the order in which they were entered."""
    firms = {firm for ban in bans if ban.with_people for firm in reached_by(session, ban, day)}
    return list(session.exec(select(Organisation).where(col(Organisation.id).in_(firms)).order_by(col(Organisation.id))))


def _serve_who_waits(work: Work, firms: Collection[UUID], *, after: datetime | None = None) -> None:
    """Have the lists looked at on which these firms wait: it may be another's turn now."""
    waited_in = select(Voucher.programme_id).where(col(Voucher.sme_id).in_(firms), Voucher.state == VoucherState.WAITLISTED)
    for programme in work.session.exec(select(Programme).where(col(Programme.id).in_(waited_in)).order_by(col(Programme.id))):
        ask_to_serve(work, programme, after=after)


def _only_approvers(work: Work) -> None:
    if not any(work.actor.holds(role) for role in BANNERS):
        raise NotAllowed(_("Only {roles} may do this."), roles=", ".join(BANNERS))
