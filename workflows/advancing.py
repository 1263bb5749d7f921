"""Advances between funders: one lends its free money for another, whose own comes later, and is paid back.

By the terms (`advances_for`) it is said who may lend for whom. What is lent stands on the other funder's fund line of the same year
and type as if it had been voted and allotted there, so vouchers, orders and payouts go on as ever; each line bears its own part
of them, and what one owes to the other is in the books until it is settled.
"""

from collections.abc import Sequence

from sqlmodel import col, select

from voucher import accounting, ledger
from voucher.accounting import fund_line_position
from voucher.database import fetch, lock
from voucher.errors import NotNow, _, refuse_if_any
from voucher.history import record
from voucher.money import Money
from voucher.posting import lock_free_money, post
from voucher.programmes.funding import FundLine
from voucher.programmes.programmes import Programme, TermsVersion, terms_in_force, versions_of
from voucher.work import Work
from workflows.funding import fund_line_of, fund_problems, tidy
from workflows.publishing import PROGRAMME


def advance_funds(work: Work, fund_line: str, amount: Money, document: str) -> FundLine:
    """Lend so much free money of a fund line, by a numbered document, to that of the funder for which its own pays first.

    Answers the line that has it now; it is opened if need be. Raises NotNow where the terms name no such funder, or less is free.
    """
    PROGRAMME.allow(work, "advance_funds", {})
    programme, lender, borrower = _both(work, fund_line)
    document = tidy(document)
    refuse_if_any(fund_problems(programme, amount, document))
    terms = terms_in_force(work.session, programme, work.today).terms
    draft = accounting.funds_advanced(lender, borrower, amount, document, work.today, terms.programme.country)
    known, free = _is_known(work, draft), fund_line_position(work.session, lender).free
    if not known and amount > free:
        raise NotNow(_("Only {free} {currency} is free on this fund line."), free=str(free), currency=lender.currency)
    post(work, draft)
    if not known:
        _tell(work, "advance.made", programme, lender, borrower, amount, document)
    return borrower


def settle_advance(work: Work, fund_line: str, amount: Money, document: str) -> FundLine:
    """So much of what a fund line lent is paid back to it, by a numbered document, out of what the other line has free.

    Answers the line that paid. Raises NotNow when less is owed, or less is free there.
    """
    PROGRAMME.allow(work, "settle_advance", {})
    programme, lender, borrower = _both(work, fund_line, owing=True)
    document = tidy(document)
    refuse_if_any(fund_problems(programme, amount, document))
    country = terms_in_force(work.session, programme, work.today).terms.programme.country
    draft = accounting.advance_settled(lender, borrower, amount, document, work.today, country)
    known, free = _is_known(work, draft), fund_line_position(work.session, borrower).free
    # Others may have lent to the same line: what is paid back here is at most what this one lent.
    owed = min(accounting.borrowed_by(work.session, borrower), fund_line_position(work.session, lender).lent)
    if not known and amount > owed:
        raise NotNow(_("Only {owed} {currency} is owed to this fund line."), owed=str(owed), currency=lender.currency)
    if not known and amount > free:
        raise NotNow(_("Only {free} {currency} is free on {line}. Have its own money allotted first."),
                     free=str(free), currency=lender.currency, line=borrower.reference)
    post(work, draft)
    if not known:
        _tell(work, "advance.settled", programme, lender, borrower, amount, document)
    return borrower


def _is_known(work: Work, draft: ledger.Draft) -> bool:
    """Whether a document stands in the books already: then nothing is looked at, and other content is refused by the books."""
    return ledger.find(work.session, draft.cause) is not None


def lends_for(versions: Sequence[TermsVersion], line: FundLine) -> Sequence[str]:
    """For which funders that of a fund line pays first by these versions, the newest first."""
    return list(dict.fromkeys(funder.advances_for for version in versions for funder in version.terms.funders
                              if funder.code == line.funder and funder.advances_for))


def _both(work: Work, fund_line: str, *, owing: bool = False) -> tuple[Programme, FundLine, FundLine]:
    """The programme, the lending line and the line for which it lends, all locked, and their free money with them.

    Money is lent as the terms in force say. With `owing` the line is one that owes something, by whatever version: what was lent
    under terms that were changed since is paid back all the same.
    """
    seen = fetch(work.session, FundLine, fund_line)
    programme = lock(work.session, Programme, work.session.get_one(Programme, seen.programme_id).reference)
    others = lends_for(versions_of(work.session, programme) if owing else [terms_in_force(work.session, programme, work.today)], seen)
    if not others:
        raise NotNow(_("By the terms, the funder of this fund line pays first for nobody (funders: advances_for)."))
    lines = {line.funder: line for line in work.session.exec(
        select(FundLine).where(FundLine.programme_id == programme.id, FundLine.year == seen.year,
                               FundLine.service_group == seen.service_group, col(FundLine.funder).in_((seen.funder, *others)))
        .order_by(col(FundLine.id)).with_for_update(key_share=True).execution_options(populate_existing=True))}
    owes = [each for each in others if owing and each in lines and accounting.borrowed_by(work.session, lines[each])]
    other = next(iter(owes), others[0])
    lender, borrower = lines[seen.funder], lines.get(other) or fund_line_of(work, programme, seen.year, other, seen.service_group)
    lock_free_money(work.session, [lender, borrower])
    return programme, lender, borrower


def _tell(work: Work, event: str, programme: Programme, lender: FundLine, borrower: FundLine, amount: Money, document: str) -> None:
    record(work, event, lender.reference, case=programme.reference, amount=str(amount), document=document, line=borrower.reference)
