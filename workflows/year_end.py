"""The end of a budget year: what nobody was promised from a fund line lapses, or is carried to the fund line of the next year.

What is promised or approved stays where it is, and is paid from there: the line of the year in which it was promised. So does what
is ordered, unless it is carried (`open_orders`). What that frees later lapses or is carried too, by another document.
"""

from datetime import date

from voucher import accounting, ledger
from voucher.database import fetch, lock
from voucher.errors import NotNow, _, problem, refuse_if_any
from voucher.history import record
from voucher.money import Money
from voucher.posting import lock_free_money, post_many
from voucher.programmes.funding import FundLine
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.programmes.terms import Terms
from voucher.programmes.windows import budget_days
from voucher.work import Work
from workflows.funding import document_problems, fund_line_of, tidy
from workflows.publishing import PROGRAMME


def lapse_free_money(work: Work, fund_line: str, document: str, on: date | None = None) -> FundLine:
    """Give back what nobody was promised from a fund line whose year is over.

    It counts for the day `on`; without one, for the last day of the line's year. Raises NotNow when nothing is free.
    """
    line = lock(work.session, FundLine, fund_line)
    PROGRAMME.allow(work, "lapse_free_money", {})
    document = tidy(document)
    terms = terms_of_line(work, line)
    on = checked_day(work, line, terms, document, on)
    if ledger.find(work.session, f"year.lapsed {line.reference} {document}") is not None:
        return line
    lock_free_money(work.session, [line])
    unallotted, free = _left(work, line, on)
    post_many(work, [accounting.year_lapsed(line, unallotted, free, document, on, terms.programme.country)])
    tell(work, "year.lapsed", line, unallotted + free, document)
    return line


def carry_forward(work: Work, fund_line: str, document: str, on: date | None = None) -> FundLine:
    """Carry what nobody was promised to the line of the same funder in the next year; answers that line, opened if need be.

    It leaves the line on the day `on` (without one, the last day of its year), and is there again on the first day of the next
    year, or that day if it is later. What was allotted is allotted there too. Raises NotNow when nothing is free.
    """
    PROGRAMME.allow(work, "carry_forward", {})
    document = tidy(document)
    line, following = lock_with_next(work, fund_line)
    terms = terms_of_line(work, line)
    on = checked_day(work, line, terms, document, on)
    if ledger.find(work.session, f"year.free_carried {line.reference} {document}") is not None:
        return following
    lock_free_money(work.session, [line, following])
    unallotted, free = _left(work, line, on)
    country, opens_on = terms.programme.country, max(on, budget_days(terms, following.year)[0])
    post_many(work, [accounting.free_carried(line, unallotted, free, document, on, country),
                     accounting.free_opened(following, line, unallotted, free, document, opens_on, country)])
    tell(work, "year.free_carried", line, unallotted + free, document)
    tell(work, "year.free_opened", following, unallotted + free, document)
    return following


def terms_of_line(work: Work, line: FundLine) -> Terms:
    """The terms that say when the year of a fund line ends, and whose law's books it touches: those in force now."""
    return terms_in_force(work.session, work.session.get_one(Programme, line.programme_id)).terms


def lock_with_next(work: Work, fund_line: str) -> tuple[FundLine, FundLine]:
    """A fund line and that of the same funder in the next year, opened if need be; both locked."""
    seen = fetch(work.session, FundLine, fund_line)
    programme = lock(work.session, Programme, work.session.get_one(Programme, seen.programme_id).reference)
    line = lock(work.session, FundLine, fund_line)
    return line, fund_line_of(work, programme, line.year + 1, line.funder, line.service_group)


def checked_day(work: Work, line: FundLine, terms: Terms, document: str, on: date | None) -> date:
    """The day for which it counts. Raises NotNow before the year is over, NotValid with every problem of what was typed."""
    last = budget_days(terms, line.year)[1]
    if work.today <= last:
        raise NotNow(_("The year {year} of this fund line is not over. What is free can still be promised."), year=line.year)
    problems = document_problems(document)
    if on is not None and not last <= on <= work.today:
        problems.append(problem(_("Name a day from {first} to {last}."), "on", first=last.isoformat(), last=work.today.isoformat()))
    refuse_if_any(problems)
    return on or last


def _left(work: Work, line: FundLine, on: date) -> tuple[Money, Money]:
    """What is not allotted, and what is allotted and free: on that day and ever since. Raises NotNow when it is nothing."""
    uncovered = accounting.uncovered_of(work.session, line)
    if uncovered:
        raise NotNow(_("{amount} {currency} is promised beyond what is allotted to this fund line. Allot it first, or wait until it is "
                       "freed."), amount=str(uncovered), currency=line.currency)
    borrowed = accounting.borrowed_by(work.session, line)
    if borrowed:
        raise NotNow(_("{amount} {currency} of it is borrowed from another funder. Pay it back first."),
                     amount=str(borrowed), currency=line.currency)
    unallotted, free = (accounting.least_since(work.session, code, line, on) for code in ("B210", "B220"))
    if not unallotted + free:
        raise NotNow(_("Nothing of this fund line was free on {day} and has been since."), day=on.isoformat())
    return unallotted, free


def tell(work: Work, event: str, line: FundLine, amount: Money, document: str) -> None:
    """Write down in history what was done to a fund line, and by which document."""
    programme = work.session.get_one(Programme, line.programme_id)
    record(work, event, line.reference, case=programme.reference, amount=str(amount), document=document)
