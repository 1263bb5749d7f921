"""The invariants: what must hold at every instant, whatever anybody has done. Each is a function named after what it says.

They look at the books and at the rows as anybody could, and use nothing of the code that makes them. The random walk checks
all of them after each of its steps.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID

from pypdf import PdfReader
from sqlmodel import Session, col, select

from tests.drawings import DRAWINGS
from tests.stories.facts import Facts
from voucher.accounting import CHART, DEBIT, unsaid
from voucher.appeals import Appeal
from voucher.awards import ProviderAward
from voucher.claims import LIVE, Claim, ClaimEvidence, ClaimLine, ClaimState
from voucher.deposits import Deposit
from voucher.documents import notice_list, recovery, settlement
from voucher.documents.render import render
from voucher.files import FileKind, FileStore, StoredFile
from voucher.history import Event
from voucher.jobs import Job, JobState
from voucher.ledger.journal import stream
from voucher.money import Money
from voucher.notices import Notice, NoticeLine, NoticeState
from voucher.orders import Order, OrderState
from voucher.payouts import OUT_OF_HAND, Batch, BatchSignature, Payout, PayoutState
from voucher.people import Organisation, OrganisationKind
from voucher.programmes.funding import FundLine, FundShare
from voucher.programmes.programmes import TermsVersion
from voucher.programmes.terms import Cap, Condition, Period, RateRule, SubjectKind, Terms
from voucher.statements import BankLine
from voucher.vouchers import Voucher, VoucherState

# Awards and the turn of the year move a budget without any voucher; who compares budgets with vouchers leaves them out.
_WITHOUT_VOUCHERS = ("award.", "year.")


_CHART = {account.name: account for account in CHART}
_POSITIONS = [account.name for account in CHART if account.name.startswith("entitlement:") and account.code != "V100"]


# --- 1 to 3: the books --------------------------------------------------------------------------------------------------


def the_face_of_a_voucher_is_the_sum_of_its_positions(facts: Facts) -> None:
    """1. Available, reserved, claimed, approved, paid, expired, cancelled, disallowed, clawed back: together the face."""
    sums = facts.sums(lambda each: (each.kind, each.owner))
    for reference in {each.owner for each in facts.posted if each.kind in _POSITIONS}:
        face = -sums["entitlement:issued", reference]
        assert face == sum(sums[name, reference] for name in _POSITIONS), reference


def no_account_of_entitlement_or_budget_changes_its_sign(facts: Facts) -> None:
    """2. Each stands on its normal side, or at nothing."""
    for (kind, owner), minor in facts.sums(lambda each: (each.kind, each.owner)).items():
        if kind.startswith(("entitlement:", "budget:")):
            assert (minor <= 0 if _CHART[kind].normal == DEBIT else minor >= 0), (kind, owner, minor)


def what_vouchers_may_use_is_what_budgets_hold_for_them(facts: Facts) -> None:
    """3. By programme: available is committed (or promised beyond what is allotted), reserved and claimed are obligated,
    approved is owed, paid is paid.
    """
    owners = {each.reference: each.programme_id for each in (*facts.all(Voucher), *facts.all(FundLine))}
    sums = facts.sums(lambda each: (each.kind, owners.get(each.owner)), but=_WITHOUT_VOUCHERS)
    for programme in set(owners.values()):
        def stands(*kinds: str, programme: UUID = programme) -> int:
            return sum(sums[kind, programme] for kind in kinds)
        assert stands("entitlement:available") == stands("budget:committed", "budget:uncovered")
        assert stands("entitlement:reserved", "entitlement:claimed") == stands("budget:reserved", "budget:obligated")
        assert stands("entitlement:approved") == stands("budget:delivered-unpaid")
        assert stands("entitlement:paid") == stands("budget:paid")


def what_fund_lines_bear_of_orders_is_what_is_obligated_on_them(facts: Facts) -> None:
    """3. Fund line by fund line, whichever year it is of: what it bears of accepted orders and of no approved claim is obligated there."""
    borne: dict[UUID, int] = defaultdict(int)
    accepted = {each.id for each in facts.all(Order) if each.held_minor and each.state != OrderState.PLACED}
    approved = {each.id for each in facts.all(Claim) if each.state == ClaimState.APPROVED and each.order_id in accepted}
    for share in facts.all(FundShare):
        borne[share.fund_line_id] += share.amount_minor * ((share.subject_id in accepted) - (share.subject_id in approved))
    sums = facts.sums(lambda each: (each.kind, each.owner))
    for line in facts.all(FundLine):
        assert borne[line.id] == sums["budget:obligated", line.reference], (line.reference, borne[line.id])


def each_funder_bears_its_part_of_what_vouchers_hold(facts: Facts) -> None:
    """3. Funder by funder, by what the fund lines bear of each voucher, order and claim: what no order holds of vouchers is committed,
    placed orders are reserved; accepted ones are obligated (see above), approved claims owed or paid (see below).
    """
    lines = _funders(facts)
    keys = {each.id: lines[each.reference] for each in facts.all(FundLine)}
    issued = {each.owner for each in facts.posted if each.kind == "entitlement:issued"}
    faces = {each.id for each in facts.all(Voucher) if each.reference in issued}
    held = {each.id: each.state for each in facts.all(Order) if each.held_minor}
    available, reserved = (defaultdict[Any, int](int) for _account in range(2))
    for share in facts.all(FundShare):
        key, subject = keys[share.fund_line_id], share.subject_id
        available[key] += share.amount_minor * ((subject in faces) - (subject in held))
        reserved[key] += share.amount_minor * (held.get(subject) == OrderState.PLACED)
    sums = facts.sums(lambda each: (each.kind, lines.get(each.owner)), but=_WITHOUT_VOUCHERS)
    for key in set(lines.values()):
        assert available[key] == sums["budget:committed", key] + sums["budget:uncovered", key], key
        assert reserved[key] == sums["budget:reserved", key], key


def each_funder_owes_its_part_of_a_claim_until_it_is_paid(facts: Facts) -> None:
    """3. Funder by funder too: of an approved claim that is paid which the bank confirmed or was set off, the rest is owed; but for what
    came back by a recovery.
    """
    lines = _funders(facts)
    keys = {each.id: lines[each.reference] for each in facts.all(FundLine)}
    latest = {each.claim_id: each for each in sorted(facts.all(Payout), key=lambda each: each.id) if each.state != PayoutState.CANCELLED}
    approved = {each.id: latest.get(each.id) for each in facts.all(Claim) if each.state == ClaimState.APPROVED}
    done = {claim for claim, each in approved.items() if each and each.state in (PayoutState.SETTLED, PayoutState.OFFSET)}
    reduced = {each.id if each.offset_minor else claim for claim, each in approved.items() if each and claim not in done}
    owed, paid = (defaultdict[Any, int](int) for _account in range(2))
    for share in facts.all(FundShare):
        key, subject = keys[share.fund_line_id], share.subject_id
        unpaid = subject in reduced or approved.get(subject, latest) is None  # what goes to the bank yet, or has no payout so far
        paid[key] += share.amount_minor * ((subject in approved) - unpaid)
        owed[key] += share.amount_minor * unpaid
    for each in facts.posted:
        if each.event.startswith(("recovery.", "prior.")) and each.kind in ("budget:delivered-unpaid", "budget:paid"):
            (paid if each.kind == "budget:paid" else owed)[lines[each.owner]] -= each.minor
    sums = facts.sums(lambda each: (each.kind, lines.get(each.owner)), but=_WITHOUT_VOUCHERS)
    for key in set(lines.values()):
        assert owed[key] == sums["budget:delivered-unpaid", key], key
        assert paid[key] == sums["budget:paid", key], key


def _funders(facts: Facts) -> dict[str, tuple[UUID, str]]:
    """Of which programme and of whose money a fund line is, by its reference."""
    return {each.reference: (each.programme_id, each.funder) for each in facts.all(FundLine)}


# --- 4 to 6: what is approved and paid ----------------------------------------------------------------------------------


def nothing_is_approved_above_its_rate_or_above_what_was_reserved(facts: Facts) -> None:
    """4. What is approved of an order is within the highest rate of the terms by which it is judged on what was accepted of it, and
    within its part.

    (The part was within every cap when the order was placed; a cap counts what other orders hold.)
    """
    claims = {each.id: each for each in facts.all(Claim) if each.state in (ClaimState.APPROVED, ClaimState.REFUSED)}
    orders, resting = {each.id: each.order_id for each in facts.all(Claim)}, _resting(facts)
    lines, approved = defaultdict[UUID, int](int), defaultdict[UUID, int](int)
    for line in facts.all(ClaimLine):
        if line.claim_id in claims or orders[line.claim_id] in resting:
            lines[orders[line.claim_id]] += line.accepted_minor or 0
    for claim in claims.values():
        approved[claim.order_id] += claim.approved_minor or 0
    terms = facts.terms
    for order in facts.all(Order):
        highest = max((_highest(rule) for rule in terms[order.terms_id].rates), default=Fraction(1))
        limit = min(round(lines[order.id] * highest + Fraction(1, 2)), order.voucher_part_minor)
        assert approved[order.id] <= limit, (order.reference, approved[order.id], limit)


def _resting(facts: Facts) -> set[UUID]:
    """The orders with a claim that counts and rests on lines of another: a later instalment, or what an appeal gave."""
    own = {each.claim_id for each in facts.all(ClaimLine)} - {each.supplement_id for each in facts.all(Appeal)}
    return {each.order_id for each in facts.all(Claim) if each.state in LIVE and each.id not in own}


def _highest(rule: RateRule) -> Fraction:
    """The highest part of its basis that a rule can give; fixed amounts are never more than the basis."""
    rates = [each for each in (rule.rate, *(band.rate for band in rule.bands)) if each is not None]
    return max(rates) if rates and not (rule.fixed or rule.per_piece or rule.smaller_of or rule.larger_of) else Fraction(1)


def no_cap_is_passed(facts: Facts) -> None:
    """4. Whatever an order holds together with what was ordered before it is within every cap of the terms by which it is judged: of the
    firm, its group, its team, its person, the provider or both; in the year, the round or the time back; of the services, the items
    and the funders that it counts.

    Counted anew from orders and shares. Left out is what cannot be said for sure: caps for cases that turn on more than class, service,
    item and facts; orders whose day is not known yet. Caps on what is held at a time stand below.
    """
    vouchers, firms = ({each.id: each for each in facts.all(table)} for table in (Voucher, Organisation))
    borne = _borne_by_funder(facts)
    cases = defaultdict[UUID, list[_Ordered]](list)
    for order in sorted(facts.all(Order), key=lambda each: each.id):
        if order.held_minor and order.dated:
            voucher = vouchers[order.voucher_id]
            firm = firms[voucher.sme_id]
            team, person = (voucher.bare_team or firm.id), (voucher.bare_person or firm.id)
            cases[voucher.programme_id].append(_Ordered(order, voucher.firm_class, borne[order.id], {
                SubjectKind.COMPANY: firm.id, SubjectKind.GROUP: firm.group, SubjectKind.TEAM: team, SubjectKind.PERSON: person,
                SubjectKind.PROVIDER: order.provider_id, SubjectKind.PAIR: (firm.id, order.provider_id)}))
    for ordered in cases.values():
        for at, each in enumerate(ordered):
            terms = facts.terms[each.order.terms_id]
            for cap in terms.caps:
                if cap.period != Period.HELD and _surely_fits(terms, cap, each):
                    for sum_of in _counted(terms, cap, ordered[:at + 1]):
                        assert sum_of <= _limit_of(cap, each), (each.order.reference, cap.name, sum_of)


@dataclass(frozen=True)
class _Ordered:
    """An order that counts: the class of its firm, what each funder bears of it, and for whom it counts."""

    order: Order
    firm_class: str
    borne: Mapping[str, int]
    subjects: Mapping[SubjectKind, Any]

    def held(self, funders: tuple[str, ...]) -> int:
        """What it holds of these funders' money; of all without any."""
        return sum(self.borne[code] for code in funders) if funders and self.borne else self.order.held_minor


