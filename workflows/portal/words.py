"""The words for states, kinds and roles as people read them. Marked here, translated where they are shown."""

from voucher.errors import _
from voucher.languages import Translator
from voucher.reasons import reason_for

# state -> (word, tone): tones are classes of the style sheet: waiting, moving, good, bad or none.
STATES: dict[str, dict[str, tuple[str, str]]] = {
    "programme": {"open": (_("Open"), "good"), "paused": (_("Paused"), "waiting"), "closed": (_("Closed"), ""),
                  "settled": (_("Settled"), "")},
    "bounds": {"asked": (_("Waits for another person"), "waiting"), "granted": (_("Granted"), "good"), "refused": (_("Refused"), "bad")},
    "note": {"written": (_("Written"), ""), "forgotten": (_("Forgotten"), "")},
    "fund_line": {"open": (_("Open"), "good"), "closed": (_("Closed: the money is gone for now"), "waiting")},
    "voucher": {
        "submitted": (_("Applied for"), "waiting"), "questioned": (_("The SME is asked"), "waiting"), "reviewed": (_("Reviewed"), "moving"),
        "waitlisted": (_("On the waiting list"), "waiting"), "issued": (_("Issued"), "good"),
        "rejected": (_("Rejected"), "bad"), "withdrawn": (_("Withdrawn"), ""), "appealed": (_("Appealed"), "waiting"),
        "dismissed": (_("Rejected for good"), "bad"), "lapsed": (_("Lapsed"), ""),
        "frozen": (_("Frozen"), "bad"), "surrendering": (_("To be given back: its providers are asked"), "waiting"),
        "surrendered": (_("Given back"), ""), "cancelled": (_("Voucher cancelled"), ""),
        "hearing": (_("Frozen: the holder is heard"), "bad"),
        "heard": (_("Frozen: heard, to be decided"), "bad"),
        "revoked": (_("Revoked"), "bad"),
        "offered": (_("Offered from the waiting list"), "moving"), "offer_lapsed": (_("Offer lapsed"), "bad"),
    },
    "deadline": {
        "running": (_("Running"), "moving"), "paused": (_("Stands still"), ""), "met": (_("Kept"), "good"),
        "missed": (_("Missed"), "bad"), "dropped": (_("Dropped"), ""),
    },
    "order": {
        "placed": (_("Placed"), "waiting"), "accepted": (_("Taken on"), "moving"), "registered": (_("Contract registered"), "moving"),
        "started": (_("Work has begun"), "moving"), "delivered": (_("Delivered"), "waiting"), "disputed": (_("Disputed"), "bad"),
        "completed": (_("Delivery accepted"), "good"), "terminated": (_("Ended with a part done"), "good"),
        "declined": (_("Declined"), "bad"), "cancelled": (_("Cancelled"), ""), "lapsed": (_("Lapsed"), ""),
    },
    "amendment": {
        "proposed": (_("Waits for the other side"), "waiting"), "referred": (_("Waits for a verifier"), "waiting"),
        "agreed": (_("Agreed"), "good"), "valued": (_("Valued by a verifier"), "good"), "declined": (_("Declined"), "bad"),
        "withdrawn": (_("Withdrawn"), ""), "lapsed": (_("Lapsed"), ""),
    },
    "claim": {
        "submitted": (_("To be verified"), "waiting"), "verified": (_("To be approved"), "moving"),
        "questioned": (_("The claimant is asked"), "waiting"), "returned": (_("To be corrected"), "waiting"),
        "lapsed": (_("Lapsed"), ""),
        "approved": (_("Approved"), "good"), "refused": (_("Refused"), "bad"), "withdrawn": (_("Withdrawn"), ""),
    },
    "payout": {
        "waiting": (_("Not payable yet"), "waiting"), "cancelled": (_("Cancelled"), ""), "payable": (_("Payable"), "waiting"),
        "gathered": (_("In a batch"), "moving"), "released": (_("Released"), "moving"),
        "sent": (_("At the bank"), "moving"), "settled": (_("Paid, bank confirmed"), "good"),
        "returned": (_("Returned by the bank"), "bad"), "replaced": (_("Replaced"), ""),
        "offset": (_("Set off against a recovery"), "good"),
    },
    "deposit": {
        "expected": (_("Awaited"), "waiting"), "held": (_("In the wallet"), "good"), "spent": (_("Handed on"), ""),
        "refused": (_("Goes back"), "bad"), "dropped": (_("Awaited no more"), ""),
    },
    "batch": {
        "gathered": (_("Waits for two signatures"), "waiting"), "signed": (_("Waits for the second signature"), "waiting"),
        "released": (_("Released"), "moving"), "exported": (_("Bank files made"), "good"), "dissolved": (_("Dissolved"), ""),
    },
    "held_batch": {"held_back": (_("Held back since the release"), "bad")},
    "finding": {
        "open": (_("Waits for a decision"), "waiting"), "allowed": (_("Does not stand in the way"), "good"),
        "confirmed": (_("Stands in the way"), "bad"), "lapsed": (_("Found no more"), ""),
    },
    "level": {"info": (_("To be known"), ""), "warn": (_("To be looked at"), "waiting"), "block": (_("Stops the money"), "bad")},
    "notice": {"open": (_("Objections are open"), "waiting"), "closed": (_("Closed"), "")},
    "appeal": {"filed": (_("To be decided"), "waiting"), "upheld": (_("Appeal upheld"), "good"),
               "dismissed": (_("Appeal dismissed"), "bad")},
    "measure_appeal": {"filed": (_("To be decided"), "waiting")}, "extension": {"asked": (_("To be decided"), "waiting")},
    "objection": {
        "filed": (_("To be admitted"), "waiting"), "lead": (_("Lead, without a name"), ""), "admitted": (_("Being heard"), "moving"),
        "inadmissible": (_("Inadmissible"), ""), "upheld": (_("Upheld"), "bad"), "dismissed": (_("Dismissed"), "good"),
    },
    "organisation": {"sme": (_("SME"), ""), "provider": (_("Provider"), "moving"), "office": (_("Office"), "good")},
    "letter": {
        "waiting": (_("On its way"), "waiting"), "sent": (_("Mailed"), "good"), "failed": (_("Mail failed"), "bad"),
        "kept": (_("In the portal only"), ""),
    },
    "listing": {
        "proposed": (_("Proposed"), "waiting"), "in_notice": (_("In public notice"), "moving"), "listed": (_("Listed"), "good"),
        "suspended": (_("Suspended"), "bad"), "delisted": (_("Off the list"), ""), "refused": (_("Not listed"), "bad"),
    },
    "award": {
        "asked": (_("Asked for"), "waiting"), "proposed": (_("Proposed"), "waiting"), "decided": (_("Granted"), "good"),
        "refused": (_("Not granted"), "bad"),
    },
    "recovery": {
        "suspected": (_("Suspected"), "waiting"), "opened": (_("Opened: the party is heard"), "waiting"),
        "heard": (_("Heard: to be decided"), "waiting"), "decided": (_("Decided: to be served"), "moving"),
        "served": (_("Notice served"), "moving"), "appealed": (_("Appealed"), "waiting"), "final": (_("Final"), "bad"),
        "instalments": (_("Paid by instalments"), "moving"), "write_off_asked": (_("Write-off asked for"), "waiting"),
        "dropped": (_("Dropped"), ""), "annulled": (_("Annulled"), ""), "closed": (_("Closed"), "good"),
    },
    "line": {"open": (_("To be cleared"), "waiting"), "matched": (_("Matched"), "good"), "set_aside": (_("Set aside"), "")},
}

