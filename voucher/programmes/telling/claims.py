"""What a claim needs, and what happens to it."""

from voucher.programmes.phrases import WORDS, condition_of, field_of, joined, money_of, names_of, percent
from voucher.programmes.telling.sentence import Sentences, capital, lasting, say
from voucher.programmes.terms import Disallowed, Evidence, Names, Notice, Terms


def claims(terms: Terms) -> Sentences:
    """The papers, the decision, the notice, the sample, the checks, the appeal, and how long each step may take."""
    for paper in terms.evidence:
        yield from _paper(terms, paper)
    if terms.disallowed == Disallowed.LAPSES:
        yield say("申请兑付中未获核定的部分失效，不退回创新券额度。",
                  "What is not accepted of a claim lapses; it does not go back to the voucher.", terms.clause_of("disallowed"))
    for each in terms.levels_of_approval:
        yield say(f"{money_of(each.from_amount)} 及以上的兑付申请须由 {each.approvers} 人批准。",
                  f"A claim of {money_of(each.from_amount)} or more is approved by {each.approvers} people.", each.clause)
    if terms.notice:
        yield from _notice(terms, terms.notice)
    if terms.sampling_rate:
        yield say(f"对不低于 {percent(terms.sampling_rate)} 的兑付申请随机抽取，拨付前进行现场核查。",
                  f"At least {percent(terms.sampling_rate)} of the claims are drawn by lot and looked at on the spot before they are paid.",
                  terms.clause_of("sampling_rate"))
    for name, level in terms.checks.items():
        check, weight = WORDS[name], WORDS[level]
        yield say(f"检查发现“{check.zh}”的：{weight.zh}。", f"What the check “{check.en}” finds {weight.en}.", terms.clause_of("checks"))
    if terms.appeal_within:
        yield lasting("对决定不服的，可在{}内提出申诉。", "A decision can be appealed within {}.", terms.appeal_within,
                      terms.clause_of("appeal_within"))
    for rule, length in terms.deadlines.items():
        step = WORDS.get(rule, Names(zh=rule, en=rule))
        yield say(f"{step.zh}：{length.chinese}内。", f"{step.en}: within {length}.", terms.clause_of(rule))


def _notice(terms: Terms, notice: Notice) -> Sentences:
    if notice.before_payment:
        yield lasting("未经公示{}期满的，一律不予付款。", "Nothing is paid before it stood on a public notice for {}.", notice.length,
                      notice.clause)
    else:
        yield lasting("列入公示的，公示{}期满后付款。", "What is put on a public notice is paid after {}.", notice.length, notice.clause)
    only = _listed(terms, notice)
    if only.en:
        yield say(f"只公示{only.zh}兑付申请。", f"Only claims {only.en} stand on it.", notice.clause)
    if notice.fields:
        shown = joined(tuple(field_of(field) for field in notice.fields))
        yield say(f"公示内容：{shown.zh}。", f"The notice shows: {shown.en}.", notice.clause)
    for codes, zh, en in ((notice.objection_needs, "异议须附", "An objection carries"),
                          (notice.reopened_by, "重新公示的情形", "The notice starts again after")):
        if codes:
            named = joined(tuple(field_of(code) for code in codes))
            yield say(f"{zh}：{named.zh}。", f"{en}: {named.en}.", notice.clause)


def _listed(terms: Terms, notice: Notice) -> Names:
    """Whose claims stand on a notice; empty where all do."""
    classes, services = names_of(terms, "firm_classes", notice.firm_classes), names_of(terms, "services", notice.services)
    least = money_of(notice.from_amount) if notice.from_amount is not None else ""
    said = ((classes, f"{classes.zh}的", f"of {classes.en}"), (services, f"购买{services.zh}的", f"for {services.en}"),
            (Names(zh=least, en=least), f"核定金额达 {least} 的", f"of {least} or more"))
    return Names(zh="、".join(zh for named, zh, _en in said if named.en), en=", ".join(en for named, _zh, en in said if named.en))


def _paper(terms: Terms, paper: Evidence) -> Sentences:
    when = condition_of(terms, paper.when)
    over = money_of(paper.from_amount) if paper.from_amount else ""
    stage = next((each.name for each in terms.instalments if each.code == paper.instalment), None)
    zh = f"{when.zh}{f'金额达 {over} 时，' if over else ''}{f'{stage.zh}：' if stage else ''}申请兑付须提交：{paper.name.zh}。"
    en = (f"{when.en}{f'from {over} on, ' if over else ''}{f'for the {stage.en}, ' if stage else ''}"
          f"a claim needs: {paper.name.en}.")
    yield say(zh, capital(en), paper.clause)
    if paper.original:
        yield say(f"{when.zh}{paper.name.zh}须验原件，批准前由核验人员登记。",
                  capital(f"{when.en}the original has to be shown before approval: {paper.name.en}."), paper.clause)
