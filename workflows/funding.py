"""Funding: money is appropriated and allotted to the lines of a programme; each closes alone when less is left in it than the smallest
voucher, and opens alone when money is freed.
"""

from decimal import ROUND_DOWN

from sqlmodel import select

from voucher import accounting, ledger
from voucher.accounting import fund_line_position
from voucher.database import get, lock
from voucher.errors import NotNow, Problem, _, problem, refuse_if_any
from voucher.files import FileStore
from voucher.history import record
from voucher.money import Money
from voucher.numbering import next_reference
from voucher.posting import post
from voucher.programmes.funding import FundLine, FundLineState
from voucher.programmes.programmes import Programme, ProgrammeState, terms_in_force
from voucher.programmes.terms import Terms
from voucher.waiting import ask_to_serve, is_empty
from voucher.work import Work
from workflows.issue import group_problems
from workflows.machine import Machine, Step
from workflows.publishing import PROGRAMME

FUND_LINE = Machine(
    "fund line",
    Step("close_fund_line", (FundLineState.OPEN,), FundLineState.CLOSED, "fund_line.closed"),
    Step("open_fund_line", (FundLineState.CLOSED,), FundLineState.OPEN, "fund_line.opened"),
)

# A fund line's year; more digits are a slip of the pen, and its reference has four.
FIRST_YEAR, LAST_YEAR = 2000, 2999

# What the tables hold, and what a document leaves room for in the cause of its entry.
LONGEST_FUNDER, LONGEST_DOCUMENT = 64, 100


def record_appropriation(
    work: Work, programme: str, year: int, amount: Money, document: str, funder: str, service_group: str = "",
) -> FundLine:
    """Note that money was voted for a programme, by a numbered document, and open the fund line if it is the first.

    `service_group` is the type of voucher that it is for, where the terms cut the money by types.
    """
    held = lock(work.session, Programme, programme)
    PROGRAMME.allow(work, "record_appropriation", {})
    if held.state == ProgrammeState.SETTLED:
        raise NotNow(_("This programme is settled. It gets no more money."))
    document, funder = tidy(document), tidy(funder)
    terms = terms_in_force(work.session, held).terms
    refuse_if_any(fund_problems(held, amount, document) + _line_problems(year, funder) + group_problems(terms, service_group))
    country = terms.programme.country
    line = fund_line_of(work, held, year, funder, service_group)
    if not _post_once(work, accounting.funds_appropriated(line, amount, document, work.today, country)):
        return line
    record(work, "funds.appropriated", line.reference, case=held.reference, amount=str(amount), document=document)
    return line


def fund_line_of(work: Work, programme: Programme, year: int, funder: str, service_group: str) -> FundLine:
    """The fund line of a funder in a year, locked; opened if it is the first. Whoever asks has locked the programme."""
    line = work.session.exec(select(FundLine).where(
        FundLine.programme_id == programme.id, FundLine.year == year, FundLine.funder == funder,
        FundLine.service_group == service_group).with_for_update(key_share=True)).first()
    if line is None:
        line = FundLine(reference=next_reference(work.session, "L", year), programme_id=programme.id, year=year,
                        funder=funder, service_group=service_group, currency=programme.currency)
        work.session.add(line)
        work.session.flush()
    return line


def allot(work: Work, fund_line: str, amount: Money, document: str) -> FundLine:
    """Release money of a fund line to the programme, by a numbered document."""
    line = lock(work.session, FundLine, fund_line)
    PROGRAMME.allow(work, "allot", {})
    programme = work.session.get_one(Programme, line.programme_id)
    document = tidy(document)
    refuse_if_any(fund_problems(programme, amount, document))
    country = terms_in_force(work.session, programme).terms.programme.country
    if not _post_once(work, accounting.funds_allotted(line, amount, document, work.today, country)):
        return line
    record(work, "funds.allotted", line.reference, case=programme.reference, amount=str(amount), document=document)
    return line


def allow_over_issue(work: Work, fund_line: str, amount: Money, document: str) -> FundLine:
    """Finance consents that so much more is promised from a fund line than is allotted, because some of it is never used.

    The terms say how large a part of the allotment that may be. Ordered for is never more than is allotted.
    """
    line, programme = _line_for_finance(work, fund_line, "allow_over_issue")
    document = tidy(document)
    refuse_if_any(fund_problems(programme, amount, document))
    terms = terms_in_force(work.session, programme, work.today).terms
    _check_over_issue(work, line, terms, amount, document)
    country = terms.programme.country
    if _post_once(work, accounting.over_issue_allowed(line, amount, document, work.today, country)):
        record(work, "over_issue.allowed", line.reference, case=programme.reference, amount=str(amount), document=document)
        ask_to_serve(work, programme)
    return line


