"""The claim's machine, and what its steps have in common: whose case it is, whose turn, and what a step writes down."""

from voucher.appeals import appeal_behind
from voucher.claims import LIVE, Claim, ClaimState, free_keys, lines_of, live_claims_on
from voucher.deadlines import APPEAL_TIME, allowed, cited, drop_clock, start_clock
from voucher.duties import Duty, take_duty
from voucher.errors import NotNow, _
from voucher.instruments import free_uses
from voucher.orders import Order
from voucher.people import Role
from voucher.programmes.programmes import terms_version
from voucher.programmes.terms import Terms
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.machine import Machine, Parties, Step

CLAIM = Machine(
    "claim",
    Step("submit_claim", (), ClaimState.SUBMITTED, "claim.submitted", by=(Role.SME, Role.PROVIDER)),
    Step("withdraw_claim", LIVE, ClaimState.WITHDRAWN, "claim.withdrawn", by=(Role.SME, Role.PROVIDER)),
    Step("revoke_claim", LIVE, ClaimState.LAPSED, "claim.revoked", by=(Role.APPROVER,)),
    Step("give_up_claim", (ClaimState.APPROVED,), ClaimState.LAPSED, "claim.given_up"),
    Step("request_information", (ClaimState.SUBMITTED,), ClaimState.QUESTIONED, "claim.questioned", by=(Role.VERIFIER,),
         duty=Duty.VERIFY),
    Step("answer_questions", (ClaimState.QUESTIONED,), ClaimState.SUBMITTED, "claim.answered", by=(Role.SME, Role.PROVIDER)),
    Step("go_on_unanswered", (ClaimState.QUESTIONED,), ClaimState.SUBMITTED, "claim.unanswered"),
    Step("return_claim", (ClaimState.SUBMITTED,), ClaimState.RETURNED, "claim.returned", by=(Role.VERIFIER,), duty=Duty.VERIFY),
    Step("resubmit_claim", (ClaimState.RETURNED,), ClaimState.SUBMITTED, "claim.resubmitted", by=(Role.SME, Role.PROVIDER)),
    Step("lapse_claim", (ClaimState.RETURNED,), ClaimState.LAPSED, "claim.lapsed"),
    Step("reopen_claim", (ClaimState.APPROVED,), ClaimState.SUBMITTED, "claim.reopened", by=(Role.APPROVER,)),
    Step("hold_claim", (ClaimState.APPROVED,), ClaimState.APPROVED, "claim.held", by=(Role.APPROVER, Role.FINANCE, Role.AUDITOR)),
    Step("release_claim", (ClaimState.APPROVED,), ClaimState.APPROVED, "claim.released", by=(Role.APPROVER,)),
    Step("end_hold_in_time", (ClaimState.APPROVED,), ClaimState.APPROVED, "claim.released"),
    Step("see_originals", (ClaimState.SUBMITTED,), ClaimState.SUBMITTED, "claim.originals_seen", by=(Role.VERIFIER,), duty=Duty.VERIFY),
    Step("verify_claim", (ClaimState.SUBMITTED,), ClaimState.VERIFIED, "claim.verified", by=(Role.VERIFIER,),
         duty=Duty.VERIFY),
    Step("send_back_claim", (ClaimState.VERIFIED,), ClaimState.SUBMITTED, "claim.sent_back", by=(Role.APPROVER,),
         duty=Duty.APPROVE),
    Step("sign_claim", (ClaimState.VERIFIED,), ClaimState.VERIFIED, "claim.signed", by=(Role.APPROVER,), duty=Duty.APPROVE),
    Step("approve_claim", (ClaimState.VERIFIED,), ClaimState.APPROVED, "claim.approved", by=(Role.APPROVER,),
         duty=Duty.APPROVE),
    Step("supplement_claim", (), ClaimState.VERIFIED, "claim.supplemented"),
    Step("refuse_claim", (ClaimState.VERIFIED,), ClaimState.REFUSED, "claim.refused", by=(Role.APPROVER,),
         duty=Duty.APPROVE),
)

#: The clock that runs while a claim waits for a verifier.
VERIFICATION = "claim.verification"


def parties_of(voucher: Voucher, order: Order, claim: Claim) -> Parties:
    """Whose case a claim is: the claimant's to act on."""
    role = Role.SME if claim.claimant_id == voucher.sme_id else Role.PROVIDER
    return {role: claim.claimant_id}


def take_side(work: Work, voucher: Voucher, role: Role) -> None:
    """Who claims does what he did before in this case: buy, or provide. A provider that redeems is no buyer."""
    take_duty(work, (voucher.id,), Duty.CLAIM if role == Role.SME else Duty.PROVIDE)


def take_step(
    work: Work, voucher: Voucher, order: Order, claim: Claim, step: str, reason: str = "",
    data: dict[str, object] | None = None,
) -> None:
    """Take a step of the machine on a claim, as part of its case."""
    CLAIM.advance(work, claim, step, parties_of(voucher, order, claim), case=voucher.reference, reason=reason,
                  vouchers=(voucher.id,), **(data or {}))


def await_verification(work: Work, voucher: Voucher, claim: Claim, terms: Terms) -> None:
    """From now on the claim waits for a verifier."""
    start_clock(work, claim.reference, VERIFICATION, case=voucher.reference, waits_for=Role.VERIFIER,
                length=allowed(terms, VERIFICATION, "15 working days"), clause=cited(terms, VERIFICATION))


def await_appeal(work: Work, voucher: Voucher, order: Order, claim: Claim) -> None:
    """From now on the claimant may appeal against what was cut, for as long as the terms say. One that an appeal gave ends it."""
    if appeal_behind(work.session, claim.id) is None:
        drop_clock(work, claim.reference, APPEAL_TIME)
        terms = terms_version(work.session, order.terms_id).terms
        [role] = parties_of(voucher, order, claim)
        start_clock(work, claim.reference, APPEAL_TIME, case=voucher.reference, waits_for=role, firm=claim.claimant_id,
                    length=terms.appeal_within or allowed(terms, APPEAL_TIME, "30 days"),
                    clause=terms.clause_of("appeal_within") or cited(terms, APPEAL_TIME), then="let_pass")


def refuse_given(work: Work, claim: Claim) -> None:
    """A claim that an appeal gave is nobody's to take back or to correct. Raises NotNow."""
    if appeal_behind(work.session, claim.id) is not None:
        raise NotNow(_("An appeal gave this claim, so it is approved or refused."))


def free_invoices(work: Work, claim: Claim) -> None:
    """The invoices of a claim that ended, and the uses in its log, may be claimed again.

    While another claim rests on them - a later instalment has no lines of its own, nor has all that an appeal gave - its order keeps them:
    a new claim of the order may name them, and nobody else.
    """
    if not any(appeal_behind(work.session, each.id) or not lines_of(work.session, each.id)
               for each in live_claims_on(work.session, claim.order_id)):
        free_keys(work.session, claim.order_id)
        free_uses(work.session, claim.order_id)
