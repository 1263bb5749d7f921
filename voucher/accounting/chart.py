"""The chart of accounts: what stands where, with its books and its side."""

from dataclasses import dataclass

from voucher.ledger import Account
from voucher.statutory.mapping import countries, mapping_of

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

    @property
    def says(self) -> frozenset[str]:
        """The dimensions that each posting on it has: whose sub-account it is, and of a fund line or claim also where that belongs."""
        return frozenset({self.each, *_SAYS.get(self.each, ())})

    def of(self, reference: str, currency: str) -> Account:
        """The sub-account of one voucher, fund line, claim, ...: it never stands on its wrong side."""
        if self.normal == DEBIT:
            return Account(f"{self.name}:{reference}", currency, lower=0, upper=None)
        return Account(f"{self.name}:{reference}", currency, lower=None, upper=0)


_SAYS = {
    "fund_line": ("programme", "year", "funder"),
    "voucher": ("programme", "party", "region"),
    "claim": ("programme", "party", "region", "voucher", "order", "service"),
    "award": ("programme", "party", "region"),
    "recovery": ("programme", "party", "region"),
}


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
    ("B265", "budget:recovered", CREDIT, "已追回上缴", "Paid, and recovered for the treasury"),
    ("B266", "budget:lent", CREDIT, "垫付其他出资方", "Lent to another funder"),
    ("B268", "budget:charges", CREDIT, "银行手续费", "Bank charges"),
    ("B270", "budget:carried-forward", CREDIT, "结转下年", "Carried forward to next year"),
    ("B280", "budget:lapsed", CREDIT, "收回", "Lapsed, given back"),
    ("F1100", "financial:asset:treasury", DEBIT, "银行存款", "Fund balance with treasury"),
    ("F1325", "financial:asset:other-funders", DEBIT, "应收其他出资方款", "Due from another funder"),
    ("F2320", "financial:payable:other-funders", CREDIT, "应付其他出资方款", "Due to another funder"),
    ("F2300", "financial:payable:treasury", CREDIT, "应缴财政款", "Due to treasury"),
    ("F2400", "financial:payable:accrued", CREDIT, "预提费用", "Accrued claims, not yet verified"),
    ("F3200", "financial:equity:unexpended", CREDIT, "未支用拨款", "Unexpended appropriation"),
    ("F4100", "financial:revenue:appropriation-used", CREDIT, "财政拨款收入", "Appropriation used"),
    ("F4200", "financial:revenue:transfers", CREDIT, "非同级财政拨款收入", "Transfers from other levels"),
    ("F5100", "financial:expense:subsidy", DEBIT, "业务活动费用—补助", "Voucher subsidy expense"),
    ("F5110", "financial:expense:awards", DEBIT, "业务活动费用—奖励", "Provider award expense"),
    ("F5190", "financial:expense:recovered", CREDIT, "当年追回冲减费用", "Recovered in the same year"),
    ("F5800", "financial:expense:bank-charges", DEBIT, "其他费用—银行手续费", "Bank charges"),
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
