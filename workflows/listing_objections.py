"""Objections to a listing: while a provider is in public notice anybody may say why it should not be listed.

As long as one with a name is not decided the provider is not listed, however long its notice is over. Another person decides than
began the notice. Upheld, the provider is refused; answered otherwise, it is listed as soon as nothing stands in its way.
"""

from sqlmodel import col, select

from voucher.database import get, lock, lock_by_id
from voucher.duties import Duty, refuse_interested, refuse_one_hand
from voucher.errors import NotFound, NotNow, _
from voucher.listings import Listing, ListingState, objections_in_the_way
from voucher.objections import Objection
from voucher.people import Organisation
from voucher.reasons import OBJECTION_UPHELD
from voucher.work import Work
from workflows.objecting import OBJECTION, keep_answer, keep_objection
from workflows.providers import follow_end_of_notice, refuse_listing


def file_listing_objection(work: Work, provider: str, name: str, contact: str, grounds: str, language: str = "") -> Objection:
    """Object to a provider that is in public notice. Without name and contact it is a lead for auditors, and holds nothing.

    Anybody may. He is answered in the `language` ("zh", "en") that he reads; without one in the office's.
    Raises NotFound unless it is or was in notice, NotNow when the last day is over.
    """
    held = lock(work.session, Listing, provider)
    if held.notice_until is None:
        raise NotFound
    if held.state != ListingState.IN_NOTICE or work.today > held.notice_until:
        raise NotNow(_("Objections to this notice were to be made by {day}."), day=held.notice_until.isoformat())
    objection = Objection(reference="", state="", listing_id=held.id, listing_begun_by=held.notice_begun_by, name=name, contact=contact,
                          grounds=grounds, language=language, filed_at=work.now)
    return keep_objection(work, objection, held.reference, provider=held.reference)


def decide_on_listing(work: Work, objection: str, step: str, answer: str) -> Objection:
    """Take a step on an objection to a listing, which then goes on or ends."""
    seen = work.session.exec(select(Objection).where(Objection.reference == objection)).one()
    assert seen.listing_id is not None
    listing = lock_by_id(work.session, Listing, seen.listing_id)
    held = lock(work.session, Objection, objection)
    OBJECTION.allow(work, step, {})
    refuse_interested(work, get(work.session, Organisation, listing.provider_id), Duty.APPROVE)
    refuse_one_hand(work, (held.listing_begun_by,), held.filed_at,
                    _("You began the public notice of this provider, so another person has to decide on the objection."))
    OBJECTION.advance(work, held, step, {}, case=listing.reference, reason=answer, provider=listing.reference)
    keep_answer(work, held, answer)
    if step == "uphold_objection":
        _refuse(work, listing)
    elif step != "admit_objection":
        follow_end_of_notice(work, listing)
    return held


def _refuse(work: Work, listing: Listing) -> None:
    """Refuse the listing. Its reason is public, so it is one of ours: the answer is for who objected alone."""
    others = work.session.exec(objections_in_the_way(listing.id).order_by(col(Objection.id))).all()
    if others:
        raise NotNow(_("Decide first on the other objections to this provider: {others}."), others=", ".join(others))
    if listing.state == ListingState.IN_NOTICE:
        refuse_listing(work, listing.reference, OBJECTION_UPHELD)
