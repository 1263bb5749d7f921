"""Somebody who decides for the office in the case of a firm to which he is tied (F12)."""

from collections.abc import Iterator
from datetime import date

from voucher.checks.facts import Facts, Found
from voucher.checks.graph import Graph, Way, way
from voucher.errors import _

# Whom what a firm gets reaches through other firms, and over how many of them that is followed, the firm in the case included.
_BEHIND, _DEPTH = frozenset({"same_controller", "shareholder", "officer", "family"}), 3


def interest(graph: Graph, officer: str, firm: str, day: date) -> Way | None:
    """How somebody is tied to a firm on a day: in any way where no other firm stands between, else by who owns, controls or leads the
    firms on the way, or is family of who does. To sit at one address with a firm of one's own is no interest in it.
    """
    return way(graph, officer, firm, (day,)) or way(graph, officer, firm, (day,), depth=_DEPTH, ties=_BEHIND)


def conflict(facts: Facts) -> Iterator[Found]:
    """An officer who took part in the case has, by what he or others declared, an interest in the SME or the provider."""
    for officer in facts.officers:
        for firm in (facts.sme, facts.provider):
            found = interest(facts.graph, officer.node, firm.node, facts.today)
            if found is not None:
                yield Found(f"{officer.node} {firm.reference}"[:180],
                            _("{officer} took part in this case for the office and is tied to {firm}: {path}."),
                            {"officer": officer.name, "firm": firm.name, "path": found.words(facts.graph)}, tuple(found.nodes))
