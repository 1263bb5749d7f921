"""Who invoices whom, and who pays when: the cash of an order as its parties will see it, before it is ordered.

Where the SME is reimbursed it pays the whole price first. Where the provider redeems, one contract has two invoices: the office
gets one over the voucher's part, the SME one over the rest with the whole tax (as Enterprise Ireland and Invest Northern
Ireland have it).
"""

from dataclasses import dataclass

from voucher.money import Money
from voucher.programmes.terms import Model


@dataclass(frozen=True)
class Cash:
    """The two invoices of an order (the office's is zero where the SME is reimbursed), and what the SME pays and gets back.

    `tax` is what stands on the SME's invoice; together the invoices come to the price with tax.
    """

    invoice_to_office: Money
    invoice_to_sme: Money
    tax: Money
    sme_gets_back: Money

    @property
    def sme_pays(self) -> Money:
        """What leaves the SME's account before anything comes back."""
        return self.invoice_to_sme

    @property
    def sme_bears(self) -> Money:
        """What the SME has paid in the end, when the voucher pays all that it may."""
        return self.invoice_to_sme - self.sme_gets_back


def cash_of(model: Model, net: Money, vat: Money, part: Money) -> Cash:
    """The cash of an order of this price, of which the voucher pays a part.

    >>> eur = lambda text: Money.parse(text, "EUR")
    >>> split = cash_of(Model.PROVIDER_REDEEMS, eur("5000.00"), eur("1150.00"), eur("5000.00"))
    >>> str(split.invoice_to_office), str(split.invoice_to_sme)
    ('5000.00', '1150.00')
    """
    gross, zero = net + vat, Money.zero(net.currency)
    if model == Model.REIMBURSE_SME:
        return Cash(zero, gross, vat, part)
    return Cash(part, gross - part, min(vat, gross - part), zero)
