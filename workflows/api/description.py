"""The API as a whole: where it hangs, and its description in OpenAPI at /api/v1/openapi.json."""

import http
import json
from typing import Any

from flask import Blueprint, Flask, Response, current_app
from flask_smorest import Api
from flask_smorest.utils import prepare_response
from marshmallow import fields

from voucher.errors import NotAllowed, NotFound, NotNow, Refusal
from workflows.access import public
from workflows.api.absences import absences
from workflows.api.awards import awards
from workflows.api.backtests import backtests
from workflows.api.bank_statements import bank_statements
from workflows.api.bans import bans
from workflows.api.batches import batches
from workflows.api.bounds import bounds
from workflows.api.claims import claims
from workflows.api.deadlines import deadlines
from workflows.api.deposits import deposits
from workflows.api.examples import example_of
from workflows.api.exchange import exchange
from workflows.api.fields import Answer, Number, Part, Said, Those
from workflows.api.files import files
from workflows.api.findings import findings
from workflows.api.fund_lines import fund_lines
from workflows.api.invoices import invoices
from workflows.api.ledger import books
from workflows.api.letters import letters
from workflows.api.looks import looks
from workflows.api.notices import notices
from workflows.api.nouns import PROBLEM_JSON, Noun, tag_of
from workflows.api.orders import orders
from workflows.api.organisations import organisations
from workflows.api.payouts import payouts
from workflows.api.people import people
from workflows.api.periods import periods
from workflows.api.predictions import predictions
from workflows.api.programmes import programmes
from workflows.api.recoveries import recoveries
from workflows.api.ties import ties
from workflows.api.vouchers import vouchers
from workflows.refusals import HTTP_REFUSALS, problem_details, title_of

ROOT = "/api/v1"
NOUNS: tuple[Noun, ...] = (
    programmes, fund_lines, vouchers, orders, deposits, files, claims, invoices, findings, ties, exchange, notices, payouts, awards,
    recoveries, batches, bank_statements, books, bounds, periods, organisations, people, absences, letters, deadlines, looks, backtests,
    predictions, bans)

_ABOUT = """\
Every step of a voucher's life, as an operation. Amounts are strings in the currency that stands beside them; days are
written 2026-03-02; instants are in UTC. A field that is not known is refused. What is not yours is not found.

Refusals are problem details (RFC 9457) of four kinds, with the same meaning everywhere: 422 what was given is not valid (with
every problem at once), 404 there is nothing here that you may see, 403 you may not do this, 409 not in the present state.
They change nothing. Beside them stand 400 (the body could not be read), 401 (no valid key) and 429 (too many wrong keys).
"""


class ProblemAnswer(Answer):
    """One thing that is wrong: where, and what to do."""

    where = Said(metadata={"example": "lines.0.net", "description": "The path of the field."})
    what = Said(metadata={"example": "The amount must be more than zero, and the tax not below."})
    line = Number(metadata={"description": "In a file, counted from 1."})
    column = Number()


class RefusalAnswer(Answer):
    """Problem details (RFC 9457)."""

    type = Said(metadata={"example": "urn:voucher:refusal:NotValid"})
    title = Said(metadata={"example": "Something has to be mended"})
    status = Number(metadata={"example": 422})
    detail = Said(metadata={"example": "What was given is not valid. Mend what is listed and send it again."})
    instance = fields.String(metadata={"example": "/api/v1/claims"})
    problems = Those(Part(ProblemAnswer))


def _refusal(status: http.HTTPStatus) -> dict[str, Any]:
    kinds = {404: NotFound, 403: NotAllowed, 409: NotNow}
    refusal = kinds.get(status, Refusal)(None if status in kinds else HTTP_REFUSALS.get(status))
    return problem_details(refusal) | {"status": int(status), "title": title_of(status)}


class Description(Api):  # type: ignore[misc]
    """flask-smorest, with our refusals in place of its errors."""

    ERROR_SCHEMA = RefusalAnswer

    def _register_responses(self) -> None:
        """Describe each refusal once, as problem details."""
        named = [(status.name, status) for status in http.HTTPStatus if status >= http.HTTPStatus.BAD_REQUEST]
        for name, status in [*named, ("DEFAULT_ERROR", http.HTTPStatus.INTERNAL_SERVER_ERROR)]:
            shown = example_of(RefusalAnswer) if status == http.HTTPStatus.UNPROCESSABLE_ENTITY else _refusal(status)
            response = {"description": status.phrase, "schema": RefusalAnswer, "example": shown}
            prepare_response(response, self.spec, PROBLEM_JSON)
            self.spec.components.response(name, response, lazy=True)

    def _register_error_handlers(self) -> None:
        """Refusals are answered in one place for the whole house."""


about = Blueprint("api", __name__, url_prefix=ROOT)


@about.get("/openapi.json")
@public
def describe() -> Response:
    """The description of the API, for programs that read it."""
    api: Description = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    described = api.spec.to_dict() | {"tags": [{"name": tag_of(noun), "description": noun.description} for noun in NOUNS]}
    return Response(json.dumps(described, ensure_ascii=False, indent=1), mimetype="application/json")


def register(app: Flask) -> None:
    """Hang the API into the app under /api/v1."""
    options: dict[str, Any] = {
        "info": {"description": _ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "security": [{"key": []}],
    }
    app.config.update(API_TITLE="Innovation vouchers", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    api = Description(app, spec_kwargs=options)
    api.spec.components.security_scheme("key", {
        "type": "http", "scheme": "bearer", "description": "An API key: `Authorization: Bearer vk_...`"})
    for noun in NOUNS:
        api.register_blueprint(noun, url_prefix=ROOT)
    app.register_blueprint(about)
