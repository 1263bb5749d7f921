"""What a refusal looks like at each entry point: status code, page, exit code."""

from typing import Any

from voucher.errors import NotAllowed, NotFound, NotNow, NotValid, Refusal

DONE, FAILED, REFUSED = 0, 1, 2
"""Exit codes: it is done; a fault of ours; what was given or asked for is refused."""

_STATUS: dict[type[Refusal], int] = {NotValid: 422, NotFound: 404, NotAllowed: 403, NotNow: 409}


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal; a specific kind has that of the one of the four from which it descends."""
    return next(_STATUS[kind] for kind in type(refusal).__mro__ if kind in _STATUS)


def problem_details(refusal: Refusal) -> dict[str, Any]:
    """The refusal for machines, as RFC 9457 has it; `problems` lists everything that is wrong, in order."""
    kind = next(kind for kind in type(refusal).__mro__ if kind in _STATUS)
    return {
        "type": f"urn:voucher:refusal:{kind.__name__}",
        "title": " ".join((kind.__doc__ or "").split()),
        "status": status_of(refusal),
        "detail": refusal.message,
        "problems": [each.as_json() for each in refusal.problems],
    }
