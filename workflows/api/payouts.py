"""Payouts: one sum to one payee, its settlement statement, and what is paid again."""

from collections.abc import Sequence
from typing import Any

from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.deposits import Deposit
from voucher.errors import NotNow, _
from voucher.files import FileKind, StoredFile, document_of
from voucher.payouts import Batch, Payout, PayoutState
from voucher.people import Organisation
from voucher.work import Work
from workflows import reimbursement, sight
from workflows.access import signed_in
from workflows.api.acts import hang_acts
from workflows.api.answers import PartyAnswer, StepsAnswer, facts, party, steps
from workflows.api.fields import Choice, Day, Instant, MoneyField, Nothing, Part, Reference, Said
from workflows.api.nouns import Noun, takers
from workflows.api.paging import Paged, after, known, narrowed, page, page_of
from workflows.payouts import PAYOUT

payouts = Noun("api-payouts", __name__, description="One sum to one payee for one claim.")


class PayoutQuery(Paged):
    """Which payouts."""

    after = after("Y")
    state = Choice(PayoutState)
    claim = Reference("C")
    batch = Reference("B")


class PayoutAnswer(StepsAnswer):
    """A payout. Its reference is the end-to-end id in the bank's files."""

    reference = Said(metadata={"example": "Y-2026-00001-8"})
    claim = Said(allow_none=True, metadata={"example": "C-2026-00001-8", "description": "The claim that it pays, or"})
    award = Said(allow_none=True, metadata={"description": "the award that it pays, or"})
    deposit = Said(allow_none=True, metadata={"description": "the deposit that it hands on or sends back."})
    payee = Part(PartyAnswer)
    amount = MoneyField()
    offset = MoneyField(metadata={"description": "What was set off against a recovery before."})
    currency = Said(metadata={"example": "CNY"})
    holder = Said()
    account_number = Said()
    bank_name = Said()
    bank_code = Said()
    batch = Said(allow_none=True)
    replaces = Said(allow_none=True, metadata={"description": "The returned payout in whose place it stands."})
    payable_at = Instant()
    not_before = Day(allow_none=True, metadata={"description": "From which day on it is paid, by the rhythm of its programme."})
    settled_on = Day(allow_none=True)
    return_reason = Said()


_FACTS = ("reference", "state", "amount", "currency", "holder", "account_number", "bank_name", "bank_code", "payable_at", "not_before",
          "settled_on", "return_reason")


def told(work: Work, rows: Sequence[Payout]) -> list[dict[str, Any]]:
    """Payouts, as whoever is at work is told of them."""
    claims = known(work.session, Claim, (row.claim_id for row in rows))
    awards = known(work.session, ProviderAward, (row.award_id for row in rows))
    deposits = known(work.session, Deposit, (row.deposit_id for row in rows))
    payees = known(work.session, Organisation, (row.payee_id for row in rows))
    batches = known(work.session, Batch, (row.batch_id for row in rows))
    replaced = known(work.session, Payout, (row.replaces_id for row in rows))
    return [
        facts(row, *_FACTS) | {
            "offset": row.whole - row.amount, "claim": claims[row.claim_id].reference if row.claim_id else None,
            "award": awards[row.award_id].reference if row.award_id else None,
            "deposit": deposits[row.deposit_id].reference if row.deposit_id else None, "payee": party(payees[row.payee_id]),
            "batch": batches[row.batch_id].reference if row.batch_id else None,
            "replaces": replaced[row.replaces_id].reference if row.replaces_id else None,
            "steps": steps(work, PAYOUT, row.state, {})}
        for row in rows]


def told_one(work: Work, row: Payout) -> dict[str, Any]:
    """A payout."""
    return told(work, [row])[0]


@payouts.reads("/payouts", page_of(PayoutAnswer), PayoutQuery)
@signed_in
def list_payouts(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List payouts: the office all of them, a firm those that go to it."""
    shown = narrowed(sight.payouts(work.actor), Payout, query, "state", claim=Claim, batch=Batch)
    rows, following = page(work.session, shown, Payout, query)
    return {"items": told(work, rows), "next": following}


@payouts.reads("/payouts/<payout>", PayoutAnswer)
@signed_in
def show_payout(work: Work, _query: dict[str, Any], payout: str) -> dict[str, Any]:
    """Show a payout."""
    return told(work, [_seen(work, payout)])[0]


def _seen(work: Work, reference: str) -> Payout:
    row = sight.see(work.session, work.actor, reference)
    assert isinstance(row, Payout)
    return row


@payouts.downloads("/payouts/<payout>/settlement-statement", "application/pdf")
@signed_in
def download_settlement_statement(work: Work, payout: str) -> StoredFile:
    """Download the settlement statement of a payout (PDF), once the bank has confirmed it."""
    held = _seen(work, payout)
    file = document_of(work.session, FileKind.SETTLEMENT_STATEMENT, held.reference)
    if file is None:
        raise NotNow(_("There is no settlement statement of {payout} yet: it is made when the bank has confirmed the payment."),
                     payout=held.reference)
    return file


hang_acts(payouts, "Y", PayoutAnswer, told_one)


@payouts.writes("/payouts/<payout>/reissue", PayoutAnswer, Nothing, status=201)
@takers(PAYOUT, "reissue_payout")
def reissue_payout(work: Work, _body: dict[str, Any], payout: str) -> dict[str, Any]:
    """Pay again what the bank returned, to the account that is in force now. Answers the new payout."""
    return told(work, [reimbursement.reissue_payout(work, payout)])[0]
