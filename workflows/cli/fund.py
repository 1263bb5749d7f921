"""`voucher fund`: money for a programme is voted and released."""

from datetime import date

import click
from sqlmodel import col, select

from voucher.accounting import fund_line_position
from voucher.database import fetch, get
from voucher.money import Money
from voucher.programmes.funding import FundLine
from voucher.programmes.programmes import Programme
from workflows.advancing import advance_funds, settle_advance
from workflows.cli.answers import DAY, answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, look
from workflows.cli.voucher import programme_named
from workflows.funding import allot, allow_over_issue, record_appropriation, withdraw_over_issue
from workflows.open_orders import accrue_deliveries, carry_orders
from workflows.year_end import carry_forward, lapse_free_money

ABOUT = ("reference", "year", "funder", "service_group", "state", "currency")


@click.group()
def fund() -> None:
    """Fund lines: record an appropriation, allot it, over-issue, end a year, see what is left."""


@fund.command("appropriate")
@click.option("--programme", required=True, metavar="CODE", help="Code or reference of the programme.")
@click.option("--year", required=True, type=int, help="The budget year.")
@click.option("--amount", required=True, metavar="AMOUNT", help="How much was voted: 1000000.00")
@click.option("--document", required=True, help="The decision behind it; the same document counts once.")
@click.option("--funder", required=True, help="Whose money it is, as the terms call it.")
@click.option("--type", "service_group", default="", help="The type of voucher it is for, where the terms cut the money by types.")
@as_person
@as_json
def appropriate(programme: str, year: int, amount: str, document: str, funder: str, service_group: str,
               as_json: bool) -> None:
    """Record that money was voted for a programme and year.

    Example: voucher fund appropriate --as finance1@voucher.example --programme weihai --year 2026 --amount
    1000000.00 --document "Decision 2026-14" --funder city
    """
    with begin_work() as work:
        found = programme_named(work.session, programme)
        line = record_appropriation(work, found.reference, year, Money.parse(amount, found.currency), document, funder,
                                    service_group)
        told = facts(line, ABOUT)
    answer(told, as_json)


@fund.command("allot")
@click.argument("reference")
@click.option("--amount", required=True, metavar="AMOUNT", help="How much is released: 800000.00")
@click.option("--document", required=True, help="The notice behind it; the same document counts once.")
@as_person
@as_json
def allot_funds(reference: str, amount: str, document: str, as_json: bool) -> None:
    """Release appropriated money, so that vouchers can be issued from it.

    Example: voucher fund allot L-2026-00001-1 --as finance1@voucher.example --amount 800000.00 --document "Notice
    2026-15"
    """
    with begin_work() as work:
        line = fetch(work.session, FundLine, reference)
        allot(work, reference, Money.parse(amount, line.currency), document)
        told = facts(line, ABOUT)
    answer(told, as_json)


@fund.command("over-issue")
@click.argument("reference")
@click.option("--amount", required=True, metavar="AMOUNT", help="How much more may be promised than is allotted: 50000.00")
@click.option("--document", required=True, help="The consent behind it; the same document counts once.")
@click.option("--withdraw", is_flag=True, help="Take so much of the consent back, as far as it is not used.")
@as_person
@as_json
def over_issue(reference: str, amount: str, document: str, withdraw: bool, as_json: bool) -> None:
    """Consent that more is promised than is allotted, within the part that the terms name.

    Example: voucher fund over-issue L-2026-00001-1 --as finance1@voucher.example --amount 50000.00 --document "Consent
    2026-3"
    """
    with begin_work() as work:
        line = fetch(work.session, FundLine, reference)
        (withdraw_over_issue if withdraw else allow_over_issue)(work, reference, Money.parse(amount, line.currency), document)
        told = facts(line, ABOUT)
    answer(told, as_json)


@fund.command("advance")
@click.argument("reference")
@click.option("--amount", required=True, metavar="AMOUNT", help="How much is lent: 50000.00")
@click.option("--document", required=True, help="The letter behind it; the same document counts once.")
@click.option("--settle", is_flag=True, help="The other funder pays so much of it back.")
@as_person
@as_json
def advance(reference: str, amount: str, document: str, settle: bool, as_json: bool) -> None:
    """Lend free money of a fund line for the funder for which its own pays first, or have it paid back. Tells the other line.

    Example: voucher fund advance L-2026-00001-1 --as finance1@voucher.example --amount 50000.00 --document "Letter 7"
    """
    with begin_work() as work:
        line = fetch(work.session, FundLine, reference)
        told = facts((settle_advance if settle else advance_funds)(work, reference, Money.parse(amount, line.currency), document), ABOUT)
    answer(told, as_json)


@fund.command("end-year")
@click.argument("reference")
@click.option("--document", required=True, help="The decision behind it; the same document counts once.")
@click.option("--on", type=DAY, help="The day for which it counts; without it, the last day of the line's year.")
@click.option("--carry", is_flag=True, help="Carry it to the next year's fund line instead of giving it back.")
@as_person
@as_json
def end_year(reference: str, document: str, on: date | None, carry: bool, as_json: bool) -> None:
    """Give back what nobody was promised in a year that is over, or carry it to the next year.

    Example: voucher fund end-year L-2026-00001-1 --as finance1@voucher.example --document "Decision 2027-2" --carry
    """
    with begin_work() as work:
        told = facts((carry_forward if carry else lapse_free_money)(work, reference, document, on), ABOUT)
    answer(told, as_json)


@fund.command("carry-orders")
@click.argument("reference")
@click.option("--document", required=True, help="The decision behind it; the same document counts once.")
@click.option("--on", type=DAY, help="The day for which it counts; without it, the last day of the line's year.")
@as_person
@as_json
def carry_open_orders(reference: str, document: str, on: date | None, as_json: bool) -> None:
    """Carry what is obligated for open orders of a year that is over to the next year's fund line.

    Example: voucher fund carry-orders L-2026-00001-1 --as finance1@voucher.example --document "Decision 2027-3"
    """
    with begin_work() as work:
        told = facts(carry_orders(work, reference, document, on), ABOUT)
    answer(told, as_json)


@fund.command("accrue")
@click.argument("reference")
@click.option("--document", required=True, help="The paper behind it; the same document counts once.")
@as_person
@as_json
def accrue(reference: str, document: str, as_json: bool) -> None:
    """Enter as owed what was delivered and not approved when the year ended, and take it back on the first day of the next.

    Example: voucher fund accrue L-2026-00001-1 --as finance1@voucher.example --document "Worksheet 2027-1"
    """
    with begin_work() as work:
        told = facts(accrue_deliveries(work, reference, document), ABOUT)
    answer(told, as_json)


@fund.command("list")
@as_json
def list_funds(as_json: bool) -> None:
    """List fund lines and how each stands, by the books.

    Example: voucher fund list
    """
    names = ("reference", "programme", "year", "funder", "service_group", "state", "currency", "appropriated", "free", "committed",
             "uncovered", "obligated", "delivered", "paid", "recovered", "charges", "carried", "lapsed")
    with look() as session:
        lines = session.exec(select(FundLine).order_by(col(FundLine.reference)))
        rows = [facts(line, ABOUT) | {"programme": get(session, Programme, line.programme_id).code}
                | vars(fund_line_position(session, line)) for line in lines.all()]
    answer_all(rows, names, as_json)
