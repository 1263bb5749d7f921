"""What later versions of terms give to vouchers that were issued under an earlier one: never less, sometimes longer."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from voucher.programmes.programmes import kinder_terms, terms_version
from voucher.programmes.terms import Kinder, Terms
from voucher.vouchers import Voucher


def last_days(session: Session, voucher: Voucher, on: date) -> tuple[date, date]:
    """The last day on which an issued voucher can be used, and the last one on which it can be claimed.

    They stand on the voucher since its issue; a version in force by `on` that says it is kinder to vouchers makes them
    later, never earlier.
    """
    return last_days_of_many(session, [voucher], on)[0]


def last_days_of_many(session: Session, vouchers: Sequence[Voucher], on: date) -> list[tuple[date, date]]:
    """The same of many; the questions grow with their versions of terms, not with the vouchers."""
    kinder = {key: [each.terms for each in kinder_terms(session, terms_version(session, key), on, (Kinder.VOUCHERS,))]
              for key in {voucher.terms_id for voucher in vouchers}}
    return [_last_days(voucher, kinder[voucher.terms_id]) for voucher in vouchers]


def _last_days(voucher: Voucher, kinder: Sequence[Terms]) -> tuple[date, date]:
    assert voucher.issued_on and voucher.use_by and voucher.claim_by, f"{voucher.reference} was not issued"
    days = [(voucher.use_by, voucher.claim_by), *(terms.last_days(voucher.issued_on, voucher.activated_on) for terms in kinder)]
    return max(use_by for use_by, _claim_by in days), max(claim_by for _use_by, claim_by in days)