def _borne_by_funder(facts: Facts) -> Mapping[UUID, Mapping[str, int]]:
    funders = {each.id: each.funder for each in facts.all(FundLine)}
    borne: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for share in facts.all(FundShare):
        borne[share.subject_id][funders[share.fund_line_id]] += share.amount_minor
    return borne


def _surely_fits(terms: Terms, cap: Cap, each: _Ordered) -> bool:
    """Whether the cap is one for this order, as far as that is certain."""
    when, order = cap.when, each.order
    known = Condition(firm_classes=when.firm_classes, services=when.services, items=when.items, facts=when.facts,
                      without_facts=when.without_facts)
    return (when == known and each.firm_class in (when.firm_classes or [each.firm_class])
            and all(order.service_type in terms.members(some) for some in (when.services, cap.services) if some)
            and all(order.item in some for some in (when.items, cap.items) if some)
            and set(when.facts) <= set(order.facts) and not set(when.without_facts) & set(order.facts))


def _limit_of(cap: Cap, each: _Ordered) -> Fraction | float:
    """How much the cap leaves all together, in minor units; no end where it says nothing of the class of the firm."""
    if cap.share is not None:
        return (each.order.gross.minor + sum(each.order.money_of(text).minor for text in each.order.measures.values())) * cap.share
    limit = cap.amount or cap.amount_by_class.get(each.firm_class)
    return float("inf") if limit is None else limit.minor * (each.order.quantity if cap.period == Period.PIECE else 1)


