"""The accounting manual: which accounts there are, and which entry each event makes in which book.

Three books answer three questions of one event, and each balances on its own: `entitlement` (how much may this holder
still use), `budget` (how much of the appropriation is free, committed, obligated, owed, spent: the status chain of public
budgeting), `financial` (what do we own and owe; accrual). A fourth layer, the books that a country's law asks for, is made
from the same events by a file (voucher/statutory).

Signs: a debit is positive. What people think of as an amount of budget, entitlement or debt stands in credit, so its
balance is negative here and may never rise above zero. That is what makes overspending and paying twice impossible rather
than forbidden.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from voucher import ledger
from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.deposits import Deposit, DepositState
from voucher.ledger import Account, Draft, Entry, Line, credit, debit
from voucher.money import Money, total
from voucher.orders import Order
from voucher.payouts import Payout
from voucher.programmes.funding import FundLine, shares_of
from voucher.programmes.programmes import TermsVersion, terms_version
from voucher.recoveries import Sum
from voucher.statutory.mapping import countries, mapping_of
from voucher.vouchers import Voucher

# --- the chart of accounts --------------------------------------------------------------------------------------------

DEBIT, CREDIT = "debit", "credit"


@dataclass(frozen=True)
class ChartAccount:
    """An account of the manual. Each voucher, fund line, claim, ... (`each`) has a sub-account of its own."""

    code: str
    name: str
    normal: str
    each: str
    zh: str
    en: str

    @property
    def book(self) -> str:
        """The book in which it is kept."""
        return self.name.partition(":")[0]

    def of(self, reference: str, currency: str) -> Account:
        """The sub-account of one voucher, fund line, claim, ...: it never stands on its wrong side."""
        if self.normal == DEBIT:
            return Account(f"{self.name}:{reference}", currency, lower=0, upper=None)
        return Account(f"{self.name}:{reference}", currency, lower=None, upper=0)


def _chart(each: str, *rows: tuple[str, str, str, str, str]) -> tuple[ChartAccount, ...]:
    return tuple(ChartAccount(code, name, normal, each, zh, en) for code, name, normal, zh, en in rows)


_VOUCHER = _chart(
    "voucher",
    ("V100", "entitlement:issued", DEBIT, "已发放额度", "Entitlement issued"),
    ("V210", "entitlement:available", CREDIT, "可用额度", "Available"),
    ("V220", "entitlement:reserved", CREDIT, "订单占用", "Reserved by orders"),
    ("V230", "entitlement:claimed", CREDIT, "申请兑付中", "Claimed"),
    ("V240", "entitlement:approved", CREDIT, "已核定", "Approved"),
    ("V250", "entitlement:paid", CREDIT, "已兑付", "Paid"),
    ("V310", "entitlement:expired", CREDIT, "已过期", "Expired"),
    ("V320", "entitlement:cancelled", CREDIT, "已注销", "Cancelled or given back"),
    ("V330", "entitlement:disallowed", CREDIT, "核减失效", "Disallowed and lapsed"),
    ("V340", "entitlement:clawed-back", CREDIT, "已追缴", "Clawed back"),
)
_FUND_LINE = _chart(
    "fund_line",
    ("B110", "budget:appropriated", DEBIT, "预算指标", "Appropriations received"),
    ("B115", "budget:over-issue", DEBIT, "批准超发额度", "Over-issue that finance consents to"),
    ("B210", "budget:unallotted", CREDIT, "未下达", "Unallotted"),
    ("B220", "budget:free", CREDIT, "已下达可用", "Allotted, free"),
    ("B216", "budget:over-issue-left", CREDIT, "可超发额度", "Over-issue not used yet"),
    ("B225", "budget:offered", CREDIT, "候补邀约占用", "Offered to the waiting list"),
    ("B230", "budget:committed", CREDIT, "已承诺", "Committed"),
    ("B231", "budget:uncovered", CREDIT, "超发承诺", "Committed beyond the allotment"),
    ("B235", "budget:reserved", CREDIT, "订单占用", "Reserved by orders"),
    ("B240", "budget:obligated", CREDIT, "已签约", "Obligated"),
    ("B250", "budget:delivered-unpaid", CREDIT, "已核定未付", "Delivered, unpaid"),
    ("B260", "budget:paid", CREDIT, "已支付", "Paid"),
    ("B270", "budget:carried-forward", CREDIT, "结转下年", "Carried forward to next year"),
    ("B280", "budget:lapsed", CREDIT, "收回", "Lapsed, given back"),
    ("F1100", "financial:asset:treasury", DEBIT, "银行存款", "Fund balance with treasury"),
    ("F2300", "financial:payable:treasury", CREDIT, "应缴财政款", "Due to treasury"),
    ("F2400", "financial:payable:accrued", CREDIT, "预提费用", "Accrued claims, not yet verified"),
    ("F3200", "financial:equity:unexpended", CREDIT, "未支用拨款", "Unexpended appropriation"),
    ("F4100", "financial:revenue:appropriation-used", CREDIT, "财政拨款收入", "Appropriation used"),
    ("F4200", "financial:revenue:transfers", CREDIT, "非同级财政拨款收入", "Transfers from other levels"),
    ("F5100", "financial:expense:subsidy", DEBIT, "业务活动费用—补助", "Voucher subsidy expense"),
    ("F5110", "financial:expense:awards", DEBIT, "业务活动费用—奖励", "Provider award expense"),
    ("F5190", "financial:expense:recovered", CREDIT, "当年追回冲减费用", "Recovered in the same year"),
    ("F5900", "financial:expense:written-off", DEBIT, "其他费用—核销", "Write-off"),
)
_CLAIM = _chart(
    "claim",
    ("F2100", "financial:payable:claims", CREDIT, "应付补贴款", "Voucher claims payable"),
    ("F2120", "financial:payable:disputed", CREDIT, "争议中应付款", "Disputed claims payable"),
)
_OTHERS = (
    ChartAccount("F1190", "financial:asset:payments-in-transit", CREDIT, "payout", "在途付款", "Payments in transit"),
    ChartAccount("F2150", "financial:payable:returned", CREDIT, "returned", "退回待付款", "Returned payments payable"),
    ChartAccount("F2200", "financial:payable:awards", CREDIT, "award", "应付奖励款", "Provider awards payable"),
    ChartAccount("F1310", "financial:asset:recoveries", DEBIT, "recovery", "应收追缴款", "Recoveries receivable"),
    ChartAccount("F2350", "financial:payable:refunds", CREDIT, "recovery", "应退追缴款", "Refunds of recoveries payable"),
    ChartAccount("F1320", "financial:asset:other-levels", DEBIT, "funder", "应收其他级次财政款", "Due from other government levels"),
    ChartAccount("F1330", "financial:asset:other-regions", DEBIT, "region", "应收其他地区款", "Due from other regions"),
    ChartAccount("F2330", "financial:payable:other-regions", CREDIT, "region", "应付其他地区款", "Due to other regions"),
    ChartAccount("F1150", "financial:asset:wallet", DEBIT, "deposit", "钱包专户存款", "Wallet cash held"),
    ChartAccount("F2500", "financial:payable:own-share", CREDIT, "deposit", "企业自付款", "SME own share held"),
    ChartAccount("F2510", "financial:payable:unmatched-deposits", CREDIT, "deposit", "待查存入款", "Unmatched deposits"),
)

CHART = (*_VOUCHER, *_FUND_LINE, *_CLAIM, *_OTHERS)
_BY_CODE = {account.code: account for account in CHART}


# What a holder can still order with.
AVAILABLE = _BY_CODE["V210"]


def chart_account(code: str) -> ChartAccount:
    """The account of the manual with that code."""
    return _BY_CODE[code]


def statutory_chart() -> tuple[ChartAccount, ...]:
    """The accounts of the statutory books of every country for which there is a file, by book and code."""
    used = {(mapping.country, rule.book, code) for mapping in map(mapping_of, countries())
            for rules in mapping.events.values() for rule in rules for code in (rule.debit, rule.credit)}
    return tuple(
        ChartAccount(f"{country}{code}", f"{book}:{code}", "", "fund_line", mapping_of(country).accounts[code].zh,
                     mapping_of(country).accounts[code].en)
        for country, book, code in sorted(used))


# --- what each event moves ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Move:
    """`amount` (by its name) goes to the debit of one account and the credit of another, both by code."""

    amount: str
    debit: ChartAccount
    credit: ChartAccount

    @property
    def of_fund_lines(self) -> bool:
        """Whether it concerns a fund line, and not only a voucher, claim or payout as a whole."""
        return "fund_line" in (self.debit.each, self.credit.each)


@dataclass(frozen=True)
class EventRule:
    """A kind of event and its moves. An entry of it touches these accounts and no others."""

    name: str
    zh: str
    en: str
    moves: tuple[Move, ...]

    @property
    def amounts(self) -> tuple[str, ...]:
        """The names of the amounts that it asks for."""
        return tuple(dict.fromkeys(move.amount for move in self.moves))


def _event(name: str, zh: str, en: str, *moves: str) -> EventRule:
    """A rule from lines such as "approved V230 V240": amount, debit, credit."""
    rows = (move.split() for move in moves)
    return EventRule(name, zh, en, tuple(Move(amount, _BY_CODE[left], _BY_CODE[right]) for amount, left, right in rows))


RULES = (
    _event("funds.appropriated", "预算拨付", "Money is voted", "amount B110 B210", "amount F1100 F3200"),
    _event("funds.allotted", "指标下达", "Money is allotted to the programme", "amount B210 B220"),
    _event("voucher.issued", "发放创新券", "A voucher is issued: a conditional promise",
           "face V100 V210", "face B220 B230", "uncovered B230 B220", "uncovered B216 B231"),
    _event("over_issue.allowed", "批准超发", "Finance consents that more is promised than is allotted", "amount B115 B216"),
    _event("over_issue.withdrawn", "收回超发", "Finance takes back what of it is not used", "amount B216 B115"),
    _event("over_issue.covered", "超发得到覆盖", "Part of every entry that frees money while promises are not covered",
           "amount B231 B230", "amount B220 B216"),
    _event("offer.made", "发出候补邀约", "A voucher is offered to one who waits", "face B220 B225"),
    _event("offer.ended", "候补邀约结束", "The offer is taken up, declined, or lapses", "face B225 B220"),
    _event("order.placed", "下单", "An order reserves its part", "part V210 V220", "part B230 B235"),
    _event("order.accepted", "接单", "The provider accepts: a contract exists", "part B235 B240"),
    _event("order.declined", "拒单", "The provider declines", "part V220 V210", "reserved B235 B230"),
    _event("order.cancelled", "取消订单", "The SME cancels",
           "part V220 V210", "reserved B235 B230", "obligated B240 B230"),
    _event("order.lapsed", "订单失效", "Nobody takes or begins it in time",
           "part V220 V210", "reserved B235 B230", "obligated B240 B230"),
    _event("order.unclaimed", "逾期未申请兑付", "What is not claimed by its last day is reserved no longer",
           "part V220 V210", "reserved B235 B230", "obligated B240 B230"),
    _event("order.amended", "变更订单", "An agreed version of an order takes another part",
           "raised V210 V220", "lowered V220 V210", "reserved B230 B235", "unreserved B235 B230",
           "obligated B230 B240", "freed B240 B230"),
    _event("claim.submitted", "申请兑付", "A claim is filed", "requested V220 V230"),
    _event("claim.withdrawn", "撤回申请", "A claim is withdrawn, or lapses uncorrected", "requested V230 V220"),
    _event("claim.resubmitted", "更正后重新申请", "A corrected claim asks for more or less", "more V220 V230", "less V230 V220"),
    _event("claim.refused", "不予兑付", "A claim is refused: what it asked for is free again, or lapses by the terms",
           "cut V230 V210", "unasked V220 V210", "lapsed V230 V330", "freed B240 B230", "lapsed B240 B220"),
    _event("claim.approved", "核定兑付", "A claim is approved: liability and expense; what was cut is free again, or lapses by the terms",
           "approved V230 V240", "cut V230 V210", "unasked V220 V210", "lapsed V230 V330",
           "approved B240 B250", "freed B240 B230", "lapsed B240 B220",
           "approved F5100 F2100", "own F3200 F4100", "advanced F1320 F4200"),
    _event("approval.undone", "撤销核定", "An approval is taken back: the amount is only claimed, or only reserved again",
           "claimed V240 V230", "reserved V240 V220", "approved B250 B240",
           "undisputed F2100 F5100", "disputed F2120 F5100", "returned F2150 F5100", "approved F4100 F3200"),
    _event("claim.appealed", "申诉暂留", "What was cut is held once more while an appeal is decided",
           "available V210 V220", "expired V310 V220", "disallowed V330 V220",
           "available B230 B240", "expired B220 B240", "disallowed B220 B240"),
    _event("appeal.ended", "申诉结束", "What was held for an appeal and is not given is free again, or lapses by the terms",
           "part V220 V210", "lapsed V220 V330", "part B240 B230", "lapsed B240 B220"),
    _event("claim.disputed", "异议暂缓", "An objection holds a payable", "amount F2100 F2120"),
    _event("claim.undisputed", "异议解除", "The objection is dismissed", "amount F2120 F2100"),
    _event("payout.released", "付款放行", "The payment order goes out", "amount F2100 F1190"),
    _event("payout.recalled", "撤回付款", "A payment order that has not left the house is taken back",
           "approved F1190 F2100", "returned F1190 F2150"),
    _event("payout.reissued", "重新付款", "The payment order goes out again, to a mended account", "amount F2150 F1190"),
    _event("payout.settled", "银行确认到账", "The bank confirms", "amount V240 V250", "amount B250 B260", "amount F1190 F1100"),
    _event("payout.offset", "抵扣追缴款", "What was approved is set off against a recovery: paid without the bank",
           "amount V240 V250", "amount B250 B260", "approved F2100 F1100", "returned F2150 F1100"),
    _event("payout.returned", "银行退回", "The bank sends it back", "amount V250 V240", "amount B260 B250", "amount F1100 F2150"),
    _event("voucher.expired", "到期收回", "The free balance expires", "amount V210 V310", "amount B230 B220"),
    _event("voucher.cancelled", "注销或退回", "The free balance is cancelled or given back", "amount V210 V320", "amount B230 B220"),
    _event("award.decided", "核定机构奖励", "A provider's award is decided",
           "amount B220 B250", "amount F5110 F2200", "amount F3200 F4100"),
    _event("award.released", "奖励付款放行", "An award's payment order goes out", "amount F2200 F1190"),
    _event("award.recalled", "撤回奖励付款", "An award's payment order that has not left the house is taken back",
           "approved F1190 F2200", "returned F1190 F2150"),
    _event("award.settled", "奖励到账", "The bank confirms an award", "amount B250 B260", "amount F1190 F1100"),
    _event("award.offset", "奖励抵扣追缴款", "An award is set off against a recovery: paid without the bank",
           "amount B250 B260", "approved F2200 F1100", "returned F2150 F1100"),
    _event("award.returned", "奖励被银行退回", "The bank sends an award back", "amount B260 B250", "amount F1100 F2150"),
    _event("recovery.decided", "当年追缴决定", "Money of this year is asked back", "principal F1310 F5190", "interest F1310 F2300"),
    _event("recovery.collected", "当年追缴到账", "Money of this year comes back",
           "principal V250 V340", "principal B260 B220", "principal F1100 F1310", "principal F4100 F3200",
           "interest F1100 F1310"),
    _event("recovery.annulled", "当年追缴撤销", "A decision to ask money of this year back is annulled",
           "principal F5190 F1310", "interest F2300 F1310"),
    _event("recovery.refund_due", "当年追缴应退", "What came in on a decision of this year that does not stand has to go back",
           "principal V340 V240", "principal B220 B250", "principal F5190 F2350", "principal F3200 F4100", "interest F2300 F2350"),
    _event("recovery.refunded", "当年追缴退款", "It has gone back",
           "principal V240 V250", "principal B250 B260", "principal F2350 F1100", "interest F2350 F1100"),
    _event("recovery.written_off", "当年追缴核销", "Money of this year is given up, with authority",
           "principal F5900 F1310", "interest F2300 F1310"),
    _event("recovery.carried", "当年追缴跨年", "The year ends before it came: it is the treasury's now", "principal F5190 F2300"),
    _event("interest.remitted", "利息上缴", "Interest goes to the treasury", "amount F2300 F1100"),
    _event("prior.decided", "以前年度追缴决定", "Money of an earlier year is asked back",
           "amount F1310 F2300", "interest F1310 F2300"),
    _event("prior.annulled", "以前年度追缴撤销", "A decision to ask money of an earlier year back is annulled",
           "amount F2300 F1310", "interest F2300 F1310"),
    _event("prior.collected", "以前年度追缴到账", "Money of an earlier year comes back",
           "clawed V250 V340", "amount F1100 F1310", "interest F1100 F1310"),
    _event("prior.refund_due", "以前年度追缴应退", "What came in of an earlier year on a decision that does not stand has to go back",
           "amount F2300 F2350", "interest F2300 F2350"),
    _event("prior.refunded", "以前年度追缴退款", "It has gone back",
           "clawed V340 V250", "amount F2350 F1100", "interest F2350 F1100"),
    _event("prior.remitted", "以前年度追缴上缴", "Money of an earlier year goes to the treasury", "amount F2300 F1100"),
    _event("prior.written_off", "核销", "A receivable is written off, with authority",
           "amount F2300 F1310", "interest F2300 F1310"),
    _event("year.accrued", "年末预提", "Delivered but not verified at the year's end: an estimate", "amount F5100 F2400"),
    _event("year.accrual_reversed", "预提冲回", "The estimate is taken back on the first day", "amount F2400 F5100"),
    _event("year.lapsed", "年末收回", "Free money lapses at the year's end",
           "unallotted B210 B280", "free B220 B280", "returned F3200 F1100"),
    _event("year.carried", "结转下年", "Open orders are carried forward", "amount B240 B270"),
    _event("year.opened", "上年结转", "What was carried forward is there again", "amount B110 B240"),
    _event("funder.settled", "其他级次财政归垫", "Another level pays its share back", "amount F1100 F1320"),
    _event("region.owed", "应付外地", "Another region paid a provider for us", "amount F5100 F2330"),
    _event("region.advanced", "代外地支付", "We paid a provider for another region", "amount F1330 F1100"),
    _event("region.netted", "地区间轧差", "What regions owe each other is netted, the rest paid",
           "offset F2330 F1330", "paid F2330 F1100", "received F1100 F1330"),
    _event("deposit.unmatched", "待查存款", "A deposit of the wrong amount arrives", "amount F1150 F2510"),
    _event("deposit.sent_back", "退回存款", "It is sent back", "amount F2510 F1150"),
    _event("deposit.received", "自付款存入", "The SME's own share arrives in the wallet", "amount F1150 F2500"),
    _event("deposit.released", "自付款付出", "A payment order over a deposit goes out: to the provider, or back",
           "own F2500 F1190", "wrong F2510 F1190"),
    _event("deposit.recalled", "撤回存款付款", "A payment order over a deposit that has not left the house is taken back",
           "own F1190 F2500", "wrong F1190 F2510", "returned F1190 F2150"),
    _event("deposit.settled", "自付款到账", "The bank confirms it", "amount F1190 F1150"),
    _event("deposit.returned", "自付款被银行退回", "The bank sends it back", "amount F1150 F2150"),
    _event("deposit.reissued", "自付款重新付出", "It goes out again, to a mended account", "amount F2150 F1190"),
    _event("deposit.topped_up", "补助存入", "The office tops the wallet up", "amount F1150 F1100"),
    _event("wallet.verified", "钱包核定", "A wallet's claim is verified", "amount F5100 F2100"),
    _event("wallet.paid", "钱包支付", "The wallet pays the provider", "own_share F2500 F1150", "amount F2100 F1150"),
)

EVENTS: Mapping[str, EventRule] = {rule.name: rule for rule in RULES}


# --- how an entry is written -------------------------------------------------------------------------------------------

# Whose sub-accounts an entry touches, and what its postings say they are about: "voucher" -> "V-2026-00001-4", ...
Places = Mapping[str, str]
# What one of several fund lines bears: where, and the amounts by name.
Part = tuple[Places, Mapping[str, Money]]


def entry(
    event: str, subject: str, on: date, amounts: Mapping[str, Money], places: Places, *, country: str = "",
    cause: str = "", evidence: tuple[str, ...] = (), terms: str = "", memo: str = "", parts: Sequence[Part] = (),
) -> Draft:
    """The entry of an event in every book, the statutory ones of the country included; moves of nothing are left out.

    Its cause is the event and its subject unless another is given, so that it can be posted once only. Where several fund
    lines bear it, `parts` says what each bears, and what concerns a fund line is posted part by part.
    """
    rule = EVENTS[event]
    assert set(amounts) <= set(rule.amounts), f"{event} knows no {sorted(set(amounts) - set(rule.amounts))}"
    borne = parts or ((places, amounts),)
    lines = [line for move in rule.moves
             for where, some in (borne if move.of_fund_lines else ((places, amounts),)) if some.get(move.amount)
             for line in _lines(move, some[move.amount], {**places, **where})]
    lines += [line for law in mapping_of(country).rules(event) for where, some in borne if some.get(law.amount)
              for line in law.lines(some[law.amount], {**places, **where})]
    return Draft(cause=cause or f"{event} {subject}", event=event, effective_on=on, lines=_one_line_an_account(lines),
                 memo=memo, evidence=evidence, terms=terms)


def _lines(move: Move, money: Money, places: Places) -> tuple[Line, Line]:
    left, right = (account.of(places[account.each], money.currency) for account in (move.debit, move.credit))
    return debit(left, money, **places), credit(right, money, **places)


def _one_line_an_account(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Several moves on one account are one posting, in the order of the first."""
    sums: dict[str, Line] = {}
    for line in lines:
        before = sums.get(line.account.name, replace(line, amount=Money.zero(line.amount.currency)))
        common = tuple(each for each in before.dimensions if each in line.dimensions)
        sums[line.account.name] = replace(line, amount=before.amount + line.amount, dimensions=common)
    return tuple(sums.values())


