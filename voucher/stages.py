"""Stages: where the terms pay in instalments, each is claimed by itself, in its order, with papers and a payout of its own.

A stage asks for what is due by then of all that the terms give, less what the stages before it took. Every stage but the last may be
claimed while the work goes on; the last one waits for the acceptance. An order that ended with a part done is claimed at once.
"""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from voucher.claims import Claim
from voucher.orders import CLAIMABLE, Order, OrderState
from voucher.programmes.terms import Instalment, Terms

# Work goes on, and something of it may be done.
UNDER_WAY = (OrderState.STARTED, OrderState.DELIVERED)


def next_stage(terms: Terms, order: Order, live: Sequence[Claim]) -> Instalment | None:
    """The first instalment that none of an order's live claims is for; None where all is claimed at once."""
    claimed = {claim.milestone for claim in live}
    if order.state == OrderState.TERMINATED:
        return None
    return next((each for each in terms.instalments if each.code not in claimed), None)


def stage_named(terms: Terms, code: str) -> Instalment | None:
    """The instalment with this code; None where a claim is for no instalment."""
    return next((each for each in terms.instalments if each.code == code), None)


def is_last(terms: Terms, stage: Instalment | None) -> bool:
    """Whether nothing is claimed after it."""
    return stage is None or stage == terms.instalments[-1]


def claimable_states(terms: Terms, stage: Instalment | None) -> tuple[OrderState, ...]:
    """In which states of its order a stage can be claimed."""
    return CLAIMABLE if is_last(terms, stage) else (*UNDER_WAY, *CLAIMABLE)


def opens_on(terms: Terms, stage: Instalment | None, live: Sequence[Claim]) -> date | None:
    """The day from which a stage can be claimed: as long after the claim for the one before as the terms say."""
    if stage is None or stage.wait is None or stage == terms.instalments[0]:
        return None
    before = terms.instalments[terms.instalments.index(stage) - 1].code
    days = [claim.submitted_at.astimezone(ZoneInfo(terms.zone)).date() for claim in live if claim.milestone == before]
    return stage.wait.after(days[0], terms.calendar) if days else None


def codes_before(terms: Terms, stage: Instalment | None) -> tuple[str, ...]:
    """The instalments that come before a claim: those before its own, or all where it is for what is left of the order."""
    return tuple(each.code for each in terms.instalments) if stage is None else codes_until(terms, stage)[:-1]


def codes_until(terms: Terms, stage: Instalment) -> tuple[str, ...]:
    """The instalments that are due when this one is: itself, and those before it."""
    return tuple(each.code for each in terms.instalments[:terms.instalments.index(stage) + 1])
