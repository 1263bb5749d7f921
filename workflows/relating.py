"""Relating: officers enter who is tied to whom, from when until when: one tie, or a table of them. Also their own interests."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from voucher.database import flush_unique
from voucher.errors import NotAllowed, NotFound, NotValid, Problem, _, problem, refuse_if_any
from voucher.history import record
from voucher.people import OFFICE_ROLES, Organisation, Role
from voucher.programmes.terms import Relation
from voucher.ties import NodeKind, Tie, node_of, organisation_node
from voucher.work import Work

#: Who may enter ties.
RELATERS = (Role.REVIEWER, Role.VERIFIER, Role.APPROVER, Role.AUDITOR, Role.ADMINISTRATOR)

#: The columns of a table of ties. `left` and `right` are what the kind asks for: CN:9137.. or N-2026-.. of an organisation, the mail
#: address or the official number of a person, an address, a telephone number, an account number, a group's number.
COLUMNS = ("left_kind", "left", "left_name", "tie", "right_kind", "right", "right_name", "from", "until", "source")

MOST_ROWS = 20_000


@dataclass(frozen=True)
class End:
    """One end of a tie as somebody wrote it: what it is, by what it is told from others, how it is called."""

    kind: str
    text: str
    name: str = ""


@dataclass(frozen=True)
class NewTie:
    """A tie as somebody entered it; `line` is where it stands in a file."""

    left: End
    tie: str
    right: End
    source: str
    from_on: date | None = None
    until_on: date | None = None
    line: int | None = None


def ties_shown() -> SelectOfScalar[Tie]:
    """Every tie, newest first: they are for the office alone."""
    return select(Tie).order_by(col(Tie.id).desc())


def enter_ties(work: Work, ties: Sequence[NewTie]) -> list[Tie]:
    """Enter ties, all or none; one that stands already is no second one, but gets the last day that it lacked.

    Raises NotValid with every problem.
    """
    _only_officers(work)
    if not 0 < len(ties) <= MOST_ROWS:
        raise NotValid(_("Between 1 and {most} ties at a time."), most=MOST_ROWS)
    firms = {firm.reference: firm for firm in work.session.exec(select(Organisation).where(
        col(Organisation.reference).in_([end.text for tie in ties for end in (tie.left, tie.right)])))}
    refuse_if_any([each for tie in ties for each in _problems(tie, firms)])
    nodes = [(tie, *_node(tie.left, firms), *_node(tie.right, firms)) for tie in ties]
    refuse_if_any(problem(_("A tie joins two."), "right", line=tie.line) for tie, left, _name, right, _other in nodes if left == right)
    standing = {(each.left_node, each.tie, each.right_node, each.from_on): each for each in work.session.exec(
        select(Tie).where(col(Tie.left_node).in_({node for _tie, node, *_rest in nodes})))}
    rows = {}
    for tie, left, left_name, right, right_name in nodes:
        known = standing.get((left, tie.tie, right, tie.from_on))
        if known is not None:
            _end(work, known, tie.until_on)
        else:
            rows[left, tie.tie, right, tie.from_on] = Tie(
                left_node=left, left_name=left_name, tie=tie.tie, right_node=right, right_name=right_name, from_on=tie.from_on,
                until_on=tie.until_on, source=tie.source.strip(), entered_by=work.actor.person_id, entered_at=work.now)
    work.session.add_all(rows.values())
    flush_unique(work.session, "ties", _("Somebody entered one of these ties at the same time."), "ties")
    if rows:
        record(work, "ties.entered", "", count=len(rows))
    return list(rows.values())


def _end(work: Work, tie: Tie, until_on: date | None) -> None:
    """Write down the last day of a tie that stands; it is written once."""
    if tie.until_on is None and until_on is not None:
        tie.until_on = until_on
        work.session.add(tie)
        record(work, "ties.ended", "", left=tie.left_node, tie=tie.tie, right=tie.right_node, until=until_on.isoformat())


def _only_officers(work: Work) -> None:
    if not any(work.actor.holds(role) for role in OFFICE_ROLES):
        raise NotFound
    if not any(work.actor.holds(role) for role in RELATERS):
        raise NotAllowed


def _problems(tie: NewTie, firms: Mapping[str, Organisation]) -> Iterable[Problem]:
    for where, end in (("left", tie.left), ("right", tie.right)):
        if end.kind not in list(NodeKind):
            yield problem(_("{value} is none of {allowed}."), f"{where}_kind", line=tie.line, value=end.kind, allowed=", ".join(NodeKind))
        elif not end.text.strip() or len(end.text) > 180 or (end.text.startswith("N-") and end.text not in firms):
            yield problem(_("Say who or what this is: {text} is nobody we know, empty or too long."), where, line=tie.line, text=end.text)
    if tie.tie not in list(Relation):
        yield problem(_("{value} is none of {allowed}."), "tie", line=tie.line, value=tie.tie, allowed=", ".join(Relation))
    if tie.from_on and tie.until_on and tie.until_on < tie.from_on:
        yield problem(_("It ends before it begins."), "until", line=tie.line)
    if not 0 < len(tie.source.strip()) <= 300:
        yield problem(_("Say where this is from: a register and the day, a declaration, a letter."), "source", line=tie.line)


def _node(end: End, firms: Mapping[str, Organisation]) -> tuple[str, str]:
    if end.text in firms:
        return organisation_node(firms[end.text]), firms[end.text].name
    return node_of(NodeKind(end.kind), end.text), (end.name.strip() or end.text.strip())[:200]


def read_ties(content: bytes) -> list[NewTie]:
    """The ties of a table (CSV, UTF-8, with the columns of `COLUMNS`). Raises NotValid with every problem and its line."""
    try:
        reader = csv.DictReader(StringIO(content.decode("utf-8-sig")), strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotValid(_("This is not a table in CSV and UTF-8: {why}"), why=str(error)) from None
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise NotValid(_("The table lacks the columns {columns}."), columns=", ".join(missing))
    problems: list[Problem] = []
    ties = [NewTie(End(_cell(row, "left_kind"), _cell(row, "left"), _cell(row, "left_name")), _cell(row, "tie"),
                   End(_cell(row, "right_kind"), _cell(row, "right"), _cell(row, "right_name")), _cell(row, "source"),
                   _day(row, "from", line, problems), _day(row, "until", line, problems), line)
            for line, row in enumerate(rows, start=2)]
    refuse_if_any(problems)
    return ties


def _cell(row: Mapping[str, str | None], name: str) -> str:
    return (row.get(name) or "").strip()


def _day(row: Mapping[str, str | None], name: str, line: int, problems: list[Problem]) -> date | None:
    text = _cell(row, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        problems.append(problem(_("{text} is not a day. Write it as 2026-03-31."), name, line=line, text=text))
        return None


def import_ties(work: Work, content: bytes) -> list[Tie]:
    """Enter every tie of a table, all or none."""
    return enter_ties(work, read_ties(content))
