"""What no row of a machine says: which step of one machine a step of another follows from, and what clock and bank have to do with it.

Each word is a step, a verb, or a move: a method of the guide that is neither.
"""

from collections.abc import Mapping

_REVOKED = ("open_revocation", "record_revocation_hearing", "revoke_voucher")
WAYS: Mapping[str, tuple[str, ...]] = {
    # an application, the waiting list
    "end_application": ("review_voucher", "close_programme"), "put_on_waiting_list": ("issue_voucher", "another_case", "review_voucher"),
    "serve_voucher": ("put_on_waiting_list", "more_money"), "offer_voucher": ("put_on_waiting_list", "more_money"),
    "close_fund_line": ("issue_voucher", "work_off"), "open_fund_line": ("close_fund_line", "more_money"),
    # a voucher's time, its surrender, its revocation
    "warn_of_expiry": ("issue_voucher", "before_expiry"), "expire_voucher": ("issue_voucher", "after_expiry"),
    "grant_extension": ("ask_extension",), "refuse_extension": ("ask_extension",),
    "ask_surrender": ("accept_order", "surrender_voucher"), "drop_surrender": ("ask_surrender", "freeze_voucher"),
    "finish_surrender": ("ask_surrender", "agree_to_surrender"), "give_order_back": ("ask_surrender", "agree_to_surrender"),
    "give_back_what_is_free": ("accept_order",),
    "drop_amendment": ("propose_change", *_REVOKED), "revoke_order": ("place_order", *_REVOKED),
    "revoke_claim": ("submit_claim", *_REVOKED),
    "stop_order": ("start_service", "submit_claim", "settle_payout", *_REVOKED),
    "drop_claim_appeal": ("file_appeal", *_REVOKED), "follow_revocation": ("settle_payout", *_REVOKED),
    # an order that ends
    "lapse_unclaimed": ("accept_delivery", "after_claims"), "terminate_order": ("propose_termination", "agree_amendment"),
    "call_off_order": ("start_service", "propose_nothing", "agree_amendment"),
    "dispute_termination": ("propose_termination", "decline_amendment"),
    "decline_amendment": ("propose_change",), "agree_amendment": ("propose_change",), "replace_order": ("place_order", "replace"),
    "refer_termination": ("propose_termination", "run_out"),
    # a claim, its notice, its appeal
    "refuse_claim": ("submit_claim", "verify_nothing", "approve_claim"), "file_appeal": ("submit_claim", "verify_half", "approve_claim"),
    "supplement_claim": ("uphold_claim_appeal",), "reopen_claim": ("uphold_objection",), "give_up_claim": ("give_up_payout",),
    "approve_claim": ("verify_claim", "sign_or_not"), "sign_claim": ("verify_claim",),
    "publish_notice": ("approve_claim",), "file_objection": ("publish_notice",), "admit_objection": ("publish_notice", "file_objection"),
    "turn_objection_away": ("publish_notice", "file_objection"), "file_listing_objection": ("start_listing_notice",),
    "end_hold_in_time": ("hold_claim", "run_out"), "release_claim": ("hold_claim",),
    # findings
    "note_finding": ("another_holder", "submit_claim"), "allow_finding": ("submit_claim", "tie_them", "check_again"),
    "confirm_finding": ("submit_claim", "tie_them", "check_again"), "record_site_check": ("submit_claim", "draw_sample"),
    "report_site_check": ("submit_claim", "draw_sample"), "confirm_account": ("another_account", "approve_claim"),
    "lapse_finding": ("another_account", "approve_claim", "weeks"), "notice_recovery": ("settle_payout", "tie_them", "a_month"),
    # payouts and the bank
    "make_payout": ("approve_claim",), "hold_payout": ("hold_claim",), "free_payout": ("hold_claim", "release_claim"),
    "cancel_payout": ("approve_claim", "withdraw_claim"), "gather_payout": ("gather_batch",), "gather_batch": ("approve_claim",),
    "put_payout_back": ("gather_batch", "dissolve_batch"), "release_payout": ("release_batch",),
    "recall_payout": ("release_batch", "dissolve_batch"), "export_batch": ("release_batch", "work_off"), "send_payout": ("export_batch",),
    "import_statement": ("export_batch",), "settle_payout": ("export_batch", "bank_pays"),
    "return_payout": ("export_batch", "bank_returns"),
    "reject_payout": ("export_batch",), "undo_rejection": ("export_batch", "reject_payout"),
    "match_line": ("export_batch", "bank_mangles"), "set_line_aside": ("stranger_pays",), "send_line_back": ("stranger_pays",),
    "unmatch_line": ("set_line_aside",), "undo_settlement": ("settle_payout", "unmatch_line"),
    "undo_return": ("return_payout", "unmatch_line"),
    "match_return_less_charge": ("settle_payout", "bank_keeps_something"), "reissue_payout": ("return_payout", "another_account"),
    "give_up_payout": ("return_payout",), "cancel_returned_payout": ("return_payout", *_REVOKED),
    "give_rest_up": ("make_recovery_final", "another_case", "approve_claim", "offset_recovery", "gather_batch", "release_batch",
                     "work_off", "bank_returns", "give_up_payout"),
    "set_payout_off": ("make_recovery_final", "another_case", "approve_claim", "offset_recovery"),
    "ask_award": ("settle_payout",), "confirm_award_account": ("propose_award", "provider_account", "decide_award"),
    # recoveries
    "suspect_recovery": ("settle_payout",), "open_recovery": ("settle_payout",),
    "offset_recovery": ("make_recovery_final", "another_case", "approve_claim"),
    "collect_recovery": ("make_recovery_final", "pay_recovery"),
    "close_paid_recovery": ("serve_recovery", "pay_recovery", "run_out"),
    "close_recovery": ("appeal_recovery", "pay_recovery", "dismiss_recovery_appeal"),
    "refund_recovery": ("serve_recovery", "pay_recovery", "annul_recovery"),
    "drop_returned": ("open_recovery", "bank_returns", "give_up_payout"),
    "annul_returned": ("decide_recovery", "bank_returns", "give_up_payout"),
    # wallets
    "ask_deposit": ("accept_order",), "take_deposit": ("accept_order", "pay_in"), "refuse_deposit": ("accept_order", "pay_in_wrong"),
    "undo_receipt": ("take_deposit", "unmatch_line"), "drop_deposit": ("accept_order", "cancel_order", "night"),
    "give_deposit_back": ("take_deposit", "cancel_order", "night"), "pay_deposit_on": ("take_deposit", "approve_claim", "night"),
    "give_surplus_back": ("take_deposit", "propose_less", "agree_amendment", "night"),
    "take_deposit_back": ("pay_deposit_on", "withdraw_claim", "night"),
    "ask_deposit_again": ("take_deposit", "submit_claim", "verify_nothing", "approve_claim", "night", "file_appeal",
                          "uphold_claim_appeal", "approve_claim", "night"),
    # money of fund lines, books
    "settle_advance": ("advance_funds",), "withdraw_over_issue": ("allow_over_issue",), "grant_bounds": ("ask_bounds",),
    "refuse_bounds": ("ask_bounds",), "accrue_deliveries": ("deliver_order", "new_year"), "carry_orders": ("accept_order", "new_year"),
    "lapse_free_money": ("new_year",), "carry_forward": ("new_year",), "reopen_period": ("close_period",),
    "forget_memo": ("settle_payout", "unmatch_line"),
    "propose_listing_again": ("delist_provider", "propose_listing"),
    "return_to_plan": ("agree_plan", "ask_write_off"),
    "close_on_its_day": ("announce_closing", "last_day"),
    "republish_paused": ("pause_programme",), "announce_closing_paused": ("pause_programme",),
    "settle_programme": ("close_programme", "new_year", "lapse_free_money"), "renew_voucher": ("uphold_cancellation_appeal",),
    # letters, papers, drafts
    "write_letters": ("apply_for_voucher", "tell"), "send_mail": ("apply_for_voucher", "tell"),
    "make_decision_letter": ("review_voucher", "reject_voucher", "tell"),
    "make_verification_sheet": ("submit_claim", "verify_claim", "approve_claim", "tell"),
    "send_answer": ("publish_notice", "file_objection", "turn_objection_away", "tell"),
    "follow_return": ("settle_payout", *_REVOKED, "bank_sends_back", "work_off"),
    "keep_backtest": ("try_draft", "work_off"), "keep_head": ("night",),
    # bans, access, absences
    "ban_organisation": ("place_order",), "lift_ban": ("place_order", "ban_organisation"), "ban_for_recovery": ("serve_recovery",),
    "change_organisation": ("place_order",), "import_ties": ("place_order",), "reopen_person": ("close_person",),
    "change_password": ("renew_password",), "hand_over_role": ("enter_absence",), "end_absence": ("enter_absence", "hand_over_role"),
    # other offices, auditors, the bank, logs
    "end_key": ("enter_key",), "export_list": ("enter_key", "submit_claim"), "import_list": ("enter_key", "submit_claim"),
    "find_ticket": ("enter_key", "submit_claim"), "export_case": ("issue_voucher",), "check_claim": ("submit_claim",),
    "draw_sample": ("submit_claim",), "draw_by_itself": ("submit_claim", "night"), "recheck_payout": ("settle_payout", "a_month"),
    "match_line_with_deposit": ("accept_order", "pay_in_unnamed"),
    "match_line_with_recovery": ("serve_recovery", "pay_recovery_unnamed"),
    "remit_recovery": ("settle_payout", "new_year", "make_recovery_final", "pay_recovery"),
    "resubmit_log": ("submit_log", "return_claim"),
    **dict.fromkeys(("uphold_freeze_appeal", "dismiss_freeze_appeal"), ("appeal_freeze",)),
    **dict.fromkeys(("uphold_cancellation_appeal", "dismiss_cancellation_appeal"), ("appeal_cancellation",)),
    **dict.fromkeys(("uphold_revocation_appeal", "dismiss_revocation_appeal"), ("appeal_revocation",)),
}
"""What comes before a step, one after the other; after it the step was taken, or may be."""

