"""Payouts: one sum to one payee for one claim, one award or one deposit, and the batches in which they go to the bank."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, Index, String, UniqueConstraint, and_, exists, text
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, SQLModel, col, select

from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.database import Row, currency_code, lock_by_id, minor_units, one_of
from voucher.deposits import Deposit
from voucher.errors import NotNow, _
from voucher.history import Event
from voucher.money import Money


class PayoutState(StrEnum):
    """Where a payout is. WAITING: something has to end first, such as a public notice. SETTLED: the bank has confirmed it.
    REPLACED: a new one went to a mended account. CANCELLED: what it was for is approved no more. OFFSET: all of it was set off
    against what its payee has to pay back.
    """

    WAITING = "waiting"
    PAYABLE = "payable"
    GATHERED = "gathered"
    RELEASED = "released"
    SENT = "sent"
    SETTLED = "settled"
    RETURNED = "returned"
    REPLACED = "replaced"
    OFFSET = "offset"
    CANCELLED = "cancelled"


#: Paid: by the bank, or past it, as what was set off.
PAID = (PayoutState.SETTLED, PayoutState.OFFSET)

#: Gone: the checks have nothing to stop any more.
GONE = (PayoutState.SENT, *PAID)

#: Out of our hands for good: paid, or never to be paid by this payout.
OUT_OF_HAND = (*PAID, PayoutState.REPLACED, PayoutState.CANCELLED)

#: What is still in the house: in no batch, and so nobody's but ours.
AT_HAND = (PayoutState.WAITING, PayoutState.PAYABLE)


_ONE_SOURCE = " + ".join(f"case when {column} is null then 0 else 1 end" for column in ("claim_id", "award_id", "deposit_id")) + " = 1"


class Payout(Row, table=True):
    """One sum to one payee, for a claim, for an award or out of a deposit, never for two of them.

    Its reference is the end-to-end id in the bank's files (ISO 20022 EndToEndId).

    The account is a copy made when the payout became payable: what was sent where must not change later. `not_before` is the day from which
    its programme pays what became payable then; empty, when that is any day. `amount_minor` is
    what goes to the bank; `offset_minor` was set off before against what the payee has to pay back. It is `restored` when its money came
    back in a later year than it was paid: this payout's, or that of one which it replaces.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        one_of("state", PayoutState),
        CheckConstraint("amount_minor > 0 or (amount_minor = 0 and state = 'offset')", name="amount_is_positive"),
        CheckConstraint("offset_minor >= 0", name="offset_is_not_negative"),
        CheckConstraint("batch_id is not null or state in ('waiting', 'payable', 'returned', 'replaced', 'offset', 'cancelled')",
                        name="on_the_way_in_a_batch"),
        Index("uq_payouts_one_live_payout_a_claim", "claim_id", unique=True,
              sqlite_where=text("state not in ('replaced', 'cancelled')"),
              postgresql_where=text("state not in ('replaced', 'cancelled')")),
        Index("uq_payouts_one_live_payout_an_award", "award_id", unique=True,
              sqlite_where=text("state not in ('replaced', 'cancelled')"),
              postgresql_where=text("state not in ('replaced', 'cancelled')")),
        CheckConstraint(_ONE_SOURCE, name="has_one_source"),
        CheckConstraint("deposit_id is null or offset_minor = 0", name="deposits_are_not_set_off"),
    )

    reference: str = Field(unique=True, max_length=24)
    claim_id: UUID | None = Field(default=None, foreign_key="claims.id", index=True)
    award_id: UUID | None = Field(default=None, foreign_key="awards.id", index=True)
    deposit_id: UUID | None = Field(default=None, foreign_key="deposits.id", index=True)
    payee_id: UUID = Field(foreign_key="organisations.id", index=True)
    batch_id: UUID | None = Field(default=None, foreign_key="batches.id", index=True)
    replaces_id: UUID | None = Field(default=None, foreign_key="payouts.id", unique=True)
    state: str = Field(sa_type=String(16), index=True)
    amount_minor: int = minor_units()
    offset_minor: int = minor_units(default=0)
    currency: str = currency_code()
    holder: str = Field(max_length=200)
    account_number: str = Field(max_length=34)
    bank_name: str = Field(default="", max_length=200)
    bank_code: str = Field(default="", max_length=35)
    payable_at: datetime
    not_before: date | None = None
    settled_on: date | None = None
    return_reason: str = Field(default="", max_length=200)
    restored: bool = False

    @property
    def amount(self) -> Money:
        """How much goes to the bank."""
        return Money(self.amount_minor, self.currency)

    @property
    def whole(self) -> Money:
        """How much was owed, with what was set off."""
        return Money(self.amount_minor + self.offset_minor, self.currency)


