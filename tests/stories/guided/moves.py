"""Moves: what stands in the ways and is no step of its own - half a verification, another account, a stranger's objection."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from stdnum import iban

from tests.stories.guided.hands import Hands
from tests.stories.walking import BY_TABLE, FIRMS
from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.database import fetch, get
from voucher.errors import Refusal
from voucher.listings import Listing
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import Payout
from voucher.people import Organisation
from voucher.programmes.programmes import Programme
from voucher.vouchers import Voucher
from voucher.work import Work, begin, read
from workflows import funding, publication, relating
from workflows.access import NOBODY
from workflows.listing_objections import file_listing_objection
from workflows.registration import register_account

BY_STRANGERS = ("file_objection", "file_listing_objection")
"""What is done by somebody whom the house does not know."""


class Moves(Hands):
    """A walker who knows the moves."""

    def another_case(self) -> None:
        self.case = None

    def verify_nothing(self) -> bool:
        return self._verify(0)

    def verify_half(self) -> bool:
        return self._verify(50)

    def _verify(self, percent: int) -> bool:
        return any(self.tries(person, "verify_claim", lambda work: self.verify_claim(work, percent), None)
                   for person in self.people(["verifier"]))

    def propose_nothing(self) -> bool:
        return self._propose("propose_termination", zero=("net", "vat"))

    def propose_less(self) -> bool:
        return self._propose("propose_change", half=("net",))

    def _propose(self, step: str, zero: tuple[str, ...] = (), half: tuple[str, ...] = ()) -> bool:
        _letter, act = BY_TABLE[step]
        order = self.newest(Order, "accepted", "registered", "started", "delivered")
        if order is None:
            return False
        asked = {name: Money(0, order.currency) for name in zero} | {name: Money(order.net_minor // 2, order.currency) for name in half}
        return any(self.tries(person, step, lambda work: act.verb(work, order.reference, "because", **asked), None)
                   for person in self.people(act.row.by))

    def replace(self) -> bool:
        return any(self.tries(person, "replace_order", self.replace_order, None) for person in self.people(["sme"]))

    def _register(self, organisation: UUID, **about: Any) -> None:
        with read(self.house.database) as session:
            firm = session.get_one(Organisation, organisation)
        if firm.country == "IE":
            rest = f"BOFI900017{self.house.number():08d}"
            number, bank = f"IE{iban.calc_check_digits(f'IE00{rest}')}{rest}", {}
        else:
            number, bank = f"6298{self.house.number():015d}", {"bank_code": "999465000990"}
        currency = "EUR" if firm.country == "IE" else "CNY"
        self.tries("administrator1", "register_account", lambda work: register_account(
            work, firm.reference, currency, number, **bank, **about), None)

    def another_account(self) -> None:
        payout = self.newest(Payout, "returned")
        with read(self.house.database) as session:
            firms = list(session.exec(select(Voucher.sme_id).where(col(Voucher.id) == self.case))) if self.case else []
        for firm in [payout.payee_id] if payout else firms or self._firms():
            self._register(firm)

    def _firms(self) -> list[UUID]:
        with read(self.house.database) as session:
            return [fetch(session, Organisation, self.house.references[each.number]).id for each in FIRMS.values() if each.country == "CN"]

    def another_holder(self) -> None:
        for firm in self._firms():
            self._register(firm, holder="Somebody else")

    def provider_account(self) -> None:
        self._register(self.newest(ProviderAward, "proposed").provider_id)

    def tie_them(self) -> bool:
        """It comes out that the SME and the provider of the case are tied."""
        if self.case is None:  # an award has no voucher
            return False
        with read(self.house.database) as session:
            order = session.exec(select(Order).where(Order.voucher_id == self.case).order_by(col(Order.id).desc())).all()[0]
            sme = get(session, Organisation, session.get_one(Voucher, self.case).sme_id)
            provider = get(session, Organisation, order.provider_id)
        ends = [relating.End("org", each.reference, each.name) for each in (sme, provider)]
        tie = relating.NewTie(ends[0], "shareholder", ends[1], f"Register {self.house.number()}",
                              until_on=self.house.today + timedelta(days=40))
        return self.tries("auditor1", "enter_ties", lambda work: relating.enter_ties(work, [tie]), None)

    def more_money(self) -> None:
        code = self.where or "short"
        with read(self.house.database) as session:
            programme = session.exec(select(Programme).where(Programme.code == code)).one()
        def more(work: Work) -> None:
            line = funding.record_appropriation(work, programme.reference, self.house.today.year, Money(10_000_00, "CNY"),
                                                f"Decision {self.house.number()}", "city")
            funding.allot(work, line.reference, Money(10_000_00, "CNY"), f"Notice {self.house.number()}")
        self.tries("finance1", "allot", more, None)
        self.do_jobs()
        self.watch.look()

    def file_objection(self, *_work: Any) -> bool:
        claim = self.newest(Claim, "approved")
        return claim is not None and self._as_stranger("file_objection", lambda work: publication.file_objection(
            work, claim.reference, "Li Wei", "li@example.org", "It was never built"))

    def file_listing_objection(self, *_work: Any) -> bool:
        listing = self.newest(Listing, "in_notice")
        return listing is not None and self._as_stranger("file_listing_objection", lambda work: file_listing_objection(
            work, listing.reference, "Li Wei", "li@example.org", "It has no laboratory"))

    def _as_stranger(self, step: str, verb: Callable[[Work], Any]) -> bool:
        try:
            with begin(self.house.database, NOBODY, self.house.clock) as work:
                verb(work)
        except Refusal as refusal:
            self.trace.append(f"   a stranger: {step} refused: {refusal}")
            return False
        self.done[step] = self.done.get(step, 0) + 1
        self.trace.append(f"a stranger: {step}")
        self.watch.look()
        return True
