"""`voucher programme simulate`: a draft of terms tried on what was really ordered."""

import sys
from typing import BinaryIO, TextIO

import click

from voucher.documents.bars import bars_svg
from voucher.money import Money
from voucher.programmes.backtest import Report
from voucher.programmes.reading import read_terms
from voucher.spreadsheets import csv_line
from workflows.backtesting import COLUMNS, Trial, programme_tried, row_of
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
        trial = Trial(session, programme_tried(session, code or terms.code), terms, limit)
        _go_through(trial, table)
    if chart:
        chart.write(bars_svg(terms.name_en, ("recorded", "under the draft"), trial.report.by_month()))
    if as_json:
        print_json(trial.as_json())
    else:
        _print_report(trial.report)
        print_table(("fund line", "year", "funder", "allotted", "needed", "spent on"),
                    [list(line.as_json().values()) for line in trial.lines.lines])


def _go_through(trial: Trial, table: TextIO | None) -> None:
    """Every recorded case, with progress on a terminal."""
    if table:
        table.write(csv_line(COLUMNS))
    with click.progressbar(trial, length=len(trial), file=sys.stderr, label="cases", hidden=not sys.stderr.isatty()) as cases:
        for each in cases:
            if table:
                table.write(csv_line(row_of(each)))


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
        (month, got, gets, "#" * round(40 * gets.minor / most)) for month, (got, gets) in report.by_month().items()])
    if report.spent_on:
        click.echo(f"The budget would be spent on {report.spent_on}.")
