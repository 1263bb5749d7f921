"""Awards of providers: score, preview, and what was decided."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from voucher.awards import AwardState, ProviderAward
from voucher.database import fetch
from voucher.errors import NotFound
from voucher.people import Organisation, Role
from voucher.performance import performance_of
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.work import Work
from workflows import awards as steps_of_awards
from workflows import sight
from workflows.access import signed_in
from workflows.api.acts import hang_acts
from workflows.api.answers import PartyAnswer, SheetAnswer, StepsAnswer, facts, party, steps
from workflows.api.fields import (
    Answer,
    Body,
    Choice,
    Day,
    MoneyField,
    Number,
    Part,
    Reference,
    Said,
    Several,
    Text,
    Whole,
)
from workflows.api.nouns import Noun, takers
from workflows.api.paging import Paged, after, known, narrowed, page, page_of
from workflows.awards import AWARD

awards = Noun("api-awards", __name__, description="What providers get for a year in which they served well.")


class AwardQuery(Paged):
    """Which awards."""

    after = after("W")
    state = Choice(AwardState)
    provider = Reference("N")


class AwardAnswer(StepsAnswer):
    """An award. `figures` were declared by the provider, `facts` found in the records; `sheet` is nothing before the proposal."""

    reference = Said(metadata={"example": "W-2026-00001-3"})
    provider = Part(PartyAnswer)
    programme = Said(metadata={"example": "P-2026-00001-5"})
    year = Number()
    code = Said(metadata={"example": "services"})
    amount = MoneyField()
    currency = Said(metadata={"example": "CNY"})
    figures = fields.Dict(keys=Said(), values=Said())
    facts = fields.Dict()
    sheet = fields.Dict()
    decided_on = Day(allow_none=True)
    reason = Said()


class AwardBody(Body):
    """Which award, and the figures that only the provider knows, one a line: its name, then its value."""

    programme = Reference("P", required=True)
    year = Whole(2000, 2999, required=True, metadata={"example": 2026})
    code = Text(64, required=True, metadata={"example": "services"})
    figures = Text(2000, metadata={"example": "rental_income 120000.00"})
    papers = Several(Reference("F"), 20)


class PreviewBody(Body):
    """Which award of which year, with the figures that only the provider knows."""

    programme = Reference("P", required=True)
    year = Whole(2000, 2999, required=True, metadata={"example": 2026})
    code = Text(64, required=True, metadata={"example": "services"})
    figures = Text(2000, metadata={"example": "rental_income 120000.00"})


class PreviewAnswer(Answer):
    """What the records say of a provider and a year, its score of a hundred, and what the award would come to now."""

    score = Number(allow_none=True)
    orders = Number()
    contract_value = MoneyField()
    paid = MoneyField()
    currency = Said(metadata={"example": "CNY"})
    sheet = Part(SheetAnswer)


def told(work: Work, rows: Sequence[ProviderAward]) -> list[dict[str, Any]]:
    """Awards, as whoever is at work is told of them."""
    providers = known(work.session, Organisation, (row.provider_id for row in rows))
    programmes = known(work.session, Programme, (row.programme_id for row in rows))
    return [facts(row, "reference", "state", "year", "code", "amount", "currency", "figures", "facts", "sheet", "decided_on", "reason") | {
        "provider": party(providers[row.provider_id]), "programme": programmes[row.programme_id].reference,
        "steps": steps(work, AWARD, row.state, steps_of_awards.parties_of(work.session, row))} for row in rows]


def told_one(work: Work, row: ProviderAward) -> dict[str, Any]:
    """An award."""
    return told(work, [row])[0]


@awards.reads("/awards", page_of(AwardAnswer), AwardQuery)
@signed_in
def list_awards(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List awards: the office all of them, a provider its own."""
    shown = narrowed(sight.awards(work.actor), ProviderAward, query, "state", provider=Organisation)
    rows, following = page(work.session, shown, ProviderAward, query)
    return {"items": told(work, rows), "next": following}


@awards.reads("/awards/<award>", AwardAnswer)
@signed_in
def show_award(work: Work, _query: dict[str, Any], award: str) -> dict[str, Any]:
    """Show an award."""
    row = sight.see(work.session, work.actor, award)
    assert isinstance(row, ProviderAward)
    return told_one(work, row)


@awards.asks("/organisations/<organisation>/preview-award", PreviewAnswer, PreviewBody)
@signed_in
def preview_award(work: Work, body: dict[str, Any], organisation: str) -> dict[str, Any]:
    """Work out what an award would come to now: of one's own organisation, the office of any. Changes nothing."""
    firm = fetch(work.session, Organisation, organisation)
    if not sight.from_office(work.actor) and not work.actor.holds(Role.PROVIDER, firm.id):
        raise NotFound
    programme = fetch(work.session, Programme, body["programme"])
    found = performance_of(work.session, programme.id, firm.id, body["year"], programme.currency)
    sheet = steps_of_awards.work_out(terms_in_force(work.session, programme).terms, body["code"], found,
                                     steps_of_awards.figures_in(body.get("figures", "")))
    return {"score": found.score, "orders": found.orders, "contract_value": found.contract_value, "paid": found.paid,
            "currency": programme.currency, "sheet": sheet.as_json()}


@awards.writes("/organisations/<organisation>/ask-award", AwardAnswer, AwardBody, status=201)
@takers(AWARD, "ask_award")
def ask_award(work: Work, body: dict[str, Any], organisation: str) -> dict[str, Any]:
    """Ask for the award of a year for one's own organisation."""
    return told_one(work, steps_of_awards.ask_award(work, organisation, **body))


hang_acts(awards, "W", AwardAnswer, told_one)