def free_money_moved(draft: Draft) -> dict[str, Money]:
    """What an entry gives to the free money of fund lines, by their references; below zero, what it takes."""
    free = _BY_CODE["B220"].name + ":"
    return {line.account.name.removeprefix(free): -line.amount for line in draft.lines if line.account.name.startswith(free)}


def free_money(line: FundLine) -> Account:
    """The account in which the free money of a fund line stands."""
    return _BY_CODE["B220"].of(line.reference, line.currency)


def over_issue_of(session: Session, line: FundLine) -> Money:
    """How much finance lets be promised from a fund line beyond what is allotted to it."""
    return _standing(session, ("B115",), line.reference, line.currency)[0]


def room_in(session: Session, line: FundLine) -> Money:
    """For how much vouchers can be issued from a fund line: what is free, and what finance lets be promised beyond that."""
    position = fund_line_position(session, line)
    return position.free + position.over_issue_left


def uncovered_of(session: Session, line: FundLine) -> Money:
    """What was promised from a fund line beyond what is allotted to it."""
    return _standing(session, ("B231",), line.reference, line.currency)[0]


def covering(draft: Draft, line: FundLine, amount: Money) -> Draft:
    """An entry that frees money, of which this amount goes to promises that nothing covered until now."""
    moves = EVENTS["over_issue.covered"].moves
    more = [each for move in moves for each in _lines(move, amount, _places(line))]
    return replace(draft, lines=_one_line_an_account([*draft.lines, *more]))


