"""Revocation: the office takes a voucher away for what its holder did, and asks back what was paid on it.

The holder is heard first, and until it is decided nothing is ordered, claimed or paid on the voucher; so the decision has a last day.
Another person decides than opened it or heard the holder. With the decision everything that is open on the voucher ends, what is left
of it is taken back, and each payment on it becomes a recovery of its own, in which the hearing counts.
"""

from collections.abc import Sequence
from datetime import date

from sqlmodel import col, select

from voucher import accounting
from voucher.claims import LIVE, Claim, ClaimState
from voucher.database import lock
from voucher.deadlines import (
    STILL,
    allowed,
    cited,
    drop_clocks,
    last_day_of,
    pause_clock,
    refuse_absent_in_time,
    resume_clock,
    start_clock,
    stop_clock,
)
from voucher.duties import refuse_interested_in, refuse_one_hand, refuse_who_let_pay
from voucher.errors import NotNow, NotValid, _, problem
from voucher.history import given, record
from voucher.ledger import Draft
from voucher.measure_appeals import APPEAL, leave_measure_appeal
from voucher.money import total
from voucher.orders import BINDING, OFF, Order, OrderState, date_order
from voucher.payouts import PAID, Payout, PayoutState, live_payout_of
from voucher.people import Organisation, Role
from voucher.posting import lock_free_money, post_many
from voucher.programmes.funding import keep_shares
from voucher.recoveries import Recovery, RecoveryState, left_of, live_recovery_of, make_recovery
from voucher.remainder import remainders_ended
from voucher.revocations import Revocation, open_revocation_of
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.amendment import drop_amendment
from workflows.appeal import drop_appeals
from workflows.approval import spare_of
from workflows.claiming import claim_ended
from workflows.claims import take_step
from workflows.expiry import EXTENSION
from workflows.holding import give_days_back, stand_still, today_of, zone_of
from workflows.issue import USUAL_APPEAL, VOUCHER, parties_of, terms_of
from workflows.payouts import PAYOUT
from workflows.purchase import ORDER
from workflows.purchase import parties_of as parties_of_order
from workflows.returned import rest_given_up, undo_returned
from workflows.surrender import drop_surrender

#: The clocks by which the holder says its side, and by which the office decides afterwards.
HEARING, DECISION = "revocation_hearing", "revocation_decision"

LONGEST_BASIS = 200

# With the bank, so nobody can say yet.
_ON_ITS_WAY = (PayoutState.GATHERED, PayoutState.RELEASED, PayoutState.SENT)


def open_revocation(work: Work, voucher: str, facts: str, basis: str) -> Voucher:
    """Say what is held against the holder of a voucher, and on which rule; it is asked for its side, and nothing is paid meanwhile."""
    held = lock(work.session, Voucher, voucher)
    VOUCHER.allow(work, "open_revocation", parties_of(held))
    refuse_interested_in(work, held.id)
    if not 0 < len(basis.strip()) <= LONGEST_BASIS:
        raise NotValid(problems=[problem(_("Name the rule on which the voucher would be revoked."), "basis")])
    assert work.actor.person_id is not None
    drop_surrender(work, held)
    _take(work, held, "open_revocation", given(facts), basis=basis.strip())
    held.frozen_on = held.frozen_on or today_of(work, held)
    stand_still(work, held)
    work.session.add(Revocation(voucher_id=held.id, facts=facts.strip(), basis=basis.strip(), opened_at=work.now,
                                opened_by=work.actor.person_id))
    leave_measure_appeal(work, held)
    pause_clock(work, held.reference, EXTENSION, STILL)  # what was asked for is decided when the voucher goes on
    drop_clocks(work, held.reference, but=EXTENSION)
    start_clock(work, held.reference, HEARING, case=held.reference, waits_for=Role.SME, firm=held.sme_id,
                length=allowed(terms_of(work, held), HEARING, "10 working days"), clause=cited(terms_of(work, held), HEARING))
    return held


def answer_revocation(work: Work, voucher: str, words: str) -> Voucher:
    """The holder says its side, in its own words."""
    return _hear(work, voucher, "answer_revocation", words, None)


def record_revocation_hearing(work: Work, voucher: str, words: str, heard_on: date, *, absent: bool = False) -> Voucher:
    """The office writes down what the holder said on a day; or, once its time is over, that it was asked and did not come (`absent`)."""
    return _hear(work, voucher, "record_revocation_hearing", words, heard_on, absent=absent)


