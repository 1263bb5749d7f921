"""Verbs of people that are more than a few fields, each with what makes it succeed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from tests.builders import evidence
from tests.stories.guided.bank import Bank
from tests.stories.guided.programmes import PROGRAMMES
from tests.stories.guided.ways import GENERAL
from tests.stories.walking import FIRMS, SELLERS
from voucher.accounting import voucher_position
from voucher.bound_requests import BoundRequest
from voucher.claims import LIVE, Claim, CutReason, InvoiceLine, LineDecision, OwnPayment, lines_of, originals_unseen
from voucher.database import fetch, get
from voucher.errors import NotFound
from voucher.ledger.accounts import accounts
from voucher.ledger.entries import entries, memos
from voucher.listings import Listing
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import Batch, Payout
from voucher.people import Organisation
from voucher.programmes.funding import FundLine
from voucher.programmes.programmes import Programme, terms_version
from voucher.recoveries import Recovery
from voucher.statements import BankLine
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows import (
    advancing,
    awards,
    bounding,
    claiming,
    forgetting,
    funding,
    holding,
    issue,
    providers,
    publication,
    purchase,
    reconciliation,
    recovery,
    reimbursement,
    unmatching,
    verification,
)
from workflows.programme_end import announce_closing
from workflows.publishing import publish_programme


class Hands(Bank):
    """A walker who knows what each verb needs."""

    def apply_for_voucher(self, work: Work) -> None:
        firm = FIRMS[next(each for each in FIRMS if self.house.people[each].person_id == work.actor.person_id)]
        code = self.where or self.random.choice([each for each in GENERAL if (each == "euro") == (firm.country == "IE")])
        programme = work.session.exec(select(Programme).where(Programme.code == code)).one()
        if (programme.currency == "EUR") != (firm.country == "IE"):
            raise NotFound
        most = {"short": 10_000_00, "offers": 10_000_00, "euro": 5_000_00, "tight": self.random.randint(30, 50) * 100_00}.get(
            code, self.random.randint(80, 120) * 100_00)
        self.case = issue.apply_for_voucher(work, programme.reference, self.house.references[firm.number],
                                            Money(most, programme.currency), "Research").id

    def place_order(self, work: Work) -> None:
        voucher = self.one(work, Voucher, "issued")
        if voucher.activated_on is None and terms_version(work.session, voucher.terms_id).terms.validity.needs_activation:
            holding.activate_voucher(work, voucher.reference)
        self._order(work, voucher, "")

    def _order(self, work: Work, voucher: Voucher, replaces: str, but: UUID | None = None) -> None:
        euro = voucher.currency == "EUR"
        sellers = [each for each in self.house.people if each in SELLERS and SELLERS[each].country == ("IE" if euro else "CN")]
        firms = [fetch(work.session, Organisation, self.house.references[SELLERS[each].number]) for each in sorted(sellers)]
        left = voucher_position(work.session, voucher.reference, voucher.currency).available
        most = min(25, left.minor * (1 if euro else 5) // (100_00 if euro else 1000_00))
        if most < 5:
            raise NotFound
        others = [each for each in firms if each.id != but]
        if not others:
            raise NotFound
        seller, net = self.random.choice(others), self.random.randint(5, most) * (100_00 if euro else 1000_00)
        purchase.place_order(work, voucher.reference, seller.reference, "standard" if euro else "development", "Something",
                             Money(net, voucher.currency), Money(net * 6 // 100 if self.where == "ending" else 0, voucher.currency),
                             replaces=replaces, reason="because")

    def replace_order(self, work: Work) -> None:
        old = self.one(work, Order, "placed", "accepted", "registered")
        self._order(work, get(work.session, Voucher, old.voucher_id), old.reference, old.provider_id)

    def submit_claim(self, work: Work) -> None:
        live = select(Claim.order_id).where(col(Claim.state).in_(LIVE), col(Claim.final))
        orders = work.session.exec(select(Order).where(
            col(Order.state).in_(("completed", "started")), col(Order.id).not_in(live), Order.held_minor > 0, self.near(Order))
            .order_by(col(Order.id).desc())).all()
        order = next((each for each in orders if self._is_business(work, each, work.actor)), None)
        if order is None:
            raise NotFound
        self.case = order.voucher_id
        voucher, terms = get(work.session, Voucher, order.voucher_id), terms_version(work.session, order.terms_id).terms
        claimant = get(work.session, Organisation, voucher.sme_id if terms.payee == "sme" else order.provider_id)
        line = InvoiceLine(f"26371{self.house.number():015d}", self.house.today, order.title, order.net, order.vat)
        own = order.gross if terms.payee == "sme" else Money(0, order.currency)
        paid = OwnPayment(f"BANK-{self.house.number()}", self.house.today, own)
        claimed = work.session.exec(select(Claim.id).where(Claim.order_id == order.id, Claim.state == "approved")).first()
        claiming.submit_claim(work, order.reference, [] if terms.instalments and claimed else [line], paid,
                              evidence(work, self.house, order, claimant.reference), final=True)

    def verify_claim(self, work: Work, percent: int = 100) -> None:
        claim = self.one(work, Claim, "submitted")
        if originals_unseen(work.session, claim.id):
            verification.see_originals(work, claim.reference, "At the counter")
        verification.verify_claim(work, claim.reference, [
            LineDecision(line.number, line.money(line.basis_minor * percent // 100), None if percent == 100 else CutReason.NOT_IN_ORDER)
            for line in lines_of(work.session, claim.id) if line.accepted_minor is None])

    def sign_batch(self, work: Work) -> None:
        reimbursement.release_batch(work, self.one(work, Batch, "gathered").reference)

    def release_batch(self, work: Work) -> None:
        reimbursement.release_batch(work, self.one(work, Batch, "signed").reference)

    def gather_batch(self, work: Work) -> None:
        reimbursement.gather_batch(work, [self.one(work, Payout, "payable").reference], self.house.today)

    def unmatch_line(self, work: Work) -> None:
        lines = work.session.exec(select(BankLine).where(col(BankLine.state).in_(("matched", "set_aside")),
                                                         col(BankLine.recovery_id).is_(None)).order_by(col(BankLine.id).desc()).limit(5)).all()
        if not lines:
            raise NotFound
        unmatching.unmatch_line(work, str(lines[0].id), "because")

    def set_line_aside(self, work: Work) -> None:
        reconciliation.set_line_aside(work, str(self._open_line(work).id), "because")

    def send_line_back(self, work: Work) -> None:
        reconciliation.send_line_back(work, str(self._open_line(work).id), "because", "102100099996")

    def _open_line(self, work: Work) -> BankLine:
        line = work.session.exec(select(BankLine).where(BankLine.state == "open", BankLine.amount_minor > 0,
                                                        BankLine.counterparty_account != "").order_by(col(BankLine.id).desc())).first()
        if line is None:
            raise NotFound
        return line

    def ask_bounds(self, work: Work) -> None:
        budgets = work.session.connection().execute(select(accounts.c.name, accounts.c.currency).where(
            accounts.c.name.like("budget:%")).order_by(accounts.c.name)).all()
        name, currency = self.random.choice(budgets)
        held = bounding.account_of(work.session, name, currency)
        bounding.ask_bounds(work, name, currency, held.lower, Money(abs(held.balance.minor) + self.random.randint(1, 9) * 10**12, currency),
                            "because")

    def grant_bounds(self, work: Work) -> None:
        bounding.grant_bounds(work, self.one(work, BoundRequest, "asked").reference)

    def refuse_bounds(self, work: Work) -> None:
        bounding.refuse_bounds(work, self.one(work, BoundRequest, "asked").reference, "because")

    def forget_memo(self, work: Work) -> None:
        causes = select(entries.c.cause).join(memos, memos.c.entry_id == entries.c.id).where(memos.c.text != "").order_by(entries.c.id)
        written = work.session.connection().execute(causes).scalars().first()
        if written is None:
            raise NotFound
        forgetting.forget_memo(work, written, "as its writer asks")

    def publish_notice(self, work: Work) -> None:
        claim = self.one(work, Claim, "approved")
        voucher = get(work.session, Voucher, get(work.session, Order, claim.order_id).voucher_id)
        publication.publish_notice(work, get(work.session, Programme, voucher.programme_id).reference)

    def republish_programme(self, work: Work) -> None:
        publish_programme(work, PROGRAMMES["plain"][0] + f"\n# of {self.house.number()}\n".encode())

    def return_to_plan(self, work: Work) -> None:
        recovery.refuse_write_off(work, self.one(work, Recovery, "write_off_asked").reference, "because")

    def republish_paused(self, work: Work) -> None:
        paused = self.one(work, Programme, "paused")
        publish_programme(work, PROGRAMMES[paused.code][0] + f"\n# of {self.house.number()}\n".encode())

    def announce_closing_paused(self, work: Work) -> None:
        paused = self.one(work, Programme, "paused")
        announce_closing(work, paused.reference, self.house.today + timedelta(days=400), "because")

    def advance_funds(self, work: Work) -> None:
        advancing.advance_funds(work, self._line(work, "shared", "city").reference, Money(self.random.randint(1, 5) * 100_00, "CNY"),
                                f"Letter {self.house.number()}")

    def settle_advance(self, work: Work) -> None:
        advancing.settle_advance(work, self._line(work, "shared", "city").reference, Money(100_00, "CNY"), f"Letter {self.house.number()}")

    def allow_over_issue(self, work: Work) -> None:
        funding.allow_over_issue(work, self._line(work, "plain", "city").reference, Money(500_00, "CNY"), f"Consent {self.house.number()}")

    def withdraw_over_issue(self, work: Work) -> None:
        funding.withdraw_over_issue(work, self._line(work, "plain", "city").reference, Money(100_00, "CNY"),
                                    f"Consent {self.house.number()}")

    def _line(self, work: Work, code: str, funder: str) -> Any:
        return work.session.exec(select(FundLine).join(Programme, col(Programme.id) == FundLine.programme_id).where(
            Programme.code == code, FundLine.funder == funder).order_by(col(FundLine.id).desc())).first()

    def _of_fund_line(self, work: Work) -> tuple[str, Money, str]:
        year = self.house.today.year
        own = get(work.session, Voucher, self.case).fund_line_id if self.case else (
            self._line(work, "over", "city").id if self.where == "over" else None)
        lines = [each for each in work.session.exec(select(FundLine).order_by(col(FundLine.id))) if own in (None, each.id)]
        line = self.random.choice([each for each in lines if each.year < year] or lines)
        return line.reference, Money(100_00, line.currency), f"Notice {self.house.number()}"

    def ask_award(self, work: Work) -> None:
        payout = self.newest(Payout, "settled")
        if payout is None or payout.claim_id is None:
            raise NotFound
        claim = get(work.session, Claim, payout.claim_id)
        order = get(work.session, Order, claim.order_id)
        voucher = get(work.session, Voucher, order.voucher_id)
        awards.ask_award(work, get(work.session, Organisation, order.provider_id).reference,
                         get(work.session, Programme, voucher.programme_id).reference, self.house.today.year, "services")

    def propose_listing(self, work: Work) -> None:
        held = work.session.exec(select(Listing).where(col(Listing.state).in_(("delisted", "refused")))).first()
        firm = get(work.session, Organisation, held.provider_id) if held else None
        providers.propose_listing(work, firm.reference if firm else self.house.references["new"], "We test buoys")