def covered_by(draft: Draft | Entry, line: FundLine) -> Money:
    """How much of what an entry freed went to promises that nothing covered."""
    name = _BY_CODE["B216"].of(line.reference, line.currency).name
    return -total((each.amount for each in draft.lines if each.account.name == name), line.currency)


# An amount as the fund lines of a case bear it, in their order.
Spread = tuple[Money, ...]


@dataclass(frozen=True)
class Case:
    """What an entry about an issued voucher needs to know: the fund lines that bear it, and what each bears of what."""

    voucher: Voucher
    funds: tuple[FundLine, ...]
    shares: Mapping[UUID, Mapping[UUID, int]]
    terms: str = ""
    country: str = ""

    def spread(self, subject_id: UUID) -> Spread:
        """What the fund lines bear of the voucher, an order or a claim."""
        borne = self.shares[subject_id]
        return tuple(Money(borne.get(line.id, 0), self.voucher.currency) for line in self.funds)

    def entry(self, event: str, subject: str, on: date, amounts: Mapping[str, Money | Spread],
              evidence: tuple[str, ...] = (), cause: str = "", **places: str) -> Draft:
        """An entry of this case. An amount that no fund line bears is plain Money; `cause` is for what may happen again."""
        own = {"voucher": self.voucher.reference} | places
        return _borne_by(self.funds, event, subject, on, amounts, own, evidence, cause, self.terms, self.country)


