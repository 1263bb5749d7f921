"""A case as the books see it: a voucher with those who bear it, and sums by fund line."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, or_, select

from voucher.accounting.entries import Places, Spread, common_places, entry, places_at, places_of
from voucher.claims import Claim
from voucher.ledger import Draft
from voucher.ledger.journal import chunks
from voucher.money import Money, total
from voucher.orders import Order
from voucher.payouts import Payout
from voucher.people import Organisation
from voucher.programmes.funding import FundLine, shares_of
from voucher.programmes.programmes import TermsVersion, terms_version
from voucher.vouchers import Voucher


@dataclass(frozen=True)
class Case:
    """What an entry about an issued voucher needs to know: the fund lines that bear it, what each bears of what, and the firms whom it
    may concern.
    """

    voucher: Voucher
    funds: tuple[FundLine, ...]
    shares: Mapping[UUID, Mapping[UUID, int]]
    parties: Mapping[UUID, Organisation]
    terms: str = ""
    country: str = ""

    def spread(self, subject_id: UUID) -> Spread:
        """What the fund lines bear of the voucher, an order or a claim."""
        borne = self.shares[subject_id]
        return tuple(Money(borne.get(line.id, 0), self.voucher.currency) for line in self.funds)

    def entry(self, event: str, subject: str, on: date, amounts: Mapping[str, Money | Spread],
              evidence: tuple[str, ...] = (), cause: str = "", party: UUID | None = None, when: str = "", **places: str) -> Draft:
        """An entry of this case. An amount that no fund line bears is plain Money; `cause` is for what may happen again. The party is
        the holder of the voucher unless another is given. `when` is which case of the event a law's books see.
        """
        own = {"voucher": self.voucher.reference} | places_at(self.parties[party or self.voucher.sme_id]) | places
        return borne_by(self.funds, event, subject, on, amounts, own, evidence, cause, self.terms, self.country, when)


def borne_by(
    funds: Sequence[FundLine], event: str, subject: str, on: date, amounts: Mapping[str, Money | Spread], places: Places,
    evidence: tuple[str, ...], cause: str, terms: str, country: str, when: str = "",
) -> Draft:
    """An entry that these fund lines bear; an amount that none of them bears is plain Money."""
    spreads = {name: amount for name, amount in amounts.items() if isinstance(amount, tuple)}
    totals = {name: total(amount, funds[0].currency) if isinstance(amount, tuple) else amount for name, amount in amounts.items()}
    parts = [(places_of(line), {name: spread[at] for name, spread in spreads.items()}) for at, line in enumerate(funds)]
    about = {**common_places(funds), **places}
    return entry(event, subject, on, totals, about, country=country, cause=cause, evidence=evidence, terms=terms, parts=parts, when=when)


def case_of(session: Session, voucher: Voucher, *subjects: UUID) -> Case:
    """The case of an issued voucher, with what the fund lines bear of it and of the orders and claims that are named."""
    version = terms_version(session, voucher.terms_id)
    shares = shares_of(session, voucher.id, *subjects)
    sellers = select(Order.provider_id).where(Order.voucher_id == voucher.id)
    concerned = or_(Organisation.id == voucher.sme_id, col(Organisation.id).in_(sellers))
    rows = session.exec(select(FundLine, Organisation).join(Organisation, concerned).where(
        col(FundLine.id).in_(shares[voucher.id])).order_by(col(FundLine.id))).all()  # both are few, and it is one question
    assert rows, f"{voucher.reference} was not issued"
    funds, parties = {line.id: line for line, _firm in rows}, {firm.id: firm for _line, firm in rows}
    return Case(voucher, tuple(funds.values()), shares, parties, version.digest, version.terms.programme.country)


def cases_of_claims(session: Session, claims: Collection[UUID]) -> dict[UUID, tuple[Claim, Order, Case]]:
    """Each of these claims with its order and its case, in a handful of questions however many they are."""
    rows = session.exec(select(Claim, Order, Voucher, Organisation).join(Order, col(Order.id) == Claim.order_id)
                        .join(Voucher, col(Voucher.id) == Order.voucher_id)
                        .join(Organisation, col(Organisation.id) == Claim.claimant_id).where(col(Claim.id).in_(set(claims)))).all()
    reduced = session.exec(select(Payout.claim_id, Payout.id).where(col(Payout.claim_id).in_(set(claims)), Payout.offset_minor > 0)).all()
    shares = shares_of(session, *{voucher.id for _claim, _order, voucher, _firm in rows}, *{claim.id for claim, *_rest in rows},
                       *{payout for _claim, payout in reduced})
    bearing = {line for borne in shares.values() for line in borne}
    funds = session.exec(select(FundLine).where(col(FundLine.id).in_(bearing)).order_by(col(FundLine.id))).all()
    versions = {key: terms_version(session, key) for key in {voucher.terms_id for _claim, _order, voucher, _firm in rows}}
    return {claim.id: (claim, order, _case(versions[voucher.terms_id], voucher, funds, {
        subject: shares[subject] for subject in (voucher.id, claim.id, *(payout for of, payout in reduced if of == claim.id))}, firm))
        for claim, order, voucher, firm in rows}


def cases_of_vouchers(session: Session, vouchers: Sequence[Voucher]) -> list[Case]:
    """The case of each of these issued vouchers, in a handful of questions however many they are."""
    shares = shares_of(session, *(voucher.id for voucher in vouchers))
    bearing = {line for borne in shares.values() for line in borne}
    funds = session.exec(select(FundLine).where(col(FundLine.id).in_(bearing)).order_by(col(FundLine.id))).all()
    versions = {key: terms_version(session, key) for key in {voucher.terms_id for voucher in vouchers}}
    parties = {firm.id: firm for some in chunks(list({voucher.sme_id for voucher in vouchers}))
               for firm in session.exec(select(Organisation).where(col(Organisation.id).in_(some)))}
    return [_case(versions[voucher.terms_id], voucher, funds, {voucher.id: shares[voucher.id]}, parties[voucher.sme_id])
            for voucher in vouchers]


def _case(
    version: TermsVersion, voucher: Voucher, funds: Sequence[FundLine], shares: Mapping[UUID, Mapping[UUID, int]], party: Organisation
) -> Case:
    bearers = tuple(line for line in funds if line.id in shares[voucher.id])
    return Case(voucher, bearers, shares, {party.id: party}, version.digest, version.terms.programme.country)
