"""Findings: what the checks found on a claim, and what people decided about it. Decisions are only ever added."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, UniqueConstraint, text
from sqlmodel import Field, Session, col, select

from voucher.checks.facts import Found, Level
from voucher.checks.table import Stage
from voucher.claims import Claim
from voucher.database import Row, one_of
from voucher.numbering import next_references
from voucher.orders import Order
from voucher.references import year_of
from voucher.vouchers import Voucher
from voucher.work import Work


class FindingState(StrEnum):
    """Where a finding is. ALLOWED: it does not stand in the way. CONFIRMED: it does. LAPSED: it is found no more."""

    OPEN = "open"
    ALLOWED = "allowed"
    CONFIRMED = "confirmed"
    LAPSED = "lapsed"


class Finding(Row, table=True):
    """Something that a check found on a claim. `what` is a marked sentence, filled from `said`; `lines` the lines concerned.

    `about` tells the findings of one check on one claim apart: found again, it is the same finding. The database approves no
    claim, and decides on no blocking finding, against what is written here (triggers of the migration).
    """

    __tablename__ = "findings"
    __table_args__ = (
        one_of("state", FindingState), one_of("level", Level), one_of("stage", Stage),
        UniqueConstraint("claim_id", "check_name", "about"),
        Index("ix_findings_open", "claim_id", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
    )

    reference: str = Field(unique=True, max_length=24)
    claim_id: UUID = Field(foreign_key="claims.id", index=True)
    case_reference: str = Field(max_length=24, index=True)
    check_name: str = Field(max_length=32)
    about: str = Field(max_length=200)
    level: str = Field(sa_type=String(8))
    stage: str = Field(sa_type=String(16))
    state: str = Field(default=FindingState.OPEN, sa_type=String(16), index=True)
    what: str = Field(sa_type=Text)
    said: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    evidence: list[str] = Field(default_factory=list, sa_type=JSON)
    lines: list[int] = Field(default_factory=list, sa_type=JSON)
    found_at: datetime

    @property
    def stops(self) -> bool:
        """Whether it stops the money as it stands: open and blocking."""
        return self.level == Level.BLOCK and self.state == FindingState.OPEN

    @property
    def waits(self) -> bool:
        """Whether nobody has decided about it yet, though somebody has to before the claim is approved: open, and more than to be known."""
        return self.level != Level.INFO and self.state == FindingState.OPEN

    def __str__(self) -> str:
        return self.what.format(**self.said)


class FindingDecision(Row, table=True):
    """What a person decided about a finding: `outcome` is the state that it led to."""

    __tablename__ = "finding_decisions"
    __table_args__ = (one_of("outcome", FindingState), CheckConstraint("reason <> ''", name="reason_is_given"))

    finding_id: UUID = Field(foreign_key="findings.id", index=True)
    person_id: UUID = Field(foreign_key="people.id")
    outcome: str = Field(sa_type=String(16))
    reason: str = Field(sa_type=Text)
    at: datetime


def findings_of(session: Session, claims: Collection[UUID]) -> list[Finding]:
    """The findings on these claims, oldest first."""
    return list(session.exec(select(Finding).where(col(Finding.claim_id).in_(claims)).order_by(col(Finding.id))))


def decisions_on(session: Session, findings: Iterable[Finding]) -> dict[UUID, list[FindingDecision]]:
    """What was decided about these findings, oldest first."""
    found: dict[UUID, list[FindingDecision]] = {}
    for each in session.exec(select(FindingDecision).where(col(FindingDecision.finding_id).in_([one.id for one in findings]))
                             .order_by(col(FindingDecision.id))):
        found.setdefault(each.finding_id, []).append(each)
    return found


def weight_of(found: Found) -> Level:
    """How much something that was weighed weighs."""
    assert found.level is not None, found.about
    return found.level


def unknown(standing: Collection[Finding], found: Mapping[UUID, Collection[tuple[str, Found]]]) -> list[tuple[UUID, str, Found]]:
    """What was found (and weighed) that no finding says yet, or says of a time that is over."""
    known = {(each.claim_id, each.check_name, each.about) for each in standing if each.state != FindingState.LAPSED}
    weighed = sorted(((claim, check, each) for claim, several in found.items() for check, each in several),
                     key=lambda each: list(Level).index(weight_of(each[2])))
    fresh = {(claim, check, each.about): each for claim, check, each in weighed}  # found twice, it is one: the heavier
    return [(claim, check, each) for (claim, check, about), each in fresh.items() if (claim, check, about) not in known]


def keep(work: Work, fresh: Collection[tuple[UUID, str, Found]], stage: Stage) -> list[Finding]:
    """Write down findings that are new."""
    cases = _cases(work.session, {claim for claim, _check, _found in fresh})
    references = next_references(work.session, "K", year_of(work.today), len(fresh)) if fresh else []
    rows = [Finding(
        reference=reference, claim_id=claim, case_reference=cases[claim], check_name=check, about=found.about,
        level=weight_of(found), stage=stage, what=found.what, said=dict(found.values), evidence=list(found.evidence),
        lines=list(found.lines), found_at=work.now) for reference, (claim, check, found) in zip(references, fresh, strict=True)]
    work.session.add_all(rows)
    work.session.flush()
    return rows


def _cases(session: Session, claims: Collection[UUID]) -> dict[UUID, str]:
    rows: Any = session.exec(select(Claim.id, Voucher.reference).join(Order, col(Order.id) == Claim.order_id)
                             .join(Voucher, col(Voucher.id) == Order.voucher_id).where(col(Claim.id).in_(claims)))
    return dict(rows.all())
