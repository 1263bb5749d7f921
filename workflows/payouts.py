"""Payouts: every step of their life in one table, wherever the verb stands that takes it.

Most steps of a payout follow from a step of something else: of its claim, of its batch, of a line at the bank. Those that may
follow from many things are nobody's own, so the table gives them to the system; whoever took the step that they follow from
was asked there.
"""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, or_, select

from voucher.claims import Claim
from voucher.database import get
from voucher.deadlines import Deadline, drop_clock, pause_clock, reopen_clock, resume_clock, stop_clocks
from voucher.deposits import Deposit
from voucher.errors import NotNow, _
from voucher.holds import Hold, HoldKind, holds_on
from voucher.jobs import put_many
from voucher.money import Money
from voucher.numbering import next_reference
from voucher.orders import Order
from voucher.payouts import AT_HAND, Batch, Payout, PayoutState, held_back, live_payout_of
from voucher.people import BankAccount, Role
from voucher.predictions import ask_to_predict
from voucher.programmes.paydays import payday
from voucher.programmes.programmes import terms_version
from voucher.references import year_of
from voucher.work import Work
from workflows.machine import Machine, Step

_DESK = (Role.FINANCE, Role.TREASURY)

#: The clock that runs from the approval of a claim to its payment, where the terms say how long that may take.
PAYMENT = "claim.payment"

#: The clock that runs to the last day of a hold by the office.
HOLD_END = "claim.hold"

# What is not paid by its payout yet, or not any more.
_STILL_HERE = (PayoutState.RETURNED, *AT_HAND)

#: The clock that runs until the bank has said of every payment of a batch what became of it.
ANSWER = "batch.answer"

PAYOUT = Machine(
    "payout",
    Step("make_payout", (), PayoutState.PAYABLE, "payout.made"),
    Step("hold_payout", (PayoutState.PAYABLE,), PayoutState.WAITING, "payout.waiting"),
    Step("free_payout", (PayoutState.WAITING,), PayoutState.PAYABLE, "payout.payable"),
    Step("cancel_payout", AT_HAND, PayoutState.CANCELLED, "payout.cancelled"),
    Step("set_payout_off", (PayoutState.PAYABLE,), PayoutState.OFFSET, "payout.set_off", by=(Role.FINANCE,)),
    Step("confirm_award_account", (PayoutState.PAYABLE,), PayoutState.PAYABLE, "payout.account_confirmed", by=_DESK),
    Step("gather_payout", (PayoutState.PAYABLE,), PayoutState.GATHERED, "payout.gathered", by=(Role.FINANCE,)),
    Step("put_payout_back", (PayoutState.GATHERED,), PayoutState.PAYABLE, "payout.payable", by=_DESK),
    Step("recall_payout", (PayoutState.RELEASED,), PayoutState.PAYABLE, "payout.recalled", by=_DESK),
    Step("release_payout", (PayoutState.GATHERED,), PayoutState.RELEASED, "payout.released", by=_DESK),
    Step("send_payout", (PayoutState.RELEASED,), PayoutState.SENT, "payout.sent"),
    # What the bank reports is true whoever imports it.
    Step("settle_payout", (PayoutState.SENT,), PayoutState.SETTLED, "payout.settled", by=_DESK),
    Step("return_payout", (PayoutState.SETTLED,), PayoutState.RETURNED, "payout.returned", by=_DESK),
    Step("reject_payout", (PayoutState.SENT,), PayoutState.RETURNED, "payout.rejected", by=_DESK),
    Step("undo_rejection", (PayoutState.RETURNED, PayoutState.REPLACED), PayoutState.SENT, "payout.rejection_undone", by=_DESK),
    Step("undo_settlement", (PayoutState.SETTLED,), PayoutState.SENT, "payout.settlement_undone", by=_DESK),
    Step("undo_return", (PayoutState.RETURNED,), PayoutState.SETTLED, "payout.return_undone", by=_DESK),
    Step("reissue_payout", (PayoutState.RETURNED,), PayoutState.REPLACED, "payout.replaced", by=(Role.FINANCE,)),
    Step("give_up_payout", (PayoutState.RETURNED,), PayoutState.CANCELLED, "payout.given_up", by=(Role.APPROVER,)),
    Step("give_rest_up", _STILL_HERE, PayoutState.OFFSET, "payout.rest_given_up"),
    Step("cancel_returned_payout", _STILL_HERE, PayoutState.CANCELLED, "payout.cancelled"),
)

#: The step that brings a payout which is still in the house into a state.
_AT_HAND_INTO = {PayoutState.WAITING: "hold_payout", PayoutState.PAYABLE: "free_payout", PayoutState.CANCELLED: "cancel_payout"}


def make_payout(
    work: Work, case: str, payee_id: UUID, amount: Money, account: BankAccount, *, claim_id: UUID | None = None,
    award_id: UUID | None = None, deposit_id: UUID | None = None, replaces: UUID | None = None, not_before: date | None = None,
) -> Payout:
    """A payable payout of a claim, an award or a deposit to an account, in a case (the reference of the voucher, else of what is paid).

    The account is copied, so that a later change of it does not move the money. `not_before` is the day from which it may be paid.
    """
    payout = Payout(
        reference=next_reference(work.session, "Y", year_of(work.today)), claim_id=claim_id, award_id=award_id, deposit_id=deposit_id,
        payee_id=payee_id, state="", amount_minor=amount.minor, currency=amount.currency, holder=account.holder,
        account_number=account.number, bank_name=account.bank_name, bank_code=account.bank_code, payable_at=work.now,
        not_before=not_before, replaces_id=replaces)
    PAYOUT.follow(work, payout, "make_payout", case=case, amount=str(amount))
    return payout


