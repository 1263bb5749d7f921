"""Settlement: the bank has confirmed a payout, and the payee gets the statement that explains every cent of it."""

from datetime import date

from sqlmodel import col, select

from voucher import accounting, ledger
from voucher.claims import Claim, ClaimLine, lines_of, live_claims_on
from voucher.database import get, lock
from voucher.documents import award as award_paper
from voucher.documents import settlement as paper
from voucher.documents.words import say
from voucher.files import FileKind
from voucher.history import Event, events_of
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import Batch, Payout, PayoutState, claim_of
from voucher.people import Organisation
from voucher.programmes.calculation import Sheet
from voucher.programmes.programmes import Programme, terms_version
from voucher.statements import BankLine
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.award_statement import describe_award
from workflows.drawing import Document, NothingToTell, Sketch
from workflows.settlement_facts import (
    address_on_paper,
    line_on_paper,
    office_on_paper,
    offsets_of,
    postings_about,
    releases_of,
)


def _sketch(work: Work, payout: str, number: str) -> Sketch:
    """What the statement of a payout says, in the payee's language. Raises NothingToTell where its settlement was taken back."""
    settled = lock(work.session, Payout, payout)
    if settled.settled_on is None or settled.state not in (
            PayoutState.SETTLED, PayoutState.RETURNED, PayoutState.REPLACED, PayoutState.OFFSET):
        raise NothingToTell
    if settled.award_id is not None:
        award = describe_award(work, settled, number)
        return Sketch(award_paper.TEMPLATE, award_paper.data(award), settled.reference, award.award, settled.payee_id)
    statement = describe_settlement(work, settled, number)
    return Sketch(paper.TEMPLATE, paper.data(statement), settled.reference, statement.voucher, settled.payee_id)


#: The statement of a payout, a claim's or an award's: asked for by the reference of the payout.
SETTLEMENT_STATEMENT = Document(FileKind.SETTLEMENT_STATEMENT, "payout.statement_made", _sketch)


def describe_settlement(work: Work, payout: Payout, number: str) -> paper.SettlementStatement:
    """Everything that the statement of a settled payout says, from the nouns, their history and the books."""
    claim = get(work.session, Claim, claim_of(payout))
    order = get(work.session, Order, claim.order_id)
    voucher = get(work.session, Voucher, order.voucher_id)
    payee = get(work.session, Organisation, payout.payee_id)
    language = "zh" if payee.country == "CN" else "en"
    line = work.session.exec(select(BankLine).where(BankLine.payout_id == payout.id).order_by(col(BankLine.id))).first()
    assert payout.settled_on is not None and (line is not None or payout.state == PayoutState.OFFSET)
    return paper.SettlementStatement(
        number=number, issued_on=work.today, language=language,
        office=office_on_paper(work), payee=_payee(payout, payee, voucher), sme=_party(work, voucher.sme_id),
        provider=_party(work, order.provider_id), programme=_programme(work, voucher), voucher=voucher.reference,
        order=order.reference, contract_number=order.contract_number, claim=claim.reference, payout=payout.reference,
        lines=[line_on_paper(each, language) for each in _invoiced(work, claim)], sheet=_sheet(work, claim, payout, language),
        amount=payout.amount, paid_on=payout.settled_on,
        batch=get(work.session, Batch, payout.batch_id).reference if payout.batch_id else "",
        bank_reference=line.bank_reference if line else "", offsets=tuple(offsets_of(work, payout)), position=_position(work, voucher),
        ledger=list(postings_about(work, "claim", claim.reference, language)),
        verified=_deed(work, claim, "claim.verified", "claim.supplemented"),
        approved=_deed(work, claim, "claim.approved"), released=releases_of(work, payout), seal=_seal(work))


def _invoiced(work: Work, claim: Claim) -> list[ClaimLine]:
    """The lines on which a claim rests: its own, or of a later instalment those by which the order was invoiced whole before."""
    return list(lines_of(work.session, claim.id)) or [
        line for each in live_claims_on(work.session, claim.order_id, claim.id) for line in lines_of(work.session, each.id)]


def _payee(payout: Payout, payee: Organisation, voucher: Voucher) -> paper.Payee:
    return paper.Payee(
        role="sme" if payee.id == voucher.sme_id else "provider", name=payee.name, number=payee.number,
        holder=payout.holder, account_number=payout.account_number, bank_name=payout.bank_name, bank_code=payout.bank_code)


def _party(work: Work, key: object) -> paper.Party:
    organisation = work.session.get_one(Organisation, key)
    return paper.Party(organisation.name, organisation.number, address_on_paper(organisation))


def _programme(work: Work, voucher: Voucher) -> paper.TermsOfProgramme:
    programme = get(work.session, Programme, voucher.programme_id)
    version = terms_version(work.session, voucher.terms_id)
    return paper.TermsOfProgramme(programme.reference, programme.name_zh, programme.name_en, version.number, version.digest)


def _sheet(work: Work, claim: Claim, payout: Payout, language: str) -> tuple[paper.SheetLine, ...]:
    """How it was worked out; and what is not paid of it, when only a part was set off and the rest given up."""
    given_up = [paper.SheetLine(say("Rest given up: not paid", language), -Money.parse(each.data["amount"], payout.currency))
                for each in events_of(work.session, payout.reference) if each.name == "payout.rest_given_up"]
    return *paper.sheet_lines(Sheet.from_json(claim.sheet["approved"]), language), *given_up


def _position(work: Work, voucher: Voucher) -> paper.VoucherPosition:
    standing = accounting.voucher_position(work.session, voucher.reference, voucher.currency)
    return paper.VoucherPosition(face=standing.face, used=standing.paid, left=standing.available)


def _deed(work: Work, claim: Claim, *names: str) -> paper.Deed:
    """Who did it last, by any of these names: what an appeal gave was verified by the decision on it."""
    event = [each for each in events_of(work.session, claim.reference) if each.name in names][-1]
    return paper.Deed(event.actor, _day(work, event))


def _seal(work: Work) -> paper.Seal | None:
    """The last seal of the books, if there is one yet."""
    head = ledger.seals.latest(work.session)
    return paper.Seal(head.size, head.root.hex(), head.sealed_at.astimezone(work.zone).date()) if head.size else None


def _day(work: Work, event: Event) -> date:
    return event.at.astimezone(work.zone).date()