WHERE = {
    **dict.fromkeys(("put_on_waiting_list", "serve_voucher", "close_fund_line", "open_fund_line"), "short"),
    **dict.fromkeys(("offer_voucher", "accept_offer", "decline_offer", "lapse_offer"), "offers"),
    **dict.fromkeys(("ask_extension", "grant_extension", "refuse_extension", "sign_claim"), "plain"),
    **dict.fromkeys(("activate_voucher", "see_originals", "record_site_check", "report_site_check"), "drawn"),
    **dict.fromkeys(("ask_deposit", "take_deposit", "refuse_deposit", "undo_receipt", "drop_deposit", "give_deposit_back", "pay_deposit_on",
                     "give_surplus_back", "take_deposit_back", "ask_deposit_again"), "wallet"),
    "stop_order": "staged", "settle_programme": "over",
    "notice_recovery": "plain", "end_application": "ending", "confirm_tax": "ending", "close_programme": "ending",
    **dict.fromkeys(("submit_log", "resubmit_log"), "plain"), "match_line_with_deposit": "wallet",
    **dict.fromkeys(("draw_sample", "draw_by_itself"), "drawn"),
    "close_on_its_day": "ending", "republish_paused": "ending", "announce_closing_paused": "ending",
}
"""The programme in which a step is possible, where it is not any of the general ones."""

