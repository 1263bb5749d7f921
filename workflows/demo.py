"""The demo: the whole story on invented data, from the published programme to the money that the bank has confirmed.

It is nothing but people calling verbs: each phase is one piece of work on one day of the story, in which several people
act one after the other. A phase looks at what is there and does only what is missing, so that running the demo again, or
after it was interrupted, does no harm. No time is waited for: the days of the story go by through the clock that each
piece of work is given.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

from sqlmodel import Session, SQLModel, col, func, select

from voucher.bank import simulated
from voucher.claims import Claim, ClaimState, CutReason, InvoiceLine, LineDecision, OwnPayment, lines_of
from voucher.database import Database, get
from voucher.errors import NotNow
from voucher.files import FileKind, FileStore, StoredFile
from voucher.jobs import Job, JobState
from voucher.money import Money
from voucher.orders import Order, OrderState
from voucher.payouts import Batch, BatchState, Payout, PayoutState, payment_files_of
from voucher.people import BankAccount, Organisation, OrganisationKind, Person, actor_for
from voucher.programmes.funding import fund_lines_of
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme, TermsVersion, terms_version
from voucher.statements import BankLine, BankStatement, LineState
from voucher.vouchers import Voucher, VoucherState
from voucher.work import SYSTEM, Actor, Work, begin, read
from workflows.approval import approve_claim
from workflows.claiming import submit_claim, upload_file
from workflows.demo_data import (
    DOMAIN,
    IRELAND,
    PASSWORD,
    WEIHAI,
    CasePlan,
    DemoData,
    OrderPlan,
    OrganisationData,
)
from workflows.demo_evidence import evidence_page
from workflows.issue import (
    allot,
    apply_for_voucher,
    issue_voucher,
    publish_programme,
    record_appropriation,
    review_voucher,
)
from workflows.purchase import (
    accept_delivery,
    accept_order,
    deliver_order,
    place_order,
    register_contract,
)
from workflows.reconciliation import import_statement
from workflows.registration import grant_role, register_account, register_organisation, register_person
from workflows.reimbursement import gather_batch, release_batch
from workflows.verification import verify_claim
from workflows.worker import work_off

ZONE = ZoneInfo("Asia/Shanghai")

# What the city and the agency voted, in yuan and euro, and what of it is released to the programme at once.
FUNDS = {WEIHAI: Money(2_500_000_000, "CNY"), IRELAND: Money(20_000_000, "EUR")}
ALLOTTED = {WEIHAI: Money(2_000_000_000, "CNY"), IRELAND: Money(10_000_000, "EUR")}

# Settlement statements that the demo makes itself, beside those of the story; the worker makes the others as the portal runs.
STATEMENTS_AT_ONCE = 4

_CASE_STEPS = ("apply_for_voucher", "review_voucher", "issue_voucher")
_ORDER_STEPS = ("place_order", "accept_order", "deliver_order", "submit_claim", "verify_claim", "approve_claim")


class NotTheDemo(NotNow):
    """This database holds an office that is not the demo's. Give the demo a database of its own."""


@dataclass(frozen=True)
class Told:
    """What a step of the demo did, for whoever watches: how many things were done, how many stood already, how long."""

    title: str
    done: int
    found: int
    note: str
    seconds: float


@dataclass
class Demo:
    """The demo under way. `last_day` is the day on which its story ends; `statements` see STATEMENTS_AT_ONCE."""

    database: Database
    store: FileStore
    hash_password: Callable[[str], str]
    last_day: date
    data: DemoData
    statements: int = STATEMENTS_AT_ONCE
    programmes: dict[str, str] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    def instant(self, days_before: int, hour: int = 9) -> datetime:
        """An hour of a day of the story, counted back from its end."""
        day = self.last_day - timedelta(days=days_before)
        return datetime.combine(day, time(hour), ZONE).astimezone(UTC)

    @contextmanager
    def day(self, days_before: int, hour: int = 9) -> Iterator[Work]:
        """One piece of work on a day of the story."""
        with begin(self.database, SYSTEM, lambda: self.instant(days_before, hour), ZONE.key) as work:
            yield work

    def by(self, work: Work, person: str) -> Work:
        """The same piece of work in the hands of a person: `reviewer1`, `sme03`."""
        return replace(work, actor=self.actors[f"{person}@{DOMAIN}"])

    def contact(self, number: str) -> str:
        """Who acts for the organisation with this official number."""
        return self.people[number]

    @property
    def people(self) -> dict[str, str]:
        """Who acts for each organisation, by its official number."""
        return {each.number: each.people[0].email.partition("@")[0] for each in self.data.organisations}


