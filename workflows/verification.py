"""Verification: a claim is submitted, verified line by line, and approved by a second officer.

Approval is where the office comes to owe: the entry books liability and expense, and a payout becomes payable.
"""

import re
from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from voucher import accounting
from voucher.approvals import approvers_needed, digest_of, sign, signatures_of
from voucher.checks.invoices import shape
from voucher.checks.table import Stage
from voucher.claims import (
    LIVE,
    Claim,
    ClaimEvidence,
    ClaimLine,
    ClaimState,
    InvoiceLine,
    LineDecision,
    OwnPayment,
    evidence_of,
    invoices_already_claimed,
    lines_of,
    live_claims_on,
    lock_claim,
    sum_of,
)
from voucher.database import fetch, flush_unique, get
from voucher.deadlines import allowed, drop_clocks, start_clock, stop_clock
from voucher.duties import Duty, take_duty
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid, Problem, _, problem, refuse_if_any
from voucher.files import FileKind, FileStore, StoredFile, refuse_what_lies, store_file
from voucher.history import given
from voucher.holds import HoldKind, drop_holds, hold_payment, holds_on
from voucher.kinder import last_days
from voucher.listings import is_listed
from voucher.money import Money, split_within, total
from voucher.numbering import next_reference
from voucher.orders import CLAIMABLE, Order, count_on, lock_order
from voucher.payouts import PayoutState, make_payout, move_at_hand
from voucher.people import Organisation, Role, account_of
from voucher.posting import post
from voucher.programmes.calculation import Sheet, calculate
from voucher.programmes.funding import keep_shares
from voucher.programmes.programmes import kinder_terms, terms_version
from voucher.programmes.terms import Disallowed, Happening, Kinder, Names, Terms
from voucher.references import year_of
from voucher.remainder import no_longer_borne
from voucher.uses import case_in, scope_of, uses_of
from voucher.vouchers import Voucher, refuse_frozen
from voucher.work import Work
from workflows.checking import check_claims, refuse_while_stopped
from workflows.machine import Machine, Parties, Step

CLAIM = Machine(
    "claim",
    Step("submit_claim", (), ClaimState.SUBMITTED, "claim.submitted", by=(Role.SME, Role.PROVIDER)),
    Step("withdraw_claim", LIVE, ClaimState.WITHDRAWN, "claim.withdrawn", by=(Role.SME, Role.PROVIDER)),
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
    Step("verify_claim", (ClaimState.SUBMITTED,), ClaimState.VERIFIED, "claim.verified", by=(Role.VERIFIER,),
         duty=Duty.VERIFY),
    Step("send_back_claim", (ClaimState.VERIFIED,), ClaimState.SUBMITTED, "claim.sent_back", by=(Role.APPROVER,),
         duty=Duty.APPROVE),
    Step("sign_claim", (ClaimState.VERIFIED,), ClaimState.VERIFIED, "claim.signed", by=(Role.APPROVER,), duty=Duty.APPROVE),
    Step("approve_claim", (ClaimState.VERIFIED,), ClaimState.APPROVED, "claim.approved", by=(Role.APPROVER,),
         duty=Duty.APPROVE),
    Step("refuse_claim", (ClaimState.VERIFIED,), ClaimState.REFUSED, "claim.refused", by=(Role.APPROVER,),
         duty=Duty.APPROVE),
)

#: The clock that runs while a claim waits for a verifier.
VERIFICATION = "claim.verification"

MOST_LINES = 500
LONGEST_REFERENCE = 64
LONGEST_KIND = 32

# Why a sheet may stop short of what the rates give; kept with the decision, so in both languages.
_RESERVED = Names(zh="不超过订单已占用的额度", en="No more than the order reserved")
_REQUESTED = Names(zh="不超过申请兑付的金额", en="No more than was asked for")
_ELSEWHERE = Names(zh="减去本订单其他申请的金额", en="Less what the order's other claims take")

# Fully digital e-invoices carry one number of twenty digits (国家税务总局公告2024年第11号).
_E_INVOICE = re.compile(r"[0-9]{20}", re.ASCII)


