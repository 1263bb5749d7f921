"""What the firm itself has to bring."""

from voucher.programmes.phrases import WORDS, condition_of, joined, may_both_hold, money_of, names_of, percent
from voucher.programmes.telling.sentence import Sentences, capital, otherwise, say
from voucher.programmes.terms import Names, OwnShare, Terms, Vat


def own_share(terms: Terms) -> Sentences:
    """What the firm has to bring, in what, and who bears the tax."""
    for index, own in enumerate(terms.own_share):
        again = any(may_both_hold(terms, each.when, own.when) for each in terms.own_share[:index])
        yield from _own_rule(terms, own, otherwise(condition_of(terms, own.when), again))
    if terms.basis != "gross" and all(own.vat == Vat.SME for own in terms.own_share):
        yield say("增值税由企业承担。",
                  "The firm pays the value added tax.", terms.own_share[0].clause if terms.own_share else None)


def _own_rule(terms: Terms, own: OwnShare, when: Names) -> Sentences:
    if own.at_least is not None:
        basis = names_of(terms, "basis", (own.basis,)) if own.basis else Names(zh="计算基数", en="what counts")
        whole = basis.en if not own.basis else f"the {basis.en}"
        yield say(f"{when.zh}企业至少自付{basis.zh}的 {percent(own.at_least)}。",
                  capital(f"{when.en}the firm brings at least {percent(own.at_least)} of {whole}."), own.clause)
    if own.at_least_amount is not None:
        least = money_of(own.at_least_amount)
        yield say(f"{when.zh}企业至少自付 {least}。", capital(f"{when.en}the firm brings at least {least}."), own.clause)
    if own.match is not None:
        kinds = joined(tuple(WORDS[kind] for kind in own.kinds), "或", "or")
        yield say(f"{when.zh}企业以{kinds.zh}每投入一份，券最多支付 {percent(own.match)}。",
                  capital(f"{when.en}the voucher pays at most {percent(own.match)} of what the firm brings in {kinds.en}."), own.clause)
    if own.kind_at_most is not None:
        yield say(f"{when.zh}以实物投入的最多占自付部分的 {percent(own.kind_at_most)}。",
                  capital(f"{when.en}at most {percent(own.kind_at_most)} of what it brings may be in kind."), own.clause)
    if own.proof:
        papers = {each.kind: each.name for each in terms.evidence}
        named = joined(tuple(papers[kind] for kind in own.proof))
        yield say(f"{when.zh}自付部分以下列材料证明：{named.zh}。", capital(f"{when.en}its part is proved by: {named.en}."), own.clause)
    if own.vat_first:
        yield say(f"{when.zh}开工前企业须付清增值税，服务机构登记到账后方可开工、交付。",
                  capital(f"{when.en}the firm pays its tax before work starts; the provider notes that it came in before it begins."),
                  own.clause)
    if own.within is not None:
        yield say(f"{when.zh}服务机构接单后，企业应在{own.within.chinese}内将自付部分付入钱包。",
                  capital(f"{when.en}the firm pays its part into the wallet within {own.within} after the provider accepted."), own.clause)
