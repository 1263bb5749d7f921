"""What is owed by a payout: for a claim, an award, or a deposit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from voucher import ledger
from voucher.accounting.case import Case, borne_by, cases_of_claims
from voucher.accounting.causes import deposit_cause
from voucher.accounting.entries import Places, Spread, entry, places_at
from voucher.accounting.rules import EVENTS
from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.deposits import Deposit, DepositState
from voucher.ledger import Draft
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import Payout
from voucher.people import Organisation, office
from voucher.programmes.funding import FundLine, shares_of
from voucher.programmes.programmes import Programme, terms_version
from voucher.statutory.mapping import mapping_of
from voucher.vouchers import Voucher


@dataclass(frozen=True)
class ClaimOwed:
    """What a payout pays, as its entries need to know it: a claim in its case."""

    case: Case
    claim: Claim
    order: Order

    @property
    def reference(self) -> str:
        """What is paid."""
        return self.claim.reference

    @property
    def case_name(self) -> str:
        """To what the events of the payout belong: the voucher's reference."""
        return self.case.voucher.reference

    @property
    def funds(self) -> tuple[FundLine, ...]:
        """Whose money it is."""
        return self.case.funds

    def spread(self, payout: Payout) -> Spread:
        """What the fund lines bear of what goes to the bank: all of the claim, unless part of it was set off."""
        return self.case.spread(payout.id if payout.offset_minor else self.claim.id)

    def whole(self) -> Spread:
        """What the fund lines bear of the claim as a whole."""
        return self.case.spread(self.claim.id)

    @property
    def owed_since(self) -> date:
        """The day of its approval, which is the day of the expense."""
        assert self.claim.approved_on is not None, "what is owed was approved"
        return self.claim.approved_on

    def recovering(self, event: str, recovery: str, on: date, amounts: Mapping[str, Money | Spread], cause: str,
                   evidence: tuple[str, ...] = (), when: str = "") -> Draft:
        """An entry about asking it back."""
        return self.case.entry(event, recovery, on, amounts, evidence, cause, party=self.claim.claimant_id, when=when, recovery=recovery,
                               order=self.order.reference, claim=self.claim.reference, service=self.order.service_type)

    def entry(self, what: str, payout: Payout, on: date, amounts: Mapping[str, Money | Spread], evidence: tuple[str, ...] = (),
              cause: str = "", when: str = "", **places: str) -> Draft:
        """An entry about the payout."""
        return self.case.entry(f"payout.{what}", payout.reference, on, amounts, evidence, cause, party=self.claim.claimant_id, when=when,
                               order=self.order.reference, claim=self.claim.reference, service=self.order.service_type,
                               payout=payout.reference, **places)


@dataclass(frozen=True)
class AwardOwed:
    """What a payout pays, where that is an award: no voucher knows of it."""

    award: ProviderAward
    provider: Organisation
    funds: tuple[FundLine, ...]
    shares: Mapping[UUID, Mapping[UUID, int]]
    terms: str = ""
    country: str = ""

    @property
    def reference(self) -> str:
        """What is paid."""
        return self.award.reference

    @property
    def case_name(self) -> str:
        """To what the events of the payout belong: the award itself."""
        return self.award.reference

    def spread(self, payout: Payout) -> Spread:
        """What the fund lines bear of what goes to the bank: all of the award, unless part of it was set off."""
        return self._borne(payout.id) if payout.offset_minor else self.whole()

    def whole(self) -> Spread:
        """What the fund lines bear of the award as a whole."""
        return self._borne(self.award.id)

    @property
    def _about(self) -> dict[str, str]:
        return {"award": self.award.reference} | places_at(self.provider)

    def _borne(self, subject: UUID) -> Spread:
        return tuple(Money(self.shares[subject].get(line.id, 0), self.award.currency) for line in self.funds)

    @property
    def owed_since(self) -> date:
        """The day of its decision, which is the day of the expense."""
        assert self.award.decided_on is not None, "what is owed was decided"
        return self.award.decided_on

    def recovering(self, event: str, recovery: str, on: date, amounts: Mapping[str, Money | Spread], cause: str,
                   evidence: tuple[str, ...] = (), when: str = "") -> Draft:
        """An entry about asking it back."""
        about = self._about | {"recovery": recovery}
        return borne_by(self.funds, event, recovery, on, amounts, about, evidence, cause, self.terms, self.country, when)

    def entry(self, what: str, payout: Payout | None, on: date, amounts: Mapping[str, Money | Spread], evidence: tuple[str, ...] = (),
              cause: str = "", when: str = "", **places: str) -> Draft:
        """An entry about the award, or about its payout. To a mended account awards are paid as claims are."""
        event = f"payout.{what}" if what == "reissued" else f"award.{what}"
        about = self._about | ({"payout": payout.reference} if payout else {})
        return borne_by(self.funds, event, payout.reference if payout else self.award.reference, on, amounts, about | places,
                         evidence, cause, self.terms, self.country, when)


