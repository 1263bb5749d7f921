"""The register of invoices: every invoice on which anybody ever claimed, the newest first, and whatever else it stands on.

An invoice has no life of its own: it is a line of a claim, live or not. So the register is a reading of the claims and keeps nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, exists, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from voucher.checks.invoices import INVOICE, same_number
from voucher.claims import Claim, ClaimEvidence, ClaimLine
from voucher.files import StoredFile
from voucher.money import Money
from voucher.orders import Order
from voucher.people import Organisation

_SHA256 = 64


@dataclass(frozen=True)
class RegisteredInvoice:
    """A line of the register. `others` are the other claims on which the same invoice stands, `hashes` the SHA-256 of the files that
    its claim calls the invoice.
    """

    line: ClaimLine
    claim: Claim
    seller: Organisation
    others: tuple[str, ...]
    hashes: tuple[str, ...]

    @property
    def gross(self) -> Money:
        """Net and tax."""
        return self.line.money(self.line.net_minor + self.line.vat_minor)

    @property
    def accepted(self) -> Money | None:
        """What was accepted of it, once somebody has looked at it."""
        return None if self.line.accepted_minor is None else self.line.money(self.line.accepted_minor)

    @property
    def is_live(self) -> bool:
        """Whether its claim still counts, so that nobody else may claim on it."""
        return self.line.invoice_key is not None


def invoices_shown(text: str = "") -> SelectOfScalar[ClaimLine]:
    """The lines of the register, the newest first: those in which a text is found in number, seller, claim or hash of a file."""
    shown = (select(ClaimLine).join(Claim, col(Claim.id) == ClaimLine.claim_id).join(Order, col(Order.id) == Claim.order_id)
             .join(Organisation, col(Organisation.id) == Order.provider_id).order_by(col(ClaimLine.id).desc()))
    text = text.strip()
    if not text:
        return shown
    found = [col(each).icontains(text, autoescape=True) for each in (
        ClaimLine.invoice_number, Organisation.name, Organisation.name_en, Organisation.number, Claim.reference)]
    if len(text) == _SHA256:
        found.append(exists().where(col(ClaimEvidence.claim_id) == Claim.id, col(ClaimEvidence.kind) == INVOICE,
                                    col(StoredFile.id) == ClaimEvidence.file_id, col(StoredFile.sha256) == text.lower()))
    return shown.where(or_(*found))


def registered(session: Session, lines: Sequence[ClaimLine]) -> list[RegisteredInvoice]:
    """These lines with all that the register says of them; the questions do not grow with the lines."""
    about = {claim.id: (claim, seller) for claim, seller in session.exec(
        select(Claim, Organisation).join(Order, col(Order.id) == Claim.order_id)
        .join(Organisation, col(Organisation.id) == Order.provider_id).where(col(Claim.id).in_({line.claim_id for line in lines})))}
    others, hashes = _alike(session, lines), _hashes(session, list(about))
    return [RegisteredInvoice(line, *about[line.claim_id], tuple(dict.fromkeys(
        reference for number, reference in others[line.invoice_shape]
        if reference != about[line.claim_id][0].reference and same_number(number, line.invoice_number))),
        tuple(hashes.get(line.claim_id, ()))) for line in lines]


def _alike(session: Session, lines: Sequence[ClaimLine]) -> dict[str, list[tuple[str, str]]]:
    """The lines that could be of one invoice with one of these, by their shape: number and claim."""
    found: dict[str, list[tuple[str, str]]] = {}
    shapes = {line.invoice_shape for line in lines}
    for shape, number, reference in session.exec(
            select(ClaimLine.invoice_shape, ClaimLine.invoice_number, Claim.reference).join(Claim, col(Claim.id) == ClaimLine.claim_id)
            .where(col(ClaimLine.invoice_shape).in_(shapes)).order_by(Claim.reference)):
        found.setdefault(shape, []).append((number, reference))
    return found


def _hashes(session: Session, claims: Sequence[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for claim, digest in session.exec(
            select(ClaimEvidence.claim_id, StoredFile.sha256).join(StoredFile, col(StoredFile.id) == ClaimEvidence.file_id)
            .where(col(ClaimEvidence.claim_id).in_(claims), ClaimEvidence.kind == INVOICE).order_by(StoredFile.sha256)):
        found.setdefault(claim, []).append(digest)
    return found