FIRST = ("write_letters", "send_mail", "make_decision_letter", "make_verification_sheet", "send_answer")
"""What is written about all that happened before, so that it is best done while that is little."""

LAST = ("close_programme", "close_on_its_day", "end_application", "close_period", "reopen_period", "adjust_period", "lapse_free_money",
        "carry_forward", "carry_orders", "accrue_deliveries", "expire_voucher", "lapse_unclaimed", "delist_provider",
        "propose_listing_again", "ban_organisation", "lift_ban", "ban_for_recovery", "remit_recovery")
"""What ends much that other steps need."""

GENERAL = ("plain", "wallet", "drawn", "shared", "staged", "tight", "euro")
"""The programmes to which a firm applies when it is all the same."""

NEEDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "place_order": ("voucher", ("issued",)), "submit_log": ("order", ("completed",)), "submit_claim": ("order", ("completed",)),
    "suspect_recovery": ("payout", ("settled", "offset")),
    "open_recovery": ("payout", ("settled", "offset")), "propose_change": ("order", ("placed", "accepted", "registered", "started")),
    "deliver_order": ("order", ("registered", "started")), "start_service": ("order", ("registered",)),
    "propose_termination": ("order", ("accepted", "registered", "started")), "file_appeal": ("claim", ("approved", "refused")),
}
"""In which states of which noun a step begins, where its own row does not say so."""
