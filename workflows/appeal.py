"""Appeal: who does not accept a cut or a refusal appeals in time; what is undisputed is paid meanwhile.

What was cut is reserved again as far as the voucher, its limits and the fund lines have it. Somebody who had no part in the case
decides. An upheld appeal gives a claim of its own for what was cut, which an approver approves and which is paid beside the first one;
a dismissed one ends it.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlmodel import col, select
from uuid_utils.compat import uuid7

from voucher import accounting
from voucher.accounting import fund_line_position, less, voucher_position
from voucher.appeals import Appeal, AppealState, appeal_of, appeals_of, cut_of
from voucher.claims import (
    DECIDED,
    LIVE,
    Claim,
    ClaimEvidence,
    ClaimLine,
    ClaimState,
    evidence_of,
    free_keys,
    invoices_already_claimed,
    lines_of,
    lock_claim,
)
from voucher.database import fetch, flush_unique, get, lock
from voucher.deadlines import APPEAL_TIME, allowed, cited, drop_clock, standing, start_clock, stop_clock
from voucher.duties import Duty
from voucher.errors import NotNow, NotValid, _, problem, refuse_if_any
from voucher.files import FileKind, StoredFile
from voucher.history import Event, events_of, given
from voucher.instruments import InstrumentUse, keep_uses, use_key, uses_already_claimed
from voucher.money import Money, split_within, total
from voucher.numbering import next_reference
from voucher.orders import BINDING, Order
from voucher.people import Organisation, Role
from voucher.posting import lock_free_money, post
from voucher.programmes.calculation import Sheet
from voucher.programmes.funding import keep_shares
from voucher.programmes.programmes import terms_version
from voucher.programmes.terms import Disallowed
from voucher.references import year_of
from voucher.remainder import borne_by_remainder, no_longer_borne
from voucher.uses import Scope, scope_of
from voucher.vouchers import Voucher, refuse_frozen, refuse_given_back, refuse_revoked
from voucher.work import Work
from workflows.approval import spare_of
from workflows.claim_check import invoice_key
from workflows.claims import CLAIM, parties_of, take_side
from workflows.machine import Machine, Step
from workflows.reckoning import limit_now, room, supplement_sheet

APPEAL = Machine(
    "appeal",
    Step("file_appeal", (), AppealState.FILED, "appeal.filed", by=(Role.SME, Role.PROVIDER)),
    Step("uphold_claim_appeal", (AppealState.FILED,), AppealState.UPHELD, "appeal.upheld", by=(Role.APPROVER,), duty=Duty.APPEAL),
    Step("dismiss_claim_appeal", (AppealState.FILED,), AppealState.DISMISSED, "appeal.dismissed", by=(Role.APPROVER,), duty=Duty.APPEAL),
    Step("drop_claim_appeal", (AppealState.FILED,), AppealState.DISMISSED, "appeal.dropped"),
)

#: The clock on the decision.
DECISION = "claim.appeal_decision"
LONGEST_GROUNDS = 4000
#: The kind under which papers are kept that came with an appeal.
OF_APPEAL = "appeal"
_RESTORED = re.compile(r"([0-9]{1,6})(?:=([0-9.]+))?", re.ASCII)


def file_appeal(work: Work, claim: str, grounds: str, files: Sequence[str] = ()) -> Appeal:
    """Appeal against what was cut of a claim, or against its refusal, with further papers; the rest is paid meanwhile.

    Raises NotNow when nothing was cut, the time is over, or an appeal was made against this decision before.
    """
    scope = _scope(work, claim)
    voucher, order, held = lock_claim(work.session, claim)
    parties = parties_of(voucher, order, held)
    APPEAL.allow(work, "file_appeal", parties)
    take_side(work, voucher, *parties)
    refuse_revoked(voucher)
    if order.state in BINDING:  # it ends with the voucher, unless somebody objects to that
        refuse_given_back(voucher)
    cut = _open_cut(work, held)
    refuse_if_any([] if 0 < len(grounds.strip()) <= LONGEST_GROUNDS else [
        problem(_("Say why, in up to {most} signs."), "grounds", most=LONGEST_GROUNDS)])
    reference = next_reference(work.session, "E", year_of(work.today))
    reserved = _reserve(work, voucher, order, held, reference, scope, cut)
    appeal = Appeal(reference=reference, claim_id=held.id, event_id=_decision_on(work, held).id, state="", grounds=grounds.strip(),
                    reserved_minor=reserved.minor, currency=held.currency, filed_at=work.now)
    APPEAL.begin(work, appeal, "file_appeal", parties, case=voucher.reference, reason=grounds.strip(), claim=held.reference,
                 reserved=str(reserved))
    _add_papers(work, held, files)
    stop_clock(work, held.reference, APPEAL_TIME)
    if not any(each.rule == DECISION for each in standing(work.session, held.reference)):
        _await_decision(work, voucher, order, held)
    return appeal


def _await_decision(work: Work, voucher: Voucher, order: Order, claim: Claim) -> None:
    terms = terms_version(work.session, order.terms_id).terms
    start_clock(work, claim.reference, DECISION, case=voucher.reference, waits_for=Role.APPROVER,
                length=allowed(terms, DECISION, "30 working days"), clause=cited(terms, DECISION))


def _scope(work: Work, claim: str) -> Scope:
    """The organisations that share a limit with the order, locked before anything of the case."""
    order = get(work.session, Order, fetch(work.session, Claim, claim).order_id)
    voucher = get(work.session, Voucher, order.voucher_id)
    return scope_of(work.session, terms_version(work.session, order.terms_id).terms, voucher.sme_id, order.provider_id,
                    team=voucher.team, person=voucher.person, locked=True)


def _open_cut(work: Work, claim: Claim) -> Money:
    """What may be appealed against: what the last decision cut, and the ones before it that nobody appealed against. Raises NotNow."""
    if claim.state in DECIDED and any(each.event_id == _decision_on(work, claim).id for each in appeals_of(work.session, claim.id)):
        raise NotNow(_("An appeal was made against this decision already."))
    cut = cut_of(work.session, claim, claim.approved) if claim.state in DECIDED and claim.approved is not None else None
    if not cut:
        raise NotNow(_("Nothing was cut of this claim, so there is nothing to appeal against."))
    until = next((each for each in standing(work.session, claim.reference) if each.rule == APPEAL_TIME), None)
    if until is None or until.today(work.now) > until.due_on:
        raise NotNow(_("The time for an appeal is over."))
    return cut


def _decision_on(work: Work, claim: Claim) -> Event:
    """The last event by which a decided claim was decided."""
    return next(each for each in reversed(events_of(work.session, claim.reference)) if each.name in ("claim.approved", "claim.refused"))


def _add_papers(work: Work, claim: Claim, files: Sequence[str]) -> None:
    found = {file.reference: file for file in work.session.exec(select(StoredFile).where(
        col(StoredFile.reference).in_(files), StoredFile.owner_id == claim.claimant_id, StoredFile.kind == FileKind.EVIDENCE))}
    refuse_if_any(problem(_("There is no file {file} of yours."), "files", file=each) for each in files if each not in found)
    work.session.add_all(ClaimEvidence(claim_id=claim.id, file_id=file.id, kind=OF_APPEAL) for file in found.values())
    work.session.flush()


def _reserve(work: Work, voucher: Voucher, order: Order, claim: Claim, appeal: str, scope: Scope, cut: Money) -> Money:
    """Hold what was cut once more, as far as it is there: where it lapsed, expired or was given back, the fund lines have to have it;
    else the voucher.
    """
    case = accounting.case_of(work.session, voucher, order.id)
    lock_free_money(work.session, case.funds)
    position = voucher_position(work.session, voucher.reference, voucher.currency)
    left = min(cut, limit_now(work, voucher, order, scope))
    free = [max(fund_line_position(work.session, line).free, Money.zero(cut.currency)) for line in case.funds]
    disallowed = min(left, position.disallowed, total(free, cut.currency))
    available = min(left - disallowed, position.available)
    gone = min(left - disallowed - available, position.expired + position.cancelled, total(free, cut.currency) - disallowed)
    expired = min(gone, position.expired)
    remainder = borne_by_remainder(work.session, case)
    held = tuple(split_within(available, [each.minor for each in remainder], remainder))
    weights = [each.minor for each in case.spread(voucher.id)]
    weights = weights if any(weights) else [each.minor for each in free]
    again = tuple(split_within(disallowed, weights, free))
    left_free = less(tuple(free), again)
    back = tuple(split_within(expired, weights, left_free))
    returned = tuple(split_within(gone - expired, weights, less(left_free, back)))
    extra = accounting.plus(accounting.plus(back, returned), again)
    keep_shares(work.session, voucher.id, case.funds, accounting.plus(case.spread(voucher.id), extra))
    keep_shares(work.session, order.id, case.funds, accounting.plus(case.spread(order.id), accounting.plus(held, extra)))
    reserved = available + gone + disallowed
    order.held_minor += reserved.minor
    work.session.add(order)
    if reserved:
        post(work, accounting.claim_appealed(case, order, claim, appeal, work.today, available=held, expired=back, cancelled=returned,
                                             disallowed=again))
    return reserved


def uphold_claim_appeal(work: Work, claim: str, reason: str, lines: str = "") -> Claim:
    """Somebody who had no part in the case finds an appeal right: what was cut of these lines is claimed anew, ready to be approved.

    `lines` are numbers, with an amount where not all of the cut is given back ("1, 3=2500.00"); all lines when it is empty.
    """
    APPEAL.allow(work, "uphold_claim_appeal", {})
    voucher, order, held, appeal = _lock(work, claim)
    refuse_frozen(voucher)
    refuse_given_back(voucher)
    if held.state not in DECIDED:
        raise NotNow(_("The claim is looked at once more. Decide on the appeal when that is done."))
    _decide(work, voucher, held, appeal, "uphold_claim_appeal", reason)
    restored = _restored(held, _cut_lines(work, held), lines)
    sheet = supplement_sheet(work, voucher, order, [line.counted(amount.minor) for line, amount in restored], appeal.reserved)
    if sheet.result.minor <= 0:
        raise NotNow(_("By the terms, or because nothing of it is left, these lines give nothing more. Dismiss the appeal and say so."))
    _end_reserve(work, voucher, order, appeal, appeal.reserved - sheet.result)
    return _supplement(work, voucher, order, held, appeal, restored, sheet)


def dismiss_claim_appeal(work: Work, claim: str, reason: str) -> Appeal:
    """Somebody who had no part in the case dismisses an appeal: the cut stands, and what was held for it is free again."""
    APPEAL.allow(work, "dismiss_claim_appeal", {})
    voucher, order, held, appeal = _lock(work, claim)
    _decide(work, voucher, held, appeal, "dismiss_claim_appeal", reason)
    _end_reserve(work, voucher, order, appeal, appeal.reserved)
    return appeal


def drop_appeals(work: Work, voucher: Voucher, order: Order, reason: str) -> None:
    """A voucher is taken away or given back: nobody appeals on this order any more. What was held ends with the rest of the order."""
    for claim in work.session.exec(select(Claim).where(Claim.order_id == order.id).order_by(col(Claim.id))).all():
        drop_clock(work, claim.reference, APPEAL_TIME)
        for appeal in appeals_of(work.session, claim.id):
            if appeal.state == AppealState.FILED:
                APPEAL.follow(work, appeal, "drop_claim_appeal", case=voucher.reference, reason=reason, claim=claim.reference)
                _answer(work, claim, appeal, reason)


def _lock(work: Work, claim: str) -> tuple[Voucher, Order, Claim, Appeal]:
    voucher, order, held = lock_claim(work.session, claim)
    found = appeal_of(work.session, held.id)
    if found is None:
        raise NotNow(_("No appeal was made against the decision on this claim."))
    return voucher, order, held, lock(work.session, Appeal, found.reference)


def _decide(work: Work, voucher: Voucher, claim: Claim, appeal: Appeal, step: str, reason: str) -> None:
    APPEAL.advance(work, appeal, step, {}, case=voucher.reference, vouchers=(voucher.id,), reason=given(reason), claim=claim.reference)
    _answer(work, claim, appeal, given(reason))
    if any(each.state == AppealState.FILED for each in appeals_of(work.session, claim.id)):  # against another decision on it
        _await_decision(work, voucher, get(work.session, Order, claim.order_id), claim)


def _answer(work: Work, claim: Claim, appeal: Appeal, reason: str) -> None:
    appeal.answer, appeal.decided_at = reason, work.now
    work.session.add(appeal)
    stop_clock(work, claim.reference, DECISION)


def _cut_lines(work: Work, claim: Claim) -> list[tuple[ClaimLine, Money]]:
    """The lines of a claim, each with what is cut of it and no appeal before gave back."""
    given: Counter[tuple[str, date, str]] = Counter()
    for each in appeals_of(work.session, claim.id):
        if each.supplement_id is not None and work.session.get_one(Claim, each.supplement_id).state in LIVE:
            for line in lines_of(work.session, each.supplement_id):
                given[line.invoice_number, line.issued_on, line.description] += line.basis_minor
    found = []
    for line in lines_of(work.session, claim.id):
        cut = line.basis_minor - (line.accepted_minor or 0)
        back = min(cut, given[line.invoice_number, line.issued_on, line.description])
        given[line.invoice_number, line.issued_on, line.description] -= back
        found.append((line, line.money(cut - back)))
    return found


def _restored(claim: Claim, lines: Sequence[tuple[ClaimLine, Money]], text: str) -> list[tuple[ClaimLine, Money]]:
    """The lines of which something is given back, and how much of what counts; `lines` come with what is cut. Raises NotValid."""
    cut = {line.number: amount for line, amount in lines}
    named: Mapping[int, Money] = {number: amount for number, amount in cut.items() if amount}
    parts = [part for part in re.split(r"[\s,，、]+", text.strip()) if part]
    if parts:
        matches = [_RESTORED.fullmatch(part) for part in parts]
        refuse_if_any(problem(_("Write the numbers of the lines, such as: 1, 3=2500.00"), "lines") for match in matches if match is None)
        named = {int(match[1]): Money.parse(match[2], claim.currency) if match[2] else cut.get(int(match[1]), Money.zero(claim.currency))
                 for match in matches if match is not None}
    refuse_if_any(problem(_("Of line {number} between 0.01 and {most} was cut."), "lines", number=number, most=str(cut.get(number, "0")))
                  for number, amount in named.items() if number not in cut or not 0 < amount.minor <= cut[number].minor)
    if not named and any(cut.values()):  # where no line was cut, the claim as a whole was
        raise NotValid(problems=[problem(_("Write the numbers of the lines, such as: 1, 3=2500.00"), "lines")])
    return [(line, named[line.number]) for line, _cut in lines if line.number in named]


def _end_reserve(work: Work, voucher: Voucher, order: Order, appeal: Appeal, amount: Money) -> None:
    """What was held for an appeal and is not given is the voucher's again, or lapses by the terms."""
    amount = min(amount, room(work.session, order))
    if not amount:
        return
    case, spared = spare_of(work, voucher, order)
    part = tuple(split_within(amount, [each.minor for each in spared], spared))
    lapses = terms_version(work.session, order.terms_id).terms.disallowed == Disallowed.LAPSES
    keep_shares(work.session, order.id, case.funds, less(case.spread(order.id), part))
    if lapses:
        no_longer_borne(work.session, case, part)
    order.held_minor -= amount.minor
    work.session.add(order)
    post(work, accounting.appeal_ended(case, order, appeal.reference, work.today, part, lapses=lapses))


