"""Conditions under which nothing can ever fall."""

from voucher.errors import _, problem
from voucher.programmes.contradictions.finding import Found
from voucher.programmes.source import Path
from voucher.programmes.terms import Condition, Terms
from voucher.programmes.words import parts


def never_hold(terms: Terms) -> Found:
    """Rules whose conditions no case can fit."""
    for path, when in parts(terms):
        if isinstance(when, Condition):
            yield from _never_holds(terms, path, when)


def _never_holds(terms: Terms, path: Path, when: Condition) -> Found:
    for both in sorted({*when.facts} & {*when.without_facts}):
        yield (*path, "without_facts"), problem(_("{fact} cannot both hold and not hold."), fact=both)
    least, most = when.earlier_uses_from or 0, when.earlier_uses_up_to
    if (when.first_time and least > 0) or (when.first_time is False and most == 0):
        yield (*path, "first_time"), problem(_("This and the number of earlier uses cannot both hold."))
    services = terms.members(when.services) or frozenset(terms.services)
    if when.items and not any(item in terms.services[service].items for service in services for item in when.items):
        yield (*path, "items"), problem(_("None of these services has any of these items."))
    until = terms.programme.in_force_until
    if when.since and until and when.since > until:
        yield (*path, "since"), problem(_("These rules are in force until {until} only."), until=until)
    begins = terms.programme.in_force_from
    if when.until and begins and when.until < begins:
        yield (*path, "until"), problem(_("These rules are in force from {begins} only."), begins=begins)
