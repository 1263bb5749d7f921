"""The acts on a recovery, and those that begin one on a payout."""

from voucher.errors import _
from workflows.acts.act import Act, Ask, Kind
from workflows.checking import CHANNELS
from workflows.payouts import PAYOUT
from workflows.recovery import (
    MOST_INSTALMENTS,
    RECOVERY,
    agree_instalments,
    agree_plan,
    annul_recovery,
    answer_recovery,
    appeal_recovery,
    ask_write_off,
    decide_recovery,
    dismiss_recovery_appeal,
    drop_recovery,
    offset_recovery,
    open_recovery,
    record_hearing,
    refund_recovery,
    refuse_write_off,
    serve_recovery,
    suspect_recovery,
    take_up_recovery,
    uphold_recovery_appeal,
    write_off_recovery,
)
from workflows.reimbursement import confirm_award_account
from workflows.rejecting import reject_payout, undo_rejection
from workflows.returned import give_up_payout

_REASON = Ask("reason", _("Reason"), example="The report was never delivered")
_WORDS = Ask("words", _("In your own words"), example="The report came later, see the mail of 3 May")
_FACTS = Ask("facts", _("What was found"), example="The invoice was cancelled after the payment", hint=_("The party reads it."))
_BASIS = Ask("basis", _("The rule on which it rests"), Kind.WORD, example="Article 19", longest=300)
_SUM = Ask("principal", _("How much of it"), Kind.MONEY, example="5000.00", required=False, hint=_("Empty: all of it."))

_REPLACES = _("It takes the place of a plan before, which history keeps. The last instalment is due at most 24 months after the day by "
              "which it was to be paid.")

RECOVERY_ACTS = (
    Act(RECOVERY, "take_up_recovery", take_up_recovery, "take-up", _("Open the case"),
        _("The case is open. The party is asked for its side."), (_BASIS,), whose="auditor1"),
    Act(RECOVERY, "answer_recovery", answer_recovery, "answer", _("Say our side"), _("Your words are kept with the case."), (_WORDS,)),
    Act(RECOVERY, "record_hearing", record_hearing, "record-hearing", _("Record the hearing"), _("The hearing is recorded."),
        (Ask("words", _("What the party said"), hint=_("Or how it was asked."), example="A summary was enough"),
         Ask("heard_on", _("Day of the hearing"), Kind.DAY, example="2026-06-01"),
         Ask("absent", _("It was asked and did not come"), Kind.FLAG, required=False, hint=_("Only when its time to answer is over."))),
        whose="auditor1"),
    Act(RECOVERY, "decide_recovery", decide_recovery, "decide", _("Decide that it is paid back"),
        _("Decided. Finance serves the notice."), (_REASON, _SUM), whose="approver3",
        note=_("Interest is added by the terms, from the day of the payment through today.")),
    Act(RECOVERY, "drop_recovery", drop_recovery, "drop", _("Drop the case"), _("Dropped: nothing is asked back."), (_REASON,),
        kind="danger", whose="auditor1"),
    Act(RECOVERY, "serve_recovery", serve_recovery, "serve", _("Serve the notice"), _("Served. The days to pay and to appeal run."),
        (Ask("pay_by", _("Last day to pay"), Kind.DAY, example="2026-07-31", required=False, hint=_("Empty: in 30 days.")),),
        whose="finance1"),
    Act(RECOVERY, "appeal_recovery", appeal_recovery, "appeal", _("Appeal"), _("Your appeal is with the office."), (_WORDS,),
        kind="second"),
    Act(RECOVERY, "dismiss_recovery_appeal", dismiss_recovery_appeal, "dismiss-appeal", _("Dismiss the appeal"),
        _("Dismissed: the decision is final."), (_REASON,), whose="approver1"),
    Act(RECOVERY, "uphold_recovery_appeal", uphold_recovery_appeal, "uphold-appeal", _("Uphold the appeal"),
        _("Upheld: nothing is asked back, and what has come in is owed back."), (_REASON,), kind="second", whose="approver1"),
    Act(RECOVERY, "annul_recovery", annul_recovery, "annul", _("Take the decision back"),
        _("Annulled: nothing is asked back, and what has come in is owed back."), (_REASON,),
        note=_("The decision was wrong, or the bank returned the payment. Somebody who did not take the decision takes it back."),
        kind="danger", whose="approver1"),
    Act(RECOVERY, "refund_recovery", refund_recovery, "refund", _("Pay back what came in"), _("Paid back; the books say so."),
        (Ask("document", _("The bank's or the treasury's reference"), Kind.WORD, example="Transfer 12", longest=100),),
        note=_("The decision was annulled after money had come in. Pay it back, then write down by which document."),
        when=lambda row, _terms: not row.refund_document, whose="finance1"),
    Act(RECOVERY, "agree_instalments", agree_instalments, "agree-instalments", _("Agree on instalments"), _("The plan is agreed."),
        (Ask("number", _("How many monthly instalments"), Kind.NUMBER, example="3", least=2, most=MOST_INSTALMENTS),
         Ask("first_on", _("The first is due on"), Kind.DAY, example="2026-08-31")), note=_REPLACES, kind="second", whose="finance1"),
    Act(RECOVERY, "agree_plan", agree_plan, "agree-plan", _("Agree on a plan of payments"), _("The plan is agreed."),
        (Ask("plan", _("A day and an amount a line"), example="2026-08-31 2500.00\n2026-10-31 2500.00",
             hint=_("They sum to what is outstanding.")),), note=_REPLACES, kind="second", whose="finance1"),
    Act(RECOVERY, "offset_recovery", offset_recovery, "offset", _("Set off against a payout"),
        _("Set off: what goes to the bank is smaller."),
        (Ask("payout", _("Payable payout of the same party"), Kind.REFERENCE, example="Y-2026-00002-6", letter="Y"),),
        kind="second", whose="finance1"),
    Act(RECOVERY, "ask_write_off", ask_write_off, "ask-write-off", _("Ask for a write-off"), _("An approver decides on the write-off."),
        (_REASON, Ask("document", _("Document of the authority"), Kind.WORD, example="Finance bureau, decision 12", longest=100)),
        kind="danger", whose="finance1"),
    Act(RECOVERY, "write_off_recovery", write_off_recovery, "write-off", _("Write off what is outstanding"),
        _("Written off; the case is closed."), kind="danger", whose="approver1"),
    Act(RECOVERY, "refuse_write_off", refuse_write_off, "refuse-write-off", _("Refuse the write-off"),
        _("Refused: it goes on being asked for."), (_REASON,), whose="approver1", or_steps=("return_to_plan",)),
)

