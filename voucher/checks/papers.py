"""The same bytes as evidence of two claims (F10): a report that was delivered before, a paper that was copied."""

from collections.abc import Iterator

from voucher.checks.facts import Facts, Found, Level
from voucher.checks.invoices import INVOICE, reported
from voucher.errors import _

#: What shows that this very service was done; a contract may well stand behind several claims.
OF_THE_SERVICE = frozenset({"report", "deliverable", "test_report", "result", "acceptance", "own_payment", "payment_proof"})


def same_papers(facts: Facts) -> Iterator[Found]:
    """Files of this claim, invoices apart, that an earlier claim or a claim at another office rests on too.

    An order may be claimed in parts, and one acceptance stands behind all of them; each part has invoices of its own.
    """
    for paper in facts.papers:
        for other in facts.other_papers:
            if other.sha256 == paper.sha256 and other.order != paper.order and INVOICE not in (paper.kind, other.kind):
                yield Found(
                    f"{other.claim} {paper.sha256} {paper.kind}",
                    _("{file} ({kind}) is byte for byte {other} ({other_kind}) of the claim {claim} ({programme})."),
                    {"file": paper.file, "kind": paper.kind, "other": other.file, "other_kind": other.kind, "claim": other.claim,
                     "programme": other.programme},
                    (other.claim, other.file), (), None if paper.kind in OF_THE_SERVICE else Level.INFO)
    for each in facts.elsewhere:
        if each.line is None and each.kind != INVOICE:
            about, values, evidence = reported(each)
            yield Found(about, _("Another office, {office}, has the paper {what} ({kind}) too: entry {ticket} of its list of {day}."),
                        values | {"kind": each.kind}, evidence, (), None if each.kind in OF_THE_SERVICE else Level.INFO)
