"""For everybody: the public notices of what will be paid, and the form by which one objects. For the office: the objections."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, select

from voucher.claims import Claim
from voucher.database import fetch, get
from voucher.errors import NotFound, NotNow, _
from voucher.files import FileKind
from voucher.languages import NAMES
from voucher.listings import Listing
from voucher.notices import Notice, claims_on
from voucher.objections import Objection, ObjectionState
from voucher.orders import Order
from voucher.papers import file_about
from voucher.people import OFFICE_ROLES, Organisation, Role
from voucher.programmes.phrases import field_of, joined
from voucher.programmes.programmes import Programme, terms_in_force, terms_version
from voucher.published import as_published, paid_cases
from voucher.references import read_reference
from voucher.vouchers import Voucher
from workflows import publication
from workflows.access import acting, asking, count_filing, door, looking, public, roles, who
from workflows.answering import answers_to, language_of, mail_address
from workflows.objecting import LONGEST_CONTACT, LONGEST_GROUNDS, LONGEST_OBJECTOR, OBJECTION
from workflows.portal import cases
from workflows.portal.forms import Typed
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, show
from workflows.portal.speech import in_language, language

portal = Blueprint("notices", __name__)


@portal.get("/notices")
@public
def notices() -> ResponseReturnValue:
    """Every public notice, the newest first."""
    rows = select(Notice, Programme).join(Programme, col(Programme.id) == Notice.programme_id).order_by(col(Notice.id).desc())
    with looking() as session:
        return show("notices.html", listing=listing(session, rows))


@portal.get("/programmes/<reference>/paid")
@public
def paid(reference: str) -> ResponseReturnValue:
    """What was paid by a programme, as far as its terms publish that."""
    with looking() as session:
        held = fetch(session, Programme, read_reference(reference, "P"))
        found = listing(session, paid_cases(session, held))
        return show("paid.html", programme=held, listing=replace(found, rows=[as_published(*row) for row in found.rows]),
                    shown=terms_in_force(session, held).terms.publication_fields)


@portal.get("/notices/<reference>")
@public
def notice(reference: str) -> ResponseReturnValue:
    """One notice: the list as it was frozen, its digest, and how to object."""
    with looking() as session:
        held = fetch(session, Notice, read_reference(reference, "G"))
        terms = terms_in_force(session, get(session, Programme, held.programme_id)).terms
        return show("notice.html", has_paper=file_about(session, FileKind.NOTICE_LIST, held.reference) is not None, notice=held,
                    listed=held.listed, shown=held.listed["claims"][0],
                    services={code: service.name for code, service in terms.services.items()})


@portal.get("/notices/<reference>/list.json")
@public
def notice_list(reference: str) -> ResponseReturnValue:
    """The frozen list, byte for byte: its SHA-256 is the digest that the notice tells."""
    with looking() as session:
        held = fetch(session, Notice, read_reference(reference, "G"))
    response = make_response(held.content.encode())
    response.mimetype = "application/json"
    response.headers.set("Content-Disposition", "attachment", filename=f"{held.reference}.json")
    return response


@portal.get("/notices/<reference>/list.pdf")
@public
def notice_paper(reference: str) -> ResponseReturnValue:
    """The list as a document, for whoever wants it on paper."""
    with looking() as session:
        held = fetch(session, Notice, read_reference(reference, "G"))
        file = file_about(session, FileKind.NOTICE_LIST, held.reference)
    if file is None:
        raise NotNow(_("The list is being made. Look again in a minute."))
    response = make_response(door().files.get(file.sha256))
    response.mimetype = file.media_type
    response.headers.set("Content-Disposition", "inline", filename=file.name)
    return response


@portal.get("/notices/<reference>/claims/<claim>/object")
@public
def objection_form(reference: str, claim: str) -> ResponseReturnValue:
    """The form by which anybody objects to one claim on a notice."""
    with looking() as session:
        held = fetch(session, Notice, read_reference(reference, "G"))
        wanted = read_reference(claim, "C")
        line = next((line for line in held.listed["claims"] if line["claim"] == wanted), None)
        if line is None:
            raise NotFound
        order = get(session, Order, fetch(session, Claim, wanted).order_id)
        rules = terms_version(session, order.terms_id).terms.notice
        return show("objection_form.html", notice=held, line=line,
                    needs=in_language(joined([field_of(code) for code in rules.objection_needs])) if rules is not None else "")


@portal.post("/notices/<reference>/claims/<claim>/object")
@public
@or_show(objection_form)
def file_objection(reference: str, claim: str) -> ResponseReturnValue:
    """Take an objection; a few an hour from one address, and what fills the field that people do not see is thrown away."""
    count_filing("objection")
    form = Typed(request.form)
    grounds = form.text("grounds", longest=LONGEST_GROUNDS)
    name = form.text("name", required=False, longest=LONGEST_OBJECTOR)
    contact = form.text("contact", required=False, longest=LONGEST_CONTACT)
    form.done()
    with looking() as session:
        held = fetch(session, Notice, read_reference(reference, "G"))
        if read_reference(claim, "C") not in {each.reference for each in claims_on(session, held.id)}:
            raise NotFound
    number, said = "", _("Your objection is with the office.")
    if not request.form.get("website", "").strip():
        with acting() as work:
            made = publication.file_objection(work, read_reference(claim, "C"), name, contact, grounds, language())
        number, said = made.reference, _("Your objection is with the office under the number {number}: note it. A person looks at it "
                                         "first; what becomes of it you are told at the address that you gave.")
        if made.state == ObjectionState.LEAD:
            said = _("Thank you. Without a name this holds no payment; the office's auditors look at it.")
    return done(said, url_for("notices.notice", reference=held.reference), number=number)


@portal.post("/office/programmes/<reference>/notices")
@roles(Role.APPROVER)
def publish_notice(reference: str) -> ResponseReturnValue:
    """Put what is approved on a public notice."""
    with acting() as work:
        made = publication.publish_notice(work, read_reference(reference, "P"))
    return done(_("The notice {reference} is published; what it lists is payable after its last day."),
                url_for("notices.notice", reference=made.reference), reference=made.reference)


@portal.app_template_global()
def may_publish_notice() -> bool:
    """Whether whoever is at the door may put claims on a notice."""
    return who().holds(Role.APPROVER)


@portal.get("/office/objections")
@roles(*OFFICE_ROLES)
def objections() -> ResponseReturnValue:
    """All objections and leads, or those in one state, the newest first."""
    state = request.args.get("state", "")
    rows = (select(Objection, Claim, Listing).outerjoin(Claim, col(Claim.id) == Objection.claim_id)
            .outerjoin(Listing, col(Listing.id) == Objection.listing_id).order_by(col(Objection.id).desc()))
    with looking() as session:
        return show("objections.html", state=state, states=list(ObjectionState),
                    listing=listing(session, rows.where(Objection.state == state) if state else rows))


@portal.get("/objections/<reference>")
@roles(*OFFICE_ROLES)
def objection(reference: str) -> ResponseReturnValue:
    """An objection: who objects to what and why, and what was decided."""
    with asking() as work:
        session = work.session
        held = fetch(session, Objection, read_reference(reference, "J"))
        if held.listing_id is not None:
            return _about_listing(session, held, held.listing_id)
        claim = session.get_one(Claim, held.claim_id)
        order = get(session, Order, claim.order_id)
        voucher = get(session, Voucher, order.voucher_id)
        return show("objection.html", objection=held, claim=claim, order=order, voucher=voucher, **_told(session, held),
                    open=cases.but_for_interests(work, cases.steps_open(session, OBJECTION, held, {}, voucher), voucher))


def _about_listing(session: Session, objection: Objection, listing_id: UUID) -> ResponseReturnValue:
    """The page of an objection to a provider in notice; who began the notice does not decide."""
    provider = get(session, Organisation, get(session, Listing, listing_id).provider_id)
    steps = OBJECTION.open_to(who(), objection.state, {}) if objection.listing_begun_by != who().person_id else []
    return show("objection.html", objection=objection, provider=provider, **_told(session, objection),
                open=cases.Open(frozenset(step.name for step in steps)))


def _told(session: Session, objection: Objection) -> dict[str, Any]:
    """What the objector is told, in which language, and whether by mail."""
    return {"answers": answers_to(session, objection), "by_mail": bool(mail_address(objection)),
            "answered_in": NAMES[language_of(session, objection)]}
