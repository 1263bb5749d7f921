"""What happens when the money is gone, and after it was paid."""

from voucher.programmes.phrases import WORDS, field_of, joined, percent
from voucher.programmes.telling.sentence import Sentences, lasting, say
from voucher.programmes.terms import Kinder, Terms


def afterwards(terms: Terms) -> Sentences:
    """The waiting list, money that comes back, papers, what is published, and later versions."""
    if terms.waiting_list:
        order, clause = WORDS[terms.waiting_list.order], terms.waiting_list.clause
        yield say(f"预算用完后列入候补名单，{order.zh}。",
                  f"When the money is gone there is a waiting list, served {order.en}.", clause)
        if terms.waiting_list.seed:
            yield say(f"抽签种子：{terms.waiting_list.seed}。", f"The seed of the lottery: {terms.waiting_list.seed}.", clause)
        if terms.waiting_list.offer_open:
            yield lasting("轮到者须在{}内接受，逾期作废。", "Whose turn it is has {} to accept.", terms.waiting_list.offer_open, clause)
    if terms.clawback and terms.clawback.look_back:
        yield lasting("{}内的错误支付可以追缴。", "What was paid wrongly is asked back up to {} later.",
                       terms.clawback.look_back, terms.clawback.clause)
    if terms.clawback and terms.clawback.interest:
        rate = percent(terms.clawback.interest)
        yield say(f"追缴时按年 {rate} 计收利息。", f"With it goes interest of {rate} a year.", terms.clawback.clause)
    if terms.clawback and terms.clawback.ban:
        yield lasting("有关各方{}内不得申请。", "Those concerned may not apply for {}.", terms.clawback.ban, terms.clawback.clause)
    yield lasting("材料自案件结束起保存{}，期满列出，由人工处理。",
                  "Papers are kept for {} after the case ended; what is past that is listed for somebody to decide.", terms.retention,
                  terms.clause_of("retention"))
    if terms.publication_fields:
        named = joined(tuple(field_of(code) for code in terms.publication_fields))
        yield say(f"对外公布：{named.zh}。", f"Of each paid case is published: {named.en}.", terms.clause_of("publication_fields"))
    if terms.kinder_version != Kinder.NOTHING:
        what = WORDS[terms.kinder_version]
        yield say(f"本版本较宽的规定也适用于此前的{what.zh}。", f"Where this version is kinder, it also holds for older {what.en}.",
                  terms.clause_of("kinder_version"))
