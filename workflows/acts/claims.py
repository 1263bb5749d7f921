"""The acts on a claim."""

from voucher.claims import DECIDED
from voucher.errors import _
from workflows.acts.act import Act, Ask, Kind
from workflows.appeal import APPEAL, dismiss_claim_appeal, file_appeal, uphold_claim_appeal
from workflows.approval import approve_claim, sign_claim
from workflows.claiming import withdraw_claim
from workflows.claims import CLAIM
from workflows.correction import answer_questions, request_information, return_claim
from workflows.publication import hold_claim, release_claim
from workflows.verification import see_originals, send_back_claim

CLAIM_ACTS = (
    Act(CLAIM, "sign_claim", sign_claim, "sign", _("Sign, for another to approve"),
        _("The claim is signed. Another approver goes on with it."),
        note=_("From amounts that the terms name, several approvers sign: the last of them approves."), kind="second",
        when=lambda _row, terms: bool(terms.levels_of_approval), whose="approver2"),
    Act(CLAIM, "approve_claim", approve_claim, "approve", _("Approve the claim"),
        _("The claim is decided. What was accepted is owed from now on."),
        note=_("With your approval the office owes the sum: the entry is written, and a payout is made for it."),
        whose="approver2"),
    Act(CLAIM, "send_back_claim", send_back_claim, "send-back", _("Send it back to verification"),
        _("The claim goes back to verification."), (
            Ask("reason", _("What has to be looked at again"), example="Line 2 lacks a report"),),
        kind="second", whose="approver2"),
    Act(CLAIM, "see_originals", see_originals, "see-originals", _("The originals were seen"),
        _("It is noted that you saw them."), (
            Ask("note", _("Where and how"), example="At the counter, compared page by page"),),
        note=_("The terms want the originals of some papers to be shown before anything is accepted."),
        when=lambda _row, terms: any(each.original for each in terms.evidence), kind="second", whose="verifier1"),
    Act(CLAIM, "answer_questions", answer_questions, "answer", _("Answer the questions"),
        _("Your answer is with the verifier."), (
            Ask("answer", _("Answer"), example="The report is of 12 March; the payment is in the second file.", longest=4000),
            Ask("files", _("Further papers"), Kind.FILES, required=False))),
    Act(CLAIM, "request_information", request_information, "ask", _("Ask the claimant"),
        _("The claimant is asked, and your clock stands still until the answer comes."), (
            Ask("items", _("Everything that is missing, one thing a line"), example="The report has no date", longest=10_000,
                hint=_("Ask for all of it at once: a claimant is asked at most twice.")),),
        kind="second", whose="verifier1"),
    Act(CLAIM, "return_claim", return_claim, "return", _("Return it for correction"),
        _("The claim is with the claimant, to be corrected and sent again under the same number."), (
            Ask("items", _("Everything that is wrong, one thing a line"), example="Line 2 is not of this order", longest=10_000),
            Ask("in_order", _("Lines in order"), Kind.WORD, "1, 3", required=False,
                hint=_("Their numbers. While they stay as they are, nobody looks at them again."))),
        kind="second", whose="verifier1"),
    Act(CLAIM, "hold_claim", hold_claim, "hold", _("Hold the payment"), _("The payment waits until the day that you named."), (
        Ask("reason", _("Reason, told to the claimant"), example="The tax office asked"),
        Ask("until", _("Last day"), Kind.DAY, "2026-12-31", hint=_("After it the payment goes on by itself."))),
        kind="second", whose="finance1"),
    Act(CLAIM, "release_claim", release_claim, "release", _("Let the payment go on"), _("The payment goes on."), (
        Ask("reason", _("Reason, told to the claimant"), example="The tax office has nothing against it"),),
        kind="second", whose="approver2"),
    Act(APPEAL, "file_appeal", file_appeal, "appeal", _("Appeal against the cut"),
        _("Your appeal is filed. What is undisputed is paid meanwhile; somebody who had no part in the case decides."), (
            Ask("grounds", _("Why the decision is not right"), example="The test of line 2 is not required by law", longest=4000),
            Ask("files", _("Further papers"), Kind.FILES, required=False)), kind="second", states=DECIDED),
    Act(APPEAL, "uphold_claim_appeal", uphold_claim_appeal, "uphold-appeal", _("Uphold the appeal"),
        _("The appeal is upheld. What was cut is a claim of its own now; an approver approves it."), (
            Ask("lines", _("Lines given back"), Kind.WORD, "1, 3=2500.00", required=False,
                hint=_("Their numbers, with an amount where not all of the cut is given back. Empty: all of them.")),
            Ask("reason", _("Answer, told to who appealed"), example="The standard is voluntary", longest=4000)),
        note=_("Only somebody who had no part in the case may decide on the appeal."), whose="approver3", states=DECIDED),
    Act(APPEAL, "dismiss_claim_appeal", dismiss_claim_appeal, "dismiss-appeal", _("Dismiss the appeal"),
        _("The appeal is dismissed; the decision stands."), (
            Ask("reason", _("Answer, told to who appealed"), example="The test is required by law", longest=4000),),
        kind="danger", whose="approver3", states=DECIDED),
    Act(CLAIM, "withdraw_claim", withdraw_claim, "withdraw", _("Withdraw the claim"),
        _("The claim is withdrawn; its invoices may be claimed again."), kind="danger"),
)