def _counted(terms: Terms, cap: Cap, ordered: list[_Ordered]) -> Iterator[int]:
    """What the last of these orders and those before it that the cap counts with it hold, in each stretch of time in which it counts."""
    *before, last = ordered
    if cap.period in (Period.PIECE, Period.APPLICATION):
        yield last.held(cap.funders)
        return
    kind = SubjectKind(cap.subject)
    with_it = [last, *(each for each in before if each.subjects[kind] == last.subjects[kind]
                       and (not cap.services or each.order.service_type in terms.members(cap.services))
                       and (not cap.items or each.order.item in cap.items))]
    day = last.order.counted_on
    for end in {each.order.counted_on for each in with_it if each.order.counted_on >= day} if cap.period == Period.ROLLING else {day}:
        first, until = _stretch(terms, cap, end)
        if first <= day:
            yield sum(each.held(cap.funders) for each in with_it if first <= each.order.counted_on <= until)


def _stretch(terms: Terms, cap: Cap, on: date) -> tuple[date, date]:
    """The first and the last day that a cap counts together on a day."""
    if cap.period == Period.CALENDAR_YEAR:
        return date(on.year, 1, 1), date(on.year, 12, 31)
    if cap.period == Period.FISCAL_YEAR:
        month, day = map(int, terms.programme.fiscal_year_starts.split("-"))
        year = on.year - (on < date(on.year, month, day))
        return date(year, month, day), date(year + 1, month, day) - timedelta(days=1)
    if cap.period == Period.ROUND:
        opens = sorted(each.opens for each in terms.programme.rounds)
        return (max((each for each in opens if each <= on), default=date.min),
                min((each - timedelta(days=1) for each in opens if each > on), default=date.max))
    if cap.period == Period.ROLLING and cap.length is not None:
        return cap.length.before(on) + timedelta(days=1), on
    return date.min, date.max


