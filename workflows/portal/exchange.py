"""For the office: lists of keyed hashes, given to other offices and taken from them, and the keys that they share."""

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import col

from voucher.errors import NotValid, _, problem
from voucher.exchange import ExchangeKey, ExchangeList, keys_in_use
from voucher.exchange_list import LARGEST_LIST
from voucher.people import OFFICE_ROLES
from workflows import exchanging
from workflows.access import acting, looking, roles, who
from workflows.portal.forms import Typed
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, show

portal = Blueprint("exchange", __name__, url_prefix="/office/exchange")


@portal.get("")
@roles(*OFFICE_ROLES)
def lists() -> ResponseReturnValue:
    """The lists that came in, the newest first, and the keys in use."""
    return _shown()


def _shown(**more: object) -> str:
    rows = (exchanging.lists_shown().join(ExchangeKey, col(ExchangeKey.id) == ExchangeList.key_id)
            .with_only_columns(ExchangeList, ExchangeKey))
    with looking() as session:
        return show("exchange.html", listing=listing(session, rows), keys=keys_in_use(session),
                    may_keep=any(who().holds(role) for role in exchanging.KEEPERS),
                    may_exchange=any(who().holds(role) for role in exchanging.EXCHANGERS), **more)


@portal.post("/keys")
@roles(*exchanging.KEEPERS)
@or_show(lists)
def enter_key() -> ResponseReturnValue:
    """Enter a key, or make a new one, which is shown this once."""
    form = Typed(request.form)
    name, given = form.text("name", longest=40), form.text("secret", required=False, longest=64)
    form.done()
    with acting() as work:
        key, secret = exchanging.enter_key(work, name, given)
        named = key.name
    if given:
        return done(_("The key {name} is entered."), url_for("exchange.lists"), name=named)
    response = Response(_shown(made=named, secret=secret))
    response.headers["Cache-Control"] = "no-store"
    return response


@portal.post("/keys/<name>/end")
@roles(*exchanging.KEEPERS)
@or_show(lists)
def end_key(name: str) -> ResponseReturnValue:
    """Use a key no more."""
    with acting() as work:
        exchanging.end_key(work, name)
    return done(_("The key {name} is used no more."), url_for("exchange.lists"), name=name)


@portal.post("/keys/<name>/list")
@roles(*exchanging.EXCHANGERS)
@or_show(lists)
def export_list(name: str) -> ResponseReturnValue:
    """The list of our own hashes, for saving."""
    with acting() as work:
        content = exchanging.export_list(work, name)
        day = work.today.isoformat()
    response = Response(content, mimetype="text/plain")
    response.headers.set("Content-Disposition", "attachment", filename=f"exchange-{name}-{day}.txt")
    response.headers["Cache-Control"] = "no-store"
    return response


@portal.post("")
@roles(*exchanging.EXCHANGERS)
@or_show(lists)
def import_list() -> ResponseReturnValue:
    """Take in the list of another office."""
    sent = request.files.get("list")
    if sent is None or not sent.filename:
        raise NotValid(problems=[problem(_("Choose the list."), "list")])
    with acting() as work:
        taken = exchanging.import_list(work, sent.read(LARGEST_LIST + 1))
        office, entries = taken.office, taken.entries
    return done(_("The list of {office} stands, with {count} entries. Our claims are compared with it now and every night."),
                url_for("exchange.lists"), office=office, count=entries)


@portal.post("/find")
@roles(*exchanging.EXCHANGERS)
@or_show(lists)
def find_ticket() -> ResponseReturnValue:
    """What of ours another office means by a ticket."""
    form = Typed(request.form)
    ticket = form.text("ticket", longest=64)
    form.done()
    with acting() as work:
        found = exchanging.find_ticket(work, ticket)
    return _shown(ticket=ticket, found=found)
