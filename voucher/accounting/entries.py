"""How an entry is written from the rule of its event."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from voucher.accounting.rules import EVENTS, Move
from voucher.ledger import Draft, Line, credit, debit
from voucher.money import Money
from voucher.people import Organisation
from voucher.programmes.funding import FundLine
from voucher.statutory.mapping import mapping_of

# Whose sub-accounts an entry touches, and what its postings say they are about: "voucher" -> "V-2026-00001-4", ...
Places = Mapping[str, str]
# What one of several fund lines bears: where, and the amounts by name.
Part = tuple[Places, Mapping[str, Money]]


def entry(
    event: str, subject: str, on: date, amounts: Mapping[str, Money], places: Places, *, country: str = "",
    cause: str = "", evidence: tuple[str, ...] = (), terms: str = "", memo: str = "", parts: Sequence[Part] = (), when: str = "",
) -> Draft:
    """The entry of an event in every book, the statutory ones of the country included; moves of nothing are left out.

    Its cause is the event and its subject unless another is given, so that it can be posted once only. Where several fund
    lines bear it, `parts` says what each bears, and what concerns a fund line is posted part by part. `when` is the case of it, where a
    law tells cases apart.
    """
    rule = EVENTS[event]
    assert set(amounts) <= set(rule.amounts), f"{event} knows no {sorted(set(amounts) - set(rule.amounts))}"
    borne = parts or ((places, amounts),)
    lines = [line for move in rule.moves
             for where, some in (borne if move.of_fund_lines else ((places, amounts),)) if some.get(move.amount)
             for line in lines_of(move, some[move.amount], {**places, **where})]
    lines += [line for law in mapping_of(country).rules(event, when)
              for where, some in (borne if law.each == "fund_line" else ((places, amounts),)) if some.get(law.amount)
              for line in law.lines(some[law.amount], {**places, **where})]
    return Draft(cause=cause or f"{event} {subject}", event=event, effective_on=on, lines=one_line_an_account(lines),
                 memo=memo, evidence=evidence, terms=terms)


def lines_of(move: Move, money: Money, places: Places) -> tuple[Line, Line]:
    """The two postings of a move, in the sub-accounts of these places."""
    left, right = (account.of(places[account.each], money.currency) for account in (move.debit, move.credit))
    return debit(left, money, **places), credit(right, money, **places)


def one_line_an_account(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Several moves on one account are one posting, in the order of the first."""
    sums: dict[str, Line] = {}
    for line in lines:
        before = sums.get(line.account.name, replace(line, amount=Money.zero(line.amount.currency)))
        common = tuple(each for each in before.dimensions if each in line.dimensions)
        sums[line.account.name] = replace(line, amount=before.amount + line.amount, dimensions=common)
    return tuple(sums.values())


# An amount as the fund lines of a case bear it, in their order.
Spread = tuple[Money, ...]


def places_of(line: FundLine) -> dict[str, str]:
    """What postings about a fund line say they are about."""
    return {"programme": line.programme, "fund_line": line.reference, "year": str(line.year), "funder": line.funder}


def places_at(party: Organisation) -> dict[str, str]:
    """Whom postings concern, and where that is.

    The party of an entry is the firm to which its money is promised, owed or paid, or was paid where it is asked back: the holder of a
    voucher until there is a claim, from then on whoever claims and is paid; of an award the provider. The region is the party's, as it is
    on the day of posting.
    """
    return {"party": party.reference, "region": party.region}


def common_places(funds: Sequence[FundLine]) -> Places:
    """What is true of all of these fund lines: what postings say that no single one of them bears."""
    first, *others = (places_of(line) for line in funds)
    return {name: value for name, value in first.items() if all(other[name] == value for other in others)}


def plus(whole: Spread, more: Spread) -> Spread:
    """Two spreads together, fund line by fund line."""
    return tuple(each + some for each, some in zip(whole, more, strict=True))


def less(whole: Spread, part: Spread) -> Spread:
    """What is left of a spread, fund line by fund line."""
    return tuple(each - some for each, some in zip(whole, part, strict=True))
