"""Somebody who decides for the office in the case of a firm to which he is tied (F12)."""

from collections.abc import Iterator

from voucher.checks.facts import Facts, Found
from voucher.checks.graph import way
from voucher.errors import _


def conflict(facts: Facts) -> Iterator[Found]:
    """An officer who took part in the case has, by what he or others declared, a tie to the SME or the provider."""
    for officer in facts.officers:
        for firm in (facts.sme, facts.provider):
            found = way(facts.graph, officer.node, firm.node, (facts.today,))
            if found is not None:
                yield Found(f"{officer.node} {firm.reference}"[:180],
                            _("{officer} took part in this case for the office and is tied to {firm}: {path}."),
                            {"officer": officer.name, "firm": firm.name, "path": found.words(facts.graph)}, tuple(found.nodes))
