"""A provider that was not on the list when it served (F8)."""

from collections.abc import Iterator

from voucher.checks.facts import Facts, Found
from voucher.errors import _


def unlisted(facts: Facts) -> Iterator[Found]:
    """The provider was not on the list on the day of service: that of the delivery, or else of the order."""
    if not facts.provider_listed:
        yield Found("unlisted", _("{provider} was not on the list of providers on the day of service."),
                    {"provider": facts.provider.name}, (facts.provider.reference,))
