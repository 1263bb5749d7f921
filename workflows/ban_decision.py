"""The decision to ban an organisation as a letter: until when and why, whose ban it is where another's reaches it, and who decided."""

from datetime import date

from voucher.database import fetch
from voucher.documents import decision as paper
from voucher.documents.decision import Outcome, Step
from voucher.documents.settlement import Deed, Party
from voucher.history import Event
from voucher.languages import translator
from voucher.money import Money
from voucher.people import Organisation, office
from voucher.work import Work
from workflows.remedies import appeal_told, remedy_against
from workflows.settlement_facts import address_on_paper, office_on_paper


def describe_ban(work: Work, event: Event, number: str, outcome: Outcome) -> paper.Decision:
    """Everything that the letter about a ban says; it belongs to no programme, and no amount was decided."""
    firm = fetch(work.session, Organisation, event.subject)
    language = "zh" if firm.country == "CN" else "en"
    remedy, nothing = remedy_against(work.session, event), Money.zero("CNY" if office(work.session).country == "CN" else "EUR")
    other = fetch(work.session, Organisation, event.data["other"]).name if event.data.get("other") else ""
    return paper.Decision(
        number=number, issued_on=work.today, language=language, office=office_on_paper(work),
        party=Party(firm.name, firm.number, address_on_paper(firm)), programme=None, outcome=outcome,
        decided_on=event.at.astimezone(work.zone).date(), voucher="", order="", claim="", amount=nothing, asked=nothing,
        reason=translator(language)(event.reason), basis=tuple(each.in_language(language) for each in remedy.basis) if remedy else (),
        remedy=(appeal_told(remedy, translator(language)),) if remedy else (),
        steps=(Step("Decided", Deed(event.actor, event.at.astimezone(work.zone).date())),), together_with=other,
        until=date.fromisoformat(event.data["until"]))
