"""Who is who among bank lines: an identity that is the same in every export and keeps true twins apart.

Banks number lines badly: some repeat their references, some use statement numbers again every year, exports overlap. So a
line is known by its account, its day and all that it says, and equal lines of one day are counted: the second 12.00 from
the same payer is another line, however often the file is imported. The statement's own number takes no part.

One limit: when a bank splits a day over several files and gives no references, two equal lines in different files of that
day look like one. The balances tell: the kept lines then no longer reach the closing balance.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

# Everything that a line says of itself, with its account and day.
Content = tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """What counting needs of one statement. `order` sorts the statements of an account by period and number."""

    account: tuple[str, str]
    order: tuple[str, int]
    identity: str
    opening: int
    closing: int
    contents: Sequence[Content]


def digest(*parts: str) -> str:
    """64 hexadecimal digits that stand for these parts, in this order."""
    return sha256(json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode("ascii")).hexdigest()


def identities(parts: Sequence[Part]) -> list[list[str]]:
    """The identities of the lines of each statement, in the order given.

    Equal lines are counted through statements that follow each other (one opens where the other closed), and counted anew
    where a statement covers again what another one covered.
    """
    answer: list[list[str]] = [[] for __ in parts]
    for account in dict.fromkeys(part.account for part in parts):
        seen: Counter[Content] = Counter()
        before: Part | None = None
        for index in sorted((i for i, part in enumerate(parts) if part.account == account), key=lambda i: (parts[i].order, i)):
            part = parts[index]
            if before is None or before.closing != part.opening or before.identity == part.identity:
                seen = Counter()
            answer[index] = [_identity(content, seen) for content in part.contents]
            before = part
    return answer


def _identity(content: Content, seen: Counter[Content]) -> str:
    seen[content] += 1
    return digest(*content, str(seen[content]))
