"""The calculation sheet: what an amount is, and why, line by line, in both languages.

A sheet is stored with the decision that rests on it, so it says everything itself and needs neither the terms nor a
catalog of translations to be read again years later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from voucher.money import Money, total
from voucher.programmes.terms import Clause, Names


class Kind(StrEnum):
    """What a line of a sheet is."""

    INPUT = "input"
    BASIS = "basis"
    BAND = "band"
    RATE = "rate"
    CAP = "cap"
    LIMIT = "limit"
    ROUNDING = "rounding"
    REFUSAL = "refusal"
    FUNDER = "funder"
    INSTALMENT = "instalment"
    OWN_SHARE = "own_share"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line. `amount` is what the line comes to: of a cap, what is left after it; of a refusal, nothing.

    `details` are further facts by name, amounts as strings: of a cap limit, used, left and cut.
    """

    kind: Kind
    label: Names
    amount: Money | None = None
    clause: Clause | None = None
    details: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The line for machines, its amount a string."""
        return {"kind": str(self.kind), "label": _both(self.label), "amount": None if self.amount is None else str(self.amount),
                "clause": None if self.clause is None else _both(self.clause), "details": dict(self.details)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], currency: str) -> Self:
        """The line again."""
        amount, clause = data["amount"], data["clause"]
        return cls(Kind(data["kind"]), Names(**data["label"]), None if amount is None else Money.parse(amount, currency),
                   None if clause is None else Clause(**clause), dict(data["details"]))


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a voucher pays (`result`) and what remains for the SME (`own_share`, tax included), with the lines that say why.

    `funders` and `instalments` divide the result, to the minor unit.
    """

    lines: tuple[SheetLine, ...]
    result: Money
    own_share: Money
    funders: Mapping[str, Money] = field(default_factory=dict)
    instalments: Mapping[str, Money] = field(default_factory=dict)

    @property
    def refusals(self) -> tuple[SheetLine, ...]:
        """The lines that say why nothing is paid."""
        return tuple(line for line in self.lines if line.kind == Kind.REFUSAL)

    @property
    def why_nothing(self) -> Names:
        """Why nothing is paid, with the clauses: what the terms refuse, else the limits that leave nothing."""
        lines = self.refusals or tuple(line for line in self.lines if line.kind in (Kind.CAP, Kind.LIMIT, Kind.ROUNDING)
                                       and line.amount is not None and not line.amount and line.details.get("cut", "all").strip("0."))
        return Names(zh="；".join(_reasons(lines, "zh")) or "计算基数或标准为零",
                     en="; ".join(_reasons(lines, "en")) or "what counts, or the rate, is zero")

    @property
    def brought_in_kind(self) -> Money:
        """What the SME brings in kind, as far as it counts: so much less it pays in cash."""
        brought = [line.amount for line in self.lines if line.details.get("brings") == "kind" and line.amount is not None]
        return total(brought, self.result.currency)

    def of(self, kind: Kind) -> tuple[SheetLine, ...]:
        """The lines of one kind."""
        return tuple(line for line in self.lines if line.kind == kind)

    def within(self, most: Money, label: Names) -> Self:
        """This sheet, cut to `most` where it comes to more: a last cap that other rules have drawn already.

        What is cut falls to the SME; funders and instalments shrink in proportion, to the minor unit.
        """
        if self.result <= most:
            return self
        cut = SheetLine(Kind.LIMIT, label, most, details={"cut": str(self.result - most)})
        before = [line for line in self.lines if line.kind != Kind.RESULT]
        results = [replace(line, amount=most) for line in self.of(Kind.RESULT)]
        return replace(
            self, lines=(*before, cut, *results), result=most, own_share=self.own_share + (self.result - most),
            funders=_shrunk(self.funders, most), instalments=_shrunk(self.instalments, most))

    def as_json(self) -> dict[str, Any]:
        """The sheet for machines and for storing; amounts are strings."""
        return {"currency": self.result.currency, "result": str(self.result), "own_share": str(self.own_share),
                "funders": {code: str(money) for code, money in self.funders.items()},
                "instalments": {code: str(money) for code, money in self.instalments.items()},
                "lines": [line.as_json() for line in self.lines]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The sheet again, equal to the one that was stored."""
        currency = data["currency"]

        def amounts(named: Mapping[str, str]) -> dict[str, Money]:
            return {code: Money.parse(text, currency) for code, text in named.items()}

        return cls(tuple(SheetLine.from_json(line, currency) for line in data["lines"]), Money.parse(data["result"], currency),
                   Money.parse(data["own_share"], currency), amounts(data["funders"]), amounts(data["instalments"]))


def _shrunk(parts: Mapping[str, Money], whole: Money) -> dict[str, Money]:
    weights = [part.minor for part in parts.values()]
    if not any(weights):
        return dict(parts)
    return dict(zip(parts, whole.split(weights), strict=True))


def _reasons(lines: Iterable[SheetLine], language: str) -> list[str]:
    return [line.label.in_language(language) + _used_up(line, language)
            + (f" ({line.clause.in_language(language)})" if line.clause else "") for line in lines]


def _used_up(line: SheetLine, language: str) -> str:
    """What a cap allows and what of it is used; empty for other lines, whose labels say it."""
    if line.kind != Kind.CAP or line.amount is None:
        return ""
    limit, used = (Money.parse(line.details[name], line.amount.currency) for name in ("limit", "used"))
    return f"，限额{limit:,}，已用{used:,}" if language == "zh" else f", {limit:,}, of which {used:,} is used"


def _both(names: Names) -> dict[str, str]:
    return {"zh": names.zh, "en": names.en}
