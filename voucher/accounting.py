"""The accounting manual: which accounts there are, and which entry each event makes in which book.

Three books answer three questions of one event, and each balances on its own: `entitlement` (how much may this holder
still use), `budget` (how much of the appropriation is free, committed, obligated, owed, spent - the status chain of
public budgeting), `financial` (what do we own and owe; accrual). A fourth, statutory book needs only another mapping of
the same events.

Signs: a debit is positive. Accounts that people think of as positive amounts of budget, entitlement or debt stand in
credit, so their balance is negative here and may never rise above zero; that is what makes overspending and paying twice
impossible rather than forbidden.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from sqlmodel import Session

from voucher import ledger
from voucher.claims import Claim
from voucher.database import get
from voucher.ledger import Account, Draft, Line, credit, debit
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import Payout
from voucher.programmes.funding import FundLine
from voucher.programmes.programmes import terms_version
from voucher.vouchers import Voucher

# --- the chart of accounts: code, name, normal side, and whose sub-account it is -------------------------------------

DEBIT, CREDIT = "debit", "credit"


@dataclass(frozen=True)
class ChartAccount:
    """An account of the manual; each voucher, fund line, claim or payout (`each`) has its own sub-account of it."""

    code: str
    name: str
    normal: str
    each: str
    zh: str
    en: str

    def of(self, reference: str, currency: str) -> Account:
        """The sub-account of one voucher, fund line, claim or payout: it never stands on its wrong side."""
        if self.normal == DEBIT:
            return Account(f"{self.name}:{reference}", currency, lower=0, upper=None)
        return Account(f"{self.name}:{reference}", currency, lower=None, upper=0)


CHART = (
    ISSUED := ChartAccount("V100", "entitlement:issued", DEBIT, "voucher", "已发放额度", "Entitlement issued"),
    AVAILABLE := ChartAccount("V210", "entitlement:available", CREDIT, "voucher", "可用额度", "Available"),
    RESERVED := ChartAccount("V220", "entitlement:reserved", CREDIT, "voucher", "订单占用", "Reserved by orders"),
    CLAIMED := ChartAccount("V230", "entitlement:claimed", CREDIT, "voucher", "申请兑付中", "Claimed"),
    APPROVED := ChartAccount("V240", "entitlement:approved", CREDIT, "voucher", "已核定", "Approved"),
    USED := ChartAccount("V250", "entitlement:paid", CREDIT, "voucher", "已兑付", "Paid"),
    APPROPRIATED := ChartAccount("B110", "budget:appropriated", DEBIT, "fund line", "预算指标", "Appropriations received"),
    UNALLOTTED := ChartAccount("B210", "budget:unallotted", CREDIT, "fund line", "未下达", "Unallotted"),
    FREE := ChartAccount("B220", "budget:free", CREDIT, "fund line", "已下达可用", "Allotted, free"),
    COMMITTED := ChartAccount("B230", "budget:committed", CREDIT, "fund line", "已承诺", "Committed"),
    SET_ASIDE := ChartAccount("B235", "budget:reserved", CREDIT, "fund line", "订单占用", "Reserved by orders"),
    OBLIGATED := ChartAccount("B240", "budget:obligated", CREDIT, "fund line", "已签约", "Obligated"),
    DELIVERED := ChartAccount("B250", "budget:delivered-unpaid", CREDIT, "fund line", "已核定未付", "Delivered, unpaid"),
    SPENT := ChartAccount("B260", "budget:paid", CREDIT, "fund line", "已支付", "Paid"),
    TREASURY := ChartAccount("F1100", "financial:asset:treasury", DEBIT, "fund line", "银行存款", "Fund balance with treasury"),
    TRANSIT := ChartAccount("F1190", "financial:asset:payments-in-transit", CREDIT, "payout", "在途付款", "Payments in transit"),
    PAYABLE := ChartAccount("F2100", "financial:payable:claims", CREDIT, "claim", "应付补贴款", "Voucher claims payable"),
    RETURNED := ChartAccount("F2150", "financial:payable:returned", CREDIT, "payout", "退回待付款", "Returned payments payable"),
    UNEXPENDED := ChartAccount("F3200", "financial:equity:unexpended", CREDIT, "fund line", "未支用拨款", "Unexpended appropriation"),
    APPROPRIATION_USED := ChartAccount("F4100", "financial:revenue:appropriation-used", CREDIT, "fund line",
                                       "财政拨款收入", "Appropriation used"),
    SUBSIDY := ChartAccount("F5100", "financial:expense:subsidy", DEBIT, "fund line", "业务活动费用-补助", "Voucher subsidy expense"),
)

# Which accounts a kind of event may touch. An entry outside its rule is a fault of ours, and is never written.
_OBLIGATE = (AVAILABLE, RESERVED, COMMITTED, OBLIGATED)
_SET_ASIDE = (AVAILABLE, RESERVED, COMMITTED, SET_ASIDE)
EVENTS: Mapping[str, tuple[ChartAccount, ...]] = {
    "funds.appropriated": (APPROPRIATED, UNALLOTTED, TREASURY, UNEXPENDED),
    "funds.allotted": (UNALLOTTED, FREE),
    "voucher.issued": (ISSUED, AVAILABLE, FREE, COMMITTED),
    "order.placed": _SET_ASIDE,
    "order.accepted": (SET_ASIDE, OBLIGATED),
    "order.declined": _SET_ASIDE,
    "order.cancelled": (*_SET_ASIDE, OBLIGATED),
    "claim.submitted": (RESERVED, CLAIMED),
    "claim.withdrawn": (RESERVED, CLAIMED),
    "claim.refused": (RESERVED, CLAIMED, *_OBLIGATE),
    "claim.approved": (RESERVED, CLAIMED, APPROVED, *_OBLIGATE, DELIVERED, SUBSIDY, PAYABLE, UNEXPENDED, APPROPRIATION_USED),
    "payout.released": (PAYABLE, RETURNED, TRANSIT),
    "payout.settled": (APPROVED, USED, DELIVERED, SPENT, TRANSIT, TREASURY),
    "payout.returned": (APPROVED, USED, DELIVERED, SPENT, TREASURY, RETURNED),
}


@dataclass
class _Draughtsman:
    """Puts one entry together: moves between accounts of the chart, all with the same dimensions."""

    event: str
    subject: str
    on: date
    terms: str = ""
    evidence: tuple[str, ...] = ()
    dimensions: dict[str, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    def move(self, money: Money, *, debit_to: tuple[ChartAccount, str], credit_to: tuple[ChartAccount, str]) -> None:
        """Debit one sub-account and credit another; nothing when there is nothing to move."""
        for account, _reference in (debit_to, credit_to):
            assert account in EVENTS[self.event], f"{self.event} may not touch {account.code}"
        if money:
            self.lines.append(debit(debit_to[0].of(debit_to[1], money.currency), money, **self.dimensions))
            self.lines.append(credit(credit_to[0].of(credit_to[1], money.currency), money, **self.dimensions))

    def draft(self, cause: str = "") -> Draft:
        """The entry; its cause is the event and its subject, so that it can be posted once only."""
        return Draft(cause=cause or f"{self.event} {self.subject}", event=self.event, effective_on=self.on,
                     lines=_one_line_an_account(self.lines), evidence=self.evidence, terms=self.terms)


def _one_line_an_account(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Several moves on one account are one posting, in the order of the first."""
    sums: dict[str, Line] = {}
    for line in lines:
        before = sums.get(line.account.name)
        sums[line.account.name] = line if before is None else replace(line, amount=before.amount + line.amount)
    return tuple(sums.values())


