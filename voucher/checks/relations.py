"""SME and provider are tied to each other (F3): by owners, officers, an address, a telephone, an account; also through others."""

from collections.abc import Iterator

from voucher.checks.facts import Facts, Found, Level
from voucher.checks.graph import way
from voucher.errors import _

# What the terms do not forbid is followed this far, and only told.
_TOLD_DEPTH = 2


def related(facts: Facts) -> Iterator[Found]:
    """A way from the SME to the provider, on the day of the order or today: blocking where the terms forbid such ties."""
    days = (facts.order.placed_on, facts.today)
    ends = facts.sme.node, facts.provider.node
    banned = way(facts.graph, *ends, days, depth=facts.depth, ties=facts.forbidden, ended_after=facts.ended_after)
    found = banned or way(facts.graph, *ends, days, depth=max(facts.depth, _TOLD_DEPTH), ended_after=facts.ended_after)
    if found is None:
        return
    what = (_("SME and provider are tied in a way that the terms forbid: {path}.") if banned
            else _("SME and provider are tied: {path}. The terms do not forbid it."))
    yield Found("forbidden" if banned else "tied", what, {"path": found.words(facts.graph)}, tuple(found.nodes), (),
                None if banned else Level.WARN)
