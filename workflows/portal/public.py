"""For everybody: what vouchers are, which programmes there are, and for who is signed in what waits for him."""

from uuid import UUID

from flask import Blueprint, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, select

from voucher.database import fetch, lock_by_id
from voucher.deadlines import standing
from voucher.errors import NotFound, _
from voucher.history import events_of
from voucher.languages import CATALOGS
from voucher.people import ApiKey, Organisation, Person
from voucher.programmes.programmes import Programme, ProgrammeState, TermsVersion, terms_in_force
from workflows import passwords
from workflows.access import (
    SHORTEST_PASSWORD,
    acting,
    count_attempt,
    door,
    looking,
    make_key,
    public,
    signed_in,
    signed_in_person,
    stay_signed_in,
    who,
)
from workflows.issue import CLOSING
from workflows.portal.cases import Open
from workflows.portal.forms import Typed
from workflows.portal.inbox import tasks_for
from workflows.portal.pages import done, or_show, show
from workflows.portal.speech import COOKIE
from workflows.publication import notice_rules
from workflows.publishing import PROGRAMME

portal = Blueprint("public", __name__)

A_YEAR = 365 * 24 * 3600


@portal.get("/")
@public
def home() -> ResponseReturnValue:
    """What vouchers are, for strangers; what waits for him, for who is signed in."""
    with looking() as session:
        if who().person_id is None:
            return show("welcome.html", programmes=_open_programmes(session))
        return show("inbox.html", today=door().today(), groups=tasks_for(session, who()), organisations=_organisations(session))


def _open_programmes(session: Session) -> list[Programme]:
    return list(session.exec(
        select(Programme).where(Programme.state == ProgrammeState.OPEN).order_by(col(Programme.reference))))


def _organisations(session: Session) -> list[Organisation]:
    mine = select(Organisation).where(col(Organisation.id).in_(who().organisations())).order_by(col(Organisation.name))
    return list(session.exec(mine))


@portal.get("/programmes/<reference>")
@public
def programme(reference: str) -> ResponseReturnValue:
    """What a programme gives, to whom, and what it asks for."""
    with looking() as session:
        held = fetch(session, Programme, reference)
        version = terms_in_force(session, held)
        events = events_of(session, held.reference)
        closed = next((each for each in events if each.to_state == ProgrammeState.CLOSED), None)
        paused = next((each for each in reversed(events) if each.to_state == ProgrammeState.PAUSED), None)
        last_day = next((each.until for each in standing(session, held.reference) if each.rule == CLOSING), None)
        return show("programme.html", programme=held, notices=notice_rules(session, held) is not None, version=version, terms=version.terms,
                    closed=closed, paused=paused, last_day=last_day,
                    open=Open(frozenset(step.name for step in PROGRAMME.open_to(who(), held.state, {}))))


@portal.get("/programmes/<reference>/terms/<int:number>.yaml")
@public
def terms_file(reference: str, number: int) -> ResponseReturnValue:
    """A published version of the terms, byte for byte."""
    with looking() as session:
        held = fetch(session, Programme, reference)
        version = session.exec(select(TermsVersion).where(
            TermsVersion.programme_id == held.id, TermsVersion.number == number)).first()
        if version is None:
            raise NotFound
        response = make_response(version.source.encode())
        response.headers["Content-Disposition"] = f'attachment; filename="{held.code}-{number}.yaml"'
        response.mimetype = "application/yaml"
        return response


@portal.post("/language")
@public
def choose_language() -> ResponseReturnValue:
    """Read on in another language: kept in this browser, and with the person who is signed in."""
    chosen = request.form.get("language", "")
    back = request.form.get("back", "/")
    response = redirect(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/", 303)
    if chosen in CATALOGS:
        _keep_language(chosen)
        response.set_cookie(COOKIE, chosen, max_age=A_YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
    return response


def _keep_language(chosen: str) -> None:
    person = signed_in_person()
    if person is not None:
        with acting() as work:
            held = lock_by_id(work.session, Person, person.person_id)
            held.language = chosen
            work.session.add(held)


@portal.get("/account")
@signed_in
def account() -> ResponseReturnValue:
    """Who one is here: roles, organisations, API keys."""
    with looking() as session:
        person = signed_in_person()
        assert person is not None
        keys = list(session.exec(select(ApiKey).where(ApiKey.person_id == person.person_id, ApiKey.active)))
        return show("account.html", organisations={each.id: each for each in _organisations(session)},
                    grants=sorted(person.actor.grants), keys=keys)


@portal.get("/account/password")
@signed_in
def password() -> ResponseReturnValue:
    """The form by which one changes one's own password."""
    return show("password.html", shortest=SHORTEST_PASSWORD)


@portal.post("/account/password")
@signed_in
@or_show(password)
def change_password() -> ResponseReturnValue:
    """Another password for oneself: every other session ends."""
    form = Typed(request.form)
    old, new = request.form.get("old", ""), request.form.get("new", "")
    if new != request.form.get("again", ""):
        form.wrong("again", _("This is not the same as above."))
    form.done()
    count_attempt("old-password", str(who().person_id))  # not by address: a whole office may choose theirs on one morning
    with acting() as work:
        person = passwords.change_password(work, old, new)
    stay_signed_in(person)
    return done(_("Your password is changed. Wherever else you were signed in, you are not any more."), url_for("public.home"))


@portal.post("/account/keys")
@signed_in
@or_show(account)
def make_api_key() -> ResponseReturnValue:
    """A new API key: shown once."""
    form = Typed(request.form)
    label = form.text("label", longest=100)
    form.done()
    with acting() as work:
        key = make_key(work, work.session.get_one(Person, work.actor.person_id), label)
    return show("key.html", key=key)


@portal.post("/account/keys/<uuid:key>/close")
@signed_in
def close_api_key(key: UUID) -> ResponseReturnValue:
    """Close a key of one's own."""
    with acting() as work:
        held = work.session.exec(select(ApiKey).where(
            ApiKey.id == key, ApiKey.person_id == work.actor.person_id).with_for_update()).first()
        if held is None:
            raise NotFound
        held.active = False
        work.session.add(held)
    return done(_("The key is closed; no program can use it any more."), url_for("public.account"))