@dataclass(frozen=True)
class Case:
    """What an entry about a voucher needs to know besides the amounts."""

    voucher: Voucher
    fund_line: FundLine
    terms: str = ""

    def write(self, event: str, subject: str, on: date, evidence: tuple[str, ...] = (), **dimensions: str) -> _Draughtsman:
        """A blank entry with the dimensions of the case."""
        own = {"voucher": self.voucher.reference, "fund_line": self.fund_line.reference,
               "year": str(self.fund_line.year), "funder": self.fund_line.funder}
        return _Draughtsman(event, subject, on, self.terms, evidence, own | dimensions)

    def move_entitlement(self, entry: _Draughtsman, source: ChartAccount, target: ChartAccount, money: Money) -> None:
        """Between two credit accounts of the voucher."""
        entry.move(money, debit_to=(source, self.voucher.reference), credit_to=(target, self.voucher.reference))

    def move_budget(self, entry: _Draughtsman, source: ChartAccount, target: ChartAccount, money: Money) -> None:
        """Between two accounts of the fund line."""
        entry.move(money, debit_to=(source, self.fund_line.reference), credit_to=(target, self.fund_line.reference))


def case_of(session: Session, voucher: Voucher) -> Case:
    """The case of an issued voucher: its fund line and the digest of the terms that judge it."""
    assert voucher.fund_line_id is not None, f"{voucher.reference} was not issued"
    return Case(voucher, get(session, FundLine, voucher.fund_line_id), terms_version(session, voucher.terms_id).digest)