def _supplement(
    work: Work, voucher: Voucher, order: Order, claim: Claim, appeal: Appeal, restored: Sequence[tuple[ClaimLine, Money]], sheet: Sheet
) -> Claim:
    """A claim of what an appeal gives back, with the papers of the appeal: verified by the decision, to be approved by another."""
    paid = 0 if claim.state == ClaimState.APPROVED else claim.own_payment_minor  # one payment proves one claim that stands
    fresh = Claim(
        reference=next_reference(work.session, "C", year_of(work.today)), order_id=order.id, claimant_id=claim.claimant_id, state="",
        requested_minor=sheet.result.minor, currency=claim.currency, own_payment_reference=claim.own_payment_reference,
        own_payment_on=claim.own_payment_on, own_payment_minor=paid, sheet={"requested": sheet.as_json()},
        submitted_at=claim.submitted_at, final=False, milestone=claim.milestone)
    CLAIM.follow(work, fresh, "supplement_claim", case=voucher.reference, appeal=appeal.reference, requested=str(sheet.result),
                 supplements=claim.reference)
    appeal.supplement_id = fresh.id
    work.session.add(appeal)
    keys = {} if claim.state == ClaimState.APPROVED else _invoices_again(work, order, [line for line, _amount in restored])
    for number, (line, amount) in enumerate(restored, start=1):
        net, vat = line.counted(amount.minor)
        work.session.add(ClaimLine(
            claim_id=fresh.id, number=number, invoice_number=line.invoice_number, invoice_key=keys.get(line.id),
            invoice_shape=line.invoice_shape, issued_on=line.issued_on, description=line.description,
            net_minor=net.minor, vat_minor=vat.minor, basis_minor=amount.minor, accepted_minor=amount.minor, currency=line.currency))
    flush_unique(work.session, "invoice_key", _("An invoice of this claim was claimed elsewhere at the same time."), "lines")
    if claim.state != ClaimState.APPROVED:
        _take_uses_again(work, order, claim, fresh, [line.number for line, _amount in restored])
    for paper in evidence_of(work.session, claim.id):
        if claim.state == ClaimState.APPROVED and paper.kind != OF_APPEAL:
            continue  # it lies with the first claim, which is paid on it
        work.session.add(ClaimEvidence(claim_id=fresh.id, file_id=paper.file_id, kind=paper.kind))
    work.session.flush()
    post(work, accounting.claim_submitted(accounting.case_of(work.session, voucher), order, fresh, work.today, ()))
    return fresh


