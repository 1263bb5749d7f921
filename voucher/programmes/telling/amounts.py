"""How much is paid: what counts, and the rates."""

from fractions import Fraction

from voucher.programmes.phrases import PERIODS, WORDS, condition_of, joined, may_both_hold, money_of, names_of, percent
from voucher.programmes.telling.sentence import Sentence, Sentences, capital, otherwise, say, together
from voucher.programmes.terms import CostRange, Names, Part, Period, RateRule, Rounding, Terms


def amounts(terms: Terms) -> Sentences:
    """What counts of a price, and what the rates give of that."""
    basis = names_of(terms, "basis", (terms.basis,))
    yield say(f"计算基数为{basis.zh}。", f"What counts is the {basis.en}.", terms.clause_of("basis"))
    if terms.basis_at_most:
        others = names_of(terms, "basis", terms.basis_at_most)
        yield say(f"但不超过{others.zh}。", f"But not more than the {others.en}.", terms.clause_of("basis_at_most"))
    yield from (_range(terms, each) for each in terms.eligible_cost)
    for price in terms.prices:
        service = names_of(terms, "items", (price.item,)) if price.item else names_of(terms, "services", (price.service,))
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
    return say(f"{when.zh}{'，'.join(zh)}。", capital(f"{when.en}{' and '.join(en)}."), bounds.clause)


def _rate(terms: Terms, rule: RateRule, *, again: bool) -> Sentence:
    """`again` says that a rule stands above it, so that this one holds only where that one does not."""
    when, how = otherwise(condition_of(terms, rule.when), again), _how_much(terms, rule)
    payer_zh, payer_en = "券", "the voucher"
    if rule.funder:
        payer = names_of(terms, "funders", (rule.funder,))
        payer_zh, payer_en = payer.zh, payer.en
    name = f" ({rule.name.en})" if rule.name else ""
    extra = ("另外", "in addition, ") if rule.on_top else ("", "")
    return say(f"{extra[0]}{when.zh}{payer_zh}支付{how.zh}{f'（{rule.name.zh}）' if rule.name else ''}。",
               capital(f"{extra[1]}{when.en}{payer_en} pays {how.en}{name}."),
               together(rule.clause, *(band.clause for band in rule.bands),
                        *(part.clause for part in (*rule.smaller_of, *rule.larger_of))))


def _how_much(terms: Terms, rule: RateRule) -> Names:
    basis = names_of(terms, "basis", (rule.basis or terms.basis,))
    if rule.rate is not None:
        return Names(zh=f"{basis.zh}的 {percent(rule.rate)}", en=f"{percent(rule.rate)} of the {basis.en}")
    if rule.bands:
        return _bands(rule, basis)
    if rule.smaller_of or rule.larger_of:
        parts = tuple(part_of(terms, part) for part in rule.smaller_of or rule.larger_of)
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
    if rule.bands_over != Period.APPLICATION:
        over = PERIODS[rule.bands_over]
        return Names(zh=f"{basis.zh}的分档比例（同一企业{over.zh}累计：{'；'.join(zh)}）",
                     en=f"of the {basis.en}, added up for one firm {over.en}: {', '.join(en)}")
    if rule.whole_basis:
        return Names(zh=f"{basis.zh}（{'；'.join(zh)}，按所达档次对全额适用）",
                     en=f"of the whole {basis.en} the rate of the band it reaches: {', '.join(en)}")
    return Names(zh=f"{basis.zh}的分档比例（{'；'.join(zh)}）", en=f"of the {basis.en}: {', '.join(en)}")


def part_of(terms: Terms, part: Part) -> Names:
    """One of several amounts: its name, and what it comes to."""
    how = _share_of(terms, part)
    return how if part.name is None else Names(zh=f"{part.name.zh}（{how.zh}）", en=f"{part.name.en} ({how.en})")


def _share_of(terms: Terms, part: Part) -> Names:
    if part.fixed is not None:
        return Names(zh=f"定额 {money_of(part.fixed)}", en=f"a fixed {money_of(part.fixed)}")
    basis = names_of(terms, "basis", (part.basis or terms.basis,))
    rate = percent(part.rate or Fraction(1))
    return Names(zh=f"{basis.zh}的 {rate}", en=f"{rate} of the {basis.en}")