def parties_of(voucher: Voucher, order: Order, claim: Claim) -> Parties:
    """Whose case a claim is: the claimant's to act on."""
    role = Role.SME if claim.claimant_id == voucher.sme_id else Role.PROVIDER
    return {role: claim.claimant_id}


def upload_file(work: Work, store: FileStore, organisation: str, name: str, content: bytes) -> StoredFile:
    """Keep a piece of evidence for an organisation of one's own. Its bytes are never run and never changed."""
    owner = fetch(work.session, Organisation, organisation)
    if not any(work.actor.holds(role, owner.id) for role in Role):
        raise NotFound
    refuse_what_lies(name, content)
    return store_file(work, store, FileKind.EVIDENCE, name, content, owner_id=owner.id)


def submit_claim(
    work: Work, order: str, lines: Sequence[InvoiceLine], own_payment: OwnPayment, evidence: Sequence[tuple[str, str]], *,
    final: bool = True, milestone: str = "",
) -> Claim:
    """Ask to be paid for a completed order. `evidence` are pairs of a kind and the reference of a file of one's own.

    Whoever the terms pay claims. A claim that is not `final` leaves the rest of the order reserved for further ones;
    `milestone` names the part that it is for. Raises NotValid with every problem by field, NotNow when the order or the date is not right.
    """
    voucher, held = lock_order(work.session, order)
    terms = terms_version(work.session, held.terms_id).terms
    claimant = voucher.sme_id if terms.payee == "sme" else held.provider_id
    role = Role.SME if terms.payee == "sme" else Role.PROVIDER
    CLAIM.allow(work, "submit_claim", {role: claimant})
    take_side(work, voucher, role)
    _check_time(work, voucher, held)
    _count_on(work, held, terms, lines, own_payment)
    sheet = check_claim(work, voucher, held, terms, claimant, lines, own_payment, evidence)
    final = final or total((line.net + line.vat for line in lines), held.currency) == price_left(work, held)
    claim = _write_claim(work, voucher, held, claimant, own_payment, sheet, final=final, milestone=milestone)
    digests = write_parts(work, held, claim, terms, lines, evidence)
    case = accounting.case_of(work.session, voucher)
    post(work, accounting.claim_submitted(case, held, claim, work.today, digests))
    check_claims(work, [claim.id], Stage.SUBMISSION)
    await_verification(work, voucher, claim, terms)
    return claim


def _count_on(work: Work, order: Order, terms: Terms, lines: Sequence[InvoiceLine], own: OwnPayment) -> None:
    """Limits count the order by the day of its claim, payment or last invoice, where the terms say so."""
    count_on(order, terms, Happening.CLAIM, work.today)
    count_on(order, terms, Happening.PAYMENT, own.paid_on)
    count_on(order, terms, Happening.INVOICE, max((line.issued_on for line in lines), default=work.today))
    work.session.add(order)


def await_verification(work: Work, voucher: Voucher, claim: Claim, terms: Terms) -> None:
    """From now on the claim waits for a verifier."""
    start_clock(work, claim.reference, VERIFICATION, case=voucher.reference, waits_for=Role.VERIFIER,
                length=allowed(terms, VERIFICATION, "15 working days"))


def _check_time(work: Work, voucher: Voucher, order: Order) -> None:
    refuse_frozen(voucher)
    if order.state not in CLAIMABLE:
        raise NotNow(_("This order is {state}; it can be claimed once the SME has accepted the delivery."), state=order.state)
    _use_by, claim_by = last_days(work.session, voucher, work.today)
    if work.today > claim_by:
        raise NotNow(_("Claims on this voucher were to be made by {day}."), day=claim_by.isoformat())
    live = live_claims_on(work.session, order.id)
    if any(claim.final for claim in live):
        raise NotNow(_("This order is already claimed."))
    if live and room(order, live).minor <= 0:
        raise NotNow(_("The claims on this order take all that it holds; nothing is left to claim."))
    if not order.held_minor:
        raise NotNow(_("The claim on this order was refused, and its part is free for other orders. Place another order."))
    day = order.delivered_on or order.accepted_on
    if day is not None and not is_listed(work.session, order.provider_id, day):
        raise NotNow(_("The provider was not listed on {day}, the day of its delivery, so the voucher does not pay for it."), day=day)


