"""What each event moves: the rules of the accounting manual, as data."""

from collections.abc import Mapping
from dataclasses import dataclass

from voucher.accounting.chart import ChartAccount, chart_account


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
    """A kind of event and its moves. An entry of it touches these accounts and no others.

    `of_law` are amounts of it that no book of ours asks for, but a law may.
    """

    name: str
    zh: str
    en: str
    moves: tuple[Move, ...]
    of_law: tuple[str, ...] = ()

    @property
    def amounts(self) -> tuple[str, ...]:
        """The names of the amounts that it asks for."""
        return tuple(dict.fromkeys((*(move.amount for move in self.moves), *self.of_law)))

    @property
    def says(self) -> frozenset[str]:
        """The dimensions that each posting of it has, on whatever account: what it is about, by the first word of its name."""
        return frozenset(_SAYS.get(self.name, _SAYS.get(self.name.partition(".")[0], ())))


_OF_ORDERS = ("programme", "party", "region", "voucher", "order", "service")
_OF_YEARS = ("year.accrued", "year.accrual_reversed", "year.carried", "year.opened")
_SAYS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("voucher", "offer"), ("programme", "party", "region", "voucher")),
    **dict.fromkeys(("order", "appeal", *_OF_YEARS), _OF_ORDERS),
    **dict.fromkeys(("claim", "approval"), (*_OF_ORDERS, "claim")),
    "payout": ("programme", "party", "region", "payout"),
    "award": ("programme", "party", "region", "award"),
    **dict.fromkeys(("recovery", "prior", "interest"), ("programme", "party", "region", "recovery")),
    "deposit": ("deposit",),
}


