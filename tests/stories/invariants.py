"""The invariants: what must hold at every instant, whatever anybody has done. Each is a function named after what it says.

They look at the books and at the rows as anybody could, and use nothing of the code that makes them. The random walk checks
all of them after each of its steps.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from voucher import ledger
from voucher.accounting import CHART, DEBIT
from voucher.appeals import Appeal
from voucher.awards import ProviderAward
from voucher.claims import Claim, ClaimEvidence, ClaimLine, ClaimState
from voucher.files import FileKind, StoredFile
from voucher.history import Event
from voucher.jobs import Job, JobState
from voucher.ledger.accounts import accounts
from voucher.ledger.entries import entries, postings
from voucher.money import Money
from voucher.orders import Order, OrderState
from voucher.payouts import BatchSignature, Payout, PayoutState
from voucher.programmes.funding import FundLine, FundShare
from voucher.programmes.programmes import TermsVersion
from voucher.programmes.terms import RateRule, Terms
from voucher.statements import BankLine
from voucher.vouchers import Voucher

# Awards and the turn of the year move a budget without any voucher; who compares budgets with vouchers leaves them out.
_WITHOUT_VOUCHERS = ("award.", "year.")


@dataclass(frozen=True)
class Posted:
    """Everything that was posted of one kind of event on one account."""

    event: str
    account: str
    currency: str
    minor: int

    @property
    def kind(self) -> str:
        """The account of the manual, without whose it is."""
        return self.account.rpartition(":")[0]

    @property
    def owner(self) -> str:
        """Whose sub-account it is."""
        return self.account.rpartition(":")[2]


class Facts:
    """What there is, read when an invariant asks for it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._rows: dict[Any, list[Any]] = {}

    def all(self, table: Any) -> list[Any]:
        """Every row of a kind, asked for once."""
        if table not in self._rows:
            self._rows[table] = list(self.session.exec(select(table)))
        return self._rows[table]

    @cached_property
    def terms(self) -> Mapping[UUID, Terms]:
        """Every version of terms, by its id."""
        return {each.id: each.terms for each in self.all(TermsVersion)}

    @cached_property
    def posted(self) -> list[Posted]:
        """The postings, summed by event and account."""
        rows = self.session.connection().execute(
            select(entries.c.event, accounts.c.name, accounts.c.currency, func.sum(postings.c.amount_minor))
            .join(postings, postings.c.entry_id == entries.c.id).join(accounts, accounts.c.id == postings.c.account_id)
            .group_by(entries.c.event, accounts.c.name, accounts.c.currency))
        return [Posted(event, name, currency, int(minor)) for event, name, currency, minor in rows]

    def sums(self, key: Callable[[Posted], Any], *, but: tuple[str, ...] = ()) -> Mapping[Any, int]:
        """What was posted by some key, in credit, without the events that begin with one of the words."""
        found: dict[Any, int] = defaultdict(int)
        for each in self.posted:
            if not each.event.startswith(but or "\n"):
                found[key(each)] -= each.minor
        return found


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


# --- 4 to 6: what is approved and paid ----------------------------------------------------------------------------------


def nothing_is_approved_above_its_rate_or_above_what_was_reserved(facts: Facts) -> None:
    """4. What is approved of an order is within the highest rate of the terms by which it is judged on what was accepted of it, and
    within its part.

    (The part was within every cap when the order was placed; a cap counts what other orders hold.)
    """
    claims = {each.id: each for each in facts.all(Claim) if each.state in (ClaimState.APPROVED, ClaimState.REFUSED)}
    lines, approved = defaultdict[UUID, int](int), defaultdict[UUID, int](int)
    for line in facts.all(ClaimLine):
        if line.claim_id in claims:
            lines[claims[line.claim_id].order_id] += line.accepted_minor or 0
    for claim in claims.values():
        approved[claim.order_id] += claim.approved_minor or 0
    terms = facts.terms
    for order in facts.all(Order):
        highest = max((_highest(rule) for rule in terms[order.terms_id].rates), default=Fraction(1))
        limit = min(round(lines[order.id] * highest + Fraction(1, 2)), order.voucher_part_minor)
        assert approved[order.id] <= limit, (order.reference, approved[order.id], limit)


def _highest(rule: RateRule) -> Fraction:
    """The highest part of its basis that a rule can give; fixed amounts are never more than the basis."""
    rates = [each for each in (rule.rate, *(band.rate for band in rule.bands)) if each is not None]
    return max(rates) if rates and not (rule.fixed or rule.per_piece or rule.smaller_of or rule.larger_of) else Fraction(1)


