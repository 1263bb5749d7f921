"""What stands in the navigation, by what a person may do."""

from dataclasses import dataclass

from flask import request

from voucher.errors import _
from voucher.people import OFFICE_ROLES, Role
from workflows.access import who

OFFICE = frozenset(OFFICE_ROLES)
MONEY = frozenset({Role.FINANCE, Role.TREASURY, Role.AUDITOR})


@dataclass(frozen=True)
class Item:
    """A word in the navigation: where it leads, and for whom it is (everybody signed in, without roles)."""

    endpoint: str
    word: str
    roles: frozenset[Role] = frozenset()

    @property
    def is_current(self) -> bool:
        """Whether the person is there now."""
        return request.endpoint == self.endpoint


ITEMS = (
    Item("public.home", _("Waiting for you")),
    Item("letters.letters", _("Letters")),
    Item("absences.absences", _("Absences")),
    Item("sme.vouchers", _("My vouchers"), frozenset({Role.SME})),
    Item("sme.apply_form", _("Apply"), frozenset({Role.SME})),
    Item("provider.orders", _("Orders"), frozenset({Role.PROVIDER})),
    Item("cases.claims", _("Claims"), frozenset({Role.SME, Role.PROVIDER})),
    Item("cases.payouts", _("Payouts"), frozenset({Role.SME, Role.PROVIDER})),
    Item("register.listed", _("Register of providers")),
    Item("awards.mine", _("Awards"), frozenset({Role.PROVIDER})),
    Item("recoveries.mine", _("Recoveries"), frozenset({Role.SME, Role.PROVIDER})),
    Item("programme.programmes", _("Programmes"), OFFICE),
    Item("programme.vouchers", _("Vouchers"), OFFICE),
    Item("programme.claims", _("Claims"), OFFICE),
    Item("notices.objections", _("Objections"), OFFICE),
    Item("checks.findings", _("Findings"), OFFICE),
    Item("clocks.deadlines", _("Deadlines"), OFFICE),
    Item("clocks.ageing", _("Ageing"), OFFICE),
    Item("ties.ties", _("Ties"), OFFICE),
    Item("finance.payouts", _("Payouts"), OFFICE),
    Item("awards.awards", _("Awards"), OFFICE),
    Item("recoveries.recoveries", _("Recoveries"), OFFICE),
    Item("finance.batches", _("Batches"), MONEY),
    Item("finance.reconciliation", _("Reconciliation"), MONEY),
    Item("auditor.books", _("Books"), MONEY),
    Item("periods.periods", _("Periods"), MONEY | {Role.APPROVER}),
    Item("looks.looks", _("Who saw what"), frozenset({Role.SME, Role.PROVIDER, Role.AUDITOR})),
    Item("administrator.organisations", _("Organisations"), frozenset({Role.ADMINISTRATOR})),
)


def navigation() -> list[Item]:
    """The words for whoever is at the door; nothing for strangers."""
    actor = who()
    if actor.person_id is None:
        return []
    return [item for item in ITEMS if not item.roles or any(actor.holds(role) for role in item.roles)]
