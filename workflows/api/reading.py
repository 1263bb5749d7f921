"""How a request is read: strict JSON, forms with files, and plain text; every problem at once.

JSON as RFC 8259 has it and no more: no NaN, no name twice in one object, no endless depth.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from flask import Request, current_app, request
from marshmallow import RAISE, Schema, ValidationError
from webargs.core import missing
from webargs.flaskparser import FlaskParser, is_json_request
from webargs.multidictproxy import MultiDictProxy
from werkzeug.datastructures import MultiDict

from voucher.errors import NotValid, Refusal, _, problem
from workflows.api.fields import problems_of

LARGEST_BODY = 1024 * 1024
MOST_PROBLEMS = 100

_KEY = re.compile(r"[!-~]{1,100}", re.ASCII)


class NotReadable(Refusal):
    """We could not read the body of this request."""


class Reader(FlaskParser):
    """Reads bodies, queries and forms for flask-smorest, in our terms."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {
        "query": RAISE, "multipart": RAISE}
    __location_map__ = FlaskParser.__location_map__ | {"multipart": "load_multipart"}

    def _raw_load_json(self, req: Request) -> Any:
        content = body_of(req)
        if not content.strip():
            return {}
        if not is_json_request(req):
            raise NotReadable(_("Send the body as JSON, and say so: Content-Type: application/json."))
        return read_json(content)

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body of a request, as JSON; an empty one is an empty object."""
        return self._raw_load_json(req)

    def load_multipart(self, req: Request, schema: Schema) -> Any:
        """The fields and files of a form, side by side."""
        if req.mimetype != "multipart/form-data":
            raise NotReadable(_("Send the body as a form with files: Content-Type: multipart/form-data."))
        both: MultiDict[str, Any] = MultiDict(req.form)
        both.update(req.files)
        return MultiDictProxy(both, schema) if both else missing

    def handle_error(
        self, error: ValidationError, req: Request, schema: Schema, *, error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> Any:
        """Refuse with everything that is wrong, up to a hundred problems."""
        messages = error.messages
        assert isinstance(messages, dict)
        found = [each for inner in messages.values() for each in problems_of(inner)]
        raise NotValid(problems=found[:MOST_PROBLEMS])


def body_of(req: Request) -> bytes:
    """The bytes of a body that is no file."""
    content = b"" if (req.content_length or 0) > LARGEST_BODY else req.get_data(cache=True)
    if (req.content_length or len(content)) > LARGEST_BODY:
        raise NotReadable(_("This body is larger than {most} bytes. Send less at a time."), most=LARGEST_BODY)
    return content


def read_json(content: bytes) -> Any:
    """A JSON text; anything that some programs read otherwise than others is refused. Raises NotReadable."""
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_each_name_once)
    except RecursionError:
        raise NotReadable(_("This JSON is nested too deep.")) from None
    except ValueError as error:
        raise NotReadable(_("This is not JSON: {why}."), why=str(error)[:200]) from None


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def idempotency_key() -> str | None:
    """The key that the sender gave this request, with or without the quotes of a structured field. Raises NotValid."""
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return None
    key = given.strip().strip('"')
    if not _KEY.fullmatch(key):
        raise NotValid(problems=[problem(_("A key has 1 to 100 visible ASCII signs; a UUID serves well."), "Idempotency-Key")])
    return key


def digest_of_request() -> str:
    """Which request this is: method, path and body. Keyed, because a body may hold a password."""
    secret = current_app.secret_key
    assert isinstance(secret, str)
    parts = [request.method, request.full_path, *_body_parts()]
    return hmac.new(secret.encode(), json.dumps(parts).encode(), hashlib.sha256).hexdigest()


def _body_parts() -> list[str]:
    """The body, without what differs from one sending to the next (the boundary of a form, the order of names)."""
    if request.mimetype == "multipart/form-data":
        files = []
        for name, file in sorted(request.files.items(multi=True)):
            files.append(f"{name}:{file.filename}:{hashlib.sha256(file.stream.read()).hexdigest()}")
            file.stream.seek(0)
        return [f"{name}={value}" for name, value in sorted(request.form.items(multi=True))] + files
    content = request.get_data(cache=True)
    if is_json_request(request) and content.strip():
        return [json.dumps(read_json(content), sort_keys=True)]
    return [hashlib.sha256(content).hexdigest()]
