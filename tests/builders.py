"""A small office with its firms and people, and cases at any point of their life, through the verbs that make them.

    house = a_house(database, store)
    claim = an_approved_claim(house)          # everything before it happens by itself, with defaults
    with house.work("finance1") as work:
        gather_batch(work, None, house.today)
"""

import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel, col, select

from tests.once import alone
from tests.scenes import Past, begins, scene
from voucher.bank import simulated
from voucher.claims import Claim, InvoiceLine, LineDecision, OwnPayment, lines_of
from voucher.database import Database, fetch, get
from voucher.files import FileStore, StoredFile
from voucher.findings import Finding, findings_of
from voucher.ledger.accounts import account_kinds
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import Batch, Payout, PayoutState, payment_files_of
from voucher.people import BankAccount, Organisation, OrganisationKind, Person, actor_for
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme, terms_version
from voucher.vouchers import Voucher
from voucher.work import SYSTEM, Actor, Work, begin, read
from workflows.approval import approve_claim
from workflows.checking import confirm_account, note_finding
from workflows.claim_check import papers_for
from workflows.claiming import submit_claim, upload_file
from workflows.demo.data import IRELAND, WEIHAI, OrganisationData, demo_data
from workflows.demo.evidence import evidence_page
from workflows.funding import allot, record_appropriation
from workflows.issue import apply_for_voucher, issue_voucher, review_voucher
from workflows.publishing import publish_programme
from workflows.purchase import accept_delivery, accept_order, confirm_tax, deliver_order, place_order, register_contract
from workflows.registration import grant_role, register_account, register_organisation, register_person
from workflows.reimbursement import gather_batch, release_batch
from workflows.verification import verify_claim
from workflows.worker import work_off

DATA = demo_data(date(2026, 12, 31))
START = datetime(2026, 3, 2, 1, tzinfo=UTC)  # nine in the morning in Weihai
"""The instant at which every house begins, unless told otherwise."""


