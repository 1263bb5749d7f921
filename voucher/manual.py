"""The accounting manual for people: written from the accounting code itself, so that it cannot say anything else.

Markdown, in either language: the chart of accounts, what each event posts in every book, and a worked example as entries
and as T-accounts. `voucher manual` prints it; the copies under templates/guides are kept in step by a test.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from unicodedata import east_asian_width

from voucher.accounting import CHART, EVENTS, RULES, UNPOSTED, ChartAccount, EventRule, entry
from voucher.errors import _
from voucher.languages import Translator, translator
from voucher.ledger import Draft
from voucher.money import Money
from voucher.statutory.mapping import LATE, RESTORED, LawRule, StatutoryMapping, countries, mapping_of

BOOKS = {
    "entitlement": _("Entitlement: how much may this holder still use?"),
    "budget": _("Budget: how much of the appropriation is free, committed, owed, spent?"),
    "financial": _("Financial: what do we own and owe, what was the expense?"),
}


@dataclass(frozen=True)
class ExampleStep:
    """One event of the worked example: when, what, whose sub-accounts, and how much in whole yuan."""

    on: date
    event: str
    places: dict[str, str]
    amounts: dict[str, int]

    def draft(self, number: int, country: str) -> Draft:
        """Its entry; the number makes its cause one of a kind."""
        money = {name: Money(amount * 100, "CNY") for name, amount in self.amounts.items()}
        return entry(self.event, f"E{number:02d}", self.on, money, self.places, country=country)


_LINE = {"fund_line": "L-2026-00001-3", "year": "2026", "funder": "city"}
_CASE = _LINE | {"voucher": "V-2026-00001-4"}
_C1 = _CASE | {"claim": "C-2026-00001-8"}
_C2 = _CASE | {"claim": "C-2026-00002-3"}
_AWARD = _LINE | {"award": "A1", "payout": "Y4"}
_RECOVERY, _PRIOR = _C2 | {"recovery": "R1"}, _C1 | {"recovery": "R2"}


def _on(on: date, *steps: tuple[str, dict[str, str], dict[str, int]]) -> tuple[ExampleStep, ...]:
    return tuple(ExampleStep(on, *step) for step in steps)


FIRST_YEAR = (
    *_on(date(2026, 3, 2),
         ("funds.appropriated", _LINE, {"amount": 1_000_000}),
         ("funds.allotted", _LINE, {"amount": 800_000}),
         ("voucher.issued", _CASE, {"face": 100_000}),
         ("order.placed", _CASE, {"part": 60_000}),
         ("order.accepted", _CASE, {"part": 60_000}),
         ("order.placed", _CASE, {"part": 25_000}),
         ("order.accepted", _CASE, {"part": 25_000}),
         ("order.cancelled", _CASE, {"part": 25_000, "obligated": 25_000}),
         ("order.placed", _CASE, {"part": 20_000}),
         ("order.accepted", _CASE, {"part": 20_000}),
         ("claim.submitted", _C1, {"requested": 60_000}),
         ("claim.approved", _C1, {"approved": 54_000, "own": 54_000, "cut": 6_000, "freed": 6_000}),
         ("claim.disputed", _C1, {"amount": 54_000}),
         ("claim.undisputed", _C1, {"amount": 54_000}),
         ("payout.released", _C1 | {"payout": "Y1"}, {"amount": 54_000}),
         ("payout.settled", _C1 | {"payout": "Y1"}, {"amount": 54_000}),
         ("payout.returned", _C1 | {"payout": "Y1", "returned": "Y1"}, {"amount": 54_000}),
         ("payout.reissued", _C1 | {"payout": "Y2", "returned": "Y1"}, {"amount": 54_000}),
         ("payout.settled", _C1 | {"payout": "Y2"}, {"amount": 54_000}),
         ("claim.submitted", _C2, {"requested": 20_000}),
         ("claim.withdrawn", _C2, {"requested": 20_000}),
         ("claim.submitted", _C2, {"requested": 20_000}),
         ("claim.approved", _C2, {"approved": 20_000, "own": 20_000}),
         ("payout.released", _C2 | {"payout": "Y3"}, {"amount": 20_000}),
         ("payout.settled", _C2 | {"payout": "Y3"}, {"amount": 20_000}),
         ("voucher.expired", _CASE, {"amount": 26_000}),
         ("award.decided", _AWARD, {"amount": 7_400}),
         ("award.released", _AWARD, {"amount": 7_400}),
         ("award.settled", _AWARD, {"amount": 7_400}),
         ("recovery.decided", _RECOVERY, {"principal": 20_000, "interest": 146}),
         ("recovery.collected", _RECOVERY, {"used": 20_000, "principal": 20_000, "interest": 146}),
         ("interest.remitted", _RECOVERY, {"amount": 146})),
    *_on(date(2026, 12, 31), ("year.lapsed", _LINE, {"unallotted": 200_000, "free": 738_600, "returned": 938_600})),
)
SECOND_YEAR = _on(
    date(2027, 4, 1),
    ("prior.decided", _PRIOR, {"amount": 10_000}),
    ("prior.collected", _PRIOR, {"amount": 9_500}),
    ("prior.closed", _PRIOR, {"amount": 9_500}),
    ("prior.remitted", _PRIOR, {"amount": 9_500}),
    ("prior.written_off", _PRIOR, {"amount": 500}),
)


def example(country: str = "CN") -> list[Draft]:
    """The entries of the worked example, in order."""
    return [step.draft(number, country) for number, step in enumerate((*FIRST_YEAR, *SECOND_YEAR), start=1)]


# --- as Markdown ---------------------------------------------------------------------------------------------------------


def manual(language: str) -> str:
    """The whole manual in a language ("zh" or "en")."""
    say = translator(language)
    parts = (_opening(say), _chart(say), _statutory_charts(say), _events(say), _example(say))
    return "\n".join(line for part in parts for line in part)


def _opening(say: Translator) -> Iterator[str]:
    yield f"# {say(_('Accounting manual'))}\n"
    yield say(_("Every event posts one entry to every book that it concerns, and each book balances on its own. A debit is "
                "positive. What is posted stays; a mistake is reversed. No account may stand on its wrong side: the database "
                "refuses it, so that nothing can be overspent or paid twice.")) + "\n"
    yield say(_("Accounts of revenue and expense are not closed when a year ends: their balances go on, and what a year brought is what "
                "they moved by between its first day and its last (`voucher ledger surplus` reads it so). The carry of a year to "
                "the accumulated surplus is an entry of the office's general ledger, which takes these figures over.")) + "\n"
    for book, meaning in BOOKS.items():
        yield f"* `{book}` — {say(meaning)}"
    yield f"* `cn-financial`, `cn-budget` … — {say(_('Statutory: what the law of the country asks for, from a file'))}\n"


def _chart(say: Translator) -> Iterator[str]:
    yield f"## {say(_('Chart of accounts'))}\n"
    heads = [say(head) for head in (_("Code"), _("Ledger account"), _("Meaning"), _("Normal side"), _("One for each"))]
    yield from _table(heads, ([account.code, f"`{account.name}`", _named(account, say), say(_SIDES[account.normal]),
                               say(_EACH[account.each])] for account in CHART))
    yield say(_("Each posting names whose sub-account it is on; on one of a fund line or a case also where that belongs:")) + "\n"
    for each in dict.fromkeys(account.each for account in CHART):
        names = sorted(next(account for account in CHART if account.each == each).says)
        yield f"* {say(_EACH[each])} — {', '.join(f'`{name}`' for name in names)}"
    yield ""


_SIDES = {"debit": _("debit"), "credit": _("credit")}
_EACH = {
    "voucher": _("voucher"), "fund_line": _("fund line"), "claim": _("claim"), "payout": _("payout"),
    "returned": _("returned payout"), "award": _("award"), "recovery": _("recovery"), "funder": _("funder"),
    "region": _("region"), "deposit": _("deposit"),
}


def _statutory_charts(say: Translator) -> Iterator[str]:
    for country in countries():
        mapping = mapping_of(country)
        yield f"## {say(_('Statutory accounts'))}: {country}\n"
        yield _named(mapping.standard, say) + "\n"
        yield from _table([say(_("Book")), say(_("Meaning"))],
                          ([f"`{book}`", _named(names, say)] for book, names in mapping.books.items()))
        each = {code: {rule.each for rules in mapping.events.values() for rule in rules if code in (rule.debit, rule.credit)}
                for code in mapping.accounts}
        yield from _table([say(_("Code")), say(_("Ledger account")), say(_("One for each"))],
                          ([code, _named(names, say), ", ".join(say(_EACH[one]) for one in sorted(each[code], reverse=True))]
                           for code, names in mapping.accounts.items()))


def _events(say: Translator) -> Iterator[str]:
    yield f"## {say(_('What each event posts'))}\n"
    heads = [say(head) for head in (_("Book"), _("Amount"), _("Debit"), _("Credit"))]
    yield say(_("Each entry is compared with this when it is posted: an account that its event does not move, or not to that side, is "
                "refused.")) + "\n"
    for rule in RULES:
        yield f"### {_named(rule, say)} (`{rule.name}`)\n"
        yield from _table(heads, (*_moves(rule, say), *_law(rule, say)))
        yield from _unposted(rule, say)
        if rule.says:
            yield say(_("Each posting of it names: {names}")).format(names=", ".join(f"`{name}`" for name in sorted(rule.says))) + "\n"


def _unposted(rule: EventRule, say: Translator) -> Iterator[str]:
    if rule.name in UNPOSTED:
        yield say(_("No step of this system posts it: the rule stands here for a later version.")) + "\n"
    for amount in rule.amounts:
        if f"{rule.name} {amount}" in UNPOSTED:
            yield say(_("No step of this system gives `{amount}`: the rule stands here for a later version.")).format(
                amount=amount) + "\n"


def _moves(rule: EventRule, say: Translator) -> Iterator[list[str]]:
    for move in rule.moves:
        yield [move.debit.book, f"`{move.amount}`", _account(move.debit, say), _account(move.credit, say)]


def _law(rule: EventRule, say: Translator) -> Iterator[list[str]]:
    for mapping in map(mapping_of, countries()):
        for law in mapping.events.get(rule.name, ()):
            yield [law.book, _amount(law, say), *(_local(mapping, code, say) for code in _sides_of(law))]


_CASES = {LATE: _("of an earlier year"), RESTORED: _("of money that came back in a later year")}


def _amount(law: LawRule, say: Translator) -> str:
    return f"`{law.amount}` ({say(_CASES[law.when])})" if law.when else f"`{law.amount}`"


def _sides_of(law: LawRule) -> tuple[str, str]:
    return law.debit, law.credit


def _local(mapping: StatutoryMapping, code: str, say: Translator) -> str:
    return f"{code} {_named(mapping.accounts[code], say)}"


def _account(account: ChartAccount, say: Translator) -> str:
    return f"{account.code} {_named(account, say)}"


def _named(thing: object, say: Translator) -> str:
    return str(getattr(thing, "zh" if say.language == "zh" else "en"))


def _table(heads: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _example(say: Translator) -> Iterator[str]:
    yield f"## {say(_('A worked example'))}\n"
    yield say(_("Half of an invoice is paid, up to 100,000 yuan; providers get a tenth of what was paid; what is disallowed "
                "returns to the voucher. E17 is a payment that comes back; E33 closes the year; the entries after it belong "
                "to the next.")) + "\n"
    entries = example()
    yield "```"
    width = max(len(line.account.name) for draft in entries for line in draft.lines)
    for draft in entries:
        yield f"{draft.effective_on} {draft.cause} · {_named(EVENTS[draft.event], say)}"
        yield from (f"    {line.account.name:<{width}}{line.amount!s:>13}" for line in draft.lines)
        yield ""
    yield "```\n"
    yield f"### {say(_('The same as T-accounts'))}\n"
    for name, (left_side, right_side) in _by_account(entries).items():
        yield from _t_account(name, left_side, right_side, say)


def _by_account(entries: list[Draft]) -> dict[str, tuple[list[tuple[str, Money]], list[tuple[str, Money]]]]:
    sides: dict[str, tuple[list[tuple[str, Money]], list[tuple[str, Money]]]] = {}
    for draft in entries:
        for line in draft.lines:
            name = line.account.name.rpartition(":")[0]
            left, right = sides.setdefault(name, ([], []))
            (left if line.amount.minor > 0 else right).append((draft.cause.split()[-1], line.amount))
    return dict(sorted(sides.items()))


def _t_account(name: str, left_side: list[tuple[str, Money]], right_side: list[tuple[str, Money]], say: Translator) -> Iterator[str]:
    def cell(row: tuple[str, Money] | None) -> str:
        return f"{row[0]:<5}{str(row[1]).lstrip('-'):>14}" if row else " " * 19

    def sum_of(rows: list[tuple[str, Money]]) -> int:
        return sum(abs(amount.minor) for _cause, amount in rows)

    yield "```"
    yield f"{name} · {_meaning(name, say)}"
    yield f"{_padded(say(_('debit')), 20)}│ {say(_('credit'))}"
    yield "─" * 20 + "┼" + "─" * 20
    for left, right in zip_longest(left_side, right_side):
        yield f"{cell(left)} │ {cell(right)}".rstrip()
    balance = Money(sum_of(left_side) - sum_of(right_side), "CNY")
    yield "─" * 20 + "┴" + "─" * 20
    side = say(_("debit")) if balance.minor > 0 else say(_("credit"))
    yield f"{say(_('Balance'))} {str(balance).lstrip('-')}" + (f" {side}" if balance else "")
    yield "```\n"


def _meaning(name: str, say: Translator) -> str:
    """What an account is called: one of ours with its code, or one of a law's books."""
    ours = next((account for account in CHART if account.name == name), None)
    if ours is not None:
        return _account(ours, say)
    book, code = name.split(":")
    return next(_named(mapping.accounts[code], say) for mapping in map(mapping_of, countries()) if book in mapping.books)


def _padded(text: str, width: int) -> str:
    """Text as wide as `width` columns of a terminal: a Chinese character takes two."""
    return text + " " * (width - sum(2 if east_asian_width(char) in "WF" else 1 for char in text))
