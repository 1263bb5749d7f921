"""What tellers of the story have in common, and the one that calls the verbs themselves."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
from sqlmodel import select

from tests.builders import DATA, HandClock, House, bank_answer, register
from tests.stories.story import Step, Story
from voucher import ledger
from voucher.claims import Claim, CutReason, InvoiceLine, LineDecision, OwnPayment
from voucher.database import Database, fetch
from voucher.files import FileKind, FileStore, document_of
from voucher.money import Money
from voucher.payouts import Payout, payouts_of
from voucher.people import Organisation, Person, actor_for
from voucher.programmes.library import example
from voucher.work import read
from workflows import (
    approval,
    claiming,
    funding,
    issue,
    publishing,
    purchase,
    reconciliation,
    reimbursement,
    verification,
)
from workflows.demo.evidence import evidence_page
from workflows.replay import replay

GOLDEN = Path(__file__).parent.parent / "golden"


def golden_journal(story: Story) -> str:
    """The books that the story must leave."""
    return (GOLDEN / f"{story.name}.journal").read_text(encoding="utf-8")


class Teller(ABC):
    """Takes the steps of a story at one entry point. Each verb is a method; it answers the reference of what it made."""

    def __init__(self, database: Database, store: FileStore) -> None:
        self.house = House(database, store, HandClock())
        self.known: dict[str, str] = {}
        self.currency = ""

    def tell(self, story: Story) -> str:
        """Take every step; answers the journal that stands afterwards, having made sure that the books are sound."""
        self.currency = story.currency
        self.turn_to(date(2026, 3, 1))
        self.enter_everybody(story)
        for step in story.steps:
            self.turn_to(step.on)
            made = self.take(step)
            if step.makes:
                self.known[step.makes] = made
        with read(self.house.database) as session:
            assert ledger.verify(session) == []
            assert replay(session).differences == []
            return ledger.plaintext.journal(session)

    def turn_to(self, day: date) -> None:
        """Two in the morning in London is ten in Weihai."""
        self.house.clock.now = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)

    def take(self, step: Step) -> str:
        """One step, with every `{name}` in place."""
        given = {name: self._in_place(value) for name, value in step.given.items()}
        return getattr(self, step.verb)(step.who, **given) or ""

    def _in_place(self, value: Any) -> Any:
        return value.format(**self.known) if isinstance(value, str) else value

    @abstractmethod
    def enter_everybody(self, story: Story) -> None:
        """Enter the office, the SME and the provider: known as `office`, `sme`, `provider`."""

    def register(self, story: Story, password_hash: str = "!") -> None:
        """For tellers whose entry point does not enter people."""
        with self.house.work() as work:
            self.known |= {"office": register(work, DATA.office, password_hash), "sme": register(work, story.sme, password_hash),
                           "provider": register(work, story.provider, password_hash)}
        self.meet_people()

    def meet_people(self) -> None:
        """Have everybody at hand who is registered."""
        with read(self.house.database) as session:
            people = session.exec(select(Person)).all()
            self.house.people = {each.email.partition("@")[0]: actor_for(session, each) for each in people}
            self.house.references = {each.number: each.reference for each in session.exec(select(Organisation))}

    def money(self, amount: str) -> Money:
        """An amount in the story's currency."""
        return Money.parse(amount, self.currency)

    def do_jobs(self, _who: str) -> None:
        """The worker does what waits."""
        self.house.do_jobs()

    def check_statement(self, content: bytes) -> None:
        """The settlement statement is a PDF that opens and has a page."""
        with pikepdf.open(BytesIO(content)) as pdf:
            assert len(pdf.pages) >= 1