_HELD = ("entitlement:available", "entitlement:reserved", "entitlement:claimed")


def nobody_holds_more_than_may_be_held_at_a_time(facts: Facts) -> None:
    """4. When a voucher was issued, what its holder held with it was within each cap on what may be held at a time.

    Counted is what he surely held: what is still to be used of this voucher and of those issued before it, without what came back since
    from a decided claim or a cancelled voucher. Left out are caps for cases that turn on more than the class of the firm.
    """
    firms, held = {each.id: each for each in facts.all(Organisation)}, defaultdict[str, int](int)
    for (event, owner, counts), minor in facts.sums(lambda each: (each.event, each.owner, each.kind in _HELD)).items():
        if counts and (minor < 0 or event == "voucher.issued"):
            held[owner] += minor
    return_to = facts.ask(select(Event.subject).where(Event.to_state == VoucherState.ISSUED).order_by(col(Event.id)))
    vouchers = {each.reference: each for each in facts.all(Voucher)}
    before = defaultdict[UUID, list[tuple[Voucher, dict[SubjectKind, Any]]]](list)
    for reference in dict.fromkeys(each for each in return_to if each in vouchers):
        voucher = vouchers[reference]
        firm = firms[voucher.sme_id]
        subjects = {SubjectKind.COMPANY: firm.id, SubjectKind.GROUP: firm.group,
                    SubjectKind.TEAM: voucher.bare_team or firm.id, SubjectKind.PERSON: voucher.bare_person or firm.id}
        before[voucher.programme_id].append((voucher, subjects))
        for cap in facts.terms[voucher.terms_id].caps:
            limit, when = cap.amount or cap.amount_by_class.get(voucher.firm_class), cap.when
            if (cap.period != Period.HELD or limit is None or cap.services or cap.items or cap.funders or cap.subject not in subjects
                    or when != Condition(firm_classes=when.firm_classes)
                    or voucher.firm_class not in (when.firm_classes or [voucher.firm_class])):
                continue
            together = [each for each, theirs in before[voucher.programme_id] if theirs[cap.subject] == subjects[cap.subject]
                        and each.use_by and voucher.issued_on and voucher.issued_on <= each.use_by]
            assert sum(max(held[each.reference], 0) for each in together) <= limit.minor, (reference, cap.name)


