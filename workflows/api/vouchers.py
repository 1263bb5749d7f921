"""Vouchers: apply, review, issue, and how one stands."""

from collections.abc import Iterator, Sequence
from typing import Any

from voucher.accounting import voucher_position
from voucher.people import Organisation
from voucher.programmes.firm_size import FirmSize
from voucher.programmes.programmes import Programme
from voucher.vouchers import Voucher, VoucherState
from voucher.waiting import outlook
from voucher.work import Work
from workflows import auditing, issue, sight
from workflows.access import door, roles, signed_in
from workflows.api.acts import hang_acts
from workflows.api.answers import (
    EventAnswer,
    PartyAnswer,
    PositionAnswer,
    SheetAnswer,
    StepsAnswer,
    facts,
    party,
    steps,
    timeline,
)
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
    Reference,
    Said,
    Several,
    Text,
    Those,
    Whole,
    currency,
)
from workflows.api.nouns import Noun, takers
from workflows.api.paging import Paged, after, known, narrowed, page, page_of
from workflows.auditing import AUDITORS
from workflows.issue import VOUCHER, parties_of
from workflows.purchase import price_order

vouchers = Noun("api-vouchers", __name__, description="From an SME's application to the last cent of what it may use.")


class Application(Body):
    """An SME asks for a voucher."""

    programme = Reference("P", required=True, metadata={"example": "P-2026-00001-9"})
    sme = Reference("N", required=True, metadata={"example": "N-2026-00002-3"})
    amount = MoneyField(required=True)
    currency = currency()
    purpose = Text(2000, required=True, metadata={"example": "Salt spray test of a new hinge"})
    team = Text(64, load_default="", metadata={"description": "The team for which it is, where limits are counted by team.", "example": ""})
    person = Text(64, load_default="", metadata={
        "description": "The person for whom it is, where limits are counted by person.", "example": ""})
    employees = Whole(0, load_default=None, allow_none=True, metadata={"description": "People of the firm, where its class has bounds."})
    turnover = MoneyField(load_default=None, allow_none=True, metadata={"description": "A year's turnover, likewise."})
    founded_on = Day(load_default=None, allow_none=True, metadata={"description": "The day of its foundation, likewise."})
    service_group = Text(64, load_default="", metadata={
        "description": "The type of voucher, where the terms cut the programme's money by types.", "example": ""})
    mandate = Reference("F", load_default=None, allow_none=True, metadata={
        "description": "The file with which the firm itself says that it wants this, where the terms ask for it."})


class Price(Body):
    """What a provider asks for a service, and what the terms want to know beside it."""

    service_type = Text(64, required=True, metadata={"example": "development"})
    item = Text(64, load_default="", metadata={"description": "A sub-item of the service, where it has some.", "example": ""})
    quantity = Whole(1, 1_000_000, load_default=1, metadata={"description": "How many pieces."})
    facts = Several(Text(64), 50, load_default=list, metadata={"description": "Facts that the terms ask for, by code.", "example": []})
    measures = Amounts(load_default=dict, metadata={"description": "Further amounts that the terms ask for, by code.", "example": {}})
    net = MoneyField(required=True, metadata={"description": "without value added tax"})
    vat = MoneyField(required=True, metadata={"description": "the value added tax on it", "example": "1800.00"})
    currency = currency()


class Question(Price):
    """A price, asked about before anything is ordered. Without a provider, no limit that counts by provider is applied."""

    provider = Reference("N", metadata={"example": "N-2026-00062-0"})


class VoucherQuery(Paged):
    """Which vouchers."""

    after = after("V")
    state = Choice(VoucherState)
    programme = Reference("P")
    sme = Reference("N")


class OutlookAnswer(Answer):
    """How an application stands that waits for money: its place, what waits before it, and the first day on which enough may be free."""

    place = Number()
    ahead = MoneyField()
    earliest = Day(allow_none=True, metadata={"description": "If what is issued and not ordered for expires unused."})


