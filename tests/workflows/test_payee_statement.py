"""The account of a payee: every entry that changed what is owed to it, and a balance that is the books'."""

import csv
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest

from tests.builders import PROVIDER, SME, SMES, House, an_approved_claim
from tests.voucher.rfc4180 import strictly_read
from tests.voucher.test_spreadsheets import TORN
from tests.workflows.recovering import a_final_recovery, a_settled_payout, payout_of, with_clawback
from tests.workflows.test_awards import a_decided_award, payout_of_award, provider, to_the_bank
from voucher.database import fetch
from voucher.documents.payee_account import render
from voucher.errors import NotFound, NotValid
from voucher.payee_account import PayeeAccount
from voucher.people import Organisation
from workflows.payee_statement import account_of_payee, as_csv, as_pdf
from workflows.recovery import offset_recovery


def account_of(house: House, reference: str, who: str = "finance1", since: date | None = None, until: date | None = None) -> PayeeAccount:
    """The one account of a firm, as somebody sees it."""
    with house.work(who) as work:
        (account,) = account_of_payee(work, fetch(work.session, Organisation, reference), since, until)
    return account


def sme(house: House) -> str:
    """The SME's reference."""
    return house.references[SMES[0].number]


def told(account: PayeeAccount) -> list[str]:
    """The lines, as people read them."""
    return [f"{line.event} {line.amount} {line.balance}" for line in account.lines]


def test_what_is_approved_paid_asked_back_and_set_off_stands_line_by_line(house: House) -> None:
    with_clawback(house)
    payout = a_settled_payout(house)
    house.clock.turn(minutes=5)
    recovery = a_final_recovery(house, payout, principal="5000.00")
    claim = an_approved_claim(house, net="18867.92", vat="1132.08")
    with house.work("finance1") as work:
        offset_recovery(work, recovery, payout_of(house, claim).reference)

    account = account_of(house, sme(house))

    assert told(account) == [
        "claim.approved 20000.00 20000.00", "payout.settled -20000.00 0.00", "recovery.decided -5000.00 -5000.00",
        "claim.approved 4000.00 -1000.00", "payout.offset -4000.00 -5000.00", "recovery.collected 4000.00 -1000.00"]
    assert str(account.closing) == "-1000.00"  # what it still has to pay back


def test_an_award_stands_in_it(house: House) -> None:
    a_settled_payout(house)
    award = a_decided_award(house)
    to_the_bank(house, payout_of_award(house, award).reference)

    assert told(account_of(house, provider(house))) == ["award.decided 2000.00 2000.00", "award.settled -2000.00 0.00"]


def test_the_period_has_what_was_owed_before_it_as_its_opening(house: House) -> None:
    a_settled_payout(house)
    house.clock.turn(days=30)
    an_approved_claim(house, net="18867.92", vat="1132.08")

    account = account_of(house, sme(house), since=house.today)

    assert (str(account.opening), told(account)) == ("0.00", ["claim.approved 4000.00 4000.00"])
    with pytest.raises(NotValid):
        account_of(house, sme(house), since=house.today, until=date(2026, 1, 1))


def test_a_firm_sees_its_own_account_and_no_other(house: House) -> None:
    a_settled_payout(house)
    assert account_of(house, sme(house), SME).closing.minor == 0
    with pytest.raises(NotFound):
        account_of(house, sme(house), PROVIDER)


def test_it_is_told_as_csv_and_on_paper(house: House) -> None:
    a_settled_payout(house)
    with house.work("finance1") as work:
        firm = fetch(work.session, Organisation, sme(house))
        accounts = account_of_payee(work, firm, None, None)
        described = as_pdf(work, firm, accounts, date(2026, 1, 1), work.today, "zh")
    assert as_csv(accounts).splitlines()[1:3] == [
        "CNY,2026-01-01,opening,,,,0.00",
        f"CNY,{house.today},claim.approved,{accounts[0].lines[0].about},{accounts[0].lines[0].cause},20000.00,20000.00"]
    assert render(described).startswith(b"%PDF")


def test_no_cell_of_the_csv_tears_a_row_or_is_a_formula(house: House) -> None:
    a_settled_payout(house)
    account = account_of(house, sme(house))
    account = replace(account, lines=(replace(account.lines[0], about=TORN, cause="=1+1"), *account.lines[1:]))
    text = as_csv([account])
    rows = strictly_read(text)
    assert rows == list(csv.reader(StringIO(text, newline="")))
    assert [rows[2][3], rows[2][4], rows[3][5]] == [TORN, "'=1+1", "-20000.00"]