def _borne_by(
    funds: Sequence[FundLine], event: str, subject: str, on: date, amounts: Mapping[str, Money | Spread], places: Places,
    evidence: tuple[str, ...], cause: str, terms: str, country: str,
) -> Draft:
    """An entry that these fund lines bear; an amount that none of them bears is plain Money."""
    spreads = {name: amount for name, amount in amounts.items() if isinstance(amount, tuple)}
    totals = {name: total(amount, funds[0].currency) if isinstance(amount, tuple) else amount for name, amount in amounts.items()}
    parts = [(_places(line), {name: spread[at] for name, spread in spreads.items()}) for at, line in enumerate(funds)]
    only = _places(funds[0]) if len(funds) == 1 else {}
    return entry(event, subject, on, totals, {**only, **places}, country=country, cause=cause, evidence=evidence, terms=terms, parts=parts)


def _places(line: FundLine) -> dict[str, str]:
    return {"fund_line": line.reference, "year": str(line.year), "funder": line.funder}


def case_of(session: Session, voucher: Voucher, *subjects: UUID) -> Case:
    """The case of an issued voucher, with what the fund lines bear of it and of the orders and claims that are named."""
    version = terms_version(session, voucher.terms_id)
    shares = shares_of(session, voucher.id, *subjects)
    funds = session.exec(select(FundLine).where(col(FundLine.id).in_(shares[voucher.id])).order_by(col(FundLine.id))).all()
    assert funds, f"{voucher.reference} was not issued"
    return Case(voucher, tuple(funds), shares, version.digest, version.terms.programme.country)