def room(order: Order, live: Sequence[Claim]) -> Money:
    """What an order holds that none of these claims takes."""
    return order.money(order.held_minor) - total((claim.holds for claim in live), order.currency)


def check_claim(
    work: Work, voucher: Voucher, order: Order, terms: Terms, claimant: UUID, lines: Sequence[InvoiceLine],
    own_payment: OwnPayment, evidence: Sequence[tuple[str, str]], instead: UUID | None = None,
) -> Sheet:
    """The calculation sheet of what is asked for, `instead` of what a claim asked before; every problem at once otherwise."""
    problems = _line_problems(work, voucher, order, lines, instead)
    problems += _evidence_problems(work, order, terms, claimant, evidence)
    if account_of(work.session, claimant, order.currency) is None:
        problems.append(problem(_("Name the {currency} account to which you want to be paid first."), "account",
                                currency=order.currency))
    if any(each.where.startswith("lines") for each in problems):
        refuse_if_any(problems)
    live = live_claims_on(work.session, order.id, instead)
    sheet = _sheet(work, voucher, order, live, total((line.net for line in lines), order.currency),
                   total((line.vat for line in lines), order.currency)).within(room(order, live), _RESERVED)
    problems += _own_payment_problems(work, order, terms, lines, own_payment, sheet)
    refuse_if_any(problems)
    if sheet.result.minor <= 0:
        raise NotValid(_("By the terms these lines give nothing."))
    return sheet


def _line_problems(
    work: Work, voucher: Voucher, order: Order, lines: Sequence[InvoiceLine], instead: UUID | None
) -> list[Problem]:
    if not 0 < len(lines) <= MOST_LINES:
        return [problem(_("A claim has at least one and at most {most} lines."), "lines", most=MOST_LINES)]
    seller = get(work.session, Organisation, order.provider_id)
    problems = [found for number, line in enumerate(lines)
                for found in _one_line_problems(work, voucher, order, seller, f"lines.{number}", line)]
    keys = [_invoice_key(seller, line) for line in lines]
    problems += [problem(_("The invoice {number} stands here twice."), f"lines.{at}.invoice_number", number=lines[at].invoice_number)
                 for at, key in enumerate(keys) if key in keys[:at]]
    taken = set(invoices_already_claimed(work.session, keys))
    problems += [problem(_("The invoice {number} of this provider is already claimed."), f"lines.{at}.invoice_number",
                         number=lines[at].invoice_number) for at, key in enumerate(keys) if key in taken]
    if not problems and total((line.net + line.vat for line in lines), order.currency) > price_left(work, order, instead):
        problems.append(problem(_("The invoices come to more than the price of the order, {price}."), "lines",
                                price=str(order.gross)))
    return problems


def price_left(work: Work, order: Order, but: UUID | None = None) -> Money:
    """What of an order's price no live claim has invoiced yet; `but` leaves a claim out."""
    invoiced = work.session.exec(select(ClaimLine).join(Claim, col(Claim.id) == ClaimLine.claim_id).where(
        Claim.order_id == order.id, Claim.id != but, col(Claim.state).in_(LIVE)))
    return order.gross - total((line.money(line.net_minor + line.vat_minor) for line in invoiced), order.currency)


