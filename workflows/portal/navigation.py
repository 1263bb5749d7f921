"""What stands in the navigation, by what a person may do."""

from dataclasses import dataclass

from flask import current_app, g, request

from voucher.errors import _
from voucher.people import OFFICE_ROLES, Role
from workflows.access import who

OFFICE = frozenset(OFFICE_ROLES)
MONEY = frozenset({Role.FINANCE, Role.TREASURY, Role.AUDITOR})


FIRMS = frozenset({Role.SME, Role.PROVIDER})


def shown() -> str | None:
    """The endpoint of the page that is shown: after a refused step that of the page on which it is told."""
    page = g.get("page")
    return next((endpoint for endpoint, view in current_app.view_functions.items() if view is page), request.endpoint)


@dataclass(frozen=True)
class Item:
    """A word in the navigation: where it leads, for whom it is (everybody signed in, without roles), and the endpoints of
    the pages that one reaches from there.
    """

    endpoint: str
    word: str
    roles: frozenset[Role] = frozenset()
    behind: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether the person is there now, or on a page behind it."""
        return shown() in (self.endpoint, *self.behind)


@dataclass(frozen=True)
class Room:
    """Items that belong together. Its own word leads to the first of them; the others show once one is in it."""

    word: str
    items: tuple[Item, ...]

    @property
    def is_current(self) -> bool:
        """Whether the person is in it now."""
        return any(item.is_current for item in self.items)


ROOMS = (
    Room(_("Desk"), (
        Item("public.home", _("Waiting for you")),
        Item("letters.letters", _("Letters")),
        Item("absences.absences", _("Absences")),
    )),
    Room(_("Cases"), (
        Item("sme.vouchers", _("My vouchers"), frozenset({Role.SME}), ("cases.voucher", "cases.order", "sme.order_form")),
        Item("sme.apply_form", _("Apply"), frozenset({Role.SME})),
        Item("provider.orders", _("Orders"), frozenset({Role.PROVIDER}), ("cases.order",)),
        Item("cases.claims", _("Claims"), FIRMS,
             ("cases.claim", "claiming.claim_form", "claiming.correct_form", "instrument_logs.log_form")),
        Item("programme.programmes", _("Programmes"), OFFICE,
             ("programme.publish_form", "public.programme", "finance.programme_funds", "rules.rules", "rules.difference",
              "backtests.backtests", "backtests.backtest")),
        Item("programme.vouchers", _("Vouchers"), OFFICE, ("cases.voucher", "cases.order")),
        Item("programme.claims", _("Claims"), OFFICE, ("cases.claim",)),
        Item("notices.objections", _("Objections"), OFFICE, ("notices.objection",)),
    )),
    Room(_("Checks"), (
        Item("checks.findings", _("Findings"), OFFICE, ("checks.finding",)),
        Item("ties.ties", _("Ties"), OFFICE),
        Item("draws.draws", _("Draws"), OFFICE),
        Item("bans.bans", _("Bans"), OFFICE),
        Item("exchange.lists", _("Exchange"), frozenset({Role.APPROVER, Role.AUDITOR, Role.ADMINISTRATOR}),
             ("exchange.find_ticket", "exchange.enter_key")),
        Item("looks.looks", _("Who saw what"), FIRMS | {Role.AUDITOR}),
    )),
    Room(_("Clocks"), (
        Item("clocks.deadlines", _("Deadlines"), OFFICE),
        Item("clocks.ageing", _("Ageing"), OFFICE),
        Item("clocks.predictions", _("Predicted payment days"), OFFICE, ("clocks.measured_predictions",)),
        Item("clocks.retention", _("Retention"), frozenset({Role.AUDITOR, Role.ADMINISTRATOR})),
    )),
    Room(_("Money"), (
        Item("cases.payouts", _("Payouts"), FIRMS, ("cases.payout", "accounts.statement")),
        Item("finance.payouts", _("Payouts"), OFFICE, ("cases.payout",)),
        Item("deposits.deposits", _("Deposits"), MONEY | {Role.SME}),
        Item("invoices.invoices", _("Invoices"), MONEY),
        Item("finance.batches", _("Batches"), MONEY, ("finance.gather_form", "finance.batch")),
        Item("finance.reconciliation", _("Reconciliation"), MONEY, ("finance.statement",)),
        Item("awards.mine", _("Awards"), frozenset({Role.PROVIDER}), ("awards.case", "awards.preview")),
        Item("awards.awards", _("Awards"), OFFICE, ("awards.case", "awards.preview")),
        Item("recoveries.mine", _("Recoveries"), FIRMS, ("recoveries.case",)),
        Item("recoveries.recoveries", _("Recoveries"), OFFICE, ("recoveries.case",)),
    )),
    Room(_("Books"), (
        Item("auditor.books", _("Trial balance"), MONEY, ("auditor.account", "auditor.statement", "auditor.entry")),
        Item("surplus.surplus", _("Surplus"), MONEY, ("surplus.entries", "surplus.account")),
        Item("periods.periods", _("Periods"), MONEY | {Role.APPROVER}, ("periods.balances",)),
        Item("bounds.requests", _("Bounds"), MONEY, ("bounds.account", "bounds.made")),
    )),
    Room(_("Public"), (
        Item("register.listed", _("Register of providers"), frozenset(), ("register.provider",)),
        Item("notices.notices", _("Public notices"), frozenset(), ("notices.notice", "notices.objection_form")),
        Item("guides.guides", _("Guides"), frozenset(), ("guides.guide",)),
    )),
    Room(_("Organisations"), (
        Item("administrator.organisations", _("Organisations"), frozenset({Role.ADMINISTRATOR}),
             ("administrator.organisation", "administrator.organisation_form", "people.person")),
    )),
)


def navigation() -> list[Room]:
    """The rooms for whoever is at the door, with what of them is for them; none for strangers."""
    actor = who()
    if actor.person_id is None:
        return []
    rooms = (Room(room.word, tuple(item for item in room.items if not item.roles or any(map(actor.holds, item.roles)))) for room in ROOMS)
    return [room for room in rooms if room.items]