def no_invoice_is_funded_twice_or_beyond_its_amount(facts: Facts) -> None:
    """5. One invoice of one seller stands on one claim that counts, over all programmes, and gives no more than it says.

    What was cut of it may stand on a second one, which an appeal gave; both together give no more than was asked for at first.
    """
    appealed = {each.supplement_id: each for each in facts.all(Appeal) if each.supplement_id is not None}
    claims = {each.id: each for each in facts.all(Claim)}
    sellers = {each.id: each.provider_id for each in facts.all(Order)}
    given = defaultdict[UUID, int](int)  # by claims, by which appeals on them
    for each, appeal in appealed.items():
        if claims[each].state in LIVE:
            given[appeal.claim_id] += claims[each].holds.minor
    stand: dict[tuple[UUID, str], UUID] = {}  # invoices, and their orders
    for line in sorted(facts.all(ClaimLine), key=lambda each: each.claim_id in appealed):
        claim = claims[line.claim_id]
        assert (line.accepted_minor or 0) <= line.basis_minor <= line.net_minor + line.vat_minor
        if claim.state in (ClaimState.SUBMITTED, ClaimState.VERIFIED, ClaimState.APPROVED):
            assert claim.holds.minor + given[claim.id] <= _asked(claim)
            invoice = sellers[claim.order_id], "".join(line.invoice_number.split()).upper()
            assert invoice not in stand or (claim.id in appealed and stand[invoice] == claim.order_id), invoice
            stand[invoice] = claim.order_id


def _asked(claim: Claim) -> int:
    """What a claim asked for in its newest version; one whose approval was taken back asks for no more than that."""
    return Money.parse(claim.sheet["requested"]["result"], claim.currency).minor


_OFFICERS = ("claim.verified", "claim.supplemented", "claim.approved")


