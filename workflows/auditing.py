"""Auditing: the folder of a case leaves the house, and history says who took it and which one it was."""

from voucher.case_folder import Folder, case_folder
from voucher.database import fetch
from voucher.errors import NotAllowed, NotFound
from voucher.history import record
from voucher.people import OFFICE_ROLES, Role
from voucher.vouchers import Voucher
from voucher.work import Work

#: Who may take the folder of a case along.
AUDITORS = (Role.AUDITOR, Role.REVIEWER, Role.VERIFIER, Role.APPROVER)


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
