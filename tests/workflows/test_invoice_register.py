"""The register of invoices: all of them, what else each stands on, and for whom it is."""

import csv
from io import StringIO
from pathlib import Path

from tests.builders import SME, House, a_completed_order, a_submitted_claim, a_verified_claim
from tests.voucher.rfc4180 import strictly_read
from tests.voucher.test_spreadsheets import TORN
from tests.workflows.portal.visitors import Visitors, an_app
from voucher.database import get
from voucher.invoices import RegisteredInvoice, invoices_shown, registered
from voucher.people import Organisation
from voucher.work import read
from workflows.claiming import withdraw_claim
from workflows.invoice_register import as_csv


def found(house: House, text: str = "") -> list[RegisteredInvoice]:
    """What the register answers."""
    with read(house.database) as session:
        return registered(session, session.exec(invoices_shown(text)).all())


def test_every_invoice_stands_in_the_register_with_the_claims_that_use_it(house: House) -> None:
    claim = a_verified_claim(house)
    (invoice,) = found(house)
    assert (invoice.claim.reference, str(invoice.gross), str(invoice.accepted), invoice.is_live) == (claim, "106000.00", "106000.00", True)
    assert len(invoice.hashes) == 1 and invoice.others == ()
    for text in (invoice.line.invoice_number[3:9], invoice.seller.number.lower(), claim.lower(), invoice.hashes[0].upper()):
        assert [each.line.id for each in found(house, text)] == [invoice.line.id], text
    assert found(house, "100%") == found(house, "f" * 64) == []
    with read(house.database) as session:
        header, row = as_csv(session).splitlines()
    assert header.startswith("invoice,issued_on,seller")
    assert f",106000.00,106000.00,CNY,{claim},verified,yes,,{invoice.hashes[0]}" in row


def test_an_invoice_that_is_claimed_again_stands_there_twice_and_each_names_the_other(house: House) -> None:
    order = a_completed_order(house)
    first = a_submitted_claim(house, order)
    with house.work(SME) as work:
        withdraw_claim(work, first)
    house.serial = int(found(house)[0].line.invoice_number[5:]) - 1  # the next claim is made on the same invoice
    second = a_submitted_claim(house, order)
    assert [(each.claim.reference, each.others, each.is_live) for each in found(house)] == [
        (second, (first,), True), (first, (second,), False)]


def test_no_name_of_a_seller_tears_a_row(house: House) -> None:
    a_submitted_claim(house)
    with house.work("finance1") as work:
        seller = get(work.session, Organisation, found(house)[0].seller.id)
        seller.name = TORN
        work.session.add(seller)
        work.session.flush()
        text = as_csv(work.session)
    header, row = strictly_read(text)
    assert [header, row] == list(csv.reader(StringIO(text, newline="")))
    assert dict(zip(header, row, strict=True))["seller"] == TORN


def test_the_register_is_for_finance_and_auditors(house: House, tmp_path: Path) -> None:
    a_submitted_claim(house)
    portal = Visitors(an_app(house, tmp_path), house)
    assert "26371" in portal.get("finance1", "/office/invoices").text
    assert portal.get("auditor1", "/office/invoices.csv?find=26371").text.count("\n") == 2
    assert portal.get(SME, "/office/invoices").status_code in (403, 404)