PUBLISHED = 80  # days before the end of the story


def story_ends(database: Database, today: date) -> date:
    """The last day of the story: the one of the demo that is there already, or today.

    Early in the year it is the end of the year before, so that the whole story lies in one budget year.
    """
    with read(database) as session:
        first = session.exec(
            select(TermsVersion).join(Programme, col(Programme.id) == TermsVersion.programme_id)
            .where(Programme.code == WEIHAI, TermsVersion.number == 1)).first()
    if first is not None:
        return first.published_at.astimezone(ZONE).date() + timedelta(days=PUBLISHED)
    return today if today >= date(today.year, 4, 1) else date(today.year - 1, 12, 30)


Phase = tuple[str, Callable[[Demo], tuple[int, int, str]]]


def phases() -> tuple[Phase, ...]:
    """The steps of the demo in the order of the story."""
    return (
        ("The office, firms, providers and their people are registered", register_everybody),
        ("The programme office publishes two programmes: Weihai (CNY) and Ireland (EUR)", publish),
        ("Finance records the appropriations and allots them", fund),
        *_case_phases("story", 78),
        ("Finance gathers what is payable; two people release it; the bank's files are made", pay_story),
        ("The bank confirms; every payout of the story gets its settlement statement", settle_story),
        *_case_phases("bulk", 48),
        ("Finance gathers the large batch; two people release it; the bank's files are made", pay_bulk),
        ("The bank confirms, returns one, garbles one reference, and books one line that is nobody's", settle_bulk),
        ("The first settlement statements are made; the worker makes the others", make_first_statements),
        ("One more batch waits for its second signature", leave_a_batch),
    )


def _case_phases(which: str, start: int) -> Iterator[Phase]:
    """The phases through which a set of cases goes, from `start` days before the end of the story."""
    whose = "Bulk" if which == "bulk" else "Story"
    for title, after, each_case in (
        ("SMEs apply for vouchers", 0, _apply), ("an officer reviews", 2, _review), ("another officer issues", 4, _issue),
        ("SMEs place orders with listed providers", 6, _place), ("providers accept", 7, _accept),
        ("providers register their technology contracts", 9, _register), ("providers deliver", 18, _deliver),
        ("SMEs accept the deliveries", 20, _accept_delivery), ("claimants claim, with invoices and evidence", 21, _claim),
        ("a verifier accepts, reduces or refuses each line", 23, _verify), ("a second officer approves", 24, _approve),
    ):
        yield f"{whose}: {title}", _each_case(which, start - after, each_case)


def run(demo: Demo, watch: Callable[[str], None]) -> Iterator[Told]:
    """Go through all phases; `watch` hears of each before it begins. Raises NotTheDemo."""
    _refuse_strangers(demo)
    for title, phase in phases():
        watch(title)
        started = perf_counter()
        done, found, note = phase(demo)
        yield Told(title, done, found, note, perf_counter() - started)


def _refuse_strangers(demo: Demo) -> None:
    with read(demo.database) as session:
        known = session.exec(select(Organisation).where(Organisation.kind == OrganisationKind.OFFICE)).first()
        if known is not None and known.number != demo.data.office.number:
            raise NotTheDemo


# --- who there is, and the money --------------------------------------------------------------------------------------


