"""What a provider gets for having served well: the award, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from voucher.errors import NotValid, _, problem
from voucher.money import Money
from voucher.programmes.calculation import part_of
from voucher.programmes.phrases import percent
from voucher.programmes.sheet import Kind, Sheet, SheetLine
from voucher.programmes.source import unknown_word
from voucher.programmes.terms import Award, Clause, Names, Part, Terms, Threshold


@dataclass(frozen=True)
class Merit:
    """What a provider reached in a year: amounts and counts by name, its score, and what it was awarded already."""

    measures: Mapping[str, Money] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    score: int | None = None
    awarded: Money | None = None


def calculate_award(terms: Terms, code: str, merit: Merit) -> Sheet:
    """The award of that name with the lines that say why. Raises NotValid when an amount or count is missing."""
    award = next((each for each in terms.provider_awards if each.code == code), None)
    if award is None:
        raise NotValid(problems=[unknown_word(code, [each.code for each in terms.provider_awards], _("The award"))])
    zero = Money.zero(terms.currency)
    lines = [*_thresholds(terms, award, merit), *_score(award, merit)]
    for part in _parts(award):
        basis = zero if part.fixed is not None else _measure(merit, part.basis)
        lines.append(_line(Kind.BAND, _name(terms, part, basis), part_of(basis, part), part.clause or award.clause))
    result = min(line.amount for line in lines if line.kind == Kind.BAND and line.amount is not None)
    lines.append(_line(Kind.RATE, award.name, result, award.clause))
    result = _capped(award, merit, result, lines)
    if any(line.kind == Kind.REFUSAL for line in lines):
        result = zero
    lines.append(_line(Kind.RESULT, Names(zh="奖补金额", en="The award"), result))
    return Sheet(tuple(lines), result, zero)


def _parts(award: Award) -> tuple[Part, ...]:
    return award.smaller_of or (Part(basis=award.basis, rate=award.rate),)


def _capped(award: Award, merit: Merit, result: Money, lines: list[SheetLine]) -> Money:
    if award.cap is None:
        return result
    used = merit.awarded or Money.zero(result.currency)
    left = max(award.cap - used, Money.zero(result.currency))
    paid = min(result, left)
    lines.append(SheetLine(Kind.CAP, Names(zh="年度上限", en="yearly cap of one provider"), paid, award.clause,
                           {"limit": str(award.cap), "used": str(used), "left": str(left), "cut": str(result - paid)}))
    return paid


def _thresholds(terms: Terms, award: Award, merit: Merit) -> list[SheetLine]:
    return [_threshold(each, _called(terms, each.measure), merit, each.clause or award.clause) for each in award.thresholds]


def _called(terms: Terms, measure: str) -> Names:
    return terms.measures.get(measure) or Names(zh=measure, en=measure)


def _threshold(threshold: Threshold, called: Names, merit: Merit, clause: Clause | None) -> SheetLine:
    wanted: Money | int
    found: Money | int
    if threshold.times is not None:
        if threshold.measure not in merit.counts:
            raise _missing("counts", threshold.measure)
        wanted, found = threshold.times, merit.counts[threshold.measure]
        reached = found >= wanted
    else:
        assert threshold.at_least is not None, "reading sees to it that a threshold says how much"
        wanted, found = threshold.at_least, _measure(merit, threshold.measure)
        reached = found >= wanted
    label = Names(zh=f"门槛 {called.zh}：至少 {wanted:,}，实际 {found:,}",
                  en=f"Threshold {called.en}: at least {wanted:,}, reached {found:,}")
    return SheetLine(Kind.LIMIT if reached else Kind.REFUSAL, label, None, clause, {"limit": str(wanted), "reached": str(found)})


def _score(award: Award, merit: Merit) -> list[SheetLine]:
    if award.score_at_least is None:
        return []
    if merit.score is None:
        raise _missing("score", "score")
    label = Names(zh=f"评分至少 {award.score_at_least}，实际 {merit.score}",
                  en=f"Score of at least {award.score_at_least}, reached {merit.score}")
    kind = Kind.LIMIT if merit.score >= award.score_at_least else Kind.REFUSAL
    return [SheetLine(kind, label, None, award.clause)]


def _measure(merit: Merit, code: str) -> Money:
    if code not in merit.measures:
        raise _missing("measures", code)
    return merit.measures[code]


def _missing(where: str, code: str) -> NotValid:
    return NotValid(problems=[problem(_("The award needs {code}; give it here."), where, code=code)])


def _name(terms: Terms, part: Part, basis: Money) -> Names:
    if part.fixed is not None:
        return part.name or Names(zh="定额", en="fixed amount")
    called = part.name or _called(terms, part.basis)
    rate = percent(part.rate) if part.rate is not None else "100 %"
    return Names(zh=f"{called.zh}：{rate} × {basis:,}", en=f"{called.en}: {rate} of {basis:,}")


def _line(kind: Kind, label: Names, amount: Money, clause: Clause | None = None) -> SheetLine:
    return SheetLine(kind, label, amount, clause)
