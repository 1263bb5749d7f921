"""The statement of an award that the bank has confirmed: everything it says, from the award, its history and the books."""

from sqlmodel import col, select

from voucher.awards import ProviderAward
from voucher.database import get
from voucher.documents import award as paper
from voucher.documents.settlement import Deed, Payee, TermsOfProgramme, sheet_lines
from voucher.history import events_of
from voucher.payouts import Batch, Payout, PayoutState
from voucher.people import Organisation
from voucher.performance import percent_shown
from voucher.programmes.programmes import Programme, terms_version
from voucher.programmes.sheet import Sheet
from voucher.statements import BankLine
from voucher.work import Work
from workflows.settlement_facts import office_on_paper, offsets_of, postings_about, releases_of


def describe_award(work: Work, payout: Payout, number: str) -> paper.AwardStatement:
    """Everything that the statement of an award says, once its payout is settled."""
    award = work.session.get_one(ProviderAward, payout.award_id)
    payee = get(work.session, Organisation, payout.payee_id)
    language = "zh" if payee.country == "CN" else "en"
    programme, version = get(work.session, Programme, award.programme_id), terms_version(work.session, award.terms_id)
    line = work.session.exec(select(BankLine).where(BankLine.payout_id == payout.id).order_by(col(BankLine.id))).first()
    assert payout.settled_on is not None and (line is not None or payout.state == PayoutState.OFFSET)
    name = next(each.name for each in version.terms.provider_awards if each.code == award.code)
    parts = [paper.ScorePart(part, percent_shown(part, good, of)) for part, good, of in award.facts["parts"]]
    return paper.AwardStatement(
        number=number, issued_on=work.today, language=language,
        office=office_on_paper(work),
        payee=Payee("provider", payee.name, payee.number, payout.holder, payout.account_number, payout.bank_name, payout.bank_code),
        programme=TermsOfProgramme(programme.reference, programme.name_zh, programme.name_en, version.number, version.digest),
        award=award.reference, name=name.in_language(language), year=award.year, payout=payout.reference,
        sheet=sheet_lines(Sheet.from_json(award.sheet), language), figures=award.figures, score=award.facts["score"], parts=parts,
        amount=payout.amount, paid_on=payout.settled_on,
        batch=get(work.session, Batch, payout.batch_id).reference if payout.batch_id else "",
        bank_reference=line.bank_reference if line else "", offsets=tuple(offsets_of(work, payout)),
        ledger=list(postings_about(work, "award", award.reference, language)),
        proposed=_deed(work, award, "award.proposed"), decided=_deed(work, award, "award.decided"), released=releases_of(work, payout))


def _deed(work: Work, award: ProviderAward, name: str) -> Deed:
    event = [each for each in events_of(work.session, award.reference) if each.name == name][-1]
    return Deed(event.actor, event.at.astimezone(work.zone).date())
