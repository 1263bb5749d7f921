"""Deeds beside the machines: who may do what, who is away or banned, what offices tell each other, what comes in a log, what is tried."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlmodel import col, select

from tests.builders import evidence
from tests.stories.guided.bank import STRANGER
from tests.stories.guided.moves import Moves
from tests.stories.guided.programmes import PROGRAMMES
from tests.stories.walking import FIRMS, HOLDERS, SELLERS
from voucher.absences import Absence
from voucher.bans import Ban
from voucher.claims import LIVE, Claim, ClaimLine, InvoiceLine, OwnPayment
from voucher.database import get
from voucher.deposits import Deposit
from voucher.duties import OF_ROLES
from voucher.errors import NotFound
from voucher.exchange import keys_in_use
from voucher.exchange_list import Secret, listed, ticket_of, write
from voucher.money import Money
from voucher.orders import Order
from voucher.people import Mails, Organisation, Person, Role
from voucher.programmes.programmes import Programme, terms_version
from voucher.recoveries import OWED, Recovery, outstanding_of
from voucher.statements import BankLine
from voucher.vouchers import Voucher
from voucher.work import Work, read
from workflows import (
    absence,
    access,
    auditing,
    backtesting,
    banning,
    changing,
    checking,
    claiming,
    correspondence,
    exchanging,
    instrument_claims,
    leaving,
    passwords,
    reconciliation,
    recovery,
    relating,
    sampling,
)

_SECOND = ("reviewer2", "verifier2", "approver3", "treasury3")
"""Those without whom the office goes on."""

_OFFICER, _APPROVERS, _KEEPER = ("auditor1",), HOLDERS[Role.APPROVER], HOLDERS[Role.ADMINISTRATOR]
_AWAY = ("reviewer1", "verifier1", "approver1", "treasury1")
DOERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("ban_organisation", "ban_for_recovery", "lift_ban"), _APPROVERS),
    **dict.fromkeys(("change_organisation", "withdraw_role", "close_person", "reopen_person", "renew_password"), _KEEPER),
    "enter_key": _KEEPER, "end_key": _KEEPER,
    "change_password": _SECOND, "make_key": (*_SECOND, *FIRMS), "choose_mails": (*_SECOND, *FIRMS),
    **dict.fromkeys(("enter_absence", "hand_over_role", "end_absence"), _AWAY),
    **dict.fromkeys(("export_list", "import_list", "find_ticket", "import_ties", "export_case", "draw_sample"), _OFFICER),
    "check_claim": HOLDERS[Role.VERIFIER], "try_draft": HOLDERS[Role.FINANCE], "remit_recovery": HOLDERS[Role.FINANCE],
    **dict.fromkeys(("match_line_with_deposit", "match_line_with_recovery"), HOLDERS[Role.FINANCE]),
    **dict.fromkeys(("submit_log", "resubmit_log"), (*FIRMS, *SELLERS)),
}
"""Who does what stands in no machine."""


class Deeds(Moves):
    """A walker who does what stands in no machine."""

    # -- bans, organisations, ties -----------------------------------------------------------------------------------

    def _party(self, work: Work) -> Organisation:
        """One of the two firms of the case in hand, or of any."""
        wanted = select(Voucher.sme_id, Order.provider_id).join(Order, col(Order.voucher_id) == Voucher.id).where(self.near(Voucher))
        found = work.session.exec(wanted.order_by(col(Order.id).desc()).limit(1)).first()
        if found is None:
            raise NotFound
        return get(work.session, Organisation, self.random.choice(found))

    def ban_organisation(self, work: Work) -> None:
        banning.ban_organisation(work, self._party(work).reference, self._soon(), "because", "Article 21",
                                 with_people=self.random.random() < 0.5)

    def ban_for_recovery(self, work: Work) -> None:
        banning.ban_for_recovery(work, self.one(work, Recovery, *map(str, OWED)).reference, with_people=self.random.random() < 0.5)

    def lift_ban(self, work: Work) -> None:
        held = work.session.exec(select(Ban).where(col(Ban.lifted_on).is_(None)).order_by(col(Ban.id).desc())).first()
        if held is None:
            raise NotFound
        banning.lift_ban(work, get(work.session, Organisation, held.organisation_id).reference, "because")

    def change_organisation(self, work: Work) -> None:
        """It moves, and is of another class from now on."""
        changing.change_organisation(work, self._party(work).reference, "because", address=f"{self.house.number()} Harbour Street",
                                     category=self.random.choice(("technology_sme", "high_tech", "other")))

    def import_ties(self, work: Work) -> None:
        rows = [",".join(relating.COLUMNS), f"person,{self.house.number()},Li Wei,officer,org,{self._party(work).reference},,"
                f"{self.house.today},{self._soon()},Register"]
        relating.import_ties(work, "\n".join(rows).encode())

    def _soon(self) -> date:
        return self.house.today + timedelta(days=self.random.randint(10, 40))

    # -- who may do what ---------------------------------------------------------------------------------------------

    def _other(self, work: Work, *, active: bool = True) -> Person:
        """One of those without whom the office goes on."""
        known = [self.house.people[each].person_id for each in _SECOND]
        found = work.session.exec(select(Person).where(col(Person.id).in_(known), Person.active == active).order_by(Person.email)).all()
        if not found:
            raise NotFound
        return self.random.choice(found)

    def withdraw_role(self, work: Work) -> None:
        other = self._other(work)
        here = get(work.session, Organisation, next(iter(work.actor.organisations())))
        role = next(role for role, names in HOLDERS.items() if other.email.partition("@")[0] in names)
        leaving.withdraw_role(work, other.email, role, here.reference, "because")

    def close_person(self, work: Work) -> None:
        leaving.close_person(work, self._other(work).email, "because")

    def reopen_person(self, work: Work) -> None:
        leaving.reopen_person(work, self._other(work, active=False).email, "because")

    def renew_password(self, work: Work) -> None:
        passwords.renew_password(work, self._other(work).email, "a first password")

    def change_password(self, work: Work) -> None:
        passwords.change_password(work, "a first password", "one of my own")

    def make_key(self, work: Work) -> None:
        access.make_key(work, work.session.get_one(Person, work.actor.person_id), "a program")

    def choose_mails(self, work: Work) -> None:
        correspondence.choose_mails(work, self.random.choice(list(Mails)))

    def enter_absence(self, work: Work) -> None:
        absence.enter_absence(work, self.house.today, self._soon())

    def hand_over_role(self, work: Work) -> None:
        """A colleague bears for him what he may do himself."""
        role = self.random.choice(sorted(each for each, _where in work.actor.grants if each in OF_ROLES))
        absence.hand_over_role(work, self._absence(work), role, self._other(work).email)

    def end_absence(self, work: Work) -> None:
        absence.end_absence(work, self._absence(work))

    def _absence(self, work: Work) -> str:
        held = work.session.exec(select(Absence.id).where(Absence.person_id == work.actor.person_id, Absence.ends_at > work.now)).first()
        if held is None:
            raise NotFound
        return str(held)

    # -- what offices tell each other --------------------------------------------------------------------------------

    def enter_key(self, work: Work) -> None:
        exchanging.enter_key(work, f"coast-{self.house.number()}")

    def end_key(self, work: Work) -> None:
        exchanging.end_key(work, self._key(work).name)

    def export_list(self, work: Work) -> None:
        exchanging.export_list(work, self._key(work).name)

    def import_list(self, work: Work) -> None:
        """Another office was asked to pay some of what we were asked to pay."""
        secret = self._key(work)
        own = self._own(work, secret)
        entries = [(each.kind, each.hash) for each in self.random.sample(own, self.random.randint(1, len(own)))]
        theirs = listed("Another office", "CN:11370000004510070N", self.house.today, secret, entries)
        exchanging.import_list(work, write(theirs, secret))

    def find_ticket(self, work: Work) -> None:
        exchanging.find_ticket(work, ticket_of(self.random.choice(self._own(work, self._key(work))).hash))

    def _key(self, work: Work) -> Secret:
        held = keys_in_use(work.session)
        if not held:
            raise NotFound
        return held[0].shared

    def _own(self, work: Work, secret: Secret) -> list[exchanging.Own]:
        found = list(exchanging.own_hashes(work.session, secret))
        if not found:
            raise NotFound
        return found

    # -- what an auditor and an officer look at ----------------------------------------------------------------------

    def export_case(self, work: Work) -> None:
        auditing.export_case(work, get(work.session, Voucher, self._case(work)).reference)

    def _case(self, work: Work) -> Any:
        found = self.case or work.session.exec(select(Voucher.id).where(self.near(Voucher)).order_by(col(Voucher.id).desc())).first()
        if found is None:
            raise NotFound
        return found

    def check_claim(self, work: Work) -> None:
        checking.check_claim(work, self.one(work, Claim, "submitted", "verified", "approved").reference)

    def draw_sample(self, work: Work) -> None:
        programme = get(work.session, Programme, get(work.session, Voucher, self._case(work)).programme_id).reference
        sampling.draw_sample(work, programme, f"numbers of {self.house.number():08d}")

    def try_draft(self, work: Work) -> None:
        programme = work.session.exec(select(Programme.reference).where(Programme.code == "plain")).one()
        backtesting.try_draft(work, programme, PROGRAMMES["plain"][0])

    # -- the bank ----------------------------------------------------------------------------------------------------

    def _came_in(self, work: Work, amount: Money) -> str:
        line = work.session.exec(select(BankLine.id).where(
            BankLine.state == "open", BankLine.amount_minor == amount.minor, BankLine.currency == amount.currency)
            .order_by(col(BankLine.id).desc())).first()
        if line is None:
            raise NotFound
        return str(line)

    def match_line_with_deposit(self, work: Work) -> None:
        awaited = self.one(work, Deposit, "expected")
        reconciliation.match_line_with_deposit(work, self._came_in(work, awaited.amount), awaited.reference)

    def match_line_with_recovery(self, work: Work) -> None:
        owed = self.one(work, Recovery, *map(str, OWED))
        reconciliation.match_line_with_recovery(work, self._came_in(work, outstanding_of(work.session, owed)), owed.reference)

    def remit_recovery(self, work: Work) -> None:
        recovery.remit_recovery(work, self.one(work, Recovery, *map(str, OWED), "closed").reference, f"Letter {self.house.number()}")

    def pay_in_unnamed(self) -> bool:
        awaited = self.newest(Deposit, "expected")
        if awaited is None:
            return False
        self.receive(awaited.amount, "", STRANGER, "Somebody else")
        return True

    def pay_recovery_unnamed(self) -> bool:
        owed = self.newest(Recovery, *map(str, OWED))
        if owed is None:
            return False
        with read(self.house.database) as session:
            left = outstanding_of(session, owed)
        self.receive(left, "", STRANGER, "Somebody else")
        return True

    # -- what must be refused ----------------------------------------------------------------------------------------

    def claim_twice(self) -> None:
        """An invoice that stands on a claim is claimed once more, on the last other order of its provider that is ready for it."""
        with read(self.house.database) as session:
            live = select(Claim.order_id).where(col(Claim.state).in_(LIVE))
            ready = session.exec(select(Order).where(Order.state == "completed", Order.held_minor > 0, col(Order.id).not_in(live))
                                 .order_by(col(Order.id).desc())).all()
            lines = session.exec(select(ClaimLine, Order.provider_id).join(Claim, col(Claim.id) == ClaimLine.claim_id).join(
                Order, col(Order.id) == Claim.order_id).where(col(Claim.state).in_(LIVE)).order_by(col(ClaimLine.id))).all()
        pairs = [(order, line) for order in ready for line, provider in lines if provider == order.provider_id]
        for order, line in pairs[:1]:
            for person in sorted({*FIRMS, *SELLERS}):
                self.tries(person, "submit_claim", partial(self._claim_again, order=order, line=line), None)

    def _claim_again(self, work: Work, order: Order, line: ClaimLine) -> None:
        firm, paid = self._claimant(work, order)
        again = InvoiceLine(line.invoice_number, line.issued_on, "Something", order.net, order.vat)
        claiming.submit_claim(work, order.reference, [again], paid, evidence(work, self.house, order, firm))

    # -- claims from a log -------------------------------------------------------------------------------------------

    def submit_log(self, work: Work) -> None:
        order = self.one(work, Order, "completed")
        firm, paid = self._claimant(work, order)
        self.case = order.voucher_id
        instrument_claims.submit_log(work, self.house.store, order.reference, self._log(work, order, firm), paid,
                                     evidence(work, self.house, order, firm))

    def resubmit_log(self, work: Work) -> None:
        claim = self.one(work, Claim, "returned")
        order = get(work.session, Order, claim.order_id)
        firm, paid = self._claimant(work, order)
        instrument_claims.resubmit_log(work, self.house.store, claim.reference, self._log(work, order, firm), paid,
                                       evidence(work, self.house, order, firm))

    def _claimant(self, work: Work, order: Order) -> tuple[str, OwnPayment]:
        of_sme = terms_version(work.session, order.terms_id).terms.payee == "sme"
        firm = get(work.session, Voucher, order.voucher_id).sme_id if of_sme else order.provider_id
        return get(work.session, Organisation, firm).reference, OwnPayment(f"BANK-{self.house.number()}", self.house.today, order.gross)

    def _log(self, work: Work, order: Order, firm: str) -> str:
        """Six uses on two invoices, worth as much as the order."""
        number, each = self.house.number(), Money(order.net_minor // 6, order.currency)
        rows = [f"U-{number}-{use},SEM,{order.accepted_on},26500{number:014d}{use % 2},{self.house.today},{each},0.00"
                for use in range(6)]
        content = "\n".join(["use_number,instrument,used_on,invoice_number,invoice_date,net,vat", *rows]).encode()
        return instrument_claims.keep_log(work, self.house.store, firm, f"{number}.csv", content).reference
