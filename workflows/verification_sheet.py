"""The verification sheet of a claim that was decided, for the file: from its lines, its papers, the findings and the decisions about them.

It is asked for by the event of the decision, as the decision letter is; decided anew, a claim has another one.
"""

from collections.abc import Iterator
from uuid import UUID

from sqlmodel import col, select

from voucher.checks.facts import Level
from voucher.checks.table import CHECKS
from voucher.claims import Claim, evidence_of, lines_of
from voucher.database import fetch, get
from voucher.documents import verification_sheet as paper
from voucher.documents.decision import Step
from voucher.documents.settlement import Deed, Party, TermsOfProgramme, sheet_lines
from voucher.errors import _
from voucher.files import FileKind, StoredFile
from voucher.findings import FindingState, decisions_on, findings_of
from voucher.history import Event, events_of
from voucher.languages import translator
from voucher.money import Money
from voucher.orders import Order
from voucher.people import Organisation, Person
from voucher.programmes.programmes import Programme, terms_version
from voucher.programmes.sheet import Sheet
from voucher.programmes.terms import Terms
from voucher.samples import lots_that_drew
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.drawing import Document, Sketch
from workflows.settlement_facts import address_on_paper, line_on_paper, office_on_paper

#: The events after which a sheet is made.
DECIDING = frozenset({"claim.approved", "claim.refused"})

_STEPS = {"claim.verified": "Verified", "claim.signed": "Signed", "claim.sent_back": "Sent back", "claim.approved": "Decided",
          "claim.refused": "Decided"}
_LEVELS = {Level.INFO: _("To be known"), Level.WARN: _("To be looked at"), Level.BLOCK: _("Stops the money")}
_STATES = {FindingState.OPEN: _("Waits for a decision"), FindingState.ALLOWED: _("Does not stand in the way"),
           FindingState.CONFIRMED: _("Stands in the way"), FindingState.LAPSED: _("Found no more")}


def _sketch(work: Work, about: str, number: str) -> Sketch:
    """What the sheet about a decision says, in the language of the office."""
    event = work.session.get_one(Event, UUID(about))
    sheet = describe_sheet(work, event, number)
    return Sketch(paper.TEMPLATE, paper.data(sheet), sheet.claim, sheet.voucher)


#: The verification sheet: asked for by the key of the event that decided on the claim.
VERIFICATION_SHEET = Document(FileKind.VERIFICATION_SHEET, "claim.sheet_made", _sketch)


def describe_sheet(work: Work, event: Event, number: str) -> paper.VerificationSheet:
    """Everything that the sheet says."""
    claim = fetch(work.session, Claim, event.subject)
    order = get(work.session, Order, claim.order_id)
    voucher = get(work.session, Voucher, order.voucher_id)
    programme, version = get(work.session, Programme, voucher.programme_id), terms_version(work.session, order.terms_id)
    language = "zh" if version.terms.programme.country == "CN" else "en"
    approved = event.data.get("approved")
    kept = claim.sheet.get("approved")
    return paper.VerificationSheet(
        number=number, issued_on=work.today, language=language, office=office_on_paper(work),
        claimant=_party(work, claim.claimant_id), provider=_party(work, order.provider_id),
        programme=TermsOfProgramme(programme.reference, programme.name_zh, programme.name_en, version.number, version.digest),
        voucher=voucher.reference, order=order.reference, contract_number=order.contract_number, claim=claim.reference,
        version=claim.version, requested=claim.requested,
        approved=Money.parse(approved, claim.currency) if approved else Money.zero(claim.currency),
        lines=[line_on_paper(line, language) for line in lines_of(work.session, claim.id)],
        papers=list(_papers(work, claim, version.terms, language)), checks=list(_checks(work, claim, language)),
        sheet=sheet_lines(Sheet.from_json(kept), language) if kept else (), steps=list(_steps(work, claim, event)),
        drawn=lots_that_drew(work.session, [claim.id]).get(claim.id, ""))


def _party(work: Work, key: UUID) -> Party:
    organisation = get(work.session, Organisation, key)
    return Party(organisation.name, organisation.number, address_on_paper(organisation))


def _papers(work: Work, claim: Claim, terms: Terms, language: str) -> Iterator[paper.PaperSeen]:
    named = {each.kind: each.name.in_language(language) for each in terms.evidence}
    kept = evidence_of(work.session, claim.id)
    files = {file.id: file for file in work.session.exec(
        select(StoredFile).where(col(StoredFile.id).in_([each.file_id for each in kept])))}
    for each in kept:
        file = files[each.file_id]
        yield paper.PaperSeen(named.get(each.kind, each.kind), file.name, file.reference, file.sha256)


def _checks(work: Work, claim: Claim, language: str) -> Iterator[paper.Checked]:
    say, found = translator(language), findings_of(work.session, [claim.id])
    decided = decisions_on(work.session, found)
    people = {each.id: each.name for each in work.session.exec(select(Person).where(col(Person.id).in_(
        {one.person_id for several in decided.values() for one in several})))}
    for each in found:
        title = CHECKS[each.check_name].title if each.check_name in CHECKS else each.check_name
        yield paper.Checked(
            each.reference, say(title), say(_LEVELS[Level(each.level)]), say(each.what, **each.said),
            say(_STATES[FindingState(each.state)]),
            [f"{one.at.astimezone(work.zone).date()} {people[one.person_id]} · {say(_STATES[FindingState(one.outcome)])} · {one.reason}"
             for one in decided.get(each.id, ())])


def _steps(work: Work, claim: Claim, event: Event) -> Iterator[Step]:
    """Who verified, sent back, signed and decided, up to this decision."""
    for each in events_of(work.session, claim.reference):
        if each.name in _STEPS and each.id <= event.id:
            yield Step(_STEPS[each.name], Deed(each.actor, each.at.astimezone(work.zone).date()))
