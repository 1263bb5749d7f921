"""One rule in words, and the small forms in which many rules are said."""

from collections.abc import Iterator
from dataclasses import dataclass

from voucher.programmes.durations import Duration
from voucher.programmes.phrases import joined
from voucher.programmes.terms import Names


@dataclass(frozen=True)
class Sentence:
    """One rule in words, with the clause that it rests on."""

    text: Names
    clause: Names | None = None


Sentences = Iterator[Sentence]


def say(zh: str, en: str, clause: Names | None = None) -> Sentence:
    """A sentence in both languages."""
    return Sentence(Names(zh=zh, en=en), clause)


def lasting(zh: str, en: str, length: Duration, clause: Names | None = None) -> Sentence:
    """A sentence with a length of time at its {}."""
    return say(zh.format(length.chinese), en.format(length), clause)


def only_told(sentence: Sentence) -> Sentence:
    """A rule that people see to, with words that say so: nothing in the system acts on it."""
    return say(f"{sentence.text.zh}（由主管单位掌握，系统不自动执行）",
               f"{sentence.text.en} (The office sees to this; the system does not.)", sentence.clause)


def together(*clauses: Names | None) -> Names | None:
    """Several clauses as one, each once; None when nothing is cited."""
    cited = tuple(dict.fromkeys(each for each in clauses if each is not None))
    return joined(cited, "、") if cited else None


def capital(text: str) -> str:
    """The beginning of a sentence, with a capital letter."""
    return text[:1].upper() + text[1:]


def otherwise(when: Names, again: bool) -> Names:
    """The condition, when a rule above holds first."""
    return Names(zh=f"此外{when.zh or '的情形，'}", en=f"otherwise, {when.en}") if again else when
