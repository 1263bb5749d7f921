"""Appeals: a claimant does not accept that his claim was cut or refused. What is undisputed is paid meanwhile."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, String, Text
from sqlmodel import Field, Session, col, func, select

from voucher.claims import Claim
from voucher.database import Row, among, currency_code, minor_units, one_of
from voucher.history import Event
from voucher.money import Money
from voucher.orders import Order
from voucher.programmes.calculation import Sheet


class AppealState(StrEnum):
    """Where an appeal is."""

    FILED = "filed"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class Appeal(Row, table=True):
    """An appeal against what a decision (an event) cut of a claim; against each decision there is one at most.

    `reserved_minor` is what its order holds again for it while it is decided: what was cut, as far as the voucher, its limits and
    the fund lines have it. Upheld, it gives a claim of its own for what was cut, the supplement,
    which is paid beside the first one.
    """

    __tablename__ = "appeals"
    __table_args__ = (
        one_of("state", AppealState),
        CheckConstraint("reserved_minor >= 0", name="reserved_is_not_negative"),
        CheckConstraint("supplement_id is null or state = 'upheld'", name="upheld_where_it_gave_a_claim"),
        CheckConstraint("decided_at is null or (state <> 'filed' and answer <> '')", name="decided_with_an_answer"),
    )

    reference: str = Field(unique=True, max_length=24)
    claim_id: UUID = Field(foreign_key="claims.id", index=True)
    event_id: UUID = Field(foreign_key="events.id", unique=True)
    state: str = Field(sa_type=String(16), index=True)
    grounds: str = Field(sa_type=Text)
    reserved_minor: int = minor_units()
    currency: str = currency_code()
    filed_at: datetime
    answer: str = Field(default="", sa_type=Text)
    decided_at: datetime | None = None
    supplement_id: UUID | None = Field(default=None, foreign_key="claims.id", unique=True)

    @property
    def reserved(self) -> Money:
        """What the order holds for it."""
        return Money(self.reserved_minor, self.currency)


def appeals_of(session: Session, claim_id: UUID) -> list[Appeal]:
    """The appeals against the decisions on a claim, the first one first."""
    return list(session.exec(select(Appeal).where(Appeal.claim_id == claim_id).order_by(col(Appeal.id))))


def appeal_of(session: Session, claim_id: UUID) -> Appeal | None:
    """The appeal on a claim that is to be decided next; else the last one that was made, if one was."""
    made = appeals_of(session, claim_id)
    return next((each for each in made if each.state == AppealState.FILED), made[-1] if made else None)


def cut_of(session: Session, claim: Claim, approved: Money) -> Money:
    """What was cut of a claim of which so much is approved, as far as nobody has appealed against it yet.

    A claim that is decided anew asks for what was approved before; what was cut then is cut again, unless it was appealed against: then
    what that decision approved is what counts.
    """
    made = appeals_of(session, claim.id)
    if not made:
        return Sheet.from_json(claim.sheet["requested"]).result - approved
    return Money.parse(session.get_one(Event, made[-1].event_id).data["approved"], claim.currency) - approved


def appeal_behind(session: Session, claim_id: UUID) -> Appeal | None:
    """The appeal that gave a claim, if one did."""
    return session.exec(select(Appeal).where(Appeal.supplement_id == claim_id)).first()


def began_with(session: Session, claims: Collection[UUID]) -> dict[UUID, UUID]:
    """The claim with which each of these began: itself, or the one of which appeals gave back what was cut. They ask for one cost."""
    began = {claim: claim for claim in claims}
    while found := dict(session.exec(select(Appeal.supplement_id, Appeal.claim_id).where(
            col(Appeal.supplement_id).in_(set(began.values())))).all()):
        began = {claim: found.get(first, first) for claim, first in began.items()}
    return began


def reserved_for_appeals(session: Session, order: Order) -> Money:
    """What an order holds for appeals that are not decided."""
    held = select(func.coalesce(func.sum(Appeal.reserved_minor), 0)).join(Claim, col(Claim.id) == Appeal.claim_id)
    return order.money(int(session.exec(held.where(Claim.order_id == order.id, Appeal.state == AppealState.FILED)).one()))


def appeals_on_vouchers(session: Session, vouchers: Collection[UUID]) -> dict[UUID, int]:
    """How many appeals were made on claims on each of these vouchers, where any was; asked in one statement."""
    made = (select(Order.voucher_id, func.count()).join(Claim, col(Claim.order_id) == Order.id)
            .join(Appeal, col(Appeal.claim_id) == Claim.id).where(among(col(Order.voucher_id), vouchers)).group_by(col(Order.voucher_id)))
    return dict(session.exec(made).all())


def undecided_appeals_on(session: Session, orders: Collection[UUID]) -> bool:
    """Whether an appeal against a decision on a claim of these orders waits for its own decision."""
    waiting = select(Appeal.id).join(Claim, col(Claim.id) == Appeal.claim_id)
    return session.exec(waiting.where(col(Claim.order_id).in_(orders), Appeal.state == AppealState.FILED)).first() is not None