NODES = {
    "org": _("Organisation"), "person": _("Person"), "address": _("Address"), "phone": _("Telephone"),
    "account": _("Account"), "group": _("Group of a controller"),
}

FINDINGS = {
    "": _("Not looked at yet."),
    "no_reference": _("The line carries no payment reference."),
    "unknown_reference": _("We sent no payout with this reference."),
    "amount_differs": _("The amount differs from the payout's."),
    "currency_differs": _("The currency differs from the payout's."),
    "already_settled": _("The payout was settled by an earlier line."),
    "not_sent": _("The payout has not gone to the bank, or the bank turned it down."),
    "return_of_unsettled": _("The bank returns a payout that was never settled."),
    "return_of_recovered": _("The bank returns a payout of which a part came back by a recovery. Take that decision back first."),
    "payer_unknown": _("It names a deposit, but no account to which it could go back."),
    "taken_back": _("It was matched or set aside before, and that was taken back."),
}

BOOKS = {"entitlement": _("Entitlement"), "budget": _("Budget"), "financial": _("Financial")}

ROLES = {
    "sme": _("SME"), "provider": _("Provider"), "reviewer": _("Reviewer"), "approver": _("Approver"),
    "verifier": _("Verifier"), "finance": _("Finance office"), "treasury": _("Treasury"), "auditor": _("Auditor"),
    "administrator": _("Administrator"),
}

