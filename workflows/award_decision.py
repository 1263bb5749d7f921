"""The decision on a provider's award as a letter: what was asked, what the terms give for which figures, and who decided."""

from collections.abc import Iterator

from voucher.awards import ProviderAward
from voucher.database import fetch, get
from voucher.documents import decision as paper
from voucher.documents.decision import Outcome, Step
from voucher.documents.settlement import Deed, Party, TermsOfProgramme, sheet_lines
from voucher.history import Event, events_of
from voucher.languages import translator
from voucher.money import Money
from voucher.people import Organisation
from voucher.programmes.programmes import Programme, terms_version
from voucher.programmes.sheet import Sheet
from voucher.work import Work
from workflows.remedies import appeal_told, named_terms, remedy_against
from workflows.settlement_facts import address_on_paper, office_on_paper


def describe_award_decision(work: Work, event: Event, number: str, outcome: Outcome) -> paper.Decision:
    """Everything that the letter about the decision on an award says; what is refused before it was worked out asked for nothing yet."""
    award = fetch(work.session, ProviderAward, event.subject)
    party, programme = get(work.session, Organisation, award.provider_id), get(work.session, Programme, award.programme_id)
    version, language = terms_version(work.session, award.terms_id), "zh" if party.country == "CN" else "en"
    rule = next((each for each in version.terms.provider_awards if each.code == award.code), None)
    remedy = remedy_against(work.session, event)
    clauses = [rule.clause] if rule and rule.clause else []
    basis = remedy.basis if remedy else (named_terms(version), *clauses)
    return paper.Decision(
        number=number, issued_on=work.today, language=language, office=office_on_paper(work),
        party=Party(party.name, party.number, address_on_paper(party)),
        programme=TermsOfProgramme(programme.reference, programme.name_zh, programme.name_en, version.number, version.digest),
        outcome=outcome, decided_on=event.at.astimezone(work.zone).date(), voucher="", order="", claim="",
        award=f"{award.reference} · {rule.name.in_language(language) if rule else award.code} · {award.year}",
        amount=award.amount if outcome == Outcome.AWARDED else Money.zero(award.currency), asked=award.amount,
        reason=translator(language)(event.reason), basis=tuple(each.in_language(language) for each in basis),
        remedy=(appeal_told(remedy, translator(language)),) if remedy else (), steps=tuple(_steps(work, event)),
        sheet=tuple(sheet_lines(Sheet.from_json(award.sheet), language)) if award.sheet else ())


def _steps(work: Work, event: Event) -> Iterator[Step]:
    """Who checked the figures, the last time that it was done, and who decided."""
    before = [each for each in events_of(work.session, event.subject) if each.name == "award.proposed" and each.id < event.id]
    for name, each in (*(("Reviewed", found) for found in before[-1:]), ("Decided", event)):
        yield Step(name, Deed(each.actor, each.at.astimezone(work.zone).date()))
