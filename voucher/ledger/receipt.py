"""Check a receipt: that an entry stands, unaltered, in a ledger whose head you know. Python's standard library alone.

    python receipt.py RECEIPT.json [HEAD.json]
    python receipt.py GROWTH.json [HEAD.json [LATER.json]]

The receipt holds what the entry says, and the hashes that lead from it to the head of the ledger; without HEAD.json the head
is the one that the receipt names, to be compared with the one printed elsewhere. A growth holds the hashes that lead to two heads: all
that stood under the earlier one stands under the later one, in the same places. Nothing of the ledger is asked, so this
file may be copied anywhere. Exit code 0: it holds. 1: it does not.
"""

# ruff: noqa: T201 - this file is a program of its own

import base64
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def problems(receipt: Mapping[str, Any], head: Mapping[str, Any] | None = None) -> list[str]:
    """What is wrong with a receipt; nothing when the entry is in the tree under the head."""
    proof, record = receipt["proof"], json.loads(receipt["record"])
    found = []
    if hashlib.sha256(receipt["content"].encode()).hexdigest() != record["content"]:
        found.append("what the entry says is not what was recorded")
    leaf = hashlib.sha256(b"\x00" + receipt["record"].encode()).digest()
    if _root(leaf, proof["position"], proof["size"], _hashes(proof["path"])) != bytes.fromhex(proof["root"]):
        found.append("the hashes do not lead to the head")
    if head is not None and (head["size"], head["root"]) != (proof["size"], proof["root"]):
        found.append("the receipt is for another head")
    return found


def growth_problems(growth: Mapping[str, Any], *heads: Mapping[str, Any]) -> list[str]:
    """What is wrong with a growth; nothing when the later head holds all that the earlier one held, in the same places."""
    before, after = growth["before"], growth["after"]
    found = []
    if not _grew(before["size"], bytes.fromhex(before["root"]), after["size"], bytes.fromhex(after["root"]), _hashes(growth["path"])):
        found.append("the hashes do not lead to both heads")
    if any((head["size"], head["root"]) not in ((each["size"], each["root"]) for each in (before, after)) for head in heads):
        found.append("it is about other heads")
    return found


def _hashes(path: str) -> list[bytes]:
    joined = base64.b64decode(path, validate=True)
    return [joined[at:at + 32] for at in range(0, len(joined), 32)]


def _root(leaf: bytes, position: int, size: int, path: list[bytes]) -> bytes:
    """The root to which a leaf at a position leads (RFC 9162, section 2.1.3.2); empty when the path does not fit."""
    if not 0 <= position < size:
        return b""
    at, last, answer = position, size - 1, leaf
    for each in path:
        if last == 0:
            return b""
        if at % 2 == 1 or at == last:
            answer = hashlib.sha256(b"\x01" + each + answer).digest()
            while at % 2 == 0 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            answer = hashlib.sha256(b"\x01" + answer + each).digest()
        at, last = at >> 1, last >> 1
    return answer if last == 0 else b""


def _grew(before: int, earlier: bytes, size: int, later: bytes, path: list[bytes]) -> bool:
    """Whether hashes lead to the roots over the first leaves and over all of them (RFC 9162, section 2.1.4.2)."""
    if not 0 < before < size:
        return 0 < before == size and earlier == later and not path
    at, last = before - 1, size - 1
    while at % 2 == 1:
        at, last = at >> 1, last >> 1
    if at == 0:
        path = [earlier, *path]
    if not path:
        return False
    first = answer = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if at % 2 == 1 or at == last:
            first, answer = (hashlib.sha256(b"\x01" + each + side).digest() for side in (first, answer))
            while at % 2 == 0 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            answer = hashlib.sha256(b"\x01" + answer + each).digest()
        at, last = at >> 1, last >> 1
    return last == 0 and (first, answer) == (earlier, later)


def main(arguments: list[str]) -> int:
    """Check the file that is named; say what was found."""
    given = [json.loads(Path(name).read_text("utf-8")) for name in arguments]
    is_growth = bool(given) and "before" in given[0]
    if not 1 <= len(given) <= 2 + is_growth:
        print(__doc__)
        return 1
    found = growth_problems(*given) if is_growth else problems(*given)
    for each in found:
        print(f"This {'growth' if is_growth else 'receipt'} does not hold: {each}.")
    if not found:
        print(_said(given[0], is_growth))
    return 1 if found else 0


def _said(document: Mapping[str, Any], is_growth: bool) -> str:
    """What is proven."""
    if is_growth:
        before, after = document["before"], document["after"]
        return f"The first {before['size']} of {after['size']} entries under {after['root']} are those under {before['root']}."
    proof = document["proof"]
    return f"This entry stands at {proof['position']} of {proof['size']} under {proof['root']}:\n{document['content']}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
