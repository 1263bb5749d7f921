"""Fund lines: whose money it is, for which programme and year, and how it stands."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from voucher.accounting import fund_line_position
from voucher.database import fetch
from voucher.people import OFFICE_ROLES
from voucher.programmes.funding import FundLine
from voucher.programmes.programmes import Programme, ProgrammeState
from voucher.work import Work
from workflows import advancing, funding, open_orders, year_end
from workflows.access import roles
from workflows.api.answers import facts, steps
from workflows.api.fields import (
    Answer,
    Body,
    Day,
    MoneyField,
    Number,
    Part,
    Reference,
    Said,
    Text,
    Those,
    Whole,
    currency,
)
from workflows.api.nouns import Noun, takers
from workflows.api.paging import Paged, after, known, narrowed, page, page_of
from workflows.publishing import PROGRAMME

fund_lines = Noun("api-fund-lines", __name__, description="Appropriations, allotments, and what is left of them.")


class Appropriation(Body):
    """Money that was voted for a programme and year, by a numbered document."""

    programme = Reference("P", required=True, metadata={"example": "P-2026-00001-9"})
    year = Whole(2000, 2200, required=True, metadata={"example": 2026})
    funder = Text(64, required=True, metadata={"example": "city"})
    service_group = Text(64, load_default="", metadata={
        "description": "The type of voucher that it is for, where the terms cut the money by types.", "example": ""})
    amount = MoneyField(required=True, metadata={"example": "5000000.00"})
    currency = currency()
    document = Text(80, required=True, metadata={"example": "威财预〔2026〕12号"})


class Allotment(Body):
    """Money of a fund line that is released (or may be promised beyond it), by a numbered document."""

    amount = MoneyField(required=True, metadata={"example": "3000000.00"})
    currency = currency()
    document = Text(80, required=True, metadata={"example": "威财指〔2026〕3号"})


class YearEnd(Body):
    """What becomes of the free money or the open orders of a fund line whose year is over, by a numbered document."""

    document = Text(80, required=True, metadata={"example": "威财预〔2027〕2号"})
    on = Day(load_default=None, metadata={
        "description": "The day for which it counts; without it, the last day of the line's year.", "example": "2026-12-31"})


class Accrual(Body):
    """What was delivered and not approved when a fund line's year ended is entered as owed, by a numbered document."""

    document = Text(80, required=True, metadata={"example": "威财预〔2027〕1号"})


class FundLineQuery(Paged):
    """Which fund lines."""

    after = after("L")
    programme = Reference("P")
    year = Whole(2000, 2200, digits=True)


class FundLinePositionAnswer(Answer):
    """How a fund line stands: appropriated = unallotted + free + offered + committed + reserved + obligated + delivered + paid +
    recovered + lent + charges + carried + lapsed.

    `uncovered` is what was promised beyond that.
    """

    appropriated = MoneyField()
    unallotted = MoneyField()
    free = MoneyField()
    offered = MoneyField()
    committed = MoneyField()
    uncovered = MoneyField()
    over_issue_left = MoneyField(metadata={"description": "How much more may be promised beyond what is allotted."})
    reserved = MoneyField()
    obligated = MoneyField()
    delivered = MoneyField()
    paid = MoneyField()
    recovered = MoneyField(metadata={"description": "Paid, and come back for the treasury after the year of the payment."})
    lent = MoneyField(metadata={"description": "Lent for another funder, whose own money has not come."})
    charges = MoneyField(metadata={"description": "What the bank kept of payments that it sent back."})
    carried = MoneyField(metadata={"description": "Carried forward to the next year's fund line."})
    lapsed = MoneyField(metadata={"description": "Given back when the year was over."})


class FundLineAnswer(Answer):
    """A fund line. `position` comes when one is asked for."""

    reference = Said(metadata={"example": "L-2026-00001-3"})
    programme = Said(metadata={"example": "P-2026-00001-9"})
    year = Number()
    funder = Said()
    service_group = Said(metadata={"example": ""})
    state = Said(metadata={"description": "closed: less is left than the smallest voucher; new applications wait.", "example": "open"})
    currency = Said(metadata={"example": "CNY"})
    position = Part(FundLinePositionAnswer)
    steps = Those(Said())


def told(work: Work, rows: Sequence[FundLine]) -> list[dict[str, Any]]:
    """Fund lines in short."""
    programmes = known(work.session, Programme, (row.programme_id for row in rows))
    return [facts(row, "reference", "year", "funder", "service_group", "state", "currency")
            | {"programme": programmes[row.programme_id].reference, "steps": _steps(work)} for row in rows]


_OF_LINES = ("allot", "allow_over_issue", "withdraw_over_issue", "advance_funds", "settle_advance", "lapse_free_money", "carry_forward",
             "carry_orders", "accrue_deliveries")


def _steps(work: Work) -> list[str]:
    return [name for name in steps(work, PROGRAMME, ProgrammeState.OPEN, {}) if name in _OF_LINES]


def told_one(work: Work, row: FundLine) -> dict[str, Any]:
    """A fund line and how it stands."""
    return told(work, [row])[0] | {"position": vars(fund_line_position(work.session, row))}


