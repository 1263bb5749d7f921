"""The register of invoices for finance and auditors: a page of it, or all of it for a spreadsheet."""

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue

from voucher.invoices import invoices_shown, registered
from workflows.access import looking, roles
from workflows.invoice_register import READERS, as_csv
from workflows.portal.listing import listing
from workflows.portal.pages import show

portal = Blueprint("invoices", __name__, url_prefix="/office")


@portal.get("/invoices")
@roles(*READERS)
def invoices() -> ResponseReturnValue:
    """Every invoice on which anybody claimed, the newest first; those in which something is found, where it is asked for."""
    text = request.args.get("find", "").strip()
    with looking() as session:
        found = listing(session, invoices_shown(text))
        return show("invoices.html", find=text, listing=found, invoices=registered(session, [line for line, in found.rows]))


@portal.get("/invoices.csv")
@roles(*READERS)
def invoices_csv() -> ResponseReturnValue:
    """The same for a spreadsheet, all of it."""
    with looking() as session:
        content = as_csv(session, request.args.get("find", ""))
    response = make_response(content.encode("utf-8-sig"))
    response.mimetype = "text/csv"
    response.headers.set("Content-Disposition", "attachment", filename="invoices.csv")
    return response
