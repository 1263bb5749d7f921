"""Providers: one assesses itself, is in public notice, is listed; is suspended, taken back or taken off the list, each with its day."""

from typing import Any

from sqlmodel import Session, select

from voucher.bans import bans_on, refuse_banned
from voucher.database import get, lock
from voucher.deadlines import drop_clocks, last_day_of, standing, start_clock
from voucher.duties import Duty, refuse_interested
from voucher.errors import NotValid, _, problem
from voucher.history import given
from voucher.listings import Listing, ListingState, begin_span, end_span, objections_in_the_way
from voucher.people import Organisation, OrganisationKind, Role
from voucher.programmes.durations import Duration, Unit
from voucher.work import Work
from workflows.machine import Machine, Parties, Step

LISTING = Machine(
    "listing",
    Step("propose_listing", (), ListingState.PROPOSED, "listing.proposed", by=(Role.PROVIDER,)),
    Step("propose_listing_again", (ListingState.REFUSED, ListingState.DELISTED), ListingState.PROPOSED, "listing.proposed_again",
         by=(Role.PROVIDER,)),
    Step("start_listing_notice", (ListingState.PROPOSED,), ListingState.IN_NOTICE, "listing.notice_began", by=(Role.APPROVER,)),
    Step("refuse_listing", (ListingState.PROPOSED, ListingState.IN_NOTICE), ListingState.REFUSED, "listing.refused",
         by=(Role.APPROVER,)),
    Step("list_provider", (ListingState.IN_NOTICE,), ListingState.LISTED, "listing.listed"),
    Step("publish_price", (ListingState.LISTED,), ListingState.LISTED, "listing.price_published", by=(Role.PROVIDER,)),
    Step("suspend_provider", (ListingState.LISTED,), ListingState.SUSPENDED, "listing.suspended", by=(Role.APPROVER,)),
    Step("reinstate_provider", (ListingState.SUSPENDED,), ListingState.LISTED, "listing.reinstated", by=(Role.APPROVER,)),
    Step("delist_provider", (ListingState.LISTED, ListingState.SUSPENDED), ListingState.DELISTED, "listing.delisted",
         by=(Role.APPROVER,)),
)

# How long everybody may object before a provider is listed, unless the office says otherwise.
DAYS_OF_NOTICE = 7
LONGEST_NOTICE = 60


def parties_of(_session: Session, listing: Listing) -> Parties:
    """Whose case a listing is."""
    return {Role.PROVIDER: listing.provider_id}


def propose_listing(work: Work, provider: str, assessment: str) -> Listing:
    """A provider assesses itself and asks to be listed."""
    firm = lock(work.session, Organisation, provider)
    parties = {Role.PROVIDER: firm.id}
    LISTING.allow(work, "propose_listing", parties)
    if firm.kind != OrganisationKind.PROVIDER:
        raise NotValid(problems=[problem(_("Only providers are listed."), "provider")])
    if not assessment.strip():
        raise NotValid(problems=[problem(_("Say what you offer, since when, and where your prices stand."), "assessment")])
    known = work.session.exec(select(Listing).where(Listing.provider_id == firm.id)).first()
    if known is None:
        listing = Listing(reference=firm.reference, provider_id=firm.id, state="", assessment=assessment.strip())
        LISTING.begin(work, listing, "propose_listing", parties, case=firm.reference)
        return listing
    known.assessment = assessment.strip()
    return _advance(work, known, "propose_listing_again", "")


def start_listing_notice(work: Work, listing: str, days: int = DAYS_OF_NOTICE) -> Listing:
    """The office has looked at it: from today everybody may object, in words to the office, for some days."""
    if not 1 <= days <= LONGEST_NOTICE:
        raise NotValid(problems=[problem(_("Between 1 and {most} days."), "days", most=LONGEST_NOTICE)])
    held = lock(work.session, Listing, listing)
    LISTING.allow(work, "start_listing_notice", parties_of(work.session, held))
    _refuse_banned(work, held)
    held.notice_until, held.notice_begun_by = last_day_of(work, held.reference, Duration(days, Unit.DAY)), work.actor.person_id
    _advance(work, held, "start_listing_notice", "", until=held.notice_until.isoformat())
    start_clock(work, held.reference, "listing_notice", case=held.reference, waits_for=Role.APPROVER, due=held.notice_until,
                then="list_provider")
    return held


def list_provider(work: Work, listing: str) -> Listing:
    """The notice is over and no objection is in the way: listed from today. Run by the clock; changes nothing before.

    Raises Banned as long as the provider is; the clock asks again each day.
    """
    held = lock(work.session, Listing, listing)
    LISTING.allow(work, "list_provider", parties_of(work.session, held))
    _refuse_banned(work, held)
    follow_end_of_notice(work, held)
    return held


def follow_end_of_notice(work: Work, listing: Listing) -> None:
    """List a locked provider whose notice is over, unless an objection is not decided yet; while it is banned the clock asks each day."""
    if listing.state != ListingState.IN_NOTICE or listing.notice_until is None or work.today <= listing.notice_until:
        return
    if work.session.exec(objections_in_the_way(listing.id)).first() is not None:
        return
    if bans_on(work.session, [listing.provider_id], work.today):
        if not standing(work.session, listing.reference):  # it ended with the notice, as an objection was open
            start_clock(work, listing.reference, "listing_notice", case=listing.reference, waits_for=Role.APPROVER, due=work.today,
                        then="list_provider")
        return
    LISTING.follow(work, listing, "list_provider", case=listing.reference)
    begin_span(work.session, listing.provider_id, work.today)


def refuse_listing(work: Work, listing: str, reason: str) -> Listing:
    """The provider is not listed: what it says does not do, or an objection stands."""
    held = _advance(work, lock(work.session, Listing, listing), "refuse_listing", given(reason))
    drop_clocks(work, held.reference)
    return held


def suspend_provider(work: Work, listing: str, reason: str) -> Listing:
    """From today it takes no orders; what it delivered while it was listed stays right."""
    return _leave(work, listing, "suspend_provider", reason)


def delist_provider(work: Work, listing: str, reason: str) -> Listing:
    """From today it is off the list; it may propose itself again."""
    return _leave(work, listing, "delist_provider", reason)


def _leave(work: Work, listing: str, step: str, reason: str) -> Listing:
    held = _advance(work, lock(work.session, Listing, listing), step, given(reason))
    end_span(work.session, held.provider_id, work.today, held.reason)
    return held


def reinstate_provider(work: Work, listing: str, reason: str) -> Listing:
    """From today it is listed again. Raises Banned."""
    suspended = lock(work.session, Listing, listing)
    LISTING.allow(work, "reinstate_provider", parties_of(work.session, suspended))
    _refuse_banned(work, suspended)
    held = _advance(work, suspended, "reinstate_provider", given(reason))
    begin_span(work.session, held.provider_id, work.today)
    return held


def _refuse_banned(work: Work, held: Listing) -> None:
    """Who is banned is not put on the list, from which firms choose."""
    refuse_banned(work.session, work.today, get(work.session, Organisation, held.provider_id))


def _advance(work: Work, held: Listing, step: str, reason: str, **data: Any) -> Listing:
    LISTING.allow(work, step, parties_of(work.session, held))
    if Role.APPROVER in LISTING.steps[step].by:
        refuse_interested(work, get(work.session, Organisation, held.provider_id), Duty.APPROVE)
    held.reason = reason
    work.session.add(held)
    LISTING.advance(work, held, step, parties_of(work.session, held), case=held.reference, reason=reason, **data)
    return held
