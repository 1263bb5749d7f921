"""The hash tree against the published one of RFC 6962."""

import base64
from hashlib import sha256

import pytest

from voucher.ledger import receipt, tree

# The leaves and roots with which implementations of Certificate Transparency are compared.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def hashes(number: int) -> list[bytes]:
    """That many hashes of leaves."""
    return [sha256(b"\x00" + str(each).encode()).digest() for each in range(number)]


@pytest.mark.parametrize("size", ROOTS)
def test_the_root_is_that_of_the_rfc(size: int) -> None:
    leaves = [sha256(b"\x00" + bytes.fromhex(leaf)).digest() for leaf in LEAVES[:size]]
    assert tree.root(leaves).hex() == ROOTS[size]


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8, 9, 31, 33])
def test_every_leaf_is_proven_at_its_place_and_at_no_other(size: int) -> None:
    leaves = hashes(size)
    for position, leaf in enumerate(leaves):
        path = tree.path(leaves, position)
        for claimed in range(size):
            proven = receipt._root(leaf, claimed, size, path) == tree.root(leaves)
            assert proven == (claimed == position)


@pytest.mark.parametrize("size", [255, 256, 257, 512, 700])
def test_a_tree_over_tiles_is_the_tree_over_leaves(size: int) -> None:
    assert tree.root(tree.tiles(hashes(size))) == tree.root(hashes(size))


def test_a_path_that_is_too_long_proves_nothing() -> None:
    leaves = hashes(4)
    path = [*tree.path(leaves, 1), bytes(32)]
    assert receipt._root(leaves[1], 1, 4, path) == b""
    assert receipt._hashes(base64.b64encode(b"".join(path)).decode()) == path