def everything_paid_has_its_papers_and_its_people(facts: Facts) -> None:
    """6. Order, acceptance, invoice, proof of the own share, two officers, two signatures of others, confirmation, statement."""
    settled = [each for each in facts.all(Payout) if each.state == PayoutState.SETTLED]
    if not settled:
        return
    claims, orders = ({each.id: each for each in facts.all(table)} for table in (Claim, Order))
    evidence, signatures, confirmed = defaultdict(set), defaultdict(set), {each.payout_id for each in facts.all(BankLine)}
    for paper in facts.all(ClaimEvidence):
        evidence[paper.claim_id].add(paper.kind)
    for signature in facts.all(BatchSignature):
        signatures[signature.batch_id].add(signature.person_id)
    done_by = {(name, subject): person for name, subject, person in facts.ask(
        select(Event.name, Event.subject, Event.person_id).where(col(Event.name).in_((*_OFFICERS, "voucher.issued"))))}
    gathered_by, vouchers = ({each.id: getattr(each, name) for each in facts.all(table)} for table, name in (
        (Batch, "gathered_by"), (Voucher, "reference")))
    terms, classes = facts.terms, {each.id: each.firm_class for each in facts.all(Voucher)}
    told = set(facts.ask(select(StoredFile.subject).where(StoredFile.kind == FileKind.SETTLEMENT_STATEMENT)))
    waiting = {each.get("payout") for each in facts.ask(select(Job.arguments).where(
        Job.task == "make_settlement_statement", Job.state != JobState.DONE))}
    awards = {each.id: each for each in facts.all(ProviderAward)}
    appealed = {each.supplement_id: each.claim_id for each in facts.all(Appeal)}
    for payout in settled:
        assert len(signatures[payout.batch_id] - {gathered_by[payout.batch_id]}) >= 2 and payout.id in confirmed, payout.reference
        if payout.deposit_id is not None:
            continue  # the firm's own money, which goes on or back
        assert payout.reference in told | waiting, payout.reference
        if payout.award_id is not None:
            award = awards[payout.award_id]
            assert len({award.proposed_by, award.decided_by} - {None}) == 2, award.reference
            assert not signatures[payout.batch_id] & {award.proposed_by, award.decided_by}, award.reference
            continue
        claim = claims[payout.claim_id]
        order = orders[claim.order_id]
        early = claim.milestone and not claim.final and order.started_on  # an instalment before the last is paid while work goes on
        assert order.accepted_on or early or order.state == OrderState.TERMINATED, payout.reference
        assert claim.own_payment_reference, payout.reference
        papers = evidence[claim.id] | evidence[appealed.get(claim.id)]  # what an appeal gave rests on those of the first claim too
        assert any("invoice" in kind for kind in papers) and len(papers) > 1, payout.reference
        assert set(_proof_of_own_share(terms[order.terms_id])) <= papers, payout.reference
        _assert_it_was_on_notice(facts, payout, claim, terms[order.terms_id], classes[order.voucher_id], order.service_type,
                                 {claim.id, appealed.get(claim.id)})
        officers = {done_by.get((step, claim.reference)) for step in _OFFICERS} - {None}
        assert len(officers) >= 2 and not officers & signatures[payout.batch_id], payout.reference
        issued_by = done_by.get(("voucher.issued", vouchers[order.voucher_id]))
        assert issued_by is None or issued_by not in officers | signatures[payout.batch_id], payout.reference


def _proof_of_own_share(terms: Terms) -> tuple[str, ...]:
    """The papers that show what the firm paid itself, where the first rule about that is for all cases."""
    return terms.own_share[0].proof if terms.own_share and terms.own_share[0].when == Condition() else ()


def _assert_it_was_on_notice(
    facts: Facts, payout: Payout, claim: Claim, terms: Terms, firm_class: str, service: str, claims: set[UUID | None]
) -> None:
    """Each list on which the claim stood was over when it was paid; where the terms pay nothing before, there was one."""
    lists = {each.id: each for each in facts.all(Notice)}
    stood = [lists[each.notice_id] for each in facts.all(NoticeLine) if each.claim_id in claims]
    asked = terms.notice
    if asked is not None and asked.before_payment:
        concerned = (firm_class in (asked.firm_classes or (firm_class,))
                     and (not asked.services or service in terms.members(asked.services))
                     and (asked.from_amount is None or (claim.approved_minor or 0) >= asked.from_amount.minor))
        assert stood or not concerned, payout.reference
    for notice in stood:
        assert notice.state == NoticeState.CLOSED and payout.settled_on and notice.ends_on < payout.settled_on, payout.reference


def every_notice_is_the_list_of_which_its_digest_was_made(facts: Facts) -> None:
    """6. Whoever has a copy can tell that nothing was changed; and each claim that stands on it is named there."""
    claims = {each.id: each.reference for each in facts.all(Claim)}
    named = {each.id: each.content for each in facts.all(Notice)}
    for notice in facts.all(Notice):
        assert sha256(notice.content.encode()).hexdigest() == notice.digest, notice.reference
    for line in facts.all(NoticeLine):
        assert f'"{claims[line.claim_id]}"' in named[line.notice_id], claims[line.claim_id]


