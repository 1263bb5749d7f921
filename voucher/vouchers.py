"""Vouchers: from an SME's application to the last cent of what it may use."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.event import listens_for
from sqlmodel import Field

from voucher.database import Row, currency_code, minor_units, one_of
from voucher.errors import NotNow, _
from voucher.money import Money
from voucher.people import LONGEST_BARE, bare


class VoucherState(StrEnum):
    """Where a voucher is. How much of it is used stands in the books.

    SURRENDERING: its holder gives it back as soon as those who work for it have agreed. HEARING, HEARD: it may be revoked, and its
    holder is heard first.
    """

    SUBMITTED = "submitted"
    QUESTIONED = "questioned"
    REVIEWED = "reviewed"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    OFFER_LAPSED = "offer_lapsed"
    ISSUED = "issued"
    REJECTED = "rejected"
    APPEALED = "appealed"
    DISMISSED = "dismissed"
    LAPSED = "lapsed"
    FROZEN = "frozen"
    SURRENDERING = "surrendering"
    SURRENDERED = "surrendered"
    CANCELLED = "cancelled"
    HEARING = "hearing"
    HEARD = "heard"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"


#: Applied for, and neither issued nor over.
UNDECIDED = (VoucherState.SUBMITTED, VoucherState.QUESTIONED, VoucherState.REVIEWED, VoucherState.WAITLISTED, VoucherState.OFFERED,
             VoucherState.APPEALED)

#: Nothing is ordered, claimed or paid on these until somebody has looked into something.
STOPPED_STATES = (VoucherState.FROZEN, VoucherState.HEARING, VoucherState.HEARD)

#: What is freed on these, by an order that comes to nothing, cannot be used any more.
ENDED_STATES = (VoucherState.SURRENDERED, VoucherState.CANCELLED, VoucherState.REVOKED)

#: Issued and not ended: what is left of it is still its holder's.
HELD_STATES = (VoucherState.ISSUED, VoucherState.SURRENDERING, *STOPPED_STATES)

#: From its issue on: there are entries about it in the books.
ISSUED_STATES = (*HELD_STATES, *ENDED_STATES)


class Voucher(Row, table=True):
    """An SME's entitlement of up to `amount_minor` under one version of a programme's terms.

    It begins as an application; `issued_on`, `use_by` and `claim_by` are days in the programme's zone and known once it
    is issued. Where the terms count its time from its activation, `activated_on` is empty until then, and `use_by` is the last day for
    that. `firm_class` is the class of the SME at the time of application; `employees`, `turnover_minor` (a
    year's) and `founded_on` are what it said of itself then. `service_group` is the type of voucher, where
    the programme's money is cut by types. `team` and `person` are for whom it is, as the office knows them, where limits are
    counted so, and `bare_team` and `bare_person` the same as they are compared, kept by themselves. `mandate_id` is the mandate signed
    by the firm that came with the application. `waits_since` and `rank`
    belong to the waiting list, on which an application is
    that was approved when the money was gone. `extensions` counts how often its time was made longer, `frozen_on` is the day
    since which it is frozen, `warned_days` how many days before its last day its holder was last told, and `expired_on` the
    day on which what was left of it expired. `grace_until` is until when its orders may come on that nothing held to the last day of
    use when they were placed; it never makes that day earlier.
    """

    __tablename__ = "vouchers"
    __table_args__ = (one_of("state", VoucherState), CheckConstraint("amount_minor > 0", name="amount_is_positive"),
                      CheckConstraint("activated_on is null or activated_on >= issued_on", name="activated_after_its_issue"),
                      CheckConstraint("state <> 'frozen' or frozen_on is not null", name="frozen_since_a_day"),
                      Index("ix_vouchers_last_day", "state", "use_by"))

    reference: str = Field(unique=True, max_length=24)
    programme_id: UUID = Field(foreign_key="programmes.id", index=True)
    terms_id: UUID = Field(foreign_key="terms_versions.id")
    fund_line_id: UUID | None = Field(default=None, foreign_key="fund_lines.id", index=True)
    sme_id: UUID = Field(foreign_key="organisations.id", index=True)
    state: str = Field(sa_type=String(16), index=True)
    amount_minor: int = minor_units()
    currency: str = currency_code()
    firm_class: str = Field(default="", max_length=64)
    employees: int | None = None
    turnover_minor: int | None = minor_units(default=None, nullable=True)
    founded_on: date | None = None
    service_group: str = Field(default="", max_length=64)
    team: str = Field(default="", max_length=64)
    person: str = Field(default="", max_length=64)
    bare_team: str = Field(default="", index=True, max_length=LONGEST_BARE, sa_column_kwargs={"server_default": ""})
    bare_person: str = Field(default="", index=True, max_length=LONGEST_BARE, sa_column_kwargs={"server_default": ""})
    purpose: str = Field(default="", sa_type=Text)
    mandate_id: UUID | None = Field(default=None, foreign_key="files.id")
    applied_at: datetime
    issued_on: date | None = None
    activated_on: date | None = None
    use_by: date | None = None
    claim_by: date | None = None
    waits_since: datetime | None = None
    rank: int | None = None
    extensions: int = 0
    frozen_on: date | None = None
    warned_days: int | None = None
    expired_on: date | None = None
    grace_until: date | None = None

    @property
    def amount(self) -> Money:
        """Its face."""
        return Money(self.amount_minor, self.currency)

    @property
    def turnover(self) -> Money | None:
        """A year's turnover of the SME, as it said when it applied."""
        return None if self.turnover_minor is None else Money(self.turnover_minor, self.currency)


@listens_for(Voucher, "before_insert")
@listens_for(Voucher, "before_update")
def _keep_bare(_mapper: object, _connection: object, held: Voucher) -> None:
    held.bare_team, held.bare_person = bare(held.team), bare(held.person)


def refuse_frozen(voucher: Voucher) -> None:
    """Raises NotNow while a voucher is frozen, may be revoked or was: nothing is ordered, claimed or paid on it."""
    if voucher.state in STOPPED_STATES:
        raise NotNow(_("This voucher is frozen. Nothing is ordered, claimed or paid on it until that ends."))
    refuse_revoked(voucher)


def refuse_given_back(voucher: Voucher) -> None:
    """Raises NotNow while the holder of a voucher asks to give it back: its orders wait for that."""
    if voucher.state == VoucherState.SURRENDERING:
        raise NotNow(_("The holder asks to give this voucher back. That has to be answered, or withdrawn, first."))


def refuse_revoked(voucher: Voucher) -> None:
    """Raises NotNow when a voucher was revoked."""
    if voucher.state == VoucherState.REVOKED:
        raise NotNow(_("This voucher was revoked. Nothing is claimed or paid on it any more."))