DUTIES = {
    "claim": _("apply or claim"), "provide": _("provide"), "review": _("review"), "issue": _("issue"),
    "verify": _("verify"), "approve": _("approve"), "release": _("release"), "hear": _("hear objections"),
    "recover": _("recover"), "appeal": _("decide an appeal"),
}

# noun of a queue -> what waits in it.
QUEUED = {
    "voucher": _("Vouchers"), "order": _("Orders"), "claim": _("Claims"), "finding": _("Findings"), "objection": _("Objections"),
    "payout": _("Payouts"), "batch": _("Batches"), "held_batch": _("Batches"), "recovery": _("Recoveries"),
    "listing": _("Listings"), "appeal": _("Appeals"), "award": _("Awards"), "amendment": _("Changes and ends of orders"),
    "measure_appeal": _("Appeals of holders"), "extension": _("More time for vouchers"), "line": _("Lines of the bank"),
    "bounds": _("Bounds of accounts"),
}

# What a posting says it is about -> the word for it.
DIMENSIONS = {
    "programme": _("Programme"), "fund_line": _("Fund line"), "funder": _("Funder"), "year": _("Year"), "voucher": _("Voucher"),
    "order": _("Order"), "claim": _("Claim"), "award": _("Award"), "payout": _("Payout"), "returned": _("In place of the returned payout"),
    "deposit": _("Deposit"), "recovery": _("Recovery"), "party": _("Party"), "region": _("Region"), "service": _("Service"),
}

# stage of a prediction -> where the claim is.
PREDICTED = {
    "verification": _("verification"), "approval": _("approval"), "payment": _("the finance office"), "bank": _("the bank"),
}

# rule of a deadline -> what has to be done by then.
RULES = {
    "review": _("Review of the application"), "decision": _("Decision on the application"),
    "information": _("Answer to the office's questions"), "appeal": _("Appeal"), "appeal_decision": _("Decision on the appeal"),
    "listing_notice": _("Public notice of a provider"),
    "claim.verification": _("Verification of the claim"), "claim.answer": _("Answer to what was asked about the claim"),
    "claim.correction": _("Correction of the claim"), "claim.payment": _("Payment of the claim"),
    "claim.hold": _("End of the hold"), "notice.end": _("End of the notice"),
    "objection.decision": _("Decision on the objection"),
    "claim.appeal": _("Time to appeal against the cut"), "claim.appeal_decision": _("Decision on the appeal"),
    "recovery_hearing": _("The party's side in a recovery"), "recovery_appeal": _("Appeal against the recovery"),
    "recovery_payment": _("Payment of a recovery"), "recovery_instalment": _("Instalment of a recovery"),
    "revocation_hearing": _("The holder's side in a revocation"), "revocation_decision": _("Decision on the revocation"),
    "batch.answer": _("The bank's answer to each payment of a batch"),
    "closing": _("Last day of applications"),
    "extension": _("Decision on more time"), "surrender": _("The provider's answer: may the voucher be given back?"),
    "freeze": _("End of the freeze"), "offer": _("Answer to the offer"),
    "deposit": _("Own part, to be paid in"),
    "order_answer": _("The provider's answer to the order"), "order_start": _("Begin of the work"),
    "acceptance": _("Acceptance of the delivery"), "acceptance_reminder": _("Reminder of the acceptance"),
    "dispute": _("Decision on the disputed delivery"), "amendment": _("Answer to the proposed change"),
    "valuation": _("Valuation of the part that is done"),
    "use": _("Last day of use"), "claim": _("Last day to claim"), "ban": _("End of the ban"),
    "cooling": _("Waiting time of a changed account"),
}


def rule_word(rule: str) -> str:
    """What has to be done by a deadline, marked; a rule that nobody named yet stands as it is."""
    return RULES.get(rule, rule)


