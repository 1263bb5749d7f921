"""What an order or claim is worth, and why: the calculation sheet, line by line.

The order of the steps is fixed, so that a sheet reads like the regulation: what was bought; what of it counts; what the
rates give; what the own share, the caps and the notes leave; whose money it is. Every step that changes something
writes a line. Nothing here reads a clock, a file or a database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP
from fractions import Fraction

from voucher.errors import NotValid, _
from voucher.money import Money, total
from voucher.programmes.cases import Case, Use, Window, check_case, fits, own_share_of, rules_for
from voucher.programmes.phrases import MEASURES, percent
from voucher.programmes.sheet import Kind, Sheet, SheetLine
from voucher.programmes.terms import (
    Band,
    Cap,
    Clause,
    CountLimit,
    Cut,
    Funder,
    Names,
    OwnShare,
    Part,
    Period,
    RateRule,
    Rounding,
    Split,
    SubjectKind,
    Terms,
)
from voucher.programmes.windows import window_of, windows_about

__all__ = ["Case", "Kind", "Sheet", "SheetLine", "Use", "calculate", "largest_voucher"]

# The pool is money of which no rule has said yet whose it is.
POOL = ""

# A price so large that only caps can bring it down, and what a result may not exceed to count as capped.
_ENDLESS_MINOR = 10**15
_CAPPED_MINOR = 10**12
_MOST_PIECES_TRIED = 100


def calculate(terms: Terms, case: Case) -> Sheet:
    """What the terms pay for the case, with every line that says why.

    A case that the terms refuse (excluded, too often, too small) gets a result of zero and a line of kind refusal.
    Raises NotValid when the case speaks of things that the terms do not know, or leaves out an amount that they need.
    """
    check_case(terms, case)
    reckoning = _Reckoning(terms, case)
    reckoning.say_inputs()
    reckoning.refuse_excluded()
    reckoning.apply_rates()
    reckoning.apply_own_share()
    for cap in terms.caps:
        reckoning.apply_cap(cap)
    reckoning.apply_ceilings()
    reckoning.apply_notes()
    reckoning.apply_minimum()
    return reckoning.finish()


def largest_voucher(terms: Terms, firm_class: str, used: Sequence[Use], on: date, *, services: Sequence[str] = (),
                    like: Case | None = None) -> Sheet:
    """The largest amount for which a firm may have a voucher that day: what the caps leave, whatever it then buys.

    `services` narrows it to some services; `like` is a case from which region, group, facts and the like are taken.
    Raises NotValid when the terms set no limit at all.
    """
    zero = Money.zero(terms.currency)
    base = like or Case(on, firm_class, "", zero, zero)
    endless = Money(_ENDLESS_MINOR, terms.currency)
    measures = dict.fromkeys(("recognised_income", "added_value", *terms.measures), endless)
    sheets = [
        calculate(terms, replace(base, on=on, firm_class=firm_class, service=service, item=item, net=cost, vat=zero,
                                 used=tuple(used), measures=measures, quantity=pieces, own_cash=None, own_kind=None))
        for service in services or terms.services for item in ("", *terms.services[service].items)
        for cost in (endless, *_limits_of_cost(terms)) for pieces in _pieces(terms)
    ]
    best = max(sheets, key=lambda sheet: sheet.result.minor)
    if best.result.minor > _CAPPED_MINOR:
        raise NotValid(_("These terms set no limit to a voucher. The amount has to come from an order."))
    lines = tuple(replace(line, details={key: text for key, text in line.details.items() if key != "cut"})
                  for line in best.lines if line.kind in _LIMITING)
    return replace(best, lines=lines, own_share=zero, instalments={})


_LIMITING = (Kind.CAP, Kind.LIMIT, Kind.REFUSAL, Kind.FUNDER, Kind.RESULT)


def _limits_of_cost(terms: Terms) -> tuple[Money, ...]:
    """The costs above which something stops: a voucher may be larger just there."""
    ranges = [each.at_most for each in terms.eligible_cost]
    conditions = [when.cost_up_to for when in (*(rule.when for rule in terms.rates), *(cap.when for cap in terms.caps))]
    return tuple(dict.fromkeys(limit for limit in (*ranges, *conditions) if limit is not None))


def _pieces(terms: Terms) -> Sequence[int]:
    """Numbers of pieces at which a voucher may be largest: very many, unless pieces are counted."""
    most = max((limit.at_most for limit in terms.count_limits if limit.pieces), default=0)
    return range(1, min(most, _MOST_PIECES_TRIED) + 1) if most else (1_000_000,)


class _Reckoning:
    """One calculation under way: the lines so far, and what is granted so far by funder."""

    def __init__(self, terms: Terms, case: Case) -> None:
        self.terms, self.case = terms, case
        self.zero = Money.zero(terms.currency)
        self.lines: list[SheetLine] = []
        self.granted: dict[str, Money] = {}
        self.bases: dict[str, Money] = {}
        self.used_by: dict[Window, list[Use]] = {}
        self.refused = False
        self.own_rule = own_share_of(terms, case) or OwnShare()

    # -- what was bought ----------------------------------------------------------------------------------------

    def say_inputs(self) -> None:
        """What the calculation starts from."""
        case = self.case
        self._say(Kind.INPUT, "不含税价格", "Price net of tax", case.net)
        self._say(Kind.INPUT, "增值税", "Value added tax", case.vat)
        for code, money in case.measures.items():
            name = self.terms.measures.get(code, MEASURES.get(code, Names(zh=code, en=code)))
            self._say(Kind.INPUT, name.zh, name.en, money)

    def refuse_excluded(self) -> None:
        """Exclusions, and limits on how often."""
        for exclusion in self.terms.exclusions:
            if exclusion.when is not None and fits(self.terms, exclusion.when, self.case):
                self._refuse(f"不予支持：{exclusion.name.zh}", f"Excluded: {exclusion.name.en}", exclusion.clause)
        for limit in self.terms.count_limits:
            if not limit.vouchers:
                self._count(limit)

    def _count(self, limit: CountLimit) -> None:
        if not fits(self.terms, limit.when, self.case) or not self._concerns(limit):
            return
        def times(use: Use) -> int:
            counts = set(limit.counts_facts) <= use.facts
            return (use.quantity if limit.pieces else use.times) if counts else 0

        so_far = self._counted(limit, times)
        now = self.case.quantity if limit.pieces else 1
        details = {"limit": str(limit.at_most), "used": str(so_far)}
        if so_far + now > limit.at_most:
            self._refuse(f"{limit.name.zh}：最多{limit.at_most}，已用{so_far}",
                         f"{limit.name.en}: at most {limit.at_most}, {so_far} used before", limit.clause, details)
        else:
            self._say(Kind.LIMIT, limit.name.zh, limit.name.en, None, limit.clause, details)

    # -- what of it counts ----------------------------------------------------------------------------------------

    def basis(self, code: str) -> Money:
        """What of a measure counts: not more than other measures, the price list and the range of costs allow."""
        code = code or self.terms.basis
        if code not in self.bases:
            self.bases[code] = self._basis(code)
        return self.bases[code]

    def _basis(self, code: str) -> Money:
        amount, name = self.case.measure(code), self._name_of(code)
        if code == self.terms.basis:
            for other in self.terms.basis_at_most:
                amount = self._lower(amount, self.case.measure(other), f"不超过{self._name_of(other).zh}",
                                     f"Not more than the {self._name_of(other).en}", self.terms.clause_of("basis_at_most"))
            amount = self._price_listed(amount)
        amount = self._within_range(amount)
        self._say(Kind.BASIS, f"计算基数（{name.zh}）", f"Basis ({name.en})", amount,
                  self.terms.clause_of("basis") if code == self.terms.basis else None)
        return amount

    def _price_listed(self, amount: Money) -> Money:
        for price in self.terms.prices:
            if price.service == self.case.service and price.item in ("", self.case.item):
                listed = Money(price.price.minor * self.case.quantity, amount.currency)
                return self._lower(amount, listed, "不超过目录价", "Not more than the listed price", price.clause)
        return amount

    def _within_range(self, amount: Money) -> Money:
        for bounds in self.terms.eligible_cost:
            if not fits(self.terms, bounds.when, self.case):
                continue
            if bounds.at_least is not None and amount < bounds.at_least:
                self._refuse(f"低于最低费用 {bounds.at_least:,}",
                             f"Less than the smallest eligible cost of {bounds.at_least:,}", bounds.clause)
            if bounds.at_most is not None and amount > bounds.at_most and bounds.refuse_above:
                self._refuse(f"高于最高费用 {bounds.at_most:,}",
                             f"More than the largest eligible cost of {bounds.at_most:,}", bounds.clause)
            elif bounds.at_most is not None:
                amount = self._lower(amount, bounds.at_most, "超出部分不计", "What lies above does not count", bounds.clause)
        return amount

    def _lower(self, amount: Money, limit: Money, zh: str, en: str, clause: Clause | None) -> Money:
        if amount <= limit:
            return amount
        self._say(Kind.BASIS, zh, en, limit, clause, {"limit": str(limit), "cut": str(amount - limit)})
        return limit

    # -- what the rates give --------------------------------------------------------------------------------------

    def apply_rates(self) -> None:
        """For each funder, and for the pool, the first rule that fits, and what comes on top."""
        chosen = rules_for(self.terms, self.case)
        if not chosen:
            self._refuse("没有适用的补助标准", "No rate of these terms fits this case", None)
        for funder in (POOL, *(each.code for each in self.terms.funders)):
            if funder in chosen:
                self.granted[funder] = self._rounded([self._by_rule(rule) for rule in chosen[funder]])
        self._match_funders()
        self._stop_at_the_price()

    def _stop_at_the_price(self) -> None:
        """All funders together pay no more than what counts, and never more than the price; the last gives up first."""
        price = min(self.case.gross, max(self.bases.values(), default=self.case.gross))
        granted = self._of((), self.granted)
        if granted > price:
            self._cut((), granted - price, Cut.LAST_FIRST)
            self._say(Kind.LIMIT, "不超过价格", "Not more than the price", price, None,
                      {"reason": "price", "limit": str(price), "cut": str(granted - price)})

    def _match_funders(self) -> None:
        """A funder that pays as much as another does, where rules and not shares say who pays."""
        for funder in self.terms.funders:
            if funder.matches and funder.matches in self.granted and funder.code not in self.granted:
                amount = self.granted[funder.code] = self.granted[funder.matches]
                self._say(Kind.RATE, f"{funder.name.zh}等额配套", f"{funder.name.en} matches one for one", amount, funder.clause)

    def _by_rule(self, rule: RateRule) -> Fraction:
        """What a rule gives in minor units, not rounded yet; its line shows it rounded to one."""
        basis = self.basis(rule.basis)
        if rule.bands:
            return self._by_bands(rule, basis)
        if rule.smaller_of or rule.larger_of:
            return self._by_parts(rule)
        if rule.rate is not None:
            return self._ruled(rule, f"{percent(rule.rate)} × {basis:,}", f"{percent(rule.rate)} of {basis:,}", basis.minor * rule.rate)
        fixed = rule.fixed if rule.fixed is not None else rule.per_piece
        assert fixed is not None, "reading sees to it that a rule says how much"
        pieces = 1 if rule.per_piece is None else self.case.quantity
        amount = min(Money(fixed.minor * pieces, fixed.currency), basis)
        return self._ruled(rule, f"定额 {fixed:,} × {pieces}", f"Fixed amount {fixed:,} x {pieces}, not more than the basis",
                           Fraction(amount.minor))

    def _by_bands(self, rule: RateRule, basis: Money) -> Fraction:
        if rule.whole_basis:
            reached = next((band for band in rule.bands if band.up_to is None or basis <= band.up_to), Band(rate=Fraction(0)))
            return self._ruled(rule, f"{percent(reached.rate)} × {basis:,}", f"{percent(reached.rate)} of {basis:,}",
                               basis.minor * reached.rate, reached.clause)
        # Each band shows the difference of two rounded running sums, so that the lines add up to the rounded whole.
        start = self._cost_before(rule)
        floor, exact, shown, end = start, Fraction(0), self.zero, start + basis
        for band in rule.bands:
            top = end if band.up_to is None else min(end, band.up_to)
            if top > floor or (band is rule.bands[0] and not start):
                exact += band.rate * (top.minor - floor.minor)
                running = self._to_the_minor_unit(exact)
                self._say_band(rule, band, floor, top, running - shown)
                floor, shown = top, running
        return self._ruled(rule, "各档合计", "All bands together", exact)

    def _cost_before(self, rule: RateRule) -> Money:
        """The cost of earlier cases that filled the bands already, where bands count over more than one case."""
        if rule.bands_over == Period.APPLICATION:
            return self.zero
        year = window_of(self.terms, rule.bands_over, self.case.on)
        services = self.terms.members(rule.when.services)
        uses = [use for use in self._used_by((SubjectKind.COMPANY, rule.bands_over, None))
                if _falls_into(year, use) and (not services or use.service in services)]
        before = total((use.cost for use in uses if use.cost is not None), self.terms.currency)
        self._say(Kind.INPUT, "此前已计费用", "Cost counted before", before, rule.clause)
        return before

    def _say_band(self, rule: RateRule, band: Band, floor: Money, top: Money, amount: Money) -> None:
        self._say(Kind.BAND, f"{floor:,} 至 {top:,} 部分 × {percent(band.rate)}",
                  f"{percent(band.rate)} of the part from {floor:,} to {top:,}",
                  amount, band.clause or rule.clause)

    def _by_parts(self, rule: RateRule) -> Fraction:
        parts = rule.smaller_of or rule.larger_of
        amounts = [self._part(part, rule.clause) for part in parts]
        if rule.smaller_of:
            return self._ruled(rule, "取较小者", "The smaller counts", min(amounts))
        return self._ruled(rule, "取较大者", "The larger counts", max(amounts))

    def _part(self, part: Part, clause: Clause | None) -> Fraction:
        exact = exact_part(self.basis(part.basis) if part.fixed is None else self.zero, part)
        name = self._name_of(part.basis or self.terms.basis)
        if part.fixed is not None:
            name = part.name or Names(zh="定额", en="fixed amount")
        elif part.name is not None:
            name = part.name
        rate = "" if part.rate is None else f"{percent(part.rate)} "
        self._say(Kind.BAND, f"{name.zh} {rate}".strip(), f"{rate}{name.en}".strip(), self._to_the_minor_unit(exact),
                  part.clause or clause)
        return exact

    def _ruled(self, rule: RateRule, zh: str, en: str, exact: Fraction, clause: Clause | None = None) -> Fraction:
        name = rule.name or self._funder_name(rule.funder)
        if name is not None:
            zh, en = f"{name.zh}：{zh}", f"{name.en}: {en}"
        self._say(Kind.RATE, zh, en, self._to_the_minor_unit(exact), clause or rule.clause)
        return exact

    @property
    def _way(self) -> str:
        return ROUND_HALF_UP if self.terms.rounding.way == Rounding.HALF_UP else ROUND_DOWN

    def _to_the_minor_unit(self, exact: Fraction) -> Money:
        return Money(1, self.terms.currency).part(exact, self._way) if exact else self.zero

    def _rounded(self, exact: Sequence[Fraction]) -> Money:
        """The sum of what some rules give: each to the minor unit, as its line shows it; or all at once, where the file names a step."""
        step = self.terms.rounding.to
        if step is None:
            return total(map(self._to_the_minor_unit, exact), self.terms.currency)
        steps = sum(exact, Fraction(0)) / step.minor
        answer = Money(self._to_the_minor_unit(steps).minor * step.minor, self.terms.currency)
        if steps.denominator == 1:
            return answer
        self._say(Kind.ROUNDING, f"按 {step:,} 取整", f"Rounded to multiples of {step:,}", answer, self.terms.rounding.clause)
        return answer

    # -- what limits leave ----------------------------------------------------------------------------------------

    def apply_own_share(self) -> None:
        """What the SME must bring itself."""
        own, basis = self.own_rule, self.basis(self.own_rule.basis)
        said = self.case.own_cash is not None or self.case.own_kind is not None
        brought = self._brought() if said else None
        if own.at_least is not None:
            self._cut_to(basis - basis.part(own.at_least, ROUND_HALF_UP), Names(zh="自付部分", en="Own share"), own.clause, "own_share")
        if own.at_least_amount is not None:
            self._cut_to(max(basis - own.at_least_amount, self.zero), Names(zh="自付部分", en="Own share"), own.clause, "own_share")
        if own.match is None:
            return
        room = basis.part(own.match / (1 + own.match), ROUND_DOWN) if brought is None else brought.part(own.match, ROUND_DOWN)
        self._cut_to(room, Names(zh="与自付等比", en="Matched to what the firm brings"), own.clause, "match")

    def _brought(self) -> Money:
        """What the SME brings, in cash and, as far as it counts, in kind."""
        own, cash, kind = self.own_rule, self.case.own_cash or self.zero, self.case.own_kind or self.zero
        kind = kind if "kind" in own.kinds else self.zero
        if own.kind_at_most is not None:
            # kind <= part x (cash + kind), so kind <= part / (1 - part) x cash
            most = kind if own.kind_at_most >= 1 else cash.part(own.kind_at_most / (1 - own.kind_at_most), ROUND_DOWN)
            kind = min(kind, most)
        self._say(Kind.INPUT, "企业自付（现金）", "The firm brings, in cash", cash, own.clause)
        self._say(Kind.INPUT, "企业自付（实物，计入部分）", "The firm brings, in kind as far as it counts", kind, own.clause,
                  {"brings": "kind"})
        return cash + kind

    def apply_cap(self, cap: Cap) -> None:
        """One cap: what it allows, what was used of it before, what is left, what it cuts."""
        if not fits(self.terms, cap.when, self.case) or not self._concerns(cap):
            return
        limit = self._limit(cap)
        if limit is None:
            return
        used = Money(self._counted(cap, lambda use: self._of_funders(use, cap.funders).minor), self.terms.currency)
        left = max(limit - used, self.zero)
        if cap.funders and POOL in self.granted and self._of(cap.funders, self._divided()) > left:
            self._divide()
        before = self._of(cap.funders, self._divided() if cap.funders else self.granted)
        if before > left:
            self._cut(cap.funders, before - left, cap.cut)
        self._say(Kind.CAP, cap.name.zh, cap.name.en, min(before, left), cap.clause,
                  {"limit": str(limit), "used": str(used), "left": str(left), "cut": str(max(before - left, self.zero))})

    def _limit(self, cap: Cap) -> Money | None:
        if cap.share is not None:
            return self.basis("").part(cap.share, ROUND_DOWN)
        amount = cap.amount if cap.amount is not None else cap.amount_by_class.get(self.case.firm_class)
        if amount is not None and cap.period == Period.PIECE:
            return Money(amount.minor * self.case.quantity, amount.currency)
        return amount

    def _concerns(self, limit: Cap | CountLimit) -> bool:
        """Whether the limit counts this case: its service, its item."""
        return ((not limit.services or self.case.service in self.terms.members(limit.services))
                and (not limit.items or self.case.item in limit.items))

    def _counted(self, limit: Cap | CountLimit, size: Callable[[Use], int]) -> int:
        """How much the limit counts together with this case: the sizes of earlier uses, in the window of time in which they are most."""
        if limit.period in (Period.PIECE, Period.APPLICATION):
            return 0
        services = self.terms.members(limit.services)
        uses = [use for use in self._used_by((SubjectKind(limit.subject), limit.period, limit.length))
                if (use.held or limit.period != Period.HELD)
                and (not services or use.service in services) and (not limit.items or use.item in limit.items)]
        about = windows_about(self.terms, limit.period, limit.length, self.case.on, (use.on for use in uses),
                              undated=self.case.undated)
        return max(sum(size(use) for use in uses if _falls_into(window, use)) for window in about)

    def _used_by(self, window: Window) -> list[Use]:
        """The earlier uses of the same company, group, .. as this case; several limits ask for the same."""
        if window not in self.used_by:
            self.used_by[window] = self.case.uses_of(window[0], window)
        return self.used_by[window]

    def _of_funders(self, use: Use, funders: tuple[str, ...]) -> Money:
        """What of an earlier use came from these funders; all of it when nobody wrote down whose it was."""
        if not funders or not use.funders:
            return use.amount
        return total((money for code, money in use.funders.items() if code in funders), self.terms.currency)

    def _of(self, funders: tuple[str, ...], granted: Mapping[str, Money]) -> Money:
        return total((money for code, money in granted.items() if not funders or code in funders), self.terms.currency)

    def _cut_to(self, room: Money, name: Names, clause: Clause | None, reason: str) -> None:
        before = self._of((), self.granted)
        if before > room:
            self._cut((), before - room, Cut.PROPORTIONALLY)
        self._say(Kind.LIMIT, name.zh, name.en, min(before, room), clause,
                  {"reason": reason, "limit": str(room), "cut": str(max(before - room, self.zero))})

    def _cut(self, funders: tuple[str, ...], excess: Money, way: Cut) -> None:
        """Take the excess from what these funders grant."""
        codes = [code for code in self.granted if not funders or code in funders]
        if way == Cut.PROPORTIONALLY:
            held = [self.granted[code] for code in codes]
            kept = (total(held, excess.currency) - excess).split([money.minor for money in held])
            self.granted.update(zip(codes, kept, strict=True))
            return
        for code in reversed(codes):
            taken = min(excess, self.granted[code])
            self.granted[code], excess = self.granted[code] - taken, excess - taken

    def apply_notes(self) -> None:
        """Whole notes only, where vouchers come in notes."""
        notes = self.terms.notes
        if notes is None:
            return
        before = self._of((), self.granted)
        number = before.minor // notes.value.minor
        number = min(number, notes.at_most) if notes.at_most is not None else number
        if number < notes.at_least and before:
            self._refuse(f"不足{notes.at_least}张券", f"Less than {notes.at_least} notes", notes.clause)
            number = 0
        whole = Money(notes.value.minor * number, before.currency)
        if before > whole:
            self._cut((), before - whole, Cut.PROPORTIONALLY)
        self._say(Kind.ROUNDING, f"{number}张 × {notes.value:,}", f"{number} notes of {notes.value:,}", whole, notes.clause,
                  {"notes": str(number), "cut": str(before - whole)})

    def apply_minimum(self) -> None:
        """Too small to be paid."""
        special = next((each for each in self.terms.minimums if fits(self.terms, each.when, self.case)), None)
        minimum, clause = (special.amount, special.clause) if special else (self.terms.minimum, self.terms.clause_of("minimum"))
        amount = self._of((), self.granted)
        if minimum is not None and amount and amount < minimum:
            self._refuse(f"低于最低支付额 {minimum:,}", f"Less than the smallest amount that is paid, {minimum:,}", clause)

    # -- whose money it is ----------------------------------------------------------------------------------------

    def apply_ceilings(self) -> None:
        """What each funder pays at most, and what its fund line still holds."""
        if POOL in self.case.left:
            self._cut_to(self.case.left[POOL], Names(zh="预算余额", en="What the budget still holds"), self.terms.fund_lines.clause,
                         "budget")
        if self.terms.split == Split.BY_ORDER and POOL in self.granted:
            self._pay_in_order()
        if any(self._ceiling(each) is not None for each in self.terms.funders):
            self._divide()
            for funder in self.terms.funders:
                self._apply_ceiling(funder)

    def _ceiling(self, funder: Funder) -> Money | None:
        return min((each for each in (funder.ceiling, self.case.left.get(funder.code)) if each is not None), default=None)

    def _apply_ceiling(self, funder: Funder) -> None:
        ceiling, before = self._ceiling(funder), self.granted.get(funder.code, self.zero)
        if ceiling is not None and before > ceiling:
            self.granted[funder.code] = ceiling
            self._say(Kind.LIMIT, f"{funder.name.zh}承担上限", f"The most that {funder.name.en} pays", ceiling, funder.clause,
                      {"reason": "ceiling", "limit": str(ceiling), "cut": str(before - ceiling)})

    def _pay_in_order(self) -> None:
        """The pool from the first funder up to its ceiling, then from the next; what nobody pays is cut."""
        parts, rest = self._in_order(self.granted.pop(POOL))
        self.granted = {code: part + self.granted.get(code, self.zero) for code, part in parts.items()}
        if rest:
            self._say(Kind.LIMIT, "各方承担上限之外", "Beyond what all funders pay", self._of((), self.granted),
                      self.terms.clause_of("split"), {"reason": "ceiling", "cut": str(rest)})

    def _in_order(self, amount: Money) -> tuple[dict[str, Money], Money]:
        """An amount over the funders, each up to its ceiling, and what is left of it then."""
        parts = {}
        for funder in self.terms.funders:
            ceiling = self._ceiling(funder)
            parts[funder.code] = amount if ceiling is None else min(amount, ceiling)
            amount = amount - parts[funder.code]
        return parts, amount

    def _divide(self) -> None:
        self.granted = self._divided()

    def _divided(self) -> dict[str, Money]:
        """What is granted, with the pool divided over the funders by their shares or in their order."""
        if POOL not in self.granted or not self.terms.funders:
            return self.granted
        if self.terms.split == Split.BY_ORDER:
            parts, rest = self._in_order(self.granted[POOL])
            parts[self.terms.funders[-1].code] += rest  # nobody's yet; `_pay_in_order` cuts it
        else:
            parts = dict(zip((each.code for each in self.terms.funders),
                             self.granted[POOL].split(shares(self.terms.funders)), strict=True))
        return {code: parts[code] + self.granted.get(code, self.zero) for code in parts}

    def finish(self) -> Sheet:
        """The end of the sheet: funders, instalments, own share, result."""
        if self.refused:
            self.granted = dict.fromkeys(self.granted, self.zero)
        self._divide()
        result = self._of((), self.granted)
        funders = {code: money for code, money in self.granted.items() if code != POOL}
        for funder in self.terms.funders:
            if funder.code in funders:
                self._say(Kind.FUNDER, funder.name.zh, funder.name.en, funders[funder.code],
                          funder.clause or self.terms.clause_of("split"), {"funder": funder.code})
        instalments = self._instalments(result)
        own = self._say_own_share(result)
        self._say(Kind.RESULT, "券支付金额", "The voucher pays", result)
        return Sheet(tuple(self.lines), result, own, funders, instalments)

    def _instalments(self, result: Money) -> dict[str, Money]:
        steps = self.terms.instalments
        if not steps:
            return {}
        parts = result.split([step.share for step in steps])
        for step, part in zip(steps, parts, strict=True):
            self._say(Kind.INSTALMENT, f"{step.name.zh}（{step.after.zh}）", f"{step.name.en} ({step.after.en})", part, step.clause,
                      {"instalment": step.code})
        return {step.code: part for step, part in zip(steps, parts, strict=True)}

    def _say_own_share(self, result: Money) -> Money:
        """What the SME pays: the rest of the price, and of the tax what the voucher does not reach."""
        own = self.case.gross - result
        tax = min(self.case.vat, own) if own.minor > 0 else self.zero
        self._say(Kind.OWN_SHARE, "企业承担：价款部分", "The firm pays: of the price", own - tax, self.own_rule.clause)
        self._say(Kind.OWN_SHARE, "企业承担：增值税", "The firm pays: value added tax", tax, self.own_rule.clause)
        return own

    # -- the lines ------------------------------------------------------------------------------------------------

    def _say(self, kind: Kind, zh: str, en: str, amount: Money | None, clause: Clause | None = None,
             details: Mapping[str, str] | None = None) -> None:
        self.lines.append(SheetLine(kind, Names(zh=zh, en=en), amount, clause, details or {}))

    def _refuse(self, zh: str, en: str, clause: Clause | None, details: Mapping[str, str] | None = None) -> None:
        self.refused = True
        self._say(Kind.REFUSAL, zh, en, None, clause, details)

    def _name_of(self, measure: str) -> Names:
        return self.terms.measures.get(measure) or MEASURES[measure]

    def _funder_name(self, code: str) -> Names | None:
        return next((funder.name for funder in self.terms.funders if funder.code == code), None)


def _falls_into(window: tuple[date, date], use: Use) -> bool:
    """Whether a use counts in a window of time, or may still come to count in it."""
    first, last = window
    return use.on <= last and (use.undated or first <= use.on)


def exact_part(basis: Money, part: Part) -> Fraction:
    """A fixed amount, or a rate of the basis; in minor units, not rounded."""
    if part.fixed is not None:
        return Fraction(part.fixed.minor)
    return basis.minor * (part.rate if part.rate is not None else Fraction(1))


def part_of(basis: Money, part: Part) -> Money:
    """A fixed amount, or a rate of the basis, to the minor unit."""
    return Money(1, basis.currency).part(exact_part(basis, part))


def shares(funders: Sequence[Funder]) -> list[Fraction]:
    """The weight of each funder: its share, that of the one it matches, or an equal one."""
    own = {funder.code: funder.share for funder in funders}
    weights = [funder.share if funder.share is not None else own.get(funder.matches) for funder in funders]
    return [weight if weight is not None else Fraction(not any(weights)) for weight in weights]
