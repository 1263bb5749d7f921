"""Every check, one row each: what it is called, how much its findings weigh, when it runs, and what the claimant is told."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from voucher.checks.accounts import changed_account, other_holder, shared_account
from voucher.checks.conflicts import conflict
from voucher.checks.crowds import crowded
from voucher.checks.digits import odd_digits
from voucher.checks.facts import Facts, Found, Level
from voucher.checks.invoices import same_invoice
from voucher.checks.listing import unlisted
from voucher.checks.mandates import without_mandate
from voucher.checks.outliers import odd
from voucher.checks.papers import same_papers
from voucher.checks.payments import same_payment
from voucher.checks.prices import above_list, high_price
from voucher.checks.relations import related
from voucher.checks.repetition import repeated
from voucher.checks.sampling import drawn
from voucher.checks.splitting import split
from voucher.errors import _


class Stage(StrEnum):
    """When checks run: as a claim comes in, before it is approved, before its money is released."""

    SUBMISSION = "submission"
    APPROVAL = "approval"
    RELEASE = "release"


#: While the lines may still be cut; always; only when money is about to go.
BEFORE, ALWAYS, LAST = frozenset({Stage.SUBMISSION, Stage.APPROVAL}), frozenset(Stage), frozenset({Stage.RELEASE})


@dataclass(frozen=True)
class Check:
    """A check. `patterns` are the frauds and errors it is for (F1..F13, named in the guide for auditors).

    `told` is what the claimant reads while a finding stops his claim: what concerns him, and nothing of anybody else.
    `told_of_itself` is read instead where what was found lies within the claim itself, and no other one shows it.
    Terms may say how much it weighs (`checks`), but never less than `least`: what a programme forbids elsewhere in its terms, and
    what has the same money paid twice or to the wrong account, is not let pass by a line in a file.
    """

    title: str
    find: Callable[[Facts], Iterable[Found]]
    level: Level
    patterns: tuple[str, ...]
    told: str = _("An officer looks at this claim before it is paid.")
    stages: frozenset[Stage] = BEFORE
    least: Level = Level.INFO
    told_of_itself: str = ""

    def tells(self, evidence: Collection[str]) -> str:
        """What the claimant reads of a finding, by what shows it."""
        return self.told if evidence or not self.told_of_itself else self.told_of_itself


CHECKS: Mapping[str, Check] = {
    "same_invoice": Check(
        _("The same invoice twice"), same_invoice, Level.BLOCK, ("F4",), stages=ALWAYS, least=Level.BLOCK,
        told=_("An invoice of this claim looks like one that was claimed before. An officer looks at it."),
        told_of_itself=_("An invoice seems to stand in this claim twice. An officer looks at it.")),
    "drawn": Check(
        _("Drawn by lot"), drawn, Level.BLOCK, ("F1", "F5", "F10"), least=Level.BLOCK,
        told=_("This claim was drawn by lot for a closer look. Somebody of the office gets in touch with you.")),
    "same_papers": Check(_("The same paper twice"), same_papers, Level.WARN, ("F10",)),
    "same_payment": Check(
        _("One payment for two own shares"), same_payment, Level.WARN, ("F4",), least=Level.WARN,
        told=_("The payment that you name was named in another claim too. An officer looks at it.")),
    "related": Check(
        _("SME and provider are tied"), related, Level.BLOCK, ("F3",), stages=ALWAYS, least=Level.BLOCK,
        told=_("By the terms, SME and provider must not be tied to each other. An officer looks at this claim.")),
    "conflict": Check(
        _("An officer is tied to a firm in the case"), conflict, Level.BLOCK, ("F12",), stages=ALWAYS, least=Level.BLOCK, told=""),
    "without_mandate": Check(
        _("Sent without a mandate"), without_mandate, Level.BLOCK, ("F2",), least=Level.WARN,
        told=_("Whoever sent this claim acts for several firms. The office asks for a mandate signed by yours.")),
    "crowded": Check(_("Many firms at one place"), crowded, Level.WARN, ("F2", "F7")),
    "shared_account": Check(
        _("An account of two firms"), shared_account, Level.BLOCK, ("F2", "F3"), stages=ALWAYS, least=Level.WARN,
        told=_("The account to be paid is also named by another organisation. An officer looks at it.")),
    "other_holder": Check(_("An account in another name"), other_holder, Level.WARN, ("F11",), stages=ALWAYS, least=Level.WARN),
    "changed_account": Check(
        _("The account was changed shortly before"), changed_account, Level.BLOCK, ("F11",), stages=LAST, least=Level.BLOCK,
        told=_("The account to be paid was changed a short time ago. The office asks you about it by a way known from before.")),
    "split": Check(_("Cut into several to stay under a limit"), split, Level.WARN, ("F6",)),
    "repeated": Check(_("The same thing again and again"), repeated, Level.WARN, ("F13",)),
    "high_price": Check(_("A price far above the others"), high_price, Level.WARN, ("F1", "F5")),
    "above_list": Check(_("A price above the provider's own list"), above_list, Level.WARN, ("F1", "F5")),
    "odd": Check(_("Several odd signs at once"), odd, Level.WARN, ("F5",)),
    "digits": Check(_("First digits that are not by chance"), odd_digits, Level.INFO, ("F5",)),
    "unlisted": Check(_("The provider was not on the list"), unlisted, Level.WARN, ("F8",), least=Level.WARN),
}


def weigh(name: str, found: Found, levels: Mapping[str, Level]) -> Found:
    """A finding with its weight: as the terms say of the check, else as the check has it; what it found to be milder stays milder."""
    own = levels.get(name, CHECKS[name].level)
    return replace(found, level=own if found.level is None else min(own, found.level, key=list(Level).index))
