"""Decisions: the letter that says what was decided, by which rule, how it was worked out, and what can be done against it.

It is asked for by the event of the decision, with the letters about it (`workflows/correspondence.py`), so no verb can forget it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session

from voucher.awards import ProviderAward
from voucher.claims import Claim, lines_of
from voucher.database import fetch, get
from voucher.documents import decision as paper
from voucher.documents.decision import Outcome, Step
from voucher.documents.settlement import Deed, Line, Party, SheetLine, TermsOfProgramme, sheet_lines
from voucher.files import FileKind
from voucher.history import Event, events_of
from voucher.languages import translator
from voucher.money import Money
from voucher.orders import Order
from voucher.people import Organisation
from voucher.programmes.programmes import Programme, TermsVersion, terms_version
from voucher.programmes.sheet import Sheet
from voucher.programmes.telling.amounts import amounts
from voucher.programmes.telling.limits import limits
from voucher.programmes.telling.own_share import own_share
from voucher.programmes.telling.times import times
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.award_decision import describe_award_decision
from workflows.ban_decision import describe_ban
from workflows.drawing import Document, Sketch
from workflows.measure_appeal import DONE_BY
from workflows.remedies import appeal_told, claim_basis, named_terms, remedy_against, requested_then
from workflows.settlement_facts import address_on_paper, line_on_paper, office_on_paper

#: What a granted voucher's letter tells of the rules.
_RULES = (amounts, limits, own_share, times)


@dataclass(frozen=True)
class _Case:
    """The rows behind a decision."""

    voucher: Voucher
    version: TermsVersion
    order: Order | None = None
    claim: Claim | None = None

    @property
    def party_id(self) -> UUID:
        """To whom the letter goes."""
        return self.claim.claimant_id if self.claim else self.voucher.sme_id


#: The events that are decisions, and how they come out. Of a claim the figures say whether it was approved whole.
OUTCOMES: Mapping[str, Outcome] = {
    "voucher.issued": Outcome.ISSUED, "voucher.served": Outcome.ISSUED, "voucher.offer_accepted": Outcome.ISSUED,
    "voucher.rejected": Outcome.REJECTED, "voucher.refused": Outcome.REJECTED, "voucher.appeal_dismissed": Outcome.APPEAL_DISMISSED,
    "voucher.cancelled": Outcome.CANCELLED, "voucher.revoked": Outcome.REVOKED,
    "award.decided": Outcome.AWARDED, "award.refused": Outcome.NOT_AWARDED,
    "voucher.frozen": Outcome.FROZEN, "voucher.unfrozen": Outcome.UNFROZEN,
    "voucher.measure_appeal_upheld": Outcome.APPEAL_UPHELD, "voucher.measure_appeal_dismissed": Outcome.APPEAL_DISMISSED,
    "organisation.banned": Outcome.BANNED, "organisation.banned_with": Outcome.BANNED,
    "claim.approved": Outcome.APPROVED, "claim.refused": Outcome.REFUSED, "appeal.dismissed": Outcome.APPEAL_DISMISSED,
}

_OF_AWARDS, _OF_BANS = ("award.decided", "award.refused"), ("organisation.banned", "organisation.banned_with")

#: What is decided about a voucher that stays what it is worth, or about what was taken away by a decision with a letter of its own.
_ON_APPEAL = ("voucher.measure_appeal_upheld", "voucher.measure_appeal_dismissed")
_OF_NO_AMOUNT = ("voucher.frozen", "voucher.unfrozen", *_ON_APPEAL)

#: What leads to a decision, by the name of the event, and what that is called on paper.
_STEPS = {"voucher.reviewed": "Reviewed", "claim.verified": "Verified", "claim.signed": "Signed"}


def path_of_decision(event: Event) -> str:
    """Where the letter about a decision is found, from the moment of the decision on."""
    return f"/decisions/{event.id}"


def party_told(session: Session, event: Event) -> UUID | None:
    """To whom a letter about an event goes; None when it is no decision."""
    if event.name in _OF_AWARDS:
        return fetch(session, ProviderAward, event.subject).provider_id
    if event.name in _OF_BANS:
        return fetch(session, Organisation, event.subject).id
    return _case_of(session, event).party_id if event.name in OUTCOMES else None


def _case_of(session: Session, event: Event) -> _Case:
    if event.name.startswith("voucher."):
        voucher = fetch(session, Voucher, event.subject)
        return _Case(voucher, terms_version(session, voucher.terms_id))
    claim = fetch(session, Claim, event.data["claim"] if event.name.startswith("appeal.") else event.subject)
    order = get(session, Order, claim.order_id)
    return _Case(get(session, Voucher, order.voucher_id), terms_version(session, order.terms_id), order, claim)


def _sketch(work: Work, about: str, number: str) -> Sketch:
    """What the letter about an event says, in the language of the party."""
    event = work.session.get_one(Event, UUID(about))
    if event.name in _OF_AWARDS:
        told = describe_award_decision(work, event, number, OUTCOMES[event.name])
        return Sketch(paper.TEMPLATE, paper.data(told), event.subject, event.subject, party_told(work.session, event))
    if event.name in _OF_BANS:
        ban = describe_ban(work, event, number, OUTCOMES[event.name])
        return Sketch(paper.TEMPLATE, paper.data(ban), event.subject, event.subject, party_told(work.session, event))
    case = _case_of(work.session, event)
    letter = describe_decision(work, event, number)
    return Sketch(paper.TEMPLATE, paper.data(letter), case.claim.reference if case.claim else case.voucher.reference,
                  case.voucher.reference, case.party_id)


#: The letter about a decision: asked for by the key of its event.
DECISION_LETTER = Document(FileKind.DECISION_LETTER, "decision.letter_made", _sketch)


def describe_decision(work: Work, event: Event, number: str) -> paper.Decision:
    """Everything that the letter about a decision says."""
    case = _case_of(work.session, event)
    party, programme = get(work.session, Organisation, case.party_id), get(work.session, Programme, case.voucher.programme_id)
    language = "zh" if party.country == "CN" else "en"
    outcome, amount, asked = _figures(case, event)
    remedy = remedy_against(work.session, event)
    basis = remedy.basis if remedy else claim_basis(work.session, case.claim) if case.claim else (named_terms(case.version),)
    issued, overtaken = outcome == Outcome.ISSUED, _is_overtaken(work.session, case, event)
    return paper.Decision(
        number=number, issued_on=work.today, language=language, office=office_on_paper(work),
        party=Party(party.name, party.number, address_on_paper(party)),
        programme=TermsOfProgramme(programme.reference, programme.name_zh, programme.name_en, case.version.number, case.version.digest),
        outcome=outcome, decided_on=event.at.astimezone(work.zone).date(), voucher=case.voucher.reference,
        order=case.order.reference if case.order else "", claim=case.claim.reference if case.claim else "", amount=amount, asked=asked,
        reason=translator(language)(event.reason), basis=tuple(each.in_language(language) for each in basis),
        remedy=(appeal_told(remedy, translator(language)),) if remedy else (), steps=tuple(_steps(work, case, event)),
        appeal_by=remedy.until if remedy else None, use_by=case.voucher.use_by if issued else None,
        claim_by=case.voucher.claim_by if issued else None, lines=() if overtaken else tuple(_lines(work.session, case, language)),
        sheet=() if overtaken else _sheet(case, language), rules=tuple(_rules(case.version, language)) if issued else (),
        against=_measure_before(work.session, event), until=date.fromisoformat(event.data["until"]) if outcome == Outcome.FROZEN else None)


def _measure_before(session: Session, event: Event) -> str:
    """What an appeal was made against; empty of any other decision than on such an appeal."""
    if event.name not in _ON_APPEAL:
        return ""
    return next(OUTCOMES[each.name].value for each in reversed(events_of(session, event.subject))
                if each.id < event.id and each.name in DONE_BY.values())


def _figures(case: _Case, event: Event) -> tuple[Outcome, Money, Money]:
    """How it came out, what was given, and what was asked for."""
    outcome = OUTCOMES[event.name]
    if event.name in _OF_NO_AMOUNT:
        return outcome, Money.zero(case.voucher.currency), Money.zero(case.voucher.currency)
    if case.claim is None:
        given = {Outcome.ISSUED: str(case.voucher.amount), Outcome.REVOKED: event.data.get("amount"),
                 Outcome.CANCELLED: event.data.get("amount")}.get(outcome)
        nothing = Money.zero(case.voucher.currency)
        return outcome, Money.parse(given, case.voucher.currency) if given else nothing, case.voucher.amount
    told, asked = event.data.get("approved"), requested_then(case.claim, event)
    approved = Money.parse(told, case.claim.currency) if told else case.claim.approved or Money.zero(case.claim.currency)
    if outcome == Outcome.APPEAL_DISMISSED:
        return outcome, Money.zero(case.claim.currency), case.claim.requested - approved
    if outcome == Outcome.APPROVED and approved < asked:
        return Outcome.PARTLY_APPROVED, approved, asked
    return outcome, approved, asked


def _is_overtaken(session: Session, case: _Case, event: Event) -> bool:
    """Whether the claim was looked at anew since: then its lines and its sheet are not those of this decision any more."""
    return case.claim is not None and any(
        each.id > event.id and each.name in ("claim.reopened", "claim.approved", "claim.refused")
        for each in events_of(session, case.claim.reference))


def _steps(work: Work, case: _Case, event: Event) -> Iterator[Step]:
    """Who did what before, the last time that it was done, and who decided; what led to a voucher did not lead to its freeze."""
    subject = case.claim.reference if case.claim else case.voucher.reference
    before = {each.name: each for each in events_of(work.session, subject) if each.name in _STEPS and each.id < event.id}
    for each in (*(() if event.name in _OF_NO_AMOUNT else before.values()), event):
        yield Step(_STEPS.get(each.name, "Decided"), Deed(each.actor, each.at.astimezone(work.zone).date()))


def _lines(session: Session, case: _Case, language: str) -> Iterator[Line]:
    """The lines of a claim as they were verified; none when it is looked at anew already."""
    lines = lines_of(session, case.claim.id) if case.claim else []
    if all(line.accepted_minor is not None for line in lines):
        yield from (line_on_paper(line, language) for line in lines)


def _sheet(case: _Case, language: str) -> tuple[SheetLine, ...]:
    """How the amount was worked out: of a claim its sheet as it was approved, none where nothing was."""
    kept = case.claim.sheet.get("approved") if case.claim else None
    return sheet_lines(Sheet.from_json(kept), language) if kept else ()


def _rules(version: TermsVersion, language: str) -> Iterator[SheetLine]:
    """The rules on amounts, limits, own share and time in plain words, each with its clause."""
    for tell in _RULES:
        for sentence in tell(version.terms):
            yield SheetLine(sentence.text.in_language(language), None, sentence.clause.in_language(language) if sentence.clause else "")
