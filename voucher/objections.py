"""Objections: somebody says, with his name, that a claim should not be paid or a provider not be listed.

What comes without a name is a lead for auditors.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, String, Text
from sqlmodel import Field, Session, col, select

from voucher.claims import Claim
from voucher.database import Row, fetch, lock, one_of
from voucher.orders import Order, lock_order
from voucher.vouchers import Voucher


class ObjectionState(StrEnum):
    """Where an objection is. LEAD: it came without a name, so it holds nothing and auditors look at it."""

    FILED = "filed"
    LEAD = "lead"
    ADMITTED = "admitted"
    INADMISSIBLE = "inadmissible"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class Objection(Row, table=True):
    """What somebody objects to in one claim, or in one listing. Name and contact are the office's to see, and nobody else's.

    `listing_begun_by` is who began the notice of the provider: another person decides. `language` is that of the page on which it was made;
    empty, where nobody knows it: what came by letter or telephone, or before it was kept.
    """

    __tablename__ = "objections"
    __table_args__ = (
        one_of("state", ObjectionState),
        CheckConstraint("(claim_id is null) <> (listing_id is null)", name="is_about_one"),
        CheckConstraint("decided_by <> listing_begun_by", name="decided_by_another"),
        CheckConstraint("state = 'lead' or (name <> '' and contact <> '')", name="has_a_name_unless_a_lead"),
    )

    reference: str = Field(unique=True, max_length=24)
    claim_id: UUID | None = Field(default=None, foreign_key="claims.id", index=True)
    listing_id: UUID | None = Field(default=None, foreign_key="listings.id", index=True)
    listing_begun_by: UUID | None = Field(default=None, foreign_key="people.id")
    state: str = Field(sa_type=String(16), index=True)
    name: str = Field(default="", max_length=120)
    contact: str = Field(default="", max_length=254)
    language: str = Field(default="", max_length=12)
    grounds: str = Field(sa_type=Text)
    filed_at: datetime
    answer: str = Field(default="", sa_type=Text)
    decided_at: datetime | None = None
    decided_by: UUID | None = Field(default=None, foreign_key="people.id")


#: Not decided yet.
OPEN = (ObjectionState.FILED, ObjectionState.ADMITTED)


def is_about_listing(session: Session, reference: str) -> bool:
    """Whether an objection is about a provider in notice, and not about a claim. Raises NotFound."""
    return fetch(session, Objection, reference).listing_id is not None


def objections_to(session: Session, claim_id: UUID, *states: ObjectionState) -> list[Objection]:
    """The objections to a claim, the first one first; those in some states, when named."""
    wanted = select(Objection).where(Objection.claim_id == claim_id).order_by(col(Objection.id))
    return list(session.exec(wanted.where(col(Objection.state).in_(states)) if states else wanted))


def objections_to_listing(session: Session, listing_id: UUID) -> list[Objection]:
    """The objections to a provider, the first one first."""
    return list(session.exec(select(Objection).where(Objection.listing_id == listing_id).order_by(col(Objection.id))))


def lock_objection(session: Session, reference: str) -> tuple[Voucher, Order, Claim, Objection]:
    """An objection with its case, locked in story order. Raises NotFound."""
    seen = session.exec(select(Claim.reference, Order.reference).join(Order, col(Order.id) == Claim.order_id).join(
        Objection, col(Objection.claim_id) == Claim.id).where(Objection.reference == reference)).first()
    if seen is None:
        lock(session, Objection, reference)  # says that there is none
    assert seen is not None
    voucher, order = lock_order(session, seen[1])
    return voucher, order, lock(session, Claim, seen[0]), lock(session, Objection, reference)
