"""Many firms with one agent, telephone, address or owner (F2, F7): filed by a third party, or shells of one maker."""

from collections.abc import Iterator

from voucher.checks.facts import Facts, Found
from voucher.checks.graph import ORGANISATION
from voucher.errors import _

#: From how many firms on it is looked at.
MANY = 4


def crowded(facts: Facts) -> Iterator[Found]:
    """Whoever or whatever the SME shares with several other organisations; what makes one group of them is told by the terms."""
    for edge in facts.graph.edges.get(facts.sme.node, ()):
        node = edge.right if edge.left == facts.sme.node else edge.left
        if node.startswith((ORGANISATION, "group:")) or not edge.holds(facts.today):
            continue
        firms = {end for other in facts.graph.edges[node] if other.holds(facts.today)
                 for end in (other.left, other.right) if end.startswith(ORGANISATION)}
        if len(firms) >= MANY:
            yield Found(node[:180], _("{count} organisations share {name} ({tie})."),
                        {"count": str(len(firms)), "name": facts.graph.name(node), "tie": edge.tie.replace("_", " ")},
                        (node, *sorted(firms)))
