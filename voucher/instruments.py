"""Uses of instruments: the thousands of small services, a line of a log each, that the invoices of one claim are made of."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, insert, true
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, col, delete, func, or_, select, update

from voucher.checks.invoices import one_alphabet, unpadded
from voucher.claims import LIVE, Claim, ClaimEvidence, ended_claims_on
from voucher.database import Row, among, currency_code, minor_units
from voucher.errors import NotValid, _, problem
from voucher.money import Money
from voucher.people import Organisation

#: The kind under which a log lies with the evidence of its claim.
LOG = "instrument_log"
LONGEST_NUMBER = 40

# Letters, digits, marks that print: what is neither a space nor invisible.
_SEEN = ("L", "N", "P", "S")
_SIGNS = re.compile(r"[\W_]+")
_IDLE = re.compile(r"(?<![0-9])-|-(?![0-9])")


class InstrumentUse(Row, table=True):
    """One use of an instrument, as the provider's log has it. `row` is its line in the log, `line` the claim's line of its invoice.

    `use_key` is provider and number of a use on a live claim, as numbers are compared, unique in the whole system: one use is claimed
    once, on whichever invoice it stands.
    """

    __tablename__ = "instrument_uses"
    __table_args__ = (
        UniqueConstraint("claim_id", "row"),
        CheckConstraint("net_minor > 0 and vat_minor >= 0", name="amount_is_positive"),
        Index("ix_instrument_uses_claim_line", "claim_id", "line"),
    )

    claim_id: UUID = Field(foreign_key="claims.id")
    row: int
    line: int
    use_number: str = Field(max_length=LONGEST_NUMBER)
    use_key: str | None = Field(default=None, unique=True, max_length=80)
    instrument: str = Field(max_length=120)
    used_on: date
    net_minor: int = minor_units()
    vat_minor: int = minor_units()
    currency: str = currency_code()

    @property
    def net(self) -> Money:
        """Its price without tax."""
        return Money(self.net_minor, self.currency)

    @property
    def vat(self) -> Money:
        """Its tax."""
        return Money(self.vat_minor, self.currency)


@dataclass(frozen=True)
class UsesOfLine:
    """What stands in a log behind one line of a claim, for one instrument."""

    line: int
    instrument: str
    uses: int
    first: date
    last: date
    net: Money
    vat: Money


def plain_use(number: str) -> str:
    """The number of a use as it reads when its width, spaces, signs and leading zeros make no difference; a sign between two digits parts
    them. Letters and digits that look alike stay different: they may number two instruments.

    >>> [plain_use(number) for number in ("U-000001", "u000001", "\uff35 1", "U_0000-1", "SEM/2026-012")]
    ['U1', 'U1', 'U1', 'U0-1', 'SEM2026-12']
    >>> plain_use("1-12"), plain_use("11-2"), plain_use("112"), plain_use("I-1"), plain_use("L-1")
    ('1-12', '11-2', '112', 'I1', 'L1')
    """
    seen = "".join(sign for sign in one_alphabet(number) if unicodedata.category(sign)[0] in _SEEN)
    plain = unpadded(_IDLE.sub("", _SIGNS.sub("-", seen)))
    # Nothing but signs, or signs that stand for whole words, as no other number does: these are compared as they are.
    return plain if 0 < len(plain) <= LONGEST_NUMBER else "".join(number.split()).upper()


def use_key(provider: Organisation, number: str) -> str:
    """Provider and number of a use, however it was typed."""
    return f"{provider.country}:{provider.number}:{plain_use(number)}"


def uses_already_claimed(session: Session, keys: Collection[str], order_id: UUID) -> dict[str, str]:
    """Which of these uses a claim of an order may not name, and which claim does (see `invoices_already_claimed`): key -> its reference."""
    taken = select(InstrumentUse.use_key, Claim.reference).join(Claim, col(Claim.id) == InstrumentUse.claim_id).where(
        col(InstrumentUse.use_key).in_(keys), or_(col(Claim.state).in_(LIVE), Claim.order_id != order_id))
    return {key: claim for key, claim in session.exec(taken) if key is not None}


def uses_of_lines(session: Session, claim_id: UUID) -> list[UsesOfLine]:
    """The uses of a claim, added up by line and instrument."""
    currency = session.get_one(Claim, claim_id).currency
    rows = session.exec(
        select(InstrumentUse.line, InstrumentUse.instrument, func.count(), func.min(InstrumentUse.used_on), func.max(InstrumentUse.used_on),
               func.sum(InstrumentUse.net_minor), func.sum(InstrumentUse.vat_minor))  # type: ignore[call-overload]
        .where(InstrumentUse.claim_id == claim_id).group_by(col(InstrumentUse.line), col(InstrumentUse.instrument))
        .order_by(col(InstrumentUse.line), col(InstrumentUse.instrument)))
    return [UsesOfLine(line, instrument, count, first, last, Money(int(net), currency), Money(int(vat), currency))
            for line, instrument, count, first, last, net, vat in rows]


def uses_of_claim(session: Session, claim_id: UUID, after: int = 0, most: int = 200) -> Sequence[InstrumentUse]:
    """The uses of a claim in the order of the log, from after a row on."""
    return session.exec(select(InstrumentUse).where(InstrumentUse.claim_id == claim_id, InstrumentUse.row > after)
                        .order_by(col(InstrumentUse.row)).limit(most)).all()


def keep_uses(session: Session, order_id: UUID, rows: Sequence[dict[str, Any]], where: str) -> None:
    """Keep the uses of a claim, in one statement, also those that its order kept of claims that ended. Raises NotValid when another claim
    took one at the same instant.
    """
    free_uses(session, order_id, [each["use_key"] for each in rows])
    try:
        session.connection().execute(insert(InstrumentUse), rows)
    except IntegrityError as error:
        if "use_key" not in str(error.orig):
            raise
        raise NotValid(problems=[problem(_("A use of this log was claimed elsewhere at the same time."), where)]) from error


def free_uses(session: Session, order_id: UUID, keys: Collection[str] | None = None) -> None:
    """What an order kept of the uses of claims that ended is free again: all, or these."""
    ended = among(InstrumentUse.claim_id, ended_claims_on(session, order_id))
    which = true() if keys is None else among(InstrumentUse.use_key, keys)
    session.connection().execute(update(InstrumentUse).where(ended, which).values(use_key=None))


def rests_on_log(session: Session, claim_id: UUID) -> bool:
    """Whether the lines of a claim, as it stands, come from a log of uses."""
    return session.exec(select(ClaimEvidence.id).where(ClaimEvidence.claim_id == claim_id, ClaimEvidence.kind == LOG)).first() is not None


def drop_uses(session: Session, claim_id: UUID) -> None:
    """Another log takes the place of the one of a claim, which stays with the version that rested on it."""
    session.connection().execute(delete(InstrumentUse).where(col(InstrumentUse.claim_id) == claim_id))