def register_everybody(demo: Demo) -> tuple[int, int, str]:
    """Organisations with accounts and people; all have one password, hashed once, for it is no secret."""
    everybody = (demo.data.office, *demo.data.organisations)
    with demo.day(PUBLISHED + 1) as work:
        known = {each.number: each for each in work.session.exec(select(Organisation))}
        hashed = demo.hash_password(PASSWORD) if len(known) < len(everybody) else ""
        fresh = [each for each in everybody if each.number not in known]
        for organisation in fresh:
            _register_one(work, organisation, hashed)
    with read(demo.database) as session:
        demo.references = {each.number: each.reference for each in session.exec(select(Organisation))}
        demo.actors = {person.email: actor_for(session, person) for person in session.exec(
            select(Person).where(col(Person.email).endswith(f"@{DOMAIN}"))).all()}
    return len(fresh), len(everybody) - len(fresh), f"{len(demo.actors)} people"


def _register_one(work: Work, organisation: OrganisationData, hashed: str) -> None:
    made = register_organisation(
        work, OrganisationKind(organisation.kind), organisation.name, organisation.number, name_en=organisation.name_en,
        country=organisation.country, category=organisation.category, region=organisation.region,
        address=organisation.address, town=organisation.town)
    for account in organisation.accounts:
        register_account(work, made.reference, account.currency, account.number, holder=account.holder,
                         bank_name=account.bank_name, bank_code=account.bank_code)
    for person in organisation.people:
        register_person(work, person.email, person.name, hashed, person.language)
        grant_role(work, person.email, person.role, made.reference)


def publish(demo: Demo) -> tuple[int, int, str]:
    """Both programmes, from the terms files that come with the software."""
    with demo.day(PUBLISHED) as work:
        known = {each.code: each for each in work.session.exec(select(Programme))}
        for code in (WEIHAI, IRELAND):
            made = known.get(code) or publish_programme(demo.by(work, "approver1"), example(code))
            demo.programmes[code] = made.reference
        names = [each.name_zh for each in work.session.exec(select(Programme).order_by(col(Programme.id)))]
    fresh = len({WEIHAI, IRELAND} - known.keys())
    return fresh, 2 - fresh, ", ".join(names)


def fund(demo: Demo) -> tuple[int, int, str]:
    """An appropriation and an allotment for each; the numbered documents make sure that each counts once."""
    year, done = demo.instant(79).year, 0
    with demo.day(79) as work:
        finance = demo.by(work, "finance1")
        for code, reference in demo.programmes.items():
            programme = work.session.exec(select(Programme).where(Programme.reference == reference)).one()
            if fund_lines_of(work.session, programme.id, year):
                continue
            line = record_appropriation(finance, reference, year, FUNDS[code], f"样例〔{year}〕1号 {code}", "city")
            allot(finance, line.reference, ALLOTTED[code], f"样例〔{year}〕2号 {code}")
            done += 1
    return done, len(demo.programmes) - done, ", ".join(f"{amount.currency} {amount}" for amount in ALLOTTED.values())


# --- cases ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Case:
    """A plan and what there is of it."""

    number: int
    plan: CasePlan
    voucher: Voucher | None

    def order(self, session: Session, plan: OrderPlan) -> Order | None:
        """The order that follows a plan, if it was placed."""
        if self.voucher is None:
            return None
        return session.exec(select(Order).where(Order.voucher_id == self.voucher.id, Order.title == plan.title)).first()


Move = Callable[[Demo, Work, _Case], tuple[int, int]]


def _each_case(which: str, days_before: int, move: Move) -> Callable[[Demo], tuple[int, int, str]]:
    def phase(demo: Demo) -> tuple[int, int, str]:
        done = found = 0
        plans: Sequence[CasePlan] = demo.data.story if which == "story" else demo.data.bulk
        with demo.day(days_before) as work:
            for case in _cases(demo, work.session, plans):
                more, stood = move(demo, work, case)
                done, found = done + more, found + stood
        return done, found, ""
    return phase


def _cases(demo: Demo, session: Session, plans: Sequence[CasePlan]) -> Iterator[_Case]:
    smes = {row.number: row.id for row in session.exec(select(Organisation))}
    vouchers = {(each.sme_id, each.purpose): each for each in session.exec(select(Voucher))}
    for number, plan in enumerate(plans):
        yield _Case(number, plan, vouchers.get((smes[plan.sme], plan.purpose)))


