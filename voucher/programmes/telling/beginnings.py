"""What the programme is, who may apply, and what may be bought."""

from collections.abc import Iterator

from voucher.programmes.phrases import WORDS, condition_of, joined, money_of, names_of
from voucher.programmes.telling.sentence import Sentence, Sentences, capital, only_told, say, together
from voucher.programmes.terms import Exclusion, FirmClass, Mandate, Model, Names, Office, Relations, SubjectKind, Terms


def programme(terms: Terms) -> Sentences:
    """The programme, the office, the regulation, and when one may apply."""
    programme = terms.programme
    if programme.purpose:
        yield Sentence(programme.purpose)
    yield from _office(programme.office)
    if programme.regulation:
        yield say(f"依据：{programme.regulation.zh}。", f"It rests on: {programme.regulation.en}.")
    if programme.source:
        yield say(f"原文：{programme.source}", f"To be read at: {programme.source}")
    yield Sentence(_MODELS[terms.model], terms.clause_of("model"))
    if programme.in_force_from or programme.in_force_until:
        since, until = programme.in_force_from or "", programme.in_force_until or ""
        yield say(f"施行期间：{since} 至 {until}。",
                  f"These rules are in force from {since or 'the beginning'} until {until or 'further notice'}.", programme.clause)
    for each in programme.rounds:
        yield say(f"申请批次：{each.name.zh}，{each.opens} 至 {each.closes}。",
                  f"Round {each.name.en}: from {each.opens} to {each.closes}.", each.clause)
    if terms.mandate != Mandate.NOBODY:
        agents = Names(zh="代多家集团申请的人", en="from who acts for firms of several groups")
        whose = agents if terms.mandate == Mandate.AGENTS else Names(zh="每位申请人", en="from everybody")
        yield say(f"申请须附企业签署的授权委托：{whose.zh}。", f"An application wants a mandate signed by the firm: {whose.en}.",
                  terms.clause_of("mandate"))
    for days, zh, en in ((programme.closed_days, "另外不办公的日子", "The office is also closed on"),
                         (programme.open_days, "另外办公的日子", "The office also works on")):
        if days:
            named = joined(tuple(Names(zh=str(day), en=str(day)) for day in days))
            yield say(f"{zh}：{named.zh}。", f"{en} {named.en}.", programme.clause)
    if programme.fiscal_year_starts != "01-01":
        yield say(f"财政年度自每年 {programme.fiscal_year_starts} 起。", f"The fiscal year begins on {programme.fiscal_year_starts}.",
                  programme.clause)


def _office(office: Office) -> Sentences:
    yield say(f"主管单位：{office.name.zh}。", f"The programme is run by: {office.name.en}.")
    ways = [each for each in (office.address, *(Names(zh=way, en=way) for way in (office.phone, office.email) if way)) if each]
    if ways:
        yield say(f"联系方式：{'，'.join(each.zh for each in ways)}。", f"To be reached at: {', '.join(each.en for each in ways)}.")


_MODELS = {
    Model.REIMBURSE_SME: Names(zh="企业先向服务机构付清全款，再申请兑付，款项付给企业。",
                               en="The firm pays the provider in full, then claims; the money is paid to the firm."),
    Model.PROVIDER_REDEEMS: Names(zh="企业只付自己承担的部分，其余由服务机构凭券兑付，款项付给服务机构。",
                                  en="The firm pays the provider only its own part; the provider claims the rest and is paid."),
    Model.WALLET: Names(zh="企业先把自付部分存入专户，财政补足后由专户向服务机构付款。",
                        en="The firm pays its part into a wallet, the programme tops it up, and the wallet pays the provider."),
}


def applicants(terms: Terms) -> Sentences:
    """The classes of firms; of what they have bounds firms say how they stand when they apply."""
    for each in terms.firm_classes.values():
        kind = WORDS[each.kind] if each.kind != SubjectKind.COMPANY else None
        yield say(f"{each.name.zh}可以申请{f'（{kind.zh}）' if kind else ''}。",
                  f"May apply: {each.name.en}{f' ({kind.en})' if kind else ''}.", each.clause)
        bounds = joined(tuple(_bounds(each)))
        if bounds.en:
            yield say(f"{each.name.zh}：{bounds.zh}；申请时由企业申明。",
                      f"{capital(each.name.en)}: {bounds.en}; the firm says so when it applies.", each.clause)


def _bounds(each: FirmClass) -> Iterator[Names]:
    if (people := each.employees_at_most) is not None:
        yield Names(zh=f"不超过{people}人", en=f"at most {people} people")
    if each.turnover_at_most is not None:
        most = money_of(each.turnover_at_most)
        yield Names(zh=f"年营业收入不超过 {most}", en=f"a yearly turnover of at most {most}")
    if (years := each.years_at_least) is not None:
        yield Names(zh=f"成立满{years}年", en=f"at least {years} years old")
    if (years := each.years_at_most) is not None:
        yield Names(zh=f"成立不超过{years}年", en=f"at most {years} years old")


def services(terms: Terms) -> Sentences:
    """What may be bought, what is excluded, and which ties are forbidden."""
    for code, each in terms.services.items():
        register = terms.needs_registration(code)
        items = tuple(each.items.values())
        zh = each.name.zh + (f"（含{joined(items).zh}）" if items else "") + ("，须办理技术合同认定登记" if register else "")
        en = each.name.en + (f" ({joined(items).en})" if items else "") + ("; its contract has to be registered" if register else "")
        clause = together(each.clause, terms.clause_of("contract_registration") if register else None)
        yield say(f"可以购买：{zh}。", f"May be bought: {en}.", clause)
    for group in terms.service_groups.values():
        members = names_of(terms, "services", group.services)
        yield say(f"{group.name.zh}包括：{members.zh}。", f"{capital(group.name.en)}: that is {members.en}.", group.clause)
    yield from (_exclusion(terms, each) for each in terms.exclusions)
    if terms.relations:
        yield _relations(terms.relations)


def _exclusion(terms: Terms, exclusion: Exclusion) -> Sentence:
    """One with a condition is refused by the engine; one without is for people to see."""
    if exclusion.when is None:
        return only_told(say(f"不予支持：{exclusion.name.zh}。", f"Not paid for: {exclusion.name.en}.", exclusion.clause))
    when = condition_of(terms, exclusion.when)
    zh, en = when.zh.removesuffix("，"), when.en.removesuffix(", ")
    return say(f"不予支持：{exclusion.name.zh}（{zh}）。", f"Not paid for: {exclusion.name.en} ({en}).", exclusion.clause)


def _relations(relations: Relations) -> Sentence:
    ties = joined(tuple(WORDS[each] for each in relations.forbidden))
    zh, en = f"企业与服务机构之间不得存在以下关系：{ties.zh}", f"Firm and provider must not be tied by: {ties.en}"
    if relations.depth > 1:
        zh, en = f"{zh}，追溯至第{relations.depth}层", f"{en}, followed over {relations.depth} steps"
    if relations.look_back:
        zh, en = f"{zh}，已终止的关系追溯{relations.look_back.chinese}", f"{en}; a tie that has ended counts for {relations.look_back}"
    return say(f"{zh}。", f"{en}.", relations.clause)