PAYOUT_ACTS = (
    Act(PAYOUT, "confirm_award_account", confirm_award_account, "confirm-account", _("The payee confirmed the account"),
        _("Written down: the payee confirmed the account."), (
            Ask("channel", _("How the payee was asked"), Kind.CHOICE, "phone", choices=CHANNELS),
            Ask("reason", _("Who was asked, by whom, and what was said"), example="Ms Sun, at the number of the application")),
        note=_("Ask over a way that you knew before: never a number or an address that came with the change."),
        kind="second", when=lambda row, _terms: row.claim_id is None, whose="finance1"),
    Act(PAYOUT, "reject_payout", reject_payout, "reject", _("The bank did not carry it out"),
        _("Written down: the bank did not carry it out. It is owed again."),
        (Ask("reason", _("What the bank said"), example="AC04: the account is closed"),
         Ask("document", _("The bank's document in which it says so"), Kind.WORD, example="Status report 12", longest=100,
             hint=_("Such as the number of its status report, or the day of its letter."))),
        note=_("Only when the bank said that it turned the payment down. Somebody who neither gathered nor released it writes that down."),
        kind="danger", whose="treasury3"),
    Act(PAYOUT, "undo_rejection", undo_rejection, "undo-rejection", _("The bank carries it out after all"),
        _("Taken back: the payment is at the bank again."),
        (Ask("reason", _("How you know"), example="The bank booked it on the 12th"),),
        note=_("It was written down by mistake that the bank turned it down, or the bank has paid after all. Another person than wrote "
               "that takes it back; what was to be paid in its place is cancelled."),
        kind="second", when=lambda row, _terms: row.settled_on is None and row.batch_id is not None, whose="treasury1"),
    Act(PAYOUT, "give_up_payout", give_up_payout, "give-up", _("Give the payment up"),
        _("Given up: its claim has ended, and its part of the voucher is free again."), (_REASON,),
        note=_("The bank returned it, and nobody is owed it any more. A recovery of it ends with it. What was set off of it stays paid, "
               "and can be asked back."), kind="danger",
        whose="approver1"),
    Act(RECOVERY, "open_recovery", open_recovery, "open-recovery", _("Ask for it again"),
        _("The case is open. The party is asked for its side."),
        (_FACTS, _BASIS, _SUM, Ask("liable", _("Who is liable"), Kind.REFERENCE, example="N-2026-00003-8", letter="N", required=False,
                                   hint=_("The SME or the provider of the order; empty: who was paid."))),
        kind="second", whose="auditor1"),
    Act(RECOVERY, "suspect_recovery", suspect_recovery, "suspect", _("Note a suspicion"),
        _("Noted. An auditor or approver looks at it."), (_FACTS, _SUM), kind="second", whose="verifier1"),
)
