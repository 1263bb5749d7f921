"""The rules of a programme in plain words, for everybody: any version, and what two say differently; on paper for who is signed in."""

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from voucher.database import fetch
from voucher.documents.summary import summary_pdf
from voucher.errors import NotFound
from voucher.programmes.differences import rule_changes, value_changes
from voucher.programmes.programmes import Programme, TermsVersion, terms_in_force, versions_of
from voucher.programmes.reading import read_published
from voucher.programmes.summary import summary
from voucher.references import read_reference
from workflows.access import asking, door, looking, public, signed_in, who
from workflows.portal.pages import show
from workflows.portal.speech import language
from workflows.sight import from_office

portal = Blueprint("rules", __name__, url_prefix="/rules")


@portal.get("/<reference>")
@public
def rules(reference: str) -> ResponseReturnValue:
    """The rules of a version, the one in force where none is named."""
    with looking() as session:
        programme = _programme(session, reference)
        in_force = terms_in_force(session, programme, door().today())
        version = _version(session, programme, "version") or in_force
        return show("rules.html", programme=programme, version=version, in_force=in_force, sections=summary(version.terms),
                    versions=versions_of(session, programme), may_try=from_office(who()))


@portal.get("/<reference>/paper")
@signed_in
def paper(reference: str) -> ResponseReturnValue:
    """The same on paper."""
    with asking() as work:
        programme = _programme(work.session, reference)
        version = _version(work.session, programme, "version") or terms_in_force(work.session, programme, work.today)
        source, number, made_on = version.source.encode(), version.number, version.published_at.astimezone(work.zone).date()
    response = make_response(summary_pdf(source, "zh" if language() == "zh" else "en", made_on, read_published))
    response.mimetype = "application/pdf"
    response.headers.set("Content-Disposition", "attachment", filename=f"{programme.code} {number}.pdf")
    return response


@portal.get("/<reference>/difference")
@public
def difference(reference: str) -> ResponseReturnValue:
    """What a version says differently from another one: in plain words, and value by value."""
    with looking() as session:
        programme = _programme(session, reference)
        older, newer = (_version(session, programme, name) for name in ("older", "newer"))
        if older is None or newer is None:
            raise NotFound
        return show("rules_difference.html", programme=programme, older=older, newer=newer,
                    rules=rule_changes(older.terms, newer.terms), values=value_changes(older.terms, newer.terms))


def _programme(session: Session, reference: str) -> Programme:
    return fetch(session, Programme, read_reference(reference, "P"))


def _version(session: Session, programme: Programme, name: str) -> TermsVersion | None:
    """The version that the address names; None where it names none. Raises NotFound when there is no such version."""
    asked = request.args.get(name, "")
    if not asked:
        return None
    found = next((each for each in versions_of(session, programme) if str(each.number) == asked), None)
    if found is None:
        raise NotFound
    return found
