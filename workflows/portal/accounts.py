"""The account of a payee: what the office owes a firm or provider, entry by entry."""

from datetime import date

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue

from voucher.database import fetch
from voucher.documents import payee_account as paper
from voucher.people import Organisation
from voucher.work import Work
from workflows.access import asking, signed_in
from workflows.payee_statement import account_of_payee, as_csv, as_pdf
from workflows.portal.forms import Typed
from workflows.portal.pages import show
from workflows.portal.speech import language

portal = Blueprint("accounts", __name__)


@portal.get("/organisations/<reference>/statement")
@signed_in
def statement(reference: str) -> ResponseReturnValue:
    """What was owed, paid, set off and asked back in a period, and what is owed now."""
    with asking() as work:
        firm, since, until = _asked(work, reference)
        return show("payee_account.html", firm_shown=firm, since=since, until=until, accounts=account_of_payee(work, firm, since, until))


@portal.get("/organisations/<reference>/statement.csv")
@signed_in
def statement_csv(reference: str) -> ResponseReturnValue:
    """The same for a spreadsheet."""
    with asking() as work:
        firm, since, until = _asked(work, reference)
        content = as_csv(account_of_payee(work, firm, since, until))
    return _download(content.encode("utf-8-sig"), "text/csv", f"{firm.reference} {since} {until}.csv")


@portal.get("/organisations/<reference>/statement.pdf")
@signed_in
def statement_pdf(reference: str) -> ResponseReturnValue:
    """The same on paper."""
    with asking() as work:
        firm, since, until = _asked(work, reference)
        described = as_pdf(work, firm, account_of_payee(work, firm, since, until), since, until, "zh" if language() == "zh" else "en")
    return _download(paper.render(described), "application/pdf", f"{firm.reference} {since} {until}.pdf")


def _asked(work: Work, reference: str) -> tuple[Organisation, date, date]:
    form = Typed(request.args)
    until = form.day("until") if request.args.get("until") else work.today
    since = form.day("since") if request.args.get("since") else date(until.year, 1, 1)
    form.done()
    return fetch(work.session, Organisation, reference), since, until


def _download(content: bytes, media: str, name: str) -> Response:
    response = make_response(content)
    response.mimetype = media
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
