"""The acts on a voucher, and on the application for one."""

from voucher.errors import _
from voucher.programmes.terms import Terms
from voucher.requests import DEFECTS
from voucher.vouchers import Voucher
from workflows.acts.act import Act, Ask, Kind
from workflows.application import answer_request, appeal_rejection, ask_applicant, dismiss_appeal, uphold_appeal
from workflows.holding import (
    activate_voucher,
    ask_extension,
    cancel_voucher,
    freeze_voucher,
    grant_extension,
    refuse_extension,
    unfreeze_voucher,
)
from workflows.issue import (
    VOUCHER,
    issue_voucher,
    refuse_voucher,
    reject_voucher,
    review_voucher,
    withdraw_application,
)
from workflows.measure_appeal import (
    appeal_cancellation,
    appeal_freeze,
    appeal_revocation,
    dismiss_cancellation_appeal,
    dismiss_freeze_appeal,
    dismiss_revocation_appeal,
    uphold_cancellation_appeal,
    uphold_freeze_appeal,
    uphold_revocation_appeal,
)
from workflows.revocation import (
    answer_revocation,
    drop_revocation,
    open_revocation,
    record_revocation_hearing,
    revoke_voucher,
)
from workflows.surrender import give_back_what_is_free, surrender_voucher, withdraw_surrender
from workflows.waiting import accept_offer, decline_offer, put_on_waiting_list


def _has_a_list(_voucher: Voucher, terms: Terms) -> bool:
    return terms.waiting_list is not None


def _waits_for_activation(voucher: Voucher, terms: Terms) -> bool:
    return terms.validity.needs_activation and voucher.activated_on is None


def _can_be_extended(_voucher: Voucher, terms: Terms) -> bool:
    return terms.validity.extension is not None


_REASON = Ask("reason", _("Reason, told to the SME"), example="Not a firm of this city")
_BASIS = Ask("basis", _("Legal basis, told to the SME"), Kind.WORD, "Measures, article 5 (2)", longest=200)
_REJECTED = _("The application is rejected; the SME reads your reason and how it can appeal.")
_APPEAL_REASON = Ask("reason", _("Reason, told to the SME"), example="The register was read wrongly")
_FILES = Ask("files", _("Files"), Kind.FILES, "F-2026-00001-8", required=False,
             hint=_("Papers that were missing, or that prove what you say."))
_GROUNDS = Ask("reason", _("Why the decision is not right"), example="The report is ours, see the drafts", longest=4000)
_ANSWER = Ask("reason", _("Answer, told to who appealed"), example="The drafts show it", longest=4000)
_APPEALED = _("Your appeal is with the office. Somebody who had no part in the case decides.")

