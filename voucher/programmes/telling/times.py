"""How long a voucher lives."""

from voucher.programmes.phrases import WORDS
from voucher.programmes.telling.sentence import Sentences, lasting, say
from voucher.programmes.terms import Terms


def times(terms: Terms) -> Sentences:
    """The last day of use, the last day to claim, more time, and what was bought before."""
    validity = terms.validity
    start, used = WORDS[validity.starts_at], WORDS[validity.used_by]
    if validity.activate_within:
        yield lasting("签发后{}内应激活。", "A voucher has to be activated within {} of its issue.",
                       validity.activate_within, validity.clause)
    if validity.use_within:
        yield say(f"自{start.zh}之日起{validity.use_within.chinese}内应完成{used.zh}。",
                  f"Within {validity.use_within} of the {start.en} the {used.en} must have happened.", validity.clause)
    if validity.use_until:
        yield say(f"最迟于 {validity.use_until} 使用。", f"The last day of use is {validity.use_until}.", validity.clause)
    if validity.use_until_day:
        yield say(f"每年 {validity.use_until_day} 为使用截止日。", f"Use ends on {validity.use_until_day} of each year.", validity.clause)
    if validity.claim_within:
        after = WORDS[validity.claim_from]
        yield say(f"自{after.zh}起{validity.claim_within.chinese}内可申请兑付。",
                  f"One may claim within {validity.claim_within} of the {after.en}.", validity.clause)
    if validity.claim_until:
        yield say(f"最迟于 {validity.claim_until} 申请兑付。",
                  f"The last day to claim is {validity.claim_until}.", validity.clause)
    if validity.claim_until_day:
        yield say(f"每年 {validity.claim_until_day} 为兑付申请截止日。",
                  f"Claims end on {validity.claim_until_day} of each year.", validity.clause)
    if validity.extension:
        times, length = validity.extension.times, validity.extension.length
        yield say(f"可延期{times}次，每次{length.chinese}。",
                  f"It can be extended {times} time{'s' if times > 1 else ''} by {length}.", validity.extension.clause)
    if validity.retroactive is None:
        yield say("签发前发生的费用不计。", "Nothing bought before the voucher was given counts.", validity.clause)
    else:
        yield lasting("申请前{}内的费用可以计入。", "Costs of up to {} before the application count.",
                       validity.retroactive, validity.clause)
