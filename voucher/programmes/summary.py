"""The rules in plain words, in both languages, made from the terms themselves: what people read is what the engine does.

Sections and sentences are plain texts; how they look on a page or on paper is not decided here. Every key of a file is told; where
people have to see to something themselves, that is said too.
"""

from dataclasses import dataclass

from voucher.programmes.telling.afterwards import afterwards
from voucher.programmes.telling.amounts import amounts
from voucher.programmes.telling.awards import awards
from voucher.programmes.telling.beginnings import applicants, programme, services
from voucher.programmes.telling.claims import claims
from voucher.programmes.telling.limits import limits
from voucher.programmes.telling.own_share import own_share
from voucher.programmes.telling.payment import payment
from voucher.programmes.telling.sentence import Sentence
from voucher.programmes.telling.times import times
from voucher.programmes.terms import Names, Terms


@dataclass(frozen=True)
class Section:
    """Sentences under a heading."""

    heading: Names
    sentences: tuple[Sentence, ...]


_SECTIONS = (
    (Names(zh="项目", en="The programme"), programme), (Names(zh="谁可以申请", en="Who may apply"), applicants),
    (Names(zh="可以购买什么", en="What may be bought"), services), (Names(zh="支付多少", en="How much is paid"), amounts),
    (Names(zh="上限", en="Limits"), limits), (Names(zh="企业承担什么", en="What the firm pays"), own_share),
    (Names(zh="期限", en="Time"), times), (Names(zh="申请兑付", en="Claims"), claims),
    (Names(zh="付款", en="Payment"), payment), (Names(zh="服务机构奖补", en="Awards for providers"), awards),
    (Names(zh="之后", en="Afterwards"), afterwards),
)


def summary(terms: Terms) -> tuple[Section, ...]:
    """The terms in plain words; sections about which the terms say nothing are left out."""
    sections = (Section(heading, tuple(tell(terms))) for heading, tell in _SECTIONS)
    return tuple(section for section in sections if section.sentences)
