"""Invoices: every one on which anybody claimed, and on what else it stands."""

from typing import Any

from voucher.claims import ClaimLine
from voucher.invoices import invoices_shown, registered
from voucher.work import Work
from workflows.access import roles
from workflows.api.answers import PartyAnswer, facts, party
from workflows.api.fields import Answer, Day, Key, Part, Said, Text, Those, YesNo
from workflows.api.nouns import Noun
from workflows.api.paging import Paged, page, page_of
from workflows.invoice_register import READERS

invoices = Noun("api-invoices", __name__, description="Every invoice on which anybody claimed, and on what else it stands.")


class InvoiceQuery(Paged):
    """Which invoices."""

    after = Key(metadata={"description": "`next` of the page before."})
    find = Text(200, metadata={"example": "26371000000000001", "description": "In number, seller or claim; or the SHA-256 of a file."})


class RegisteredInvoiceAnswer(Answer):
    """An invoice on a claim. `counts`: the claim is alive, so nobody else may claim on it. `others` are the other claims on which it
    stands, `hashes` the SHA-256 of the files that the claim calls the invoice.
    """

    id = Key()
    number = Said(metadata={"example": "26371000000000001"})
    issued_on = Day()
    seller = Part(PartyAnswer)
    net = Said(metadata={"example": "100000.00"})
    vat = Said(metadata={"example": "6000.00"})
    gross = Said(metadata={"example": "106000.00"})
    accepted = Said(allow_none=True, metadata={"example": "100000.00"})
    currency = Said(metadata={"example": "CNY"})
    claim = Said(metadata={"example": "C-2026-00001-8"})
    claim_state = Said(metadata={"example": "approved"})
    counts = YesNo()
    others = Those(Said())
    hashes = Those(Said())


@invoices.reads("/invoices", page_of(RegisteredInvoiceAnswer), InvoiceQuery)
@roles(*READERS)
def list_invoices(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List the register of invoices."""
    lines, following = page(work.session, invoices_shown(query.get("find", "")), ClaimLine, query, "id")
    return {"items": [facts(each.line, "id", "issued_on", "currency") | {
        "number": each.line.invoice_number, "seller": party(each.seller), "net": str(each.line.money(each.line.net_minor)),
        "vat": str(each.line.money(each.line.vat_minor)), "gross": str(each.gross),
        "accepted": None if each.accepted is None else str(each.accepted), "claim": each.claim.reference,
        "claim_state": each.claim.state, "counts": each.is_live, "others": list(each.others), "hashes": list(each.hashes)}
        for each in registered(work.session, lines)], "next": following}
