"""Who is tied to whom, from when until when: a graph, and the shortest way from one to another in it.

Its nodes are organisations (`org:CN:9137..`), people (`person:..`) and things that firms share (`address:..`, `phone:..`,
`account:..`, `group:..`). One step leads from an organisation to the next, directly or through what stands between them.
"""

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

ORGANISATION = "org:"


@dataclass(frozen=True)
class Edge:
    """A tie of a kind between two nodes. Without `from_on` it was always there; without `until_on` it still is."""

    left: str
    tie: str
    right: str
    from_on: date | None = None
    until_on: date | None = None

    def holds(self, day: date, ended_after: date | None = None) -> bool:
        """Whether it held on that day; with `ended_after`, also when it ended that day or later."""
        last = min(day, ended_after) if ended_after else day
        return (self.from_on is None or self.from_on <= day) and (self.until_on is None or self.until_on >= last)


@dataclass(frozen=True)
class Graph:
    """Ties by node, and what people call each node."""

    edges: Mapping[str, Sequence[Edge]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, node: str) -> str:
        """What people call a node."""
        return self.names.get(node) or node.partition(":")[2]


EMPTY = Graph()


def graph_of(edges: Collection[Edge], names: Mapping[str, str]) -> Graph:
    """A graph of these ties, which lead both ways."""
    by_node: dict[str, list[Edge]] = {}
    for edge in edges:
        by_node.setdefault(edge.left, []).append(edge)
        by_node.setdefault(edge.right, []).append(edge)
    return Graph(by_node, names)


@dataclass(frozen=True)
class Way:
    """A way through the graph: the nodes, and the ties between them."""

    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]

    @property
    def ties(self) -> frozenset[str]:
        """The kinds of ties along it."""
        return frozenset(edge.tie for edge in self.edges)

    def words(self, graph: Graph) -> str:
        """It as people read it: a name, a tie, a name, ..."""
        parts = [graph.name(self.nodes[0])]
        for edge, node in zip(self.edges, self.nodes[1:], strict=True):
            parts += [edge.tie.replace("_", " "), graph.name(node)]
        return " / ".join(parts)


def way(graph: Graph, start: str, goal: str, days: Collection[date], *, depth: int = 1, ties: frozenset[str] | None = None,
        ended_after: date | None = None) -> Way | None:
    """The shortest way from one organisation to another along ties of these kinds that hold on one of the days.

    It steps into at most `depth` organisations, the goal included.
    """
    seen = {start: 0}
    queue: deque[tuple[Way, int]] = deque([(Way((start,), ()), 0)])
    while queue:
        come, steps = queue.popleft()
        for edge, node in _onward(graph, come.nodes[-1], days, ties, ended_after):
            there = steps + node.startswith(ORGANISATION)
            if there > depth or seen.get(node, there + 1) <= there or len(come.edges) > 3 * depth:
                continue
            seen[node] = there
            following = Way((*come.nodes, node), (*come.edges, edge))
            if node == goal:
                return following
            queue.append((following, there))
    return None


def _onward(graph: Graph, node: str, days: Collection[date], ties: frozenset[str] | None,
            ended_after: date | None) -> Iterator[tuple[Edge, str]]:
    for edge in graph.edges.get(node, ()):
        if (ties is None or edge.tie in ties) and any(edge.holds(day, ended_after) for day in days):
            yield edge, edge.right if edge.left == node else edge.left
