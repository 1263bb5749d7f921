"""`voucher programme`: terms files - check them, calculate with them, read them in plain words, publish them."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import click

from voucher.documents.summary import summary_html, summary_pdf
from voucher.errors import NotFound, NotValid, _
from voucher.programmes.case_lines import calculate_lines
from voucher.programmes.casebook import Casebook, calculate_all
from voucher.programmes.differences import RuleChange, rule_changes, value_changes
from voucher.programmes.json_schema import json_schema
from voucher.programmes.library import example, example_names
from voucher.programmes.programmes import published
from voucher.programmes.reading import read_terms
from voucher.programmes.reference import reference_page
from voucher.programmes.telling.sentence import Sentence
from voucher.programmes.terms import Terms
from workflows.cli.acts import add_acts
from workflows.cli.answers import LANGUAGE, answer, print_sheet
from workflows.cli.commands import as_json, as_person, begin_work, look, print_json, print_table, surroundings
from workflows.cli.saving import save
from workflows.cli.simulate import simulate
from workflows.publishing import publish_programme


@click.group()
def programme() -> None:
    """Programmes: their terms as files."""


@programme.command("check")
@click.argument("file", type=click.File("rb"))
@as_json
def check(file: BinaryIO, as_json: bool) -> None:
    """Check a terms file; every problem with its line and column. Needs no database.

    Example: voucher programme check terms.yaml
    """
    terms = read_terms(file.read())
    if as_json:
        print_json({"valid": True} | _about(terms))
    else:
        click.echo(f"{terms.code}: {terms.name_en} ({terms.name_zh}). The file is valid.")


def _about(terms: Terms) -> dict[str, object]:
    return {"code": terms.code, "name_zh": terms.name_zh, "name_en": terms.name_en, "currency": terms.currency,
            "model": str(terms.model), "firm_classes": list(terms.firm_classes), "services": list(terms.services)}


@programme.command("calculate")
@click.argument("terms", type=click.File("rb"))
@click.argument("cases", type=click.File("rb"))
@click.option("--lines", is_flag=True, help="CASES holds one case a line; each is answered in a line of its own. For very many.")
@click.option("--remember", is_flag=True, help="With --lines: what a case gets counts as used for the cases below it.")
@LANGUAGE
@as_json
def calculate(terms: BinaryIO, cases: BinaryIO, lines: bool, remember: bool, language: str, as_json: bool) -> None:
    """Calculate the cases of a file, with the lines that explain each amount. Needs no database.

    Example: voucher programme calculate terms.yaml cases.yaml --json
    """
    rules = read_terms(terms.read())
    if lines:
        _calculate_lines(rules, cases, remember, as_json)
        return
    answers = calculate_all(rules, cases.read())
    if as_json:
        print_json({"programme": rules.code, "currency": rules.currency,
                    "cases": [{"name": name} | sheet.as_json() for name, sheet in answers]})
        return
    for name, sheet in answers:
        print_sheet(name, sheet, language)


def _calculate_lines(rules: Terms, cases: BinaryIO, remember: bool, as_json: bool) -> None:
    """Answer each line in a line; refuse at the end when some could not be answered."""
    refused = 0
    for each in calculate_lines(rules, cases, remember=remember):
        refused += bool(each.problems)
        if as_json:
            told = each.sheet.as_json() if each.sheet else {}
            click.echo(json.dumps({"line": each.line, "name": each.name, "problems": [found.as_json() for found in each.problems]} | told,
                                  ensure_ascii=False))
        elif each.problems:
            click.echo("\n".join(str(found) for found in each.problems))
        elif each.sheet:
            click.echo(f"{each.name}: {each.sheet.result} {rules.currency}")
    if refused:
        raise NotValid(_("{number} of the cases have problems. They stand where their answers would."), number=refused)


@programme.command("summary")
@click.argument("file", type=click.File("rb"))
@LANGUAGE
@click.option("--pdf", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write a PDF there instead.")
def summary(file: BinaryIO, language: str, pdf: Path | None) -> None:
    """Say the rules of a terms file in plain words: HTML on stdout, or a PDF.

    Example: voucher programme summary terms.yaml --language zh > rules.html
    """
    source = file.read()
    if pdf is None:
        click.echo(summary_html(source, language))
    else:
        save(pdf, summary_pdf(source, language, surroundings().clock().date()))
        click.echo(f"{pdf} is written.")


@programme.command("diff")
@click.argument("old")
@click.argument("new")
@LANGUAGE
@as_json
def diff(old: str, new: str, language: str, as_json: bool) -> None:
    """Show what a version of terms says differently from another, value by value and in plain words.

    Each is a file, or a published version: weihai@2, or weihai@ for the newest.

    Example: voucher programme diff weihai@ terms-2026.yaml
    """
    before, after = _terms(old), _terms(new)
    values, rules = value_changes(before, after), rule_changes(before, after)
    if as_json:
        print_json({"values": [asdict(each) for each in values], "rules": [_told(each) for each in rules]})
        return
    print_table(("key", "before", "after"), [(each.where, each.before, each.after) for each in values])
    for change in rules:
        click.echo(f"\n{change.heading.in_language(language)}")
        if change.before:
            click.echo(f"  - {_rule(change.before, language)}")
        if change.after:
            click.echo(f"  + {_rule(change.after, language)}")


def _terms(named: str) -> Terms:
    """The terms of a file, or of a published version such as weihai@2."""
    code, sign, number = named.partition("@")
    if not sign or Path(named).exists():
        with click.open_file(named, "rb") as file:
            return read_terms(file.read())
    if number and not (number.isascii() and number.isdigit() and len(number) < 7):
        raise NotFound(_("Name a published version as CODE@NUMBER, such as weihai@2; without a number it is the newest."))
    with look() as session:
        return published(session, code, int(number) if number else None).terms


def _told(change: RuleChange) -> dict[str, object]:
    sides = {"before": change.before, "after": change.after}
    return {"heading": asdict(change.heading)} | {
        side: said and asdict(said.text) | {"clause": said.clause and asdict(said.clause)} for side, said in sides.items()}


def _rule(said: Sentence, language: str) -> str:
    """A rule in plain words, with its clause."""
    return said.text.in_language(language) + (f" ({said.clause.in_language(language)})" if said.clause else "")


@programme.command("schema")
@click.option("--cases", is_flag=True, help="The schema of a cases file instead.")
def schema(cases: bool) -> None:
    """Print the JSON Schema of terms files, for editors that check while one types.

    Example: voucher programme schema > terms.schema.json
    """
    print_json(json_schema(Casebook) if cases else json_schema())


@programme.command("reference")
def reference() -> None:
    """Print the reference of every key of terms files and cases files, in Markdown.

    Example: voucher programme reference > REFERENCE.md
    """
    click.echo(reference_page(), nl=False)


@programme.command("example")
@click.argument("name", required=False)
def show_example(name: str | None) -> None:
    """Print a terms file that comes with the software; without a name, list them.

    Example: voucher programme example yuhuan > terms.yaml
    """
    click.echo("\n".join(example_names()) if name is None else example(name).decode(), nl=name is None)


@programme.command("publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_person
@as_json
def publish(file: Path, as_json: bool) -> None:
    """Publish a terms file: a new programme, or the next version of one.

    Example: voucher programme publish terms.yaml --as approver1@voucher.example
    """
    with begin_work() as work:
        published = publish_programme(work, file.read_bytes())
        told = {"reference": published.reference, "code": published.code, "state": str(published.state)}
    answer(told, as_json)


programme.add_command(simulate)
add_acts(programme, "P", ("reference", "code", "state"))
