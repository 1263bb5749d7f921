"""Whom an event concerns: the case behind its subject, its parties, and the people who act for them or hold an office role."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, or_, select

from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.database import fetch
from voucher.deadlines import standing
from voucher.deposits import PAY_IN, Deposit
from voucher.history import Event
from voucher.money import Money
from voucher.orders import BINDING, Order, OrderState
from voucher.payouts import Payout
from voucher.people import OFFICE_ROLES, Membership, Organisation, OrganisationKind, Person, Role
from voucher.programmes.programmes import Programme, terms_version
from voucher.recoveries import Recovery
from voucher.vouchers import HELD_STATES, UNDECIDED, Voucher
from workflows.notices import ABSENT, AWAITED, CLAIMANT, CUSTOMER, DEPUTY, LAST_DAY, LIABLE, PERSON


@dataclass
class Case:
    """What letters may tell of a case. `parties`: which organisations take part in it, by role; `awaited`: whose deadline it is about;
    `on`: the day of the event; `people`: who is concerned himself, as a deputy or as the one for whom he stands in;
    `other`: the organisation on whose account this one is concerned; `home` and
    `access`: for which organisation somebody acts or acted, and in which role.
    """

    parties: dict[str, list[Organisation]] = field(default_factory=dict)
    programme: Programme | None = None
    amount: Money | None = None
    days: dict[str, date] = field(default_factory=dict)
    awaited: str = ""
    on: date | None = None
    people: dict[str, list[Person]] = field(default_factory=dict)
    other: Organisation | None = None
    home: Organisation | None = None
    access: Membership | None = None

    def firm(self, role: str) -> Organisation | None:
        """The first party of a role."""
        return next(iter(self.parties.get(role, ())), None)

    def role_of(self, to: str) -> str:
        """The role behind a receiver: of the claimant the one in which he takes part, of the awaited the one that is."""
        if to == AWAITED:
            return self.awaited
        party = self.firm(to) if to in (CLAIMANT, LIABLE) else None
        if party is None:
            return to
        return Role.SME if party.kind == OrganisationKind.SME else Role.PROVIDER


def case_behind(session: Session, event: Event) -> Case:
    """The case of an event, from its subject: a voucher, an order, a claim, a payout, an organisation; else what it names."""
    case = Case(on=event.at.date())
    if event.name.startswith("organisation.") and "other" in event.data:
        case.other = fetch(session, Organisation, event.data["other"])
    for row in _rows_behind(session, event):
        _LOOKS[type(row)](session, case, row)
    case.awaited = event.data.get("waits_for", "")
    if LAST_DAY in event.data:
        case.days[LAST_DAY] = date.fromisoformat(event.data[LAST_DAY])
    if event.name in _OF_PEOPLE:
        named = {DEPUTY: event.data.get("deputies", ()), ABSENT: [event.data["person"]]}
        case.people = {role: [session.get_one(Person, UUID(key)) for key in keys] for role, keys in named.items()}
    if event.name in _OF_ACCESS and "person" in event.data:
        _of_access(session, case, event)
    return case


def _of_access(session: Session, case: Case, event: Event) -> None:
    """Whom an event shut out or let in again: what he held is not entered any more, or of no use, and he is told all the same."""
    person, owner = session.get_one(Person, UUID(event.data["person"])), fetch(session, Organisation, event.subject)
    case.people, case.home = {PERSON: [person]}, owner
    case.access = Membership(person_id=person.id, organisation_id=owner.id, role=event.data["role"]) if event.data["role"] else None


#: Events about an absence: they name people by their keys.
_OF_PEOPLE = ("role.lent", "absence.ended")

#: Events about the access of somebody to what is an organisation's; after the first two he may sign in no more.
SHUT_OUT = ("role.withdrawn", "person.closed")
_OF_ACCESS = (*SHUT_OUT, "role.granted", "person.reopened", "person.password_changed", "person.password_renewed")


Behind = Voucher | Order | Claim | Payout | Organisation | Programme | Recovery | ProviderAward | Deposit

_TABLES: Mapping[str, Any] = {"V": Voucher, "O": Order, "C": Claim, "Y": Payout, "N": Organisation, "P": Programme,
                                "R": Recovery, "W": ProviderAward, "M": Deposit}


def _rows_behind(session: Session, event: Event) -> Iterator[Behind]:
    """The subject, then what it hangs on, up to the voucher."""
    named = (event.subject, event.data.get("claim", ""), event.data.get("order", ""), event.case_reference)
    row = next((found for each in named if (found := _row(session, each)) is not None), None)
    while row is not None:
        yield row
        row = _above(session, row)


def _row(session: Session, reference: str) -> Behind | None:
    table = _TABLES.get(reference[:1])
    row: Behind | None = None if table is None else session.exec(select(table).where(table.reference == reference)).first()
    return row


def _above(session: Session, row: Behind) -> Behind | None:
    if isinstance(row, Recovery):
        return session.get(Payout, row.payout_id)
    if isinstance(row, Payout):
        return _paid_for(session, row)
    if isinstance(row, Deposit):
        return session.get(Order, row.order_id) if row.order_id else None
    if isinstance(row, Claim):
        return session.get(Order, row.order_id)
    if isinstance(row, Order):
        return session.get(Voucher, row.voucher_id)
    return session.get(Programme, row.programme_id) if isinstance(row, Voucher | ProviderAward) else None


def _paid_for(session: Session, payout: Payout) -> Claim | ProviderAward | Deposit | None:
    if payout.deposit_id:
        return session.get(Deposit, payout.deposit_id)
    return session.get(Claim, payout.claim_id) if payout.claim_id else session.get(ProviderAward, payout.award_id)


def _party(session: Session, case: Case, role: str, key: UUID) -> None:
    case.parties.setdefault(role, [session.get_one(Organisation, key)])


def _of_recovery(session: Session, case: Case, row: Recovery) -> None:
    case.amount = row.amount
    _party(session, case, LIABLE, row.liable_id)
    case.days |= {"pay_by": row.pay_by} if row.pay_by else {}


def _of_payout(session: Session, case: Case, row: Payout) -> None:
    case.amount = case.amount or row.amount
    _party(session, case, CLAIMANT, row.payee_id)


def _of_award(session: Session, case: Case, row: ProviderAward) -> None:
    case.amount = case.amount or row.amount
    _party(session, case, Role.PROVIDER, row.provider_id)


def _of_deposit(session: Session, case: Case, row: Deposit) -> None:
    case.amount = case.amount or row.amount
    order = session.get(Order, row.order_id) if row.order_id else None
    due = [each.due_on for each in standing(session, order.reference) if each.rule == PAY_IN] if order else []
    case.days |= {"pay_in": due[0]} if due else {}


def _of_claim(session: Session, case: Case, row: Claim) -> None:
    case.amount = case.amount or row.approved or row.requested
    _party(session, case, CLAIMANT, row.claimant_id)


def _of_order(session: Session, case: Case, row: Order) -> None:
    case.amount = case.amount or row.voucher_part
    _party(session, case, Role.PROVIDER, row.provider_id)
    by_sme = terms_version(session, row.terms_id).terms.payee == "sme"  # who will claim, where nobody has yet
    _party(session, case, CLAIMANT, session.get_one(Voucher, row.voucher_id).sme_id if by_sme else row.provider_id)


def _of_voucher(session: Session, case: Case, row: Voucher) -> None:
    case.amount = case.amount or row.amount
    _party(session, case, Role.SME, row.sme_id)
    serving = select(Organisation).where(col(Organisation.id).in_(
        select(Order.provider_id).where(Order.voucher_id == row.id, Order.held_minor > 0))).order_by(col(Organisation.id))
    case.parties.setdefault(Role.PROVIDER, list(session.exec(serving)))
    case.days |= {name: day for name, day in (("use_by", row.use_by), ("claim_by", row.claim_by)) if day is not None}


def _of_organisation(session: Session, case: Case, row: Organisation) -> None:
    role = {OrganisationKind.SME: Role.SME, OrganisationKind.PROVIDER: Role.PROVIDER}.get(OrganisationKind(row.kind))
    if role is not None:
        case.parties[role] = [row]
    if role == Role.PROVIDER:
        ordering = select(Voucher.sme_id).join(Order, col(Order.voucher_id) == Voucher.id).where(
            Order.provider_id == row.id, col(Order.state).in_([OrderState.PLACED, *BINDING]))
        case.parties[CUSTOMER] = list(session.exec(
            select(Organisation).where(col(Organisation.id).in_(ordering)).order_by(col(Organisation.id))))


def _of_programme(session: Session, case: Case, row: Programme) -> None:
    case.programme = row
    if not case.parties:  # of the programme itself: whoever holds a voucher that still runs, or has applied for one
        holders = select(Voucher.sme_id).where(Voucher.programme_id == row.id, or_(
            (col(Voucher.claim_by) >= case.on) & col(Voucher.state).in_(HELD_STATES), col(Voucher.state).in_(UNDECIDED)))
        case.parties[Role.SME] = list(session.exec(
            select(Organisation).where(col(Organisation.id).in_(holders)).order_by(col(Organisation.id))))


_LOOKS: Mapping[type[Behind], Callable[[Session, Case, Any], None]] = {
    ProviderAward: _of_award, Deposit: _of_deposit,
    Recovery: _of_recovery, Payout: _of_payout, Claim: _of_claim, Order: _of_order, Voucher: _of_voucher, Organisation: _of_organisation,
    Programme: _of_programme}


def people_of(session: Session, case: Case, to: str) -> Sequence[tuple[Person, Membership]]:
    """The people whom a notice reaches: those who act for a party; of an office role all who hold it."""
    if to == PERSON:
        return [(person, case.access) for person in case.people.get(PERSON, ()) if case.access is not None]
    held = select(Person, Membership).join(Membership, col(Membership.person_id) == Person.id).where(Person.active)
    role = case.role_of(to)
    if to in (DEPUTY, ABSENT):
        held = held.where(col(Person.id).in_([each.id for each in case.people.get(to, ())]))
    elif role in OFFICE_ROLES:
        held = held.where(Membership.role == role)
    else:
        firms = [firm.id for firm in case.parties.get(to if to in (CLAIMANT, LIABLE, CUSTOMER) else role, ())]
        held = held.where(col(Membership.organisation_id).in_(firms), col(Membership.role).in_([Role.SME, Role.PROVIDER]))
    return session.exec(held.order_by(col(Membership.id))).all()
