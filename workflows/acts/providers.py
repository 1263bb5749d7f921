"""The acts on a provider's place on the list."""

from voucher.errors import _
from workflows.acts.act import Act, Ask, Kind
from workflows.price_list import publish_price
from workflows.providers import (
    DAYS_OF_NOTICE,
    LISTING,
    LONGEST_NOTICE,
    delist_provider,
    refuse_listing,
    reinstate_provider,
    start_listing_notice,
    suspend_provider,
)

_REASON = Ask("reason", _("Reason"), example="No longer has the laboratory", hint=_("It stands in the public register."))

PROVIDER_ACTS = (
    Act(LISTING, "publish_price", publish_price, "publish-price", _("Publish a price"),
        _("Published. From that day no order for it is dearer."), (
            Ask("programme", _("Programme"), Kind.WORD, example="weihai", longest=64, hint=_("Its code.")),
            Ask("service", _("Service"), Kind.WORD, example="development", longest=64, hint=_("Its code in the programme's terms.")),
            Ask("item", _("Part of the service"), Kind.WORD, example="", required=False, longest=64),
            Ask("price", _("Price of one piece without tax"), Kind.WORD, example="250000.00", longest=24,
                hint=_("In the programme's currency; 0 takes it off the list.")),
            Ask("from_on", _("From which day"), Kind.DAY, example="2026-12-01", required=False, hint=_("Empty: from today."))),
        kind="second", whose="provider01"),
    Act(LISTING, "start_listing_notice", start_listing_notice, "start-notice", _("Begin the public notice"),
        _("The public notice runs; when it is over, the provider is listed by itself."),
        (Ask("days", _("How many days"), Kind.NUMBER, example=str(DAYS_OF_NOTICE), least=1, most=LONGEST_NOTICE),), whose="approver1"),
    Act(LISTING, "refuse_listing", refuse_listing, "refuse-listing", _("Do not list it"), _("Refused: it is not listed."), (_REASON,),
        kind="danger", whose="approver1"),
    Act(LISTING, "suspend_provider", suspend_provider, "suspend", _("Suspend it"), _("Suspended from today."), (_REASON,), kind="second",
        whose="approver1"),
    Act(LISTING, "reinstate_provider", reinstate_provider, "reinstate", _("Take it back"), _("Listed again from today."), (_REASON,),
        whose="approver1"),
    Act(LISTING, "delist_provider", delist_provider, "delist", _("Take it off the list"), _("Off the list from today."), (_REASON,),
        kind="danger", whose="approver1"),
)