class HandClock:
    """A clock that goes when somebody turns it."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """This instant."""
        return self.now

    def turn(self, **by: float) -> None:
        """Some time goes by: `days=1`, `minutes=3`."""
        self.now += timedelta(**by)


def _pick(kind: str, country: str, category: str = "") -> list[OrganisationData]:
    return [each for each in DATA.organisations
            if each.kind == kind and each.country == country and category in ("", each.category)]


SMES = _pick("sme", "CN", "technology_sme")
PROVIDERS = _pick("provider", "CN")
IRISH_SMES = _pick("sme", "IE")
IRISH_PROVIDERS = _pick("provider", "IE")


@dataclass
class House:
    """An office with its people at hand. `people` go by what stands before the @ of their address."""

    database: Database
    store: FileStore
    clock: HandClock = field(default_factory=HandClock)
    people: dict[str, Actor] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    serial: int = 0
    past: Past | None = None

    @property
    def today(self) -> date:
        """The day it is in Weihai."""
        return (self.clock.now + timedelta(hours=8)).date()

    @contextmanager
    def work(self, who: str = "") -> Iterator[Work]:
        """One piece of work by a person, or by the system itself."""
        with begin(self.database, self.people[who] if who else SYSTEM, self.clock) as work:
            yield work

    def number(self) -> int:
        """Another number than ever before: for invoices, contracts and documents."""
        self.serial += 1
        return self.serial

    def do_jobs(self) -> None:
        """What a worker would do now."""
        done = work_off(self.database, self.store, self.clock)
        assert not [each.error for each in done if each.error], done


def a_house(database: Database, store: FileStore, *, now: datetime = START, smes: int = 1, providers: int = 1,
            password_hash: str = "!", irish: bool = False) -> House:
    """An office with all its staff, some firms and providers of each country, and nobody with a password."""
    house = House(database, store, HandClock(now))
    cast = [DATA.office, *SMES[:smes], *PROVIDERS[:providers], *((IRISH_SMES[0], IRISH_PROVIDERS[0]) if irish else ())]
    _enter(house, (now, smes, providers, password_hash, irish), cast)
    with read(database) as session:
        house.references = {each.number: each.reference for each in session.exec(select(Organisation))}
        house.people = {each.email.partition("@")[0]: actor_for(session, each) for each in session.exec(select(Person)).all()}
    begins(house, smes, providers, password_hash, irish)
    return house


def _enter(house: House, kind: tuple[object, ...], cast: list[OrganisationData]) -> None:
    """Enter all of these; what that wrote the first time is written again as it was, in a fifth of the time, in every process."""
    with alone(f"cast {sha256(repr(kind).encode()).hexdigest()}") as kept:
        if not kept.exists():
            _register_all(house, cast, str(kind[3]))
            kept.write_bytes(pickle.dumps(_entered(house)))
            return
    with house.work() as work:
        for name, rows in pickle.loads(kept.read_bytes()).items():
            work.session.connection().execute(insert(SQLModel.metadata.tables[name]), rows)


def _register_all(house: House, cast: list[OrganisationData], password_hash: str) -> None:
    with house.work() as work:
        for each in cast:
            register(work, each, password_hash)


def _entered(house: House) -> dict[str, list[dict[str, Any]]]:
    """Every row by its table, in an order in which they can be written again, but for what a migration wrote."""
    with read(house.database) as session:
        found = {table.name: [dict(row) for row in session.connection().execute(table.select()).mappings()]
                 for table in SQLModel.metadata.sorted_tables if table is not account_kinds}
    return {name: rows for name, rows in found.items() if rows}


def register(work: Work, data: OrganisationData, password_hash: str = "!") -> str:
    """Enter an organisation with its accounts and people; answers its reference."""
    made = register_organisation(work, OrganisationKind(data.kind), data.name, data.number, name_en=data.name_en,
                                 country=data.country, category=data.category, region=data.region, address=data.address,
                                 town=data.town)
    for account in data.accounts:
        register_account(work, made.reference, account.currency, account.number, holder=account.holder,
                         bank_name=account.bank_name, bank_code=account.bank_code)
    for person in data.people:
        register_person(work, person.email, person.name, password_hash, person.language)
        grant_role(work, person.email, person.role, made.reference)
    return made.reference


def who(data: OrganisationData) -> str:
    """Who acts for an organisation."""
    return data.people[0].email.partition("@")[0]


SME, PROVIDER = who(SMES[0]), who(PROVIDERS[0])


@scene
def a_programme(house: House, code: str = WEIHAI, *, allotted: str = "1000000.00") -> str:
    """A published programme with money; the one that stands is taken."""
    with house.work() as work:
        known = work.session.exec(select(Programme).where(Programme.code == code)).first()
    if known is not None:
        return known.reference
    with house.work("approver1") as work:
        programme = publish_programme(work, example(code))
    with house.work("finance1") as work:
        amount = Money.parse(allotted, programme.currency)
        line = record_appropriation(work, programme.reference, house.today.year, amount, "Decision 1", "city")
        allot(work, line.reference, amount, "Notice 1")
    return programme.reference


@scene
def an_application(house: House, *, sme: OrganisationData = SMES[0], amount: str = "100000.00", purpose: str = "Research") -> str:
    """A voucher that an SME applied for."""
    programme = a_programme(house, IRELAND if sme.country == "IE" else WEIHAI)
    with house.work(who(sme)) as work:
        money = Money.parse(amount, "EUR" if sme.country == "IE" else "CNY")
        return apply_for_voucher(work, programme, house.references[sme.number], money, purpose).reference


@scene
def a_reviewed_application(house: House, **about: Any) -> str:
    """One that the first officer has looked at."""
    reference = an_application(house, **about)
    with house.work("reviewer1") as work:
        review_voucher(work, reference, "in order")
    return reference


@scene
def an_issued_voucher(house: House, **about: Any) -> str:
    """One that the second officer has issued."""
    reference = a_reviewed_application(house, **about)
    with house.work("approver1") as work:
        issue_voucher(work, reference)
    return reference


@scene
def a_placed_order(house: House, voucher: str | None = None, *, sme: OrganisationData = SMES[0],
                   provider: OrganisationData = PROVIDERS[0], net: str = "100000.00", vat: str = "6000.00",
                   title: str = "Buoy", service: str = "") -> str:
    """An order against a voucher, by default a new one."""
    voucher = voucher or an_issued_voucher(house, sme=sme)
    with house.work(who(sme)) as work:
        currency = fetch(work.session, Voucher, voucher).currency
        usual = "standard" if currency == "EUR" else "development"
        return place_order(work, voucher, house.references[provider.number], service or usual, title, Money.parse(net, currency),
                           Money.parse(vat, currency)).reference


@scene
def a_completed_order(house: House, voucher: str | None = None, *, sme: OrganisationData = SMES[0],
                      provider: OrganisationData = PROVIDERS[0], **about: Any) -> str:
    """An order whose delivery the SME has accepted."""
    reference = a_placed_order(house, voucher, sme=sme, provider=provider, **about)
    with house.work(who(provider)) as work:
        if accept_order(work, reference).tax_first:
            confirm_tax(work, reference, house.today, f"INV-{house.number()}")
        if provider.country == "CN":
            register_contract(work, reference, f"{2026371000000000 + house.number():016d}")
        deliver_order(work, reference, "Report of 12 pages")
    with house.work(who(sme)) as work:
        accept_delivery(work, reference)
    return reference


def evidence(work: Work, house: House, order: Order, owner: str) -> list[tuple[str, str]]:
    """A page for each kind of paper that the terms ask for."""
    terms = terms_version(work.session, order.terms_id).terms
    pages = {kind: evidence_page(kind, order.reference, str(house.number()))
             for kind in papers_for(work.session, terms, get(work.session, Voucher, order.voucher_id), order, None, anew=True)}
    return [(kind, upload_file(work, house.store, owner, f"{kind}.pdf", page).reference) for kind, page in pages.items()]


@scene
def a_submitted_claim(house: House, order: str | None = None, *, sme: OrganisationData = SMES[0],
                      provider: OrganisationData = PROVIDERS[0], **about: Any) -> str:
    """A claim of one invoice line over the whole order, with everything that the terms ask for."""
    order = order or a_completed_order(house, sme=sme, provider=provider, **about)
    claimant = sme if sme.country == "CN" else provider
    with house.work(who(claimant)) as work:
        bought = fetch(work.session, Order, order)
        lines = [InvoiceLine(f"26371{house.number():015d}", house.today, bought.title, bought.net, bought.vat)]
        paid = bought.gross if claimant is sme else bought.own_part
        return submit_claim(work, order, lines, OwnPayment(f"BANK-{house.number()}", house.today, paid),
                            evidence(work, house, bought, house.references[claimant.number])).reference


@scene
def a_verified_claim(house: House, order: str | None = None, **about: Any) -> str:
    """A claim of which the verifier has accepted every line."""
    reference = a_submitted_claim(house, order, **about)
    with house.work("verifier1") as work:
        verify_claim(work, reference, full_decisions(work, reference))
    return reference


def full_decisions(work: Work, claim: str) -> Sequence[LineDecision]:
    """Accept each line whole."""
    held = fetch(work.session, Claim, claim)
    return [LineDecision(line.number, line.money(line.basis_minor)) for line in lines_of(work.session, held.id)]


@scene
def an_approved_claim(house: House, order: str | None = None, **about: Any) -> str:
    """A claim whose payout is payable; the verifier has taken note of each warning."""
    reference = a_verified_claim(house, order, **about)
    with house.work("verifier1") as work:
        for each in findings_of(work.session, [fetch(work.session, Claim, reference).id]):
            if each.waits and not each.stops:
                note_finding(work, each.reference, "Seen on paper")
    with house.work("approver2") as work:
        approve_claim(work, reference)
    return reference


def confirm_accounts(house: House) -> None:
    """The payees confirm every account that was changed a short time ago."""
    with house.work("finance1") as work:
        for each in work.session.exec(select(Finding).where(Finding.check_name == "changed_account", Finding.state == "open")).all():
            confirm_account(work, each.reference, "phone", "At the number of the application")


@scene
def a_gathered_batch(house: House, payouts: Sequence[str] | None = None) -> str:
    """A batch of what is payable; a first payout is made when there is none."""
    with read(house.database) as session:
        payable = session.exec(select(Payout).where(Payout.state == PayoutState.PAYABLE)).first()
    if payable is None:
        an_approved_claim(house)
    with house.work("finance1") as work:
        return gather_batch(work, payouts, house.today).reference


@scene
def a_released_batch(house: House) -> str:
    """A batch that two people have released; its export waits for the worker."""
    reference = a_gathered_batch(house)
    for treasurer in ("treasury1", "treasury2"):
        with house.work(treasurer) as work:
            release_batch(work, reference)
    return reference


@scene
def an_exported_batch(house: House) -> str:
    """A batch whose files are made."""
    reference = a_released_batch(house)
    house.do_jobs()
    return reference


def bank_files(house: House, batch: str) -> list[bytes]:
    """The bank's files of an exported batch."""
    with read(house.database) as session:
        found = fetch(session, Batch, batch)
        files = [get(session, StoredFile, each.file_id) for each in payment_files_of(session, found.id)]
        return [house.store.get(each.sha256) for each in files]


def bank_answer(house: House, batch: str, *, booked_on: date | None = None, **trouble: object) -> bytes:
    """What the simulated bank says to a batch, today or on a day."""
    with read(house.database) as session:
        accounts = session.exec(select(BankAccount).join(Organisation, col(Organisation.id) == BankAccount.organisation_id)
                                .where(Organisation.kind == OrganisationKind.OFFICE)).all()
        opening = {each.number: Money(100_000_000_00, each.currency) for each in accounts}
    return simulated.answer(bank_files(house, batch), opening, booked_on or house.today, **trouble)  # type: ignore[arg-type]
