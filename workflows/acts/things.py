"""The things on which acts are taken: whose case each is, and which currency it has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session

from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.database import Row, fetch, get
from voucher.findings import Finding
from voucher.listings import Listing
from voucher.objections import Objection
from voucher.orders import Order
from voucher.payouts import Payout
from voucher.people import Organisation, Role
from voucher.programmes.programmes import Programme
from voucher.recoveries import Recovery
from voucher.vouchers import Voucher
from voucher.work import Actor
from workflows import awards, claims, issue, providers, purchase, recovery
from workflows.acts.act import Act
from workflows.machine import Parties


@dataclass(frozen=True)
class Thing:
    """A kind of thing: its `word`, the `plural` in addresses, its table, and whose case one of them is."""

    word: str
    plural: str
    table: type[Any]
    parties: Callable[[Session, Any], Parties]


def _of_order(session: Session, order: Order) -> Parties:
    return purchase.parties_of(get(session, Voucher, order.voucher_id), order)


def _of_claim(session: Session, claim: Claim) -> Parties:
    order = get(session, Order, claim.order_id)
    return claims.parties_of(get(session, Voucher, order.voucher_id), order, claim)


#: By the letter of their references.
THINGS: Mapping[str, Thing] = {
    "P": Thing("programme", "programmes", Programme, lambda _session, _programme: {}),
    "V": Thing("voucher", "vouchers", Voucher, lambda _session, voucher: issue.parties_of(voucher)),
    "O": Thing("order", "orders", Order, _of_order),
    "C": Thing("claim", "claims", Claim, _of_claim),
    "J": Thing("objection", "objections", Objection, lambda _session, _objection: {}),
    "Y": Thing("payout", "payouts", Payout, lambda _session, _payout: {}),
    "N": Thing("organisation", "organisations", Listing, providers.parties_of),
    "W": Thing("award", "awards", ProviderAward, awards.parties_of),
    "R": Thing("recovery", "recoveries", Recovery, recovery.parties_of),
    "K": Thing("finding", "findings", Finding, lambda _session, _finding: {}),
}


def thing_of(session: Session, letter: str, reference: str) -> Row:
    """The row of a reference. Raises NotFound."""
    row: Row = fetch(session, THINGS[letter].table, reference)
    return row


def owner_of(session: Session, actor: Actor, act: Act, parties: Parties) -> str:
    """The reference of the organisation for which somebody takes an act: files that come along belong to it."""
    return get(session, Organisation, next(_acting_for(actor, act, parties))).reference


def _acting_for(actor: Actor, act: Act, parties: Parties) -> Any:
    for role in act.row.by:
        yield from _where(actor, role, parties)
    yield from actor.organisations()


def _where(actor: Actor, role: Role, parties: Parties) -> list[UUID]:
    if role in parties:
        return [parties[role]] if actor.holds(role, parties[role]) else []
    return sorted(actor.organisations(role))
