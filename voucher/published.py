"""What is published of paid cases: a row a claim, for everybody, with what its own terms show and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from voucher.claims import Claim
from voucher.money import Money
from voucher.notices import masked
from voucher.orders import Order
from voucher.payouts import PAID, Payout
from voucher.people import Organisation
from voucher.programmes.programmes import Programme, TermsVersion, versions_of
from voucher.programmes.terms import Names, Shown
from voucher.vouchers import Voucher


@dataclass(frozen=True)
class PaidCase:
    """One paid claim as everybody may see it: what its terms do not show is empty."""

    claim: str
    paid_on: date
    firm: str = ""
    firm_number: str = ""
    provider: str = ""
    service: Names | None = None
    contract: Money | None = None
    amount: Money | None = None


def paid_cases(session: Session, programme: Programme) -> Select[*tuple[Any, ...]]:
    """The question for the paid claims of a programme whose terms show something, the last paid first; see `as_published`."""
    publishing = [each.id for each in versions_of(session, programme) if each.terms.publication_fields]
    sme, provider = aliased(Organisation), aliased(Organisation)
    found: Select[*tuple[Any, ...]] = (
        select(Claim, Order, Payout, TermsVersion, sme, provider)  # type: ignore[call-overload]
        .join(Order, col(Order.id) == Claim.order_id).join(Voucher, col(Voucher.id) == Order.voucher_id)
        .join(TermsVersion, col(TermsVersion.id) == Order.terms_id).join(Payout, col(Payout.claim_id) == Claim.id)
        .join(sme, sme.id == Voucher.sme_id).join(provider, provider.id == Order.provider_id)
        .where(col(Order.terms_id).in_(publishing), col(Payout.state).in_(PAID))
        .order_by(col(Payout.settled_on).desc(), col(Claim.reference)))
    return found


def as_published(claim: Claim, order: Order, payout: Payout, version: TermsVersion, sme: Organisation, provider: Organisation) -> PaidCase:
    """A row of that question, with what the terms of the order show."""
    assert payout.settled_on is not None
    told: Mapping[Shown, Mapping[str, Any]] = {
        Shown.FIRM: {"firm": sme.name, "firm_number": masked(sme.number)}, Shown.PROVIDER: {"provider": provider.name},
        Shown.SERVICE: {"service": version.terms.services[order.service_type].name}, Shown.CONTRACT: {"contract": order.gross},
        Shown.AMOUNT: {"amount": payout.whole}}
    shown = {name: value for field in version.terms.publication_fields for name, value in told[field].items()}
    return PaidCase(claim.reference, payout.settled_on, **shown)
