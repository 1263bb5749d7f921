"""Remedies: on what a decision against a party rests, and how and until when it may be appealed.

One row an event. Letters and decision letters both say what stands here, so that they cannot say different things.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from babel.dates import format_date
from sqlmodel import Session, col, select

from voucher.awards import ProviderAward
from voucher.bans import Ban
from voucher.claims import Claim, CutReason, lines_of
from voucher.database import fetch, get
from voucher.deadlines import APPEAL_TIME, deadlines_of
from voucher.errors import _
from voucher.history import Event, events_of
from voucher.languages import LOCALES, Translator
from voucher.money import Money
from voucher.orders import Order
from voucher.people import Organisation
from voucher.programmes.programmes import TermsVersion, terms_version
from voucher.programmes.sheet import Kind, Sheet
from voucher.programmes.terms import Names, Terms
from voucher.recoveries import Recovery, terms_behind
from voucher.vouchers import Voucher


@dataclass(frozen=True)
class Remedy:
    """What stands against a party: `basis` are the clauses, `until` is the last day of an appeal in this office, if there is one.

    `country` is the one whose law says what else can be done.
    """

    party_id: UUID
    country: str
    basis: tuple[Names, ...] = ()
    until: date | None = None


BASIS = _("Legal basis: {basis}")
APPEAL = _("You may appeal until {day}: in the portal, on the page of this case, or in writing to this office. Say what you do not accept "
           "and why, and add what shows it. Somebody who had no part in the case decides. What comes later is not heard.")
FINAL = _("Within this office the decision is final.")

#: What else the law of a country gives against a decision of an authority.
LAW: Mapping[str, str] = {
    "CN": _("You may also ask for administrative reconsideration within 60 days from the day on which you learned of the decision, or sue "
            "at the people's court within six months (Administrative Reconsideration Law, article 20; Administrative Procedure Law, "
            "article 46)."),
}


def remedy_against(session: Session, event: Event) -> Remedy | None:
    """What there is to say of an event that decides something against a party; None of any other."""
    row = ADVERSE.get(event.name)
    return None if row is None else row(session, event)


def basis_told(remedy: Remedy, language: str) -> str:
    """The clauses, as they are cited."""
    return ("；" if language == "zh" else "; ").join(each.in_language(language) for each in remedy.basis)


def appeal_told(remedy: Remedy, say: Translator) -> str:
    """How and until when one may appeal, in whole sentences."""
    here = say(APPEAL, day=format_date(remedy.until, "long", locale=LOCALES[say.language])) if remedy.until else say(FINAL)
    law = LAW.get(remedy.country)
    return here if law is None else f"{here}{'' if say.language == 'zh' else ' '}{say(law)}"


# -- What a decision rests on ---------------------------------------------------------------------------------------------------


def named_terms(version: TermsVersion) -> Names:
    """The rules themselves: the title of the regulation, or the programme's name, with the version."""
    programme = version.terms.programme
    named = programme.regulation or programme.name
    return Names(zh=f"{named.zh}（规则第{version.number}版）", en=f"{named.en} (terms, version {version.number})")


def _cited(version: TermsVersion, *clauses: Names | None) -> tuple[Names, ...]:
    """The rules, and those of these clauses that they name, each once."""
    return (named_terms(version), *dict.fromkeys(each for each in clauses if each is not None))


def _typed(basis: str) -> Names:
    """What an officer named in his own words, which stands for both languages."""
    return Names(zh=basis, en=basis)


def clauses_of_cut(terms: Terms, service: str, reason: CutReason) -> Iterator[Names | None]:
    """The clauses behind a reason for which a line is cut; none where it rests on the order alone."""
    if reason in (CutReason.NOT_ELIGIBLE, CutReason.MANDATORY_TEST, CutReason.FUNDED_ELSEWHERE):
        yield terms.services[service].clause if service in terms.services else None
        yield from (each.clause for each in terms.exclusions)
    elif reason == CutReason.OUTSIDE_PERIOD:
        yield terms.validity.clause
    elif reason == CutReason.NO_EVIDENCE:
        yield from (each.clause for each in terms.evidence)
    elif reason == CutReason.PRICE_TOO_HIGH:
        yield from (each.clause for each in terms.prices)
    elif reason == CutReason.NOT_PAID:
        yield from (each.clause for each in terms.own_share)


def claim_basis(session: Session, claim: Claim) -> tuple[Names, ...]:
    """The clauses behind what a claim gets: of what cut its lines, and of each limit that left less of it."""
    order = get(session, Order, claim.order_id)
    version = terms_version(session, order.terms_id)
    reasons = {CutReason(line.reason) for line in lines_of(session, claim.id) if line.reason}
    sheet = Sheet.from_json(claim.sheet.get("approved") or claim.sheet["requested"])
    return _cited(version, *(clause for reason in sorted(reasons) for clause in clauses_of_cut(version.terms, order.service_type, reason)),
                  *(line.clause for line in sheet.lines if line.kind in _DECIDING))


