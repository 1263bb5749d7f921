"""Trying a draft of terms on what was really ordered: the form, how far it has come, what was found, its table and its chart."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, make_response, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlmodel import Session, col, select

from voucher.backtests import Backtest, backtests_of
from voucher.database import fetch, get
from voucher.documents.bars import bars_svg
from voucher.errors import NotFound, _
from voucher.money import Money
from voucher.people import OFFICE_ROLES, Organisation, Person
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.references import read_reference
from workflows.access import acting, asking, door, looking, roles, who
from workflows.backtesting import TRIERS, how, trial_of, try_draft
from workflows.portal.forms import Typed
from workflows.portal.pages import done, or_show, show
from workflows.portal.speech import language, say

portal = Blueprint("backtests", __name__, url_prefix="/rules")

#: How many earlier trials the page names.
_MOST = 20


@portal.get("/<reference>/backtests")
@roles(*OFFICE_ROLES)
def backtests(reference: str) -> ResponseReturnValue:
    """Where a draft is handed in, beginning with the terms in force; and what was tried before."""
    with asking() as work:
        programme = fetch(work.session, Programme, read_reference(reference, "P"))
        return show("backtests.html", programme=programme, draft=terms_in_force(work.session, programme, work.today).source,
                    may_try=any(who().holds(role) for role in TRIERS),
                    tried=backtests_of(work.session, programme, _MOST),
                    money_of=lambda text: Money.parse(text, programme.currency))


@portal.post("/<reference>/backtests")
@roles(*TRIERS)
@or_show(backtests)
def try_one(reference: str) -> ResponseReturnValue:
    """Have a draft tried: the file that was chosen, else what was typed."""
    form, sent = Typed(request.form), request.files.get("file")
    with acting() as work:
        programme = fetch(work.session, Programme, read_reference(reference, "P"))
        budget = form.money("budget", programme.currency) if request.form.get("budget", "").strip() else None
        form.done()
        draft = sent.read() if sent is not None and sent.filename else request.form.get("draft", "").encode()
        asked = try_draft(work, programme.reference, draft, budget)
    return done(_("The draft is being tried."), url_for("backtests.backtest", reference=reference, backtest=asked.id))


@portal.get("/<reference>/backtests/<uuid:backtest>")
@roles(*OFFICE_ROLES)
def backtest(reference: str, backtest: UUID) -> ResponseReturnValue:
    """What a trial found, or how far it has come."""
    with looking() as session:
        programme, held = trial_of(session, read_reference(reference, "P"), backtest)
        names = [each["company"] for each in held.report.get("most_changed", ())]
        firms = {each.reference: each for each in session.exec(select(Organisation).where(col(Organisation.reference).in_(names)))}
        return show("backtest.html", programme=programme, terms=terms_in_force(session, programme).terms, backtest=held,
                    report=held.report, firms=firms, how=how(session, held), by=_name(session, held),
                    word=lambda text: held.report["in_chinese"].get(text, text) if language() == "zh" else text,
                    amount=lambda text: Money.parse(text, programme.currency), budget=held.budget(programme.currency),
                    chart=_chart(programme, held.report.get("months", {})))


@portal.get("/<reference>/backtests/<uuid:backtest>/cases.csv")
@roles(*OFFICE_ROLES)
def cases(reference: str, backtest: UUID) -> ResponseReturnValue:
    """Every case of a trial, for a spreadsheet."""
    with looking() as session:
        programme, held = trial_of(session, read_reference(reference, "P"), backtest)
        if held.finished_at is None:
            raise NotFound
    response = make_response(door().files.get(held.table_sha256))
    response.mimetype = "text/csv"
    response.headers.set("Content-Disposition", "attachment", filename=f"{programme.code} {held.asked_at:%Y-%m-%d}.csv")
    return response


def _chart(programme: Programme, months: Mapping[str, Mapping[str, str]]) -> Markup:
    """What was got and what the draft would give, month by month. It stands in the page, so that it has the page's letters."""
    rows = {month: (Money.parse(both["recorded"], programme.currency), Money.parse(both["draft"], programme.currency))
            for month, both in months.items()}
    return Markup(bars_svg(programme.name(language()), (say(_("As recorded")), say(_("Under the draft"))), rows))  # noqa: S704 - it is ours


def _name(session: Session, backtest: Backtest) -> str:
    return get(session, Person, backtest.asked_by).name if backtest.asked_by else ""
