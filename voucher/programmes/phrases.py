"""The small words from which rules are told: enum words, conditions, amounts, lists, in both languages."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from voucher.checks.facts import Level
from voucher.money import Money
from voucher.programmes.terms import (
    Awaited,
    Condition,
    Happening,
    Kinder,
    Names,
    Period,
    Queue,
    Relation,
    Rhythm,
    Rounding,
    SubjectKind,
    Terms,
)

WORDS: Mapping[str, Names] = {
    SubjectKind.COMPANY: Names(zh="每家企业", en="one company"),
    SubjectKind.GROUP: Names(zh="同一实际控制人", en="one controller group"),
    SubjectKind.TEAM: Names(zh="每个团队", en="one team"), SubjectKind.PERSON: Names(zh="每人", en="one person"),
    SubjectKind.PROVIDER: Names(zh="每家服务机构", en="one provider"),
    SubjectKind.PAIR: Names(zh="同一企业与同一服务机构", en="one firm with one provider"),
    Happening.APPLICATION: Names(zh="申请", en="application"), Happening.ISSUE: Names(zh="签发", en="issue"),
    Happening.ACTIVATION: Names(zh="激活", en="activation"), Happening.ORDER: Names(zh="下单", en="order"),
    Happening.CONTRACT: Names(zh="签约", en="contract"), Happening.DELIVERY: Names(zh="交付", en="delivery"),
    Happening.INVOICE: Names(zh="开票", en="invoice"), Happening.PAYMENT: Names(zh="付款", en="payment"),
    Happening.CLAIM: Names(zh="申请兑付", en="claim"), Happening.USE_BY: Names(zh="使用截止日", en="last day of use"),
    Rhythm.ROLLING: Names(zh="随到随审、滚动", en="continuously"),
    Rhythm.MONTHLY: Names(zh="按月（当月可付的，自次月首日起）", en="monthly (what is payable in a month, from the first day of the next)"),
    Rhythm.QUARTERLY: Names(zh="按季（当季可付的，自次季首日起）",
                            en="quarterly (what is payable in a quarter, from the first day of the next)"),
    Rhythm.YEARLY: Names(zh="按年（当年可付的，自次年首日起）",
                         en="once a year (what is payable in a fiscal year, from the first day of the next)"),
    Rhythm.DATES: Names(zh="按固定日期", en="on fixed days"),
    Queue.ARRIVAL: Names(zh="先到先得", en="in the order of arrival"), Queue.RANK: Names(zh="按排名", en="by rank"),
    Queue.LOTTERY: Names(zh="按公布种子抽签", en="by a lottery with a published seed"),
    Rounding.HALF_UP: Names(zh="四舍五入", en="half up"), Rounding.DOWN: Names(zh="向下", en="down"),
    Relation.SAME_CONTROLLER: Names(zh="同一实际控制人", en="the same controller"),
    Relation.SHAREHOLDER: Names(zh="持股", en="a shareholding"),
    Relation.OFFICER: Names(zh="高管兼任", en="a shared officer"), Relation.EMPLOYEE: Names(zh="雇佣", en="employment"),
    Relation.FAMILY: Names(zh="亲属", en="family"), Relation.SAME_ADDRESS: Names(zh="同一地址", en="the same address"),
    Relation.SAME_PHONE: Names(zh="同一电话", en="the same telephone"),
    Relation.SAME_BANK_ACCOUNT: Names(zh="同一银行账户", en="the same bank account"),
    Relation.PARTNERSHIP_BEFORE: Names(zh="以往合作", en="an earlier partnership"),
    Kinder.ORDERS: Names(zh="订单", en="orders"), Kinder.VOUCHERS: Names(zh="券", en="vouchers"),
    Awaited.REVIEW: Names(zh="申请初审", en="review of the application"),
    Awaited.INFORMATION: Names(zh="申请人答复补正要求", en="the SME's answer to the reviewer"),
    Awaited.DECISION: Names(zh="申请审定", en="decision on the application"),
    Awaited.APPEAL_DECISION: Names(zh="对申请申诉的决定", en="decision on an appeal against a rejection"),
    Awaited.EXTENSION: Names(zh="延期申请的决定", en="decision on more time"),
    Awaited.SURRENDER: Names(zh="服务机构答复退券请求", en="the providers' answer when a voucher is to be given back"),
    Awaited.REVOCATION_HEARING: Names(zh="撤销前听取意见", en="the holder's side before a revocation"),
    Awaited.REVOCATION_DECISION: Names(zh="听取意见后是否撤销的决定", en="decision on a revocation after the hearing"),
    Awaited.ORDER_ANSWER: Names(zh="服务机构答复订单", en="the provider's answer to an order"),
    Awaited.ORDER_START: Names(zh="开始服务", en="begin of the work"),
    Awaited.ACCEPTANCE: Names(zh="验收", en="acceptance of a delivery"),
    Awaited.ACCEPTANCE_REMINDER: Names(zh="验收催告后", en="acceptance after the reminder"),
    Awaited.DISPUTE: Names(zh="争议交付的决定", en="decision on a disputed delivery"),
    Awaited.AMENDMENT: Names(zh="对方答复变更或终止提议", en="the other party's answer to a change or an end"),
    Awaited.VALUATION: Names(zh="核定已完成部分", en="valuation of the part that is done"),
    Awaited.CLAIM_VERIFICATION: Names(zh="兑付申请核验", en="verification of a claim"),
    Awaited.CLAIM_ANSWER: Names(zh="申请人答复核验问题", en="the claimant's answer to the verifier"),
    Awaited.CLAIM_CORRECTION: Names(zh="补正兑付申请", en="correction of a returned claim"),
    Awaited.CLAIM_APPEAL: Names(zh="对核减提出申诉（未写 appeal_within 时）", en="appeal against a cut, where appeal_within says nothing"),
    Awaited.CLAIM_APPEAL_DECISION: Names(zh="对核减申诉的决定", en="decision on an appeal against a cut"),
    Awaited.RECOVERY_HEARING: Names(zh="追缴前听取意见", en="the party's side before a recovery"),
    Level.INFO: Names(zh="仅供知悉", en="is to be known"),
    Level.WARN: Names(zh="须予关注，不停止付款", en="is to be looked at and does not stop the money"),
    Level.BLOCK: Names(zh="停止付款，直至批准人员作出决定", en="stops the money until an approver has decided"),
    "same_invoice": Names(zh="同一发票重复申报", en="the same invoice twice"), "drawn": Names(zh="抽签抽中", en="drawn by lot"),
    "same_papers": Names(zh="同一材料重复使用", en="the same paper twice"),
    "same_payment": Names(zh="同一付款证明两笔自付", en="one payment for two own shares"),
    "related": Names(zh="企业与服务机构有关联", en="SME and provider are tied"),
    "conflict": Names(zh="经办人员与案件单位有关联", en="an officer is tied to a firm in the case"),
    "digits": Names(zh="首位数字分布异常", en="first digits that are not by chance"),
    "without_mandate": Names(zh="无授权委托提交", en="sent without a mandate"),
    "crowded": Names(zh="多家单位集中于一处", en="many firms at one place"),
    "shared_account": Names(zh="两家单位共用账户", en="an account of two firms"),
    "other_holder": Names(zh="账户户名不符", en="an account in another name"),
    "changed_account": Names(zh="账户在付款前不久变更", en="the account was changed shortly before"),
    "split": Names(zh="拆分订单以规避限额", en="cut into several to stay under a limit"),
    "repeated": Names(zh="同一事项反复出现", en="the same thing again and again"),
    "high_price": Names(zh="价格远高于其他订单", en="a price far above the others"),
    "above_list": Names(zh="价格高于服务机构自行公布的价目", en="a price above the provider's own list"),
    "odd": Names(zh="多项异常同时出现", en="several odd signs at once"),
    "unlisted": Names(zh="服务机构不在名录内", en="the provider was not on the list"),
    "cash": Names(zh="现金", en="cash"), "kind": Names(zh="实物", en="kind"),
}

# What a notice shows or an objection carries; words of one's own stand as they are.
_FIELDS: Mapping[str, Names] = {
    "firm": Names(zh="企业", en="firm"), "provider": Names(zh="服务机构", en="provider"), "service": Names(zh="服务", en="service"),
    "amount": Names(zh="金额", en="amount"), "contract": Names(zh="合同额", en="contract"), "real_name": Names(zh="实名", en="real name"),
    "seal": Names(zh="公章", en="seal"), "amount_raised": Names(zh="金额调高", en="a higher amount"),
    "approved_again": Names(zh="重新批准", en="a new approval"), "evidence": Names(zh="证明材料", en="evidence"),
}

# Apart, for "application" and "rolling" are words of other kinds too.
PERIODS: Mapping[str, Names] = {
    Period.PIECE: Names(zh="每件", en="for each piece"), Period.APPLICATION: Names(zh="每次申请", en="in one application"),
    Period.HELD: Names(zh="任何时候持有", en="held at any time"),
    Period.CALENDAR_YEAR: Names(zh="每年", en="in a calendar year"),
    Period.FISCAL_YEAR: Names(zh="每个财政年度", en="in a fiscal year"), Period.ROUND: Names(zh="每批次", en="in one round"),
    Period.ROLLING: Names(zh="滚动期内", en="in a rolling period"), Period.LIFETIME: Names(zh="累计", en="altogether"),
}

MEASURES: Mapping[str, Names] = {
    "gross": Names(zh="含税价格", en="price with tax"),
    "net": Names(zh="不含税价格", en="price net of tax"),
    "vat": Names(zh="增值税", en="value added tax"),
    "recognised_income": Names(zh="技术性收入", en="recognised technology income"),
    "added_value": Names(zh="增值额", en="added value"),
}


@lru_cache(maxsize=1024)
def percent(rate: Fraction) -> str:
    """The rate as one writes it: 20 %, or 1/3 when it has no end.

    >>> percent(Fraction(1, 8)), percent(Fraction(2, 3))
    ('12.5 %', '2/3')
    """
    millionths = rate * 100_000_000
    if millionths.denominator != 1:
        return str(rate)
    whole, rest = divmod(millionths.numerator, 1_000_000)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".") + " %"


def money_of(money: Money) -> str:
    """An amount as people read it: 500,000 CNY; decimals only when there are some."""
    whole, _point, decimals = str(money).partition(".")
    return f"{int(whole):,}" + (f".{decimals}" if decimals.strip("0") else "") + f" {money.currency}"


def joined(names: Sequence[Names], zh: str = "和", en: str = "and") -> Names:
    """Several things in a row: "a, b and c"."""
    if len(names) < 2:
        return names[0] if names else Names(zh="", en="")
    return Names(zh="、".join(each.zh for each in names[:-1]) + zh + names[-1].zh,
                 en=", ".join(each.en for each in names[:-1]) + f" {en} " + names[-1].en)


def field_of(code: str) -> Names:
    """What a notice shows, or what an objection carries, by its short name."""
    return _FIELDS.get(code, Names(zh=code, en=code.replace("_", " ")))


def names_of(terms: Terms, kind: str, codes: Sequence[str]) -> Names:
    """What the words of a list stand for, in a row."""
    known = _named(terms, kind)
    return joined([known.get(code, Names(zh=code, en=code)) for code in codes])


def _named(terms: Terms, kind: str) -> Mapping[str, Names]:
    match kind:
        case "firm_classes":
            return {code: each.name for code, each in terms.firm_classes.items()}
        case "services":
            return {code: each.name for code, each in terms.services.items()} | {
                code: each.name for code, each in terms.service_groups.items()}
        case "items":
            return {code: name for service in terms.services.values() for code, name in service.items.items()}
        case "funders":
            return {each.code: each.name for each in terms.funders}
        case "regions":
            return terms.regions
        case "facts":
            return terms.facts
    return {**MEASURES, **terms.measures}


# Key of a condition, what its words name, and how they are said.
_ONLY = (
    ("firm_classes", "firm_classes", "对{}", "for {}"),
    ("services", "services", "购买{}的", "for {}"),
    ("items", "items", "购买{}的", "for {}"),
    ("regions", "regions", "企业位于{}的", "for firms in {}"),
    ("provider_regions", "regions", "服务机构位于{}的", "with providers in {}"),
)


def condition_of(terms: Terms, when: Condition) -> Names:
    """The condition as the beginning of a sentence; empty when the rule holds always."""
    zh, en = [], []
    for name, kind, zh_form, en_form in _ONLY:
        if codes := getattr(when, name):
            named = joined([_named(terms, kind).get(code, Names(zh=code, en=code)) for code in codes], "或", "or")
            zh.append(zh_form.format(named.zh))
            en.append(en_form.format(named.en))
    for text in (*_flags(when), *_facts(terms, when), *_bounds(when)):
        zh.append(text.zh)
        en.append(text.en)
    return Names(zh="".join(f"{each}，" for each in zh), en="".join(f"{each}, " for each in en))


def may_both_hold(terms: Terms, one: Condition, other: Condition) -> bool:
    """Whether a case could fit both conditions, as far as their lists of words tell."""
    pairs = [(terms.members(one.services), terms.members(other.services))]
    pairs += [(frozenset(getattr(one, name)), frozenset(getattr(other, name)))
              for name in ("firm_classes", "items", "regions", "provider_regions")]
    return all(not mine or not theirs or mine & theirs for mine, theirs in pairs)


def _flags(when: Condition) -> list[Names]:
    found = []
    if when.provider_local is not None:
        found.append(Names(zh="服务机构在本地的", en="when the provider is local") if when.provider_local
                     else Names(zh="服务机构不在本地的", en="when the provider is not local"))
    if when.first_time is not None:
        found.append(Names(zh="首次申请的", en="for first-timers") if when.first_time
                     else Names(zh="非首次申请的", en="for firms that had a voucher before"))
    if (least := when.earlier_uses_from) is not None:
        found.append(Names(zh=f"此前已使用至少{least}次的", en=f"for firms with {least} or more vouchers before"))
    if (most := when.earlier_uses_up_to) is not None:
        found.append(Names(zh=f"此前最多使用{most}次的", en=f"for firms with at most {most} vouchers before"))
    return found


def _facts(terms: Terms, when: Condition) -> list[Names]:
    holds = [Names(zh=f"属于“{terms.facts[code].zh}”的",
                   en=f"if this holds: {terms.facts[code].en}") for code in when.facts]
    return holds + [Names(zh=f"不属于“{terms.facts[code].zh}”的",
                          en=f"unless this holds: {terms.facts[code].en}") for code in when.without_facts]


def _bounds(when: Condition) -> list[Names]:
    pairs = (
        (when.cost_from and money_of(when.cost_from), "费用不低于 {} 的", "from a cost of {} on"),
        (when.cost_up_to and money_of(when.cost_up_to), "费用不超过 {} 的", "up to a cost of {}"),
        (when.since, "自 {} 起", "from {} on"), (when.until, "至 {} 止", "until {}"),
    )
    return [Names(zh=zh.format(value), en=en.format(value)) for value, zh, en in pairs if value]
