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
from datetime import date
from hashlib import sha256


@dataclass(frozen=True)
class Content:
    """What a line says of itself: its day, its signed amount in minor units, and its words."""

    booked_on: date
    minor: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """What counting needs of one statement of an account (number and currency). Balances are in minor units."""

    account: tuple[str, str]
    from_on: date
    sequence: int
    opening: int
    closing: int
    contents: Sequence[Content]


def digest(*parts: str) -> str:
    """64 hexadecimal digits that stand for these parts, in this order."""
    return sha256(json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode("ascii")).hexdigest()


def identities(parts: Sequence[Part]) -> list[list[str]]:
    """The identities of the lines of each statement, in the order given.

    Equal lines are counted through statements that follow each other, and counted anew where a statement covers again what
    the one before it covered.
    """
    answer: list[list[str]] = [[] for __ in parts]
    for account in dict.fromkeys(part.account for part in parts):
        seen: Counter[Content] = Counter()
        before: Part | None = None
        for index in sorted((i for i, part in enumerate(parts) if part.account == account),
                            key=lambda i: (parts[i].from_on, parts[i].sequence, i)):
            part = parts[index]
            if before is None or not _follows(before, part):
                seen = Counter()
            answer[index] = [_identity(account, content, seen) for content in part.contents]
            before = part
    return answer


def _follows(before: Part, part: Part) -> bool:
    """Whether a statement goes on where the one before it stopped: its opening balance says so.

    Unless all that both could share comes to nothing: then the balances agree also when it is the same once more.
    """
    if before.closing != part.opening:
        return False
    shared = [each for each in before.contents if each.booked_on >= part.from_on]
    repeats = not Counter(shared) - Counter(part.contents)
    return not (shared and repeats and sum(each.minor for each in shared) == 0)


def _identity(account: tuple[str, str], content: Content, seen: Counter[Content]) -> str:
    seen[content] += 1
    return digest(*account, content.booked_on.isoformat(), str(content.minor), *content.words, str(seen[content]))