def cases_of_claims(session: Session, claims: Collection[UUID]) -> dict[UUID, tuple[Claim, Case]]:
    """Each of these claims with its case, in a handful of questions however many they are."""
    rows = session.exec(select(Claim, Voucher).join(Order, col(Order.id) == Claim.order_id)
                        .join(Voucher, col(Voucher.id) == Order.voucher_id).where(col(Claim.id).in_(set(claims)))).all()
    reduced = session.exec(select(Payout.claim_id, Payout.id).where(col(Payout.claim_id).in_(set(claims)), Payout.offset_minor > 0)).all()
    shares = shares_of(session, *{voucher.id for _claim, voucher in rows}, *{claim.id for claim, _voucher in rows},
                       *{payout for _claim, payout in reduced})
    bearing = {line for borne in shares.values() for line in borne}
    funds = session.exec(select(FundLine).where(col(FundLine.id).in_(bearing)).order_by(col(FundLine.id))).all()
    versions = {key: terms_version(session, key) for key in {voucher.terms_id for _claim, voucher in rows}}
    return {claim.id: (claim, _case(versions[voucher.terms_id], voucher, funds, {
        subject: shares[subject] for subject in (voucher.id, claim.id, *(payout for of, payout in reduced if of == claim.id))}))
        for claim, voucher in rows}


def cases_of_vouchers(session: Session, vouchers: Sequence[Voucher]) -> list[Case]:
    """The case of each of these issued vouchers, in a handful of questions however many they are."""
    shares = shares_of(session, *(voucher.id for voucher in vouchers))
    bearing = {line for borne in shares.values() for line in borne}
    funds = session.exec(select(FundLine).where(col(FundLine.id).in_(bearing)).order_by(col(FundLine.id))).all()
    versions = {key: terms_version(session, key) for key in {voucher.terms_id for voucher in vouchers}}
    return [_case(versions[voucher.terms_id], voucher, funds, {voucher.id: shares[voucher.id]}) for voucher in vouchers]


def _case(
    version: TermsVersion, voucher: Voucher, funds: Sequence[FundLine], shares: Mapping[UUID, Mapping[UUID, int]]
) -> Case:
    bearers = tuple(line for line in funds if line.id in shares[voucher.id])
    return Case(voucher, bearers, shares, version.digest, version.terms.programme.country)


@dataclass(frozen=True)
class ClaimOwed:
    """What a payout pays, as its entries need to know it: a claim in its case."""

    case: Case
    claim: Claim

    @property
    def reference(self) -> str:
        """What is paid."""
        return self.claim.reference

    @property
    def case_name(self) -> str:
        """To what the events of the payout belong: the voucher's reference."""
        return self.case.voucher.reference

    @property
    def funds(self) -> tuple[FundLine, ...]:
        """Whose money it is."""
        return self.case.funds

    def spread(self, payout: Payout) -> Spread:
        """What the fund lines bear of what goes to the bank: all of the claim, unless part of it was set off."""
        return self.case.spread(payout.id if payout.offset_minor else self.claim.id)

    def entry(self, what: str, payout: Payout, on: date, amounts: Mapping[str, Money | Spread], evidence: tuple[str, ...] = (),
              cause: str = "", **places: str) -> Draft:
        """An entry about the payout."""
        return self.case.entry(f"payout.{what}", payout.reference, on, amounts, evidence, cause, claim=self.claim.reference,
                               payout=payout.reference, **places)


@dataclass(frozen=True)
class AwardOwed:
    """What a payout pays, where that is an award: no voucher knows of it."""

    award: ProviderAward
    funds: tuple[FundLine, ...]
    shares: Mapping[UUID, Mapping[UUID, int]]
    terms: str = ""
    country: str = ""

    @property
    def reference(self) -> str:
        """What is paid."""
        return self.award.reference

    @property
    def case_name(self) -> str:
        """To what the events of the payout belong: the award itself."""
        return self.award.reference

    def spread(self, payout: Payout | None = None) -> Spread:
        """What the fund lines bear of what goes to the bank, or of the award as a whole."""
        borne = self.shares[payout.id if payout is not None and payout.offset_minor else self.award.id]
        return tuple(Money(borne.get(line.id, 0), self.award.currency) for line in self.funds)

    def entry(self, what: str, payout: Payout | None, on: date, amounts: Mapping[str, Money | Spread], evidence: tuple[str, ...] = (),
              cause: str = "", **places: str) -> Draft:
        """An entry about the award, or about its payout. To a mended account awards are paid as claims are."""
        event = f"payout.{what}" if what == "reissued" else f"award.{what}"
        about = {"award": self.award.reference} | ({"payout": payout.reference} if payout else {})
        return _borne_by(self.funds, event, payout.reference if payout else self.award.reference, on, amounts, about | places,
                         evidence, cause, self.terms, self.country)


@dataclass(frozen=True)
class DepositOwed:
    """What a payout pays, where that is money a firm paid in: no fund line bears it, and no law's books count it as ours."""

    deposit: Deposit
    places: Places

    funds: tuple[FundLine, ...] = ()

    @property
    def reference(self) -> str:
        """What is paid."""
        return self.deposit.reference

    @property
    def case_name(self) -> str:
        """To what the events of the payout belong: the voucher's reference, or the deposit itself where nobody knows of one."""
        return self.places.get("voucher", self.deposit.reference)

    def spread(self, payout: Payout) -> Spread:
        """All that goes to the bank."""
        return (payout.amount,)

    def entry(self, what: str, payout: Payout, on: date, amounts: Mapping[str, Money | Spread], evidence: tuple[str, ...] = (),
              cause: str = "", **places: str) -> Draft:
        """An entry about the payout. What came in wrong is owed on another account than an own share."""
        owed = "wrong" if self.deposit.state == DepositState.REFUSED else "own"
        kind = {"released": owed, "recalled": "returned" if "returned" in amounts else owed}.get(what, "amount")
        return entry(f"deposit.{what}", payout.reference, on, {kind: payout.amount}, {**self.places, "payout": payout.reference, **places},
                     cause=cause, evidence=evidence)


Owed = ClaimOwed | AwardOwed | DepositOwed


def owed_by(session: Session, payouts: Collection[Payout]) -> dict[UUID, Owed]:
    """What each of these payouts pays, in a handful of questions however many they are."""
    cases = cases_of_claims(session, {payout.claim_id for payout in payouts if payout.claim_id})
    awards = awards_owed(session, {payout.award_id for payout in payouts if payout.award_id})
    deposits = deposits_owed(session, {payout.deposit_id for payout in payouts if payout.deposit_id})
    found: dict[UUID, Owed] = {}
    for payout in payouts:
        if payout.award_id:
            found[payout.id] = awards[payout.award_id]
        elif payout.deposit_id:
            found[payout.id] = deposits[payout.deposit_id]
        else:
            assert payout.claim_id is not None, "a payout has one source"
            claim, case = cases[payout.claim_id]
            found[payout.id] = ClaimOwed(case, claim)
    return found


