"""The acts on a programme."""

from voucher.errors import _
from workflows.acts.act import Act, Ask, Kind
from workflows.programme_end import (
    announce_closing,
    close_programme,
    pause_programme,
    resume_programme,
    settle_programme,
)
from workflows.publishing import PROGRAMME

PROGRAMME_ACTS = (
    Act(PROGRAMME, "pause_programme", pause_programme, "pause", _("Pause the programme"),
        _("The programme is paused. Nothing is applied for or issued until it goes on."), (
            Ask("reason", _("Reason, shown to everybody"), example="The council looks at the budget"),),
        note=_("Nothing is applied for, issued or offered for now. Vouchers and offers that there are go on as before."), kind="second",
        whose="approver1"),
    Act(PROGRAMME, "resume_programme", resume_programme, "resume", _("Let the programme go on"),
        _("The programme goes on. Who waits for its money is looked at."), (
            Ask("reason", _("Reason, shown to everybody"), example="The council has voted the budget"),), whose="approver1"),
    Act(PROGRAMME, "announce_closing", announce_closing, "announce-closing", _("Announce its last day"),
        _("The last day is announced. After it the programme closes by itself."), (
            Ask("last_day", _("Last day of applications"), Kind.DAY, "2026-12-31"),
            Ask("reason", _("Reason, shown to everybody"), example="The programme ends with the plan period")),
        note=_("Holders and applicants get a letter now, and again 60, 30 and 7 days before. Another day may be announced later."),
        kind="second", whose="approver1", or_steps=("announce_closing_paused",)),
    Act(PROGRAMME, "settle_programme", settle_programme, "settle", _("Settle the programme"),
        _("The programme is settled: it is over."), (
            Ask("document", _("Document by which it is settled"), Kind.WORD, "Final account 2026-1", longest=100),),
        note=_("Every case is over and none of its money is left: what was free is given back first. This cannot be undone."),
        kind="danger", whose="finance1"),
    Act(PROGRAMME, "close_programme", close_programme, "close", _("Close the programme"),
        _("The programme is closed. What was issued goes on; everybody else is told."), (
            Ask("reason", _("Reason, shown to everybody"), example="The council has ended the programme"),),
        note=_("Nothing is applied for or issued any more. Applications, offers and the waiting list end, and each firm gets a letter. "
               "Vouchers that are issued go on: their orders, claims and payouts are seen through. This cannot be undone."),
        kind="danger", whose="approver1"),
)
