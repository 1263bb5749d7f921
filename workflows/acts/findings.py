"""The acts on a finding."""

from voucher.checks.facts import Level
from voucher.errors import _
from voucher.findings import Finding
from workflows.acts.act import Act, Ask
from workflows.checking import FINDING, allow_finding, confirm_finding, note_finding


def _does_not_stop(finding: Finding, _terms: object) -> bool:
    return finding.level != Level.BLOCK


_SEEN = Ask("reason", _("What was looked at, and why"), example="Both orders are on one invoice, seen on paper")

FINDING_ACTS = (
    Act(FINDING, "note_finding", note_finding, "note", _("Take note"), _("Noted. The approver reads it."), (_SEEN,),
        when=_does_not_stop, whose="verifier1"),
    Act(FINDING, "allow_finding", allow_finding, "allow", _("It does not stand in the way"),
        _("Decided: the money may go on as far as this finding is concerned."), (_SEEN,), whose="approver2"),
    Act(FINDING, "confirm_finding", confirm_finding, "confirm", _("It stands in the way"),
        _("Decided: what this finding concerns is not paid."), (_SEEN,), kind="danger", whose="approver2"),
)