class BatchState(StrEnum):
    """Where a batch is. SIGNED: one of two releasers has signed. EXPORTED: the bank's files are made."""

    GATHERED = "gathered"
    SIGNED = "signed"
    RELEASED = "released"
    EXPORTED = "exported"
    DISSOLVED = "dissolved"


class Batch(Row, table=True):
    """Payouts that go to the bank together. `digest` is the SHA-256 over what is in it, as gathered."""

    __tablename__ = "batches"
    __table_args__ = (one_of("state", BatchState),)

    reference: str = Field(unique=True, max_length=24)
    state: str = Field(sa_type=String(16), index=True)
    gathered_by: UUID = Field(foreign_key="people.id")
    gathered_at: datetime
    execution_on: date
    digest: str = Field(max_length=64)


class BatchSignature(SQLModel, table=True):
    """A person released a batch. Two of these let it go; a person has one."""

    __tablename__ = "batch_signatures"

    batch_id: UUID = Field(primary_key=True, foreign_key="batches.id")
    person_id: UUID = Field(primary_key=True, foreign_key="people.id")
    at: datetime


class PaymentFile(Row, table=True):
    """The bank file of a batch for one currency: made once, downloaded as often as wanted."""

    __tablename__ = "payment_files"
    __table_args__ = (UniqueConstraint("batch_id", "currency"),)

    batch_id: UUID = Field(foreign_key="batches.id", index=True)
    currency: str = currency_code()
    message_id: str = Field(unique=True, max_length=35)
    file_id: UUID = Field(foreign_key="files.id")


def held_back() -> ColumnElement[bool]:
    """Of batches in a question: something kept them from going to the bank after their release, and nobody has dissolved them."""
    said = aliased(Event)
    return and_(col(Batch.state) == BatchState.RELEASED,
                exists().where(col(said.subject) == Batch.reference, col(said.name) == "batch.held_back"))


def lock_source(session: Session, payout: Payout) -> Claim | ProviderAward | Deposit:
    """What a payout pays, its claim, award or deposit, locked: in story order it comes before the payout itself."""
    if payout.deposit_id is not None:
        return lock_by_id(session, Deposit, payout.deposit_id)
    if payout.award_id is not None:
        return lock_by_id(session, ProviderAward, payout.award_id)
    return lock_by_id(session, Claim, claim_of(payout))


def claim_of(payout: Payout) -> UUID:
    """The claim that a payout pays. Raises NotNow when it pays an award, or hands on a deposit."""
    if payout.deposit_id is not None:
        raise NotNow(_("{payout} is the firm's own money and no subsidy."), payout=payout.reference)
    if payout.claim_id is None:
        raise NotNow(_("{payout} pays an award, not a claim."), payout=payout.reference)
    return payout.claim_id


def live_payout_of(session: Session, claim_id: UUID) -> Payout | None:
    """The payout of a claim that counts, locked until the work ends; None when there is none."""
    live = select(Payout).where(Payout.claim_id == claim_id, col(Payout.state).not_in([PayoutState.REPLACED, PayoutState.CANCELLED]))
    return session.exec(live.with_for_update(key_share=True).execution_options(populate_existing=True)).first()


def payouts_in(session: Session, batch_id: UUID) -> list[Payout]:
    """The payouts of a batch in the order of their references."""
    return list(session.exec(select(Payout).where(Payout.batch_id == batch_id).order_by(col(Payout.reference))))


def payouts_of(session: Session, claim_id: UUID) -> list[Payout]:
    """The payouts of a claim, the first one first."""
    return list(session.exec(select(Payout).where(Payout.claim_id == claim_id).order_by(col(Payout.id))))


def signatures_of(session: Session, batch_id: UUID) -> list[BatchSignature]:
    """Who released a batch, in order."""
    return list(session.exec(select(BatchSignature).where(BatchSignature.batch_id == batch_id)
                             .order_by(col(BatchSignature.at))))


def payment_files_of(session: Session, batch_id: UUID) -> list[PaymentFile]:
    """The bank files of a batch, one a currency."""
    return list(session.exec(select(PaymentFile).where(PaymentFile.batch_id == batch_id)
                             .order_by(col(PaymentFile.currency))))
