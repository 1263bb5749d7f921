"""The same test again and again (F13): production or legally required testing passed off as research."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import timedelta

from voucher.checks.facts import Facts, Found, Purchase
from voucher.errors import _

#: So many orders of one thing in so many days.
TIMES, DAYS = 5, 90

# How orders of one thing are counted: 第三批, 3号, （三）, 试验三, 样品甲; test B, test IV.
_DIGIT, _UNIT = "[0-9〇零一二三四五六七八九十百两]", "[批次号期轮组件]"
_COUNTED = re.compile(
    rf"第{_DIGIT}+{_UNIT}?|{_DIGIT}+{_UNIT}|(?<!\w){_DIGIT}+(?!\w)|(?:{_DIGIT}+|[甲乙丙丁戊己庚辛壬癸])$|(?<![a-z])(?:[a-z]|[ivx]+)(?![a-z])")


def repeated(facts: Facts) -> Iterator[Found]:
    """Orders with this provider for the same thing of the catalogue, or whose titles are the same but for how they are counted."""
    same = [each for each in facts.orders if each.service == facts.order.service and _same(each, facts.order)
            and abs(each.placed_on - facts.order.placed_on) <= timedelta(days=DAYS)]
    if len(same) + 1 >= TIMES:
        yield Found("repeated", _("{count} orders for the same thing within {days} days: {title}."),
                    {"count": str(len(same) + 1), "days": str(DAYS), "title": facts.order.title},
                    tuple(sorted([facts.order.order, *(each.order for each in same)])))


def _same(one: Purchase, other: Purchase) -> bool:
    return (one.item != "" and one.item == other.item) or _plain(one.title) == _plain(other.title)


def _plain(title: str) -> str:
    """The words of a title: nothing is left of one that only counts."""
    return "".join(char for char in _COUNTED.sub("", unicodedata.normalize("NFKC", title).casefold()) if char.isalpha())