class Verbs(Teller):
    """Calls the verbs themselves."""

    def enter_everybody(self, story: Story) -> None:
        self.register(story)

    def publish_programme(self, who: str, code: str) -> str:
        with self.house.work(who) as work:
            return publishing.publish_programme(work, example(code)).reference

    def record_appropriation(self, who: str, programme: str, year: int, amount: str, document: str, funder: str) -> str:
        with self.house.work(who) as work:
            return funding.record_appropriation(work, programme, year, self.money(amount), document, funder).reference

    def allot(self, who: str, fund_line: str, amount: str, document: str) -> None:
        with self.house.work(who) as work:
            funding.allot(work, fund_line, self.money(amount), document)

    def apply_for_voucher(self, who: str, programme: str, sme: str, amount: str, purpose: str) -> str:
        with self.house.work(who) as work:
            return issue.apply_for_voucher(work, programme, sme, self.money(amount), purpose).reference

    def review_voucher(self, who: str, voucher: str, note: str) -> None:
        with self.house.work(who) as work:
            issue.review_voucher(work, voucher, note)

    def issue_voucher(self, who: str, voucher: str) -> None:
        with self.house.work(who) as work:
            issue.issue_voucher(work, voucher)

    def place_order(self, who: str, voucher: str, provider: str, service_type: str, title: str, net: str, vat: str) -> str:
        with self.house.work(who) as work:
            return purchase.place_order(work, voucher, provider, service_type, title, self.money(net), self.money(vat)).reference

    def accept_order(self, who: str, order: str) -> None:
        with self.house.work(who) as work:
            purchase.accept_order(work, order)

    def cancel_order(self, who: str, order: str, reason: str) -> None:
        with self.house.work(who) as work:
            purchase.cancel_order(work, order, reason)

    def register_contract(self, who: str, order: str, contract_number: str) -> None:
        with self.house.work(who) as work:
            purchase.register_contract(work, order, contract_number)

    def confirm_tax(self, who: str, order: str, paid_on: str, document: str) -> None:
        with self.house.work(who) as work:
            purchase.confirm_tax(work, order, date.fromisoformat(paid_on), document)

    def deliver_order(self, who: str, order: str, note: str) -> None:
        with self.house.work(who) as work:
            purchase.deliver_order(work, order, note)

    def accept_delivery(self, who: str, order: str) -> None:
        with self.house.work(who) as work:
            purchase.accept_delivery(work, order)

    def submit_claim(self, who: str, order: str, lines: Sequence[Sequence[str]], own_payment: Sequence[str],
                     evidence: Sequence[str]) -> str:
        own = self.known["sme"] if "sme" in who else self.known["provider"]
        with self.house.work(who) as work:
            files = [(kind, claiming.upload_file(work, self.house.store, own, f"{kind}.pdf", evidence_page(kind)).reference)
                     for kind in evidence]
            return claiming.submit_claim(
                work, order, [InvoiceLine(number, date.fromisoformat(on), text, self.money(net), self.money(vat))
                              for number, on, text, net, vat in lines],
                OwnPayment(own_payment[0], date.fromisoformat(own_payment[1]), self.money(own_payment[2])), files).reference

    def verify_claim(self, who: str, claim: str, decisions: Sequence[tuple[int, str, str | None]]) -> None:
        with self.house.work(who) as work:
            verification.verify_claim(work, claim, [
                LineDecision(number, self.money(amount), CutReason(reason) if reason else None)
                for number, amount, reason in decisions])

    def approve_claim(self, who: str, claim: str) -> None:
        with self.house.work(who) as work:
            approval.approve_claim(work, claim)

    def gather_batch(self, who: str, payouts: Sequence[str] | None, execution_on: str) -> str:
        with self.house.work(who) as work:
            return reimbursement.gather_batch(work, payouts, date.fromisoformat(execution_on)).reference

    def release_batch(self, who: str, batch: str) -> None:
        with self.house.work(who) as work:
            reimbursement.release_batch(work, batch)

    def import_statement(self, who: str, batch: str, booked_on: str) -> None:
        content = bank_answer(self.house, batch, booked_on=date.fromisoformat(booked_on))
        with self.house.work(who) as work:
            told = reconciliation.import_statement(work, self.house.store, "statement.xml", content)
        assert (told.settled, told.open) == (1, 0)

    def fetch_settlement_statement(self, who: str, claim: str) -> None:
        with read(self.house.database) as session:
            payout: Payout = payouts_of(session, fetch(session, Claim, claim).id)[-1]
            file = document_of(session, FileKind.SETTLEMENT_STATEMENT, payout.reference)
            assert file is not None
            self.check_statement(self.house.store.get(file.sha256))