def awards_owed(session: Session, awards: Collection[UUID]) -> dict[UUID, AwardOwed]:
    """Each of these decided awards with the fund lines that bear it."""
    if not awards:
        return {}
    reduced = session.exec(select(Payout.award_id, Payout.id).where(col(Payout.award_id).in_(awards), Payout.offset_minor > 0)).all()
    shares = shares_of(session, *awards, *(payout for _award, payout in reduced))
    found = {}
    for award in session.exec(select(ProviderAward).where(col(ProviderAward.id).in_(awards))):
        funds = session.exec(select(FundLine).where(col(FundLine.id).in_(shares[award.id])).order_by(col(FundLine.id))).all()
        version = terms_version(session, award.terms_id)
        found[award.id] = AwardOwed(award, tuple(funds), shares, version.digest, version.terms.programme.country)
    return found


def deposits_owed(session: Session, deposits: Collection[UUID]) -> dict[UUID, DepositOwed]:
    """Each of these deposits with the order and voucher to which it belongs, if to any."""
    if not deposits:
        return {}
    rows = session.exec(select(Deposit, Order.reference, Voucher.reference).outerjoin(Order, col(Order.id) == Deposit.order_id)
                        .outerjoin(Voucher, col(Voucher.id) == Order.voucher_id).where(col(Deposit.id).in_(deposits)))
    return {deposit.id: DepositOwed(deposit, _of_deposit(deposit, order, voucher)) for deposit, order, voucher in rows}


def _of_deposit(deposit: Deposit, order: str | None, voucher: str | None) -> Places:
    return {"deposit": deposit.reference} | ({"order": order, "voucher": voucher} if order and voucher else {})


def deposit_came(session: Session, deposit: Deposit, on: date, evidence: tuple[str, ...]) -> Draft:
    """A firm's money is in the wallet: its own part of an order, or money that came in wrong and goes back."""
    event = "deposit.unmatched" if deposit.state == DepositState.REFUSED else "deposit.received"
    places = deposits_owed(session, {deposit.id})[deposit.id].places
    return entry(event, deposit.reference, on, {"amount": deposit.amount}, places, evidence=evidence)


def plus(whole: Spread, more: Spread) -> Spread:
    """Two spreads together, fund line by fund line."""
    return tuple(each + some for each, some in zip(whole, more, strict=True))


def less(whole: Spread, part: Spread) -> Spread:
    """What is left of a spread, fund line by fund line."""
    return tuple(each - some for each, some in zip(whole, part, strict=True))


# --- the entries of the story, in its order ----------------------------------------------------------------------------


def funds_appropriated(line: FundLine, amount: Money, document: str, on: date) -> Draft:
    """Money is voted. The same document counts once."""
    return entry("funds.appropriated", line.reference, on, {"amount": amount}, _places(line),
                 cause=f"funds.appropriated {line.reference} {document}")


def funds_allotted(line: FundLine, amount: Money, document: str, on: date) -> Draft:
    """Money is released to the programme. The same document counts once."""
    return entry("funds.allotted", line.reference, on, {"amount": amount}, _places(line),
                 cause=f"funds.allotted {line.reference} {document}")


def voucher_issued(case: Case, on: date, uncovered: Spread | None = None) -> Draft:
    """A conditional promise; `uncovered` is what of it no allotment covers, fund line by fund line."""
    beyond = {"uncovered": uncovered} if uncovered else {}
    return case.entry("voucher.issued", case.voucher.reference, on, {"face": case.spread(case.voucher.id)} | beyond)


def over_issue_allowed(line: FundLine, amount: Money, document: str, on: date) -> Draft:
    """Finance consents that so much more is promised. The same document counts once."""
    return entry("over_issue.allowed", line.reference, on, {"amount": amount}, _places(line),
                 cause=f"over_issue.allowed {line.reference} {document}")


def over_issue_withdrawn(line: FundLine, amount: Money, document: str, on: date) -> Draft:
    """What of it is not used ends. The same document counts once."""
    return entry("over_issue.withdrawn", line.reference, on, {"amount": amount}, _places(line),
                 cause=f"over_issue.withdrawn {line.reference} {document}")


def offer_made(case: Case, on: date) -> Draft:
    """The money of a voucher is set apart for one who waits."""
    return case.entry("offer.made", case.voucher.reference, on, {"face": case.spread(case.voucher.id)})


def offer_ended(case: Case, on: date) -> Draft:
    """What was set apart is free again; whoever takes the offer up is issued his voucher from it at once."""
    return case.entry("offer.ended", case.voucher.reference, on, {"face": case.spread(case.voucher.id)})


def remainder_ended(case: Case, event: str, amount: Spread, ended: Money, on: date) -> Draft:
    """What is left to use of a voucher expires, or is cancelled or given back: `ended` so far, with this."""
    draft = case.entry(event, case.voucher.reference, on, {"amount": amount})
    return replace(draft, cause=f"{event} {case.voucher.reference} up to {ended}")


def freed_vouchers(draft: Draft) -> list[str]:
    """The vouchers to which an entry gives something back that can be used again, by their references."""
    account = f"{_BY_CODE['V210'].name}:"
    return [] if draft.event == "voucher.issued" else [
        line.account.name.removeprefix(account) for line in draft.lines if line.account.name.startswith(account) and line.amount.minor < 0]


def given_back(draft: Draft, voucher: Voucher) -> Money:
    """What an entry gives back to a voucher that can be used again; below zero, what it takes."""
    account = _BY_CODE["V210"].of(voucher.reference, voucher.currency)
    return -total((line.amount for line in draft.lines if line.account == account), voucher.currency)


def order_placed(case: Case, order: Order, on: date) -> Draft:
    """The voucher's part is reserved."""
    return _of_order(case, order, "order.placed", on, {"part": case.spread(order.id)})


def order_accepted(case: Case, order: Order, on: date) -> Draft:
    """A contract exists and a third party relies on it."""
    return _of_order(case, order, "order.accepted", on, {"part": case.spread(order.id)})


def order_off(
    case: Case, order: Order, event: str, on: date, *, obligated: bool, part: Spread | None = None, because: str = ""
) -> Draft:
    """An order comes to nothing: what it reserved, or obligated if the provider had accepted it, is the voucher's again.

    `part` is what is left of one that was paid in part; `because` of what, where that may happen more than once.
    """
    part = part or case.spread(order.id)
    return _of_order(case, order, event, on, {"part": part, "obligated" if obligated else "reserved": part},
                     f"{event} {order.reference} {because}" if because else "")


def order_unclaimed(case: Case, order: Order, part: Spread, on: date, *, obligated: bool, cause: str) -> Draft:
    """What nobody claimed of an order in time is the voucher's again, whose own time is over. It may happen twice: `cause` says which."""
    return _of_order(case, order, "order.unclaimed", on, {"part": part, "obligated" if obligated else "reserved": part}, cause)


