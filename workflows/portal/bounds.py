"""For finance, treasury and auditors: the bounds of an account, how they came about, and requests to change them."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, select

from voucher.bound_requests import BoundRequest, BoundRequestState, bound_requests
from voucher.database import fetch
from voucher.errors import NotFound, _
from voucher.ledger.bounds import bounds_of
from voucher.money import CURRENCIES, Money
from voucher.people import Person, Role
from workflows import bounding
from workflows.access import acting, looking, roles, who
from workflows.portal.auditor import READERS
from workflows.portal.forms import Typed
from workflows.portal.pages import done, or_show, show

portal = Blueprint("bounds", __name__, url_prefix="/office/books/bounds")


@portal.get("")
@roles(*READERS)
def requests() -> ResponseReturnValue:
    """Requests for other bounds: those to be decided first."""
    with looking() as session:
        made = bound_requests(session)
        return show("bounds.html", held=None, acts=(), people=_people(session), can_decide=_can_decide(), can_ask=False, me=who().person_id,
                    requests=sorted(made, key=lambda each: each.state != BoundRequestState.ASKED))


@portal.get("/<name>/<currency>")
@roles(*READERS)
def account(name: str, currency: str) -> ResponseReturnValue:
    """An account with its bounds, every change of them, and the requests."""
    if currency not in CURRENCIES:
        raise NotFound
    with looking() as session:
        made = bound_requests(session, name, currency)
        is_open = any(each.state == BoundRequestState.ASKED for each in made)
        return show("bounds.html", held=bounding.account_of(session, name, currency), acts=bounds_of(session, name, currency),
                    requests=made, people=_people(session), can_decide=_can_decide(), me=who().person_id, money=Money,
                    can_ask=who().holds(Role.FINANCE) and not is_open)


def _people(session: Session) -> dict[str, str]:
    """The names of those who asked or decided, by key."""
    return {str(each.id): each.name for each in session.exec(select(Person).where(col(Person.id).in_(
        select(BoundRequest.asked_by).union(select(BoundRequest.decided_by)))))}


def _can_decide() -> bool:
    return any(who().holds(role) for role in bounding.BOUNDS.steps["grant_bounds"].by)


@portal.post("/<name>/<currency>")
@roles(Role.FINANCE)
@or_show(account)
def ask_bounds(name: str, currency: str) -> ResponseReturnValue:
    """Ask for other bounds; an empty field is no bound."""
    if currency not in CURRENCIES:
        raise NotFound
    form = Typed(request.form)
    lower, upper = (form.money(side, currency) if form.text(side, required=False) else None for side in ("lower", "upper"))
    reason = form.text("reason", longest=1000)
    form.done()
    with acting() as work:
        bounding.ask_bounds(work, name, currency, lower, upper, reason)
    return done(_("Asked. Another person of finance or treasury decides."), url_for("bounds.account", name=name, currency=currency))


@portal.post("/requests/<reference>/grant")
@roles(*bounding.BOUNDS.steps["grant_bounds"].by)
@or_show(requests)
def grant_bounds(reference: str) -> ResponseReturnValue:
    """Give the account the bounds that were asked for."""
    with acting() as work:
        made = bounding.grant_bounds(work, reference)
    return done(_("The account has the bounds that were asked for."), _page(made))


@portal.post("/requests/<reference>/refuse")
@roles(*bounding.BOUNDS.steps["refuse_bounds"].by)
@or_show(requests)
def refuse_bounds(reference: str) -> ResponseReturnValue:
    """Leave the account its bounds."""
    form = Typed(request.form)
    answer = form.text("answer", longest=1000)
    form.done()
    with acting() as work:
        made = bounding.refuse_bounds(work, reference, answer)
    return done(_("Refused: the account keeps its bounds."), _page(made))


@portal.get("/requests/<reference>")
@roles(*READERS)
def made(reference: str) -> ResponseReturnValue:
    """A request, on the page of its account."""
    with looking() as session:
        held = fetch(session, BoundRequest, reference)
    return account(name=held.account, currency=held.currency)


def _page(made: BoundRequest) -> str:
    return url_for("bounds.account", name=made.account, currency=made.currency)
