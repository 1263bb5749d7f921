"""The acts on a finding."""

from voucher.checks.facts import Level
from voucher.errors import _
from voucher.findings import Finding
from workflows.acts.act import Act, Ask, Kind
from workflows.checking import (
    CHANNELS,
    FINDING,
    allow_finding,
    confirm_account,
    confirm_finding,
    note_finding,
    record_site_check,
    report_site_check,
)


def _does_not_stop(finding: Finding, _terms: object) -> bool:
    return finding.level != Level.BLOCK


def _was_drawn(finding: Finding, _terms: object) -> bool:
    return finding.check_name == "drawn"


def _is_about_an_account(finding: Finding, _terms: object) -> bool:
    return finding.check_name == "changed_account"


_SEEN = Ask("reason", _("What was looked at, and why"), example="Both orders are on one invoice, seen on paper")

_ON_THE_SPOT = (
    Ask("seen_on", _("Day of the visit"), Kind.DAY, "2026-03-20"),
    Ask("place", _("Where"), Kind.WORD, "Laboratory 2, Weihai", longest=200),
    Ask("reason", _("What was looked at, and why"), example="The device runs; its number is that of the invoice"))

FINDING_ACTS = (
    Act(FINDING, "note_finding", note_finding, "note", _("Take note"), _("Noted. The approver reads it."), (_SEEN,),
        when=_does_not_stop, whose="verifier1"),
    Act(FINDING, "allow_finding", allow_finding, "allow", _("It does not stand in the way"),
        _("Decided: the money may go on as far as this finding is concerned."), (_SEEN,),
        when=lambda finding, terms: not _is_about_an_account(finding, terms), whose="approver2"),
    Act(FINDING, "record_site_check", record_site_check, "seen-in-order", _("Seen on the spot, in order"),
        _("Written down: it is in order."), _ON_THE_SPOT, when=_was_drawn, whose="reviewer1"),
    Act(FINDING, "report_site_check", report_site_check, "seen-not-in-order", _("Seen on the spot, not in order"),
        _("Written down: it is not in order, and it is not paid."), _ON_THE_SPOT, kind="danger", when=_was_drawn, whose="reviewer1"),
    Act(FINDING, "confirm_account", confirm_account, "confirm-account", _("The payee confirmed the account"),
        _("Written down: the payee confirmed the account."), (
            Ask("channel", _("How the payee was asked"), Kind.CHOICE, "phone", choices=CHANNELS),
            Ask("reason", _("Who was asked, by whom, and what was said"), example="Ms Sun, at the number of the application")),
        note=_("Ask over a way that you knew before: never a number or an address that came with the change."),
        when=_is_about_an_account, whose="finance1"),
    Act(FINDING, "confirm_finding", confirm_finding, "confirm", _("It stands in the way"),
        _("Decided: what this finding concerns is not paid."), (_SEEN,), kind="danger", whose="approver2"),
)
