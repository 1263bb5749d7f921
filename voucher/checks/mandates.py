"""A claim sent by somebody who acts for several firms, without a mandate of this one (F2)."""

from collections.abc import Iterator

from voucher.checks.facts import Facts, Found
from voucher.errors import _

#: The kind of evidence that is a mandate, signed by the firm itself.
MANDATE = "mandate"


def without_mandate(facts: Facts) -> Iterator[Found]:
    """Whoever sent the claim acts for firms of different groups too, and the claim brings no mandate."""
    groups = {firm.group for firm in facts.acts_for} | {facts.claimant.group}
    if len(groups) > 1 and all(paper.kind != MANDATE for paper in facts.papers):
        others = sorted(firm.name for firm in facts.acts_for if firm.reference != facts.claimant.reference)
        yield Found("mandate", _("Whoever sent this claim also acts for {firms}, and no mandate signed by the claimant is among "
                                 "the evidence."), {"firms": ", ".join(others[:5])},
                    tuple(sorted(firm.reference for firm in facts.acts_for)))
