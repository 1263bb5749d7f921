"""What is paid at most, and how often."""

from voucher.programmes.phrases import PERIODS, WORDS, condition_of, money_of, names_of, percent
from voucher.programmes.telling.sentence import Sentence, Sentences, capital, say
from voucher.programmes.terms import Cap, CountLimit, Cut, Names, Period, Terms


def limits(terms: Terms) -> Sentences:
    """Caps, limits on how often, notes, the minimum, and which day decides the year."""
    yield from (_cap(terms, cap) for cap in terms.caps)
    yield from (_count(terms, limit) for limit in terms.count_limits)
    if terms.notes is not None:
        value, most = money_of(terms.notes.value), terms.notes.at_most
        yield say(f"券面额 {value}，每次至少{terms.notes.at_least}张" + (f"，最多{most}张。" if most else "。"),
                  f"Vouchers come in notes of {value}, at least {terms.notes.at_least}"
                  + (f" and at most {most}" if most else "") + " at a time.",
                  terms.notes.clause)
    for each in terms.minimums:
        when, least = condition_of(terms, each.when), money_of(each.amount)
        yield say(f"{when.zh}低于 {least} 不予支付。", capital(f"{when.en}less than {least} is not paid."), each.clause)
    if terms.minimum is not None:
        least, other = money_of(terms.minimum), ("此外，", "otherwise, ") if terms.minimums else ("", "")
        yield say(f"{other[0]}低于 {least} 不予支付。", capital(f"{other[1]}less than {least} is not paid."), terms.clause_of("minimum"))
    periods = {*(cap.period for cap in terms.caps), *(limit.period for limit in terms.count_limits)}
    if periods & set(_TIMES):
        day = WORDS[terms.dated_by]
        yield say(f"属于哪一年度（或批次），以{day.zh}之日为准。", f"The day of the {day.en} decides in which year or round a case counts.",
                  terms.clause_of("dated_by"))


_TIMES = (Period.CALENDAR_YEAR, Period.FISCAL_YEAR, Period.ROUND, Period.ROLLING)


def most_of(terms: Terms, cap: Cap) -> Names:
    """How much a cap allows: an amount, one for each class of firm, or a part of what counts."""
    if cap.amount_by_class:
        each = [(names_of(terms, "firm_classes", (code,)), amount) for code, amount in cap.amount_by_class.items()]
        return Names(zh="、".join(f"{name.zh} {money_of(amount)}" for name, amount in each),
                     en=", ".join(f"{name.en} {money_of(amount)}" for name, amount in each))
    if cap.share is not None:
        return Names(zh=f"计算基数的 {percent(cap.share)}", en=f"{percent(cap.share)} of what counts")
    assert cap.amount is not None, "reading sees to it that a cap says how much"
    return Names(zh=money_of(cap.amount), en=money_of(cap.amount))


def _cap(terms: Terms, cap: Cap) -> Sentence:
    when, scope, most = condition_of(terms, cap.when), _scope(terms, cap), most_of(terms, cap)
    last = ("，超出时先减列在最后的出资方", "; the funder named last gives up first") if cap.cut == Cut.LAST_FIRST else ("", "")
    return say(f"{cap.name.zh}：{when.zh}{scope.zh}最多 {most.zh}{last[0]}。",
               f"{capital(cap.name.en)}: {when.en}{scope.en} at most {most.en}{last[1]}.", cap.clause)


def _count(terms: Terms, limit: CountLimit) -> Sentence:
    when, scope = condition_of(terms, limit.when), _scope(terms, limit)
    unit = ("件", " pieces") if limit.pieces else ("张券", " vouchers") if limit.vouchers else ("次", "")
    only = names_of(terms, "facts", limit.counts_facts)
    zh, en = (f"（只计“{only.zh}”的）", f", counting only those for which this held: {only.en}") if limit.counts_facts else ("", "")
    return say(f"{limit.name.zh}：{when.zh}{scope.zh}最多{limit.at_most}{unit[0]}{zh}。",
               f"{capital(limit.name.en)}: {when.en}{scope.en} at most {limit.at_most}{unit[1]}{en}.", limit.clause)


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