def _hear(work: Work, voucher: str, step: str, words: str, heard_on: date | None, *, absent: bool = False) -> Voucher:
    held = lock(work.session, Voucher, voucher)
    VOUCHER.allow(work, step, parties_of(held))
    if heard_on is not None:  # the holder itself is a party
        refuse_interested_in(work, held.id)
    today = today_of(work, held)
    case = _open_case(work, held)
    if heard_on is not None and not case.opened_at.astimezone(zone_of(work, held)).date() <= heard_on <= today:
        raise NotValid(problems=[problem(_("The hearing was between the day on which the case was opened and today."), "heard_on")])
    if absent:
        refuse_absent_in_time(work, held.reference, HEARING)
    _take(work, held, step, given(words))
    case.hearing, case.heard_on, case.heard_by = words.strip(), heard_on or today, work.actor.person_id
    work.session.add(case)
    stop_clock(work, held.reference, HEARING)
    terms = terms_of(work, held)
    start_clock(work, held.reference, DECISION, case=held.reference, waits_for=Role.APPROVER,
                length=allowed(terms, DECISION, "15 working days"), clause=cited(terms, DECISION))
    return held


def drop_revocation(work: Work, voucher: str, reason: str) -> Voucher:
    """There is nothing to it: the voucher can be used again, and the days on which it could not are added to its time.

    Said by somebody who has no interest in it, and by whose hand nothing on it was to be paid.
    """
    held = lock(work.session, Voucher, voucher)
    VOUCHER.allow(work, "drop_revocation", parties_of(held))
    refuse_interested_in(work, held.id)
    refuse_who_let_pay(work, held.id)
    _take(work, held, "drop_revocation", given(reason))
    _end_case(work, _open_case(work, held), revoked=False)
    give_days_back(work, held)
    resume_clock(work, held.reference, EXTENSION)
    stop_clock(work, held.reference, DECISION)
    drop_clocks(work, held.reference, but=EXTENSION)
    return held


def revoke_voucher(work: Work, voucher: str, reason: str, *, sme_is_liable: bool = False) -> Voucher:
    """Revoke a voucher whose holder was heard: what is open on it ends, what is left is taken back, what was paid is asked back.

    Each payment becomes a recovery, from who was paid, or from the SME where it is liable for all of it. Refused while a payment
    is on its way. By somebody who had no part in the case. Raises NotNow, NotAllowed.
    """
    held = lock(work.session, Voucher, voucher)
    VOUCHER.allow(work, "revoke_voucher", parties_of(held))
    case = _open_case(work, held)
    refuse_one_hand(work, (case.opened_by, case.heard_by), case.opened_at,
                    _("You opened this case or heard the holder, so another person has to decide it."))
    orders = list(work.session.exec(select(Order).where(Order.voucher_id == held.id, col(Order.state).not_in(OFF))
                                    .order_by(col(Order.id)).with_for_update(key_share=True).execution_options(populate_existing=True)))
    claims = [(order, *each) for order in orders for each in _live_claims(work, order)]
    # Who issues of the same money waits. After the payouts: an import that collects locks those first.
    lock_free_money(work.session, accounting.case_of(work.session, held).funds)
    paid, drafts = _end_claims(work, held, claims, given(reason))
    for order in orders:
        drafts += _end_order(work, held, order, given(reason))
    (left,), rest = remainders_ended(work, [held], "voucher.cancelled", drafts)
    appeal_by = last_day_of(work, held.reference, terms_of(work, held).appeal_within or USUAL_APPEAL)
    _take(work, held, "revoke_voucher", given(reason), basis=case.basis, amount=str(left),
          paid=str(total((payout.whole for payout in paid), held.currency)), appeal_by=appeal_by.isoformat())
    held.frozen_on = None
    _end_case(work, case, revoked=True)
    stop_clock(work, held.reference, DECISION)
    drop_clocks(work, held.reference)
    start_clock(work, held.reference, APPEAL, case=held.reference, waits_for=Role.SME, firm=held.sme_id, due=appeal_by, then="let_pass")
    post_many(work, [*drafts, *rest])  # in one go: who posts of the same money in between would wait in a circle
    for payout in paid:
        _ask_back(work, held, case, payout, sme_is_liable=sme_is_liable)
    return held


def _live_claims(work: Work, order: Order) -> list[tuple[Claim, Payout | None]]:
    """The claims that count on an order, each with its payout once it is approved, locked."""
    live = select(Claim).where(Claim.order_id == order.id, col(Claim.state).in_(LIVE)).order_by(col(Claim.id))
    locked = work.session.exec(live.with_for_update(key_share=True).execution_options(populate_existing=True)).all()
    return [(claim, live_payout_of(work.session, claim.id) if claim.state == ClaimState.APPROVED else None) for claim in locked]


