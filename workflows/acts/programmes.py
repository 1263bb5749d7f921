"""The acts on a programme."""

from voucher.errors import _
from workflows.acts.act import Act, Ask
from workflows.programme_end import close_programme
from workflows.publishing import PROGRAMME

PROGRAMME_ACTS = (
    Act(PROGRAMME, "close_programme", close_programme, "close", _("Close the programme"),
        _("The programme is closed. What was issued goes on; everybody else is told."), (
            Ask("reason", _("Reason, shown to everybody"), example="The council has ended the programme"),),
        note=_("Nothing is applied for or issued any more. Applications, offers and the waiting list end, and each firm gets a letter. "
               "Vouchers that are issued go on: their orders, claims and payouts are seen through. This cannot be undone."),
        kind="danger", whose="approver1"),
)
