"""Every check, one row each: what it is called, how much its findings weigh, when it runs, and what the claimant is told."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from voucher.checks.facts import Facts, Found, Level
from voucher.checks.invoices import same_invoice
from voucher.checks.papers import same_papers
from voucher.errors import _


class Stage(StrEnum):
    """When checks run: as a claim comes in, before it is approved, before its money is released."""

    SUBMISSION = "submission"
    APPROVAL = "approval"
    RELEASE = "release"


@dataclass(frozen=True)
class Check:
    """A check. `patterns` are the frauds and errors it is for (F1..F13 of the domain notes and the guide for auditors).

    `told` is what the claimant reads while a finding stops his claim: what concerns him, and nothing of anybody else.
    `at_release` says whether it still has something to say when the claim is approved already.
    """

    title: str
    find: Callable[[Facts], Iterable[Found]]
    level: Level
    patterns: tuple[str, ...]
    told: str = ""
    at_release: bool = False


CHECKS: Mapping[str, Check] = {
    "same_invoice": Check(
        _("The same invoice twice"), same_invoice, Level.BLOCK, ("F4",), at_release=True,
        told=_("An invoice of this claim looks like one that was claimed before. An officer looks at it.")),
    "same_papers": Check(_("The same paper twice"), same_papers, Level.WARN, ("F10",)),
}