def _one_line_problems(
    work: Work, voucher: Voucher, order: Order, seller: Organisation, where: str, line: InvoiceLine
) -> list[Problem]:
    problems = []
    if {line.net.currency, line.vat.currency} != {order.currency}:
        problems.append(problem(_("The amounts must be in {currency}."), f"{where}.net", currency=order.currency))
    elif line.net.minor <= 0 or line.vat.minor < 0:
        problems.append(problem(_("The amount must be more than zero, and the tax not below."), f"{where}.net"))
    if seller.country == "CN" and not _E_INVOICE.fullmatch(line.invoice_number):
        problems.append(problem(_("The number of a Chinese e-invoice has twenty digits."), f"{where}.invoice_number"))
    elif not 0 < len(line.invoice_number.strip()) <= 40:
        problems.append(problem(_("Give the number of the invoice, up to 40 signs."), f"{where}.invoice_number"))
    assert voucher.issued_on is not None
    if not voucher.issued_on <= line.issued_on <= work.today:
        problems.append(problem(_("The invoice must be dated between {start}, when the voucher was issued, and today."),
                                f"{where}.issued_on", start=voucher.issued_on.isoformat()))
    if not 0 < len(line.description.strip()) <= 300:
        problems.append(problem(_("Say what was invoiced, in up to 300 signs."), f"{where}.description"))
    return problems


def _invoice_key(seller: Organisation, line: InvoiceLine) -> str:
    return f"{seller.country}:{seller.number}:{''.join(line.invoice_number.split()).upper()}"


def _evidence_problems(
    work: Work, order: Order, terms: Terms, claimant: UUID, evidence: Sequence[tuple[str, str]]
) -> list[Problem]:
    given = {kind for kind, _file in evidence}
    needed = terms.evidence_for(order.service_type, order.voucher_part, item=order.item, facts=frozenset(order.facts))
    problems = [problem(_("The terms ask for evidence of this kind: {kind}."), f"evidence.{kind}", kind=kind)
                for kind in needed if kind not in given]
    problems += [problem(_("This is not a kind of evidence."), "evidence") for kind in given if not 0 < len(kind) <= LONGEST_KIND]
    known = {file.reference: file for file in work.session.exec(
        select(StoredFile).where(col(StoredFile.reference).in_([file for _kind, file in evidence])))}
    return problems + [
        problem(_("There is no file {file} of yours."), f"evidence.{kind}", file=file)
        for kind, file in evidence
        if file not in known or known[file].owner_id != claimant or known[file].kind != FileKind.EVIDENCE]


def _own_payment_problems(
    work: Work, order: Order, terms: Terms, lines: Sequence[InvoiceLine], own: OwnPayment, sheet: Sheet
) -> list[Problem]:
    problems = []
    invoiced = total((line.net + line.vat for line in lines), order.currency)
    needed = invoiced if terms.payee == "sme" else invoiced - sheet.result
    if own.amount.currency != order.currency or own.amount < needed:
        problems.append(problem(_("The SME's own payment must be at least {needed} {currency}."), "own_payment.amount",
                                needed=str(needed), currency=order.currency))
    if not 0 < len(own.reference.strip()) <= LONGEST_REFERENCE:
        problems.append(problem(_("Give the bank's reference of the own payment, in up to {most} signs."),
                                "own_payment.reference", most=LONGEST_REFERENCE))
    if not order.placed_on <= own.paid_on <= work.today:
        problems.append(problem(_("The own payment must be dated between {start}, when the order was placed, and today."),
                                "own_payment.paid_on", start=order.placed_on.isoformat()))
    return problems


def _sheet(work: Work, voucher: Voucher, order: Order, others: Sequence[Claim], net: Money, vat: Money) -> Sheet:
    """What the terms give on net and tax, on top of what other claims on the order take: the terms look at all of them
    together, so that it does not matter in how many parts an order is claimed.

    Never more than the order reserved: its caps were applied when it was placed. The version at order judges; a later one
    only where it says that it is kinder to older orders, and is.
    """
    claimed = sum_of(work.session, others, order.currency)
    net, vat = net + claimed.net, vat + claimed.vat
    version = terms_version(work.session, order.terms_id)
    sheet = _by(work, voucher, order, version.terms, net, vat)
    for later in kinder_terms(work.session, version, work.today, (Kinder.ORDERS, Kinder.VOUCHERS)):
        try:
            kinder = _by(work, voucher, order, later.terms, net, vat)
        except NotValid:
            continue  # it knows no such service, class or amount any more, so it is not kinder
        sheet = max(sheet, kinder, key=lambda each: each.result.minor)
    sheet = sheet.within(order.voucher_part, _RESERVED)
    return sheet.within(max(sheet.result - claimed.holds, Money.zero(order.currency)), _ELSEWHERE)