_AWAY = _("The payout {payout} is already in a batch, was at the bank, or was partly set off.")


def _was_paid(payout: Payout) -> bool:
    """Whether a payout was at the bank before, or a part of it was set off: what is owed by it is not what was approved any more."""
    return payout.replaces_id is not None or bool(payout.offset_minor)


def move_at_hand(work: Work, case: str, claim: Claim, target: PayoutState, reason: str = "") -> None:
    """Bring the payout of a claim, which no batch has yet, into another state, with its event.

    Raises NotNow when it is on its way to the bank already; to be cancelled, also when it was there before or a part was set off.
    """
    payout = live_payout_of(work.session, claim.id)
    assert payout is not None, "an approved claim has a payout"
    if payout.state not in AT_HAND or (target == PayoutState.CANCELLED and _was_paid(payout)):
        raise NotNow(_AWAY, payout=payout.reference)
    if payout.state != target:
        PAYOUT.follow(work, payout, _AT_HAND_INTO[target], case=case, reason=reason)
        payout.not_before = day_of_payment(work, claim) if target == PayoutState.PAYABLE else payout.not_before
        work.session.add(payout)
    if target == PayoutState.CANCELLED:
        drop_clock(work, claim.reference, PAYMENT)


def day_of_payment(work: Work, claim: Claim) -> date | None:
    """From which day on a claim that is payable today is paid, by the rhythm of its order's terms; None when that is at once."""
    terms = terms_version(work.session, get(work.session, Order, claim.order_id).terms_id).terms
    today = work.now.astimezone(ZoneInfo(terms.zone)).date()
    day = payday(terms, today)
    return day if day > today else None


def stop_answered(work: Work, payouts: Sequence[Payout]) -> None:
    """The bank has answered for those batches of these payouts of which no payment is with it any more; others wait on.

    The clocks are locked before it is looked at, so that of two who place the last two answers at once the second one stops it.
    """
    work.session.flush()
    batches = {payout.batch_id for payout in payouts}
    named = work.session.exec(select(Deadline.subject).join(Batch, col(Batch.reference) == Deadline.subject).where(
        col(Batch.id).in_(batches), Deadline.rule == ANSWER, col(Deadline.ended_at).is_(None)).order_by(col(Deadline.id))
        .with_for_update(key_share=True, of=Deadline)).all()
    waiting = set(work.session.exec(select(Batch.reference).join(Payout, col(Payout.batch_id) == Batch.id).where(
        col(Batch.id).in_(batches), Payout.state == PayoutState.SENT).distinct()))
    stop_clocks(work, [each for each in named if each not in waiting], ANSWER)


def ask_to_export_again(work: Work, *, vouchers: Collection[UUID] = (), payees: Collection[UUID] = ()) -> None:
    """What kept payments on these vouchers, or to these payees, in the house is over: have the batches that were held back tried again."""
    claimed = select(Claim.id).join(Order, col(Order.id) == Claim.order_id).where(col(Order.voucher_id).in_(vouchers))
    paid_in = select(Deposit.id).join(Order, col(Order.id) == Deposit.order_id).where(col(Order.voucher_id).in_(vouchers))
    named = work.session.exec(select(Batch.reference).join(Payout, col(Payout.batch_id) == Batch.id).where(
        held_back(), or_(col(Payout.payee_id).in_(payees), col(Payout.claim_id).in_(claimed), col(Payout.deposit_id).in_(paid_in)))
        .distinct()).all()
    put_many(work, "export_batch", {f"{each} again {work.now.isoformat()}": {"batch": each} for each in named})


def await_answer_again(work: Work, payout: Payout) -> None:
    """The bank has not answered for this payout after all, so its batch is waited for again."""
    reopen_clock(work, work.session.get_one(Batch, payout.batch_id).reference, ANSWER)


# --- what lets a payout wait --------------------------------------------------------------------------------------------


def hold_payment(
    work: Work, case: str, claim: Claim, kind: HoldKind, about: str = "", reason: str = "", until: date | None = None
) -> Hold:
    """Let the payment of an approved claim wait. Raises NotNow when it is already in a batch or at the bank.

    What came back from the bank, or was partly set off, is held by the office alone: a notice or an objection came before.
    """
    payout = live_payout_of(work.session, claim.id)
    if kind != HoldKind.OFFICE and payout is not None and _was_paid(payout):
        raise NotNow(_AWAY, payout=payout.reference)
    move_at_hand(work, case, claim, PayoutState.WAITING, reason)
    if kind != HoldKind.NOTICE:  # the office publishes in its own time
        pause_clock(work, claim.reference, PAYMENT, _("the payment is held"))
    hold = Hold(claim_id=claim.id, kind=kind.value, about=about, reason=reason, until=until, since=work.now)
    work.session.add(hold)
    work.session.flush()
    ask_to_predict(work)
    return hold


def end_hold(work: Work, case: str, claim: Claim, kind: HoldKind, about: str = "", reason: str = "") -> bool:
    """One thing stands in the way no more; False when it did not. When it was the last one, the payment is payable."""
    standing = holds_on(work.session, claim.id)
    ended = [hold for hold in standing if (hold.kind, hold.about) == (kind, about)]
    for hold in ended:
        hold.ended_at = work.now
        work.session.add(hold)
    if ended and len(ended) == len(standing):
        move_at_hand(work, case, claim, PayoutState.PAYABLE, reason)
    if all(hold in ended or hold.kind == HoldKind.NOTICE for hold in standing):
        resume_clock(work, claim.reference, PAYMENT)
    if ended:
        ask_to_predict(work)
    return bool(ended)
