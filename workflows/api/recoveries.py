"""Recoveries: money that was paid wrongly and is asked for again."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from voucher.errors import NotNow, _
from voucher.files import FileKind, StoredFile, document_of
from voucher.payouts import Payout
from voucher.people import Organisation
from voucher.recoveries import OWED, Recovery, RecoveryState, instalments_of, moves_of, outstanding_of
from voucher.work import Work
from workflows import banning, recovery, sight
from workflows.access import roles, signed_in
from workflows.api.acts import hang_acts
from workflows.api.answers import PartyAnswer, StepsAnswer, facts, party, steps
from workflows.api.bans import BanAnswer
from workflows.api.bans import told as told_bans
from workflows.api.fields import Answer, Body, Choice, Day, MoneyField, Part, Reference, Said, Text, Those
from workflows.api.nouns import Noun, takers
from workflows.api.paging import Paged, after, known, narrowed, page, page_of
from workflows.recovery import RECOVERY

recoveries = Noun("api-recoveries", __name__, description="Money that was paid wrongly and is asked for again.")


class RecoveryQuery(Paged):
    """Which recoveries."""

    after = after("R")
    state = Choice(RecoveryState)
    liable = Reference("N")


class MoveAnswer(Answer):
    """What made a recovery smaller: `how` is collected, offset or written_off."""

    on = Day()
    how = Said(metadata={"example": "collected"})
    amount = MoneyField()
    document = Said()


class InstalmentAnswer(Answer):
    """So much is to be paid by a day."""

    due_on = Day()
    amount = MoneyField()


class RecoveryAnswer(StepsAnswer):
    """A recovery. `sheet` holds the days and rates behind the interest; `outstanding` is nothing before the decision."""

    reference = Said(metadata={"example": "R-2026-00001-2"})
    payout = Said(metadata={"example": "Y-2026-00001-8"})
    liable = Part(PartyAnswer)
    currency = Said(metadata={"example": "CNY"})
    principal = MoneyField()
    interest = MoneyField()
    outstanding = MoneyField(allow_none=True)
    facts = Said()
    basis = Said()
    hearing = Said()
    appeal = Said()
    paid_on = Day()
    heard_on = Day(allow_none=True)
    decided_on = Day(allow_none=True)
    served_on = Day(allow_none=True)
    pay_by = Day(allow_none=True)
    appeal_by = Day(allow_none=True)
    sheet = fields.Dict()
    moves = Those(Part(MoveAnswer))
    instalments = Those(Part(InstalmentAnswer))


class Remittance(Body):
    """By which document it is handed over."""

    document = Text(100, required=True, metadata={"example": "Transfer 7"})


class BanForRecovery(Body):
    """Through which day (without one, as long as the terms say), and whether the other firms of the people behind it are banned too."""

    until = Day(metadata={"example": "2029-12-31"})
    with_people = fields.Boolean(truthy={True}, falsy={False}, load_default=False, metadata={"example": False})


_FACTS = ("reference", "state", "currency", "principal", "interest", "facts", "basis", "hearing", "appeal", "paid_on", "heard_on",
          "decided_on", "served_on", "pay_by", "appeal_by", "sheet")


def told(work: Work, rows: Sequence[Recovery]) -> list[dict[str, Any]]:
    """Recoveries, as whoever is at work is told of them."""
    payouts = known(work.session, Payout, (row.payout_id for row in rows))
    liable = known(work.session, Organisation, (row.liable_id for row in rows))
    return [facts(row, *_FACTS) | {
        "payout": payouts[row.payout_id].reference, "liable": party(liable[row.liable_id]),
        "outstanding": outstanding_of(work.session, row) if row.state in (*OWED, RecoveryState.CLOSED) else None,
        "moves": [{"on": move.effective_on, "how": move.kind, "amount": move.amount, "document": move.document}
                  for move in moves_of(work.session, row.id)],
        "instalments": [{"due_on": each.due_on, "amount": row.money(each.amount_minor)} for each in instalments_of(work.session, row.id)],
        "steps": steps(work, RECOVERY, row.state, recovery.parties_of(work.session, row))} for row in rows]


def told_one(work: Work, row: Recovery) -> dict[str, Any]:
    """A recovery."""
    return told(work, [row])[0]


@recoveries.reads("/recoveries", page_of(RecoveryAnswer), RecoveryQuery)
@signed_in
def list_recoveries(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List recoveries: the office all of them, a firm those for which it is liable."""
    shown = narrowed(sight.recoveries(work.actor), Recovery, query, "state", liable=Organisation)
    rows, following = page(work.session, shown, Recovery, query)
    return {"items": told(work, rows), "next": following}


@recoveries.reads("/recoveries/<recovery>", RecoveryAnswer)
@signed_in
def show_recovery(work: Work, _query: dict[str, Any], recovery: str) -> dict[str, Any]:
    """Show a recovery."""
    return told_one(work, _seen(work, recovery))


def _seen(work: Work, reference: str) -> Recovery:
    row = sight.see(work.session, work.actor, reference)
    assert isinstance(row, Recovery)
    return row


@recoveries.downloads("/recoveries/<recovery>/notice", "application/pdf")
@signed_in
def download_recovery_notice(work: Work, recovery: str) -> StoredFile:
    """Download the notice of a recovery (PDF), once it was served."""
    held = _seen(work, recovery)
    file = document_of(work.session, FileKind.RECOVERY_NOTICE, held.reference)
    if file is None:
        raise NotNow(_("There is no notice of {recovery} yet: it is made when the decision is served."), recovery=held.reference)
    return file


@recoveries.writes("/recoveries/<recovery>/remit", RecoveryAnswer, Remittance)
@takers(RECOVERY, "collect_recovery")
def remit_recovery(work: Work, body: dict[str, Any], recovery: str) -> dict[str, Any]:
    """Hand over to the treasury what came in for it and is still here."""
    return told_one(work, _remit(work, recovery, body["document"]))


_remit = recovery.remit_recovery


@recoveries.writes("/recoveries/<recovery>/ban", BanAnswer, BanForRecovery, status=201)
@roles(*banning.BANNERS)
def ban_for_recovery(work: Work, body: dict[str, Any], recovery: str) -> dict[str, Any]:
    """Ban the party that is liable in a decided recovery."""
    return told_bans(work, [banning.ban_for_recovery(work, recovery, body.get("until"), with_people=body["with_people"])])[0]


hang_acts(recoveries, "R", RecoveryAnswer, told_one)