def _by(work: Work, voucher: Voucher, order: Order, terms: Terms, net: Money, vat: Money) -> Sheet:
    """The sheet by these terms, with what was used before the order; the order's other amounts shrink with its price."""
    scope = scope_of(work.session, terms, voucher.sme_id, order.provider_id, team=voucher.team, person=voucher.person)
    claimed, ordered = net.minor + vat.minor, order.net_minor + order.vat_minor
    measures = {code: Money.parse(text, order.currency) for code, text in order.measures.items()}
    return calculate(terms, case_in(
        terms, scope, order.counted_on, voucher.firm_class, order.service_type, net, vat,
        uses_of(work.session, terms, voucher.programme_id, scope, before=order.id), item=order.item, quantity=order.quantity,
        facts=order.facts,
        measures={code: Money(money.minor * claimed // ordered, money.currency) for code, money in measures.items()}))


def _write_claim(
    work: Work, voucher: Voucher, order: Order, claimant: UUID, own: OwnPayment, sheet: Sheet, *, final: bool, milestone: str
) -> Claim:
    claim = Claim(
        reference=next_reference(work.session, "C", year_of(work.today)), order_id=order.id, claimant_id=claimant,
        state="", requested_minor=sheet.result.minor, currency=order.currency, own_payment_reference=own.reference.strip(),
        own_payment_on=own.paid_on, own_payment_minor=own.amount.minor, sheet={"requested": sheet.as_json()},
        submitted_at=work.now, final=final, milestone=milestone)
    CLAIM.begin(work, claim, "submit_claim", parties_of(voucher, order, claim), case=voucher.reference,
                voucher_id=voucher.id, requested=str(sheet.result))
    return claim


def write_parts(
    work: Work, order: Order, claim: Claim, terms: Terms, lines: Sequence[InvoiceLine], evidence: Sequence[tuple[str, str]]
) -> tuple[str, ...]:
    """Write the lines of a claim and the papers that it rests on; answers the checksums of these."""
    seller = get(work.session, Organisation, order.provider_id)
    for number, line in enumerate(lines, start=1):
        basis = line.net if terms.basis == "net" else line.net + line.vat
        work.session.add(ClaimLine(
            claim_id=claim.id, number=number, invoice_number=line.invoice_number.strip(),
            invoice_key=_invoice_key(seller, line), issued_on=line.issued_on,
            invoice_shape=shape(f"{seller.country}:{seller.number}", line.invoice_number), description=line.description.strip(),
            net_minor=line.net.minor, vat_minor=line.vat.minor, basis_minor=basis.minor, currency=claim.currency))
    flush_unique(work.session, "invoice_key", _("An invoice of this claim was claimed elsewhere at the same time."), "lines")
    files = {file.reference: file for file in work.session.exec(
        select(StoredFile).where(col(StoredFile.reference).in_([file for _kind, file in evidence])))}
    for kind, file in dict.fromkeys(evidence):
        work.session.add(ClaimEvidence(claim_id=claim.id, file_id=files[file].id, kind=kind))
    work.session.flush()
    return tuple(sorted({files[file].sha256 for _kind, file in evidence}))


def take_side(work: Work, voucher: Voucher, role: Role) -> None:
    """Who claims does what he did before in this case: buy, or provide. A provider that redeems is no buyer."""
    take_duty(work, (voucher.id,), Duty.CLAIM if role == Role.SME else Duty.PROVIDE)


def withdraw_claim(work: Work, claim: str) -> Claim:
    """The claimant takes a claim back before its payment is in a batch; its invoices may be claimed again.

    What it took of the order is reserved again, so that the same claim can be made anew and nothing has changed.
    """
    voucher, order, held = lock_claim(work.session, claim)
    CLAIM.allow(work, "withdraw_claim", parties_of(voucher, order, held))
    take_side(work, voucher, *parties_of(voucher, order, held))
    end_claim(work, voucher, order, held, "withdraw_claim")
    return held


def end_claim(work: Work, voucher: Voucher, order: Order, claim: Claim, step: str) -> None:
    """Take a step after which the claim asks for nothing: what it took of the order is only reserved again."""
    was_approved = claim.state == ClaimState.APPROVED
    take_step(work, voucher, order, claim, step)
    free_invoices(work, claim)
    drop_clocks(work, claim.reference)
    case = accounting.case_of(work.session, voucher, claim.id)
    if was_approved:
        disputed = any(hold.kind == HoldKind.OBJECTION for hold in holds_on(work.session, claim.id))
        drop_holds(work, claim)
        move_at_hand(work, voucher.reference, claim.id, PayoutState.CANCELLED)
        post(work, accounting.approval_undone(case, order, claim, work.today, because=step, claimed=False,
                                              disputed=disputed))
    else:
        post(work, accounting.claim_withdrawn(case, order, claim, work.today))


def free_invoices(work: Work, claim: Claim) -> None:
    """The invoices of a claim may be claimed again."""
    for line in lines_of(work.session, claim.id):
        line.invoice_key = None
        work.session.add(line)
    work.session.flush()


def verify_claim(work: Work, claim: str, decisions: Sequence[LineDecision]) -> Claim:
    """A verifier accepts, reduces or refuses each line; a cut needs a reason. Nothing is owed yet.

    Of a corrected claim only the lines are decided that changed, or were never looked at.
    """
    voucher, order, held = lock_claim(work.session, claim)
    take_step(work, voucher, order, held, "verify_claim", data={"lines": [
        {"number": each.number, "accepted": str(each.accepted), "reason": each.reason or ""} for each in decisions]})
    lines = [line for line in lines_of(work.session, held.id) if line.accepted_minor is None]
    refuse_if_any(_decision_problems(lines, decisions))
    for line, decision in zip(lines, sorted(decisions, key=lambda each: each.number), strict=True):
        line.accepted_minor, line.reason = decision.accepted.minor, decision.reason or ""
        work.session.add(line)
    check_claims(work, [held.id], Stage.APPROVAL)
    stop_clock(work, held.reference, VERIFICATION)
    return held


def _decision_problems(lines: Sequence[ClaimLine], decisions: Sequence[LineDecision]) -> list[Problem]:
    if sorted(each.number for each in decisions) != [line.number for line in lines]:
        return [problem(_("Decide on each of the {count} lines exactly once."), "decisions", count=len(lines))]
    by_number = {line.number: line for line in lines}
    problems = []
    for each in decisions:
        line, where = by_number[each.number], f"decisions.{each.number}"
        basis = line.money(line.basis_minor)
        if each.accepted.currency != line.currency or not 0 <= each.accepted.minor <= basis.minor:
            problems.append(problem(_("Accept between 0 and {most} {currency}."), f"{where}.accepted", most=str(basis),
                                    currency=line.currency))
        elif each.accepted < basis and each.reason is None:
            problems.append(problem(_("Say why this line is cut."), f"{where}.reason"))
        elif each.accepted == basis and each.reason is not None:
            problems.append(problem(_("A line that is accepted whole has no reason for a cut."), f"{where}.reason"))
    return problems


def send_back_claim(work: Work, claim: str, reason: str) -> Claim:
    """The approver wants the lines verified again, and says why."""
    voucher, order, held = lock_claim(work.session, claim)
    take_step(work, voucher, order, held, "send_back_claim", given(reason))
    open_lines(work, held)
    await_verification(work, voucher, held, terms_version(work.session, order.terms_id).terms)
    return held


def open_lines(work: Work, claim: Claim) -> None:
    """Every line has to be decided again."""
    for line in lines_of(work.session, claim.id):
        line.accepted_minor, line.reason = None, ""
        work.session.add(line)
    work.session.flush()


def approve_claim(work: Work, claim: str) -> Claim:
    """A second officer approves what was verified: liability and expense are booked, and a payout is payable.

    When the verifier accepted nothing, the claim is refused instead, and the order's part is free again.
    """
    voucher, order, held = lock_claim(work.session, claim)
    parties = parties_of(voucher, order, held)
    CLAIM.allow(work, "approve_claim", parties)
    refuse_frozen(voucher)
    if held.state != ClaimState.VERIFIED:  # the books would say so too, but this says it in words
        CLAIM.advance(work, held, "approve_claim", parties)
    sheet = _accepted_sheet(work, voucher, order, held)
    if sheet is None or sheet.result.minor <= 0:
        return _refuse(work, voucher, order, held)
    refuse_while_stopped(work, held)
    _sign_approval(work, order, held, sheet.result)
    cut, unasked = held.requested - sheet.result, _unasked(work, order, held)
    held.approved_minor, held.approved_on = sheet.result.minor, work.today
    held.sheet = held.sheet | {"approved": sheet.as_json()}
    order.held_minor -= (cut + unasked).minor
    work.session.add_all([held, order])
    take_step(work, voucher, order, held, "approve_claim", data={"approved": str(sheet.result)})
    _make_payout(work, voucher, held)
    case, spared = _divide(work, voucher, order, held, sheet)
    released = _release(work, case, order, spared, cut, unasked)
    post(work, accounting.claim_approved(case, order, held, work.today, _digests(work, held), released))
    notice = terms_version(work.session, order.terms_id).terms.notice
    if notice is not None and notice.before_payment:
        hold_payment(work, voucher.reference, held, HoldKind.NOTICE)
    check_claims(work, [held.id], Stage.RELEASE)
    return held


def sign_claim(work: Work, claim: str) -> Claim:
    """The first of two approvers signs a claim of an amount from which the terms want two; another one then approves it."""
    voucher, order, held = lock_claim(work.session, claim)
    CLAIM.allow(work, "sign_claim", parties_of(voucher, order, held))
    take_step(work, voucher, order, held, "sign_claim")
    sheet = _accepted_sheet(work, voucher, order, held)
    if sheet is None or approvers_needed(terms_version(work.session, order.terms_id).terms, sheet.result) == 1:
        raise NotNow(_("This claim needs one approver only. Approve it."))
    refuse_while_stopped(work, held)
    digest = digest_of(held, lines_of(work.session, held.id), sheet.result)
    if signatures_of(work.session, held.id, digest):
        raise NotNow(_("This claim is signed already; another person approves it."))
    sign(work, held, digest)
    return held


def _sign_approval(work: Work, order: Order, claim: Claim, amount: Money) -> None:
    """Where the terms want two approvers, the second signature under what the first one signed."""
    terms = terms_version(work.session, order.terms_id).terms
    if approvers_needed(terms, amount) == 1:
        return
    assert terms.second_approval_from is not None
    digest = digest_of(claim, lines_of(work.session, claim.id), amount)
    signers = [each.person_id for each in signatures_of(work.session, claim.id, digest)]
    if not signers:
        raise NotNow(_("From {amount} {currency} on, two approvers sign. One signs first, another approves."),
                     amount=str(terms.second_approval_from), currency=terms.currency)
    if work.actor.person_id in signers:
        raise NotAllowed(_("You signed this claim already; another person has to approve it."))
    claim.approvers_needed, claim.approval_digest = 2, digest
    work.session.add(claim)
    sign(work, claim, digest)


def _unasked(work: Work, order: Order, claim: Claim) -> Money:
    """What nobody claims of an order once its final claim is decided."""
    if not claim.final:
        return Money.zero(order.currency)
    return room(order, live_claims_on(work.session, order.id, claim.id)) - claim.requested


def _release(work: Work, case: accounting.Case, order: Order, spared: accounting.Spread, cut: Money, unasked: Money
             ) -> accounting.Released:
    """What an order holds no more, as the fund lines bore it: what nobody asked for is the voucher's again, and what was
    cut too, unless the terms say that it lapses. `spared` is what they bear of the order and of no approved claim.
    """
    lapses = terms_version(work.session, order.terms_id).terms.disallowed == Disallowed.LAPSES
    back = unasked if lapses else unasked + cut
    freed = tuple(split_within(back, [each.minor for each in spared], spared))
    spared = accounting.less(spared, freed)
    lapsed = tuple(split_within(cut + unasked - back, [each.minor for each in spared], spared))
    left = accounting.less(case.spread(order.id), tuple(each + some for each, some in zip(freed, lapsed, strict=True)))
    keep_shares(work.session, order.id, case.funds, left)
    no_longer_borne(work.session, case, lapsed)
    return accounting.Released(cut, unasked, freed, lapsed)


def _accepted_sheet(work: Work, voucher: Voucher, order: Order, claim: Claim) -> Sheet | None:
    """The terms on what was accepted, after what is approved of the order already; None when nothing was accepted."""
    counted = [line.counted(line.accepted_minor or 0) for line in lines_of(work.session, claim.id)]
    net = total((each for each, _vat in counted), claim.currency)
    if net.minor <= 0:
        return None
    approved = [each for each in live_claims_on(work.session, order.id, claim.id) if each.state == ClaimState.APPROVED]
    vat = total((each for _net, each in counted), claim.currency)
    return _sheet(work, voucher, order, approved, net, vat).within(claim.requested, _REQUESTED)


def _refuse(work: Work, voucher: Voucher, order: Order, claim: Claim) -> Claim:
    unasked = _unasked(work, order, claim)
    claim.approved_minor = 0
    order.held_minor -= (claim.requested + unasked).minor
    work.session.add_all([claim, order])
    take_step(work, voucher, order, claim, "refuse_claim")
    free_invoices(work, claim)
    case, spared = _spared(work, voucher, order)
    released = _release(work, case, order, spared, claim.requested, unasked)
    post(work, accounting.claim_refused(case, order, claim, work.today, released))
    return claim


def _spared(work: Work, voucher: Voucher, order: Order) -> tuple[accounting.Case, accounting.Spread]:
    """The case of an order, and what the fund lines bear of it and of no approved claim on it."""
    approved = [each.id for each in live_claims_on(work.session, order.id) if each.state == ClaimState.APPROVED]
    case = accounting.case_of(work.session, voucher, order.id, *approved)
    spared = case.spread(order.id)
    for each in approved:
        spared = accounting.less(spared, case.spread(each))
    return case, spared


def _divide(work: Work, voucher: Voucher, order: Order, claim: Claim, sheet: Sheet) -> tuple[accounting.Case, accounting.Spread]:
    """Write down what each fund line bears of the claim: as the sheet divides it, within what it bears of the order.

    Answers as `_spared`, with the claim.
    """
    case, spared = _spared(work, voucher, order)
    weights = [sheet.funders[line.funder].minor if line.funder in sheet.funders else 0 for line in case.funds]
    keep_shares(work.session, claim.id, case.funds, split_within(sheet.result, weights, spared))
    return _spared(work, voucher, order)


def _make_payout(work: Work, voucher: Voucher, claim: Claim) -> None:
    account = account_of(work.session, claim.claimant_id, claim.currency)
    assert account is not None, f"{claim.reference} was submitted without an account"
    assert claim.approved
    make_payout(work, voucher.reference, claim.id, claim.claimant_id, claim.approved, account)


def _digests(work: Work, claim: Claim) -> tuple[str, ...]:
    kept = evidence_of(work.session, claim.id)
    return tuple(sorted(work.session.exec(
        select(StoredFile.sha256).where(col(StoredFile.id).in_([each.file_id for each in kept])).distinct())))


def take_step(
    work: Work, voucher: Voucher, order: Order, claim: Claim, step: str, reason: str = "",
    data: dict[str, object] | None = None,
) -> None:
    """Take a step of the machine on a claim, as part of its case."""
    CLAIM.advance(work, claim, step, parties_of(voucher, order, claim), case=voucher.reference, reason=reason,
                  vouchers=(voucher.id,), **(data or {}))