class VoucherAnswer(StepsAnswer):
    """A voucher, or the application for one. `position` and `events` come when one voucher is asked for."""

    reference = Said(metadata={"example": "V-2026-00123-2"})
    programme = Said(metadata={"example": "P-2026-00001-9"})
    sme = Part(PartyAnswer)
    amount = MoneyField()
    currency = Said(metadata={"example": "CNY"})
    firm_class = Said(metadata={"example": "technology_sme"})
    employees = Number(allow_none=True, metadata={"description":
        "What the firm said of itself when it applied; told to the office and the firm."})
    turnover = MoneyField(allow_none=True)
    founded_on = Day(allow_none=True)
    service_group = Said(metadata={"example": ""})
    team = Said(metadata={"example": ""})
    person = Said(metadata={"example": ""})
    purpose = Said()
    applied_at = Instant()
    issued_on = Day(allow_none=True)
    activated_on = Day(allow_none=True, metadata={"description":
        "Where its time counts from its activation; use_by is the last day for that while it is null."})
    use_by = Day(allow_none=True)
    claim_by = Day(allow_none=True)
    waits_since = Instant(allow_none=True)
    rank = Number(allow_none=True)
    outlook = Part(OutlookAnswer, metadata={"description": "While it waits for money."})
    position = Part(PositionAnswer)
    events = Those(Part(EventAnswer))


_SIZE = ("employees", "turnover", "founded_on")


def told(work: Work, rows: Sequence[Voucher]) -> list[dict[str, Any]]:
    """Vouchers, as whoever is at work is told of them. What the firm said of its size is no business of a provider's."""
    smes = known(work.session, Organisation, (row.sme_id for row in rows))
    programmes = known(work.session, Programme, (row.programme_id for row in rows))
    return [
        facts(row, "reference", "state", "amount", "currency", "firm_class",
              "service_group", "team", "person", "purpose", "applied_at",
              "issued_on", "activated_on", "use_by", "claim_by", "waits_since", "rank")
        | (facts(row, *_SIZE) if _is_whole(work, row) else dict.fromkeys(_SIZE))
        | {"sme": party(smes[row.sme_id]), "programme": programmes[row.programme_id].reference,
           "steps": steps(work, VOUCHER, row.state, parties_of(row))}
        for row in rows]


def _is_whole(work: Work, row: Voucher) -> bool:
    """Whether whoever is at work sees the voucher whole: the office and its SME do, a provider on it does not."""
    return sight.from_office(work.actor) or row.sme_id in work.actor.organisations()


def told_one(work: Work, row: Voucher) -> dict[str, Any]:
    """A voucher with its position and what happened. What it still holds is no business of a provider's."""
    whole = told(work, [row])[0] | {"events": timeline(work, row)}
    if _is_whole(work, row):
        found = outlook(work.session, row, work.today)
        if found is not None:
            whole["outlook"] = vars(found)
        whole["position"] = vars(voucher_position(work.session, row.reference, row.currency))
    return whole


@vouchers.reads("/vouchers", page_of(VoucherAnswer), VoucherQuery)
@signed_in
def list_vouchers(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List vouchers: the office all of them, a firm its own."""
    shown = narrowed(sight.vouchers(work.actor), Voucher, query, "state", programme=Programme, sme=Organisation)
    rows, following = page(work.session, shown, Voucher, query)
    return {"items": told(work, rows), "next": following}


@vouchers.writes("/vouchers", VoucherAnswer, Application, status=201)
@takers(VOUCHER, "apply_for_voucher")
def apply_for_voucher(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Apply for a voucher, as an SME."""
    made = issue.apply_for_voucher(work, body["programme"], body["sme"], body["amount"], body["purpose"],
                                   body["service_group"], team=body["team"], person=body["person"],
                                   size=FirmSize(body["employees"], body["turnover"], body["founded_on"]), mandate=body["mandate"] or "")
    return told_one(work, made)


@vouchers.reads("/vouchers/<voucher>", VoucherAnswer)
@signed_in
def show_voucher(work: Work, _query: dict[str, Any], voucher: str) -> dict[str, Any]:
    """Show a voucher: how it stands by the books, and what happened."""
    return told_one(work, _seen(work, voucher))


def _seen(work: Work, reference: str) -> Voucher:
    row = sight.see(work.session, work.actor, reference)
    assert isinstance(row, Voucher)
    return row


@vouchers.asks("/vouchers/<voucher>/price", SheetAnswer, Question)
@signed_in
def price_an_order(work: Work, body: dict[str, Any], voucher: str) -> dict[str, Any]:
    """Ask what the voucher would pay of a price today, line by line, before anything is ordered."""
    price = tuple(body.pop(name) for name in ("service_type", "net", "vat"))
    del body["currency"]  # every amount has it already
    return price_order(work, _seen(work, voucher), *price, **body).as_json()


hang_acts(vouchers, "V", VoucherAnswer, told_one)


@vouchers.streams("/vouchers/<voucher>/folder", "application/zip")
@roles(*AUDITORS)
def export_case(work: Work, voucher: str) -> tuple[str, Iterator[bytes]]:
    """Download the whole case as a ZIP that can be checked without us."""
    folder = auditing.export_case(work, voucher)
    return folder.name, folder.write(door().files)
