"""Check the folder of a case: that nothing in it was altered, and that its entries stand in the ledger whose head you know.

    python check.py FOLDER.zip [HEAD.json] [MANIFEST-SHA256]

Python's standard library alone: this file lies in every folder and may be copied anywhere. It says of each file whether it is
what the manifest names, and of each entry of the books whether it is under the head of the ledger; every paper that a claim's
entries name must lie in the folder. An entry that no seal covered yet has no receipt; the manifest names it, and it is said.

That nothing was left out, and what the tables and events say, rests on the manifest alone: its SHA-256 is printed, and compared
when you give the one that the office wrote down as the folder left the house. Without HEAD.json the head is the one in the folder,
to be compared with the one printed elsewhere.
Exit code 0: all of it holds. 1: something does not, and is named.
"""

# ruff: noqa: T201 - this file is a program of its own

import base64
import hashlib
import json
import re
import sys
import zipfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

_DIGEST = re.compile("[0-9a-fA-F]{64}")

FORMAT = "voucher-case-1"
MANIFEST = "manifest.json"


def manifest_digest(folder: zipfile.ZipFile) -> str:
    """The SHA-256 of the manifest, which names everything else."""
    return hashlib.sha256(folder.read(MANIFEST)).hexdigest()


def unsealed(folder: zipfile.ZipFile) -> list[str]:
    """The causes of the entries that no seal covered yet, of a folder that holds: they rest on the manifest alone."""
    return [str(each) for each in json.loads(folder.read(MANIFEST))["unsealed"]]


def problems(folder: zipfile.ZipFile, head: Mapping[str, Any] | None = None, manifest: str = "") -> Iterator[str]:
    """What is wrong with a folder; nothing when all of it holds.

    `head` is the head of the ledger that was kept elsewhere, `manifest` the SHA-256 that the office wrote down, in hexadecimal.
    """
    try:
        said = json.loads(folder.read(MANIFEST))
        named = {each["name"]: each for each in said["files"]}
        without_proof = {str(each) for each in said["unsealed"]}
        known = said["format"] == FORMAT
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile):
        known, named, without_proof = False, {}, set()
    if not known:
        yield "this is no folder of a case: it has no manifest that can be read"
        return
    if manifest and manifest.lower() != manifest_digest(folder):
        yield "the manifest is not the one whose SHA-256 you gave: this is not the folder that left the house"
    yield from _files(folder, named)
    try:
        yield from _entries(folder, named, without_proof, head)
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        yield f"the entries cannot be read ({type(error).__name__})"


def _files(folder: zipfile.ZipFile, named: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Every file against the manifest, one at a time."""
    inside = [name for name in folder.namelist() if name != MANIFEST]
    for name in sorted({name for name in inside if inside.count(name) > 1}):
        yield f"{name}: there are two of them"
    for name in sorted(set(inside) - named.keys()):
        yield f"{name}: the manifest does not name it"
    for name, about in named.items():
        if name not in inside:
            yield f"{name}: is missing"
        elif _digest(folder, name) != about["sha256"]:
            yield f"{name}: was altered"


def _digest(folder: zipfile.ZipFile, name: str) -> str:
    try:
        with folder.open(name) as file:
            digest = hashlib.sha256()
            while part := file.read(1 << 20):
                digest.update(part)
            return digest.hexdigest()
    except (zipfile.BadZipFile, OSError, EOFError):
        return "unreadable"


def _entries(folder: zipfile.ZipFile, named: Mapping[str, Mapping[str, Any]], without_proof: Collection[str],
             head: Mapping[str, Any] | None) -> Iterator[str]:
    """Each entry against the head, and the papers of claims against what lies in the folder."""
    kept = head or json.loads(folder.read("head.json"))
    papers = {about["sha256"] for name, about in named.items() if name.startswith("evidence/")}
    for name in sorted(named):
        if name.startswith("entries/"):
            entry = json.loads(folder.read(name))
            said = json.loads(entry["content"])
            if "proof" in entry:
                yield from (f"{name}: {each}" for each in _receipt(entry, kept))
            elif said["cause"] not in without_proof:
                yield f"{name}: has no receipt, and the manifest does not say that no seal covered it"
            if said["event"].startswith("claim."):
                yield from (f"{name}: the paper {digest} is not in the folder" for digest in said["evidence"] if digest not in papers)


def _receipt(receipt: Mapping[str, Any], head: Mapping[str, Any]) -> Iterator[str]:
    proof, recorded = receipt["proof"], json.loads(receipt["record"])
    if hashlib.sha256(receipt["content"].encode()).hexdigest() != recorded["content"]:
        yield "what the entry says is not what was recorded"
    leaf = hashlib.sha256(b"\x00" + receipt["record"].encode()).digest()
    if _root(leaf, proof["position"], proof["size"], base64.b64decode(proof["path"], validate=True)) != bytes.fromhex(proof["root"]):
        yield "its hashes do not lead to the head"
    if (proof["size"], proof["root"]) != (head["size"], head["root"]):
        yield "it is under another head"


def _root(leaf: bytes, position: int, size: int, joined: bytes) -> bytes:
    """The root to which a leaf at a position leads (RFC 9162, section 2.1.3.2); empty when the path does not fit."""
    at, last, answer = position, size - 1, leaf
    if not 0 <= position < size:
        return b""
    for each in (joined[start:start + 32] for start in range(0, len(joined), 32)):
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


def main(arguments: list[str]) -> int:
    """Check the folder that is named; say what was found."""
    digests = [each for each in arguments if _DIGEST.fullmatch(each)]
    files = [each for each in arguments if each not in digests]
    if not 1 <= len(files) <= 2 or len(digests) > 1:
        print(__doc__)
        return 1
    open_ones: list[str] = []
    try:
        head = json.loads(Path(files[1]).read_text("utf-8")) if len(files) == 2 else None
        with zipfile.ZipFile(files[0]) as folder:
            found = list(problems(folder, head, "".join(digests)))
            digest = manifest_digest(folder) if MANIFEST in folder.namelist() else "-"
            open_ones = [] if found else unsealed(folder)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        found, digest = [f"{' '.join(files)}: {error}"], "-"
    for each in found:
        print(f"This does not hold: {each}.")
    print(f"SHA-256 of the manifest: {digest}")
    for each in open_ones:
        print(f"No seal covered this entry yet: {each}.")
    if not found:
        print("Everything in the folder is what its manifest names, and its sealed entries stand under the head.")
        print("The manifest is the one that you named." if digests else
              "That nothing was left out, and the tables and events, rest on that SHA-256: compare it with what the office wrote down.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