@dataclass(frozen=True)
class DepositOwed:
    """What a payout pays, where that is money a firm paid in: no fund line bears it, and a law's books hold it for somebody else."""

    deposit: Deposit
    places: Places
    terms: str = ""
    country: str = ""

    funds: tuple[FundLine, ...] = ()

    @property
    def reference(self) -> str:
        """What is paid."""
        return self.deposit.reference

    @property
    def case_name(self) -> str:
        """To what the events of the payout belong: the voucher's reference, or the deposit itself where nobody knows of one."""
        return self.places.get("voucher", self.deposit.reference)

    @property
    def receipt(self) -> str:
        """The event by which it came."""
        return deposit_cause(self.deposit).partition(" ")[0]

    def spread(self, payout: Payout) -> Spread:
        """All that goes to the bank."""
        return (payout.amount,)

    def entry(self, what: str, payout: Payout, on: date, amounts: Mapping[str, Money | Spread], evidence: tuple[str, ...] = (),
              cause: str = "", when: str = "", **places: str) -> Draft:
        """An entry about the payout. What came in wrong is owed on another account than an own share; no year makes a difference to it."""
        event, owed = f"deposit.{what}", "wrong" if self.deposit.state == DepositState.REFUSED else "own"
        kind = "returned" if "returned" in amounts else owed if owed in EVENTS[event].amounts else "amount"
        return entry(event, payout.reference, on, {kind: payout.amount}, {**self.places, "payout": payout.reference, **places},
                     country=self.country, cause=cause, evidence=evidence, terms=self.terms)

    def came(self, on: date, evidence: tuple[str, ...], undone: int = 0) -> Draft:
        """It is in the wallet. `undone` is how often that was taken back before: each time is an entry of its own."""
        return entry(self.receipt, self.reference, on, {"amount": self.deposit.amount}, self.places, country=self.country,
                     cause=deposit_cause(self.deposit, undone), evidence=evidence, terms=self.terms)


Owed = ClaimOwed | AwardOwed | DepositOwed

# What can be asked back: the office's money.
Recoverable = ClaimOwed | AwardOwed


def on_lines(owed: Owed, funds: tuple[FundLine, ...]) -> Owed:
    """The same, but for what is borne by these fund lines and not by those that bore the payment."""
    return replace(owed, case=replace(owed.case, funds=funds)) if isinstance(owed, ClaimOwed) else replace(owed, funds=funds)