# --- 7 and 8: what some events leave alone, and the log ------------------------------------------------------------------


def expiry_leaves_alone_what_is_reserved(facts: Facts) -> None:
    """7. An expiry takes what is available, and nothing else."""
    touched = {each.kind for each in facts.posted if each.event in ("voucher.expired", "voucher.cancelled")}
    assert touched <= {"entitlement:available", "entitlement:expired", "entitlement:cancelled", "budget:committed", "budget:free"}


def a_claim_that_was_withdrawn_leaves_nothing_behind(facts: Facts) -> None:
    """7. To file and to withdraw, however often, moves nothing in the end."""
    sums = facts.sums(lambda each: (each.event, each.owner, each.kind))
    live: dict[str, int] = defaultdict(int)
    vouchers = {each.id: each.reference for each in facts.all(Voucher)}
    orders = {each.id: vouchers[each.voucher_id] for each in facts.all(Order)}
    for claim in facts.all(Claim):
        gone = claim.state in (ClaimState.WITHDRAWN, ClaimState.LAPSED) and claim.approved is None  # else withdrawn from there
        live[orders[claim.order_id]] += _asked(claim) - (claim.requested_minor if gone else 0)
    for reference in orders.values():
        filed, corrected, taken_back = (sums[event, reference, "entitlement:claimed"] for event in (
            "claim.submitted", "claim.resubmitted", "claim.withdrawn"))
        assert filed + corrected + taken_back == live[reference], reference


def a_return_and_another_payment_cost_nothing(facts: Facts) -> None:
    """7. What comes back from the bank, and goes out again, is no expense; what the bank kept of it is one of its own."""
    assert not [each for each in facts.posted if each.event.startswith("payout.") and each.account.startswith("financial:expense:")
                and not each.account.startswith("financial:expense:bank-charges:")]


def the_log_gives_the_balances(facts: Facts) -> None:
    """8. Whoever adds up the postings anew finds what each account says; each book sums to nothing."""
    sums = facts.sums(lambda each: (each.account, each.currency))
    assert {key: minor for key, minor in sums.items() if minor} == facts.standing
    assert not any(facts.sums(lambda each: (each.account.partition(":")[0], each.currency)).values())


def what_the_law_calls_cash_is_what_the_bank_holds_for_others(facts: Facts) -> None:
    """9. By deposit and by fund line: what firms paid into wallets, and what came back for the treasury, with interest. The rest of the
    fund balance is the treasury's own, which China's books do not call cash.
    """
    [office] = (each for each in facts.all(Organisation) if each.kind == OrganisationKind.OFFICE)
    laws = {each.programme_id: facts.terms[each.id].programme.country for each in facts.all(TermsVersion)}
    vouchers = {each.id: laws[each.programme_id] for each in facts.all(Voucher)}
    orders = {each.id: vouchers[each.voucher_id] for each in facts.all(Order)}
    law = {each.reference: laws[each.programme_id] for each in facts.all(FundLine)}
    law |= {each.reference: orders.get(each.order_id, office.country) for each in facts.all(Deposit)}
    cash, bank = defaultdict[str, int](int), defaultdict[str, int](int)
    for each in facts.posted:
        if each.kind in ("cn-financial:1002", "cn-financial:1002.01"):
            cash[each.owner] += each.minor
        elif law.get(each.owner) == "CN":
            if each.kind == "financial:asset:wallet" or (
                    each.kind == "financial:asset:treasury" and each.event.startswith(("recovery.", "prior.", "interest."))):
                bank[each.owner] += each.minor
            elif each.kind == "budget:paid" and each.event.startswith("recovery."):
                bank[each.owner] -= each.minor  # of the same year it is the budget's again, and with the treasury
    assert {owner: minor for owner, minor in cash.items() if minor} == {owner: minor for owner, minor in bank.items() if minor}


