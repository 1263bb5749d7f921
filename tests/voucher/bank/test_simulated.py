"""The small bank of the demonstration: it pays, and makes trouble when asked."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voucher.bank.builders import GOLDEN, a_payment, a_payment_file, the_office
from voucher.bank import camt053, pain001, simulated
from voucher.errors import NotValid
from voucher.money import Money, total

YUAN = a_payment_file(a_payment(1, "300000.00"), a_payment(2, "54000.00"), a_payment(3, "0.10"))
EURO = a_payment_file(a_payment(4, "5000.00", "EUR"), message_id="B-2026-00001-2-EUR")
OPENING = {the_office().number: Money(100_000_000, "CNY"), the_office("EUR").number: Money(1_000_000, "EUR")}
DAY = date(2026, 11, 25)


def statements(*files: bytes, **options: Any) -> list[camt053.Statement]:
    return camt053.read(simulated.answer(files or (YUAN,), OPENING, DAY, **options))


def test_demonstration_statement_is_as_reviewed() -> None:
    content = simulated.answer([YUAN, EURO], OPENING, DAY, returned=["Y-2026-00002-2"], mangled={"Y-2026-00001-1": "zeros_lost"},
                               stranger=True)
    assert content.decode() == (GOLDEN / "simulated.xml").read_text(encoding="utf-8")


def test_every_payment_is_a_line_with_its_reference() -> None:
    (statement,) = statements()
    assert [(line.end_to_end, str(line.amount), line.counterparty_account) for line in statement.lines] == [
        (each.end_to_end, str(-each.amount), each.payee.number) for each in pain001.read(YUAN).payments]
    assert (str(statement.opening), str(statement.closing)) == ("1000000.00", "645999.90")


def test_each_account_and_currency_has_its_own_statement() -> None:
    assert [(each.account, each.currency) for each in statements(YUAN, EURO)] == [
        (the_office().number, "CNY"), (the_office("EUR").number, "EUR")]


def test_two_files_from_one_account_share_a_statement() -> None:
    (statement,) = statements(YUAN, a_payment_file(a_payment(9), message_id="M-2"))
    assert len(statement.lines) == 4


def test_returned_payment_comes_back_later_with_its_reason() -> None:
    (statement,) = statements(returned=["Y-2026-00002-2"])
    out, back = (line for line in statement.lines if line.end_to_end == "Y-2026-00002-2")
    assert (str(out.amount), out.is_return, out.booked_on) == ("-54000.00", False, DAY)
    assert (str(back.amount), back.is_return, back.return_reason, back.booked_on) == ("54000.00", True, "AC04", date(2026, 11, 27))
    assert back.counterparty_account == out.counterparty_account


@pytest.mark.parametrize(("damage", "arrives"), [("spaced", "y-2026 00001 1"), ("zeros_lost", "Y-2026-1-1"), ("cut", "Y-2026-000")])
def test_mangled_reference_arrives_damaged(damage: simulated.Damage, arrives: str) -> None:
    (statement,) = statements(mangled={"Y-2026-00001-1": damage})
    assert statement.lines[0].end_to_end == arrives


def test_stranger_brings_money_that_is_nobodys() -> None:
    first, second = statements(YUAN, EURO, stranger=True)
    (line,) = (line for line in first.lines if line.amount.minor > 0)
    assert (str(line.amount), line.end_to_end, line.counterparty_name, line.is_return) == ("128.00", "", simulated.STRANGER, False)
    assert len(second.lines) == 1


def test_same_input_gives_the_same_bytes() -> None:
    assert simulated.answer([YUAN], OPENING, DAY) == simulated.answer([YUAN], OPENING, DAY)


def test_file_that_was_sent_twice_is_refused() -> None:
    with pytest.raises(NotValid, match="each once"):
        statements(YUAN, YUAN)


def test_reference_that_nobody_sent_is_refused() -> None:
    with pytest.raises(NotValid, match="Y-2026-09999-9"):
        statements(returned=["Y-2026-09999-9"])


@settings(deadline=None, max_examples=40)
@given(amounts=st.lists(st.integers(1, 10**12), min_size=1, max_size=8), data=st.data())
def test_what_was_sent_and_not_returned_is_what_left_the_account(amounts: list[int], data: st.DataObject) -> None:
    payments = [a_payment(number, str(Money(minor, "CNY"))) for number, minor in enumerate(amounts, start=1)]
    returned = data.draw(st.sets(st.sampled_from([each.end_to_end for each in payments])))
    (statement,) = statements(a_payment_file(*payments), returned=returned)
    kept = total((each.amount for each in payments if each.end_to_end not in returned), "CNY")
    assert statement.opening - statement.closing == kept
    assert {line.end_to_end for line in statement.lines if line.is_return} == returned
    assert len({line.identity for line in statement.lines}) == len(payments) + len(returned)
