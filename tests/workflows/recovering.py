"""Cases of recovery at any point of their life, and the money that comes in on them."""

from datetime import date
from typing import Any

from tests.builders import House, a_gathered_batch, an_approved_claim, bank_answer
from tests.scenes import scene
from tests.workflows.scopes import publish
from voucher.accounting import voucher_position
from voucher.bank import simulated
from voucher.bank.accounts import Account
from voucher.claims import Claim
from voucher.database import fetch
from voucher.money import Money
from voucher.payouts import Payout, payouts_of
from voucher.people import account_of, office
from voucher.programmes.library import example
from voucher.recoveries import Recovery, outstanding_of
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.reconciliation import Imported, import_statement
from workflows.recovery import decide_recovery, make_recovery_final, open_recovery, record_hearing, serve_recovery
from workflows.reimbursement import release_batch

# A hundredth of a percent a day in a year of 365 days.
CLAWBACK = "clawback: {look_back: 5 years, interest: 3.65 %, ban: 3 years}\n"
PRICE = {"net": "94339.62", "vat": "5660.38"}
FACTS, BASIS = "The report was never delivered.", "Article 19"


@scene
def with_clawback(house: House, funders: tuple[str, ...] = ("city",), more: str = "") -> str:
    """The Weihai rules, published with a rule on how money comes back; put before anything else."""
    source = example("weihai").decode().replace("provider_awards:", f"{more}{CLAWBACK}\nprovider_awards:")
    return publish(house, source.encode(), funders=funders)


@scene
def a_settled_payout(house: House, **about: Any) -> str:
    """A payout that the bank has confirmed; by default 20,000.00 yuan, 20 % of an invoice of 100,000.00."""
    claim = an_approved_claim(house, **PRICE | about)
    payout = payout_of(house, claim).reference
    take_to_the_bank(house, [payout])
    return payout


def take_to_the_bank(house: House, payouts: list[str]) -> None:
    """Payable payouts go to the bank in a batch, and the bank confirms them."""
    batch = a_gathered_batch(house, payouts)
    for treasurer in ("treasury1", "treasury2"):
        with house.work(treasurer) as work:
            release_batch(work, batch)
    house.do_jobs()
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(house, batch, sequence=house.number()))


def payout_of(house: House, claim: str) -> Payout:
    """The newest payout of a claim."""
    with read(house.database) as session:
        return payouts_of(session, fetch(session, Claim, claim).id)[-1]


@scene
def an_opened_recovery(house: House, payout: str | None = None, principal: str = "", liable: str = "") -> str:
    """A case that the auditor has opened, by default of all of a new payout."""
    payout = payout or a_settled_payout(house)
    with house.work("auditor1") as work:
        return open_recovery(work, payout, FACTS, BASIS, liable=liable,
                             principal=Money.parse(principal, "CNY") if principal else None).reference


@scene
def a_heard_recovery(house: House, payout: str | None = None, principal: str = "") -> str:
    """One in which the party was heard."""
    reference = an_opened_recovery(house, payout, principal)
    with house.work("auditor1") as work:
        record_hearing(work, reference, "We thought that a summary was enough.", house.today)
    return reference


@scene
def a_decided_recovery(house: House, payout: str | None = None, principal: str = "") -> str:
    """One that an officer decided who had no part in the case."""
    reference = a_heard_recovery(house, payout, principal)
    with house.work("approver3") as work:
        decide_recovery(work, reference, "Nothing was delivered.")
    return reference


@scene
def a_final_recovery(house: House, payout: str | None = None, principal: str = "") -> str:
    """One whose notice was served, and nobody appealed."""
    reference = a_decided_recovery(house, payout, principal)
    with house.work("finance1") as work:
        last_day = serve_recovery(work, reference).appeal_by
    assert last_day is not None
    house.clock.turn(days=(last_day - house.today).days + 1)
    with house.work() as work:
        make_recovery_final(work, reference)
    return reference


def receipt(house: House, amount: str, reference: str = "", on: date | None = None) -> bytes:
    """The bank's statement of a day on which money came in."""
    with read(house.database) as session:
        here = office(session)
        held = account_of(session, here.id, "CNY")
        assert held is not None
        owner = Account(holder=held.holder, number=held.number, currency="CNY", bank_name=held.bank_name,
                        bank_code=held.bank_code, country=here.country)
    return simulated.receipts(owner, Money(0, "CNY"), [simulated.Receipt("The firm", Money.parse(amount, "CNY"), reference, "repayment")],
                              on or house.today, sequence=house.number())


def receive(house: House, amount: str, reference: str = "", on: date | None = None) -> Imported:
    """Money comes in, and finance imports the statement."""
    content = receipt(house, amount, reference, on)
    with house.work("finance1") as work:
        return import_statement(work, house.store, "receipts.xml", content)


def recovery_of(house: House, reference: str) -> Recovery:
    """The case as it stands."""
    with read(house.database) as session:
        return fetch(session, Recovery, reference)


def outstanding(house: House, reference: str) -> str:
    """What is outstanding."""
    with read(house.database) as session:
        return str(outstanding_of(session, fetch(session, Recovery, reference)))


def paid_of_voucher(house: House, recovery: str) -> str:
    """What the voucher of a case keeps."""
    with read(house.database) as session:
        voucher = session.get_one(Voucher, fetch(session, Recovery, recovery).voucher_id)
        return str(voucher_position(session, voucher.reference, voucher.currency).paid)
