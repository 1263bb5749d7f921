"""The register of invoices, as a table: for the portal's download and the command line. Every look at all of it goes by lots."""

from collections.abc import Iterator

from sqlmodel import Session, col

from voucher.claims import ClaimLine
from voucher.invoices import RegisteredInvoice, invoices_shown, registered
from voucher.people import Role
from voucher.spreadsheets import csv_line

#: Who reads the register of invoices.
READERS = (Role.FINANCE, Role.TREASURY, Role.AUDITOR)

COLUMNS = ("invoice", "issued_on", "seller", "seller_number", "net", "vat", "gross", "accepted", "currency", "claim", "claim_state",
           "counts", "other_claims", "sha256")

#: How many lines are read at a time.
AT_ONCE = 1000


def rows_of(session: Session, text: str = "") -> Iterator[dict[str, str]]:
    """Every line of the register in which a text is found, the newest first: column -> what stands there."""
    shown = invoices_shown(text)
    lines = session.exec(shown.limit(AT_ONCE)).all()
    while lines:
        yield from map(told, registered(session, lines))
        lines = session.exec(shown.where(col(ClaimLine.id) < lines[-1].id).limit(AT_ONCE)).all()


def told(invoice: RegisteredInvoice) -> dict[str, str]:
    """A line of the register in words: amounts as strings, several things with a blank between."""
    line, seller, accepted = invoice.line, invoice.seller, invoice.accepted
    return dict(zip(COLUMNS, (
        line.invoice_number, line.issued_on.isoformat(), seller.name, seller.number, str(line.money(line.net_minor)),
        str(line.money(line.vat_minor)), str(invoice.gross), "" if accepted is None else str(accepted), line.currency,
        invoice.claim.reference, invoice.claim.state, "yes" if invoice.is_live else "no", " ".join(invoice.others),
        " ".join(invoice.hashes)), strict=True))


def as_csv(session: Session, text: str = "") -> str:
    """The register for a spreadsheet. What others typed is never taken for a formula."""
    return "".join([csv_line(COLUMNS), *(csv_line(row.values()) for row in rows_of(session, text))])
