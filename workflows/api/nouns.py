"""What every noun of the API shares: how its routes look, write, answer, and describe themselves.

A route is a function `view(work, body, **path)` that makes one call to one verb and tells what came of it. Around it
stands what no route should forget: the work, references in the address, the Idempotency-Key, the errors it may answer.
"""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from io import BytesIO
from typing import Any

from flask import Response, request, send_file
from flask_smorest import Blueprint
from marshmallow import Schema

from voucher.errors import _
from voucher.files import StoredFile
from voucher.idempotence import answer_request, begin_request
from voucher.languages import CATALOGS, Translator, translator
from voucher.looks import Seen, note_look
from voucher.references import KINDS, read_reference, reference
from voucher.work import Work
from workflows.access import acting, asking, door, roles
from workflows.api.examples import example_of
from workflows.api.fields import Body, Nothing
from workflows.api.reading import NotReadable, Reader, body_of, digest_of_request, idempotency_key
from workflows.machine import Machine

View = Callable[..., Any]

# The letter of the references that stand in addresses, by the name of the variable.
LETTERS = {
    "programme": "P", "fund_line": "L", "voucher": "V", "order": "O", "claim": "C", "payout": "Y", "batch": "B",
    "statement": "S", "file": "F", "organisation": "N",
    "finding": "K", "recovery": "R", "award": "W",
}

INERT = "application/octet-stream"
PROBLEM_JSON = "application/problem+json"

_IDEMPOTENCY_KEY = {
    "in": "header", "name": "Idempotency-Key", "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$"},
    "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
    "description": "A fresh key for each new request. The same request again under the same key gets the first answer and does "
                   "nothing twice; another request under it is refused.",
}
_LANGUAGE = {
    "in": "header", "name": "Accept-Language", "required": False, "schema": {"type": "string"}, "example": "en",
    "description": "The language of refusals: zh or en.",
}


def translator_of_reader() -> Translator:
    """Says sentences in the language that the request asks for (Accept-Language), else in that of the house."""
    return translator(request.accept_languages.best_match(list(CATALOGS)) or door().language)


def takers(machine: Machine, *steps: str) -> Callable[[View], View]:
    """The door for those who hold a role that one of the steps asks for; whose case it is the verb looks at."""
    return roles(*dict.fromkeys(role for step in steps for role in machine.steps[step].by))


class Noun(Blueprint):  # type: ignore[misc]
    """The routes about one noun, and their description."""

    ARGUMENTS_PARSER = Reader()
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING = Blueprint.DEFAULT_LOCATION_CONTENT_TYPE_MAPPING | {
        "multipart": "multipart/form-data"}

    def reads(self, rule: str, answer: type[Schema], query: type[Body] = Nothing) -> Callable[[View], View]:
        """GET: look at something, as `view(work, query, **path)`."""
        return self._asks(rule, "GET", answer, query, "query")

    def asks(self, rule: str, answer: type[Schema], body: type[Body]) -> Callable[[View], View]:
        """POST that changes nothing: a question with a body, as `view(work, body, **path)`."""
        return self._asks(rule, "POST", answer, body, "json")

    def _asks(self, rule: str, method: str, answer: type[Schema], body: type[Body], location: str) -> Callable[[View], View]:
        def around(view: View) -> View:
            @wraps(view)
            def look(given: Any, **path: Any) -> Response:
                with asking() as work:
                    return _json(_told(answer, view(work, given, **_tidy(path))), 200)

            described = self._describe(look, rule, answer, 200, writes=False)
            return self._hang(rule, method, self.arguments(body, location=location, **_example(body, location))(described))
        return around

    def writes(
        self, rule: str, answer: type[Schema], body: type[Body] = Nothing, *, status: int = 200, location: str = "json",
    ) -> Callable[[View], View]:
        """POST: take a step, as `view(work, body, **path)`; with an Idempotency-Key once only."""
        def around(view: View) -> View:
            @wraps(view)
            def take(given: Any, **path: Any) -> Response:
                return _once(answer, status, lambda work: view(work, given, **_tidy(path)))

            described = self._describe(take, rule, answer, status, writes=True)
            required = any(field.required for field in body().fields.values())
            reading = self.arguments(body, location=location, required=required, **_example(body, location))
            return self._hang(rule, "POST", reading(described))
        return around

    def takes(self, rule: str, answer: type[Schema], media: Mapping[str, str], *, status: int = 201) -> Callable[[View], View]:
        """POST with a body that is plain text of one of these media types (each with an example), as `view(work, bytes)`."""
        def around(view: View) -> View:
            @wraps(view)
            def take(**path: Any) -> Response:
                content = _plain(media)
                return _once(answer, status, lambda work: view(work, content, **_tidy(path)))

            content = {name: {"schema": {"type": "string"}, "example": example} for name, example in media.items()}
            described = self._describe(take, rule, answer, status, writes=True)
            return self._hang(rule, "POST", self.doc(requestBody={"required": True, "content": content})(described))
        return around

    def downloads(self, rule: str, media: str = INERT) -> Callable[[View], View]:
        """GET the bytes of the StoredFile that `view(work, **path)` finds, for saving and never for showing."""
        def around(view: View) -> View:
            @wraps(view)
            def download(**path: Any) -> Response:
                with asking() as work:
                    file = view(work, **_tidy(path))
                with acting() as work:
                    note_look(work, Seen.FILE, file.reference, file.owner_id)
                return _attachment(file, media)

            binary = {"type": "string", "format": "binary"}
            described = self.response(200, binary, content_type=media, description="The bytes, as an attachment")(download)
            return self._hang(rule, "GET", self._may_refuse(described, rule, writes=False))
        return around

    def streams(self, rule: str, media: str) -> Callable[[View], View]:
        """GET the name and the parts of something that `view(work, **path)` puts together, sent as they are written."""
        def around(view: View) -> View:
            @wraps(view)
            def stream(**path: Any) -> Response:
                with acting() as work:
                    name, parts = view(work, **_tidy(path))
                return _saved(Response(parts, mimetype=media), name)

            described = self.response(200, {"type": "string", "format": "binary"}, content_type=media,
                                      description="The bytes, as an attachment")(stream)
            return self._hang(rule, "GET", self._may_refuse(described, rule, writes=False))
        return around

    def _describe(self, view: View, rule: str, answer: type[Schema], status: int, *, writes: bool) -> View:
        described = self.response(status, answer, example=example_of(answer))(view)
        return self._may_refuse(described, rule, writes=writes)

    def _may_refuse(self, view: View, rule: str, *, writes: bool) -> View:
        """The refusals that a route may answer, each described once for the whole API."""
        expected = ["UNAUTHORIZED", "FORBIDDEN", "TOO_MANY_REQUESTS", "UNPROCESSABLE_ENTITY"]
        expected += ["NOT_FOUND"] if writes or "<" in rule else []
        expected += ["BAD_REQUEST", "CONFLICT"] if writes else []
        codes = {"BAD_REQUEST": 400, "UNAUTHORIZED": 401, "FORBIDDEN": 403, "NOT_FOUND": 404, "CONFLICT": 409,
                 "UNPROCESSABLE_ENTITY": 422, "TOO_MANY_REQUESTS": 429}
        for name in expected:
            view = self.alt_response(codes[name], response=name)(view)
        if view.access.public:  # type: ignore[attr-defined]
            view = self.doc(security=[])(view)
        described: View = self.doc(operationId=view.__name__)(view)
        noted: dict[str, Any] = vars(described)["_apidoc"]  # where flask-smorest collects what it will describe
        noted.setdefault("arguments", {}).setdefault("parameters", []).extend([_IDEMPOTENCY_KEY, _LANGUAGE] if writes else [_LANGUAGE])
        return described

    def _hang(self, rule: str, method: str, view: View) -> View:
        self.route(rule, methods=[method], parameters=_path_of(rule), tags=[tag_of(self)])(view)
        return view