def what_the_law_s_books_owe_and_spend_is_what_the_budget_says(facts: Facts) -> None:
    """10. Fund line by fund line: 2303 is what is delivered and unpaid, but for what a recovery gives back (2307); 7101 is what is paid,
    also where it came back after its year (8101.01); 7901 what the bank kept; 1201 what came back so from the bank and is owed yet.
    """
    laws = {each.programme_id: facts.terms[each.id].programme.country for each in facts.all(TermsVersion)}
    sums = facts.sums(lambda each: (each.kind, each.owner))
    claimed = facts.sums(lambda each: (each.kind, each.owner), but=("recovery.",))
    owed = {each.id if each.offset_minor else each.claim_id or each.award_id
            for each in facts.all(Payout) if each.restored and each.state not in OUT_OF_HAND}
    back = defaultdict[UUID, int](int)
    for share in facts.all(FundShare):
        back[share.fund_line_id] += share.amount_minor * (share.subject_id in owed)
    for line in facts.all(FundLine):
        if laws[line.programme_id] == "CN":
            assert claimed["cn-financial:2303", line.reference] == claimed["budget:delivered-unpaid", line.reference], line.reference
            paid = sums["budget:paid", line.reference] + sums["cn-budget:8101.01", line.reference]
            assert -sums["cn-budget:7101", line.reference] == paid, line.reference
            assert -sums["cn-budget:7901", line.reference] == sums["budget:charges", line.reference], line.reference
            assert -sums["cn-financial:1201", line.reference] == back[line.id], line.reference


INVARIANTS: tuple[Callable[[Facts], None], ...] = (
    the_face_of_a_voucher_is_the_sum_of_its_positions, no_account_of_entitlement_or_budget_changes_its_sign,
    what_vouchers_may_use_is_what_budgets_hold_for_them, what_fund_lines_bear_of_orders_is_what_is_obligated_on_them,
    each_funder_bears_its_part_of_what_vouchers_hold, each_funder_owes_its_part_of_a_claim_until_it_is_paid,
    nothing_is_approved_above_its_rate_or_above_what_was_reserved, no_cap_is_passed, nobody_holds_more_than_may_be_held_at_a_time,
    no_invoice_is_funded_twice_or_beyond_its_amount, everything_paid_has_its_papers_and_its_people,
    every_notice_is_the_list_of_which_its_digest_was_made, expiry_leaves_alone_what_is_reserved,
    a_claim_that_was_withdrawn_leaves_nothing_behind, a_return_and_another_payment_cost_nothing, the_log_gives_the_balances,
    what_the_law_calls_cash_is_what_the_bank_holds_for_others, what_the_law_s_books_owe_and_spend_is_what_the_budget_says,
)


def assert_the_invariants_hold(session: Session) -> None:
    """All of them, now. Who looks again and again has a `Watch` look."""
    facts = Facts(session)
    for invariant in INVARIANTS:
        invariant(facts)


def assert_postings_say_what_the_manual_asks(session: Session) -> None:
    """Each names whose it is and what it is about: once for a whole house, because it reads every entry."""
    assert [(entry.cause, account, sorted(lacking)) for entry in stream(session) for account, lacking in unsaid(entry)] == []


TEMPLATES = {
    FileKind.SETTLEMENT_STATEMENT: settlement.TEMPLATE, FileKind.RECOVERY_NOTICE: recovery.TEMPLATE,
    FileKind.NOTICE_LIST: notice_list.TEMPLATE,
}
"""How each kind of document is drawn that the system makes by itself; others are drawn when somebody asks for them."""


def assert_papers_are_drawn_again(session: Session, store: FileStore, drawn: set[str]) -> None:
    """8. From the facts that a document carries come the same bytes: the newest of each kind that was not `drawn` again before."""
    made = session.exec(select(StoredFile).where(col(StoredFile.kind).in_([each for each in TEMPLATES if each not in drawn]))
                        .order_by(col(StoredFile.id))).all()
    for file in {each.kind: each for each in made}.values():
        pdf = store.get(file.sha256)
        [[attached]] = PdfReader(BytesIO(pdf)).attachments.values()
        facts = json.loads(attached)
        with DRAWINGS.closed():
            assert render(TEMPLATES[FileKind(file.kind)], facts, facts["document"]["language"]) == pdf, file.name
        drawn.add(file.kind)
