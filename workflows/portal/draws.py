"""For the office: which claims were drawn by lot for a closer look, from which list and with which seed; and a draw by hand."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import col, select

from voucher.claims import Claim
from voucher.errors import _
from voucher.people import OFFICE_ROLES
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.samples import Lot, LotClaim
from workflows import sampling
from workflows.access import acting, asking, roles, who
from workflows.portal.forms import Typed
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, show

portal = Blueprint("draws", __name__, url_prefix="/office/draws")


@portal.get("")
@roles(*OFFICE_ROLES)
def draws() -> ResponseReturnValue:
    """Every draw, the newest first, with what was drawn of how many."""
    rows = select(Lot, Programme).join(Programme, col(Programme.id) == Lot.programme_id).order_by(col(Lot.id).desc())
    with asking() as work:
        found = listing(work.session, rows)
        lists: dict[object, list[tuple[str, bool]]] = {lot.id: [] for lot, _programme in found.rows}
        for lot, claim, drawn in work.session.exec(select(LotClaim.lot_id, Claim.reference, LotClaim.drawn).join(
                Claim, col(Claim.id) == LotClaim.claim_id).where(col(LotClaim.lot_id).in_(lists)).order_by(col(Claim.reference))):
            lists[lot].append((claim, drawn))
        drawing = [each for each in work.session.exec(select(Programme).order_by(col(Programme.code)))
                   if terms_in_force(work.session, each, work.today).terms.sampling_rate is not None]
        return show("draws.html", listing=found, lists=lists, drawing=drawing, acts=any(who().holds(role) for role in sampling.DRAWERS))


@portal.post("")
@roles(*sampling.DRAWERS)
@or_show(draws)
def draw_sample() -> ResponseReturnValue:
    """Draw from the claims of a programme that wait and were on no list, with a seed that was published."""
    form = Typed(request.form)
    programme, seed = form.text("programme", longest=24), form.text("seed", longest=200)
    form.done()
    with acting() as work:
        _lot, drawn = sampling.draw_sample(work, programme, seed)
    return done(_("{count} claims are drawn; each waits for a look on the spot."), url_for("draws.draws"), count=len(drawn))