@fund_lines.reads("/fund-lines", page_of(FundLineAnswer), FundLineQuery)
@roles(*OFFICE_ROLES)
def list_fund_lines(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List fund lines."""
    shown = narrowed(select(FundLine).order_by(col(FundLine.id).desc()), FundLine, query, "year", programme=Programme)
    rows, following = page(work.session, shown, FundLine, query)
    return {"items": told(work, rows), "next": following}


@fund_lines.writes("/fund-lines", FundLineAnswer, Appropriation, status=201)
@takers(PROGRAMME, "record_appropriation")
def record_appropriation(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Note that money was voted; the fund line of the funder and year is opened if it is the first."""
    return told_one(work, funding.record_appropriation(
        work, body["programme"], body["year"], body["amount"], body["document"], body["funder"], body["service_group"]))


@fund_lines.reads("/fund-lines/<fund_line>", FundLineAnswer)
@roles(*OFFICE_ROLES)
def show_fund_line(work: Work, _query: dict[str, Any], fund_line: str) -> dict[str, Any]:
    """Show a fund line and how it stands by the books."""
    return told_one(work, fetch(work.session, FundLine, fund_line))


@fund_lines.writes("/fund-lines/<fund_line>/allot", FundLineAnswer, Allotment)
@takers(PROGRAMME, "allot")
def allot(work: Work, body: dict[str, Any], fund_line: str) -> dict[str, Any]:
    """Release money of a fund line to its programme."""
    return told_one(work, funding.allot(work, fund_line, body["amount"], body["document"]))


@fund_lines.writes("/fund-lines/<fund_line>/allow-over-issue", FundLineAnswer, Allotment)
@takers(PROGRAMME, "allow_over_issue")
def allow_over_issue(work: Work, body: dict[str, Any], fund_line: str) -> dict[str, Any]:
    """Consent that so much more is promised than is allotted, within the part that the terms name."""
    return told_one(work, funding.allow_over_issue(work, fund_line, body["amount"], body["document"]))


@fund_lines.writes("/fund-lines/<fund_line>/withdraw-over-issue", FundLineAnswer, Allotment)
@takers(PROGRAMME, "withdraw_over_issue")
def withdraw_over_issue(work: Work, body: dict[str, Any], fund_line: str) -> dict[str, Any]:
    """Take back so much of that consent, as far as it is not used."""
    return told_one(work, funding.withdraw_over_issue(work, fund_line, body["amount"], body["document"]))


@fund_lines.writes("/fund-lines/<fund_line>/advance-funds", FundLineAnswer, Allotment)
@takers(PROGRAMME, "advance_funds")
def advance_funds(work: Work, body: dict[str, Any], fund_line: str) -> dict[str, Any]:
    """Lend free money of a fund line for the funder for which its own pays first by the terms. Answers the line that has it now."""
    return told_one(work, advancing.advance_funds(work, fund_line, body["amount"], body["document"]))


@fund_lines.writes("/fund-lines/<fund_line>/settle-advance", FundLineAnswer, Allotment)
@takers(PROGRAMME, "settle_advance")
def settle_advance(work: Work, body: dict[str, Any], fund_line: str) -> dict[str, Any]:
    """Have what a fund line lent paid back to it. Answers the line that paid."""
    return told_one(work, advancing.settle_advance(work, fund_line, body["amount"], body["document"]))


@fund_lines.writes("/fund-lines/<fund_line>/lapse-free-money", FundLineAnswer, YearEnd)
@takers(PROGRAMME, "lapse_free_money")
def lapse_free_money(work: Work, body: dict[str, Any], fund_line: str) -> dict[str, Any]:
    """Give back what nobody was promised from a fund line whose year is over."""
    return told_one(work, year_end.lapse_free_money(work, fund_line, body["document"], body["on"]))


@fund_lines.writes("/fund-lines/<fund_line>/carry-forward", FundLineAnswer, YearEnd)
@takers(PROGRAMME, "carry_forward")
def carry_forward(work: Work, body: dict[str, Any], fund_line: str) -> dict[str, Any]:
    """Carry what nobody was promised to the fund line of the next year, which is opened if need be and answered."""
    return told_one(work, year_end.carry_forward(work, fund_line, body["document"], body["on"]))


@fund_lines.writes("/fund-lines/<fund_line>/carry-orders", FundLineAnswer, YearEnd)
@takers(PROGRAMME, "carry_orders")
def carry_orders(work: Work, body: dict[str, Any], fund_line: str) -> dict[str, Any]:
    """Carry what is obligated for open orders to the fund line of the next year, which is opened if need be and answered."""
    return told_one(work, open_orders.carry_orders(work, fund_line, body["document"], body["on"]))


@fund_lines.writes("/fund-lines/<fund_line>/accrue-deliveries", FundLineAnswer, Accrual)
@takers(PROGRAMME, "accrue_deliveries")
def accrue_deliveries(work: Work, body: dict[str, Any], fund_line: str) -> dict[str, Any]:
    """Enter as owed what was delivered and not approved when the year ended; it is taken back on the first day of the next."""
    return told_one(work, open_orders.accrue_deliveries(work, fund_line, body["document"]))