def _invoices_again(work: Work, order: Order, lines: Sequence[ClaimLine]) -> dict[UUID, str]:
    """Take the invoices of lines of a refused claim, which were free or kept by its order, once more: by the line, what each is known by.

    Raises NotValid where another claim has one by now.
    """
    seller = get(work.session, Organisation, order.provider_id)
    keys = {line.id: invoice_key(seller, line.invoice_number) for line in lines}
    taken = set(invoices_already_claimed(work.session, list(keys.values()), order.id))
    refuse_if_any(problem(_("The invoice {number} of this provider is already claimed."), "lines", number=line.invoice_number)
                  for line in lines if keys[line.id] in taken)
    free_keys(work.session, order.id, list(keys.values()))
    return keys


def _take_uses_again(work: Work, order: Order, claim: Claim, fresh: Claim, lines: Sequence[int]) -> None:
    """Take the uses in the log behind lines of a refused claim once more, for the one that an appeal gives. Raises NotValid where
    another claim has one by now.
    """
    seller = get(work.session, Organisation, order.provider_id)
    place = {line: number for number, line in enumerate(lines, start=1)}
    uses = work.session.exec(select(InstrumentUse).where(InstrumentUse.claim_id == claim.id, col(InstrumentUse.line).in_(lines))
                             .order_by(col(InstrumentUse.row))).all()
    if not uses:
        return
    taken = uses_already_claimed(work.session, [use_key(seller, use.use_number) for use in uses], order.id)
    has = {taken[key]: use for use in reversed(uses) if (key := use_key(seller, use.use_number)) in taken}  # the first one of each claim
    refuse_if_any(problem(_("The use {number} is claimed already, by {claim}."), "lines", number=use.use_number, claim=other)
                  for other, use in has.items())
    keep_uses(work.session, order.id, [{
        "id": uuid7(), "claim_id": fresh.id, "row": use.row, "line": place[use.line], "use_number": use.use_number,
        "use_key": use_key(seller, use.use_number), "instrument": use.instrument, "used_on": use.used_on, "net_minor": use.net_minor,
        "vat_minor": use.vat_minor, "currency": use.currency} for use in uses], "lines")
