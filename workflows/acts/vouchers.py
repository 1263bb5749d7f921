"""The acts on a voucher, and on the application for one."""

from voucher.errors import _
from voucher.programmes.terms import Terms
from voucher.vouchers import Voucher
from workflows.acts.act import Act, Ask, Kind
from workflows.issue import (
    VOUCHER,
    issue_voucher,
    refuse_voucher,
    reject_voucher,
    review_voucher,
    withdraw_application,
)
from workflows.waiting import accept_offer, decline_offer, put_on_waiting_list


def _has_a_list(_voucher: Voucher, terms: Terms) -> bool:
    return terms.waiting_list is not None


_REASON = Ask("reason", _("Reason, told to the SME"), example="Not a firm of this city")
_REJECTED = _("The application is rejected; the SME reads your reason.")

VOUCHER_ACTS = (
    Act(VOUCHER, "review_voucher", review_voucher, "review", _("Recommend it"),
        _("The application is reviewed. Another officer issues the voucher."), (
            Ask("note", _("Note"), example="Register checked", required=False,
                hint=_("Kept with the case, for the second officer.")),), whose="reviewer1"),
    Act(VOUCHER, "issue_voucher", issue_voucher, "issue", _("Issue the voucher"),
        _("The voucher is issued, and its money is committed."),
        note=_("Issuing commits the voucher's sum in the programme's budget."), whose="approver1"),
    Act(VOUCHER, "put_on_waiting_list", put_on_waiting_list, "put-on-waiting-list", _("Put it on the waiting list"),
        _("The application is on the waiting list; it is issued when there is money and its turn comes."), (
            Ask("rank", _("Rank on the list"), Kind.NUMBER, "3", required=False, least=1,
                hint=_("Counted from 1; only where the terms serve by rank.")),),
        kind="second", when=_has_a_list, whose="approver1"),
    Act(VOUCHER, "accept_offer", accept_offer, "accept-offer", _("Take the voucher"), _("The voucher is yours; order with it."),
        note=_("It was your turn on the waiting list. The money is set apart for you while the offer stands.")),
    Act(VOUCHER, "decline_offer", decline_offer, "decline-offer", _("Decline the offer"),
        _("The offer is declined; it goes to the next on the list."), (
            Ask("reason", _("Reason"), example="The project has been done meanwhile", required=False),), kind="danger"),
    Act(VOUCHER, "reject_voucher", reject_voucher, "reject", _("Reject it"), _REJECTED, (_REASON,), kind="danger",
        whose="reviewer1"),
    Act(VOUCHER, "refuse_voucher", refuse_voucher, "refuse", _("Refuse it"), _REJECTED, (_REASON,), kind="danger",
        whose="approver1"),
    Act(VOUCHER, "withdraw_application", withdraw_application, "withdraw", _("Withdraw the application"),
        _("The application is withdrawn."), kind="danger"),
)
