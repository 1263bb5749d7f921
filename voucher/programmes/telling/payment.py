"""When money is paid, in which parts, and by whom."""

from voucher.programmes.phrases import WORDS, joined, money_of, names_of, percent
from voucher.programmes.telling.sentence import Sentences, capital, lasting, say
from voucher.programmes.terms import Funder, Names, Rhythm, Split, Terms


def payment(terms: Terms) -> Sentences:
    """The rhythm, the instalments, and whose money it is."""
    rhythm = WORDS[terms.payout.rhythm]
    days = joined(tuple(Names(zh=day, en=day) for day in terms.payout.dates))
    if terms.payout.rhythm == Rhythm.DATES:
        yield say(f"每年于 {days.zh} 兑付。", f"Money is paid on {days.en} each year.", terms.payout.clause)
    else:
        yield say(f"{rhythm.zh}兑付。", f"Money is paid {rhythm.en}.", terms.payout.clause)
    if terms.payout.within:
        yield lasting("审核通过后最迟{}内付款。", "It is paid at most {} after approval.", terms.payout.within, terms.payout.clause)
    for step in terms.instalments:
        wait = (f"，距上期申请满{step.wait.chinese}", f", {step.wait} after the claim for the one before") if step.wait else ("", "")
        yield say(f"{step.name.zh}：{percent(step.share)}，条件：{step.after.zh}{wait[0]}。",
                  f"{capital(step.name.en)}: {percent(step.share)}, after {step.after.en}{wait[1]}.", step.clause)
    for funder in terms.funders:
        yield from _funder(terms, funder)
    if terms.split == Split.BY_ORDER:
        yield say("各出资方按所列顺序依次承担。",
                  "The funders pay in the order in which they are named, one when the other is exhausted.", terms.clause_of("split"))
    yield from _lines(terms)


def _funder(terms: Terms, funder: Funder) -> Sentences:
    name, clause = funder.name, funder.clause
    if funder.level:
        yield say(f"出资方：{name.zh}（{funder.level}）。", f"A funder: {name.en} ({funder.level}).", clause)
    if funder.share is not None:
        yield say(f"{name.zh}承担 {percent(funder.share)}。", f"{capital(name.en)} bears {percent(funder.share)}.", clause)
    if funder.ceiling is not None:
        most = money_of(funder.ceiling)
        yield say(f"{name.zh}每件最多承担 {most}。", f"{capital(name.en)} bears at most {most} of a case.", clause)
    if funder.matches:
        other = names_of(terms, "funders", (funder.matches,))
        yield say(f"{name.zh}与{other.zh}等额配套。", f"{capital(name.en)} pays as much as {other.en}.", clause)
    if funder.advances_for:
        other = names_of(terms, "funders", (funder.advances_for,))
        yield say(f"{other.zh}资金未到位时，{name.zh}可用其可用资金先行垫付，再向其结算。",
                  f"{capital(name.en)} may pay first for {other.en}, out of what it has free, and asks for the money back.", clause)


def _lines(terms: Terms) -> Sentences:
    lines = terms.fund_lines
    if lines.per_group:
        named = names_of(terms, "services", lines.per_group)
        yield say(f"预算按券种分列，用完一种停发一种：{named.zh}。", f"Lines of their own, each of which closes alone: {named.en}.",
                  lines.clause)
    if lines.over_issue is not None:
        yield say(f"签发总额最多可超出预算 {percent(lines.over_issue)}（下单总额不得超出）。",
                  f"Up to {percent(lines.over_issue)} more than the budget may be issued, but not ordered for.",
                  lines.clause)