def _event(name: str, zh: str, en: str, *moves: str) -> EventRule:
    """A rule from lines such as "approved V230 V240": amount, debit, credit; of an amount that only a law asks for, its name."""
    rows = [move.split() for move in moves]
    return EventRule(name, zh, en, tuple(Move(row[0], *map(chart_account, row[1:])) for row in rows if row[1:]),
                     tuple(row[0] for row in rows if not row[1:]))


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
    _event("approval.closed", "以前年度核定撤销结转",
           "What was approved in an earlier year and is taken back is closed into the surplus, in the law's books alone", "amount"),
    _event("approval.left_to_treasury", "应返还额度交回",
           "What the treasury was to give again for a payment that came back is left to it, in the law's books alone", "amount"),
    _event("claim.appealed", "申诉暂留", "What was cut is held once more while an appeal is decided",
           "available V210 V220", "expired V310 V220", "cancelled V320 V220", "disallowed V330 V220",
           "available B230 B240", "expired B220 B240", "cancelled B220 B240", "disallowed B220 B240"),
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
    _event("payout.rejected", "银行未执行", "The bank does not carry the payment order out: owed again", "amount F1190 F2150"),
    _event("payout.charged", "退回扣收手续费", "The bank kept a charge of what it sent back: the fund lines bear it",
           "charge B220 B268", "charge F5800 F1100", "charge F3200 F4100"),
    _event("payout.charge_undone", "撤回手续费", "That the bank kept a charge is taken back",
           "charge B268 B220", "charge F1100 F5800", "charge F4100 F3200"),
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
    _event("award.rejected", "奖励银行未执行", "The bank does not carry an award's payment order out: owed again", "amount F1190 F2150"),
    _event("award.charged", "奖励退回扣收手续费", "The bank kept a charge of an award that it sent back: the fund lines bear it",
           "charge B220 B268", "charge F5800 F1100", "charge F3200 F4100"),
    _event("award.charge_undone", "撤回奖励手续费", "That the bank kept a charge of an award is taken back",
           "charge B268 B220", "charge F1100 F5800", "charge F4100 F3200"),
    _event("recovery.decided", "当年追缴决定", "Money of this year is asked back", "principal F1310 F5190", "interest F1310 F2300"),
    _event("recovery.collected", "当年追缴到账", "Money of this year comes back",
           "used V250 V340", "principal B260 B220", "principal F1100 F1310", "principal F4100 F3200",
           "interest F1100 F1310"),
    _event("recovery.annulled", "当年追缴撤销", "A decision to ask money of this year back is annulled",
           "principal F5190 F1310", "interest F2300 F1310"),
    _event("recovery.refund_due", "当年追缴应退", "What came in on a decision of this year that does not stand has to go back",
           "used V340 V240", "principal B220 B250", "principal F5190 F2350", "principal F3200 F4100", "interest F2300 F2350"),
    _event("recovery.refunded", "当年追缴退款", "It has gone back",
           "used V240 V250", "principal B250 B260", "principal F2350 F1100", "interest F2350 F1100"),
    _event("recovery.adjustment_closed", "当年追缴以前年度费用调整结转",
           "What came in, or has to go back, of an expense of an earlier year is closed into the surplus, in the law's books alone",
           "amount", "back"),
    _event("recovery.left_to_treasury", "追缴的应返还额度交回",
           "What came in of money that the treasury gave again is left to it, in the law's books alone", "amount"),
    _event("recovery.written_off", "当年追缴核销", "Money of this year is given up, with authority",
           "principal F5900 F1310", "interest F2300 F1310"),
    _event("recovery.carried", "当年追缴跨年", "The year ends before it came: it is the treasury's now", "principal F5190 F2300"),
    _event("interest.remitted", "利息上缴", "Interest goes to the treasury", "amount F2300 F1100"),
    _event("prior.decided", "以前年度追缴决定", "Money of an earlier year is asked back",
           "amount F1310 F2300", "interest F1310 F2300"),
    _event("prior.annulled", "以前年度追缴撤销", "A decision to ask money of an earlier year back is annulled",
           "amount F2300 F1310", "interest F2300 F1310"),
    _event("prior.collected", "以前年度追缴到账", "Money of an earlier year comes back",
           "used V250 V340", "clawed B260 B265", "amount F1100 F1310", "interest F1100 F1310"),
    _event("prior.refund_due", "以前年度追缴应退", "What came in of an earlier year on a decision that does not stand has to go back",
           "amount F2300 F2350", "interest F2300 F2350"),
    _event("prior.refunded", "以前年度追缴退款", "It has gone back",
           "used V340 V250", "clawed B265 B260", "amount F2350 F1100", "interest F2350 F1100"),
    _event("prior.closed", "以前年度盈余调整结转", "What came in of an earlier year is closed into the surplus, in the law's books alone",
           "amount"),
    _event("prior.remitted", "以前年度追缴上缴", "Money of an earlier year goes to the treasury", "amount F2300 F1100"),
    _event("prior.written_off", "核销", "A receivable is written off, with authority",
           "amount F2300 F1310", "interest F2300 F1310"),
    _event("year.accrued", "年末预提", "Delivered but not verified at the year's end: an estimate", "amount F5100 F2400"),
    _event("year.accrual_reversed", "预提冲回", "The estimate is taken back on the first day", "amount F2400 F5100"),
    _event("year.lapsed", "年末收回", "Free money lapses at the year's end",
           "unallotted B210 B280", "free B220 B280", "returned F3200 F1100"),
    _event("year.free_carried", "未用资金结转下年", "Free money is carried forward to the next year",
           "unallotted B210 B270", "free B220 B270", "carried F3200 F1100"),
    _event("year.free_opened", "上年未用资金转入", "Free money of the year before is there again",
           "unallotted B110 B210", "free B110 B220", "carried F1100 F3200"),
    _event("year.carried", "未完订单结转下年", "An open order is carried forward to the next year",
           "amount B240 B270", "amount F3200 F1100"),
    _event("year.opened", "上年订单转入", "An open order of the year before is obligated again",
           "amount B110 B240", "amount F1100 F3200"),
    _event("funder.settled", "其他级次财政归垫", "Another level pays its share back", "amount F1100 F1320"),
    _event("advance.made", "为其他出资方垫付", "A funder lends its free money for another, whose own has not come",
           "lent B220 B266", "lent F1325 F1100", "borrowed B110 B220", "borrowed F1100 F2320"),
    _event("advance.settled", "其他出资方归垫", "The other funder pays it back",
           "lent B266 B220", "lent F1100 F1325", "borrowed B220 B110", "borrowed F2320 F1100"),
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
    _event("deposit.settled", "自付款到账", "The bank confirms it", "own F1190 F1150", "wrong F1190 F1150"),
    _event("deposit.returned", "自付款被银行退回", "The bank sends it back", "own F1150 F2150", "wrong F1150 F2150"),
    _event("deposit.rejected", "自付款银行未执行", "The bank does not carry the payment order out: owed again", "amount F1190 F2150"),
    _event("deposit.reissued", "自付款重新付出", "It goes out again, to a mended account", "amount F2150 F1190"),
    _event("deposit.taken_back", "自付款重新留存", "What the bank brought back is held again: nobody is owed it yet", "amount F2150 F2500"),
    _event("deposit.topped_up", "补助存入", "The office tops the wallet up", "amount F1150 F1100"),
    _event("wallet.verified", "钱包核定", "A wallet's claim is verified", "amount F5100 F2100"),
    _event("wallet.paid", "钱包支付", "The wallet pays the provider", "own_share F2500 F1150", "amount F2100 F1150"),
)
EVENTS: Mapping[str, EventRule] = {rule.name: rule for rule in RULES}
# What no step of this system posts: events, and after its event an amount that none gives. The manual says so beside each.
UNPOSTED = frozenset({
    "claim.approved advanced", "funder.settled", "region.owed", "region.advanced", "region.netted",
    "deposit.sent_back", "deposit.topped_up", "wallet.verified", "wallet.paid",
})
