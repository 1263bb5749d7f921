"""Public notices: frozen lists of what will be paid, for everybody to see and to object to before money moves.

The list is kept as the very bytes of which the digest is made - JSON in UTF-8, keys sorted, no spaces (RFC 8785 in spirit) -
so that whoever has a copy can tell that nothing was changed. It holds no bank data and no personal number.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, String, Text, UniqueConstraint
from sqlmodel import Field, Session, col, select

from voucher.claims import Claim
from voucher.database import Row, one_of

FORMAT = "voucher-notice/1"


class NoticeState(StrEnum):
    """Whether one can still object."""

    OPEN = "open"
    CLOSED = "closed"


class Notice(Row, table=True):
    """A list of approved claims that stands for everybody to see from `opened_on` to `ends_on`, both included.

    `content` is the frozen list, `digest` the SHA-256 of its bytes.
    """

    __tablename__ = "notices"
    __table_args__ = (one_of("state", NoticeState), CheckConstraint("ends_on >= opened_on", name="ends_after_it_opened"))

    reference: str = Field(unique=True, max_length=24)
    programme_id: UUID = Field(foreign_key="programmes.id", index=True)
    state: str = Field(sa_type=String(16), index=True)
    opened_on: date
    ends_on: date
    content: str = Field(sa_type=Text)
    digest: str = Field(max_length=64)

    @property
    def listed(self) -> dict[str, Any]:
        """The list as it was frozen."""
        listed: dict[str, Any] = json.loads(self.content)
        return listed

    @property
    def is_as_frozen(self) -> bool:
        """Whether the list is still the one of which the digest was made."""
        return digest_of(self.content) == self.digest


class NoticeLine(Row, table=True):
    """A claim that stands on a notice."""

    __tablename__ = "notice_lines"
    __table_args__ = (UniqueConstraint("notice_id", "claim_id"),)

    notice_id: UUID = Field(foreign_key="notices.id", index=True)
    claim_id: UUID = Field(foreign_key="claims.id", index=True)


def frozen(content: Mapping[str, Any]) -> str:
    """A list in its one canonical form.

    >>> frozen({"b": 1, "a": "威海"})
    '{"a":"威海","b":1}'
    """
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(content: str) -> str:
    """The SHA-256 of the bytes of a frozen list."""
    return hashlib.sha256(content.encode()).hexdigest()


def masked(number: str) -> str:
    """The number of a firm so that its neighbours know it and nobody can use it.

    >>> masked("91371002MADM00012X")
    '9137**********012X'
    """
    shown = 4 if len(number) > 11 else 2
    return number[:shown] + "*" * (len(number) - 2 * shown) + number[-shown:]


def claims_on(session: Session, notice_id: UUID) -> list[Claim]:
    """The claims on a notice, in the order of the list."""
    lines = select(Claim).join(NoticeLine, col(NoticeLine.claim_id) == Claim.id).where(NoticeLine.notice_id == notice_id)
    return list(session.exec(lines.order_by(col(NoticeLine.id))))


def notices_of(session: Session, claim_id: UUID) -> list[Notice]:
    """The notices on which a claim stood or stands, the newest first."""
    lines = select(Notice).join(NoticeLine, col(NoticeLine.notice_id) == Notice.id).where(NoticeLine.claim_id == claim_id)
    return list(session.exec(lines.order_by(col(Notice.id).desc())))
