"""Findings: what the checks found on a claim, and what people decided about it. For the office."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from voucher.checks.facts import Level
from voucher.claims import Claim
from voucher.database import fetch
from voucher.findings import Finding, FindingState, decisions_on
from voucher.people import OFFICE_ROLES, Person
from voucher.samples import Lot
from voucher.work import Work
from workflows import checking, sampling
from workflows.access import roles
from workflows.api.acts import hang_acts
from workflows.api.answers import StepsAnswer, facts, steps
from workflows.api.fields import Answer, Body, Choice, Instant, Nothing, Number, Part, Reference, Said, Text, Those
from workflows.api.nouns import Noun
from workflows.api.paging import Paged, after, known, narrowed, page, page_of
from workflows.checking import FINDING

findings = Noun("api-findings", __name__, description="What the checks found before money moves, and the decisions about it.")


class FindingQuery(Paged):
    """Which findings."""

    after = after("K")
    state = Choice(FindingState)
    level = Choice(Level)
    claim = Reference("C")


class DecisionAnswer(Answer):
    """What somebody decided about a finding."""

    outcome = Said(metadata={"example": "allowed"})
    person = Said()
    reason = Said()
    at = Instant()


class FindingAnswer(StepsAnswer):
    """A finding. `what` says it in words; `evidence` are references, or the steps of a path in order."""

    reference = Said(metadata={"example": "K-2026-00001-2"})
    claim = Said(metadata={"example": "C-2026-00001-8"})
    check = Said(metadata={"example": "same_invoice"})
    level = Said(metadata={"example": "block"})
    what = Said()
    evidence = Those(Said())
    lines = fields.List(fields.Integer())
    found_at = Instant()
    decisions = Those(Part(DecisionAnswer))


class ClaimFindingsAnswer(Answer):
    """The findings on a claim after the checks have run."""

    items = Those(Part(FindingAnswer))


class LotBody(Body):
    """What the lot is drawn with."""

    seed = Text(200, required=True, metadata={"example": "Lottery of 2026-03-01: 8 15 22 31 40"})


class LotAnswer(Answer):
    """A lot. Drawn are the claims of which the SHA-256 of seed, line feed and reference is smallest."""

    number = Number()
    seed = Said()
    rate = Said(metadata={"example": "1/20"})
    list_digest = Said(metadata={"description": "SHA-256 over the references in order, each with a line feed."})
    at = Instant()
    claims = Those(Said())
    drawn = Those(Said())


class LotsAnswer(Answer):
    """The lots of a programme."""

    items = Those(Part(LotAnswer))


def told(work: Work, rows: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings with what was decided about them."""
    claims = known(work.session, Claim, (row.claim_id for row in rows))
    decided = decisions_on(work.session, rows)
    people = known(work.session, Person, (each.person_id for several in decided.values() for each in several))
    return [facts(row, "reference", "level", "state", "evidence", "lines", "found_at") | {
        "claim": claims[row.claim_id].reference, "check": row.check_name, "what": str(row),
        "steps": steps(work, FINDING, row.state, {}),
        "decisions": [facts(each, "outcome", "reason", "at") | {"person": people[each.person_id].name}
                      for each in decided.get(row.id, [])]} for row in rows]


def told_one(work: Work, row: Finding) -> dict[str, Any]:
    """A finding with what was decided about it."""
    return told(work, [row])[0]


@findings.reads("/findings", page_of(FindingAnswer), FindingQuery)
@roles(*OFFICE_ROLES)
def list_findings(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List findings: all, or those in a state, of a level, on a claim."""
    shown = narrowed(checking.findings_shown(), Finding, query, "state", "level", claim=Claim)
    rows, following = page(work.session, shown, Finding, query)
    return {"items": told(work, rows), "next": following}


@findings.reads("/findings/<finding>", FindingAnswer)
@roles(*OFFICE_ROLES)
def show_finding(work: Work, _query: dict[str, Any], finding: str) -> dict[str, Any]:
    """Show a finding with what was decided about it."""
    return told_one(work, fetch(work.session, Finding, finding))


@findings.writes("/claims/<claim>/check", ClaimFindingsAnswer, Nothing)
@roles(*checking.CHECKERS)
def check_claim(work: Work, _body: dict[str, Any], claim: str) -> dict[str, Any]:
    """Run the checks on a claim again."""
    return {"items": told(work, checking.check_claim(work, claim))}


@findings.reads("/programmes/<programme>/lots", LotsAnswer)
@roles(*OFFICE_ROLES)
def list_lots(work: Work, _query: dict[str, Any], programme: str) -> dict[str, Any]:
    """List the lots of a programme: with seed, rate and list anybody can draw again."""
    return {"items": [_lot(*each) for each in sampling.lots_of(work, programme)]}


@findings.writes("/programmes/<programme>/lots", LotAnswer, LotBody, status=201)
@roles(*sampling.DRAWERS)
def draw_sample(work: Work, body: dict[str, Any], programme: str) -> dict[str, Any]:
    """Draw claims by lot for a closer look."""
    sampling.draw_sample(work, programme, body["seed"])
    return _lot(*sampling.lots_of(work, programme)[-1])


def _lot(lot: Lot, listed: list[str], drawn: list[str]) -> dict[str, Any]:
    return facts(lot, "number", "seed", "rate", "list_digest", "at") | {"claims": listed, "drawn": drawn}


hang_acts(findings, "K", FindingAnswer, told_one)
