"""Programmes: publish the terms, read them, and calculate what they would pay."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from marshmallow import fields
from sqlmodel import col, select

from voucher.claims import Claim
from voucher.database import fetch
from voucher.money import Money
from voucher.programmes.calculation import Case, Use, calculate
from voucher.programmes.programmes import Programme, ProgrammeState, TermsVersion, terms_in_force
from voucher.published import PaidCase, as_published, paid_cases
from voucher.work import Work
from workflows.access import public, signed_in
from workflows.api.acts import hang_acts
from workflows.api.answers import NamesAnswer, SheetAnswer, StepsAnswer, facts, steps
from workflows.api.fields import (
    Amounts,
    Answer,
    Body,
    Choice,
    Day,
    Instant,
    MoneyField,
    Number,
    Part,
    Said,
    Several,
    Text,
    Those,
    Whole,
    currency,
)
from workflows.api.nouns import Noun, takers
from workflows.api.paging import Paged, after, narrowed, page, page_of
from workflows.publishing import PROGRAMME
from workflows.publishing import publish_programme as publish

programmes = Noun("api-programmes", __name__, description="A budget, a period, and the terms on which vouchers are given.")

# The media types under which YAML travels (RFC 9512), each with the beginning of a terms file.
_BEGINNING = "format: 1\nprogramme:\n  code: weihai\n  currency: CNY\n"
YAML = dict.fromkeys(("application/yaml", "application/x-yaml", "text/yaml", "text/plain"), _BEGINNING)


class UseBody(Body):
    """An earlier use that counts against the caps."""

    on = Day(required=True)
    amount = MoneyField(required=True)
    service = Text(64, load_default="")


class CaseBody(Body):
    """A case to try the terms on. Nothing of it is kept."""

    on = Day(metadata={"description": "The day of the order; today when it is left out."})
    firm_class = Text(64, required=True, metadata={"example": "technology_sme"})
    service = Text(64, required=True, metadata={"example": "development"})
    net = MoneyField(required=True, metadata={"example": "2000000.00"})
    vat = MoneyField(required=True, metadata={"example": "0.00"})
    currency = currency()
    used = Several(Part(UseBody), 200, load_default=list)
    item = Text(64, load_default="", metadata={"example": ""})
    quantity = Whole(1, 1_000_000, load_default=1)
    region = Text(64, load_default="", metadata={"example": ""})
    provider_region = Text(64, load_default="", metadata={"example": ""})
    facts = Several(Text(64), 50, load_default=list, metadata={"example": []})
    measures = Amounts(load_default=dict, metadata={"example": {}})


class ProgrammeQuery(Paged):
    """Which programmes."""

    after = after("P")
    code = Text(64, metadata={"example": "weihai"})
    state = Choice(ProgrammeState)


class TermsVersionAnswer(Answer):
    """One published version of the terms."""

    number = Number()
    digest = Said(metadata={"description": "SHA-256 of the terms file"})
    published_at = Instant()


class TermsAnswer(Answer):
    """What the terms in force say, in short. The file itself says all of it."""

    payee = Said(metadata={"description": "Who claims and is paid: sme or provider."})
    basis = Said(metadata={"example": "gross"})
    contract_registration = fields.Boolean()
    firm_classes = fields.Dict(keys=Said(), values=Part(NamesAnswer))
    services = fields.Dict(keys=Said(), values=Part(NamesAnswer))


class ProgrammeAnswer(StepsAnswer):
    """A programme. `terms` and `versions` come when one programme is asked for."""

    reference = Said(metadata={"example": "P-2026-00001-9"})
    code = Said(metadata={"example": "weihai"})
    name = Part(NamesAnswer)
    currency = Said(metadata={"example": "CNY"})
    zone = Said(metadata={"example": "Asia/Shanghai"})
    terms = Part(TermsAnswer)
    versions = Those(Part(TermsVersionAnswer))


class PaidQuery(Paged):
    """Which paid cases."""

    after = after("C")


class PaidAnswer(Answer):
    """A paid claim, as everybody may see it: what its terms do not publish is empty or null."""

    claim = Said(metadata={"example": "C-2026-00001-8"})
    paid_on = Day()
    firm = Said()
    firm_number = Said(metadata={"description": "The middle of it is masked.", "example": "9137**********312"})
    provider = Said()
    service = Part(NamesAnswer, allow_none=True)
    contract = MoneyField(allow_none=True, metadata={"description": "The price with tax.", "example": "106000.00"})
    amount = MoneyField(allow_none=True, metadata={"example": "21200.00"})
    currency = Said(allow_none=True, metadata={"example": "CNY"})


class TermsFileAnswer(Answer):
    """The terms file in force."""

    number = Number()
    digest = Said()
    source = Said(metadata={"description": "YAML", "example": _BEGINNING})


def told(work: Work, rows: Sequence[Programme]) -> list[dict[str, Any]]:
    """Programmes, as whoever is at work is told of them."""
    return [facts(row, "reference", "state", "code", "currency", "zone")
            | {"name": {"zh": row.name_zh, "en": row.name_en}, "steps": steps(work, PROGRAMME, row.state, {})} for row in rows]


def told_one(work: Work, row: Programme) -> dict[str, Any]:
    """A programme with its terms in short and their versions."""
    versions = list(work.session.exec(select(TermsVersion).where(TermsVersion.programme_id == row.id)
                                      .order_by(col(TermsVersion.number))))
    terms = versions[-1].terms
    return told(work, [row])[0] | {
        "versions": versions,
        "terms": facts(terms, "payee", "basis", "contract_registration") | {
            "firm_classes": {code: each.name for code, each in terms.firm_classes.items()},
            "services": {code: each.name for code, each in terms.services.items()}}}


@programmes.reads("/programmes", page_of(ProgrammeAnswer), ProgrammeQuery)
@signed_in
def list_programmes(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List programmes."""
    shown = narrowed(select(Programme).order_by(col(Programme.id).desc()), Programme, query, "code", "state")
    rows, following = page(work.session, shown, Programme, query)
    return {"items": told(work, rows), "next": following}