_DECIDING = (Kind.BAND, Kind.RATE, Kind.CAP, Kind.LIMIT, Kind.REFUSAL)


# -- Against whom, and until when -------------------------------------------------------------------------------------------------


def _of_voucher(session: Session, event: Event) -> Remedy:
    voucher = fetch(session, Voucher, event.subject)
    version = terms_version(session, voucher.terms_id)
    until = event.data.get("appeal_by")
    basis = _basis_of_voucher(session, event)
    return Remedy(voucher.sme_id, version.terms.programme.country, (named_terms(version), *([_typed(basis)] if basis else [])),
                  date.fromisoformat(until) if until else None)


def _basis_of_voucher(session: Session, event: Event) -> str:
    """What the event names; a dismissed appeal rests on what the rejection did. A freeze names nothing."""
    before = [each for each in events_of(session, event.subject) if each.id <= event.id and each.data.get("basis")]
    return str(before[-1].data["basis"]) if before else ""


def _of_extension(session: Session, event: Event) -> Remedy:
    voucher = fetch(session, Voucher, event.subject)
    version = terms_version(session, voucher.terms_id)
    extension = version.terms.validity.extension
    return Remedy(voucher.sme_id, version.terms.programme.country, _cited(version, extension.clause if extension else None))


def requested_then(claim: Claim, event: Event) -> Money:
    """What a claim asked for when it was decided: an objection that was upheld later leaves it asking for less."""
    told = event.data.get("requested")
    return Money.parse(told, claim.currency) if told else claim.requested


def _of_claim(session: Session, event: Event) -> Remedy | None:
    """A claim that was approved whole has nothing against it."""
    claim = fetch(session, Claim, event.subject)
    if event.data.get("approved") == str(requested_then(claim, event)):
        return None
    clocks = [each for each in deadlines_of(session, claim.reference) if each.rule == APPEAL_TIME and each.started_at == event.at]
    return _about_claim(session, claim, clocks[0].due_on if clocks else None)


def _of_appeal(session: Session, event: Event) -> Remedy:
    return _about_claim(session, fetch(session, Claim, event.data["claim"]), None)


def _about_claim(session: Session, claim: Claim, until: date | None) -> Remedy:
    terms = terms_version(session, get(session, Order, claim.order_id).terms_id).terms
    return Remedy(claim.claimant_id, terms.programme.country, claim_basis(session, claim), until)


def _of_recovery(session: Session, event: Event) -> Remedy:
    held = fetch(session, Recovery, event.subject)
    version = terms_behind(session, held)
    return Remedy(held.liable_id, version.terms.programme.country, (named_terms(version), _typed(held.basis)),
                  held.appeal_by if event.name == "recovery.served" else None)


def _of_award(session: Session, event: Event) -> Remedy:
    award = fetch(session, ProviderAward, event.subject)
    version = terms_version(session, award.terms_id)
    rule = next((each for each in version.terms.provider_awards if each.code == award.code), None)
    return Remedy(award.provider_id, version.terms.programme.country, _cited(version, rule.clause if rule else None))


def _of_listing(session: Session, event: Event) -> Remedy:
    """A listing goes by its provider's reference; it rests on what the reason says."""
    firm = fetch(session, Organisation, event.subject)
    return Remedy(firm.id, firm.country)


# Of a ban that was laid before the rule was written down.
_UNNAMED = Names(zh="作出时未注明依据", en="No rule was named when it was laid")


def _of_ban(session: Session, event: Event) -> Remedy:
    """A ban rests on the rule that it names, also where it reaches another firm."""
    firm = fetch(session, Organisation, event.subject)
    basis = session.exec(select(Ban.basis).join(Organisation, col(Organisation.id) == Ban.organisation_id).where(
        Organisation.reference == event.data.get("other", firm.reference), Ban.banned_at == event.at).order_by(col(Ban.id).desc())).first()
    return Remedy(firm.id, firm.country, (_typed(basis) if basis else _UNNAMED,))


ADVERSE: Mapping[str, Callable[[Session, Event], Remedy | None]] = {
    "voucher.rejected": _of_voucher, "voucher.refused": _of_voucher, "voucher.appeal_dismissed": _of_voucher,
    "voucher.cancelled": _of_voucher, "voucher.revoked": _of_voucher, "voucher.frozen": _of_voucher,
    "voucher.measure_appeal_dismissed": _of_voucher, "voucher.extension_refused": _of_extension,
    "claim.approved": _of_claim, "claim.refused": _of_claim, "appeal.dismissed": _of_appeal,
    "recovery.served": _of_recovery, "recovery.appeal_dismissed": _of_recovery,
    "award.refused": _of_award, "organisation.banned": _of_ban, "organisation.banned_with": _of_ban,
    "listing.refused": _of_listing, "listing.suspended": _of_listing, "listing.delisted": _of_listing,
}
