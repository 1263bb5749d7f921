"""The steps for which a file may say how long they take."""

from enum import StrEnum


class Awaited(StrEnum):
    """A step that somebody waits for; the name by which `deadlines` speaks of it."""

    REVIEW = "review"
    INFORMATION = "information"
    DECISION = "decision"
    APPEAL_DECISION = "appeal_decision"
    EXTENSION = "extension"
    SURRENDER = "surrender"
    REVOCATION_HEARING = "revocation_hearing"
    REVOCATION_DECISION = "revocation_decision"
    ORDER_ANSWER = "order_answer"
    ORDER_START = "order_start"
    ACCEPTANCE = "acceptance"
    ACCEPTANCE_REMINDER = "acceptance_reminder"
    DISPUTE = "dispute"
    AMENDMENT = "amendment"
    VALUATION = "valuation"
    CLAIM_VERIFICATION = "claim_verification"
    CLAIM_ANSWER = "claim_answer"
    CLAIM_CORRECTION = "claim_correction"
    CLAIM_APPEAL = "claim_appeal"
    CLAIM_APPEAL_DECISION = "claim_appeal_decision"
    RECOVERY_HEARING = "recovery_hearing"
