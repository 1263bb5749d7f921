"""`voucher programme simulate`: a draft of terms tried on what was really ordered."""

import csv
import sys
from typing import BinaryIO, TextIO

import click
from sqlmodel import Session, select

from voucher.documents.bars import bars_svg
from voucher.errors import NotFound, NotValid, _
from voucher.money import Money
from voucher.programmes.backtest import Replayed, Report, replay
from voucher.programmes.programmes import Programme
from voucher.programmes.reading import read_terms
from voucher.programmes.terms import Terms
from voucher.recorded import BudgetUse, count_recorded, recorded_cases
from workflows.cli.commands import as_json, look, print_json, print_table


@click.command("simulate")
@click.argument("draft", type=click.File("rb"))
@click.option("--programme", "code", help="Over whose recorded orders; without it, those of the draft's own code.")
@click.option("--budget", help="What there is in all, such as 1000000.00; says on which day it is spent.")
@click.option("--csv", "table", type=click.File("w", encoding="utf-8", lazy=True), help="Write one line a case there.")
@click.option("--chart", type=click.File("w", encoding="utf-8", lazy=True), help="Write a chart by month there (SVG).")
@as_json
def simulate(
    draft: BinaryIO, code: str | None, budget: str | None, table: TextIO | None, chart: TextIO | None, as_json: bool
) -> None:
    """Try a draft on the recorded orders: money needed, who gains or loses, caps hit. Changes nothing.

    Example: voucher programme simulate draft.yaml --budget 5000000.00 --csv cases.csv --chart months.svg
    """
    terms = read_terms(draft.read())
    limit = None if budget is None else Money.parse(budget, terms.currency)
    with look() as session:
        held = session.exec(select(Programme).where(Programme.code == (code or terms.code))).first()
        if held is None:
            raise NotFound(_("There is no programme {code}. Name one with --programme."), code=code or terms.code)
        if held.currency != terms.currency:
            raise NotValid(_("The draft is in {draft}, the programme in {currency}."), draft=terms.currency, currency=held.currency)
        lines = BudgetUse(session, held)
        report = _simulated(session, held, terms, limit, table, lines)
    if chart:
        months = {month: (report.money(got), report.money(gets)) for month, (got, gets) in sorted(report.months.items())}
        chart.write(bars_svg(terms.name_en, ("recorded", "under the draft"), months))
    if as_json:
        print_json(report.as_json() | {"fund_lines": [line.as_json() for line in lines.lines]})
    else:
        _print_report(report)
        print_table(("fund line", "year", "funder", "allotted", "needed", "spent on"),
                    [list(line.as_json().values()) for line in lines.lines])


def _simulated(
    session: Session, held: Programme, terms: Terms, budget: Money | None, table: TextIO | None, lines: BudgetUse
) -> Report:
    """Replay every recorded case, with progress on a terminal, and add it up."""
    report, rows = Report(terms.currency), csv.writer(table) if table else None
    if rows:
        rows.writerow(("reference", "on", "company", "service", "net", "recorded", "draft", "change", "why_not"))
    replayed = replay(terms, recorded_cases(session, held, terms))
    with click.progressbar(replayed, length=count_recorded(session, held), file=sys.stderr, label="cases",
                           hidden=not sys.stderr.isatty()) as cases:
        for each in cases:
            report.add(each, budget)
            lines.add(each)
            if rows:
                rows.writerow(_row(each))
    return report


def _row(each: Replayed) -> tuple[object, ...]:
    case, refusals = each.recorded.case, each.sheet.refusals if each.sheet else ()
    return (each.recorded.reference, case.on, case.company, case.service, case.net, each.recorded.got, each.gets, each.change,
            each.misfit or "; ".join(line.label.en for line in refusals))


def _print_report(report: Report) -> None:
    """Sums, caps, and a bar for each month."""
    total = report.money(report.gets_minor - report.got_minor)
    print_table(("", report.currency, "cases"), [
        ("recorded", report.money(report.got_minor), report.cases), ("under the draft", report.money(report.gets_minor), report.cases),
        ("gained", report.money(report.gained_minor), report.gainers), ("lost", report.money(report.lost_minor), report.losers),
        ("more money needed" if total.minor >= 0 else "money saved", total if total.minor >= 0 else -total, ""),
    ])
    if changed := report.most_changed():
        print_table(("gains or loses most", report.currency), changed)
    print_table(("cap", "hits", "cut"), [(name, hits, report.money(report.cap_cuts_minor[name]))
                                         for name, hits in report.cap_hits.most_common()])
    for why, times in (*report.refusals.most_common(), *report.misfits.most_common()):
        click.echo(f"{times} refused: {why}")
    most = max((max(pair) for pair in report.months.values()), default=0) or 1
    print_table(("month", "recorded", "draft", ""), [
        (month, report.money(got), report.money(gets), "#" * round(40 * gets / most))
        for month, (got, gets) in sorted(report.months.items())])
    if report.spent_on:
        click.echo(f"The budget would be spent on {report.spent_on}.")
