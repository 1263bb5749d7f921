"""What later versions of terms give to vouchers that were issued under an earlier one: never less, sometimes longer."""

from datetime import date

from sqlmodel import Session

from voucher.programmes.programmes import kinder_terms, terms_version
from voucher.programmes.terms import Kinder
from voucher.vouchers import Voucher


def last_days(session: Session, voucher: Voucher, on: date) -> tuple[date, date]:
    """The last day on which an issued voucher can be used, and the last one on which it can be claimed.

    They stand on the voucher since its issue; a version in force by `on` that says it is kinder to vouchers makes them
    later, never earlier.
    """
    assert voucher.issued_on and voucher.use_by and voucher.claim_by, f"{voucher.reference} was not issued"
    kinder = [each.terms for each in kinder_terms(session, terms_version(session, voucher.terms_id), on, (Kinder.VOUCHERS,))]
    days = [(voucher.use_by, voucher.claim_by), *(terms.last_days(voucher.issued_on, voucher.activated_on) for terms in kinder)]
    return max(use_by for use_by, _claim_by in days), max(claim_by for _use_by, claim_by in days)
