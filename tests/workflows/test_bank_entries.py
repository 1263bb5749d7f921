"""From each line of the bank to the entries that it made, and from what was predicted to the entry of the payment."""

from sqlmodel import col, select

from tests.builders import House
from tests.workflows.purchases import an_accepted_order
from tests.workflows.recovering import a_final_recovery, a_settled_payout, receive
from tests.workflows.scopes import voucher_for
from tests.workflows.test_charging import came_back, match
from tests.workflows.test_recovery_of_returned import return_by_the_bank
from tests.workflows.wallets import pay_in, reference_of, strange_account, with_wallet
from voucher import ledger
from voucher.database import get
from voucher.files import StoredFile
from voucher.statements import BankLine, BankStatement
from voucher.work import read
from workflows.bank_entries import entries_of_lines
from workflows.reconciliation import match_line, set_line_aside
from workflows.unmatching import unmatch_line


def made(house: House) -> list[list[str]]:
    """The causes of the entries that each line made, in the order in which the lines came; each stands, and rests on the bank's file."""
    with read(house.database) as session:
        lines = session.exec(select(BankLine).order_by(col(BankLine.id))).all()
        causes = entries_of_lines(session, lines)
        for line in lines:
            file = get(session, StoredFile, get(session, BankStatement, line.statement_id).file_id)
            for cause in causes.get(line.id, ()):
                entry = ledger.find(session, cause)
                assert entry is not None and entry.evidence == (file.sha256,) and ledger.reversal_of(session, entry) is None, cause
        return [list(causes.get(line.id, ())) for line in lines]


def test_a_payment_its_return_and_what_the_bank_kept_of_it(house: House) -> None:
    payout = a_settled_payout(house)
    line = came_back(house, payout, "19985.00")
    assert made(house) == [[f"payout.settled {payout}"], []]
    match(house, line, payout)
    assert made(house) == [[f"payout.settled {payout}"], [f"payout.returned {payout}", f"payout.charged {payout}"]]
    with house.work("treasury1") as work:
        unmatch_line(work, line, "Another office's")
    assert made(house) == [[f"payout.settled {payout}"], []]
    match(house, line, payout)
    assert made(house)[1] == [f"payout.returned {payout} again 1", f"payout.charged {payout} again 1"]


def test_a_payment_that_was_taken_back_and_settled_again(house: House) -> None:
    payout = a_settled_payout(house)
    with read(house.database) as session:
        line = str(session.exec(select(BankLine.id)).one())
    with house.work("treasury2") as work:
        unmatch_line(work, line, "Another office's")
    with house.work("treasury1") as work:
        match_line(work, line, payout)
    assert made(house) == [[f"payout.settled {payout} again 1"]]
    return_by_the_bank(house, payout)
    assert [f"payout.returned {payout}"] in made(house)


def test_what_came_in_on_a_recovery_each_time(house: House) -> None:
    recovery = a_final_recovery(house)
    for amount in ("5000.00", "5000.00"):
        receive(house, amount, recovery)
    house.clock.turn(days=365)
    receive(house, "100.00", recovery)
    assert made(house)[1:] == [[f"recovery.collected {recovery} 1"], [f"recovery.collected {recovery} 2"],
                               [f"prior.collected {recovery} 3"]]


def test_deposits_and_what_is_none_of_ours(house: House) -> None:
    order = an_accepted_order(house, voucher_for(house, with_wallet(house)))
    asked = reference_of(house, order)
    pay_in(house, "84800.00", asked)
    pay_in(house, "1.00", asked)
    pay_in(house, "12.34", "", strange_account(), text="misdirected")
    with house.work("finance1") as work:
        line = work.session.exec(select(BankLine).where(BankLine.state == "open")).one()
        set_line_aside(work, str(line.id), "Another office's")
    [right, [wrong], aside] = made(house)
    assert (right, aside) == ([f"deposit.received {asked}"], []) and wrong.startswith("deposit.unmatched M-")
