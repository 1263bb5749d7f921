"""The notice by which a recovery is served: everything it says, from the case, its history and the books."""

from collections.abc import Iterator

from sqlmodel import col, select

from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.database import fetch, get
from voucher.documents import recovery as paper
from voucher.documents.settlement import Office, Party
from voucher.errors import NotNow, _
from voucher.files import FileKind
from voucher.history import events_of
from voucher.orders import Order
from voucher.payouts import Payout, claim_of
from voucher.people import Organisation, account_of, office
from voucher.programmes.funding import FundLine
from voucher.programmes.phrases import names_of
from voucher.programmes.terms import Terms
from voucher.recoveries import Recovery, RecoveryShare, terms_behind
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.drawing import Document, Sketch


def _sketch(work: Work, recovery: str, number: str) -> Sketch:
    """What the notice of a recovery says, in the debtor's language. Raises NotNow before it is served."""
    held = fetch(work.session, Recovery, recovery)
    notice = describe_notice(work, held, number)
    return Sketch(paper.TEMPLATE, paper.data(notice), held.reference, notice.award or notice.voucher, held.liable_id)


#: The notice by which a recovery is served: asked for by its reference.
RECOVERY_NOTICE = Document(FileKind.RECOVERY_NOTICE, "recovery.notice_made", _sketch)


def describe_notice(work: Work, held: Recovery, number: str) -> paper.RecoveryNotice:
    """Everything that the notice of a recovery says. Raises NotNow before it is served."""
    if held.pay_by is None or held.appeal_by is None or held.heard_on is None or held.decided_on is None:
        raise NotNow(_("This recovery was not served yet."))
    payout = get(work.session, Payout, held.payout_id)
    debtor = get(work.session, Organisation, held.liable_id)
    here = office(work.session)
    language, terms = "zh" if debtor.country == "CN" else "en", terms_behind(work.session, held).terms
    decided = [event for event in events_of(work.session, held.reference) if event.name == "recovery.decided"][-1]
    return paper.RecoveryNotice(
        number=number, issued_on=work.today,
        language=language, office=Office(here.name, here.name_en, here.address),
        debtor=Party(debtor.name, debtor.number, debtor.address), recovery=held.reference,
        **_paid_for(work, payout), payout=payout.reference, paid=payout.whole, paid_on=held.paid_on, facts=held.facts, basis=held.basis,
        hearing=held.hearing, heard_on=held.heard_on, reason=decided.reason, decided_on=held.decided_on,
        borne=tuple(_borne(work, held, terms, language)), interest=tuple(_interest(held, terms, language)),
        account=_account(work, here, held.currency),
        pay_by=held.pay_by, appeal_by=held.appeal_by)


def _paid_for(work: Work, payout: Payout) -> dict[str, str]:
    """What was paid: a claim on the order of a voucher, or an award."""
    if payout.award_id is not None:
        return {"award": get(work.session, ProviderAward, payout.award_id).reference}
    claim = get(work.session, Claim, claim_of(payout))
    order = get(work.session, Order, claim.order_id)
    return {"claim": claim.reference, "order": order.reference, "voucher": get(work.session, Voucher, order.voucher_id).reference}


def _borne(work: Work, held: Recovery, terms: Terms, language: str) -> Iterator[paper.Borne]:
    """By funder and the year of the payment."""
    rows = work.session.exec(select(RecoveryShare, FundLine.funder).join(FundLine, col(FundLine.id) == RecoveryShare.fund_line_id)
                             .where(RecoveryShare.recovery_id == held.id).order_by(col(FundLine.id)))
    for share, funder in rows:
        yield paper.Borne(_funder(terms, funder, language), held.paid_on.year, held.money(share.principal_minor),
                          held.money(share.interest_minor))


def _interest(held: Recovery, terms: Terms, language: str) -> Iterator[paper.InterestShown]:
    for line in held.sheet["lines"]:
        yield paper.InterestShown(_funder(terms, line["funder"], language), line["year"], line["principal"], line["days"], line["of"],
                                  line["rate"], line["interest"])


def _funder(terms: Terms, code: str, language: str) -> str:
    """What the terms call a funder, for the debtor."""
    return names_of(terms, "funders", (code,)).in_language(language)


def _account(work: Work, here: Organisation, currency: str) -> paper.AccountToPay:
    own = account_of(work.session, here.id, currency)
    if own is None:
        raise NotNow(_("The office has no account in {currency} to which it could be paid. Name one, then try the job again."),
                     currency=currency)
    return paper.AccountToPay(own.holder, own.number, own.bank_name, own.bank_code)
