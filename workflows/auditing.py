"""Auditing: accounts are looked at by name; the folder of a case leaves the house, and history says who took it and which one it was."""

from sqlmodel import Session

from voucher.accounting import CHART, ChartAccount, statutory_chart
from voucher.case_folder import Folder, case_folder
from voucher.database import fetch
from voucher.errors import NotAllowed, NotFound
from voucher.history import record
from voucher.ledger.bounds import bounded
from voucher.money import CURRENCIES
from voucher.people import OFFICE_ROLES, Role
from voucher.vouchers import Voucher
from voucher.work import Work

#: Who may take the folder of a case along.
AUDITORS = (Role.AUDITOR, Role.REVIEWER, Role.VERIFIER, Role.APPROVER)


def chart_of(name: str) -> ChartAccount | None:
    """The account of the manual, or of the law's books, under which an account of the books stands; None when it stands under none."""
    return next((chart for chart in (*CHART, *statutory_chart()) if name.startswith(f"{chart.name}:")), None)


def see_account(session: Session, name: str, currency: str) -> bool:
    """Whether anything was ever posted to an account.

    Raises NotFound for a name that was never used and stands under nothing in the manual: a slip of the pen must not read as zero.
    """
    used = bounded(session, name, currency) is not None
    if not used and (chart_of(name) is None or currency not in CURRENCIES):
        raise NotFound
    return used


def export_case(work: Work, voucher: str) -> Folder:
    """Put together the folder of a case; that it was taken is recorded with the SHA-256 of its manifest.

    The record stands outside the case, so that the same case gives the same folder.
    """
    if not any(work.actor.holds(role) for role in OFFICE_ROLES):
        raise NotFound
    if not any(work.actor.holds(role) for role in AUDITORS):
        raise NotAllowed
    folder = case_folder(work.session, fetch(work.session, Voucher, voucher))
    record(work, "case.exported", voucher, manifest=folder.digest)
    return folder