# --- the entries, in story order ---------------------------------------------------------------------------------------


def funds_appropriated(line: FundLine, amount: Money, document: str, on: date) -> Draft:
    """Money is voted: B110/B210 and F1100/F3200. The same document counts once."""
    entry = _Draughtsman("funds.appropriated", line.reference, on, dimensions=_of_line(line))
    entry.move(amount, debit_to=(APPROPRIATED, line.reference), credit_to=(UNALLOTTED, line.reference))
    entry.move(amount, debit_to=(TREASURY, line.reference), credit_to=(UNEXPENDED, line.reference))
    return entry.draft(f"funds.appropriated {line.reference} {document}")


def funds_allotted(line: FundLine, amount: Money, document: str, on: date) -> Draft:
    """Money is released to the programme: B210/B220."""
    entry = _Draughtsman("funds.allotted", line.reference, on, dimensions=_of_line(line))
    entry.move(amount, debit_to=(UNALLOTTED, line.reference), credit_to=(FREE, line.reference))
    return entry.draft(f"funds.allotted {line.reference} {document}")


def _of_line(line: FundLine) -> dict[str, str]:
    return {"fund_line": line.reference, "year": str(line.year), "funder": line.funder}


def voucher_issued(case: Case, on: date) -> Draft:
    """A conditional promise: V100/V210, B220/B230."""
    entry = case.write("voucher.issued", case.voucher.reference, on)
    entry.move(case.voucher.amount, debit_to=(ISSUED, case.voucher.reference), credit_to=(AVAILABLE, case.voucher.reference))
    case.move_budget(entry, FREE, COMMITTED, case.voucher.amount)
    return entry.draft()


def order_placed(case: Case, order: Order, on: date) -> Draft:
    """The voucher's part is reserved: V210/V220, B230/B235."""
    entry = case.write("order.placed", order.reference, on, order=order.reference, service=order.service_type)
    case.move_entitlement(entry, AVAILABLE, RESERVED, order.voucher_part)
    case.move_budget(entry, COMMITTED, SET_ASIDE, order.voucher_part)
    return entry.draft()


def order_accepted(case: Case, order: Order, on: date) -> Draft:
    """A contract exists and a third party relies on it: B235/B240."""
    entry = case.write("order.accepted", order.reference, on, order=order.reference, service=order.service_type)
    case.move_budget(entry, SET_ASIDE, OBLIGATED, order.voucher_part)
    return entry.draft()


def order_ended(case: Case, order: Order, event: str, *, obligated: bool, on: date) -> Draft:
    """An order is declined or cancelled: what it reserved, or obligated if it was accepted, is the voucher's again."""
    entry = case.write(event, order.reference, on, order=order.reference, service=order.service_type)
    case.move_entitlement(entry, RESERVED, AVAILABLE, order.voucher_part)
    case.move_budget(entry, OBLIGATED if obligated else SET_ASIDE, COMMITTED, order.voucher_part)
    return entry.draft()


def claim_submitted(case: Case, order: Order, claim: Claim, on: date, evidence: tuple[str, ...]) -> Draft:
    """What is asked for is set apart: V220/V230."""
    entry = case.write("claim.submitted", claim.reference, on, evidence, order=order.reference, claim=claim.reference)
    case.move_entitlement(entry, RESERVED, CLAIMED, claim.requested)
    return entry.draft()


def claim_withdrawn(case: Case, order: Order, claim: Claim, on: date) -> Draft:
    """What was asked for is only reserved again: V230/V220."""
    entry = case.write("claim.withdrawn", claim.reference, on, order=order.reference, claim=claim.reference)
    case.move_entitlement(entry, CLAIMED, RESERVED, claim.requested)
    return entry.draft()


def claim_refused(case: Case, order: Order, claim: Claim, on: date) -> Draft:
    """Nothing is paid: the whole part of the order is free for the voucher again."""
    entry = case.write("claim.refused", claim.reference, on, order=order.reference, claim=claim.reference)
    case.move_entitlement(entry, CLAIMED, RESERVED, claim.requested)
    case.move_entitlement(entry, RESERVED, AVAILABLE, order.voucher_part)
    case.move_budget(entry, OBLIGATED, COMMITTED, order.voucher_part)
    return entry.draft()


