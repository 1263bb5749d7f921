"""Settlement: the bank has confirmed a payout, and the payee gets the statement that explains every cent of it."""

from collections.abc import Iterator
from datetime import date

from sqlmodel import col, select

from voucher import accounting, ledger
from voucher.claims import CUT_REASONS, Claim, ClaimLine, CutReason, lines_of
from voucher.database import fetch, get
from voucher.documents import settlement as paper
from voucher.errors import NotNow, _
from voucher.files import FileKind, FileStore, StoredFile, document_of, store_file
from voucher.history import Event, events_of, record
from voucher.languages import translator
from voucher.numbering import next_reference
from voucher.orders import Order
from voucher.payouts import Batch, Payout, PayoutState, signatures_of
from voucher.people import Organisation, Person, office
from voucher.programmes.calculation import Sheet
from voucher.programmes.programmes import Programme, terms_version
from voucher.references import year_of
from voucher.statements import BankLine
from voucher.statutory.mapping import mapping_of
from voucher.vouchers import Voucher
from voucher.work import Work


def make_settlement_statement(work: Work, store: FileStore, payout: str) -> StoredFile:
    """Make and keep the PDF of a settled payout, in the payee's language. Made once; asked again, the same one answers."""
    settled = fetch(work.session, Payout, payout)
    made = document_of(work.session, FileKind.SETTLEMENT_STATEMENT, settled.reference)
    if made is not None:
        return made
    if settled.state not in (PayoutState.SETTLED, PayoutState.RETURNED, PayoutState.REPLACED):
        raise NotNow(_("The bank has not confirmed this payout yet."))
    statement = describe_settlement(work, settled)
    claim = get(work.session, Claim, settled.claim_id)
    file = store_file(work, store, FileKind.SETTLEMENT_STATEMENT, f"{statement.number}.pdf", paper.render(statement),
                      owner_id=claim.claimant_id, subject=settled.reference)
    record(work, "payout.statement_made", settled.reference, case=statement.voucher, file=file.reference,
           document=statement.number, sha256=file.sha256)
    return file


def describe_settlement(work: Work, payout: Payout) -> paper.SettlementStatement:
    """Everything that the statement of a settled payout says, from the nouns, their history and the books."""
    claim = get(work.session, Claim, payout.claim_id)
    order = get(work.session, Order, claim.order_id)
    voucher = get(work.session, Voucher, order.voucher_id)
    payee = get(work.session, Organisation, payout.payee_id)
    language = "zh" if payee.country == "CN" else "en"
    line = work.session.exec(select(BankLine).where(BankLine.payout_id == payout.id).order_by(col(BankLine.id))).first()
    assert payout.settled_on is not None and payout.batch_id is not None and line is not None
    return paper.SettlementStatement(
        number=next_reference(work.session, "D", year_of(work.today)), issued_on=work.today, language=language,
        office=_office(work), payee=_payee(payout, payee, voucher), sme=_party(work, voucher.sme_id),
        provider=_party(work, order.provider_id), programme=_programme(work, voucher), voucher=voucher.reference,
        order=order.reference, contract_number=order.contract_number, claim=claim.reference, payout=payout.reference,
        lines=[_line(each, language) for each in lines_of(work.session, claim.id)], sheet=_sheet(claim, language),
        amount=payout.amount, paid_on=payout.settled_on, batch=get(work.session, Batch, payout.batch_id).reference,
        bank_reference=line.bank_reference, position=_position(work, voucher),
        ledger=list(_postings(work, claim, language)), verified=_deed(work, claim, "claim.verified"),
        approved=_deed(work, claim, "claim.approved"), released=_releases(work, payout), seal=_seal(work))


def _office(work: Work) -> paper.Office:
    here = office(work.session)
    return paper.Office(name=here.name, name_en=here.name_en, address=_address(here))