VOUCHER_ACTS = (
    Act(VOUCHER, "review_voucher", review_voucher, "review", _("Recommend it"),
        _("The application is reviewed. Another officer issues the voucher."), (
            Ask("note", _("Note"), example="Register checked", required=False,
                hint=_("Kept with the case, for the second officer.")),), whose="reviewer1"),
    Act(VOUCHER, "ask_applicant", ask_applicant, "ask", _("Ask the SME"),
        _("The SME is asked. Your time stands still until it has answered."), (
            Ask("defects", _("What is wanting"), Kind.CHOICES, "paper_missing", choices=DEFECTS),
            Ask("words", _("What is wanting and what would mend it"), example="The business licence is missing; hand it in as PDF.")),
        note=_("Say all that is wanting at once: the SME is asked at most twice."), kind="second", whose="reviewer1"),
    Act(VOUCHER, "answer_request", answer_request, "answer", _("Answer the office"), _("Your answer is with the office."), (
        Ask("answer", _("Your answer"), example="The licence is added."),
        Ask("purpose", _("Purpose, where it changes"), example="Test of a buoy at sea", required=False),
        Ask("amount", _("Amount, where it changes"), Kind.MONEY, "80000.00", required=False), _FILES)),
    Act(VOUCHER, "appeal_rejection", appeal_rejection, "appeal", _("Appeal"),
        _("Your appeal is with the office. Somebody who had no part in the case decides."), (
            Ask("reason", _("Why the rejection is wrong"), example="We moved into the city last year"), _FILES)),
    Act(VOUCHER, "uphold_appeal", uphold_appeal, "uphold-appeal", _("Uphold the appeal"),
        _("The appeal is upheld; the application is reviewed again."), (_APPEAL_REASON,), whose="approver3"),
    Act(VOUCHER, "dismiss_appeal", dismiss_appeal, "dismiss-appeal", _("Dismiss the appeal"),
        _("The appeal is dismissed; the rejection is final."), (_APPEAL_REASON,), kind="danger", whose="approver3"),
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
    Act(VOUCHER, "reject_voucher", reject_voucher, "reject", _("Reject it"), _REJECTED, (_REASON, _BASIS), kind="danger",
        whose="reviewer1"),
    Act(VOUCHER, "refuse_voucher", refuse_voucher, "refuse", _("Refuse it"), _REJECTED, (_REASON, _BASIS), kind="danger",
        whose="approver1"),
    Act(VOUCHER, "withdraw_application", withdraw_application, "withdraw", _("Withdraw the application"),
        _("The application is withdrawn."), kind="danger"),
    Act(VOUCHER, "activate_voucher", activate_voucher, "activate", _("Activate the voucher"),
        _("The voucher is activated; its time counts from today."), when=_waits_for_activation,
        note=_("Its time counts from the day on which you activate it. Nothing is ordered before.")),
    Act(VOUCHER, "ask_extension", ask_extension, "ask-extension", _("Ask for more time"),
        _("You asked for more time. What is left does not expire before that is decided."), (
            Ask("reason", _("Why you need more time"), example="The laboratory is closed until May"),),
        kind="second", when=_can_be_extended),
    Act(VOUCHER, "grant_extension", grant_extension, "extend", _("Give more time"),
        _("The voucher can be used for longer."), (Ask("reason", _("Reason, told to the SME"), example="The delay is not its fault",
                                                       required=False),), kind="second", when=_can_be_extended, whose="approver1"),
    Act(VOUCHER, "refuse_extension", refuse_extension, "refuse-extension", _("Give no more time"),
        _("The SME is told that its voucher ends on its day."), (
            Ask("reason", _("Reason, told to the SME"), example="The delay could have been seen"),),
        kind="danger", when=_can_be_extended, whose="approver1"),
    Act(VOUCHER, "freeze_voucher", freeze_voucher, "freeze", _("Freeze the voucher"),
        _("The voucher is frozen: nothing is ordered, claimed or paid on it."), (
            Ask("reason", _("Reason, told to the SME"), example="The ownership of the provider is looked into"),
            Ask("until", _("Until which day"), Kind.DAY, "2026-03-20", hint=_("At most 30 days from today."))),
        kind="danger", whose="approver1"),
    Act(VOUCHER, "unfreeze_voucher", unfreeze_voucher, "unfreeze", _("End the freeze"), _("The voucher can be used again."), (
        Ask("reason", _("Reason, told to the SME"), example="Nothing was found"),), whose="approver1"),
    Act(VOUCHER, "surrender_voucher", surrender_voucher, "surrender", _("Give the voucher back"),
        _("What was left of the voucher is given back; where orders are open, as soon as their providers agree or say nothing in time."), (
            Ask("reason", _("Reason"), example="The project has ended", hint=_("The providers of open orders read it.")),),
        note=_("You give back what is left; it goes to others. This cannot be undone. The providers of open orders are asked first; their "
               "orders stand still meanwhile and end with the voucher."), kind="danger"),
    Act(VOUCHER, "withdraw_surrender", withdraw_surrender, "keep", _("Keep the voucher"),
        _("You keep the voucher; its orders go on."), kind="second",
        note=_("As long as not every provider has agreed, you can keep the voucher.")),
    Act(VOUCHER, "give_back_what_is_free", give_back_what_is_free, "give-back-free", _("Give back only what is free"),
        _("What was free of the voucher is given back; its orders go on."), (
            Ask("reason", _("Reason"), example="We need no more than this"),),
        note=_("What is not ordered for goes to others. Your orders go on."), kind="second"),
    Act(VOUCHER, "cancel_voucher", cancel_voucher, "cancel", _("Cancel the voucher"),
        _("The voucher is cancelled."), (_REASON, _BASIS),
        note=_("Only while nothing was drawn from it."), kind="danger", whose="approver1"),
    Act(VOUCHER, "open_revocation", open_revocation, "open-revocation", _("Open a revocation"),
        _("The holder is asked for its side. Nothing is ordered, claimed or paid on the voucher meanwhile."), (
            Ask("facts", _("What is held against the holder"), example="The report was copied from an older one",
                hint=_("The holder reads it.")),
            _BASIS), kind="danger", whose="auditor1"),
    Act(VOUCHER, "answer_revocation", answer_revocation, "answer-revocation", _("Say your side"),
        _("Your words are kept with the case. Somebody who did not open it decides."), (
            Ask("words", _("In your own words"), example="The report is ours, see the drafts", longest=4000),)),
    Act(VOUCHER, "record_revocation_hearing", record_revocation_hearing, "record-hearing", _("Record the hearing"),
        _("The hearing is recorded."), (
            Ask("words", _("What the holder said"), example="It has nothing to say", hint=_("Or how it was asked.")),
            Ask("heard_on", _("Day of the hearing"), Kind.DAY, "2026-03-02"),
            Ask("absent", _("It was asked and did not come"), Kind.FLAG, required=False,
                hint=_("Only when its time to answer is over."))), whose="auditor1"),
    Act(VOUCHER, "revoke_voucher", revoke_voucher, "revoke", _("Revoke the voucher"),
        _("The voucher is revoked. What was paid waits as recoveries to be decided."), (
            _REASON, Ask("sme_is_liable", _("The SME is liable for all of it"), Kind.FLAG, required=False,
                         hint=_("Otherwise each payment is asked back from who was paid."))),
        note=_("Everything open on it ends, what is left is taken back, and each payment becomes a recovery. This cannot be undone."),
        kind="danger", whose="approver3"),
    Act(VOUCHER, "drop_revocation", drop_revocation, "drop-revocation", _("Drop the revocation"),
        _("Dropped: the voucher can be used again, by as many days longer."), (
            Ask("reason", _("Reason, told to the SME"), example="The report is its own"),), kind="second", whose="auditor1"),
    Act(VOUCHER, "appeal_freeze", appeal_freeze, "appeal-freeze", _("Appeal against the freeze"), _APPEALED,
        (_GROUNDS, _FILES), kind="second"),
    Act(VOUCHER, "uphold_freeze_appeal", uphold_freeze_appeal, "uphold-freeze-appeal", _("Uphold the appeal"),
        _("The voucher can be used again, by as many days longer."), (_ANSWER,), whose="approver3"),
    Act(VOUCHER, "dismiss_freeze_appeal", dismiss_freeze_appeal, "dismiss-freeze-appeal", _("Dismiss the appeal"),
        _("The freeze goes on."), (_ANSWER,), kind="danger", whose="approver3"),
    Act(VOUCHER, "appeal_cancellation", appeal_cancellation, "appeal-cancellation", _("Appeal against the cancellation"), _APPEALED,
        (_GROUNDS, _FILES), kind="second"),
    Act(VOUCHER, "uphold_cancellation_appeal", uphold_cancellation_appeal, "uphold-cancellation-appeal", _("Uphold the appeal"),
        _("The appeal is upheld. What was cancelled is a new application, which another approver issues."), (_ANSWER,), whose="approver3"),
    Act(VOUCHER, "dismiss_cancellation_appeal", dismiss_cancellation_appeal, "dismiss-cancellation-appeal", _("Dismiss the appeal"),
        _("The appeal is dismissed; the cancellation is final."), (_ANSWER,), kind="danger", whose="approver3"),
    Act(VOUCHER, "appeal_revocation", appeal_revocation, "appeal-revocation", _("Appeal against the revocation"), _APPEALED,
        (_GROUNDS, _FILES), kind="second"),
    Act(VOUCHER, "uphold_revocation_appeal", uphold_revocation_appeal, "uphold-revocation-appeal", _("Uphold the appeal"),
        _("The appeal is upheld. What was taken away is a new application, which another approver issues."), (_ANSWER,), whose="approver3"),
    Act(VOUCHER, "dismiss_revocation_appeal", dismiss_revocation_appeal, "dismiss-revocation-appeal", _("Dismiss the appeal"),
        _("The appeal is dismissed; the revocation is final."), (_ANSWER,), kind="danger", whose="approver3"),
)
