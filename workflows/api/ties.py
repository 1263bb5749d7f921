"""Ties: who is tied to whom, from when until when. For the office."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, or_

from voucher.database import fetch
from voucher.people import OFFICE_ROLES, Organisation
from voucher.ties import Tie, organisation_node
from voucher.work import Work
from workflows import relating
from workflows.access import roles
from workflows.api.answers import facts
from workflows.api.fields import Answer, Body, Day, Instant, Number, Part, Reference, Said, Those
from workflows.api.nouns import Noun

ties = Noun("api-ties", __name__, description="Owners, officers, relatives, addresses, telephones and accounts, with their time.")

MOST = 500


class TieQuery(Body):
    """Whose ties."""

    organisation = Reference("N", required=True)


class TieAnswer(Answer):
    """A tie between two nodes."""

    left_node = Said(metadata={"example": "org:CN:91371000MA3XXXXX0A"})
    left_name = Said()
    tie = Said(metadata={"example": "shareholder"})
    right_node = Said(metadata={"example": "person:371000198001010011"})
    right_name = Said()
    from_on = Day(allow_none=True)
    until_on = Day(allow_none=True)
    source = Said()
    entered_at = Instant()


class TiesAnswer(Answer):
    """Ties of an organisation."""

    items = Those(Part(TieAnswer))


class EnteredAnswer(Answer):
    """How many ties were new."""

    entered = Number()


def told(rows: Sequence[Tie]) -> dict[str, Any]:
    """Ties as they were entered."""
    return {"items": [facts(row, "left_node", "left_name", "tie", "right_node", "right_name", "from_on", "until_on", "source",
                            "entered_at") for row in rows]}


@ties.reads("/ties", TiesAnswer, TieQuery)
@roles(*OFFICE_ROLES)
def list_ties(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List the ties of an organisation, the newest first."""
    node = organisation_node(fetch(work.session, Organisation, query["organisation"]))
    shown = relating.ties_shown().where(or_(col(Tie.left_node) == node, col(Tie.right_node) == node))
    return told(work.session.exec(shown.limit(MOST)).all())


@ties.takes("/ties", EnteredAnswer, {"text/csv": ",".join(relating.COLUMNS) + "\n"})
@roles(*relating.RELATERS)
def import_ties(work: Work, content: bytes) -> dict[str, Any]:
    """Enter every tie of a table (CSV in UTF-8), all or none."""
    return {"entered": len(relating.import_ties(work, content))}