def _example(body: type[Body], location: str) -> dict[str, Any]:
    """The example of a JSON body; parameters and forms show theirs field by field."""
    return {"example": example_of(body)} if location == "json" else {}


def tag_of(noun: Noun) -> str:
    """Under which word the description lists the operations on a noun."""
    return str(noun.name).removeprefix("api-")


def _path_of(rule: str) -> list[dict[str, Any]]:
    """The references in an address, described."""
    return [
        {"in": "path", "name": name, "required": True, "description": f"The reference of the {KINDS[letter]}.",
         "schema": {"type": "string", "pattern": rf"^{letter}-[0-9]{{4}}-[0-9]{{5,}}-[0-9]$"}, "example": reference(letter, 2026, 1)}
        for name, letter in LETTERS.items() if f"<{name}>" in rule]


def _tidy(path: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of an address; a reference in the form in which it is kept. Raises NotFound."""
    return {name: read_reference(value, LETTERS[name]) if name in LETTERS else value for name, value in path.items()}


def _told(answer: type[Schema], facts: Any) -> str:
    return json.dumps(answer().dump(facts), ensure_ascii=False)


def _json(told: str, status: int) -> Response:
    response = Response(told, status, mimetype="application/json")
    if status == 201:
        reference = json.loads(told).get("reference")
        if reference:
            response.headers["Location"] = f"{request.path}/{reference}"
    return response


def _once(answer: type[Schema], status: int, verb: Callable[[Work], Any]) -> Response:
    """Do the verb and answer; what was answered already under this key is answered again."""
    key = idempotency_key()
    with acting() as work:
        if key is None:
            return _json(_told(answer, verb(work)), status)
        standing = begin_request(work, key, digest_of_request())
        if standing.status:
            response = _json(standing.body, standing.status)
            response.headers["Idempotent-Replayed"] = "true"
            return response
        told = _told(answer, verb(work))
        answer_request(work, standing, status, told)
    return _json(told, status)


def _plain(media: Mapping[str, str]) -> bytes:
    if request.mimetype not in media:
        raise NotReadable(_("Send the body as one of {media}, and say so in Content-Type."), media=", ".join(media))
    return body_of(request)


def _attachment(file: StoredFile, media: str) -> Response:
    """For saving: a browser that follows the link neither shows nor runs it, whatever it holds."""
    response = send_file(BytesIO(door().files.get(file.sha256)), mimetype=media, as_attachment=True, download_name=file.name)
    return _saved(response, file.name)


def _saved(response: Response, name: str) -> Response:
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response

