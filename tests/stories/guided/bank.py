"""The bank, and who pays into the account of the office."""

from typing import Any

from sqlmodel import col, select

from tests.builders import bank_answer
from tests.stories.guided.clock import Clock
from voucher.bank import simulated
from voucher.bank.accounts import Account
from voucher.database import get
from voucher.deposits import Deposit
from voucher.money import Money
from voucher.payouts import Batch, Payout
from voucher.people import Organisation, account_of, office
from voucher.recoveries import Recovery, outstanding_of
from voucher.statements import BankLine
from voucher.vouchers import Voucher
from voucher.work import read
from workflows import reconciliation
from workflows.reimbursement import account

STRANGER = Account("Somebody else", "6222020000000000999", "CNY", "Another bank", "102100099996", "CN")


class Bank(Clock):
    """A walker who is also the bank."""

    def _office(self, currency: str) -> Account:
        with read(self.house.database) as session:
            here = office(session)
            held: Any = account_of(session, here.id, currency)
            return account(held, here)

    def receive(self, amount: Money, reference: str, payer: Account | None, name: str = "A firm", *, returned: bool = False) -> None:
        paid = simulated.Receipt(name, amount, reference, "money", payer)
        content = simulated.receipts(self._office(amount.currency), Money(0, amount.currency), [paid], self.house.today,
                                     sequence=self.house.number())
        self.tries("finance1", "import_statement", lambda work: reconciliation.import_statement(
            work, self.house.store, f"{self.house.number()}.xml", content.replace(b"RCDT", b"RRTN") if returned else content), None)

    def bank_pays(self, **trouble: Any) -> bool:
        with read(self.house.database) as session:
            near = self.near(Batch)
            wanted = select(Batch).where(Batch.state == "exported")
            batch = session.exec((wanted if near is None else wanted.where(near)).order_by(col(Batch.id).desc())).first()
            if batch is None:
                return False
            payouts = session.exec(select(Payout.reference).where(Payout.batch_id == batch.id)).all()
        chosen = {name: made(payouts[0]) for name, made in trouble.items()}
        content = bank_answer(self.house, batch.reference, sequence=self.house.number(), **chosen)
        return self.tries(self.random.choice(("finance1", "treasury1")), "import_statement", lambda work: reconciliation.import_statement(
            work, self.house.store, f"{self.house.number()}.xml", content), None)

    def bank_returns(self) -> bool:
        return self.bank_pays(returned=lambda payout: [payout])

    def bank_mangles(self) -> bool:
        return self.bank_pays(mangled=lambda payout: {payout: "cut"})

    def bank_sends_back(self) -> bool:
        """What was paid and confirmed comes back after all."""
        payout = self.newest(Payout, "settled")
        if payout is None:
            return False
        self.receive(payout.amount, payout.reference, None, returned=True)
        return True

    def bank_keeps_something(self) -> None:
        payout = self.newest(Payout, "settled")
        self.receive(Money(payout.amount_minor - payout.amount_minor // 50, payout.currency), payout.reference, None, returned=True)
        with self.house.work() as work:  # the simulated bank knows no charges
            line = work.session.exec(select(BankLine).where(BankLine.state == "open").order_by(col(BankLine.id).desc())).all()[0]
            line.is_return = True
            work.session.add(line)

    def stranger_pays(self) -> None:
        self.receive(Money(self.random.randint(1, 999) * 100, "CNY"), "", STRANGER, "Somebody else")

    def _payer(self) -> Account:
        with read(self.house.database) as session:
            firm = get(session, Organisation, session.get_one(Voucher, self.case).sme_id)
            held: Any = account_of(session, firm.id, "CNY")
            return account(held, firm)

    def pay_in(self, times: int = 1) -> bool:
        deposit = self.newest(Deposit, "expected")
        if deposit is None:
            return False
        self.receive(Money(deposit.amount_minor * times, deposit.currency), deposit.reference, self._payer())
        return True

    def pay_in_wrong(self) -> bool:
        return self.pay_in(2)

    def pay_recovery(self) -> bool:
        held = self.newest(Recovery, "served", "appealed", "final", "instalments")
        if held is None:
            return False
        with read(self.house.database) as session:
            left = outstanding_of(session, held)
        self.receive(left, held.reference, None)
        return True
