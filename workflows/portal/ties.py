"""For the office: who is tied to whom, and the table from which ties are entered."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import col, or_

from voucher.errors import NotValid, _, problem
from voucher.people import OFFICE_ROLES
from voucher.programmes.terms import Relation
from voucher.ties import NodeKind, Tie
from workflows import relating
from workflows.access import acting, looking, roles
from workflows.portal.forms import Typed
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, show

portal = Blueprint("ties", __name__, url_prefix="/office/ties")


@portal.get("")
@roles(*OFFICE_ROLES)
def ties() -> ResponseReturnValue:
    """All ties, or those of which an end has these words in its name, the newest first."""
    words = request.args.get("name", "").strip()
    rows = relating.ties_shown()
    if words:
        rows = rows.where(or_(col(Tie.left_name).contains(words, autoescape=True), col(Tie.right_name).contains(words, autoescape=True)))
    with looking() as session:
        return show("ties.html", name=words, listing=listing(session, rows), kinds=list(NodeKind), relations=list(Relation),
                    columns=relating.COLUMNS)


@portal.post("")
@roles(*relating.RELATERS)
@or_show(ties)
def enter_tie() -> ResponseReturnValue:
    """Enter one tie."""
    form = Typed(request.form)
    ends = [relating.End(form.choice(f"{side}_kind", list(NodeKind)), form.text(side, longest=180),
                         form.text(f"{side}_name", required=False, longest=200)) for side in ("left", "right")]
    new = relating.NewTie(ends[0], form.choice("tie", list(Relation)), ends[1], form.text("source", longest=300),
                          form.day("from") if request.form.get("from") else None,
                          form.day("until") if request.form.get("until") else None)
    form.done()
    with acting() as work:
        relating.enter_ties(work, [new])
    return done(_("The tie is entered."), url_for("ties.ties"))


@portal.post("/import")
@roles(*relating.RELATERS)
@or_show(ties)
def import_ties() -> ResponseReturnValue:
    """Enter every tie of a table."""
    sent = request.files.get("table")
    if sent is None or not sent.filename:
        raise NotValid(problems=[problem(_("Choose the table."), "table")])
    with acting() as work:
        entered = relating.import_ties(work, sent.read())
    return done(_("{count} ties are entered."), url_for("ties.ties"), count=len(entered))