@programmes.takes("/programmes", ProgrammeAnswer, YAML)
@takers(PROGRAMME, "publish_programme")
def publish_programme(work: Work, content: bytes) -> dict[str, Any]:
    """Publish a terms file: a new programme, or the next version of one.

    The body is the file itself (YAML). It is refused with every problem and its line; the same file again changes nothing.
    """
    return told_one(work, publish(work, content))


@programmes.reads("/programmes/<programme>", ProgrammeAnswer)
@signed_in
def show_programme(work: Work, _query: dict[str, Any], programme: str) -> dict[str, Any]:
    """Show a programme."""
    return told_one(work, fetch(work.session, Programme, programme))


@programmes.reads("/programmes/<programme>/terms", TermsFileAnswer)
@signed_in
def show_terms(work: Work, _query: dict[str, Any], programme: str) -> TermsVersion:
    """Show the terms file in force."""
    return terms_in_force(work.session, fetch(work.session, Programme, programme))


@programmes.asks("/programmes/<programme>/calculate", SheetAnswer, CaseBody)
@signed_in
def calculate_a_case(work: Work, body: dict[str, Any], programme: str) -> dict[str, Any]:
    """Ask what the terms in force would pay in a case, line by line."""
    terms = terms_in_force(work.session, fetch(work.session, Programme, programme), work.today).terms
    return calculate(terms, _case(body, work.today)).as_json()


def _case(body: dict[str, Any], today: date) -> Case:
    used: list[tuple[date, Money, str]] = [(each["on"], each["amount"], each["service"]) for each in body["used"]]
    named = ("firm_class", "service", "net", "vat", "item", "quantity", "region", "provider_region", "measures")
    return Case(on=body.get("on", today), used=tuple(Use(*each) for each in used), facts=frozenset(body["facts"]),
                **{name: body[name] for name in named})


@programmes.reads("/programmes/<programme>/paid", page_of(PaidAnswer), PaidQuery)
@public
def list_paid_cases(work: Work, query: dict[str, Any], programme: str) -> dict[str, Any]:
    """List what was paid by a programme, as far as its terms publish that."""
    paid = paid_cases(work.session, fetch(work.session, Programme, programme))
    shown = select(Claim).where(col(Claim.id).in_(paid.with_only_columns(col(Claim.id)).order_by(None))).order_by(col(Claim.id).desc())
    claims, following = page(work.session, shown, Claim, query)
    rows = work.session.execute(paid.order_by(None).where(col(Claim.id).in_([each.id for each in claims]))
                                .order_by(col(Claim.id).desc())).all()
    return {"items": [_published(as_published(*row)) for row in rows], "next": following}


def _published(case: PaidCase) -> dict[str, Any]:
    currency = case.amount.currency if case.amount else case.contract.currency if case.contract else None
    return vars(case) | {"currency": currency}


hang_acts(programmes, "P", ProgrammeAnswer, told_one)
