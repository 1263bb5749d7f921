"""Programmes and the versions of their terms. A version, once published, never changes."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from sqlalchemy import String, Text, UniqueConstraint
from sqlmodel import Field, Session, col, select

from voucher.database import Row, currency_code, get, one_of
from voucher.errors import NotFound, _
from voucher.programmes.reading import read_published
from voucher.programmes.terms import Kinder, Terms


class ProgrammeState(StrEnum):
    """Where a programme is. PAUSED: nothing is applied for or issued for now. CLOSED: never again, but what was issued goes on.
    SETTLED: all of it is over, and nobody holds its money any more.
    """

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    SETTLED = "settled"


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
    return read_published(source.encode())


def terms_in_force(session: Session, programme: Programme, on: date | None = None) -> TermsVersion:
    """The newest version of a programme's terms; with a day, the newest that is in force by then.

    A version that names no first day is in force as soon as it is published.
    """
    published = _newest_first(session, programme.id)
    return next((each for each in published if on is None or _begins(each) <= on),
                published[-1] if published else None) or _without_terms(programme)


def kinder_terms(session: Session, version: TermsVersion, on: date, kinds: Collection[Kinder]) -> list[TermsVersion]:
    """The later versions in force by that day that also hold, where they are kinder, for what is judged by this one."""
    later = _newest_first(session, version.programme_id, after=version.number)
    return [each for each in reversed(later) if each.terms.kinder_version in kinds and _begins(each) <= on]


def versions_of(session: Session, programme: Programme) -> Sequence[TermsVersion]:
    """Every published version of a programme's terms, newest first."""
    return _newest_first(session, programme.id)


def published(session: Session, code: str, number: int | None = None) -> TermsVersion:
    """A published version of a programme by its code and number; without a number, the newest. Raises NotFound."""
    programme = session.exec(select(Programme).where(Programme.code == code)).first()
    if programme is None:
        raise NotFound(_("There is no programme {code}."), code=code)
    for version in _newest_first(session, programme.id):
        if number in (None, version.number):
            return version
    raise NotFound(_("{code} has no version {number}."), code=code, number=number)


def _begins(version: TermsVersion) -> date:
    return version.terms.programme.in_force_from or date.min


def _newest_first(session: Session, programme_id: UUID, after: int = 0) -> Sequence[TermsVersion]:
    return session.exec(select(TermsVersion).where(TermsVersion.programme_id == programme_id, TermsVersion.number > after)
                        .order_by(col(TermsVersion.number).desc())).all()


def _without_terms(programme: Programme) -> TermsVersion:
    raise AssertionError(f"{programme.reference} was published without terms")


def terms_version(session: Session, key: UUID) -> TermsVersion:
    """A version by its id. It never changes, and everything asks for it: a session asks the database once."""
    held: dict[UUID, TermsVersion] = session.info.setdefault("terms_versions", {})
    if key not in held:
        held[key] = get(session, TermsVersion, key)
    return held[key]
