"""The statement of a payee's account, for whoever may see it: as figures, as CSV and as PDF."""

from datetime import date
from uuid import UUID

from voucher.documents import payee_account as paper
from voucher.documents.settlement import Party
from voucher.errors import NotFound, NotValid, _, problem
from voucher.payee_account import PayeeAccount, payee_accounts
from voucher.people import Organisation, OrganisationKind
from voucher.spreadsheets import csv_line
from voucher.work import Work
from workflows.settlement_facts import address_on_paper, event_title, office_on_paper
from workflows.sight import from_office

COLUMNS = ("currency", "on", "event", "about", "entry", "amount", "balance")


def account_of_payee(work: Work, firm: Organisation, since: date | None, until: date | None) -> list[PayeeAccount]:
    """The account of a firm or provider, by default of this year until today. Raises NotFound to others, NotValid."""
    refuse_strangers(work, firm.id)
    if firm.kind == OrganisationKind.OFFICE:
        raise NotFound
    last = until or work.today
    first = since or date(last.year, 1, 1)
    if first > last:
        raise NotValid(problems=[problem(_("The last day is before the first."), "until")])
    return payee_accounts(work.session, firm.id, first, last)


def refuse_strangers(work: Work, organisation_id: UUID) -> None:
    """Raises NotFound to whoever is neither of the office nor of that organisation."""
    if not from_office(work.actor) and organisation_id not in work.actor.organisations():
        raise NotFound


def as_csv(accounts: list[PayeeAccount]) -> str:
    """A line an entry, after a line with what was owed before."""
    rows: list[tuple[object, ...]] = [COLUMNS]
    for account in accounts:
        rows.append((account.currency, account.since, "opening", "", "", "", account.opening))
        rows += ((account.currency, line.on, line.event, line.about, line.cause, line.amount, line.balance) for line in account.lines)
    return "".join(map(csv_line, rows))


def as_pdf(work: Work, firm: Organisation, accounts: list[PayeeAccount], since: date, until: date, language: str) -> paper.AccountStatement:
    """Everything that the PDF says; it is drawn when the work is over."""
    parts = [paper.Part(
        each.currency, each.opening,
        [paper.Row(line.on, event_title(line.event, language) or line.event, line.about, line.cause, line.amount, line.balance)
         for line in each.lines],
        [(event_title(event, language) or event, amount) for event, amount in each.sums.items()], each.closing) for each in accounts]
    return paper.AccountStatement(
        number=f"{firm.reference} {since} {until}", issued_on=work.today, language=language, office=office_on_paper(work),
        payee=Party(firm.name, firm.number, address_on_paper(firm)), reference=firm.reference, since=since, until=until, parts=parts)
