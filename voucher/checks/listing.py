"""A provider that is not on the list (F8)."""

from collections.abc import Iterator

from voucher.checks.facts import Facts, Found
from voucher.errors import _


def unlisted(facts: Facts) -> Iterator[Found]:
    """The provider may take no orders now; what it was on the day of service has to be looked at."""
    if not facts.provider_listed:
        yield Found("unlisted", _("{provider} is not on the list of providers. Look whether it was on the day of service."),
                    {"provider": facts.provider.name}, (facts.provider.reference,))