def _apply(demo: Demo, work: Work, case: _Case) -> tuple[int, int]:
    if case.voucher is not None:
        return 0, 1
    apply_for_voucher(demo.by(work, demo.contact(case.plan.sme)), demo.programmes[case.plan.programme],
                      demo.references[case.plan.sme], case.plan.amount, case.plan.purpose)
    return 1, 0


def _goes(plan: CasePlan | OrderPlan, step: str) -> bool:
    steps = _CASE_STEPS if isinstance(plan, CasePlan) else _ORDER_STEPS
    return steps.index(step) <= steps.index(plan.until)


def _review(demo: Demo, work: Work, case: _Case) -> tuple[int, int]:
    if not _goes(case.plan, "review_voucher") or case.voucher is None:
        return 0, 0
    if case.voucher.state != VoucherState.SUBMITTED:
        return 0, 1
    review_voucher(demo.by(work, f"reviewer{case.number % 2 + 1}"), case.voucher.reference, "演示：登记信息已核对")
    return 1, 0


def _issue(demo: Demo, work: Work, case: _Case) -> tuple[int, int]:
    if not _goes(case.plan, "issue_voucher") or case.voucher is None:
        return 0, 0
    if case.voucher.state != VoucherState.REVIEWED:
        return 0, 1
    issue_voucher(demo.by(work, "approver1"), case.voucher.reference)
    return 1, 0


def _place(demo: Demo, work: Work, case: _Case) -> tuple[int, int]:
    done = found = 0
    for plan in case.plan.orders:
        if case.order(work.session, plan) is not None:
            found += 1
        elif case.voucher is not None:
            place_order(demo.by(work, demo.contact(case.plan.sme)), case.voucher.reference, demo.references[plan.provider],
                        plan.service, plan.title, plan.net, plan.vat)
            done += 1
    return done, found


# Takes a step with one order; answers whether there was anything to do.
Step = Callable[[Demo, Work, _Case, OrderPlan, Order], bool]


def _each_order(verb: str, sources: Sequence[str], take: Step) -> Move:
    """A move that takes a step with each order of a case that stands in one of the sources and is to come that far."""
    def move(demo: Demo, work: Work, case: _Case) -> tuple[int, int]:
        done = found = 0
        for plan in case.plan.orders:
            order = case.order(work.session, plan) if _goes(plan, verb) else None
            taken = order is not None and order.state in sources and take(demo, work, case, plan, order)
            done, found = done + taken, found + (order is not None and not taken)
        return done, found
    return move


def _for_provider(demo: Demo, work: Work, plan: OrderPlan) -> Work:
    return demo.by(work, demo.contact(plan.provider))


def _for_sme(demo: Demo, work: Work, case: _Case) -> Work:
    return demo.by(work, demo.contact(case.plan.sme))


def _accept_one(demo: Demo, work: Work, _which: _Case, plan: OrderPlan, order: Order) -> bool:
    accept_order(_for_provider(demo, work, plan), order.reference)
    return True


def _register_one_contract(demo: Demo, work: Work, _which: _Case, plan: OrderPlan, order: Order) -> bool:
    if plan.contract_number:
        register_contract(_for_provider(demo, work, plan), order.reference, plan.contract_number)
    return bool(plan.contract_number)


def _deliver_one(demo: Demo, work: Work, _which: _Case, plan: OrderPlan, order: Order) -> bool:
    deliver_order(_for_provider(demo, work, plan), order.reference, f"演示：{plan.title}，报告一份")
    return True


def _accept_one_delivery(demo: Demo, work: Work, case: _Case, _plan: OrderPlan, order: Order) -> bool:
    accept_delivery(_for_sme(demo, work, case), order.reference)
    return True


