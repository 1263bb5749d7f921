"""The money of the demo: two batches, what the bank made of them, and one that waits."""

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session, col, func, select

from voucher.bank import simulated
from voucher.database import get
from voucher.files import FileKind, StoredFile
from voucher.jobs import Job, JobState
from voucher.money import Money
from voucher.payouts import Batch, BatchState, Payout, PayoutState, payment_files_of
from voucher.people import BankAccount, Organisation, OrganisationKind
from voucher.statements import BankStatement
from voucher.work import read
from workflows.demo.beginning import FUNDS
from workflows.demo.story import Demo
from workflows.reconciliation import import_statement
from workflows.reimbursement import gather_batch, release_batch
from workflows.worker import work_off

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
    do_jobs(demo, days_before, "export_batch")
    with read(demo.database) as session:
        count = session.exec(select(func.count()).where(Payout.batch_id == batch.id)).one()
        files = [each.message_id for each in payment_files_of(session, batch.id)]
    return (0, count, "") if known else (count, 0, f"{batch.reference}: {', '.join(files)}")


def _signatures_missing(session: Session, reference: str) -> int:
    state = session.exec(select(Batch.state).where(Batch.reference == reference)).one()
    return {BatchState.GATHERED: 2, BatchState.SIGNED: 1}.get(BatchState(state), 0)


def do_jobs(demo: Demo, days_before: int, task: str, most: int | None = None) -> int:
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
    made = do_jobs(demo, 50, "make_settlement_statement")
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
    made = do_jobs(demo, 4, "make_settlement_statement", most)
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
