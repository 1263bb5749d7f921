"""Programmes and the versions of their terms. A version, once published, never changes."""

from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from sqlalchemy import String, Text, UniqueConstraint
from sqlmodel import Field, Session, select

from voucher.database import Row, currency_code, get, one_of
from voucher.programmes.reading import read_terms
from voucher.programmes.terms import Terms


class ProgrammeState(StrEnum):
    """Where a programme is."""

    OPEN = "open"
    CLOSED = "closed"


class Programme(Row, table=True):
    """A programme of vouchers; its own two names travel with it. `code` is the key that its terms file carries."""

    __tablename__ = "programmes"
    __table_args__ = (one_of("state", ProgrammeState),)

    reference: str = Field(unique=True, max_length=24)
    code: str = Field(unique=True, max_length=64)
    name_zh: str = Field(max_length=200)
    name_en: str = Field(max_length=200)
    currency: str = currency_code()
    zone: str = Field(max_length=64)
    state: str = Field(default=ProgrammeState.OPEN, sa_type=String(16))

    def name(self, language: str) -> str:
        """Its name for readers of a language ("zh" or "en")."""
        return self.name_zh if language.startswith("zh") else self.name_en


class TermsVersion(Row, table=True):
    """One published version of a programme's rules: the file itself, and its SHA-256."""

    __tablename__ = "terms_versions"
    __table_args__ = (UniqueConstraint("programme_id", "number"), UniqueConstraint("programme_id", "digest"))

    programme_id: UUID = Field(foreign_key="programmes.id", index=True)
    number: int
    digest: str = Field(max_length=64)
    source: str = Field(sa_type=Text)
    published_at: datetime
    published_by: UUID | None = Field(default=None, foreign_key="people.id")

    @property
    def terms(self) -> Terms:
        """The rules themselves."""
        return _read(self.source)


@lru_cache(maxsize=64)
def _read(source: str) -> Terms:
    return read_terms(source.encode())


def terms_in_force(session: Session, programme: Programme) -> TermsVersion:
    """The newest version of a programme's terms."""
    return session.exec(select(TermsVersion).where(TermsVersion.programme_id == programme.id)
                        .order_by(TermsVersion.number.desc())).first() or _without_terms(programme)  # type: ignore[attr-defined]


def _without_terms(programme: Programme) -> TermsVersion:
    raise AssertionError(f"{programme.reference} was published without terms")


def terms_version(session: Session, key: UUID) -> TermsVersion:
    """A version by its id."""
    return get(session, TermsVersion, key)