def the_caps_of_a_firm_hold(facts: Facts) -> None:
    """4. What the orders of a firm hold together in a year is within the cap that its class has for a year."""
    terms = {each.id: each.terms for each in facts.all(TermsVersion)}
    vouchers = {each.id: each for each in facts.all(Voucher)}
    held: dict[Any, int] = defaultdict(int)
    limits: dict[Any, int] = {}
    for order in facts.all(Order):
        voucher = vouchers[order.voucher_id]
        for cap in terms[order.terms_id].caps:
            limit = cap.amount_by_class.get(voucher.firm_class, cap.amount)
            plain = not (cap.services or cap.items or cap.funders) and (cap.subject, cap.period) == ("company", "calendar_year")
            if limit is not None and plain:
                key = voucher.programme_id, voucher.sme_id, order.placed_on.year
                held[key] += order.held_minor
                limits[key] = limit.minor
    assert all(held[key] <= limit for key, limit in limits.items()), (held, limits)


def no_invoice_is_funded_twice_or_beyond_its_amount(facts: Facts) -> None:
    """5. One invoice of one seller stands on one claim that counts, over all programmes, and gives no more than it says.

    What was cut of it may stand on a second one, which an appeal gave; both together give no more than was asked for at first.
    """
    appealed = {each.supplement_id: each for each in facts.all(Appeal) if each.supplement_id is not None}
    claims = {each.id: each for each in facts.all(Claim)}
    sellers = {each.id: each.provider_id for each in facts.all(Order)}
    seen: set[tuple[UUID, str]] = set()
    for line in facts.all(ClaimLine):
        claim = claims[line.claim_id]
        assert (line.accepted_minor or 0) <= line.basis_minor <= line.net_minor + line.vat_minor
        if claim.state in (ClaimState.SUBMITTED, ClaimState.VERIFIED, ClaimState.APPROVED):
            first = claims[appealed[claim.id].claim_id] if claim.id in appealed else None
            if first is not None and first.state in (ClaimState.SUBMITTED, ClaimState.VERIFIED, ClaimState.APPROVED):
                assert first.holds.minor + claim.holds.minor <= Money.parse(first.sheet["requested"]["result"], first.currency).minor
                continue
            invoice = sellers[claim.order_id], "".join(line.invoice_number.split()).upper()
            assert invoice not in seen, invoice
            seen.add(invoice)


_OFFICERS = ("claim.verified", "claim.supplemented", "claim.approved")


def everything_paid_has_its_papers_and_its_people(facts: Facts) -> None:
    """6. Order, acceptance, invoice, proof of the own share, two officers, two signatures, confirmation, statement."""
    settled = [each for each in facts.all(Payout) if each.state == PayoutState.SETTLED]
    if not settled:
        return
    claims, orders = ({each.id: each for each in facts.all(table)} for table in (Claim, Order))
    evidence, signatures, confirmed = defaultdict(set), defaultdict(set), {each.payout_id for each in facts.all(BankLine)}
    for paper in facts.all(ClaimEvidence):
        evidence[paper.claim_id].add(paper.kind)
    for signature in facts.all(BatchSignature):
        signatures[signature.batch_id].add(signature.person_id)
    done_by = {(name, subject): person for name, subject, person in facts.session.exec(
        select(Event.name, Event.subject, Event.person_id).where(col(Event.name).in_(_OFFICERS)))}
    told = set(facts.session.exec(select(StoredFile.subject).where(StoredFile.kind == FileKind.SETTLEMENT_STATEMENT)))
    waiting = {each.get("payout") for each in facts.session.exec(select(Job.arguments).where(
        Job.task == "make_settlement_statement", Job.state != JobState.DONE))}
    awards = {each.id: each for each in facts.all(ProviderAward)}
    appealed = {each.supplement_id: each.claim_id for each in facts.all(Appeal)}
    for payout in settled:
        assert len(signatures[payout.batch_id]) >= 2 and payout.id in confirmed, payout.reference
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
        officers = {done_by.get((step, claim.reference)) for step in _OFFICERS}
        assert len(officers - {None}) >= 2, payout.reference


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
        if claim.state not in (ClaimState.WITHDRAWN, ClaimState.LAPSED) or claim.approved is not None:  # or withdrawn from there
            live[orders[claim.order_id]] += claim.requested_minor
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
    standing = {(each.account, each.amount.currency): -each.amount.minor for each in ledger.trial_balance(facts.session)}
    assert {key: minor for key, minor in sums.items() if minor} == standing
    assert not any(facts.sums(lambda each: (each.account.partition(":")[0], each.currency)).values())


INVARIANTS: tuple[Callable[[Facts], None], ...] = (
    the_face_of_a_voucher_is_the_sum_of_its_positions, no_account_of_entitlement_or_budget_changes_its_sign,
    what_vouchers_may_use_is_what_budgets_hold_for_them, what_fund_lines_bear_of_orders_is_what_is_obligated_on_them,
    nothing_is_approved_above_its_rate_or_above_what_was_reserved, the_caps_of_a_firm_hold,
    no_invoice_is_funded_twice_or_beyond_its_amount, everything_paid_has_its_papers_and_its_people,
    expiry_leaves_alone_what_is_reserved, a_claim_that_was_withdrawn_leaves_nothing_behind,
    a_return_and_another_payment_cost_nothing, the_log_gives_the_balances,
)


def assert_the_invariants_hold(session: Session) -> None:
    """All of them, now."""
    facts = Facts(session)
    for invariant in INVARIANTS:
        invariant(facts)
