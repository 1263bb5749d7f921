"""Money that is asked for again: the case, the list with its ages, and what firms see of their own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, select

from voucher.awards import ProviderAward
from voucher.bans import bans_of
from voucher.claims import Claim
from voucher.database import get
from voucher.deadlines import deadlines_of
from voucher.errors import _
from voucher.files import FileKind, document_of
from voucher.history import Event, events_of
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import Payout, PayoutState, claim_of
from voucher.people import OFFICE_ROLES, Organisation, Role
from voucher.recoveries import (
    OWED,
    Recovery,
    RecoveryMove,
    RecoveryState,
    ages_of,
    instalments_of,
    moves_of,
    outstanding_of,
    refund_of,
    terms_behind,
)
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows import banning, recovery, sight
from workflows.access import acting, asking, looking, roles, signed_in, who
from workflows.portal import cases
from workflows.portal.forms import Typed
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, sees_money, show
from workflows.portal.timeline import entries_with

portal = Blueprint("recoveries", __name__)


@portal.get("/recoveries/<reference>")
@signed_in
def case(reference: str) -> ResponseReturnValue:
    """A recovery: why, how much, by which days, what came in, and what is open to whoever looks."""
    with asking() as work:
        session = work.session
        held = sight.see(session, who(), reference)
        assert isinstance(held, Recovery)
        payout = get(session, Payout, held.payout_id)
        voucher = session.get(Voucher, held.voucher_id) if held.voucher_id else None
        payable = session.exec(select(Payout).where(Payout.payee_id == held.liable_id, Payout.state == PayoutState.PAYABLE)).all()
        liable, told = get(session, Organisation, held.liable_id), events_of(session, held.reference)
        moves = moves_of(session, held.id)
        return show(
            "recovery.html", recovery=held, terms=terms_behind(session, held).terms, payout=payout, **_paid_for(session, payout, voucher),
            liable=liable, names={liable.id: liable}, now=work.now, outstanding=outstanding_of(session, held),
            refund=refund_of(session, held),
            owed=held.state in OWED or held.state == RecoveryState.CLOSED, moves=moves,
            instalments=instalments_of(session, held.id), events=told, plans={each.id: _plan(held, each) for each in told}, payable=payable,
            deadlines=deadlines_of(session, held.reference), bans=bans_of(session, held.liable_id), today=work.today,
            entries=entries_with(session, "recovery", held.reference) if sees_money() else (),
            notice=document_of(session, FileKind.RECOVERY_NOTICE, held.reference),
            open=_open_to_me(work, held, voucher, moves))


def _plan(held: Recovery, event: Event) -> list[tuple[date, Money]]:
    """The instalments that were agreed on with an event, also where another plan took their place since."""
    return [(date.fromisoformat(day), Money.parse(amount, held.currency)) for day, amount in event.data.get("instalments", [])]


def _open_to_me(work: Work, held: Recovery, voucher: Voucher | None, moves: Sequence[RecoveryMove]) -> cases.Open:
    """The steps that somebody may take now, handing over to the treasury and banning the party among them."""
    found = cases.steps_open(work.session, recovery.RECOVERY, held, recovery.parties_of(work.session, held), voucher)
    is_desk, is_decided = any(map(who().holds, (Role.FINANCE, Role.TREASURY))), held.state in (*OWED, RecoveryState.CLOSED)
    remits = is_desk and held.state != RecoveryState.ANNULLED and any(map(recovery.is_the_treasurys, moves))
    bans = is_decided and any(map(who().holds, banning.BANNERS))
    also = frozenset([*(["remit_recovery"] if remits else []), *(["ban_organisation"] if bans else [])])
    found = replace(found, steps=found.steps | also)
    return cases.but_refused(found, (cases.of_the_office() | also, lambda: recovery.refuse_tied_to_party(work, held)),
                             (recovery.LETTING_OFF, lambda: recovery.refuse_to_let_off(work, held)))


def _paid_for(session: Session, payout: Payout, voucher: Voucher | None) -> dict[str, Any]:
    """What was paid, for the page: a claim with its case, or an award."""
    if voucher is None:
        return {"award": session.get_one(ProviderAward, payout.award_id)}
    claim = get(session, Claim, claim_of(payout))
    order = get(session, Order, claim.order_id)
    return {"claim": claim, "order": order, "voucher": voucher, "seen": cases.CaseSeen(voucher, order)}


@portal.get("/recoveries")
@roles(Role.SME, Role.PROVIDER)
def mine() -> ResponseReturnValue:
    """What one's own firm is asked to pay back, the newest first."""
    return _list("")


@portal.get("/office/recoveries")
@roles(*OFFICE_ROLES)
def recoveries() -> ResponseReturnValue:
    """All recoveries, or those in one state, the newest first, with what is outstanding by its age."""
    return _list(request.args.get("state", ""))


def _list(state: str) -> ResponseReturnValue:
    rows = (sight.recoveries(who()).join(Organisation, col(Organisation.id) == Recovery.liable_id)
            .with_only_columns(Recovery, Organisation))
    with asking() as work:
        found = listing(work.session, rows.where(col(Recovery.state) == state) if state else rows)
        left = {each.id: outstanding_of(work.session, each) for each, _liable in found.rows if each.state in OWED}
        return show("recoveries.html", state=state, states=list(RecoveryState), listing=found, left=left, today=work.today,
                    ages=ages_of(work.session, work.today) if sight.from_office(who()) else [])


@portal.post("/recoveries/<reference>/remit")
@roles(Role.FINANCE, Role.TREASURY)
@or_show(case)
def remit_recovery(reference: str) -> ResponseReturnValue:
    """Hand over to the treasury what came in for it."""
    with acting() as work:
        recovery.remit_recovery(work, reference, request.form.get("document", ""))
    return done(_("Handed over."), _page(reference))


@portal.post("/recoveries/<reference>/ban")
@roles(Role.APPROVER)
@or_show(case)
def ban_for_recovery(reference: str) -> ResponseReturnValue:
    """Ban the party that is liable, as long as the terms say or until a day."""
    form = Typed(request.form)
    until: date | None = form.day("until") if request.form.get("until") else None
    form.done()
    with acting() as work:
        banning.ban_for_recovery(work, reference, until, with_people="with_people" in request.form)
    return done(_("Banned."), _page(reference))


@portal.post("/recoveries/<reference>/lift-ban")
@roles(Role.APPROVER)
@or_show(case)
def lift_ban(reference: str) -> ResponseReturnValue:
    """Lift the ban of the party that is liable."""
    with looking() as session:
        held = sight.see(session, who(), reference)
        assert isinstance(held, Recovery)
        firm = get(session, Organisation, held.liable_id).reference
    with acting() as work:
        banning.lift_ban(work, firm, request.form.get("reason", ""))
    return done(_("The ban is lifted."), _page(reference))


def _page(reference: str) -> str:
    return url_for("recoveries.case", reference=reference)
