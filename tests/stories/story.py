"""The story that every entry point tells: from a published programme to a payout that the bank has confirmed.

It is data only. A teller takes the steps one after the other at its own entry point - the verbs, the command line, the
API, the portal - and calls the things by the names they have here: what a step makes is known under `makes` from then on,
and `{voucher}` in a later step stands for its reference. All must leave the same books (tests/golden/*.journal).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tests.builders import IRISH_PROVIDERS, IRISH_SMES, PROVIDERS, SMES, who
from workflows.demo.data import IRELAND, WEIHAI, OrganisationData


@dataclass(frozen=True)
class Step:
    """On a day, somebody calls a verb. Amounts are strings in the programme's currency, days are ISO 8601."""

    on: date
    who: str
    verb: str
    makes: str = ""
    given: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """A story, its cast, and the file of the books that it leaves."""

    name: str
    currency: str
    sme: OrganisationData
    provider: OrganisationData
    steps: tuple[Step, ...]


def day(month: int, number: int) -> date:
    """A day of the year in which the stories take place."""
    return date(2026, month, number)


def _step(on: date, who: str, verb: str, makes: str = "", **given: object) -> Step:
    return Step(on, who, verb, makes, given)


def _opening(code: str, year: int, voted: str, allotted: str) -> tuple[Step, ...]:
    return (
        _step(day(3, 2), "approver1", "publish_programme", "programme", code=code),
        _step(day(3, 3), "finance1", "record_appropriation", "fund_line", programme="{programme}", year=year, amount=voted,
              document="Decision 14", funder="city"),
        _step(day(3, 3), "finance1", "allot", fund_line="{fund_line}", amount=allotted, document="Notice 15"),
    )


def _payment(claimant: str) -> tuple[Step, ...]:
    """From the approved claim to the settlement statement: the same in every programme."""
    return (
        _step(day(4, 29), "finance1", "gather_batch", "batch", payouts=None, execution_on=day(5, 4).isoformat()),
        _step(day(4, 30), "treasury1", "release_batch", batch="{batch}"),
        _step(day(4, 30), "treasury2", "release_batch", batch="{batch}"),
        _step(day(4, 30), "", "do_jobs"),
        _step(day(5, 6), "finance1", "import_statement", batch="{batch}", booked_on=day(5, 4).isoformat()),
        _step(day(5, 6), "", "do_jobs"),
        _step(day(5, 7), claimant, "fetch_settlement_statement", claim="{claim}"),
    )


_SME, _PROVIDER = who(SMES[0]), who(PROVIDERS[0])
_IRISH_SME, _IRISH_PROVIDER = who(IRISH_SMES[0]), who(IRISH_PROVIDERS[0])

WEIHAI_STORY = Story("weihai", "CNY", SMES[0], PROVIDERS[0], (
    *_opening(WEIHAI, 2026, "1000000.00", "800000.00"),
    _step(day(3, 4), _SME, "apply_for_voucher", "voucher", programme="{programme}", sme="{sme}", amount="300000.00",
          purpose="Sea-proof carbon fibre buoy"),
    _step(day(3, 5), "reviewer1", "review_voucher", voucher="{voucher}", note="Register checked"),
    _step(day(3, 6), "approver1", "issue_voucher", voucher="{voucher}"),
    # 20 % of 1,000,000.00 with tax
    _step(day(3, 9), _SME, "place_order", "order", voucher="{voucher}", provider="{provider}", service_type="development",
          title="Development of the buoy", net="943396.23", vat="56603.77"),
    _step(day(3, 9), _SME, "place_order", "cancelled_order", voucher="{voucher}", provider="{provider}",
          service_type="consulting", title="Market study", net="100000.00", vat="6000.00"),
    _step(day(3, 10), _PROVIDER, "accept_order", order="{order}"),
    _step(day(3, 10), _PROVIDER, "accept_order", order="{cancelled_order}"),
    _step(day(3, 11), _SME, "cancel_order", order="{cancelled_order}", reason="The market is known"),
    _step(day(3, 12), _PROVIDER, "register_contract", order="{order}", contract_number="2026371000000001"),
    _step(day(4, 20), _PROVIDER, "deliver_order", order="{order}", note="Prototype and report"),
    _step(day(4, 22), _SME, "accept_delivery", order="{order}"),
    _step(day(4, 23), _SME, "submit_claim", "claim", order="{order}",
          lines=[["26371000000000000001", "2026-04-21", "First part", "566037.74", "33962.26"],
                 ["26371000000000000002", "2026-04-21", "Second part", "377358.49", "22641.51"]],
          own_payment=["BANK-4711", "2026-04-22", "1000000.00"],
          evidence=["contract", "registration", "invoice", "own_payment"]),
    # 60,000.00 of the second line was a test that the law requires: 20 % of 940,000.00 is left
    _step(day(4, 27), "verifier1", "verify_claim", claim="{claim}",
          decisions=[[1, "600000.00", None], [2, "340000.00", "mandatory_test"]]),
    _step(day(4, 28), "approver2", "approve_claim", claim="{claim}"),
    *_payment(_SME),
))

IRELAND_STORY = Story("ireland", "EUR", IRISH_SMES[0], IRISH_PROVIDERS[0], (
    *_opening(IRELAND, 2026, "50000.00", "20000.00"),
    _step(day(3, 4), _IRISH_SME, "apply_for_voucher", "voucher", programme="{programme}", sme="{sme}", amount="5000.00",
          purpose="Shelf life of dried seaweed"),
    _step(day(3, 5), "reviewer2", "review_voucher", voucher="{voucher}", note="Company register checked"),
    _step(day(3, 6), "approver1", "issue_voucher", voucher="{voucher}"),
    _step(day(3, 9), _IRISH_SME, "place_order", "order", voucher="{voucher}", provider="{provider}", service_type="standard",
          title="Knowledge transfer", net="5000.00", vat="1150.00"),
    _step(day(3, 10), _IRISH_PROVIDER, "accept_order", order="{order}"),
    # the university asks for the tax before work starts
    _step(day(3, 12), _IRISH_PROVIDER, "confirm_tax", order="{order}", paid_on="2026-03-11", document="INV-2026-0041"),
    _step(day(4, 20), _IRISH_PROVIDER, "deliver_order", order="{order}", note="Report"),
    _step(day(4, 22), _IRISH_SME, "accept_delivery", order="{order}"),
    # the provider redeems: the office pays 5,000.00, the SME paid the tax
    _step(day(4, 23), _IRISH_PROVIDER, "submit_claim", "claim", order="{order}",
          lines=[["INV-2026-0042", "2026-04-21", "Knowledge transfer", "5000.00", "1150.00"]],
          own_payment=["BANK-4712", "2026-03-11", "1150.00"],
          evidence=["claim_form", "invoice", "invoice_to_sme", "report"]),
    _step(day(4, 27), "verifier2", "verify_claim", claim="{claim}", decisions=[[1, "5000.00", None]]),
    _step(day(4, 28), "approver3", "approve_claim", claim="{claim}"),
    *_payment(_IRISH_PROVIDER),
))

STORIES = (WEIHAI_STORY, IRELAND_STORY)
