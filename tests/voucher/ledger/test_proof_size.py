"""A proof stays small: among 100,000 entries it takes seventeen hashes, and less than a kilobyte as it is sent."""

import base64
import json
from hashlib import sha256

from voucher.ledger import tree


def test_a_proof_among_a_hundred_thousand_entries_is_under_a_kilobyte() -> None:
    leaves = [sha256(number.to_bytes(4)).digest() for number in range(100_000)]
    path = tree.path(leaves, 77_777)
    proof = {"position": 77_777, "size": len(leaves), "root": tree.root(leaves).hex(),
             "path": base64.b64encode(b"".join(path)).decode()}
    assert len(path) <= 17
    assert len(json.dumps(proof)) < 1000
