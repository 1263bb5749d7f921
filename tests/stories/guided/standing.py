"""What stands ready for a step: of the case in hand, else of the programme that is wanted."""

from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from tests.stories.guided.record import TABLES
from tests.stories.guided.ways import GENERAL, NEEDS
from tests.stories.walking import Walker
from voucher.amendments import Amendment
from voucher.appeals import Appeal
from voucher.claims import Claim
from voucher.database import get
from voucher.deposits import Deposit
from voucher.errors import NotFound
from voucher.findings import Finding
from voucher.listings import Listing
from voucher.objections import Objection
from voucher.orders import Order
from voucher.payouts import Batch, Payout
from voucher.programmes.programmes import Programme
from voucher.recoveries import Recovery
from voucher.vouchers import Voucher
from voucher.work import Work, read
from workflows.acts import THINGS, Act


class Standing(Walker):
    """A walker who looks for what is ready. `case` is the voucher in hand, if any; `where` the code of the programme that is wanted."""

    case: UUID | None = None
    where = ""

    def near(self, table: Any) -> Any:
        """Of rows in a question: they are of the case in hand, or of the programme that is wanted."""
        vouchers = select(Voucher.id)
        if self.case is not None:
            vouchers = vouchers.where(Voucher.id == self.case)
        else:
            codes = (self.where,) if self.where else GENERAL
            vouchers = vouchers.join(Programme, col(Programme.id) == Voucher.programme_id).where(col(Programme.code).in_(codes))
        orders = select(Order.id).where(col(Order.voucher_id).in_(vouchers))
        claims = select(Claim.id).where(col(Claim.order_id).in_(orders))
        deposits = select(Deposit.id).where(col(Deposit.order_id).in_(orders))
        payouts = select(Payout.id).where(col(Payout.claim_id).in_(claims) | col(Payout.deposit_id).in_(deposits))
        batches = select(Payout.batch_id).where(col(Payout.id).in_(payouts))
        return {
            Voucher: col(Voucher.id).in_(vouchers), Order: col(Order.voucher_id).in_(vouchers), Claim: col(Claim.order_id).in_(orders),
            Payout: col(Payout.id).in_(payouts), Recovery: col(Recovery.payout_id).in_(payouts), Deposit: col(Deposit.order_id).in_(orders),
            Finding: col(Finding.claim_id).in_(claims), Objection: col(Objection.claim_id).in_(claims), Batch: col(Batch.id).in_(batches),
            Programme: col(Programme.code) == (self.where if self.where == "over" else "ending"),
            Listing: col(Listing.reference) == self.house.references["new"],
            Appeal: col(Appeal.claim_id).in_(claims), Amendment: col(Amendment.order_id).in_(orders),
        }.get(table)

    def ready(self, letter: str, act: Act) -> list[Any]:
        """A few things on which an act may be taken, the newest first or any."""
        table, own, states = THINGS[letter].table, TABLES[act.machine.noun], tuple(map(str, act.row.source))
        with read(self.house.database) as session:
            wanted = select(table) if table is not Payout else select(table).where(col(Payout.deposit_id).is_(None))
            if own is not table and states:  # of something that hangs on it
                key = {Amendment: Amendment.order_id, Appeal: Appeal.claim_id}.get(own)
                wanted = wanted.where(table.id.in_(select(key).where(own.state.in_(states)))) if key is not None else wanted.where(
                    col(Order.voucher_id).in_(select(Voucher.id).where(col(Voucher.state).in_(states))))
            else:
                wanted = wanted.where(table.state.in_(NEEDS[act.step][1] if act.step in NEEDS else tuple(map(str, act.states)) or states))
            near = self.near(table) if act.step != "confirm_award_account" else None
            rows = session.exec((wanted if near is None else wanted.where(near)).order_by(table.id.desc()).limit(6)).all()
            session.expunge_all()
        return list(rows[:2]) if self.random.random() < 0.7 else self.random.sample(list(rows), min(2, len(rows)))

    def case_of(self, session: Session, row: Any) -> UUID | None:
        """The voucher behind something, if there is one."""
        if isinstance(row, Voucher):
            return row.id
        if isinstance(row, Order):
            return row.voucher_id
        if getattr(row, "claim_id", None) is not None:
            return self.case_of(session, get(session, Claim, row.claim_id))
        if getattr(row, "order_id", None) is not None:
            return self.case_of(session, get(session, Order, row.order_id))
        if isinstance(row, Recovery):
            return row.voucher_id
        return None

    def one(self, work: Work, table: Any, *states: str) -> Any:
        wanted = select(table).where(table.state.in_(states))
        near = self.near(table)
        rows = [row for row in work.session.exec((wanted if near is None else wanted.where(near)).order_by(table.id.desc()))
                if self._is_business(work, row, work.actor)]
        if not rows:
            raise NotFound
        row = rows[0] if self.random.random() < 0.7 else self.random.choice(rows)
        self.case = self.case_of(work.session, row) or self.case
        return row

    def newest(self, table: Any, *states: str) -> Any:
        with read(self.house.database) as session:
            near = self.near(table)
            wanted = select(table).where(table.state.in_(states))
            return session.exec((wanted if near is None else wanted.where(near)).order_by(table.id.desc())).first()

    def code(self) -> str:
        with read(self.house.database) as session:
            return get(session, Programme, session.get_one(Voucher, self.case).programme_id).code

    def voucher(self) -> Any:
        with read(self.house.database) as session:
            return session.get_one(Voucher, self.case)
