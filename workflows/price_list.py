"""Price list: a listed provider publishes what it charges at most, and no order is placed or changed above that."""

from datetime import date
from uuid import UUID

from sqlmodel import Session, select

from voucher.database import get, lock
from voucher.errors import NotValid, Problem, _, problem, refuse_if_any
from voucher.listings import Listing
from voucher.money import Money, NotAnAmount
from voucher.people import Organisation
from voucher.price_lists import ListPrice, price_on
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.work import Work
from workflows.providers import LISTING, parties_of


def publish_price(
    work: Work, listing: str, programme: str, service: str, price: str, from_on: date | None = None, item: str = ""
) -> Listing:
    """Publish what one piece of a service costs at most without tax, from today or a later day on; 0 takes it off the list.

    `programme` is its code, and the price is in its currency. What was ordered before keeps its price. Raises NotValid.
    """
    held = lock(work.session, Listing, listing)
    LISTING.allow(work, "publish_price", parties_of(work.session, held))
    found = work.session.exec(select(Programme).where(Programme.code == programme.strip())).first()
    if found is None:
        raise NotValid(problems=[problem(_("There is no programme with this code."), "programme")])
    amount, day = _amount(price, found.currency), from_on or work.today
    refuse_if_any(_problems(work, found, service, item, day))
    work.session.add(ListPrice(provider_id=held.provider_id, programme_id=found.id, service_type=service, item=item, from_on=day,
                               price_minor=amount.minor, currency=found.currency, published_at=work.now))
    LISTING.advance(work, held, "publish_price", parties_of(work.session, held), case=held.reference, programme=found.code,
                    service=service, item=item, price=str(amount), currency=found.currency, from_on=day.isoformat())
    return held


def _amount(price: str, currency: str) -> Money:
    try:
        amount = Money.parse(price.strip(), currency)
    except NotAnAmount as refusal:
        raise NotValid(problems=[problem(_("Write the price as an amount in {currency}, such as 1200.00."), "price",
                                         currency=currency)]) from refusal
    if amount.minor < 0:
        raise NotValid(problems=[problem(_("The price must not be below zero."), "price")])
    return amount


def _problems(work: Work, programme: Programme, service: str, item: str, day: date) -> list[Problem]:
    terms = terms_in_force(work.session, programme, work.today).terms
    found = []
    if service not in terms.services:
        found.append(problem(_("This programme knows the services {services}."), "service", services=", ".join(terms.services)))
    if service in terms.services and item and item not in terms.services[service].items:
        found.append(problem(_("This programme knows no such part of a service."), "item"))
    if day < work.today:
        found.append(problem(_("A price is published from today on, or from a later day."), "from_on"))
    return found


def above_list(
    session: Session, programme: UUID, provider: UUID, service: str, item: str, quantity: int, net: Money, day: date
) -> list[Problem]:
    """What is wrong with a price that is above the provider's own list."""
    listed = price_on(session, provider, programme, service, item, day)
    if listed is None or net.currency != listed.currency or net.minor <= listed.price_minor * quantity:
        return []
    name = get(session, Organisation, provider).name
    return [problem(_("{provider} publishes {price} {currency} a piece for this since {day}; an order is not dearer than that."), "net",
                    provider=name, price=str(listed.price), currency=listed.currency, day=listed.from_on.isoformat())]
