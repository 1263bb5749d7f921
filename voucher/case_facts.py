"""The facts that checks are told, read for many claims at once: the number of questions does not grow with the claims."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from voucher.checks.facts import Facts, Firm, Invoice, Paper, Purchase
from voucher.claims import Claim, ClaimEvidence, ClaimLine, ClaimState
from voucher.files import StoredFile
from voucher.orders import Order
from voucher.people import Organisation
from voucher.programmes.programmes import Programme
from voucher.vouchers import Voucher

# A claim that was refused or withdrawn leaves its papers free for another.
_OVER = (ClaimState.REFUSED, ClaimState.WITHDRAWN)


def facts_of(session: Session, claims: Collection[UUID], today: date) -> dict[UUID, Facts]:
    """The facts of these claims, by claim."""
    sme, provider = aliased(Organisation), aliased(Organisation)
    rows = session.exec(
        select(Claim, Order, Programme.code, sme, provider)  # type: ignore[call-overload]
        .join(Order, col(Order.id) == Claim.order_id).join(Voucher, col(Voucher.id) == Order.voucher_id)
        .join(Programme, col(Programme.id) == Voucher.programme_id).join(sme, col(sme.id) == Voucher.sme_id)
        .join(provider, col(provider.id) == Order.provider_id).where(col(Claim.id).in_(claims))).all()
    lines, other_lines = _lines(session, claims)
    papers, other_papers = _papers(session, claims)
    found = {}
    for claim, order, programme, firm, seller in rows:
        buyer, sells = _firm(firm), _firm(seller)
        found[claim.id] = Facts(
            claim=claim.reference, programme=programme, today=today, sme=buyer, provider=sells,
            claimant=buyer if claim.claimant_id == firm.id else sells, order=_purchase(order, firm.reference, seller.reference),
            lines=lines[claim.id], papers=papers[claim.id], other_lines=other_lines[claim.id], other_papers=other_papers[claim.id])
    return found


def _firm(held: Organisation) -> Firm:
    return Firm(held.reference, held.name, f"{held.country}:{held.number}", held.group)


def _purchase(order: Order, sme: str, provider: str) -> Purchase:
    return Purchase(order.reference, sme, provider, order.service_type, order.placed_on, order.net, order.title, order.item,
                    order.quantity)


def _before(claims: Iterable[UUID], other: UUID) -> list[UUID]:
    """The claims that came after the other one: they have to explain what they share with it, not it."""
    return [claim for claim in claims if other < claim]


def _lines(session: Session, claims: Collection[UUID]) -> tuple[dict[UUID, list[Invoice]], dict[UUID, list[Invoice]]]:
    """The lines of each claim, and those of earlier claims that are like one of them."""
    own, other = defaultdict(list), defaultdict(list)
    by_shape: dict[str, set[UUID]] = defaultdict(set)
    for line, *about in _select_lines(session, col(ClaimLine.claim_id).in_(claims)):
        own[line.claim_id].append(_invoice(line, *about))
        by_shape[line.invoice_shape].add(line.claim_id)
    for line, *about in _select_lines(session, col(ClaimLine.invoice_shape).in_([each for each in by_shape if each]),
                                      col(Claim.state).not_in(_OVER)):
        for claim in _before(by_shape[line.invoice_shape], line.claim_id):
            other[claim].append(_invoice(line, *about))
    return own, other


def _select_lines(session: Session, *which: Any) -> Sequence[Any]:
    return session.exec(
        select(ClaimLine, Claim.reference, Organisation, Programme.code).join(Claim, col(Claim.id) == ClaimLine.claim_id)
        .join(Order, col(Order.id) == Claim.order_id).join(Organisation, col(Organisation.id) == Order.provider_id)
        .join(Voucher, col(Voucher.id) == Order.voucher_id).join(Programme, col(Programme.id) == Voucher.programme_id)
        .where(*which).order_by(col(ClaimLine.claim_id), col(ClaimLine.number))).all()


def _invoice(line: ClaimLine, claim: str, seller: Organisation, programme: str) -> Invoice:
    return Invoice(claim, line.number, f"{seller.country}:{seller.number}", line.invoice_number, line.issued_on,
                   line.money(line.net_minor), line.description, programme)


def _papers(session: Session, claims: Collection[UUID]) -> tuple[dict[UUID, list[Paper]], dict[UUID, list[Paper]]]:
    """The papers of each claim, and those of earlier claims with the same bytes."""
    own, other = defaultdict(list), defaultdict(list)
    by_bytes: dict[str, set[UUID]] = defaultdict(set)
    for claim, paper in _select_papers(session, col(ClaimEvidence.claim_id).in_(claims)):
        own[claim].append(paper)
        by_bytes[paper.sha256].add(claim)
    for claim, paper in _select_papers(session, col(StoredFile.sha256).in_(list(by_bytes)), col(Claim.state).not_in(_OVER)):
        for later in _before(by_bytes[paper.sha256], claim):
            other[later].append(paper)
    return own, other


def _select_papers(session: Session, *which: Any) -> list[tuple[UUID, Paper]]:
    rows = session.exec(
        select(Claim.id, Claim.reference, ClaimEvidence.kind, StoredFile.reference,  # type: ignore[call-overload]
               StoredFile.sha256, Organisation, Programme.code)
        .join(ClaimEvidence, col(ClaimEvidence.claim_id) == Claim.id).join(StoredFile, col(StoredFile.id) == ClaimEvidence.file_id)
        .join(Order, col(Order.id) == Claim.order_id).join(Organisation, col(Organisation.id) == Order.provider_id)
        .join(Voucher, col(Voucher.id) == Order.voucher_id).join(Programme, col(Programme.id) == Voucher.programme_id)
        .where(*which).order_by(col(ClaimEvidence.claim_id), col(ClaimEvidence.id)))
    return [(claim, Paper(reference, kind, file, sha256, f"{seller.country}:{seller.number}", programme))
            for claim, reference, kind, file, sha256, seller, programme in rows]