def owed_by(session: Session, payouts: Collection[Payout]) -> dict[UUID, Owed]:
    """What each of these payouts pays, in a handful of questions however many they are."""
    cases = cases_of_claims(session, {payout.claim_id for payout in payouts if payout.claim_id})
    awards = awards_owed(session, {payout.award_id for payout in payouts if payout.award_id})
    deposits = _as_they_came(session, deposits_owed(session, {payout.deposit_id for payout in payouts if payout.deposit_id}))
    found: dict[UUID, Owed] = {}
    for payout in payouts:
        if payout.award_id:
            found[payout.id] = awards[payout.award_id]
        elif payout.deposit_id:
            found[payout.id] = deposits[payout.deposit_id]
        else:
            assert payout.claim_id is not None, "a payout has one source"
            claim, order, case = cases[payout.claim_id]
            found[payout.id] = ClaimOwed(case, claim, order)
    return found


def awards_owed(session: Session, awards: Collection[UUID]) -> dict[UUID, AwardOwed]:
    """Each of these decided awards with the fund lines that bear it."""
    if not awards:
        return {}
    reduced = session.exec(select(Payout.award_id, Payout.id).where(col(Payout.award_id).in_(awards), Payout.offset_minor > 0)).all()
    shares = shares_of(session, *awards, *(payout for _award, payout in reduced))
    found = {}
    rows = session.exec(select(ProviderAward, Organisation).join(Organisation, col(Organisation.id) == ProviderAward.provider_id)
                        .where(col(ProviderAward.id).in_(awards)))
    for award, provider in rows:
        funds = session.exec(select(FundLine).where(col(FundLine.id).in_(shares[award.id])).order_by(col(FundLine.id))).all()
        version = terms_version(session, award.terms_id)
        found[award.id] = AwardOwed(award, provider, tuple(funds), shares, version.digest, version.terms.programme.country)
    return found


def deposits_owed(session: Session, deposits: Collection[UUID]) -> dict[UUID, DepositOwed]:
    """Each of these deposits with the order to which it belongs, if to any: its voucher, programme and holder.

    The law is that of its programme, and of the office where nobody knows of one.
    """
    if not deposits:
        return {}
    found = session.exec(select(Deposit).where(col(Deposit.id).in_(deposits))).all()
    rows = session.exec(select(Order, Voucher, Programme.reference, Organisation)
                        .join(Voucher, col(Voucher.id) == Order.voucher_id).join(Programme, col(Programme.id) == Voucher.programme_id)
                        .join(Organisation, col(Organisation.id) == Voucher.sme_id)
                        .where(col(Order.id).in_({deposit.order_id for deposit in found if deposit.order_id})))
    strange, about = (dict[str, str](), "", office(session).country), {}
    for order, voucher, programme, holder in rows:
        places = {"programme": programme, "voucher": voucher.reference, "order": order.reference, "service": order.service_type}
        version = terms_version(session, voucher.terms_id)
        about[order.id] = places | places_at(holder), version.digest, version.terms.programme.country
    return {each.id: DepositOwed(each, {"deposit": each.reference} | places, terms, country)
            for each in found for places, terms, country in [about[each.order_id] if each.order_id else strange]}


def _as_they_came(session: Session, owed: Mapping[UUID, DepositOwed]) -> dict[UUID, DepositOwed]:
    """Deposits that came before the law's books took any in leave without them."""
    entered = {key: [line.account for law in mapping_of(each.country).rules(each.receipt)
                     for line in law.lines(each.deposit.amount, each.places)] for key, each in owed.items()}
    known = ledger.used(session, [account for some in entered.values() for account in some])
    return {key: replace(each, country=each.country if known.issuperset(entered[key]) else "") for key, each in owed.items()}


def deposits_came(
    session: Session, came: Sequence[tuple[Deposit, date]], evidence: tuple[str, ...], undone: Mapping[str, int]
) -> list[Draft]:
    """Firms' money is in the wallet, each on a day: own parts of orders, or money that came in wrong and goes back.

    `undone` is how often that was taken back before, by reference: each time is an entry of its own.
    """
    owed = deposits_owed(session, {deposit.id for deposit, _on in came})
    return [owed[deposit.id].came(on, evidence, undone[deposit.reference]) for deposit, on in came]
