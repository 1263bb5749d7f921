"""Bans: which organisations may not apply, take orders or be paid, until when and why."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields
from sqlmodel import col, select

from voucher.bans import Ban, bans_of, in_force
from voucher.database import fetch
from voucher.errors import NotFound
from voucher.people import OFFICE_ROLES, Organisation
from voucher.work import Work
from workflows import banning, sight
from workflows.access import roles, signed_in
from workflows.api.answers import PartyAnswer, facts, party
from workflows.api.fields import Answer, Body, Day, Part, Said, Text, Those
from workflows.api.nouns import Noun
from workflows.api.paging import known

bans = Noun("api-bans", __name__, description="Which organisations may not apply, take orders or be paid, until when and why.")

MOST = 500


class BanBody(Body):
    """Through which day, why and by which rule, and whether the other firms of the people behind it are banned too."""

    until = Day(required=True, metadata={"example": "2029-12-31"})
    reason = Text(1000, required=True, metadata={"example": "It sold the voucher."})
    basis = Text(300, required=True, metadata={"example": "Article 21"})
    with_people = fields.Boolean(truthy={True}, falsy={False}, load_default=False, metadata={"example": False})


class LiftBody(Body):
    """Why it is lifted."""

    reason = Text(1000, required=True, metadata={"example": "It was another firm of the same name."})


class BanAnswer(Answer):
    """A ban: from a day through another, or until the day before it was lifted."""

    organisation = Part(PartyAnswer)
    from_on = Day()
    until = Day()
    lifted_on = Day(allow_none=True)
    with_people = fields.Boolean(metadata={"description": "Whether it holds for the other firms of the people behind it too."})
    reason = Said()
    basis = Said(metadata={"description": "The rule on which it rests; empty only of old bans."})


class BansAnswer(Answer):
    """Bans, the newest first."""

    items = Those(Part(BanAnswer))


def told(work: Work, rows: Sequence[Ban]) -> list[dict[str, Any]]:
    """Bans, each with its organisation."""
    firms = known(work.session, Organisation, (row.organisation_id for row in rows))
    named = ("from_on", "until", "lifted_on", "with_people", "reason", "basis")
    return [facts(row, *named) | {"organisation": party(firms[row.organisation_id])} for row in rows]


@bans.reads("/bans", BansAnswer)
@roles(*OFFICE_ROLES)
def list_bans(work: Work, _query: dict[str, Any]) -> dict[str, Any]:
    """List the bans in force, the newest first."""
    standing = select(Ban).where(in_force(work.today)).order_by(col(Ban.id).desc()).limit(MOST)
    return {"items": told(work, work.session.exec(standing).all())}


@bans.reads("/organisations/<organisation>/bans", BansAnswer)
@signed_in
def list_bans_of(work: Work, _query: dict[str, Any], organisation: str) -> dict[str, Any]:
    """List every ban of an organisation: the office of any, a firm its own."""
    firm = fetch(work.session, Organisation, organisation)
    if not sight.from_office(work.actor) and firm.id not in work.actor.organisations():
        raise NotFound
    return {"items": told(work, bans_of(work.session, firm.id))}


@bans.writes("/organisations/<organisation>/ban", BanAnswer, BanBody, status=201)
@roles(*banning.BANNERS)
def ban_organisation(work: Work, body: dict[str, Any], organisation: str) -> dict[str, Any]:
    """Ban an SME or provider from today through a day."""
    return told(work, [banning.ban_organisation(work, organisation, **body)])[0]


@bans.writes("/organisations/<organisation>/lift-ban", BansAnswer, LiftBody)
@roles(*banning.BANNERS)
def lift_ban(work: Work, body: dict[str, Any], organisation: str) -> dict[str, Any]:
    """Lift every ban of an organisation from today on; another person than who banned it."""
    return {"items": told(work, banning.lift_ban(work, organisation, body["reason"]))}