def _payee(payout: Payout, payee: Organisation, voucher: Voucher) -> paper.Payee:
    return paper.Payee(
        role="sme" if payee.id == voucher.sme_id else "provider", name=payee.name, number=payee.number,
        holder=payout.holder, account_number=payout.account_number, bank_name=payout.bank_name, bank_code=payout.bank_code)


def _party(work: Work, key: object) -> paper.Party:
    organisation = work.session.get_one(Organisation, key)
    return paper.Party(organisation.name, organisation.number, _address(organisation))


def _address(organisation: Organisation) -> str:
    """Street and town; in China the address names its town already."""
    parts = (organisation.address, organisation.town)
    return parts[0] if organisation.country == "CN" else ", ".join(part for part in parts if part)


def _programme(work: Work, voucher: Voucher) -> paper.TermsOfProgramme:
    programme = get(work.session, Programme, voucher.programme_id)
    version = terms_version(work.session, voucher.terms_id)
    return paper.TermsOfProgramme(programme.reference, programme.name_zh, programme.name_en, version.number, version.digest)


def _line(line: ClaimLine, language: str) -> paper.Line:
    say = translator(language)
    return paper.Line(
        number=line.number, invoice_number=line.invoice_number, issued_on=line.issued_on, description=line.description,
        net=line.money(line.net_minor), vat=line.money(line.vat_minor), basis=line.money(line.basis_minor),
        accepted=line.money(line.accepted_minor or 0),
        reason=say(CUT_REASONS[CutReason(line.reason)]) if line.reason else "")


def _sheet(claim: Claim, language: str) -> tuple[paper.SheetLine, ...]:
    return paper.sheet_lines(Sheet.from_json(claim.sheet["approved"]), language)


def _position(work: Work, voucher: Voucher) -> paper.VoucherPosition:
    standing = accounting.voucher_position(work.session, voucher.reference, voucher.currency)
    return paper.VoucherPosition(face=standing.face, used=standing.paid, left=standing.available)


def _postings(work: Work, claim: Claim, language: str) -> Iterator[paper.Posting]:
    """What the books say of this claim up to this payout; a payout that it replaces left its own traces there."""
    for entry in ledger.about(work.session, "claim", claim.reference):
        for line in entry.lines:
            amount = abs(line.amount.minor)
            side = {"debit" if line.amount.minor > 0 else "credit": type(line.amount)(amount, line.amount.currency)}
            yield paper.Posting(on=entry.effective_on, event=entry.event, account=line.account.name, **side,
                                event_title=_event_title(entry.event, language),
                                account_title=_account_title(line.account.name, language))


def _event_title(event: str, language: str) -> str:
    rule = accounting.EVENTS.get(event)
    return "" if rule is None else rule.zh if language == "zh" else rule.en.partition(":")[0]


def _account_title(name: str, language: str) -> str:
    """What the manual calls an account, or the law whose books these are ("cn-financial:5001:L-2026-00001-3")."""
    chart = next((each for each in accounting.CHART if name.startswith(f"{each.name}:")), None)
    book, code = name.split(":")[:2]
    named = chart or mapping_of(book.partition("-")[0]).accounts.get(code)
    return "" if named is None else named.zh if language == "zh" else named.en


def _deed(work: Work, claim: Claim, name: str) -> paper.Deed:
    event = [each for each in events_of(work.session, claim.reference) if each.name == name][-1]
    return paper.Deed(event.actor, _day(work, event))


def _releases(work: Work, payout: Payout) -> list[paper.Deed]:
    assert payout.batch_id is not None
    return [paper.Deed(get(work.session, Person, each.person_id).name, each.at.astimezone(work.zone).date())
            for each in signatures_of(work.session, payout.batch_id)]


def _seal(work: Work) -> paper.Seal | None:
    """The last seal of the books, if there is one yet."""
    head = ledger.seals.latest(work.session)
    return paper.Seal(head.size, head.root.hex(), head.sealed_at.astimezone(work.zone).date()) if head.size else None


def _day(work: Work, event: Event) -> date:
    return event.at.astimezone(work.zone).date()
