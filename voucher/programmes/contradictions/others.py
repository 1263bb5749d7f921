"""Papers, tax, payment, the waiting list and awards."""

from voucher.checks.facts import Level
from voucher.checks.table import CHECKS
from voucher.errors import _, problem
from voucher.programmes.contradictions.finding import Found, exactly_one
from voucher.programmes.paydays import late_payday
from voucher.programmes.source import Path
from voucher.programmes.terms import Model, Queue, Rhythm, Terms, Vat


def tax(terms: Terms) -> Found:
    """Own parts that nobody pays, and tax that nobody can bear."""
    for index, own in enumerate(terms.own_share):
        if own.within is not None and terms.model != Model.WALLET:
            yield ("own_share", index, "within"), problem(
                _("Only into a wallet something is paid in. Write model: wallet, or leave this out."))
        if own.vat_first and own.vat != Vat.SME:
            yield ("own_share", index, "vat_first"), problem(_("The tax that the programme bears is not paid by the SME."))
        if own.vat == Vat.PROGRAMME and terms.basis == "net":
            yield ("own_share", index, "vat"), problem(
                _("The programme cannot bear the tax when the basis is net of it. Write basis: gross."))


def approval(terms: Terms) -> Found:
    """Levels of approval that ask for nobody more than a lower one does."""
    before = 1
    for level in terms.levels_of_approval:
        if level.approvers <= before:
            at = next((at for at, each in enumerate(terms.approval_levels) if each is level), None)
            yield ("second_approval_from",) if at is None else ("approval_levels", at, "approvers"), problem(
                _("From this amount on more approvers have to sign than below it: more than {before}."), before=before)
        before = max(before, level.approvers)


def payout(terms: Terms) -> Found:
    """Days of payment, and a time for it that they cannot keep."""
    if (terms.payout.rhythm == Rhythm.DATES) != bool(terms.payout.dates):
        yield ("payout",), problem(_("The rhythm `dates` and a list of dates go together."))
    elif late := late_payday(terms):
        payable_on, paid_on = late
        yield ("payout", "within"), problem(
            _("What is payable on {day} is paid from {later} on by this rhythm; that is later than this allows."),
            day=f"{payable_on:%m-%d}", later=f"{paid_on:%m-%d}")


def queue(terms: Terms) -> Found:
    """The lottery and its seed."""
    waiting = terms.waiting_list
    if waiting is not None and waiting.seed and waiting.order != Queue.LOTTERY:
        yield ("waiting_list", "seed"), problem(_("Only a lottery has a seed."))
    if waiting is not None and waiting.order == Queue.LOTTERY and not waiting.seed:
        yield ("waiting_list",), problem(_("A lottery needs a published seed."))


def checks(terms: Terms) -> Found:
    """Checks set below what they must weigh, and a lot that is never drawn."""
    weights = list(Level)
    for name, level in terms.checks.items():
        least = CHECKS[name].least
        if weights.index(level) < weights.index(least):
            yield ("checks", name), problem(_("What this check finds must weigh at least {least}."), least=least.value)
    if "drawn" in terms.checks and not terms.sampling_rate:
        yield ("checks", "drawn"), problem(_("Nothing is drawn by lot: there is no sampling_rate."))


def awards(terms: Terms) -> Found:
    """What each award is a part of."""
    for index, award in enumerate(terms.provider_awards):
        path: Path = ("provider_awards", index)
        yield from exactly_one(path, {"rate": award.rate is not None, "smaller_of": bool(award.smaller_of)})
        if award.rate is not None and not award.basis:
            yield path, problem(_("Say under basis of what the rate is a part."))
        if award.smaller_of and award.basis:
            yield (*path, "basis"), problem(_("Each of several amounts names its own basis."))
        for at, threshold in enumerate(award.thresholds):
            yield from exactly_one((*path, "thresholds", at), {"at_least": threshold.at_least is not None,
                                                                "times": threshold.times is not None})


def fund_lines(terms: Terms) -> Found:
    """Services that would belong to two fund lines."""
    groups = terms.fund_lines.per_group
    for index, group in enumerate(groups):
        for service in sorted(terms.members((group,)) & terms.members(groups[:index])):
            yield ("fund_lines", "per_group", index), problem(_("{service} has a line of its own already."), service=service)


def relations(terms: Terms) -> Found:
    """Ties that nobody follows."""
    if terms.relations is not None and terms.relations.depth < 1:
        yield ("relations", "depth"), problem(_("A tie is followed over one step at least."))
    if terms.relations is not None and not terms.relations.forbidden:
        yield ("relations", "forbidden"), problem(_("This is empty; there has to be at least one."))
