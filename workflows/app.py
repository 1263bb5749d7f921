"""Putting the house together: create_app()."""

from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.exceptions import HTTPException

from voucher.clock import Clock, system_clock
from voucher.database import Database
from voucher.errors import NotFound, NotValid, Refusal, _, problem
from voucher.files import LARGEST_FILE, FileStore
from voucher.languages import translator
from voucher.places import place
from voucher.settings import Settings
from workflows import api
from workflows.access import Door, hang_door, unclassified
from workflows.portal import (
    absences,
    accounts,
    acts,
    administrator,
    auditor,
    awards,
    backtests,
    bans,
    bounds,
    cases,
    checks,
    claiming,
    clocks,
    deposits,
    draws,
    exchange,
    finance,
    folders,
    guides,
    instrument_logs,
    invoices,
    letters,
    looks,
    notices,
    people,
    periods,
    programme,
    provider,
    public,
    recoveries,
    register,
    rules,
    sme,
    surplus,
    ties,
)
from workflows.portal.pages import prepare_pages, refusal_page
from workflows.portal.speech import language
from workflows.refusals import HTTP_REFUSALS, SignInFirst, problem_details, status_of, title_of

# Nothing from elsewhere, no script at all, no frame around us.
CONTENT_SECURITY = ("default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; "
                    "base-uri 'none'; frame-ancestors 'none'")
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


def create_app(settings: Settings, *, database: Database | None = None, clock: Clock = system_clock) -> Flask:
    """The whole house on the web: portal and API over one database.

    Raises AssertionError when a route does not say for whom it is.
    """
    app = Flask("workflows", template_folder=str(place("templates")), static_folder=str(place("templates") / "static"))
    app.config.update(
        SECRET_KEY=settings.secret_key, MAX_CONTENT_LENGTH=LARGEST_FILE + 1024 * 1024, MAX_FORM_MEMORY_SIZE=LARGEST_FILE,
        SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_SECURE=settings.base_url.startswith("https:"),
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    csrf = CSRFProtect(app)
    prepare_pages(app)
    hang_door(app, Door(database or Database(settings.database_url), clock, settings.zone, FileStore(settings.files_url),
                        settings.language, settings.is_demo))
    for room in (public, guides, letters, looks, absences, cases, checks, ties, exchange, folders, recoveries, awards, accounts, register,
                 rules, backtests, notices, acts, sme, provider, claiming, instrument_logs, clocks, programme, finance, auditor, bounds,
                 deposits, invoices, periods, surplus, bans, draws, administrator, people):
        app.register_blueprint(room.portal)
    app.before_request(refuse_what_is_no_text)
    api.register(app)
    for name, blueprint in app.blueprints.items():
        if name.startswith("api"):
            csrf.exempt(blueprint)  # keys only: no cookie opens the API, so no other site can borrow one
    app.register_error_handler(Refusal, answer_refusal)
    app.register_error_handler(HTTPException, answer_http)
    app.after_request(secure)
    forgotten = unclassified(app)
    assert not forgotten, f"nobody said for whom these are: {forgotten}"
    return app


def refuse_what_is_no_text() -> None:
    """No text holds the character NUL, and PostgreSQL keeps none: nothing stands at an address with one, and pages refuse it by the
    name of the field. The API's bodies do so themselves.
    """
    if "\0" in request.path:
        raise NotFound
    if not _is_api():
        typed = [*request.args.items(multi=True), *request.form.items(multi=True)]
        if wrong := [problem(_("This holds a character that no text has."), name) for name, text in typed if "\0" in text]:
            raise NotValid(problems=wrong)


def secure(response: Response) -> Response:
    """Put the security headers on every answer; what somebody signed in sees is kept by no cache."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def answer_refusal(refusal: Refusal) -> ResponseReturnValue:
    """A refusal as problem details or page; who is not signed in is shown the way in."""
    if _is_api():
        return _problem_json(problem_details(refusal, translator(language()), instance=request.path))
    if isinstance(refusal, SignInFirst):
        return redirect(url_for("security.login", next=request.full_path if request.method == "GET" else None))
    return refusal_page(refusal, status_of(refusal))


def answer_http(error: HTTPException) -> ResponseReturnValue:
    """What HTTP refuses (no such page, no such method) in the same form as our own refusals; our faults as 500."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    if error.response is not None or status < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    refusal = Refusal(HTTP_REFUSALS.get(status, title_of(status)))
    if _is_api():
        details: dict[str, Any] = problem_details(refusal, translator(language()), instance=request.path)
        return _problem_json(details | {"type": "about:blank", "title": status.phrase, "status": int(status)})
    return refusal_page(refusal, status)


def _is_api() -> bool:
    return request.path.startswith("/api/")


def _problem_json(details: dict[str, Any]) -> Response:
    response = jsonify(details)
    response.status_code = details["status"]
    response.mimetype = "application/problem+json"
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
