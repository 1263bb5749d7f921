"""A hash tree over a list of leaves, and proofs that a leaf is in it, and that it grew out of a smaller one (RFC 6962, section 2.1; RFC
9162, sections 2.1.3 and 2.1.4).

Pure: hashes in, hashes out. A leaf is hashed with a zero byte before it, two nodes with a one, so that neither can pass for
the other.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()

# A tile is a full subtree over this many leaves; any power of two would do.
TILE = 256


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two nodes."""
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes of leaves, or over the roots of tiles: all but the last must then be full.

    Level by level, an odd one at the end going up as it is; that is the tree of the RFC.
    """
    if not hashes:
        return EMPTY
    level = list(hashes)
    while len(level) > 1:
        paired = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(level) - len(level) % 2:]
    return level[0]


def path(hashes: Sequence[bytes], position: int) -> list[bytes]:
    """What is needed beside the hash at a position to compute the root: neighbours, from the bottom up."""
    assert 0 <= position < len(hashes), (position, len(hashes))
    level, needed = list(hashes), []
    while len(level) > 1:
        beside = position ^ 1
        if beside < len(level):
            needed.append(level[beside])
        paired = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level, position = paired + level[len(level) - len(level) % 2:], position // 2
    return needed


def growth(before: int, size: int, root_over: Callable[[int, int], bytes]) -> list[bytes]:
    """What is needed to compute the root over the first `before` leaves, and from the same hashes that over all `size` of them.

    `root_over` answers the root over the leaves from one position up to another, which is not counted.
    """
    assert 0 < before <= size, (before, size)
    needed, start, end, is_known = list[bytes](), 0, size, True
    while before < end:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if before <= middle:
            needed.append(root_over(middle, end))
            end = middle
        else:
            needed.append(root_over(start, middle))
            start, is_known = middle, False
    return ([] if is_known else [root_over(start, end)]) + needed[::-1]


def tiles(leaves: Sequence[bytes]) -> list[bytes]:
    """The roots of the tiles of a list of leaves; the last may not be full."""
    return [root(leaves[start:start + TILE]) for start in range(0, len(leaves), TILE)]
