"""For auditors, finance and treasury: the books themselves, from the trial balance down to each entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from voucher import ledger
from voucher.accounting import CHART, statutory_chart
from voucher.errors import NotFound, NotValid, _, problem
from voucher.ledger import StatementLine
from voucher.money import CURRENCIES, Money, total
from voucher.origins import origins_of
from voucher.people import Role
from voucher.work import Work
from workflows import forgetting
from workflows.access import acting, asking, looking, roles, who
from workflows.auditing import chart_of, see_account
from workflows.forgetting import MEMO
from workflows.portal.forms import Typed
from workflows.portal.pages import done, or_show, show
from workflows.portal.speech import subject_url
from workflows.portal.trial_balance import books_beside, books_of, is_explained, parts_beside

portal = Blueprint("auditor", __name__, url_prefix="/office/books")

READERS = (Role.AUDITOR, Role.FINANCE, Role.TREASURY)
MOST_LINES = 100
MOST_POSTINGS = 999_999_999


def asked_days() -> tuple[date | None, date | None]:
    """As of which day, and as known at the end of which day; where only that is asked for, as of the same. Raises NotValid."""
    form = Typed(request.args)
    day, known = (form.day(each) if request.args.get(each) else None for each in ("as_of", "known"))
    form.done()
    return day or known, known


def end_of(work: Work, day: date) -> datetime:
    """The last instant of a day where the office is. Raises NotValid before it is over: until then more may be recorded."""
    if day >= work.today:
        said = _("{day} is not over yet; what is known at its end, nobody knows.")
        raise NotValid(problems=[problem(said, "known", day=day.isoformat())])
    return datetime.combine(day, time.max, work.zone)


@portal.get("")
@roles(*READERS)
def books() -> ResponseReturnValue:
    """The trial balance, by book, currency and account of the manual; on request as it was known at the end of a day, beside what is known
    now and the entries that came in between.
    """
    day, known = asked_days()
    with asking() as work:
        if known is None:
            return show("books.html", books=books_of(ledger.trial_balance(work.session, as_of=day)), as_of=day)
        then = end_of(work, known)
        beside = books_beside(*(ledger.trial_balance(work.session, day, instant) for instant in (then, work.now)))
        between = ledger.recorded_between(work.session, day, then, work.now, MOST_LINES + 1)
    return show("books_beside.html", books=beside, as_of=day, known=known, entries=between[:MOST_LINES],
                more=len(between) > MOST_LINES, explained=is_explained(beside, between))


@portal.get("/accounts/<code>/<currency>")
@roles(*READERS)
def account(code: str, currency: str) -> ResponseReturnValue:
    """An account of the manual with its sub-accounts: each voucher's, fund line's, claim's or payout's own."""
    chart = next((chart for chart in (*CHART, *statutory_chart()) if chart.code == code), None)
    if chart is None or currency not in CURRENCIES:
        raise NotFound
    day, known = asked_days()
    with asking() as work:
        now = ledger.trial_balance(work.session, day)
        then = ledger.trial_balance(work.session, day, end_of(work, known)) if known else now
    rows = parts_beside(then, now, chart.name, currency)
    return show("account_parts.html", chart=chart, currency=currency, rows=rows, as_of=day, known=known,
                then=total((row.then for row in rows), currency), total=total((row.now for row in rows), currency))


@portal.get("/statements/<name>/<currency>")
@roles(*READERS)
def statement(name: str, currency: str) -> ResponseReturnValue:
    """The statement of one account, its last lines first to be seen; on request as it was known at the end of a day, and what has
    changed since.
    """
    if currency not in CURRENCIES:
        raise NotFound
    form = Typed(request.args)
    since, until, known_on = (form.day(each) if request.args.get(each) else None for each in ("since", "until", "known"))
    before, after = (form.number(each, 1, MOST_POSTINGS) if request.args.get(each) else None for each in ("before", "after"))
    form.done()
    with asking() as work:
        chart, stands = chart_of(name), see_account(work.session, name, currency)
        known_at = end_of(work, known_on) if known_on else None
        page = _page(work.session, name, currency, _Asked(since, until, known_at, before, after))
        compared = None
        if known_on and known_at:
            compared = ledger.compare(work.session, name, currency, until or known_on, known_at, work.now, MOST_LINES)
    return show("account_statement.html", name=name, currency=currency, page=page, compared=compared, chart=chart, stands=stands,
                since=since, until=until, known=known_on)


@dataclass(frozen=True)
class _Asked:
    """Which part of a statement is asked for: days, what was known, and the posting before or behind which a page lies."""

    since: date | None
    until: date | None
    known_at: datetime | None
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Page:
    """Some lines of a statement, what was brought forward to them, and whether there are lines before and behind."""

    lines: Sequence[StatementLine]
    has_earlier: bool
    has_later: bool

    @property
    def opening(self) -> Money | None:
        """The balance before the first line."""
        return self.lines[0].balance - self.lines[0].amount if self.lines else None


def _page(session: Session, name: str, currency: str, asked: _Asked) -> Page:
    """A page of a statement: the last one unless a posting says where; a line more is read than shown, to know whether there is one."""
    mark = asked.after or asked.before
    line = ledger.statement_line(session, name, currency, mark, asked.known_at) if mark else None
    if asked.after and line:
        lines = ledger.statement(session, name, currency, None, asked.until, MOST_LINES + 1, line, asked.known_at)
        return Page(lines[:MOST_LINES], has_earlier=True, has_later=len(lines) > MOST_LINES)
    lines = ledger.last_lines(session, name, currency, MOST_LINES + 1, asked.since, asked.until, line, asked.known_at)
    return Page(lines[-MOST_LINES:], has_earlier=len(lines) > MOST_LINES, has_later=line is not None)


@portal.get("/entries/<path:cause>")
@roles(*READERS)
def entry(cause: str) -> ResponseReturnValue:
    """One entry: its lines, and the step, the person, the evidence and the clauses behind it."""
    with looking() as session:
        held = ledger.find(session, cause)
        if held is None:
            raise NotFound
        origin, correction = origins_of(session, [held])[held.id], ledger.corrections(session, [held]).get(held.id, ledger.Correction())
        forgotten = forgetting.when_forgotten(session, held)
    can_forget = bool(held.memo) and held.actor != str(who().person_id) and any(who().holds(role) for role in MEMO.steps["forget_memo"].by)
    return show("entry.html", entry=held, correction=correction, origin=origin, subject_url=subject_url(held.cause.rpartition(" ")[2]),
                can_forget=can_forget, forgotten=forgotten)


@portal.post("/entries/<path:cause>/forget")
@roles(*MEMO.steps["forget_memo"].by)
@or_show(entry)
def forget_memo(cause: str) -> ResponseReturnValue:
    """Take away for good what was written beside an entry."""
    form = Typed(request.form)
    reason = form.text("reason", longest=1000)
    form.done()
    with acting() as work:
        forgetting.forget_memo(work, cause, reason)
    return done(_("Forgotten. That it was, by whom and why stays on record."), url_for("auditor.entry", cause=cause))

