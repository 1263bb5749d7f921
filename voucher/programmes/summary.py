"""The rules in plain words, in both languages, made from the terms themselves: what people read is what the engine does.

Sections and sentences are plain texts; how they look on a page or on paper is not decided here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from voucher.money import Money
from voucher.programmes.durations import Duration
from voucher.programmes.phrases import PERIODS, WORDS, condition_of, joined, may_both_hold, money_of, names_of, percent
from voucher.programmes.terms import (
    Award,
    Cap,
    CostRange,
    CountLimit,
    Disallowed,
    Evidence,
    Model,
    Names,
    OwnShare,
    Part,
    Period,
    RateRule,
    Rhythm,
    Rounding,
    Split,
    Terms,
    Threshold,
    Vat,
)


@dataclass(frozen=True)
class Sentence:
    """One rule in words, with the clause that it rests on."""

    text: Names
    clause: Names | None = None


@dataclass(frozen=True)
class Section:
    """Sentences under a heading."""

    heading: Names
    sentences: tuple[Sentence, ...]


Sentences = Iterator[Sentence]


def summary(terms: Terms) -> tuple[Section, ...]:
    """The terms in plain words; sections about which the terms say nothing are left out."""
    sections = (Section(heading, tuple(tell(terms))) for heading, tell in _SECTIONS)
    return tuple(section for section in sections if section.sentences)


def say(zh: str, en: str, clause: Names | None = None) -> Sentence:
    """A sentence in both languages."""
    return Sentence(Names(zh=zh, en=en), clause)


# -- what and who -------------------------------------------------------------------------------------------------------

def _programme(terms: Terms) -> Sentences:
    programme = terms.programme
    if programme.purpose:
        yield Sentence(programme.purpose)
    yield say(f"主管单位：{programme.office.name.zh}。", f"The programme is run by: {programme.office.name.en}.")
    if programme.regulation:
        yield say(f"依据：{programme.regulation.zh}。", f"It rests on: {programme.regulation.en}.")
    yield Sentence(_MODELS[terms.model])
    if programme.in_force_from or programme.in_force_until:
        since, until = programme.in_force_from or "", programme.in_force_until or ""
        yield say(f"施行期间：{since} 至 {until}。",
                  f"These rules are in force from {since or 'the beginning'} until {until or 'further notice'}.")
    for each in programme.rounds:
        yield say(f"申请批次：{each.name.zh}，{each.opens} 至 {each.closes}。",
                  f"Round {each.name.en}: from {each.opens} to {each.closes}.")


_MODELS = {
    Model.REIMBURSE_SME: Names(zh="企业先向服务机构付清全款，再申请兑付，款项付给企业。",
                               en="The firm pays the provider in full, then claims; the money is paid to the firm."),
    Model.PROVIDER_REDEEMS: Names(zh="企业只付自己承担的部分，其余由服务机构凭券兑付，款项付给服务机构。",
                                  en="The firm pays the provider only its own part; the provider claims the rest and is paid."),
    Model.WALLET: Names(zh="企业先把自付部分存入专户，财政补足后由专户向服务机构付款。",
                        en="The firm pays its part into a wallet, the programme tops it up, and the wallet pays the provider."),
}


def _applicants(terms: Terms) -> Sentences:
    for each in terms.firm_classes.values():
        zh, en = each.name.zh, each.name.en
        if each.employees_at_most is not None:
            zh, en = f"{zh}（不超过{each.employees_at_most}人）", f"{en} (at most {each.employees_at_most} people)"
        if each.turnover_at_most is not None:
            most = money_of(each.turnover_at_most)
            zh, en = f"{zh}（年营业收入不超过 {most}）", f"{en} (yearly turnover of at most {most})"
        if each.years_at_least is not None:
            zh, en = f"{zh}（成立满{each.years_at_least}年）", f"{en} (at least {each.years_at_least} years old)"
        if each.years_at_most is not None:
            zh, en = f"{zh}（成立不超过{each.years_at_most}年）", f"{en} (at most {each.years_at_most} years old)"
        yield say(f"{zh}可以申请。", f"May apply: {en}.", each.clause)


def _services(terms: Terms) -> Sentences:
    for code, each in terms.services.items():
        register = terms.needs_registration(code)
        items = tuple(each.items.values())
        zh = each.name.zh + (f"（含{joined(items).zh}）" if items else "") + ("，须办理技术合同认定登记" if register else "")
        en = each.name.en + (f" ({joined(items).en})" if items else "") + ("; its contract has to be registered" if register else "")
        yield say(f"可以购买：{zh}。", f"May be bought: {en}.", each.clause)
    for exclusion in terms.exclusions:
        yield say(f"不予支持：{exclusion.name.zh}。", f"Not paid for: {exclusion.name.en}.", exclusion.clause)
    if terms.relations:
        ties = tuple(WORDS[each] for each in terms.relations.forbidden)
        yield say(f"企业与服务机构之间不得存在以下关系：{joined(ties).zh}。", f"Firm and provider must not be tied by: {joined(ties).en}.",
                  terms.relations.clause)


# -- how much -----------------------------------------------------------------------------------------------------------

def _amounts(terms: Terms) -> Sentences:
    basis = names_of(terms, "basis", (terms.basis,))
    yield say(f"计算基数为{basis.zh}。", f"What counts is the {basis.en}.")
    if terms.basis_at_most:
        others = names_of(terms, "basis", terms.basis_at_most)
        yield say(f"但不超过{others.zh}。", f"But not more than the {others.en}.")
    yield from (_range(terms, each) for each in terms.eligible_cost)
    for price in terms.prices:
        service = names_of(terms, "services", (price.service,))
        amount = money_of(price.price)
        yield say(f"{service.zh}每件最高计 {amount}。", f"Of {service.en}, at most {amount} a piece count.", price.clause)
    for index, rule in enumerate(terms.rates):
        above = [each.when for each in terms.rates[:index] if each.funder == rule.funder and not rule.on_top | each.on_top]
        yield _rate(terms, rule, again=any(may_both_hold(terms, each, rule.when) for each in above))
    if terms.rounding.to is not None or terms.rounding.way == Rounding.DOWN:
        way = WORDS[terms.rounding.way]
        unit = money_of(terms.rounding.to) if terms.rounding.to else None
        yield say(f"{way.zh}取整" + (f"至 {unit} 的整数倍。" if unit else "至最小货币单位。"),
                  f"Amounts are rounded {way.en} to " + (f"multiples of {unit}." if unit else "the smallest unit of the currency."),
                  terms.rounding.clause)


def _range(terms: Terms, bounds: CostRange) -> Sentence:
    when = condition_of(terms, bounds.when)
    zh, en = [], []
    if bounds.at_least is not None:
        zh.append(f"费用不低于 {money_of(bounds.at_least)}")
        en.append(f"the cost has to be at least {money_of(bounds.at_least)}")
    if bounds.at_most is not None and bounds.refuse_above:
        zh.append(f"费用不得高于 {money_of(bounds.at_most)}")
        en.append(f"the cost must not be more than {money_of(bounds.at_most)}")
    elif bounds.at_most is not None:
        zh.append(f"超过 {money_of(bounds.at_most)} 的部分不计")
        en.append(f"what lies above {money_of(bounds.at_most)} does not count")
    return say(f"{when.zh}{'，'.join(zh)}。", _capital(f"{when.en}{' and '.join(en)}."), bounds.clause)


def _rate(terms: Terms, rule: RateRule, *, again: bool) -> Sentence:
    """`again` says that a rule stands above it, so that this one holds only where that one does not."""
    when, how = _otherwise(condition_of(terms, rule.when), again), _how_much(terms, rule)
    payer_zh, payer_en = "券", "the voucher"
    if rule.funder:
        payer = names_of(terms, "funders", (rule.funder,))
        payer_zh, payer_en = payer.zh, payer.en
    name = f" ({rule.name.en})" if rule.name else ""
    extra = ("另外", "in addition, ") if rule.on_top else ("", "")
    return say(f"{extra[0]}{when.zh}{payer_zh}支付{how.zh}{f'（{rule.name.zh}）' if rule.name else ''}。",
               _capital(f"{extra[1]}{when.en}{payer_en} pays {how.en}{name}."), rule.clause)


def _how_much(terms: Terms, rule: RateRule) -> Names:
    basis = names_of(terms, "basis", (rule.basis or terms.basis,))
    if rule.rate is not None:
        return Names(zh=f"{basis.zh}的 {percent(rule.rate)}", en=f"{percent(rule.rate)} of the {basis.en}")
    if rule.bands:
        return _bands(rule, basis)
    if rule.smaller_of or rule.larger_of:
        parts = tuple(_part(terms, part) for part in rule.smaller_of or rule.larger_of)
        zh, en = ("较小者", "smaller") if rule.smaller_of else ("较大者", "larger")
        return Names(zh=f"以下各项中的{zh}：{joined(parts).zh}", en=f"the {en} of {joined(parts).en}")
    fixed = rule.fixed if rule.fixed is not None else rule.per_piece
    assert fixed is not None, "reading sees to it that a rule says how much"
    piece = ("每件", " a piece") if rule.per_piece is not None else ("", "")
    return Names(zh=f"{piece[0]}定额 {money_of(fixed)}，但不超过{basis.zh}",
                 en=f"a fixed {money_of(fixed)}{piece[1]}, but not more than the {basis.en}")


def _bands(rule: RateRule, basis: Names) -> Names:
    zh, en, floor = [], [], None
    for band in rule.bands:
        low_zh, low_en = (f"{money_of(floor)} 以上", f"above {money_of(floor)}") if floor else ("", "")
        high_zh, high_en = (f"{money_of(band.up_to)} 以内", f"up to {money_of(band.up_to)}") if band.up_to else ("", "")
        part_zh = "、".join(filter(None, (low_zh, high_zh))) or "全部"
        part_en = " and ".join(filter(None, (low_en, high_en))) or "whole"
        zh.append(f"{part_zh}按 {percent(band.rate)}")
        en.append(f"{percent(band.rate)} of the part {part_en}")
        floor = band.up_to
    if rule.whole_basis:
        return Names(zh=f"{basis.zh}（{'；'.join(zh)}，按所达档次对全额适用）",
                     en=f"of the whole {basis.en} the rate of the band it reaches: {', '.join(en)}")
    return Names(zh=f"{basis.zh}的分档比例（{'；'.join(zh)}）", en=f"of the {basis.en}: {', '.join(en)}")


def _part(terms: Terms, part: Part) -> Names:
    if part.name is not None:
        return part.name
    if part.fixed is not None:
        return Names(zh=f"定额 {money_of(part.fixed)}", en=f"a fixed {money_of(part.fixed)}")
    basis = names_of(terms, "basis", (part.basis or terms.basis,))
    rate = percent(part.rate or Fraction(1))
    return Names(zh=f"{basis.zh}的 {rate}", en=f"{rate} of the {basis.en}")


# -- limits -------------------------------------------------------------------------------------------------------------

def _limits(terms: Terms) -> Sentences:
    yield from (_cap(terms, cap) for cap in terms.caps)
    yield from (_count(terms, limit) for limit in terms.count_limits)
    if terms.notes is not None:
        value, most = money_of(terms.notes.value), terms.notes.at_most
        yield say(f"券面额 {value}，每次至少{terms.notes.at_least}张" + (f"，最多{most}张。" if most else "。"),
                  f"Vouchers come in notes of {value}, at least {terms.notes.at_least}"
                  + (f" and at most {most}" if most else "") + " at a time.",
                  terms.notes.clause)
    if terms.minimum is not None:
        yield say(f"低于 {money_of(terms.minimum)} 不予支付。", f"Less than {money_of(terms.minimum)} is not paid.")


def _cap(terms: Terms, cap: Cap) -> Sentence:
    when, scope = condition_of(terms, cap.when), _scope(terms, cap)
    if cap.amount_by_class:
        each = [(names_of(terms, "firm_classes", (code,)), amount) for code, amount in cap.amount_by_class.items()]
        zh = "、".join(f"{name.zh} {money_of(amount)}" for name, amount in each)
        en = ", ".join(f"{name.en} {money_of(amount)}" for name, amount in each)
    elif cap.share is not None:
        zh, en = f"计算基数的 {percent(cap.share)}", f"{percent(cap.share)} of what counts"
    else:
        assert cap.amount is not None, "reading sees to it that a cap says how much"
        zh = en = money_of(cap.amount)
    return say(f"{cap.name.zh}：{when.zh}{scope.zh}最多 {zh}。",
               f"{_capital(cap.name.en)}: {when.en}{scope.en} at most {en}.", cap.clause)


def _count(terms: Terms, limit: CountLimit) -> Sentence:
    when, scope = condition_of(terms, limit.when), _scope(terms, limit)
    return say(f"{limit.name.zh}：{when.zh}{scope.zh}最多{limit.at_most}次。",
               f"{_capital(limit.name.en)}: {when.en}{scope.en} at most {limit.at_most}.", limit.clause)


def _scope(terms: Terms, limit: Cap | CountLimit) -> Names:
    """For whom, over which time and what: "for one company, in a calendar year, for testing"."""
    subject, period = WORDS[limit.subject], PERIODS[limit.period]
    if limit.period == Period.ROLLING and limit.length is not None:
        period = Names(zh=f"{limit.length.chinese}内", en=f"within {limit.length}")
    zh, en = [subject.zh, period.zh], [f"for {subject.en}", period.en]
    for kind, codes in (("services", limit.services), ("items", limit.items)):
        if codes:
            named = names_of(terms, kind, codes)
            zh.append(named.zh)
            en.append(f"for {named.en}")
    if isinstance(limit, Cap) and limit.funders:
        payers = names_of(terms, "funders", limit.funders)
        zh.append(f"{payers.zh}承担部分合计")
        en.append(f"from {payers.en} together")
    return Names(zh="，".join(zh), en=", ".join(en))


def _own_share(terms: Terms) -> Sentences:
    for index, own in enumerate(terms.own_share):
        again = any(may_both_hold(terms, each.when, own.when) for each in terms.own_share[:index])
        yield from _own_rule(own, _otherwise(condition_of(terms, own.when), again))
    if terms.basis != "gross" and all(own.vat == Vat.SME for own in terms.own_share):
        yield say("增值税由企业承担。",
                  "The firm pays the value added tax.", terms.own_share[0].clause if terms.own_share else None)


def _otherwise(when: Names, again: bool) -> Names:
    """The condition, when a rule above holds first."""
    return Names(zh=f"此外{when.zh or '的情形，'}", en=f"otherwise, {when.en}") if again else when


def _own_rule(own: OwnShare, when: Names) -> Sentences:
    if own.at_least is not None:
        yield say(f"{when.zh}企业至少自付计算基数的 {percent(own.at_least)}。",
                  _capital(f"{when.en}the firm brings at least {percent(own.at_least)} of what counts."), own.clause)
    if own.at_least_amount is not None:
        least = money_of(own.at_least_amount)
        yield say(f"{when.zh}企业至少自付 {least}。", _capital(f"{when.en}the firm brings at least {least}."), own.clause)
    if own.match is not None:
        kinds = joined(tuple(WORDS[kind] for kind in own.kinds), "或", "or")
        yield say(f"{when.zh}企业以{kinds.zh}每投入一份，券最多支付 {percent(own.match)}。",
                  _capital(f"{when.en}the voucher pays at most {percent(own.match)} of what the firm brings in {kinds.en}."), own.clause)
    if own.within is not None:
        yield say(f"自付部分应在下单后{own.within.chinese}内付清。",
                  f"The firm pays its part within {own.within} of the order.", own.clause)


# -- time ---------------------------------------------------------------------------------------------------------------

def _time(terms: Terms) -> Sentences:
    validity = terms.validity
    start, used = WORDS[validity.starts_at], WORDS[validity.used_by]
    if validity.activate_within:
        yield _lasting("签发后{}内应激活。", "A voucher has to be activated within {} of its issue.",
                       validity.activate_within, validity.clause)
    if validity.use_within:
        yield say(f"自{start.zh}之日起{validity.use_within.chinese}内应完成{used.zh}。",
                  f"Within {validity.use_within} of the {start.en} the {used.en} must have happened.", validity.clause)
    if validity.use_until:
        yield say(f"最迟于 {validity.use_until} 使用。", f"The last day of use is {validity.use_until}.", validity.clause)
    if validity.use_until_day:
        yield say(f"每年 {validity.use_until_day} 为使用截止日。", f"Use ends on {validity.use_until_day} of each year.", validity.clause)
    if validity.claim_within:
        after = WORDS[validity.claim_from]
        yield say(f"自{after.zh}起{validity.claim_within.chinese}内可申请兑付。",
                  f"One may claim within {validity.claim_within} of the {after.en}.", validity.clause)
    if validity.claim_until:
        yield say(f"最迟于 {validity.claim_until} 申请兑付。",
                  f"The last day to claim is {validity.claim_until}.", validity.clause)
    if validity.claim_until_day:
        yield say(f"每年 {validity.claim_until_day} 为兑付申请截止日。",
                  f"Claims end on {validity.claim_until_day} of each year.", validity.clause)
    if validity.extension:
        times, length = validity.extension.times, validity.extension.length
        yield say(f"可延期{times}次，每次{length.chinese}。",
                  f"It can be extended {times} time{'s' if times > 1 else ''} by {length}.", validity.extension.clause)
    if validity.retroactive is None:
        yield say("签发前发生的费用不计。", "Nothing bought before the voucher was given counts.", validity.clause)
    else:
        yield _lasting("申请前{}内的费用可以计入。", "Costs of up to {} before the application count.",
                       validity.retroactive, validity.clause)


def _lasting(zh: str, en: str, length: Duration, clause: Names | None = None) -> Sentence:
    return say(zh.format(length.chinese), en.format(length), clause)


def _claims(terms: Terms) -> Sentences:
    yield from (_paper(terms, paper) for paper in terms.evidence)
    if terms.disallowed == Disallowed.LAPSES:
        yield say("申请兑付中未获核定的部分失效，不退回创新券额度。",
                  "What is not accepted of a claim lapses; it does not go back to the voucher.")
    if terms.second_approval_from is not None:
        yield say(f"{money_of(terms.second_approval_from)} 及以上的兑付申请须由两人批准。",
                  f"A claim of {money_of(terms.second_approval_from)} or more is approved by two people.")
    if terms.notice:
        yield _lasting("兑付前公示{}。", "Before money is paid, public notice is given for {}.", terms.notice.length, terms.notice.clause)
    if terms.sampling_rate:
        yield say(f"对不低于 {percent(terms.sampling_rate)} 的已兑付事项进行抽查。",
                  f"At least {percent(terms.sampling_rate)} of what was paid is looked at again.")
    if terms.appeal_within:
        yield _lasting("对决定不服的，可在{}内提出申诉。", "A decision can be appealed within {}.", terms.appeal_within)


def _paper(terms: Terms, paper: Evidence) -> Sentence:
    when = condition_of(terms, paper.when)
    over = money_of(paper.from_amount) if paper.from_amount else ""
    original = ("（须验原件）", " (the original)") if paper.original else ("", "")
    stage = next((each.name for each in terms.instalments if each.code == paper.instalment), None)
    zh = f"{when.zh}{f'金额达 {over} 时，' if over else ''}{f'{stage.zh}：' if stage else ''}申请兑付须提交：{paper.name.zh}{original[0]}。"
    en = (f"{when.en}{f'from {over} on, ' if over else ''}{f'for the {stage.en}, ' if stage else ''}"
          f"a claim needs: {paper.name.en}{original[1]}.")
    return say(zh, _capital(en), paper.clause)


def _payment(terms: Terms) -> Sentences:
    rhythm = WORDS[terms.payout.rhythm]
    days = joined(tuple(Names(zh=day, en=day) for day in terms.payout.dates))
    if terms.payout.rhythm == Rhythm.DATES:
        yield say(f"每年于 {days.zh} 兑付。", f"Money is paid on {days.en} each year.", terms.payout.clause)
    else:
        yield say(f"{rhythm.zh}兑付。", f"Money is paid {rhythm.en}.", terms.payout.clause)
    if terms.payout.within:
        yield _lasting("审核通过后最迟{}内付款。", "It is paid at most {} after approval.", terms.payout.within, terms.payout.clause)
    for step in terms.instalments:
        yield say(f"{step.name.zh}：{percent(step.share)}，条件：{step.after.zh}。",
                  f"{_capital(step.name.en)}: {percent(step.share)}, after {step.after.en}.", step.clause)
    for funder in terms.funders:
        yield from _funder(terms, funder.name, funder.share, funder.ceiling)
    if terms.split == Split.BY_ORDER:
        yield say("各出资方按所列顺序依次承担。",
                  "The funders pay in the order in which they are named, one when the other is exhausted.")


def _funder(terms: Terms, name: Names, share: Fraction | None, ceiling: Money | None) -> Sentences:
    if share is not None:
        yield say(f"{name.zh}承担 {percent(share)}。", f"{_capital(name.en)} bears {percent(share)}.")
    if ceiling is not None:
        yield say(f"{name.zh}最多承担 {money_of(ceiling)}。",
                  f"{_capital(name.en)} bears at most {money_of(ceiling)} of a case.")


def _providers(terms: Terms) -> Sentences:
    for award in terms.provider_awards:
        how = _award(terms, award)
        cap = money_of(award.cap) if award.cap else ""
        yield say(f"{award.name.zh}：{how.zh}{f'，每年最多 {cap}' if cap else ''}。",
                  f"{_capital(award.name.en)}: {how.en}{f', at most {cap} a year' if cap else ''}.", award.clause)


def _award(terms: Terms, award: Award) -> Names:
    parts = tuple(_part(terms, part) for part in award.smaller_of or (Part(basis=award.basis, rate=award.rate),))
    amount = joined(parts)
    if award.smaller_of:
        amount = Names(zh=f"以下各项中的较小者：{amount.zh}", en=f"the smaller of {amount.en}")
    conditions = [(f"{names_of(terms, 'basis', (each.measure,)).zh}至少 {_wanted(each)}",
                   f"{names_of(terms, 'basis', (each.measure,)).en} of at least {_wanted(each)}")
                  for each in award.thresholds]
    if award.score_at_least is not None:
        conditions.append((f"评分至少 {award.score_at_least}", f"a score of at least {award.score_at_least}"))
    if not conditions:
        return amount
    return Names(zh=f"{amount.zh}（条件：{'、'.join(zh for zh, _en in conditions)}）",
                 en=f"{amount.en}, given {' and '.join(en for _zh, en in conditions)}")


def _wanted(threshold: Threshold) -> str:
    return str(threshold.times) if threshold.at_least is None else money_of(threshold.at_least)


def _afterwards(terms: Terms) -> Sentences:
    if terms.waiting_list:
        order = WORDS[terms.waiting_list.order]
        yield say(f"预算用完后列入候补名单，{order.zh}。",
                  f"When the money is gone there is a waiting list, served {order.en}.", terms.waiting_list.clause)
    if terms.clawback and terms.clawback.look_back:
        yield _lasting("{}内的错误支付可以追缴。", "What was paid wrongly is asked back up to {} later.",
                       terms.clawback.look_back, terms.clawback.clause)
    if terms.clawback and terms.clawback.ban:
        yield _lasting("有关各方{}内不得申请。", "Those concerned may not apply for {}.", terms.clawback.ban, terms.clawback.clause)
    yield _lasting("材料保存{}。", "Papers are kept for {}.", terms.retention)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_SECTIONS = (
    (Names(zh="项目", en="The programme"), _programme), (Names(zh="谁可以申请", en="Who may apply"), _applicants),
    (Names(zh="可以购买什么", en="What may be bought"), _services), (Names(zh="支付多少", en="How much is paid"), _amounts),
    (Names(zh="上限", en="Limits"), _limits), (Names(zh="企业承担什么", en="What the firm pays"), _own_share),
    (Names(zh="期限", en="Time"), _time), (Names(zh="申请兑付", en="Claims"), _claims),
    (Names(zh="付款", en="Payment"), _payment), (Names(zh="服务机构奖补", en="Awards for providers"), _providers),
    (Names(zh="之后", en="Afterwards"), _afterwards),
)