# event -> what happened, as a sentence without a subject.
EVENTS = {
    "programme.published": _("Programme published"), "programme.republished": _("New version of the terms published"),
    "funds.appropriated": _("Money appropriated"), "funds.allotted": _("Money allotted"),
    "voucher.applied": _("Voucher applied for"), "voucher.withdrawn": _("Application withdrawn"),
    "voucher.waitlisted": _("Put on the waiting list"), "voucher.served": _("Issued from the waiting list"),
    "voucher.offered": _("Offered from the waiting list"), "voucher.offer_accepted": _("Offer taken up, voucher issued"),
    "voucher.offer_declined": _("Offer declined"), "voucher.offer_lapsed": _("Offer lapsed"),
    "over_issue.allowed": _("Over-issue consented to"), "over_issue.withdrawn": _("Consent to over-issue taken back"),
    "advance.made": _("Money lent for another funder"), "advance.settled": _("Money lent for another funder paid back"),
    "year.lapsed": _("Free money of the year given back"), "year.free_carried": _("Free money carried forward to the next year"),
    "year.free_opened": _("Free money of the year before taken in"), "year.carried": _("Open orders carried forward to the next year"),
    "year.opened": _("Open orders of the year before taken in"), "year.accrued": _("Deliveries not approved yet accrued at the year's end"),
    "year.accrual_reversed": _("Accrual taken back on the first day of the year"),
    "fund_line.over_issued": _("More promised than is allotted"),
    "fund_line.closed": _("Fund line closed: the money is gone for now"), "fund_line.opened": _("Fund line open again"),
    "voucher.reviewed": _("Application reviewed"), "voucher.rejected": _("Application rejected"),
    "voucher.activated": _("Voucher activated"),
    "voucher.extension_asked": _("More time asked for"), "voucher.extended": _("Time made longer"),
    "voucher.extension_refused": _("No more time given"), "voucher.expiry_warned": _("Holder told that the voucher expires soon"),
    "voucher.expired": _("What was left has expired"), "voucher.frozen": _("Voucher frozen"), "voucher.unfrozen": _("Freeze ended"),
    "voucher.freeze_ended": _("Freeze ended by its last day"), "voucher.surrendered": _("Voucher given back"),
    "voucher.part_given_back": _("What was free of the voucher given back"),
    "voucher.surrender_asked": _("Holder asks to give the voucher back"),
    "voucher.surrender_agreed": _("A provider agreed that the voucher is given back"),
    "voucher.surrender_unanswered": _("A provider said nothing in time, which counts as its consent"),
    "voucher.surrender_refused": _("A provider did not agree that the voucher is given back"),
    "voucher.surrender_withdrawn": _("The holder keeps its voucher after all"),
    "voucher.surrender_dropped": _("Giving the voucher back is off: it is looked into"),
    "voucher.cancelled": _("Voucher cancelled"), "voucher.revocation_opened": _("Revocation opened: the holder is heard"),
    "voucher.revocation_answered": _("The holder said its side"), "voucher.revocation_heard": _("The holder was heard"),
    "voucher.measure_appealed": _("Appeal of the holder"), "voucher.measure_appeal_upheld": _("Appeal upheld"),
    "voucher.measure_appeal_dismissed": _("Appeal dismissed"),
    "voucher.measure_appeal_moot": _("Appeal needs no decision any more"), "voucher.renewed": _("New application after an appeal"),
    "voucher.revocation_dropped": _("Revocation dropped"), "voucher.revoked": _("Voucher revoked"),
    "voucher.questioned": _("The SME was asked for information"), "voucher.answered": _("The SME answered"),
    "programme.paused": _("Programme paused"), "programme.resumed": _("Programme goes on"),
    "programme.closing_announced": _("Last day of the programme announced"),
    "programme.closing_warned": _("Told that the programme closes soon"),
    "programme.settled": _("Programme settled"), "programme.closed": _("Programme closed"),
    "voucher.programme_closed": _("Application ended with the programme"),
    "voucher.appeal_ended": _("Time for an appeal ended with the programme"),
    "voucher.lapsed": _("Application lapsed: not answered in time"), "voucher.appealed": _("Appeal against the rejection"),
    "voucher.appeal_upheld": _("Appeal upheld"), "voucher.appeal_dismissed": _("Appeal dismissed"),
    "deadline.missed": _("Deadline missed"),
    "voucher.refused": _("Application refused by the second officer"), "voucher.issued": _("Voucher issued"),
    "order.placed": _("Order placed"), "order.accepted": _("Order accepted"), "order.declined": _("Order declined"),
    "order.cancelled": _("Order cancelled"), "order.registered": _("Contract registered"),
    "order.tax_paid": _("Tax paid before work begins"), "claim.originals_seen": _("Originals seen"),
    "retention.over": _("Papers need not be kept any longer"),
    "order.delivered": _("Service delivered"), "order.completed": _("Delivery accepted"),
    "order.amended": _("Order changed by agreement"), "order.terminated": _("Order ended with a part done"),
    "order.revoked": _("Order ended with its voucher"), "order.given_back": _("Order ended: its voucher was given back"),
    "order.to_be_given_back": _("The provider is asked whether the voucher may be given back"),
    "order.stopped": _("Rest of the order ended with its voucher"),
    "order.reduced": _("Rest of the order ended with its voucher"), "amendment.dropped": _("Proposal ended with its voucher"),
    "claim.revoked": _("Claim ended with its voucher"), "payout.not_recovered": _("Payment that cannot be asked back any more"),
    "order.called_off": _("Order called off"), "order.started": _("Work has begun"),
    "order.acceptance_reminded": _("SME reminded of the acceptance"), "order.deemed_accepted": _("Delivery deemed accepted"),
    "order.disputed": _("Delivery disputed"), "order.delivered_again": _("Delivered again"),
    "order.delivery_upheld": _("Dispute decided for the provider"), "order.delivery_rejected": _("Dispute decided for the SME"),
    "order.lapsed": _("Order lapsed"), "order.unclaimed": _("Not used or claimed in time"),
    "order.contract_due": _("Both sides told by when the provider takes the order"),
    "order.delivery_due": _("Both sides told by when to deliver"), "order.invoice_due": _("Both sides told by when to write the invoice"),
    "order.payment_due": _("Both sides told by when the own payment is due"), "order.claim_due": _("Both sides told by when to claim"),
    "order.replaced": _("Order cancelled for another provider"),
    "amendment.proposed": _("Change of the order proposed"), "amendment.termination_proposed": _("End of the order proposed"),
    "amendment.agreed": _("Proposal agreed to"), "amendment.declined": _("Proposal declined"),
    "amendment.disputed": _("The sides disagree on the part that is done"),
    "amendment.referred": _("No answer in time: a verifier values the part that is done"),
    "amendment.valued": _("Part that is done valued by a verifier"), "amendment.withdrawn": _("Proposal withdrawn"),
    "amendment.lapsed": _("Proposal lapsed without an answer"),
    "claim.submitted": _("Claim submitted"), "claim.withdrawn": _("Claim withdrawn"), "claim.verified": _("Claim verified"),
    "claim.signed": _("Claim signed by an approver, for another to go on"),
    "claim.sent_back": _("Claim sent back to verification"), "claim.approved": _("Claim approved"),
    "finding.found": _("The checks found something"), "finding.noted": _("Finding noted"),
    "finding.allowed": _("Finding does not stand in the way"), "finding.confirmed": _("Finding confirmed"),
    "claim.refused": _("Claim refused"), "claim.questioned": _("Claimant asked for what is missing"),
    "claim.answered": _("Claimant answered"), "claim.unanswered": _("No answer came in time"),
    "claim.reopened": _("Claim goes back to verification after an objection"), "claim.held": _("Payment held"),
    "claim.released": _("Hold ended"), "claim.cleared": _("Cleared: the notice ended without an objection that holds it"),
    "notice.published": _("Public notice published"), "notice.closed": _("Public notice closed"),
    "appeal.filed": _("Appeal filed"), "appeal.upheld": _("Appeal upheld"), "appeal.dismissed": _("Appeal dismissed"),
    "appeal.dropped": _("Appeal ended with the voucher"), "claim.appealed": _("What was cut is held for the appeal"),
    "appeal.ended": _("What was held for the appeal and is not given is free again, or lapses"),
    "claim.supplemented": _("Claim given by an appeal"),
    "objection.filed": _("Objection filed"), "objection.lead": _("Lead without a name"), "objection.admitted": _("Objection admitted"),
    "objection.inadmissible": _("Objection turned away"), "objection.upheld": _("Objection upheld"),
    "objection.dismissed": _("Objection dismissed"),
    "claim.returned": _("Claim returned for correction"), "claim.resubmitted": _("Corrected claim submitted"),
    "claim.given_up": _("Claim ended: its payment is not made again"), "payout.given_up": _("Returned payout given up"),
    "payout.rest_given_up": _("Rest of the payout given up"), "recovery.lessened": _("Less is asked back"),
    "claim.lapsed": _("Claim lapsed, because it was not corrected in time"),
    "payout.cancelled": _("Payout cancelled"), "payout.waiting": _("Payout not payable for now"),
    "finding.lapsed": _("Found no more"), "finding.account_confirmed": _("Account confirmed by the payee"),
    "payout.account_confirmed": _("Account confirmed by the payee"),
    "finding.seen_in_order": _("Seen on the spot, in order"), "finding.seen_not_in_order": _("Seen on the spot, not in order"),
    "lot.drawn": _("Claims drawn by lot"), "case.exported": _("Case folder exported"),
    "ties.entered": _("Ties entered"), "ties.ended": _("End of a tie entered"),
    "batch.gathered": _("Batch gathered"), "batch.signed": _("Batch signed"), "batch.released": _("Batch released"),
    "batch.dissolved": _("Batch dissolved"), "batch.exported": _("Bank files handed over"),
    "batch.file_made": _("Bank file made"), "batch.held_back": _("Batch held back: nothing went to the bank"),
    "payout.made": _("Payout payable"), "payout.gathered": _("Payout gathered in a batch"),
    "payout.payable": _("Payout payable again"), "payout.sent": _("Payout sent to the bank"),
    "payout.recalled": _("Release taken back"),
    "payout.released": _("Payout released"), "payout.settled": _("Payout confirmed by the bank"),
    "payout.returned": _("Payout returned by the bank"), "payout.replaced": _("Payout replaced by a new one"),
    "payout.rejected": _("Payout not carried out by the bank"),
    "payout.rejection_undone": _("Carried out by the bank after all"),
    "payout.statement_made": _("Settlement statement made"), "statement.imported": _("Bank statement imported"),
    "organisation.registered": _("Organisation entered"), "account.registered": _("Bank account entered"),
    "payout.set_off": _("Set off against a recovery"), "payout.reduced": _("Partly set off against a recovery"),
    "recovery.suspected": _("Recovery suspected"), "recovery.opened": _("Recovery opened"),
    "recovery.taken_up": _("Suspicion taken up: recovery opened"), "recovery.dropped": _("Recovery dropped"),
    "recovery.answered": _("The party said its side"), "recovery.heard": _("The party was heard"),
    "recovery.decided": _("Recovery decided"), "recovery.served": _("Recovery notice served"),
    "recovery.appealed": _("Appeal against the recovery"), "recovery.appeal_dismissed": _("Appeal dismissed"),
    "recovery.annulled": _("Recovery annulled"), "recovery.refunded": _("What had come in was paid back"),
    "recovery.final": _("Recovery final"),
    "recovery.instalments_agreed": _("Instalments agreed"), "recovery.write_off_asked": _("Write-off asked for"),
    "recovery.write_off_refused": _("Write-off refused"), "recovery.written_off": _("Written off"),
    "recovery.collected": _("Money came in"), "recovery.offset": _("Set off against a payout"),
    "recovery.remitted": _("Handed over to the treasury"), "recovery.closed": _("Recovery closed"),
    "recovery.notice_made": _("Recovery notice made"), "decision.letter_made": _("Decision letter made"),
    "claim.sheet_made": _("Verification sheet made"),
    "notice.list_made": _("List of the notice made"),
    "objection.answered": _("The objector was answered by mail"),
    "exchange.key_entered": _("Key of the exchange entered"), "exchange.key_ended": _("Key of the exchange ended"),
    "exchange.exported": _("List of keyed hashes handed out"), "exchange.imported": _("List of keyed hashes taken in"),
    "exchange.ticket_looked_up": _("Ticket of another office looked up"),
    "listing.proposed": _("The provider asked to be listed"), "listing.proposed_again": _("The provider asked to be listed again"),
    "award.asked": _("Award asked for"), "award.proposed": _("Award proposed"), "award.decided": _("Award granted"),
    "award.refused": _("Award refused"), "order.rated": _("Service rated"),
    "listing.notice_began": _("Public notice began"), "listing.refused": _("Listing refused"), "listing.listed": _("Provider listed"),
    "listing.suspended": _("Provider suspended"), "listing.reinstated": _("Provider listed again"),
    "listing.price_published": _("Price published"), "listing.delisted": _("Provider taken off the list"),
    "organisation.changed": _("What is entered was changed"),
    "organisation.banned": _("Banned"), "organisation.ban_lifted": _("Ban lifted"),
    "organisation.banned_with": _("Banned with another firm"), "organisation.ban_lifted_with": _("Ban of another firm lifted"),
    "bounds.asked": _("Other bounds asked for"), "bounds.granted": _("Other bounds granted"), "bounds.refused": _("Other bounds refused"),
    "payout.rechecked": _("Checked again after the payment"), "memo.forgotten": _("Note beside an entry forgotten"),
    "entry.reversed": _("Entry reversed"),
    "absence.entered": _("Absence entered"), "absence.ended": _("Absence ended"), "role.lent": _("Role handed to a deputy"),
    "role.withdrawn": _("Role taken away"), "person.closed": _("Access closed"),
    "person.reopened": _("Access opened again"), "person.password_changed": _("Password changed"),
    "person.password_renewed": _("New first password given"), "role.granted": _("Role granted"),
    "line.matched": _("Bank line matched by hand"), "line.set_aside": _("Bank line set aside"),
    "line.unmatched": _("Bank line opened again"), "payout.settlement_undone": _("Not confirmed by the bank after all"),
    "payout.return_undone": _("Not sent back by the bank after all"), "deposit.receipt_undone": _("Own part not received after all"),
    "payout.charged": _("The bank kept a charge of what it sent back"),
    "payout.statement_withdrawn": _("Settlement statement withdrawn"),
    "line.sent_back": _("Money sent back"), "deposit.asked": _("Own part asked for"), "deposit.received": _("Own part received"),
    "deposit.refused": _("Money came in wrong and goes back"), "deposit.dropped": _("Own part awaited no more"),
    "deposit.paid_on": _("Own part paid to the provider"), "deposit.given_back": _("Own part goes back"),
    "deposit.surplus_given_back": _("Part of the own part goes back"), "deposit.asked_again": _("Own part asked for again"),
    "order.own_part_complete": _("The own part is complete"),
    "deposit.taken_back": _("Own part not paid out yet"),
}


