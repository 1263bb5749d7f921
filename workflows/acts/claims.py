"""The acts on a claim."""

from voucher.errors import _
from workflows.acts.act import Act, Ask
from workflows.verification import CLAIM, approve_claim, send_back_claim, withdraw_claim

CLAIM_ACTS = (
    Act(CLAIM, "approve_claim", approve_claim, "approve", _("Approve the claim"),
        _("The claim is decided. What was accepted is owed from now on."),
        note=_("With your approval the office owes the sum: the entry is written, and a payout becomes payable."),
        whose="approver2"),
    Act(CLAIM, "send_back_claim", send_back_claim, "send-back", _("Send it back to verification"),
        _("The claim goes back to verification."), (
            Ask("reason", _("What has to be looked at again"), example="Line 2 lacks a report"),),
        kind="second", whose="approver2"),
    Act(CLAIM, "withdraw_claim", withdraw_claim, "withdraw", _("Withdraw the claim"),
        _("The claim is withdrawn; its invoices may be claimed again."), kind="danger"),
)