def _claim_one(demo: Demo, work: Work, case: _Case, plan: OrderPlan, order: Order) -> bool:
    """Whoever the terms pay claims, with the papers that they ask for."""
    if _claim_of(work.session, order) is not None:
        return False
    terms = terms_version(work.session, order.terms_id).terms
    mine, number = (_for_sme(demo, work, case), case.plan.sme) if terms.payee == "sme" else (
        _for_provider(demo, work, plan), plan.provider)
    evidence = []
    for kind in terms.evidence_for(order.service_type, order.voucher_part):
        page = evidence_page(f"{kind} for order {order.reference}", *(line.invoice_number for line in plan.invoices))
        file = upload_file(mine, demo.store, demo.references[number], f"{kind}-{order.reference}.pdf", page)
        evidence.append((kind, file.reference))
    paid = order.gross if terms.payee == "sme" else order.own_part
    own = OwnPayment(f"SAMPLE{order.reference.replace('-', '')}", work.today - timedelta(days=2), paid)
    submit_claim(mine, order.reference, _invoice_lines(plan, work.today), own, evidence)
    return True


def _invoice_lines(plan: OrderPlan, today: date) -> list[InvoiceLine]:
    return [InvoiceLine(line.invoice_number, today - timedelta(days=2), line.description, line.net, line.vat)
            for line in plan.invoices]


def _claim_of(session: Session, order: Order) -> Claim | None:
    return session.exec(select(Claim).where(Claim.order_id == order.id).order_by(col(Claim.id).desc())).first()