# Why a bank sends a payment back (ISO 20022, ExternalReturnReason1Code): those that a payer of grants meets.
RETURNS = {
    "AC01": _("The account number is wrong."), "AC03": _("The account number is wrong."), "AC04": _("The account is closed."),
    "AC06": _("The account is blocked."), "AG01": _("The account takes no such payments."),
    "AM05": _("The payment was there twice."), "BE01": _("Account and name do not belong together."),
    "MD07": _("The account holder has died."), "MS02": _("The payee refused it without a reason."),
    "MS03": _("The bank gave no reason."), "RC01": _("The bank code is wrong."), "RR04": _("A regulation forbids it."),
}


def return_word(reason: str, say: Translator) -> str:
    """A reason in words: of a bank's code for a return with the code behind, ours in the reader's language, a person's as typed."""
    return f"{say(RETURNS[reason])} ({reason})" if reason in RETURNS else reason_for(reason, say)


def event_word(name: str) -> str:
    """What happened, marked; an event that nobody named yet stands as it is."""
    return EVENTS.get(name, name)


def dimension_word(name: str) -> str:
    """What a posting is about, marked; what nobody named yet stands as it is."""
    return DIMENSIONS.get(name, name)


# The fields of forms, by the last part of their names: what a refusal points to.
FIELDS = {
    "old": _("Password until now"), "new": _("New password"), "again": _("The new password again"),
    "amount": _("Amount"), "purpose": _("Purpose"), "programme": _("Programme"), "sme": _("SME"), "provider": _("Provider"),
    "service_type": _("Service"), "title": _("What is ordered"), "net": _("Net amount"), "vat": _("Tax"),
    "contract_number": _("Contract number"), "note": _("Note"), "reason": _("Reason"), "invoice_number": _("Invoice number"),
    "use_number": _("Number of the use"), "used_on": _("Day of the use"), "instrument": _("Instrument"), "invoice_date": _("Invoice date"),

    "issued_on": _("Invoice date"), "description": _("Description"), "reference": _("Bank's reference"),
    "paid_on": _("Day of payment"), "accepted": _("Accepted"), "document": _("Document"), "funder": _("Funder"),
    "year": _("Year"), "execution_on": _("Day of execution"), "terms": _("Terms file"), "label": _("Name of the key"),
    "statement": _("Bank statement"), "payout": _("Payout"), "lines": _("Invoice lines"), "account": _("Bank account"),
    "decisions": _("Decisions"), "payouts": _("Payouts"), "name": _("Name"), "number": _("Official number"), "email": _("E-mail address"),
    "country": _("Country"), "kind": _("Kind"), "password": _("Password"), "role": _("Role"), "currency": _("Currency"),
    "account_number": _("Account"), "person_name": _("Name"), "granted_email": _("E-mail address"), "granted_role": _("Role"),
    "allotted": _("Amount"), "allotment_document": _("Document"), "fund_line": _("Fund line"), "over_issue_line": _("Fund line"),
    "over_issue": _("Amount"),    "over_issue_document": _("Document"), "service_group": _("Type of voucher"),
    "as_of": _("As of"),
    "grounds": _("What is objected to"), "contact": _("How to reach"),
    "items": _("What is missing or wrong"), "answer": _("Answer"), "in_order": _("Lines in order"), "files": _("Files"),
    "left": _("One"), "right": _("Other"), "left_kind": _("Kind"), "right_kind": _("Kind"), "tie": _("Tie"), "source": _("Source"),
    "seed": _("Seed of the lot"), "seen_on": _("Day of the visit"), "place": _("Where"),
    "from": _("From"), "until_on": _("Until"), "table": _("Table"), "channel": _("How the payee was asked"),
    "since": _("From"), "until": _("Until"), "price": _("Price without tax"),
    "deliver_by": _("Day of delivery"), "part": _("Part of the voucher"), "quantity": _("Number of pieces"),
    "defects": _("What is wanting"), "words": _("What is wanting and what would mend it"),
    "basis": _("Legal basis"), "contract_on": _("Day of registration"), "income": _("Recognised technology income"),
    "voucher_part": _("The voucher, at most"), "item": _("Part of the service"), "facts": _("Facts"), "measures": _("Further amounts"),
    "mandate": _("Mandate signed by the firm"), "employees": _("People"), "turnover": _("Turnover of the last year"),
    "founded_on": _("Day of foundation"), "team": _("Team"), "person": _("Person"), "replaces": _("In place of"),
    "evidence": _("Evidence"), "log": _("Log (CSV or XLSX)"), "organisation": _("Organisation"), "deputy": _("Deputy"),
    "from_on": _("From"), "language": _("Language"), "mails": _("Which letters come by mail"),
    "list": _("List (text)"), "secret": _("Shared key"),
    "ticket": _("Ticket"), "lower": _("Not below"), "upper": _("Not above"), "budget": _("Budget"), "draft": _("Draft"),
    "code": _("Award"), "figures": _("Figures that only the provider knows"), "papers": _("Papers that prove the figures"),
    "what": _("What is done"), "on": _("Day"), "ended_line": _("Fund line"), "year_end_document": _("Document"),
    "reopen_reason": _("Reason"), "reopen_through": _("Until"), "line": _("Bank line"),
}


