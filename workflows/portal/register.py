"""The public register of providers: who is listed, since when, and every change with its reason."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session, select

from voucher.bans import bans_in_force
from voucher.database import fetch, get
from voucher.errors import NotFound, _
from voucher.history import events_of
from voucher.listings import Listing, ListingState, register, spans_of
from voucher.objections import ObjectionState, objections_to_listing
from voucher.people import Organisation, Role
from voucher.price_lists import ListPrice, prices_of
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.programmes.terms import Names
from voucher.references import read_reference
from workflows import providers
from workflows.access import acting, asking, count_filing, looking, public, roles, who
from workflows.listing_objections import file_listing_objection
from workflows.objecting import LONGEST_CONTACT, LONGEST_GROUNDS, LONGEST_OBJECTOR
from workflows.portal.cases import Open
from workflows.portal.forms import Typed
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, show
from workflows.portal.speech import language
from workflows.sight import from_office

portal = Blueprint("register", __name__)

_UNSEEN = (ListingState.PROPOSED, ListingState.REFUSED)


@portal.get("/providers")
@public
def listed() -> ResponseReturnValue:
    """Every provider that is or was listed, or is in notice."""
    with asking() as work:
        session, rows = work.session, register()
        if from_office(who()):
            rows = select(Listing, Organisation).join(Organisation, Organisation.id == Listing.provider_id).order_by(Organisation.name)  # type: ignore[assignment,arg-type]
        found = listing(session, rows)
        return show("providers.html", listing=found, spans=spans_of(session, [organisation.id for _row, organisation in found.rows]),
                    bans=bans_in_force(session, work.today))


@portal.get("/providers/<reference>")
@public
def provider(reference: str) -> ResponseReturnValue:
    """A provider: what it says of itself, when it was listed, and each decision with its reason."""
    with looking() as session:
        firm = fetch(session, Organisation, reference)
        held = session.exec(select(Listing).where(Listing.provider_id == firm.id)).first()
        own = who().holds(Role.PROVIDER, firm.id)
        if not own and (held is None or (held.state in _UNSEEN and not from_office(who()))):
            raise NotFound
        offered = providers.LISTING.open_to(who(), held.state, {Role.PROVIDER: firm.id}) if held else []
        steps = frozenset(step.name for step in offered)
        return show("provider.html", provider=firm, held=held, spans=spans_of(session, [firm.id]).get(firm.id, []),
                    prices=_prices_of(session, firm), open=Open(steps),
                    objections=objections_to_listing(session, held.id) if held and from_office(who()) else [],
                    may_see_score=own or from_office(who()), may_propose=own and (held is None or "propose_listing_again" in steps),
                    events=[event for event in events_of(session, firm.reference) if event.name.startswith("listing.")])


def _prices_of(session: Session, firm: Organisation) -> list[tuple[ListPrice, Programme, Names | None]]:
    """What a provider published, with the programme and the name of the service."""
    found = []
    for each in prices_of(session, firm.id):
        programme = get(session, Programme, each.programme_id)
        service = terms_in_force(session, programme).terms.services.get(each.service_type)
        found.append((each, programme, service.name if service else None))
    return found


@portal.get("/providers/<reference>/object")
@public
def objection_form(reference: str) -> ResponseReturnValue:
    """The form by which anybody objects to a provider that is in notice."""
    with looking() as session:
        firm = fetch(session, Organisation, read_reference(reference, "N"))
        held = session.exec(select(Listing).where(Listing.provider_id == firm.id, Listing.state == ListingState.IN_NOTICE)).first()
        if held is None:
            raise NotFound
        return show("listing_objection.html", provider=firm, held=held)


@portal.post("/providers/<reference>/object")
@public
@or_show(objection_form)
def file_objection(reference: str) -> ResponseReturnValue:
    """Take an objection; a few an hour from one address, and what fills the field that people do not see is thrown away."""
    count_filing("objection")
    form = Typed(request.form)
    grounds = form.text("grounds", longest=LONGEST_GROUNDS)
    name = form.text("name", required=False, longest=LONGEST_OBJECTOR)
    contact = form.text("contact", required=False, longest=LONGEST_CONTACT)
    form.done()
    number, said = "", _("Your objection is with the office.")
    if not request.form.get("website", "").strip():
        with acting() as work:
            made = file_listing_objection(work, read_reference(reference, "N"), name, contact, grounds, language())
        number, said = made.reference, _("Your objection is with the office under the number {number}: note it. A person looks at it "
                                         "first; what becomes of it you are told at the address that you gave.")
        if made.state == ObjectionState.LEAD:
            said = _("Thank you. Without a name this holds nothing; the office's auditors look at it.")
    return done(said, url_for("register.provider", reference=reference), number=number)


@portal.post("/providers/<reference>/propose")
@roles(Role.PROVIDER)
@or_show(provider)
def propose_listing(reference: str) -> ResponseReturnValue:
    """Assess oneself and ask to be listed."""
    with acting() as work:
        providers.propose_listing(work, reference, request.form.get("assessment", ""))
    return done(_("Your assessment is with the office."), url_for("register.provider", reference=reference))