def claim_approved(case: Case, order: Order, claim: Claim, on: date, evidence: tuple[str, ...]) -> Draft:
    """The conditions are met: liability and expense, and the appropriation is used. What was cut, and what the order
    reserved beyond what was asked, is free for the voucher again (V210, B230)."""
    approved = claim.approved
    assert approved is not None
    entry = case.write("claim.approved", claim.reference, on, evidence, order=order.reference, claim=claim.reference)
    case.move_entitlement(entry, CLAIMED, APPROVED, approved)
    case.move_entitlement(entry, CLAIMED, AVAILABLE, claim.requested - approved)
    case.move_entitlement(entry, RESERVED, AVAILABLE, order.voucher_part - claim.requested)
    case.move_budget(entry, OBLIGATED, DELIVERED, approved)
    case.move_budget(entry, OBLIGATED, COMMITTED, order.voucher_part - approved)
    line = case.fund_line.reference
    entry.move(approved, debit_to=(SUBSIDY, line), credit_to=(PAYABLE, claim.reference))
    entry.move(approved, debit_to=(UNEXPENDED, line), credit_to=(APPROPRIATION_USED, line))
    return entry.draft()


def payout_released(case: Case, claim: Claim, payout: Payout, replaces: str, on: date) -> Draft:
    """The payment order goes out: what is owed is in transit. `replaces` names the returned payout, if it follows one."""
    entry = case.write("payout.released", payout.reference, on, claim=claim.reference, payout=payout.reference)
    owed = (RETURNED, replaces) if replaces else (PAYABLE, claim.reference)
    entry.move(payout.amount, debit_to=owed, credit_to=(TRANSIT, payout.reference))
    return entry.draft()


def payout_settled(case: Case, claim: Claim, payout: Payout, on: date, evidence: tuple[str, ...]) -> Draft:
    """The bank confirms: paid in all three books."""
    entry = case.write("payout.settled", payout.reference, on, evidence, claim=claim.reference, payout=payout.reference)
    case.move_entitlement(entry, APPROVED, USED, payout.amount)
    case.move_budget(entry, DELIVERED, SPENT, payout.amount)
    entry.move(payout.amount, debit_to=(TRANSIT, payout.reference), credit_to=(TREASURY, case.fund_line.reference))
    return entry.draft()


def payout_returned(case: Case, claim: Claim, payout: Payout, on: date, evidence: tuple[str, ...]) -> Draft:
    """The bank sends it back: owed again, and no longer paid in any book."""
    entry = case.write("payout.returned", payout.reference, on, evidence, claim=claim.reference, payout=payout.reference)
    case.move_entitlement(entry, USED, APPROVED, payout.amount)
    case.move_budget(entry, SPENT, DELIVERED, payout.amount)
    entry.move(payout.amount, debit_to=(TREASURY, case.fund_line.reference), credit_to=(RETURNED, payout.reference))
    return entry.draft()


# --- what the books say of a case --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VoucherPosition:
    """How a voucher stands; face = available + reserved + claimed + approved + paid, at every instant."""

    face: Money
    available: Money
    reserved: Money
    claimed: Money
    approved: Money
    paid: Money


@dataclass(frozen=True)
class FundLinePosition:
    """How a fund line stands; appropriated = unallotted + free + committed + reserved + obligated + delivered + paid."""

    appropriated: Money
    unallotted: Money
    free: Money
    committed: Money
    reserved: Money
    obligated: Money
    delivered: Money
    paid: Money


def voucher_position(session: Session, reference: str, currency: str) -> VoucherPosition:
    """How a voucher stands now, by the books."""
    return VoucherPosition(*_standing(session, (ISSUED, AVAILABLE, RESERVED, CLAIMED, APPROVED, USED), reference, currency))


def fund_line_position(session: Session, line: FundLine) -> FundLinePosition:
    """How a fund line stands now, by the books."""
    chain = (APPROPRIATED, UNALLOTTED, FREE, COMMITTED, SET_ASIDE, OBLIGATED, DELIVERED, SPENT)
    return FundLinePosition(*_standing(session, chain, line.reference, line.currency))


def _standing(session: Session, accounts: tuple[ChartAccount, ...], reference: str, currency: str) -> list[Money]:
    balances = ledger.balances(session, [account.of(reference, currency) for account in accounts])
    return [balance if account.normal == DEBIT else -balance for account, balance in zip(accounts, balances, strict=True)]