def _verify_one(demo: Demo, work: Work, case: _Case, plan: OrderPlan, order: Order) -> bool:
    claim = _claim_of(work.session, order)
    if claim is None or claim.state != ClaimState.SUBMITTED:
        return False
    decisions = [
        LineDecision(line.number, line.money(line.basis_minor * planned.accepted_percent // 100),
                     CutReason(planned.reason) if planned.reason else None)
        for line, planned in zip(lines_of(work.session, claim.id), plan.invoices, strict=True)]
    verify_claim(demo.by(work, f"verifier{case.number % 2 + 1}"), claim.reference, decisions)
    return True


def _approve_one(demo: Demo, work: Work, case: _Case, _plan: OrderPlan, order: Order) -> bool:
    claim = _claim_of(work.session, order)
    if claim is None or claim.state != ClaimState.VERIFIED:
        return False
    approve_claim(demo.by(work, f"approver{case.number % 2 + 2}"), claim.reference)
    return True


_UNDER_WAY = (OrderState.ACCEPTED, OrderState.REGISTERED)
_accept = _each_order("accept_order", (OrderState.PLACED,), _accept_one)
_register = _each_order("deliver_order", (OrderState.ACCEPTED,), _register_one_contract)
_deliver = _each_order("deliver_order", _UNDER_WAY, _deliver_one)
_accept_delivery = _each_order("submit_claim", (OrderState.DELIVERED,), _accept_one_delivery)
_claim = _each_order("submit_claim", (OrderState.COMPLETED,), _claim_one)
_verify = _each_order("verify_claim", (OrderState.COMPLETED,), _verify_one)
_approve = _each_order("approve_claim", (OrderState.COMPLETED,), _approve_one)


# --- money ------------------------------------------------------------------------------------------------------------

# Of the payable payouts one in so many is left out of the large batch; some of those wait in a small one.
LEFT_OUT = 12
SMALL_BATCH = 8


def _pay(demo: Demo, days_before: int, *, leave_some: bool) -> tuple[int, int, str]:
    """Gather payable payouts for a day that names the batch, and have two people release it; the worker exports it."""
    execution_on = demo.instant(days_before - 1).date()
    with demo.day(days_before) as work:
        known = work.session.exec(select(Batch).where(Batch.execution_on == execution_on)).first()
        payable = work.session.exec(select(Payout.reference).where(Payout.state == PayoutState.PAYABLE)
                                    .order_by(Payout.reference)).all()
        chosen = [each for at, each in enumerate(payable) if not leave_some or at % LEFT_OUT != LEFT_OUT // 2]
        batch = known or gather_batch(demo.by(work, "finance1"), chosen, execution_on)
    for number, treasurer in enumerate(("treasury1", "treasury2")):
        with demo.day(days_before, 14 + number) as work:
            if _signatures_missing(work.session, batch.reference) >= 2 - number:
                release_batch(demo.by(work, treasurer), batch.reference)
    _do_jobs(demo, days_before, "export_batch")
    with read(demo.database) as session:
        count = session.exec(select(func.count()).where(Payout.batch_id == batch.id)).one()
        files = [each.message_id for each in payment_files_of(session, batch.id)]
    return (0, count, "") if known else (count, 0, f"{batch.reference}: {', '.join(files)}")


def _signatures_missing(session: Session, reference: str) -> int:
    state = session.exec(select(Batch.state).where(Batch.reference == reference)).one()
    return {BatchState.GATHERED: 2, BatchState.SIGNED: 1}.get(BatchState(state), 0)


def _do_jobs(demo: Demo, days_before: int, task: str, most: int | None = None) -> int:
    """Let the worker do what is due on that day of the story; how many jobs of the task are done by then."""
    work_off(demo.database, demo.store, lambda: demo.instant(days_before, 20), most)
    with read(demo.database) as session:
        return session.exec(select(func.count()).where(Job.task == task, Job.state == JobState.DONE)).one()


def _settle(demo: Demo, days_before: int, sequence: int, *, trouble: bool) -> tuple[int, int, str]:
    """The simulated bank answers the newest files with a statement, and finance imports it."""
    with demo.day(days_before, 17) as work:
        sent = work.session.exec(select(Payout).where(Payout.state == PayoutState.SENT).order_by(Payout.reference)).all()
        if work.session.exec(select(BankStatement).where(BankStatement.sequence == str(sequence))).first() or not sent:
            return 0, _count(work.session, PayoutState.SETTLED), ""
        content = simulated.answer(
            _bank_files(demo, work.session, sent), _opening(demo, work.session), demo.instant(days_before + 2).date(),
            returned=[sent[1].reference] if trouble else (), mangled={sent[4].reference: "cut"} if trouble else None,
            stranger=trouble, sequence=sequence)
        name = f"CAMT053-{demo.instant(days_before):%Y%m%d}.xml"
        told = import_statement(demo.by(work, "finance1"), demo.store, name, content)
    note = f"{told.settled} settled, {told.returned} returned, {told.open} open" if trouble else name
    return told.new, told.known, note


def _count(session: Session, state: PayoutState) -> int:
    return session.exec(select(func.count()).where(Payout.state == state)).one()


def _bank_files(demo: Demo, session: Session, sent: Sequence[Payout]) -> list[bytes]:
    batches = sorted({each.batch_id for each in sent if each.batch_id is not None})
    files = [get(session, StoredFile, each.file_id) for batch in batches for each in payment_files_of(session, batch)]
    return [demo.store.get(each.sha256) for each in files]


def _opening(demo: Demo, session: Session) -> dict[str, Money]:
    """What the bank's last statement of each account closed with; before the first, all that was voted."""
    office = session.exec(select(Organisation).where(Organisation.kind == OrganisationKind.OFFICE)).one()
    answer = {}
    for account in session.exec(select(BankAccount).where(BankAccount.organisation_id == office.id)).all():
        last = session.exec(select(BankStatement).where(BankStatement.account_number == account.number)
                            .order_by(col(BankStatement.id).desc())).first()
        voted = next(each for each in FUNDS.values() if each.currency == account.currency)
        answer[account.number] = Money(last.closing_minor, last.currency) if last else voted
    return answer


def pay_story(demo: Demo) -> tuple[int, int, str]:
    """The payouts of the story, one file a currency."""
    return _pay(demo, 53, leave_some=False)


def settle_story(demo: Demo) -> tuple[int, int, str]:
    """All of them are confirmed, and each gets its settlement statement."""
    done, found, note = _settle(demo, 50, 1, trouble=False)
    made = _do_jobs(demo, 50, "make_settlement_statement")
    return done, found, f"{note} {made} settlement statements".strip()


def pay_bulk(demo: Demo) -> tuple[int, int, str]:
    """The large batch."""
    return _pay(demo, 8, leave_some=True)


def settle_bulk(demo: Demo) -> tuple[int, int, str]:
    """One comes back, one arrives with a garbled reference, and one line is nobody's."""
    return _settle(demo, 5, 2, trouble=True)


def make_first_statements(demo: Demo) -> tuple[int, int, str]:
    """A few more settlement statements; a running worker makes the rest."""
    with read(demo.database) as session:
        before = session.exec(select(func.count()).where(StoredFile.kind == FileKind.SETTLEMENT_STATEMENT)).one()
    most = max(0, sum(len(case.orders) for case in demo.data.story) + demo.statements - before)
    made = _do_jobs(demo, 4, "make_settlement_statement", most)
    with read(demo.database) as session:
        waiting = session.exec(select(func.count()).where(Job.state == JobState.WAITING)).one()
    return made - before, before, f"{waiting} wait for the worker"


def leave_a_batch(demo: Demo) -> tuple[int, int, str]:
    """A small batch with one signature, for whoever signs in as treasury2 or treasury3."""
    execution_on = demo.last_day + timedelta(days=3)
    with demo.day(1) as work:
        known = work.session.exec(select(Batch).where(Batch.execution_on == execution_on)).first()
        if known is not None:
            return 0, 1, known.reference
        payable = work.session.exec(select(Payout.reference).where(Payout.state == PayoutState.PAYABLE)
                                    .order_by(Payout.reference)).all()
        batch = gather_batch(demo.by(work, "finance1"), payable[:SMALL_BATCH], execution_on)
    with demo.day(1, 15) as work:
        release_batch(demo.by(work, "treasury1"), batch.reference)
    return 1, 0, batch.reference


# --- what the demo leaves behind --------------------------------------------------------------------------------------

KEPT = {FileKind.SETTLEMENT_STATEMENT: "settlement-statements", FileKind.PAYMENT_FILE: "bank-files",
        FileKind.BANK_STATEMENT: "bank-statements"}


def leave_files(demo: Demo, folder: Path) -> dict[str, int]:
    """Copies of the documents and bank files under names that people read; how many in each folder."""
    answer = {}
    with read(demo.database) as session:
        for kind, name in KEPT.items():
            files = session.exec(select(StoredFile).where(StoredFile.kind == kind).order_by(StoredFile.reference)).all()
            (folder / name).mkdir(parents=True, exist_ok=True)
            for file in files:
                (folder / name / file.name).write_bytes(demo.store.get(file.sha256))
            answer[str(folder / name)] = len(files)
    return answer


def sign_ins(demo: Demo) -> list[tuple[str, str, str]]:
    """With whom to sign in: role, address, name. Of firms only those of the story."""
    named = {number for case in demo.data.story for number in (case.sme, case.orders[0].provider)}
    chosen = [*demo.data.office.people,
              *(each.people[0] for each in demo.data.organisations if each.number in named)]
    return [(person.role.value, person.email, person.name) for person in chosen]


def waiting(demo: Demo) -> list[tuple[str, str]]:
    """What waits for whom, so that somebody who signs in has something to do."""
    with read(demo.database) as session:
        def some(table: type[SQLModel], state: str) -> int:
            return session.exec(select(func.count()).select_from(table).where(col(table.state) == state)).one()  # type: ignore[attr-defined]

        batches = ", ".join(session.exec(select(Batch.reference).where(Batch.state == BatchState.SIGNED)))
        found = [
            ("reviewer1", f"{some(Voucher, VoucherState.SUBMITTED)} applications to review"),
            ("approver1", f"{some(Voucher, VoucherState.REVIEWED)} vouchers to issue"),
            ("verifier1", f"{some(Claim, ClaimState.SUBMITTED)} claims to verify"),
            ("approver2", f"{some(Claim, ClaimState.VERIFIED)} claims to approve"),
            ("finance1", f"{some(BankLine, LineState.OPEN)} bank lines in doubt, {some(Payout, PayoutState.RETURNED)} returned payout, "
                         f"{some(Payout, PayoutState.PAYABLE)} payouts to gather"),
            ("treasury2", f"the second signature on {batches or 'no batch'}"),
        ]
    return [(f"{who}@{DOMAIN}", what) for who, what in found]