def order_amended(case: Case, order: Order, before: Spread, on: date, *, obligated: bool) -> Draft:
    """The part of an order's new version in place of what the fund lines bore `before`: the difference alone moves."""
    more, fewer = (tuple(max(each, Money.zero(each.currency), key=lambda money: money.minor) for each in difference)
                   for difference in (less(case.spread(order.id), before), less(before, case.spread(order.id))))
    change = total(more, order.currency) - total(fewer, order.currency)
    up, down = ("obligated", "freed") if obligated else ("reserved", "unreserved")
    whole = Money(abs(change.minor), order.currency)
    return _of_order(case, order, "order.amended", on,
                     {up: more, down: fewer, "raised" if change.minor > 0 else "lowered": whole},
                     f"order.amended {order.reference} v{order.version}")


def _of_order(case: Case, order: Order, event: str, on: date, amounts: Mapping[str, Money | Spread], cause: str = "") -> Draft:
    return case.entry(event, order.reference, on, amounts, cause=cause, order=order.reference, service=order.service_type)


def claim_submitted(case: Case, order: Order, claim: Claim, on: date, evidence: tuple[str, ...]) -> Draft:
    """What is asked for is set apart."""
    return _of_claim(case, order, claim, "claim.submitted", on, evidence, requested=claim.requested)


def claim_resubmitted(case: Case, order: Order, claim: Claim, before: Money, on: date, evidence: tuple[str, ...]) -> Draft:
    """A corrected claim asks for something else than `before`: as much more or less is set apart."""
    change = claim.requested - before
    amounts: dict[str, Money | Spread] = {"more": change} if change.minor > 0 else {"less": before - claim.requested}
    return replace(_of_claim(case, order, claim, "claim.resubmitted", on, evidence, **amounts),
                   cause=f"claim.resubmitted {claim.reference} {claim.version}")


def approval_undone(
    case: Case, order: Order, claim: Claim, on: date, *, because: str, claimed: bool, disputed: bool = False, returned: str = ""
) -> Draft:
    """Liability and expense are taken back; the amount is claimed again, or only reserved. `because` of what, once each.

    `returned` is the payout that the bank sent back, if it did: the liability is towards its payee since then.
    """
    approved = case.spread(claim.id)
    amounts: dict[str, Money | Spread] = {
        "approved": approved, "claimed" if claimed else "reserved": total(approved, claim.currency),
        "returned" if returned else "disputed" if disputed else "undisputed": approved}
    return case.entry("approval.undone", claim.reference, on, amounts, order=order.reference, claim=claim.reference,
                      service=order.service_type, returned=returned, cause=f"approval.undone {claim.reference} {because}")


def claim_disputed(case: Case, order: Order, claim: Claim, on: date, objection: str, *, disputed: bool) -> Draft:
    """What is owed on a claim is disputed by an objection, or so no more."""
    event = "claim.disputed" if disputed else "claim.undisputed"
    amounts: dict[str, Money | Spread] = {"amount": total(case.spread(claim.id), claim.currency)}
    return replace(_of_claim(case, order, claim, event, on, (), **amounts), cause=f"{event} {claim.reference} {objection}")


def claim_withdrawn(case: Case, order: Order, claim: Claim, on: date) -> Draft:
    """What was asked for is only reserved again."""
    return _of_claim(case, order, claim, "claim.withdrawn", on, (), requested=claim.requested)


def claim_appealed(case: Case, order: Order, claim: Claim, on: date, *, available: Spread, expired: Spread, disallowed: Spread) -> Draft:
    """What was cut is held once more while an appeal is decided: of what is left to use, else of what expired or lapsed."""
    return _of_claim(case, order, claim, "claim.appealed", on, (), available=available, expired=expired, disallowed=disallowed)


def appeal_ended(case: Case, order: Order, appeal: str, on: date, part: Spread, *, lapses: bool) -> Draft:
    """What was held for an appeal and is not given is free again, or lapses by the terms."""
    return case.entry("appeal.ended", appeal, on, {"lapsed" if lapses else "part": part}, order=order.reference, service=order.service_type)


@dataclass(frozen=True)
class Released:
    """What an order holds no more once a claim on it is decided: what was `cut` of the claim, and what nobody asked for.

    Of both together the fund lines bore `freed`, which is the voucher's again, and `lapsed`, which is gone: all of what was
    cut, or nothing.
    """

    cut: Money
    unasked: Money
    freed: Spread
    lapsed: Spread

    @property
    def amounts(self) -> dict[str, Money | Spread]:
        """The amounts of an entry by their names."""
        gone = total(self.lapsed, self.cut.currency)
        return {"cut": self.cut - gone, "unasked": self.unasked, "freed": self.freed, "lapsed": self.lapsed}


def claim_refused(case: Case, order: Order, claim: Claim, on: date, released: Released) -> Draft:
    """Nothing is paid of it."""
    return _of_claim(case, order, claim, "claim.refused", on, (), **released.amounts)


def claim_approved(
    case: Case, order: Order, claim: Claim, on: date, evidence: tuple[str, ...], released: Released, *, undone: int = 0
) -> Draft:
    """The conditions are met: liability and expense. What was cut, and what nobody asks for any more, is released.

    `undone` is how often the claim was approved before and that was taken back: each approval is an entry of its own.
    """
    approved = case.spread(claim.id)
    draft = _of_claim(case, order, claim, "claim.approved", on, evidence, approved=approved, own=approved, **released.amounts)
    return replace(draft, cause=f"{draft.cause} again {undone}") if undone else draft


def _of_claim(
    case: Case, order: Order, claim: Claim, event: str, on: date, evidence: tuple[str, ...], **amounts: Money | Spread
) -> Draft:
    return case.entry(event, claim.reference, on, amounts, evidence, order=order.reference, claim=claim.reference,
                      service=order.service_type)


def award_decided(owed: AwardOwed, on: date) -> Draft:
    """A provider's award is owed, and an expense, out of what is free of the fund lines."""
    return owed.entry("decided", None, on, {"amount": owed.spread()})


def payout_released(owed: Owed, payout: Payout, replaces: str, on: date, *, recalled: int = 0) -> Draft:
    """The payment order goes out: what is owed is in transit. `replaces` names the returned payout, if it follows one.

    `recalled` is how often it was taken back before it left: each release is an entry of its own.
    """
    draft = owed.entry("reissued" if replaces else "released", payout, on, {"amount": owed.spread(payout)}, returned=replaces)
    return replace(draft, cause=f"{draft.cause} again {recalled}") if recalled else draft


def payout_recalled(owed: Owed, payout: Payout, replaces: str, on: date, *, recalled: int) -> Draft:
    """The payment order has not left the house and is taken back: owed as before. `recalled` is how often that happened before."""
    draft = owed.entry("recalled", payout, on, {"returned" if replaces else "approved": owed.spread(payout)}, returned=replaces)
    return replace(draft, cause=f"{draft.cause} {recalled + 1}")


