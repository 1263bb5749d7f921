"""The acts on a provider's place on the list."""

from voucher.errors import _
from workflows.acts.act import Act, Ask, Kind
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
