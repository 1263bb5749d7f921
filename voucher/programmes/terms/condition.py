"""When a rule applies."""

from dataclasses import dataclass
from datetime import date

from voucher.money import Money
from voucher.programmes.terms.keys import Code, key


@dataclass(frozen=True)
class Condition:
    """When a rule applies. Every key that is written must fit; in a list, one of the entries must."""

    firm_classes: tuple[Code, ...] = key("Only firms of these classes.", default=(), example="[high_tech]")
    services: tuple[Code, ...] = key("Only these services or groups of services.", default=(), example="[testing]")
    items: tuple[Code, ...] = key("Only these sub-items.", default=(), example="[copyright]")
    regions: tuple[Code, ...] = key("Only firms in these regions.", default=(), example="[liaocheng]")
    provider_regions: tuple[Code, ...] = key("Only providers in these regions.", default=(), example="[liaocheng]")
    provider_local: bool | None = key("Only when firm and provider are (or are not) in the same region.", default=None,
                                      example="yes")
    first_time: bool | None = key("Only firms that used no voucher here before: ordered nothing that counts (or that did).", default=None,
                                  example="yes")
    earlier_uses_from: int | None = key("Only firms that used a voucher here at least so often before.", default=None,
                                        unit="times", example="1")
    earlier_uses_up_to: int | None = key("Only firms that used a voucher here at most so often before.", default=None,
                                         unit="times", example="2")
    facts: tuple[Code, ...] = key("Only when all of these facts hold.", default=(), example="[inside_eu]")
    without_facts: tuple[Code, ...] = key("Only when none of these facts holds.", default=(), example="[resold]")
    cost_from: Money | None = key("Only when the basis is at least this.", default=None,
                                  example="4000.00")
    cost_up_to: Money | None = key("Only when the basis is at most this.", default=None,
                                   example="30000.00")
    since: date | None = key("Only from this day on.", default=None, example="2024-07-01")
    until: date | None = key("Only up to this day.", default=None, example="2024-12-31")

    @property
    def asks_for_earlier_uses(self) -> bool:
        """Whether it makes a difference how often a firm used a voucher before."""
        return (self.first_time, self.earlier_uses_from, self.earlier_uses_up_to) != (None, None, None)


# Of a rule that always applies: one object, so that it is known at a glance.
ALWAYS = Condition()
