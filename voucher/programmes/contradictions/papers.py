"""Services for which no paper is asked: in no case, or in some."""

from voucher.errors import _, problem
from voucher.money import Money
from voucher.programmes.cases import Case, fits
from voucher.programmes.contradictions.finding import Found
from voucher.programmes.contradictions.kinds import kinds_of_cases
from voucher.programmes.phrases import money_of
from voucher.programmes.source import Verbatim
from voucher.programmes.terms import Condition, Terms


def without_papers(terms: Terms) -> Found:
    """Services of which a case of some kind, or an amount, could be claimed without any paper; the first such case of each."""
    conditions = [*(paper.when for paper in terms.evidence), *(own.when for own in terms.own_share),
                  *(bounds.when for bounds in terms.eligible_cost)]
    kinds = kinds_of_cases(terms, conditions).cases
    for service in terms.services:
        cases = [case for case in kinds if case.service == service and _can_be_paid(terms, case)]
        bare = [case for case in cases if not _asked(terms, case)]
        if bare and len(bare) == len(cases) and not any(each.from_amount for each in terms.evidence):
            yield ("services", service), problem(_("No evidence is asked for the service {service}."), service=service)
        elif bare:
            yield ("services", service), problem(_("No evidence is asked for the service {service} in some cases, such as {case}."),
                                                 service=service, case=Verbatim(_written(terms, bare[0], conditions)))


def _can_be_paid(terms: Terms, case: Case) -> bool:
    """Whether the cost is one for which something is paid."""
    return not any(fits(terms, each.when, case) and ((each.at_least is not None and case.net < each.at_least)
                                                      or (each.refuse_above and each.at_most is not None and case.net > each.at_most))
                   for each in terms.eligible_cost)


def _asked(terms: Terms, case: Case) -> bool:
    """Whether some paper is asked in the case, however little the voucher pays; of instalments, for one of them."""
    least = _least(terms, case)
    own = next((each for each in terms.own_share if fits(terms, each.when, case)), None)
    return bool(own and own.proof) or any(
        fits(terms, each.when, case) and (each.from_amount is None or each.from_amount <= least) for each in terms.evidence)


def _least(terms: Terms, case: Case) -> Money:
    """The least that is paid in the case."""
    special = next((each.amount for each in terms.minimums if fits(terms, each.when, case)), terms.minimum)
    return max(special or Money(1, terms.currency), Money(1, terms.currency))


def _written(terms: Terms, case: Case, conditions: list[Condition]) -> str:
    """The case, as far as a rule asks for it, in the keys of a cases file."""
    said = {"firm_class": case.firm_class} if any(when.firm_classes for when in conditions) else {}
    said |= {name: value for name, value in (("item", case.item), ("region", case.region), ("provider_region", case.provider_region),
                                             ("facts", f"[{', '.join(sorted(case.facts))}]" if case.facts else "")) if value}
    if any(when.cost_from or when.cost_up_to for when in conditions):
        said["net"] = money_of(case.net)
    if any(when.since or when.until for when in conditions):
        said["on"] = str(case.on)
    if any(when.asks_for_earlier_uses for when in conditions):
        said["used"] = str(case.earlier_uses)
    if any(each.from_amount for each in terms.evidence):
        said["amount"] = money_of(_least(terms, case))
    return ", ".join(f"{name}: {value}" for name, value in said.items())