def _end_claims(
    work: Work, voucher: Voucher, claims: Sequence[tuple[Order, Claim, Payout | None]], reason: str
) -> tuple[list[Payout], list[Draft]]:
    """End the claims that were not paid; answers the payouts of those that were, and the entries to post."""
    paid: list[Payout] = []
    drafts: list[Draft] = []
    for order, claim, payout in claims:
        if payout is None:
            drafts += claim_ended(work, voucher, order, claim, "revoke_claim")
        elif payout.state in PAID:
            _refuse_half_asked(work, payout)
            paid.append(payout)
        elif payout.state in _ON_ITS_WAY:
            raise NotNow(_("{payout} is in a batch or on its way to the bank. Wait for the bank's answer, or dissolve the batch."),
                         payout=payout.reference)
        elif payout.offset_minor:
            drafts += rest_given_up(work, voucher, order, claim, payout, reason=reason)[0]
            _refuse_half_asked(work, payout)
            paid.append(payout)
        elif payout.state == PayoutState.RETURNED or payout.replaces_id is not None:
            drafts += _give_up(work, voucher, order, claim, payout)
        else:
            drafts += claim_ended(work, voucher, order, claim, "revoke_claim")
    return paid, drafts


def _refuse_half_asked(work: Work, payout: Payout) -> None:
    """A payment has one recovery at a time: one of a part would keep the rest from being asked back."""
    live = live_recovery_of(work.session, payout.id)
    if live is not None and live.principal < left_of(work.session, payout):
        raise NotNow(_("{recovery} asks back a part of {payout} only. Drop it or bring it to its end first; then the rest is asked back "
                       "too."), recovery=live.reference, payout=payout.reference)


def _give_up(work: Work, voucher: Voucher, order: Order, claim: Claim, payout: Payout) -> tuple[Draft, ...]:
    """What the bank sent back is not sent again: its claim ends, and what is owed since the return is owed no more."""
    returned = payout if payout.state == PayoutState.RETURNED else work.session.get_one(Payout, payout.replaces_id)
    take_step(work, voucher, order, claim, "revoke_claim")
    PAYOUT.follow(work, payout, "cancel_returned_payout", case=voucher.reference)
    return undo_returned(work, voucher, order, claim, returned, because="revoke_claim")


def _end_order(work: Work, voucher: Voucher, order: Order, reason: str) -> list[Draft]:
    """End what is not paid of an order: all of it, or the rest. What the two agreed beyond the voucher is between them.

    Answers the entry to post, if there is one.
    """
    drop_amendment(work, voucher, order)
    drop_appeals(work, voucher, order, reason)
    case, rest = spare_of(work, voucher, order)
    amount, whole = total(rest, order.currency), order.held_minor
    if amount.minor == whole and whole:
        step = "revoke_order"
    else:
        step = "stop_order" if order.state in BINDING else ""
    placed = order.state == OrderState.PLACED
    if step:
        ORDER.advance(work, order, step, parties_of_order(voucher, order), case=voucher.reference)
    elif amount:
        record(work, "order.reduced", order.reference, case=voucher.reference, amount=str(amount))
    drop_clocks(work, order.reference)
    date_order(order, work.today)
    if not amount:
        return []
    order.held_minor -= amount.minor
    work.session.add(order)
    if order.held_minor:
        keep_shares(work.session, order.id, case.funds, accounting.less(case.spread(order.id), rest))
    return [accounting.order_off(case, order, "order.cancelled", work.today, obligated=not placed, part=rest)]


def _ask_back(work: Work, voucher: Voucher, case: Revocation, payout: Payout, *, sme_is_liable: bool) -> None:
    """Make the recovery of a payment, which waits for its decision; what can be asked back no more is written down as such."""
    liable = work.session.get_one(Organisation, voucher.sme_id) if sme_is_liable else None
    try:
        recovery = make_recovery(work, payout, RecoveryState.HEARD, facts=case.facts, basis=case.basis, liable=liable)
    except NotNow as refusal:
        record(work, "payout.not_recovered", payout.reference, case=voucher.reference, reason=str(refusal))
        return
    _keep_hearing(work, recovery, case)


def _keep_hearing(work: Work, recovery: Recovery, case: Revocation) -> None:
    """Who opened the revocation opened this, and who heard the holder heard the party: others decide."""
    recovery.opened_by, recovery.hearing = case.opened_by, case.hearing
    recovery.heard_on, recovery.heard_by = case.heard_on, case.heard_by
    work.session.add(recovery)
    work.session.flush()


def _open_case(work: Work, voucher: Voucher) -> Revocation:
    case = open_revocation_of(work.session, voucher.id)
    if case is None:
        raise NotNow(_("Nobody opened a revocation of this voucher."))
    return case


def _end_case(work: Work, case: Revocation, *, revoked: bool) -> None:
    case.revoked, case.ended_at, case.ended_by = revoked, work.now, work.actor.person_id
    work.session.add(case)
    work.session.flush()


def _take(work: Work, voucher: Voucher, step: str, reason: str, **data: object) -> None:
    VOUCHER.advance(work, voucher, step, parties_of(voucher), case=voucher.reference, reason=reason, vouchers=(voucher.id,), **data)
