"""Batches: payouts that go to the bank together, released by two people."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, func, select

from voucher.database import fetch
from voucher.errors import NotFound
from voucher.files import StoredFile
from voucher.money import Money
from voucher.payouts import Batch, BatchState, Payout, payment_files_of, payouts_in, signatures_of
from voucher.people import OFFICE_ROLES, Person, Role
from voucher.work import Work
from workflows import reimbursement
from workflows.access import roles
from workflows.api.answers import StepsAnswer, facts, steps
from workflows.api.fields import (
    Answer,
    Body,
    Choice,
    Day,
    Instant,
    MoneyField,
    Nothing,
    Number,
    Part,
    Reason,
    Reference,
    Said,
    Several,
    Those,
)
from workflows.api.nouns import Noun, takers
from workflows.api.paging import Paged, after, known, narrowed, page, page_of
from workflows.reimbursement import BATCH, MOST_IN_A_BATCH

batches = Noun("api-batches", __name__, description="Payouts in one bank file, gathered by one person and released by two others.")


class Gathering(Body):
    """Which payouts, and the day on which the bank is to pay. Without `payouts` all that are payable."""

    payouts = Several(Reference("Y"), MOST_IN_A_BATCH)
    execution_on = Day(required=True)


class BatchQuery(Paged):
    """Which batches."""

    after = after("B")
    state = Choice(BatchState)


class TotalAnswer(Answer):
    """The sum of a batch in one currency."""

    currency = Said()
    amount = MoneyField()
    count = Number()


class SignatureAnswer(Answer):
    """Who released it, and when."""

    person = Said()
    at = Instant()


class PaymentFileAnswer(Answer):
    """The bank's file for a currency (pain.001)."""

    currency = Said()
    message_id = Said()
    file = Said()
    sha256 = Said()


class BatchAnswer(StepsAnswer):
    """A batch. Payouts, signatures and files come when one batch is asked for."""

    reference = Said(metadata={"example": "B-2026-00001-6"})
    execution_on = Day()
    gathered_by = Said()
    gathered_at = Instant()
    digest = Said(metadata={"description": "SHA-256 over what is in it, as gathered."})
    totals = Those(Part(TotalAnswer))
    payouts = Those(Said())
    signatures = Those(Part(SignatureAnswer))
    files = Those(Part(PaymentFileAnswer))


def told(work: Work, rows: Sequence[Batch]) -> list[dict[str, Any]]:
    """Batches with their sums."""
    people = known(work.session, Person, (row.gathered_by for row in rows))
    sums = work.session.exec(
        select(Payout.batch_id, Payout.currency, func.sum(Payout.amount_minor), func.count())
        .where(col(Payout.batch_id).in_([row.id for row in rows])).group_by(col(Payout.batch_id), col(Payout.currency))
        .order_by(col(Payout.currency))).all()
    return [
        facts(row, "reference", "state", "execution_on", "gathered_at", "digest") | {
            "gathered_by": people[row.gathered_by].name, "steps": steps(work, BATCH, row.state, {}),
            "totals": [{"currency": currency, "amount": Money(int(minor), currency), "count": count}
                       for batch, currency, minor, count in sums if batch == row.id]}
        for row in rows]


def told_one(work: Work, row: Batch) -> dict[str, Any]:
    """A batch with what is in it, who released it, and its files."""
    signatures = signatures_of(work.session, row.id)
    people = known(work.session, Person, (each.person_id for each in signatures))
    made = payment_files_of(work.session, row.id)
    files = known(work.session, StoredFile, (each.file_id for each in made))
    return told(work, [row])[0] | {
        "payouts": [each.reference for each in payouts_in(work.session, row.id)],
        "signatures": [{"person": people[each.person_id].name, "at": each.at} for each in signatures],
        "files": [{"currency": each.currency, "message_id": each.message_id, "file": files[each.file_id].reference,
                   "sha256": files[each.file_id].sha256} for each in made]}


@batches.reads("/batches", page_of(BatchAnswer), BatchQuery)
@roles(*OFFICE_ROLES)
def list_batches(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List batches."""
    shown = narrowed(select(Batch).order_by(col(Batch.id).desc()), Batch, query, "state")
    rows, following = page(work.session, shown, Batch, query)
    return {"items": told(work, rows), "next": following}


@batches.writes("/batches", BatchAnswer, Gathering, status=201)
@takers(BATCH, "gather_batch")
def gather_batch(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Gather payable payouts for the bank to pay on a day."""
    return told_one(work, reimbursement.gather_batch(work, body.get("payouts"), body["execution_on"]))


@batches.reads("/batches/<batch>", BatchAnswer)
@roles(*OFFICE_ROLES)
def show_batch(work: Work, _query: dict[str, Any], batch: str) -> dict[str, Any]:
    """Show a batch."""
    return told_one(work, fetch(work.session, Batch, batch))


@batches.writes("/batches/<batch>/release", BatchAnswer, Nothing)
@takers(BATCH, "sign_batch", "release_batch")
def release_batch(work: Work, _body: dict[str, Any], batch: str) -> dict[str, Any]:
    """Sign for the release of a batch; the second signature lets it go to the bank."""
    return told_one(work, reimbursement.release_batch(work, batch))


@batches.writes("/batches/<batch>/dissolve", BatchAnswer, Reason)
@takers(BATCH, "dissolve_batch")
def dissolve_batch(work: Work, body: dict[str, Any], batch: str) -> dict[str, Any]:
    """Take a batch apart before it is released; its payouts are payable again."""
    return told_one(work, reimbursement.dissolve_batch(work, batch, body["reason"]))


@batches.downloads("/batches/<batch>/files/<currency>", "application/xml")
@roles(Role.FINANCE, Role.TREASURY, Role.AUDITOR)
def download_payment_file(work: Work, batch: str, currency: str) -> StoredFile:
    """Download the bank's file for a currency (pain.001), once it is made."""
    held = fetch(work.session, Batch, batch)
    for each in payment_files_of(work.session, held.id):
        if each.currency == currency:
            return work.session.get_one(StoredFile, each.file_id)
    raise NotFound
