"""What providers get for having served well."""

from voucher.programmes.phrases import joined, money_of, names_of
from voucher.programmes.telling.amounts import part_of
from voucher.programmes.telling.sentence import Sentences, capital, say, together
from voucher.programmes.terms import Award, Names, Part, Terms, Threshold


def awards(terms: Terms) -> Sentences:
    """Each award: what it is a part of, its cap, what has to be reached."""
    for award in terms.provider_awards:
        how = _award(terms, award)
        cap = money_of(award.cap) if award.cap else ""
        yield say(f"{award.name.zh}：{how.zh}{f'，每年最多 {cap}' if cap else ''}。",
                  f"{capital(award.name.en)}: {how.en}{f', at most {cap} a year' if cap else ''}.",
                  together(award.clause, *(part.clause for part in award.smaller_of), *(each.clause for each in award.thresholds)))


def _award(terms: Terms, award: Award) -> Names:
    parts = tuple(part_of(terms, part) for part in award.smaller_of or (Part(basis=award.basis, rate=award.rate),))
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
