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


# The proofs of growth that Certificate Transparency publishes for the leaves above (RFC 6962, section 2.1.3): from, to, hashes.
GROWTHS = [
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
]


def grown(leaves: list[bytes], before: int, size: int) -> list[bytes]:
    """The hashes that show how the tree grew."""
    return tree.growth(before, size, lambda start, end: tree.root(leaves[start:end]))


@pytest.mark.parametrize(("before", "size", "path"), GROWTHS)
def test_growth_is_shown_by_the_hashes_that_are_published(before: int, size: int, path: list[str]) -> None:
    leaves = [sha256(b"\x00" + bytes.fromhex(leaf)).digest() for leaf in LEAVES]
    assert [each.hex() for each in grown(leaves, before, size)] == path


def test_each_tree_grew_out_of_each_smaller_one_and_of_no_other() -> None:
    leaves = hashes(20)
    roots = [tree.root(leaves[:size]) for size in range(21)]
    for size in range(1, 21):
        for before in range(1, size + 1):
            path = grown(leaves, before, size)
            for claimed in range(size + 1):
                assert receipt._grew(claimed, roots[before], size, roots[size], path) == (claimed == before), (before, claimed, size)
            assert not receipt._grew(before, roots[before - 1], size, roots[size], path)
            assert not receipt._grew(before, roots[before], size, bytes(32), path)
            assert not receipt._grew(before, roots[before], size, roots[size], [*path, bytes(32)])
