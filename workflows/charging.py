"""Charges: the bank sends a payment back and keeps something of it. The payee is owed all of it again; the fund lines bear the charge.

Where their year is over and nothing of it is free any more - it lapsed or was carried - this year's lines of the same funders bear it.
"""

from collections.abc import Sequence
from datetime import date

from sqlmodel import col, select

from voucher import accounting, ledger
from voucher.accounting import fund_line_position
from voucher.accounting.chart import chart_account
from voucher.database import get, lock
from voucher.duties import refuse_one_hand
from voucher.errors import NotNow, _
from voucher.history import Event, events_of, how_often, record
from voucher.ledger import Draft
from voucher.money import Money, split_within, total
from voucher.payouts import Payout, PayoutState
from voucher.posting import lock_free_money, post_many
from voucher.programmes.funding import FundLine
from voucher.programmes.windows import budget_days, budget_year
from voucher.recoveries import partly_back
from voucher.statements import BankCharge, BankLine, BankStatement, LineState
from voucher.work import Work
from workflows.reconciliation import LINE, counts_on, day_or_today, file_of, lock_line, names_another, place_lines
from workflows.year_end import terms_of_line

#: A difference of more than this part of a payment is no charge: one in so many.
MOST = 10


def match_return_less_charge(work: Work, line: str, payout: str) -> BankLine:
    """Say that a line is a payout that the bank sent back, less a charge of its own: up to a tenth, borne by the fund lines.

    The bank itself says on the line that it is a return, and whoever took in its file does not book the charge.
    Raises NotAllowed to that one, NotNow when the line does not fit so, when the payout hands on a firm's own money, or the fund
    lines have not so much free.
    """
    held = lock_line(work, line)
    chosen = lock(work.session, Payout, payout)
    LINE.allow(work, "match_line", {})
    charge = _charge(work, held, chosen)
    imported = _imported(work, held)
    refuse_one_hand(work, [each.person_id for each in imported], imported[0].at,
                    _("You took in the bank's file, so another person has to book what the bank kept."))
    owed = accounting.owed_by(work.session, [chosen])[chosen.id]
    undone = how_often(work.session, "payout.return_undone", [chosen.reference])[chosen.reference]
    evidence = (file_of(work, held).sha256,)
    funds, spread, opened = _borne(work, owed, chosen, charge)
    on = max(counts_on(work, held), opened)
    charged = accounting.payout_charged(accounting.on_lines(owed, funds), chosen, spread, on, evidence, undone=undone)
    post_many(work, [*place_lines(work, [(held, chosen)], file_of(work, held), "less a charge"), charged])
    assert imported[-1].person_id is not None and work.actor.person_id is not None, "people take statements in and book charges"
    work.session.add(BankCharge(line_id=held.id, payout_id=chosen.id, amount_minor=charge.minor, currency=charge.currency,
                                imported_by=imported[-1].person_id, booked_by=work.actor.person_id, at=work.now))
    record(work, "payout.charged", chosen.reference, case=owed.case_name, charge=str(charge), line=str(held.id))
    return held


def _imported(work: Work, line: BankLine) -> list[Event]:
    """The events by which lines of the statement were taken in: two files of the same days may each have brought some."""
    statement = get(work.session, BankStatement, line.statement_id)
    return [each for each in events_of(work.session, statement.reference) if each.name == "statement.imported" and each.data["new"]]


def _charge(work: Work, line: BankLine, payout: Payout) -> Money:
    """What the bank kept. Raises NotNow when this is no return of that payout."""
    if line.state != LineState.OPEN:
        raise NotNow(_("This line is settled already."))
    if payout.deposit_id is not None:
        raise NotNow(_("{payout} is the firm's own money and no subsidy."), payout=payout.reference)
    least = payout.amount_minor - payout.amount_minor // MOST
    if (not line.is_return or line.currency != payout.currency or not least <= line.amount_minor < payout.amount_minor
            or names_another(line, payout) or payout.state != PayoutState.SETTLED or partly_back(work.session, [payout.id])):
        raise NotNow(_("This line is no return of {payout} less a charge: that is up to a tenth less than what was paid and confirmed."),
                     payout=payout.reference)
    return payout.amount - line.amount


def _borne(work: Work, owed: accounting.Owed, payout: Payout, charge: Money) -> tuple[tuple[FundLine, ...], accounting.Spread, date]:
    """What fund lines bear of a charge, out of what they have free, as the payment was borne; and the day before which they cannot."""
    weights = [each.minor for each in owed.spread(payout)]
    later, opened = _of_this_year(work, owed.funds)
    lock_free_money(work.session, [*owed.funds, *later])
    for funds, since in ((owed.funds, date.min), (later, opened)):
        free = _free_of(work, funds)
        if charge <= total(free, charge.currency):
            return funds, tuple(split_within(charge, weights, free)), since
    raise NotNow(_("The bank kept {charge}, and the fund lines of {payout} have not so much free. Have more allotted first."),
                 charge=str(charge), payout=payout.reference)


def _free_of(work: Work, funds: Sequence[FundLine]) -> list[Money]:
    """What each has free; nothing more of a line that stands there before: two years' lines of a voucher may have one line this year."""
    free = {line.id: fund_line_position(work.session, line).free for line in funds}
    return [free.pop(line.id, Money.zero(line.currency)) for line in funds]


def _of_this_year(work: Work, funds: Sequence[FundLine]) -> tuple[tuple[FundLine, ...], date]:
    """The line of the same funder in this year for each of these, where there is one, and the first day of the year."""
    terms = terms_of_line(work, funds[0])
    year = budget_year(terms, work.today)
    rows = work.session.exec(select(FundLine).where(FundLine.programme_id == funds[0].programme_id, FundLine.year == year))
    standing = {(line.funder, line.service_group): line for line in rows}
    return tuple(standing.get((each.funder, each.service_group), each) for each in funds), budget_days(terms, year)[0]


def charge_undone(work: Work, payout: Payout, line: BankLine, undone: int) -> list[Draft]:
    """The entries by which the bank kept nothing of a locked payout after all, if it did: the fund lines have it free again."""
    if line.amount_minor == payout.amount_minor:
        return []
    owed = accounting.owed_by(work.session, [payout])[payout.id]
    cause = accounting.bank_cause(payout, "charged", undone)
    posted = ledger.find(work.session, cause)
    assert posted is not None, cause
    bore = {line.account.name: -line.amount for line in posted.lines}
    lines = work.session.exec(select(FundLine).where(FundLine.programme_id == owed.funds[0].programme_id).order_by(col(FundLine.id)))
    found = {name: line for line in lines if (name := chart_account("B268").of(line.reference, line.currency).name) in bore}
    charged = accounting.on_lines(owed, tuple(found.values()))
    return [accounting.charge_undone(charged, payout, tuple(bore[name] for name in found), day_or_today(work, posted.effective_on),
                                     undone=undone)]
