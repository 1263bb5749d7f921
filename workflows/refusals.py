"""What a refusal looks like at each entry point: status code, page, exit code."""

from http import HTTPStatus
from typing import Any

from voucher.errors import NotAllowed, NotFound, NotNow, NotValid, Problem, Refusal, _
from voucher.languages import Translator, translator

DONE, FAILED, REFUSED = 0, 1, 2
"""Exit codes: it is done; a fault of ours; what was given or asked for is refused."""


class SignInFirst(NotAllowed):
    """You have to sign in for this."""


class TooManyAttempts(NotNow):
    """There were too many attempts from your address. Wait a minute before you try again."""


_STATUS: dict[type[Refusal], int] = {
    NotValid: 422, NotFound: 404, NotAllowed: 403, NotNow: 409,
    SignInFirst: 401, TooManyAttempts: 429, Refusal: 400,  # these three only HTTP itself knows
}

TITLES = {
    HTTPStatus.UNAUTHORIZED: _("Please sign in"),
    HTTPStatus.TOO_MANY_REQUESTS: _("Too many attempts"),
    HTTPStatus.UNPROCESSABLE_ENTITY: _("Something has to be mended"),
    HTTPStatus.NOT_FOUND: _("There is nothing here"),
    HTTPStatus.FORBIDDEN: _("You may not do this"),
    HTTPStatus.CONFLICT: _("Not in the present state"),
    HTTPStatus.BAD_REQUEST: _("We could not read this"),
    HTTPStatus.METHOD_NOT_ALLOWED: _("Not this way"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("This is too large"),
    HTTPStatus.INTERNAL_SERVER_ERROR: _("We made a mistake"),
}

# What HTTP itself refuses, in our words.
HTTP_REFUSALS = {
    HTTPStatus.BAD_REQUEST: _("What your browser or program sent was incomplete. Go back, load the page again and repeat it."),
    HTTPStatus.NOT_FOUND: _("No page has this address. Check it, or start again from the first page."),
    HTTPStatus.METHOD_NOT_ALLOWED: _("This address does not take this kind of request. Start again from the first page."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("A file may have at most 20 MB. Send a smaller one."),
    HTTPStatus.INTERNAL_SERVER_ERROR: _("This is our fault, and nothing was changed. Try again; if it happens again, tell the office."),
}


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal; a specific kind has that of the one of the four from which it descends."""
    return next(_STATUS[kind] for kind in type(refusal).__mro__ if kind in _STATUS)


def title_of(status: int) -> str:
    """The marked heading for an HTTP status."""
    return TITLES.get(HTTPStatus(status), _("This did not work"))


def problem_details(refusal: Refusal, translate: Translator | None = None, **more: Any) -> dict[str, Any]:
    """The refusal for machines, as RFC 9457 has it; `problems` lists everything that is wrong, in order.

    `translate` says it in the reader's language (English without one); `more` are further members, such as `instance`.
    """
    translate = translate or translator("en")
    kind = next(kind for kind in type(refusal).__mro__ if kind in _STATUS)
    status = status_of(refusal)
    return {
        "type": f"urn:voucher:refusal:{kind.__name__}", "title": translate(title_of(status)), "status": status,
        "detail": translate.refusal(refusal), "problems": [_problem(each, translate) for each in refusal.problems], **more,
    }


def _problem(problem: Problem, translate: Translator) -> dict[str, Any]:
    return problem.as_json() | {"what": translate(problem.what, **dict(problem.values))}
