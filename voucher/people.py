"""People, and the organisations for which they act: SMEs, providers, offices."""

import secrets
from datetime import datetime
from enum import StrEnum
from unicodedata import normalize
from uuid import UUID

from sqlalchemy import String, UniqueConstraint, false
from sqlalchemy.event import listens_for
from sqlmodel import Field, Session, select

from voucher.database import Row, currency_code, one_of
from voucher.work import Actor


class OrganisationKind(StrEnum):
    """What an organisation is to us."""

    SME = "sme"
    PROVIDER = "provider"
    OFFICE = "office"


class Role(StrEnum):
    """What a person may do for an organisation. The first two belong to firms, the others to the office."""

    SME = "sme"
    PROVIDER = "provider"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    VERIFIER = "verifier"
    FINANCE = "finance"
    TREASURY = "treasury"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


OFFICE_ROLES = frozenset(Role) - {Role.SME, Role.PROVIDER}


class Mails(StrEnum):
    """Which letters somebody wants by mail: each one at once, all of a day together, or only those with a deadline."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    DEADLINES = "deadlines"


LONGEST_BARE = 64


def bare(number: str) -> str:
    """A number as it is compared, however somebody typed it: letters and digits alone, in the usual width and in capitals.

    >>> bare("91371003-madm 0013 12"), bare("ＣＨＥ-123.456.789")
    ('91371003MADM001312', 'CHE123456789')
    """
    plain = normalize("NFKC", number).upper()
    return ("".join(filter(str.isalnum, plain)) or plain.strip())[:LONGEST_BARE]


class Organisation(Row, table=True):
    """A firm, a provider or the office itself.

    `number` is its official number: for China the unified social credit code (GB 32100), elsewhere the VAT number.
    `category` is the class of firm on which caps depend, a key of the terms such as "technology_sme". `controller` is the
    number of its actual controller (实际控制人), empty when it stands alone: firms of one controller count together.
    `place` is its address as ties know it (`voucher.ties.place_of`), by which firms at one place are found; `bare_number` and `bare_group`
    are its number and its group as they are compared, and are kept by themselves.
    """

    __tablename__ = "organisations"
    __table_args__ = (one_of("kind", OrganisationKind), UniqueConstraint("country", "number"))

    reference: str = Field(unique=True, max_length=24)
    kind: str = Field(sa_type=String(16))
    name: str = Field(max_length=200)
    name_en: str = Field(default="", max_length=200)
    country: str = Field(default="CN", max_length=2)
    number: str = Field(max_length=32)
    category: str = Field(default="", max_length=64)
    region: str = Field(default="", max_length=16)
    address: str = Field(default="", max_length=300)
    town: str = Field(default="", max_length=100)
    controller: str = Field(default="", index=True, max_length=64)
    place: str = Field(default="", index=True, max_length=200, sa_column_kwargs={"server_default": ""})
    bare_number: str = Field(default="", index=True, max_length=LONGEST_BARE, sa_column_kwargs={"server_default": ""})
    bare_group: str = Field(default="", index=True, max_length=LONGEST_BARE, sa_column_kwargs={"server_default": ""})

    @property
    def group(self) -> str:
        """What the firms of one controller have in common: his number, bare, which may be that of one of them."""
        return bare(self.controller or self.number)


class BankAccount(Row, table=True):
    """An account at a bank into which, or (for the office) from which, money is paid.

    `number` is an IBAN where the country has them, else the bank's own number; `bank_code` is a BIC or, in China, the
    12-digit 联行号 of the branch. A new account does not change an old one: it takes its place. `entered_at` is empty for those
    of before it was noted; `bare_number` is the number as it is compared.
    """

    __tablename__ = "bank_accounts"

    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    currency: str = currency_code()
    holder: str = Field(max_length=200)
    number: str = Field(index=True, max_length=34)
    bare_number: str = Field(default="", index=True, max_length=LONGEST_BARE, sa_column_kwargs={"server_default": ""})
    bank_name: str = Field(default="", max_length=200)
    bank_code: str = Field(default="", max_length=35)
    active: bool = True
    entered_at: datetime | None = None
    entered_by: UUID | None = Field(default=None, foreign_key="people.id")


@listens_for(Organisation, "before_insert")
@listens_for(Organisation, "before_update")
def _keep_bare(_mapper: object, _connection: object, held: Organisation) -> None:
    held.bare_number, held.bare_group = bare(held.number), held.group


@listens_for(BankAccount, "before_insert")
@listens_for(BankAccount, "before_update")
def _keep_bare_account(_mapper: object, _connection: object, held: BankAccount) -> None:
    held.bare_number = bare(held.number)


class AccountConfirmation(Row, table=True):
    """Somebody asked the payee over a second channel whether an account is his, and he said yes."""

    __tablename__ = "account_confirmations"

    account_id: UUID = Field(foreign_key="bank_accounts.id", unique=True)
    channel: str = Field(max_length=16)
    note: str = Field(max_length=300)
    person_id: UUID = Field(foreign_key="people.id")
    at: datetime


class Person(Row, table=True):
    """Somebody who signs in. `session_key` changes when every session of his must end.

    `has_first_password`: somebody else typed his password, so he has to choose another before anything else.
    """

    __tablename__ = "people"
    __table_args__ = (one_of("mails", Mails),)

    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=120)
    password_hash: str = Field(max_length=255)
    session_key: str = Field(default_factory=lambda: secrets.token_hex(16), unique=True, max_length=64)
    language: str = Field(default="zh", max_length=12)
    mails: str = Field(default=Mails.AT_ONCE, sa_type=String(16))
    active: bool = True
    has_first_password: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class Membership(Row, table=True):
    """A person holds a role for an organisation."""

    __tablename__ = "memberships"
    __table_args__ = (one_of("role", Role), UniqueConstraint("person_id", "organisation_id", "role"))

    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    role: str = Field(sa_type=String(16))


class ApiKey(Row, table=True):
    """A key with which a person's programs act for him. Only its SHA-256 is kept."""

    __tablename__ = "api_keys"

    person_id: UUID = Field(foreign_key="people.id", index=True)
    label: str = Field(max_length=100)
    digest: str = Field(unique=True, max_length=64)
    active: bool = True


def actor_for(session: Session, person: Person) -> Actor:
    """The actor that a person is, with everything he may do."""
    held = session.exec(select(Membership.role, Membership.organisation_id).where(Membership.person_id == person.id))
    return Actor(person.name, person.id, frozenset((role, where) for role, where in held))


def account_of(session: Session, organisation_id: UUID, currency: str) -> BankAccount | None:
    """The account in force of an organisation for a currency, if it named one."""
    return session.exec(
        select(BankAccount).where(BankAccount.organisation_id == organisation_id, BankAccount.currency == currency,
                                  BankAccount.active)
        .order_by(BankAccount.id.desc())  # type: ignore[attr-defined]
    ).first()


def office(session: Session) -> Organisation:
    """The office whose vouchers these are."""
    return session.exec(select(Organisation).where(Organisation.kind == OrganisationKind.OFFICE)
                        .order_by(Organisation.id)).first() or _no_office()  # type: ignore[arg-type]


def _no_office() -> Organisation:
    raise AssertionError("the database has no office; `voucher demo` or `voucher organisation create` makes one")