def field_word(where: str, say: Translator) -> str:
    """A field's name in a language, from its path: "lines.0.net" is "Line 1: Net amount"."""
    first, *rest = where.split(".")
    word = say(FIELDS.get(rest[-1] if rest else first, where))
    if first == "lines" and len(rest) == 2 and rest[0].isdigit():
        return say(_("Line {line}: {what}"), line=int(rest[0]) + 1, what=word)
    if first == "decisions" and len(rest) == 2:
        return say(_("Line {line}: {what}"), line=rest[0], what=word)
    if first == "evidence":
        return say(_("Evidence"))
    if first == "payouts" and rest:
        return say(_("Payout"))
    return word


# Words of the books' states that stand inside sentences of refusals; the catalog knows them under these names.
INSIDE_SENTENCES = (
    _("questioned"), _("lapsed"), _("waiting"), _("notice"), _("objection"), _("filed"), _("lead"), _("admitted"),
    _("inadmissible"), _("upheld"), _("dismissed"), _("closed"), _("hear"),
    _("submitted"), _("reviewed"), _("waitlisted"), _("offered"), _("offer_lapsed"),
    _("issued"), _("rejected"), _("withdrawn"), _("placed"), _("accepted"), _("registered"),
    _("started"), _("delivered"), _("disputed"), _("completed"), _("terminated"), _("declined"), _("cancelled"), _("lapsed"),
    _("proposed"), _("referred"), _("agreed"), _("valued"), _("amendment"),
    _("verified"), _("approved"), _("refused"), _("payable"),
    _("gathered"), _("released"), _("sent"), _("settled"), _("returned"), _("replaced"), _("signed"), _("exported"),
    _("dissolved"), _("open"), _("matched"), _("set_aside"), _("claim"), _("provide"), _("review"), _("issue"), _("verify"),
    _("approve"), _("release"), _("sme"), _("provider"), _("reviewer"), _("approver"), _("verifier"), _("finance"),
    _("treasury"), _("auditor"), _("administrator"), _("programme"), _("voucher"), _("order"), _("payout"), _("batch"),
    _("statement"), _("file"), _("fund line"), _("organisation"), _("bank line"), _("office"), _("note"),
    _("no_reference"), _("unknown_reference"), _("amount_differs"), _("currency_differs"), _("already_settled"),
    _("not_sent"), _("return_of_unsettled"), _("return_of_recovered"), _("questioned"), _("appealed"), _("dismissed"),
    _("appeal"),
    _("frozen"), _("surrendering"), _("surrendered"), _("hearing"), _("heard"), _("revoked"),
)
