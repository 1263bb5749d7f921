"""Publication: what is approved stands on a public notice before it is paid, and anybody may object to one line of it.

An objection with a name, once it is admitted, holds the one claim that it names; the rest goes on. It is decided by somebody
who had no part in the case before: upheld, the claim goes back to verification; dismissed, it is cleared.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, false
from sqlmodel import Session, col, exists, select

from voucher import accounting, jobs
from voucher.claims import Claim, ClaimState, lock_claim
from voucher.database import get, lock
from voucher.deadlines import last_day, place_of, start_clock, stop_clock
from voucher.duties import refuse_interested_in, refuse_who_let_pay
from voucher.errors import NotFound, NotNow, NotValid, _, problem
from voucher.history import given, record
from voucher.holds import Hold, HoldKind, drop_holds, holds_on
from voucher.notices import FORMAT, Notice, NoticeLine, NoticeState, claims_on, digest_of, frozen, masked, notices_of
from voucher.numbering import next_reference
from voucher.objections import Objection, ObjectionState, is_about_listing, lock_objection, objections_to
from voucher.orders import Order
from voucher.payouts import Payout, PayoutState
from voucher.people import Organisation, Role, office
from voucher.posting import post, post_many
from voucher.programmes.programmes import Programme, terms_in_force, terms_version, versions_of
from voucher.programmes.terms import Terms
from voucher.programmes.terms.notice import Notice as NoticeRules
from voucher.programmes.terms.notice import Shown
from voucher.references import year_of
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.claims import CLAIM, await_verification, parties_of, take_step
from workflows.listing_objections import decide_on_listing
from workflows.machine import Machine, Step
from workflows.objecting import OBJECTION, keep_answer, keep_objection
from workflows.payouts import HOLD_END, end_hold, hold_payment, move_at_hand
from workflows.verification import open_lines

NOTICE = Machine(
    "notice",
    Step("publish_notice", (), NoticeState.OPEN, "notice.published", by=(Role.APPROVER,)),
    Step("close_notice", (NoticeState.OPEN,), NoticeState.CLOSED, "notice.closed"),
)

NOTICE_END = "notice.end"
MOST_ON_A_NOTICE = 2000


# --- the list ----------------------------------------------------------------------------------------------------------


def publish_notice(work: Work, programme: str) -> Notice:
    """Put every approved claim of a programme on a public notice that was on none yet, as far as the terms list it.

    Until the notice ends, none of them is payable.

    The list is frozen: its digest is told with it. Raises NotNow when there is nothing to list, or the terms know no notice.
    """
    NOTICE.allow(work, "publish_notice", {})
    held = lock(work.session, Programme, programme)
    notice, terms = notice_rules(work.session, held), terms_in_force(work.session, held).terms
    if notice is None:
        raise NotNow(_("The terms of this programme know no public notice."))
    chosen = _unlisted(work, held, terms)
    if not chosen:
        raise NotNow(_("There is no approved claim that was not on a notice yet."))
    ends_on = last_day(place_of(work, held.reference).calendar, work.today, notice.length)
    reference = next_reference(work.session, "G", year_of(work.today))
    content = frozen(_content(work, held, reference, work.today, ends_on, [claim for _case, claim in chosen], notice.fields))
    made = Notice(reference=reference, programme_id=held.id, state="", opened_on=work.today, ends_on=ends_on, content=content,
                  digest=digest_of(content))
    NOTICE.begin(work, made, "publish_notice", {}, case=held.reference, claims=len(chosen), sha256=made.digest)
    for case, claim in chosen:
        work.session.add(NoticeLine(notice_id=made.id, claim_id=claim.id))
        hold_payment(work, case, claim, HoldKind.NOTICE, reference, until=ends_on)
        end_hold(work, case, claim, HoldKind.NOTICE)  # it waited for a notice, and this is it
    jobs.put(work, "make_notice_list", reference, {"notice": reference})
    start_clock(work, reference, NOTICE_END, case=held.reference, waits_for=Role.APPROVER, due=ends_on, then="close_notice",
                clause=notice.clause)
    return made


def notice_rules(session: Session, programme: Programme) -> NoticeRules | None:
    """By which rules a programme publishes notices: the newest version that knows any, for claims under it may wait for one."""
    return next((each.terms.notice for each in versions_of(session, programme) if each.terms.notice is not None), None)


def _unlisted(work: Work, programme: Programme, terms: Terms) -> list[tuple[str, Claim]]:
    """The approved claims at hand that the terms list and no notice shows since their approval, each with its voucher's reference.

    They are locked. What waits for a notice by the terms of its order is listed in any case.
    """
    shown = exists().where(col(NoticeLine.claim_id) == Claim.id)
    standing = exists().where(col(Hold.claim_id) == Claim.id, col(Hold.kind) == HoldKind.NOTICE, col(Hold.about) == "",
                              col(Hold.ended_at).is_(None))
    wanted = (
        select(Voucher.reference, Claim).join(Order, col(Order.id) == Claim.order_id).join(Voucher, col(Voucher.id) == Order.voucher_id)
        .join(Payout, col(Payout.claim_id) == Claim.id)
        .where(Voucher.programme_id == programme.id, Claim.state == ClaimState.APPROVED, and_(~shown, *_listed(terms)) | standing,
               col(Payout.state).in_([PayoutState.WAITING, PayoutState.PAYABLE]), col(Payout.replaces_id).is_(None),
               Payout.offset_minor == 0)
        .order_by(col(Claim.reference)).limit(MOST_ON_A_NOTICE)
        .with_for_update(of=Claim, key_share=True).execution_options(populate_existing=True))
    return list(work.session.exec(wanted))


def _listed(terms: Terms) -> Iterator[ColumnElement[bool]]:
    """Which claims stand on a notice, as far as the terms say it (`Terms.stands_on_notice` in the words of the database)."""
    notice = terms.notice
    if notice is None:
        yield false()
        return
    if notice.firm_classes:
        yield col(Voucher.firm_class).in_(notice.firm_classes)
    if notice.services:
        yield col(Order.service_type).in_(terms.members(notice.services))
    if notice.from_amount is not None:
        yield col(Claim.approved_minor) >= notice.from_amount.minor


def _content(
    work: Work, programme: Programme, reference: str, opened_on: date, ends_on: date, claims: Sequence[Claim], fields: Sequence[Shown]
) -> dict[str, Any]:
    """What everybody may read: firm, service, amounts, as far as the terms show them; never an account or a personal number."""
    orders = {each.id: each for each in work.session.exec(select(Order).where(col(Order.id).in_([c.order_id for c in claims])))}
    vouchers = {each.id: each for each in work.session.exec(select(Voucher).where(
        col(Voucher.id).in_([order.voucher_id for order in orders.values()])))}
    firms = {each.id: each for each in work.session.exec(select(Organisation).where(col(Organisation.id).in_(
        [each.sme_id for each in vouchers.values()] + [each.provider_id for each in orders.values()])))}
    here = office(work.session)

    def line(claim: Claim) -> dict[str, str]:
        order = orders[claim.order_id]
        sme, provider = firms[vouchers[order.voucher_id].sme_id], firms[order.provider_id]
        told = {Shown.FIRM: {"firm": sme.name, "firm_number": masked(sme.number)}, Shown.PROVIDER: {"provider": provider.name},
                Shown.SERVICE: {"service": order.service_type}, Shown.CONTRACT: {"contract": str(order.gross)},
                Shown.AMOUNT: {"amount": str(claim.approved)}}
        shown = [told[field] for field in fields or Shown]
        return {"claim": claim.reference, "currency": claim.currency} | {name: text for each in shown for name, text in each.items()}

    return {"format": FORMAT, "notice": reference, "programme": programme.reference, "programme_zh": programme.name_zh,
            "programme_en": programme.name_en, "office": here.name, "address": here.address, "from": opened_on.isoformat(),
            "until": ends_on.isoformat(), "claims": [line(claim) for claim in claims]}


def close_notice(work: Work, notice: str) -> Notice:
    """The last day is over: what nobody objected to is cleared. For the clock alone."""
    held = lock(work.session, Notice, notice)
    NOTICE.advance(work, held, "close_notice", {}, case=get(work.session, Programme, held.programme_id).reference)
    for listed in claims_on(work.session, held.id):
        voucher, _order, claim = lock_claim(work.session, listed.reference)
        if _may_be_cleared(work, claim):
            _clear(work, voucher, claim, held)
    return held


def _may_be_cleared(work: Work, claim: Claim) -> bool:
    """Whether it is approved and no objection to it waits for a decision; else its claimant would read that it can be paid."""
    return claim.state == ClaimState.APPROVED and not objections_to(work.session, claim.id, ObjectionState.FILED, ObjectionState.ADMITTED)


def _clear(work: Work, voucher: Voucher, claim: Claim, notice: Notice) -> None:
    if end_hold(work, voucher.reference, claim, HoldKind.NOTICE, notice.reference):
        record(work, "claim.cleared", claim.reference, case=voucher.reference, notice=notice.reference)


# --- objections ----------------------------------------------------------------------------------------------------------


def file_objection(work: Work, claim: str, name: str, contact: str, grounds: str, language: str = "") -> Objection:
    """Object to a claim on an open notice. Without name and contact it is a lead for auditors, and holds nothing.

    Anybody may. He is answered in the `language` ("zh", "en") that he reads; without one in the office's.
    Raises NotFound unless the claim stands on a notice, NotNow when the last day is over.
    """
    voucher, _order, held = lock_claim(work.session, claim)
    notices = notices_of(work.session, held.id)
    if not notices:
        raise NotFound
    if notices[0].state != NoticeState.OPEN or work.today > notices[0].ends_on:
        raise NotNow(_("Objections to this notice were to be made by {day}."), day=notices[0].ends_on.isoformat())
    objection = Objection(reference="", state="", claim_id=held.id, name=name, contact=contact, grounds=grounds,
                          language=language, filed_at=work.now)
    return keep_objection(work, objection, voucher.reference, claim=held.reference)


def admit_objection(work: Work, objection: str, seen: Sequence[str] = ()) -> Objection:
    """Look into an objection: the claim that it names, and no other, is not paid meanwhile; a provider is not listed.

    `seen` is what it carries (`Carried`); raises NotNow when the terms want more than that.
    """
    if is_about_listing(work.session, objection):
        return decide_on_listing(work, objection, "admit_objection", "")
    voucher, order, claim, held = lock_objection(work.session, objection)
    OBJECTION.allow(work, "admit_objection", {})
    _refuse_bare(work, order, seen)
    _move(work, voucher, claim, held, "admit_objection", data={"seen": sorted(set(seen))})
    if claim.state != ClaimState.APPROVED:
        raise NotNow(_("This claim is not approved any more, so there is nothing to hold."))
    hold_payment(work, voucher.reference, claim, HoldKind.OBJECTION, held.reference)
    if not _others_admitted(work, claim, held):
        _post_dispute(work, voucher, order, claim, held, disputed=True)
    return held


def _refuse_bare(work: Work, order: Order, seen: Sequence[str]) -> None:
    notice = terms_version(work.session, order.terms_id).terms.notice
    missing = [need.value for need in (notice.objection_needs if notice else ()) if need not in seen]
    if missing:
        raise NotNow(_("By the terms an objection carries {needs}. Note that you have seen it, or turn the objection away."),
                     needs=", ".join(missing))


def _others_admitted(work: Work, claim: Claim, objection: Objection) -> list[Objection]:
    return [each for each in objections_to(work.session, claim.id, ObjectionState.ADMITTED) if each.id != objection.id]


def _post_dispute(work: Work, voucher: Voucher, order: Order, claim: Claim, objection: Objection, *, disputed: bool) -> None:
    case = accounting.case_of(work.session, voucher, claim.id)
    post(work, accounting.claim_disputed(case, order, claim, work.today, objection.reference, disputed=disputed))


def _move(
    work: Work, voucher: Voucher, claim: Claim, objection: Objection, step: str, answer: str = "", data: Mapping[str, Any] | None = None
) -> None:
    OBJECTION.advance(work, objection, step, {}, case=voucher.reference, vouchers=(voucher.id,), reason=answer, claim=claim.reference,
                      **(data or {}))
    keep_answer(work, objection, answer)


def turn_objection_away(work: Work, objection: str, reason: str) -> Objection:
    """An objection that is not to be looked into, and why: not about this claim, without any ground."""
    if is_about_listing(work.session, objection):
        return decide_on_listing(work, objection, "turn_objection_away", given(reason))
    voucher, _order, claim, held = lock_objection(work.session, objection)
    _move(work, voucher, claim, held, "turn_objection_away", given(reason))
    _clear_if_over(work, voucher, claim)
    return held


def dismiss_objection(work: Work, objection: str, reason: str) -> Objection:
    """The objection has no ground, and why: the claim is cleared, or the provider listed, as far as nothing else stands in its way."""
    if is_about_listing(work.session, objection):
        return decide_on_listing(work, objection, "dismiss_objection", given(reason))
    voucher, order, claim, held = lock_objection(work.session, objection)
    _move(work, voucher, claim, held, "dismiss_objection", given(reason))
    stood = end_hold(work, voucher.reference, claim, HoldKind.OBJECTION, held.reference)
    if stood and not _others_admitted(work, claim, held):
        _post_dispute(work, voucher, order, claim, held, disputed=False)
    _clear_if_over(work, voucher, claim)
    return held


def _clear_if_over(work: Work, voucher: Voucher, claim: Claim) -> None:
    """A notice whose last day was over while the objection was looked at holds the claim no more."""
    if _may_be_cleared(work, claim):
        for notice in notices_of(work.session, claim.id):
            if notice.state == NoticeState.CLOSED:
                _clear(work, voucher, claim, notice)


def uphold_objection(work: Work, objection: str, reason: str) -> Objection:
    """The objection is right, and why: the approval is taken back and the claim is verified again; a provider is not listed."""
    if is_about_listing(work.session, objection):
        return decide_on_listing(work, objection, "uphold_objection", given(reason))
    voucher, order, claim, held = lock_objection(work.session, objection)
    _move(work, voucher, claim, held, "uphold_objection", given(reason))
    others = _others_admitted(work, claim, held)
    if others:
        raise NotNow(_("Decide first on the other objections to this claim: {others}."),
                     others=", ".join(each.reference for each in others))
    if claim.state != ClaimState.APPROVED:
        return held  # it was withdrawn meanwhile, and nothing is owed any more
    case = accounting.case_of(work.session, voucher, claim.id)
    post_many(work, accounting.approval_undone(case, order, claim, work.today, because=held.reference, claimed=True, disputed=True))
    CLAIM.advance(work, claim, "reopen_claim", parties_of(voucher, order, claim), case=voucher.reference, reason=given(reason),
                  objection=held.reference)
    move_at_hand(work, voucher.reference, claim, PayoutState.CANCELLED)
    drop_holds(work, claim)
    assert claim.approved is not None
    claim.requested_minor, claim.approved_minor, claim.approved_on = claim.approved.minor, None, None  # what was cut stays cut
    work.session.add(claim)
    open_lines(work, claim)
    await_verification(work, voucher, claim, terms_version(work.session, order.terms_id).terms)
    return held


# --- holds by the office -----------------------------------------------------------------------------------------------


def hold_claim(work: Work, claim: str, reason: str, until: date) -> Claim:
    """Let an approved claim wait for a reason, until a day after which it goes on by itself."""
    voucher, order, held = lock_claim(work.session, claim)
    CLAIM.allow(work, "hold_claim", parties_of(voucher, order, held))
    refuse_interested_in(work, voucher.id)
    if until < work.today:
        raise NotValid(problems=[problem(_("The last day must not be in the past."), "until")])
    if _is_held(work, held):
        raise NotNow(_("This claim is held already."))
    take_step(work, voucher, order, held, "hold_claim", given(reason), {"until": until.isoformat()})
    hold_payment(work, voucher.reference, held, HoldKind.OFFICE, reason=given(reason), until=until)
    start_clock(work, held.reference, HOLD_END, case=voucher.reference, waits_for=Role.APPROVER, due=until, then="end_hold_in_time")
    return held


def _is_held(work: Work, claim: Claim) -> bool:
    return any(hold.kind == HoldKind.OFFICE for hold in holds_on(work.session, claim.id))


def release_claim(work: Work, claim: str, reason: str) -> Claim:
    """Let a claim that was held go on: somebody who has no interest in it, and by whose hand it was not to be paid."""
    return _release(work, claim, "release_claim", given(reason))


def end_hold_in_time(work: Work, claim: str) -> Claim:
    """The last day of a hold is over: the claim goes on. For the clock alone."""
    return _release(work, claim, "end_hold_in_time", "")


def _release(work: Work, claim: str, step: str, reason: str) -> Claim:
    voucher, order, held = lock_claim(work.session, claim)
    CLAIM.allow(work, step, parties_of(voucher, order, held))
    refuse_interested_in(work, voucher.id)
    refuse_who_let_pay(work, voucher.id)
    if not _is_held(work, held):
        raise NotNow(_("This claim is not held."))
    take_step(work, voucher, order, held, step, reason)
    end_hold(work, voucher.reference, held, HoldKind.OFFICE, reason=reason)
    stop_clock(work, held.reference, HOLD_END)
    return held