def payout_settled(owed: Owed, payout: Payout, on: date, evidence: tuple[str, ...]) -> Draft:
    """The bank confirms: paid in every book."""
    return owed.entry("settled", payout, on, {"amount": owed.spread(payout)}, evidence, returned="")


def payout_returned(owed: Owed, payout: Payout, on: date, evidence: tuple[str, ...]) -> Draft:
    """The bank sends it back: owed again, and no longer paid in any book."""
    return owed.entry("returned", payout, on, {"amount": owed.spread(payout)}, evidence, returned=payout.reference)


def payout_offset(owed: Owed, payout: Payout, replaces: str, part: Spread, recovery: str, number: int, on: date) -> Draft:
    """Part of what is owed is set off against a recovery. The money goes from fund line to fund line, past the bank.

    `replaces` names the returned payout, if it follows one.
    """
    owing = "returned" if replaces else "approved"
    draft = owed.entry("offset", payout, on, {"amount": part, owing: part}, returned=replaces, offset=recovery)
    return replace(draft, cause=f"{draft.event} {payout.reference} {recovery} {number}")


def recovery_decided(case: Case, recovery: str, owed: Sum, on: date, *, prior: bool) -> Draft:
    """Money is asked back; of an earlier year it belongs to the treasury."""
    return _of_recovery(case, recovery, "decided", on, owed, prior)


def recovery_annulled(case: Case, recovery: str, owed: Sum, on: date, *, prior: bool) -> Draft:
    """The decision does not stand: nothing is asked back."""
    return _of_recovery(case, recovery, "annulled", on, owed, prior)


def recovery_refund_due(case: Case, recovery: str, number: int, part: Sum, on: date, *, prior: bool) -> Draft:
    """What came in by one move on a decision that does not stand has to go back: it is owed, out of the budget that it had gone to."""
    return _of_recovery(case, recovery, "refund_due", on, part, prior, f" {number}")


def recovery_refunded(case: Case, recovery: str, number: int, part: Sum, on: date, *, prior: bool) -> Draft:
    """It has gone back: the payment stands as if nothing had been asked for."""
    return _of_recovery(case, recovery, "refunded", on, part, prior, f" {number}", clawed=part.principal if prior else ())


def recovery_collected(case: Case, recovery: str, number: int, part: Sum, on: date, *, prior: bool) -> Draft:
    """Money comes back, from the bank or from a payout of the same party: the voucher kept that much less."""
    return _of_recovery(case, recovery, "collected", on, part, prior, f" {number}", clawed=part.principal if prior else ())


def recovery_written_off(case: Case, recovery: str, number: int, part: Sum, on: date, *, prior: bool) -> Draft:
    """What does not come back is given up."""
    return _of_recovery(case, recovery, "written_off", on, part, prior, f" {number}")


def recovery_carried(case: Case, recovery: str, left: Sum, on: date) -> Draft:
    """What was decided in the year of the payment and did not come in that year belongs to the treasury from now on."""
    return case.entry("recovery.carried", recovery, on, {"principal": left.principal}, recovery=recovery)


def recovery_remitted(case: Case, recovery: str, number: int, part: Sum, on: date, *, prior: bool) -> tuple[Draft, ...]:
    """What came in for the treasury by one move is handed over: interest, and principal of earlier years."""
    kinds = {**({"prior.remitted": part.principal} if prior else {}), "interest.remitted": part.interest}
    return tuple(case.entry(event, recovery, on, {"amount": spread}, recovery=recovery, cause=f"{event} {recovery} {number}")
                 for event, spread in kinds.items() if any(spread))


def _of_recovery(
    case: Case, recovery: str, what: str, on: date, part: Sum, prior: bool, number: str = "", clawed: Spread = ()
) -> Draft:
    event = f"prior.{what}" if prior else f"recovery.{what}"
    amounts = {"amount" if prior else "principal": part.principal, "interest": part.interest, **({"clawed": clawed} if clawed else {})}
    return case.entry(event, recovery, on, amounts, recovery=recovery, cause=f"{event} {recovery}{number}")


# --- what the books say of a case --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VoucherPosition:
    """How a voucher stands; face = available + reserved + claimed + approved + paid, at every instant, and what has ended:
    expired, cancelled (or given back), disallowed and lapsed, clawed back.
    """

    face: Money
    available: Money
    reserved: Money
    claimed: Money
    approved: Money
    paid: Money
    expired: Money
    cancelled: Money
    disallowed: Money
    clawed_back: Money


@dataclass(frozen=True)
class FundLinePosition:
    """How a fund line stands; appropriated = unallotted + free + offered + committed + reserved + obligated + delivered + paid.

    Beyond that, `uncovered` is what was promised though no allotment covers it yet, and `over_issue_left` how much more finance
    has consented to promise so.
    """

    appropriated: Money
    unallotted: Money
    free: Money
    offered: Money
    committed: Money
    uncovered: Money
    over_issue_left: Money
    reserved: Money
    obligated: Money
    delivered: Money
    paid: Money


_OF_VOUCHER = ("V100", "V210", "V220", "V230", "V240", "V250", "V310", "V320", "V330", "V340")


def voucher_position(session: Session, reference: str, currency: str) -> VoucherPosition:
    """How a voucher stands now, by the books."""
    return VoucherPosition(*_standing(session, _OF_VOUCHER, reference, currency))


def voucher_positions(session: Session, vouchers: Sequence[Voucher]) -> list[VoucherPosition]:
    """How each of these vouchers stands now, by the books; asked in one statement."""
    accounts = [(_BY_CODE[code], voucher) for voucher in vouchers for code in _OF_VOUCHER]
    balances = ledger.balances(session, [account.of(voucher.reference, voucher.currency) for account, voucher in accounts])
    signed = [balance if account.normal == DEBIT else -balance for (account, _), balance in zip(accounts, balances, strict=True)]
    return [VoucherPosition(*signed[start:start + len(_OF_VOUCHER)]) for start in range(0, len(signed), len(_OF_VOUCHER))]


def fund_line_position(session: Session, line: FundLine) -> FundLinePosition:
    """How a fund line stands now, by the books."""
    chain = ("B110", "B210", "B220", "B225", "B230", "B231", "B216", "B235", "B240", "B250", "B260")
    return FundLinePosition(*_standing(session, chain, line.reference, line.currency))


def _standing(session: Session, codes: tuple[str, ...], reference: str, currency: str) -> list[Money]:
    accounts = [_BY_CODE[code] for code in codes]
    balances = ledger.balances(session, [account.of(reference, currency) for account in accounts])
    return [balance if account.normal == DEBIT else -balance for account, balance in zip(accounts, balances, strict=True)]
