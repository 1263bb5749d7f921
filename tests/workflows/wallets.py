"""Orders whose own part is paid in first, and the money that comes in on them."""

from collections.abc import Sequence

from sqlmodel import col, select

from tests.builders import PROVIDER, PROVIDERS, SME, SMES, House, evidence, full_decisions
from tests.scenes import scene
from tests.workflows.scopes import publish
from voucher import ledger
from voucher.bank import simulated
from voucher.bank.accounts import Account
from voucher.claims import CutReason, InvoiceLine, LineDecision, OwnPayment
from voucher.database import fetch
from voucher.deposits import Deposit, deposits_of
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import Payout
from voucher.people import Organisation, account_of, office
from voucher.programmes.library import example
from voucher.work import read
from workflows.approval import approve_claim
from workflows.claiming import submit_claim
from workflows.purchase import accept_delivery, deliver_order, register_contract, start_service
from workflows.reconciliation import Imported, import_statement
from workflows.reimbursement import account
from workflows.verification import verify_claim
from workflows.wallet import ask_for_wallets


@scene
def with_wallet(house: House) -> str:
    """The Weihai rules, but the SME pays its part into a wallet; put before anything else."""
    return publish(house, example("weihai").decode().replace("model: reimburse_sme", "model: wallet").encode())


def deposits(house: House, order: str) -> list[Deposit]:
    """What was asked for and came in on an order."""
    with read(house.database) as session:
        return deposits_of(session, fetch(session, Order, order).id)


def reference_of(house: House, order: str) -> str:
    """What the SME quotes when it pays."""
    return next(each.reference for each in deposits(house, order) if each.state == "expected")


def account_of_sme(house: House) -> Account:
    """The account of the first SME."""
    return _account_of(house, house.references[SMES[0].number])


def account_of_provider(house: House) -> Account:
    """The account of the first provider."""
    return _account_of(house, house.references[PROVIDERS[0].number])


def _account_of(house: House, reference: str) -> Account:
    with read(house.database) as session:
        firm = fetch(session, Organisation, reference)
        held = account_of(session, firm.id, "CNY")
        assert held is not None
        return account(held, firm)


def strange_account() -> Account:
    """One that nobody here ever named."""
    return Account("Somebody else", "6222020000000000999", "CNY", "Another bank", "102100099996", "CN")


def receipt(house: House, amount: str, reference: str, payer: Account, text: str = "") -> bytes:
    """The bank's statement of a day on which somebody paid in."""
    return receipts(house, [(amount, reference, payer, text)])


def receipts(house: House, lines: Sequence[tuple[str, str, Account, str]]) -> bytes:
    """The bank's statement of a day on which money came in: each time how much, under which reference, from whom, with which text."""
    with read(house.database) as session:
        here = office(session)
        held = account_of(session, here.id, "CNY")
        assert held is not None
        owner = account(held, here)
    return simulated.receipts(owner, Money(0, "CNY"), [
        simulated.Receipt(payer.holder, Money.parse(amount, "CNY"), reference, text, payer) for amount, reference, payer, text in lines],
        house.today, sequence=house.number())


def pay_in(house: House, amount: str, reference: str, payer: Account | None = None, *, text: str = "") -> Imported:
    """Money comes in from an account, by default the SME's own, and finance imports the statement."""
    content = receipt(house, amount, reference, payer or account_of_sme(house), text)
    with house.work("finance1") as work:
        return import_statement(work, house.store, "receipts.xml", content)


def payouts_out_of(house: House, deposit: str) -> list[tuple[str, str, str]]:
    """The payouts out of a deposit: to whose account, how much, in which state."""
    with read(house.database) as session:
        held = fetch(session, Deposit, deposit)
        rows = session.exec(select(Payout).where(Payout.deposit_id == held.id).order_by(col(Payout.id)))
        return [(each.account_number, str(each.amount), each.state) for each in rows]



def entries(house: House, *names: str) -> str:
    """The entries of these events, as plain text."""
    with read(house.database) as session:
        text = ledger.plaintext.journal(session)
    return "\n".join(each.rstrip() for each in text.split("\n\n") if any(name in each.split("\n")[0] for name in names)) + "\n"


def begin_work(house: House, order: str) -> None:
    """The contract is registered and the provider begins."""
    with house.work(PROVIDER) as work:
        register_contract(work, order, f"{2026371000000000 + house.number():016d}")
        start_service(work, order)


def settle(house: House) -> None:
    """An hour goes by, and the worker does what it does every hour."""
    house.clock.turn(hours=1)
    with house.work() as work:
        ask_for_wallets(work, house.store)
    house.do_jobs()


def claim_all(house: House, order: str, net: str = "", vat: str = "") -> str:
    """The provider delivers, the SME accepts, and the provider claims all of it or of a smaller invoice."""
    with house.work(PROVIDER) as work:
        deliver_order(work, order, "Report of 12 pages")
    with house.work(SME) as work:
        accept_delivery(work, order)
    return claim_again(house, order, net, vat)


def claim_again(house: House, order: str, net: str = "", vat: str = "") -> str:
    """The provider claims what was delivered and accepted."""
    with house.work(PROVIDER) as work:
        bought = fetch(work.session, Order, order)
        line = InvoiceLine(f"26371{house.number():015d}", house.today, bought.title, Money.parse(net, "CNY") if net else bought.net,
                           Money.parse(vat, "CNY") if vat else bought.vat)
        return submit_claim(work, order, [line], OwnPayment("In the wallet", house.today, Money(0, "CNY")),
                            evidence(work, house, bought, house.references[PROVIDERS[0].number])).reference


def decide(house: House, claim: str, accepted: str = "") -> str:
    """The office verifies a claim, whole or so much of its line, and approves it; of nothing it is refused."""
    with house.work("verifier1") as work:
        cut = [LineDecision(1, Money.parse(accepted, "CNY"), CutReason.MANDATORY_TEST)] if accepted else None
        verify_claim(work, claim, cut or full_decisions(work, claim))
    with house.work("approver2") as work:
        approve_claim(work, claim)
    return claim


def approve_all(house: House, order: str, net: str = "", vat: str = "") -> str:
    """The provider delivers, the SME accepts, the provider claims all of it or of a smaller invoice, and the office approves."""
    return decide(house, claim_all(house, order, net, vat))