def withdraw_over_issue(work: Work, fund_line: str, amount: Money, document: str) -> FundLine:
    """Finance takes back so much of its consent; what was promised by it already stands."""
    line, programme = _line_for_finance(work, fund_line, "withdraw_over_issue")
    document = tidy(document)
    refuse_if_any(fund_problems(programme, amount, document))
    country = terms_in_force(work.session, programme).terms.programme.country
    try:
        if _post_once(work, accounting.over_issue_withdrawn(line, amount, document, work.today, country)):
            record(work, "over_issue.withdrawn", line.reference, case=programme.reference, amount=str(amount), document=document)
    except ledger.Overdrawn as refusal:
        left = fund_line_position(work.session, line).over_issue_left
        raise NotNow(_("Only {left} {currency} of it is not used."), left=str(left), currency=line.currency) from refusal
    return line


def _line_for_finance(work: Work, fund_line: str, step: str) -> tuple[FundLine, Programme]:
    line = lock(work.session, FundLine, fund_line)
    PROGRAMME.allow(work, step, {})
    return line, work.session.get_one(Programme, line.programme_id)


def _check_over_issue(work: Work, line: FundLine, terms: Terms, amount: Money, document: str) -> None:
    """Raises NotNow beyond the part of the allotment that the terms name; the same document may come again."""
    if ledger.find(work.session, f"over_issue.allowed {line.reference} {document}") is not None:
        return
    share, position = terms.fund_lines.over_issue, fund_line_position(work.session, line)
    if share is None:
        raise NotNow(_("These terms know no over-issue. A new version has to name one: fund_lines.over_issue."))
    most = position.allotted.part(share, ROUND_DOWN)
    allowed = accounting.over_issue_of(work.session, line)
    if allowed + amount > most:
        raise NotNow(_("The terms allow {most} {currency} beyond the allotment, and {allowed} {currency} is allowed already."),
                     most=str(most), allowed=str(allowed), currency=line.currency)


def tidy(text: str) -> str:
    """A name without the spaces that make no difference: "Decision  7 " is "Decision 7"."""
    return " ".join(text.split())


def _post_once(work: Work, draft: ledger.Draft) -> bool:
    """Post what a document says; False when it stands in the books already, so that it is told once as well."""
    known = ledger.find(work.session, draft.cause) is not None
    post(work, draft)
    return not known


def _line_problems(year: int, funder: str) -> list[Problem]:
    problems = []
    if not FIRST_YEAR <= year <= LAST_YEAR:
        problems.append(problem(_("The year must be between {first} and {last}."), "year", first=FIRST_YEAR, last=LAST_YEAR))
    if not 0 < len(funder) <= LONGEST_FUNDER:
        problems.append(problem(_("Name the funder, in up to {most} signs."), "funder", most=LONGEST_FUNDER))
    return problems


def fund_problems(programme: Programme, amount: Money, document: str) -> list[Problem]:
    """What is wrong with an amount and the document by which it moves between lines."""
    problems = []
    if amount.currency != programme.currency:
        problems.append(problem(_("This programme runs in {currency}."), "amount", currency=programme.currency))
    elif amount.minor <= 0:
        problems.append(problem(_("The amount must be more than zero."), "amount"))
    return problems + document_problems(document)


def document_problems(document: str) -> list[Problem]:
    """What is wrong with the name of a document that moves money of a fund line."""
    if 0 < len(document) <= LONGEST_DOCUMENT:
        return []
    return [problem(_("Name the document that releases the money, in up to {most} signs."), "document", most=LONGEST_DOCUMENT)]


def look_at_fund_line(work: Work, _store: FileStore, fund_line: str) -> FundLine:
    """Close a fund line or open it, as the books say, and have those served who wait (a job that posting asks for)."""
    line = lock(work.session, FundLine, fund_line)
    programme = get(work.session, Programme, line.programme_id)
    empty = is_empty(work.session, line, terms_in_force(work.session, programme, work.today).terms)
    if empty != (line.state == FundLineState.CLOSED):
        FUND_LINE.advance(work, line, "close_fund_line" if empty else "open_fund_line", {}, case=programme.reference)
    ask_to_serve(work, programme)
    return line
