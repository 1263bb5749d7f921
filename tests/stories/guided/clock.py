"""The clock: nights, years and the ends of times, with what the worker does meanwhile."""

from datetime import timedelta

from sqlmodel import col, select, update

from tests.stories.guided.programmes import PROGRAMMES
from tests.stories.guided.record import STEPS, TABLES
from tests.stories.guided.trying import Trying
from voucher.amendments import Amendment
from voucher.deadlines import Deadline, DeadlineState
from voucher.jobs import Job, JobState, put
from voucher.money import Money
from voucher.orders import Order
from voucher.programmes.programmes import Programme
from voucher.vouchers import Voucher
from voucher.work import ZONE, read
from workflows import funding
from workflows.correspondence import ask_for_letters
from workflows.worker import DOCUMENTS, Done, do_next_job

REGULAR = ("seal_books", "mark_missed_deadlines", "expire_vouchers", "warn_of_expiry", "ask_for_unclaimed", "ask_for_wallets",
           "ask_for_checks", "ask_for_samples")
"""What the worker does each hour or each day."""

SELDOM = ("warn_of_closing", "tell_retention", "predict_payments", "write_digests")
"""What it does each hour or day too, and moves nothing: once is enough."""

ENOUGH = 3
"""So many papers of a kind are drawn in all houses of an engine."""

STANDS_STILL = ("asks to give this voucher back", "This voucher is frozen")
"""Why a step of the clock is refused for good: it is asked for anew when the voucher goes on."""


class Clock(Trying):
    """A walker for whom time goes by."""

    def night(self) -> None:
        """An hour goes by, and the worker does all that is done each hour and each day."""
        self.house.clock.turn(hours=1)
        with self.house.work() as work:
            for task in REGULAR:
                put(work, task, f"{task} {work.now.isoformat()}", {})
        self.do_jobs()
        self.watch.look()

    def ask_for(self, task: str) -> bool:
        """The worker does a task that it does each day."""
        with self.house.work() as work:
            put(work, task, f"{task} {work.now.isoformat()}", {})
        self.work_off()
        return True

    def tell(self) -> None:
        """The letters of all that happened are written and sent."""
        ask_for_letters(self.house.database, self.house.clock, ZONE)
        self.work_off()

    def do_jobs(self) -> None:
        """What a worker does now; what was refused is tried again, and works out in the end."""
        failed = self._work_off()
        if failed:
            self.house.clock.turn(minutes=5)
            assert not self._work_off(), failed

    def _work_off(self) -> list[Done]:
        failed = []
        while (done := self._next_job()) is not None:
            self.record.called[done.task] += not done.error
            if done.error and not any(words in done.error for words in STANDS_STILL):
                failed.append(done)
        return failed

    def _next_job(self) -> Done | None:
        """Do the next job; papers of which there are enough stay undrawn, because that takes longer than most steps."""
        enough = [each for each in DOCUMENTS if self.record.called[each] >= ENOUGH]
        if enough:
            with self.house.work() as work:
                work.session.connection().execute(update(Job).where(col(Job.task).in_(enough), col(Job.state) == JobState.WAITING)
                                                  .values(run_after=work.now + timedelta(days=10_000)))
        return do_next_job(self.house.database, self.house.store, self.house.clock, room=self.room)

    def days(self, number: int) -> None:
        year = self.house.today.year
        self.house.clock.turn(days=number)
        if self.house.today.year > year:
            self.new_money()
        self.night()

    def weeks(self) -> None:
        self.days(31)

    def a_month(self) -> None:
        self.days(31)

    def new_money(self) -> None:
        """Money is voted for another year."""
        with self.house.work("finance1") as work:
            for code, (_rules, funders, allotted) in PROGRAMMES.items():
                if code in ("over", "ending"):
                    continue
                programme = work.session.exec(select(Programme).where(Programme.code == code)).one()
                for funder in funders:
                    amount = Money.parse(allotted, programme.currency)
                    line = funding.record_appropriation(work, programme.reference, self.house.today.year, amount,
                                                        f"Decision {self.house.number()}", funder)
                    funding.allot(work, line.reference, amount, f"Notice {self.house.number()}")

    def new_year(self) -> None:
        self.house.clock.turn(days=(self.house.today.replace(year=self.house.today.year + 1, month=1, day=5) - self.house.today).days)
        self.new_money()

    def before_expiry(self) -> None:
        self.days(max((self.voucher().use_by - self.house.today).days - 50, 0))

    def after_expiry(self) -> None:
        self.days(max((self.voucher().use_by - self.house.today).days + 1, 0))

    def after_claims(self) -> None:
        self.days(max((self.voucher().claim_by - self.house.today).days + 1, 0))
        self.night()

    def run_out(self) -> None:
        """Whatever the case waits for first is over."""
        with read(self.house.database) as session:
            case = session.get_one(Voucher, self.case).reference
            due = session.exec(select(Deadline).where(Deadline.case_reference == case, Deadline.state == DeadlineState.RUNNING,
                                                      Deadline.then != "").order_by(col(Deadline.due_on))).first()
        if due is not None:
            self.days(max((due.due_on - self.house.today).days + 1, 0))

    def waits_for(self, step: str) -> bool:
        """A step of the clock: let the time run out of something that stands where the step begins."""
        machine, row = STEPS[step]
        table, before = TABLES[machine.noun], self.heard[step]
        with read(self.house.database) as session:
            near = self.near(table)
            wanted = select(table).where(table.state.in_(tuple(map(str, row.source))))
            rows = session.exec((wanted if near is None else wanted.where(near)).order_by(table.id.desc()).limit(3)).all()
            subjects = [each.reference for each in rows]
            if table is Amendment or table is Voucher:
                subjects += session.exec(select(Order.reference).where(
                    col(Order.id).in_([each.order_id for each in rows]) if table is Amendment
                    else col(Order.voucher_id).in_([each.id for each in rows]))).all()
            due = session.exec(select(Deadline).where(col(Deadline.subject).in_(subjects), Deadline.state == DeadlineState.RUNNING,
                                                      Deadline.then != "").order_by(col(Deadline.due_on))).all()
        for deadline in due[:2]:
            self.days(max((deadline.due_on - self.house.today).days + 1, 0))
            if self.heard[step] > before:
                return True
        return False

    def last_day(self) -> bool:
        return self.waits_for("close_on_its_day")

    def work_off(self) -> None:
        self.do_jobs()
        self.watch.look()

    def check_again(self) -> None:
        self.days(1)
