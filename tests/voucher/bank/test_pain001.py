"""Payment files: valid by their schema, exact to the cent, and refused rather than guessed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voucher.bank.builders import (
    DAY,
    GOLDEN,
    NOW,
    a_payment,
    a_payment_file,
    an_account,
    an_iban_account,
    the_office,
)
from voucher.bank import pain001
from voucher.bank.accounts import Account, Address
from voucher.errors import NotValid
from voucher.money import Money


def problems(*payments: pain001.Payment, message_id: str = "M-1", debtor: Account | None = None) -> dict[str, str]:
    """What is wrong, by place."""
    with pytest.raises(NotValid) as caught:
        pain001.write(message_id, NOW, DAY, debtor or the_office(payments[0].amount.currency if payments else "CNY"), payments)
    return {each.where: str(each) for each in caught.value.problems}


def test_yuan_file_is_as_reviewed() -> None:
    content = a_payment_file(a_payment(1, "300000.00"), a_payment(2, "0.01", remittance=""))
    assert content.decode() == (GOLDEN / "pain001_yuan.xml").read_text(encoding="utf-8")


def test_euro_file_is_as_reviewed() -> None:
    office = replace(the_office("EUR"), address=Address("Rīga", "LV"))
    swiss = an_iban_account(holder="Zürich Prüfung AG", number="CH9300762011623852957", bank_code="", country="CH")
    content = a_payment_file(a_payment(1, "5000.00", "EUR"), a_payment(2, "999.99", "EUR", payee=swiss),
                             message_id="B-2026-00001-2-EUR", debtor=office)
    assert content.decode() == (GOLDEN / "pain001_euro.xml").read_text(encoding="utf-8")


def test_same_input_gives_the_same_bytes() -> None:
    assert a_payment_file(a_payment(1), a_payment(2)) == a_payment_file(a_payment(1), a_payment(2))


def test_chinese_names_stay_as_they_are() -> None:
    content = a_payment_file()
    assert "威海䶮创科技有限公司" in content.decode()
    assert pain001.read(content).payments[0].payee == an_account()


def test_number_and_sum_of_payments_stand_in_header_and_part() -> None:
    text = a_payment_file(a_payment(1, "300000.00"), a_payment(2, "0.05")).decode()
    assert text.count("<NbOfTxs>2</NbOfTxs>") == text.count("<CtrlSum>300000.05</CtrlSum>") == 2


@pytest.mark.parametrize(("currency", "amount"), [("CNY", "12.50"), ("KRW", "1250"), ("JPY", "1"), ("TND", "12.505")])
def test_amounts_have_the_digits_of_their_currency(currency: str, amount: str) -> None:
    payee = an_account(currency=currency)
    content = a_payment_file(a_payment(1, amount, currency, payee=payee), debtor=replace(the_office(), currency=currency))
    assert f'<InstdAmt Ccy="{currency}">{amount}</InstdAmt>' in content.decode()
    assert pain001.read(content).control_sum == Money.parse(amount, currency)


def test_repeated_end_to_end_ids_are_refused_with_their_places() -> None:
    found = problems(a_payment(1), a_payment(2), a_payment(1), a_payment(1))
    assert found == {"payments.3.end_to_end": "payments.3.end_to_end: The end-to-end id Y-2026-00001-1 stands at payments.0, payments.2, "
                                              "payments.3; each may stand once."}


@pytest.mark.parametrize("minor", [0, -1, -30000000])
def test_amount_that_is_not_above_zero_is_refused(minor: int) -> None:
    assert list(problems(replace(a_payment(), amount=Money(minor, "CNY")))) == ["payments.0.amount"]


def test_two_currencies_in_one_file_are_refused() -> None:
    assert list(problems(a_payment(1), a_payment(2, currency="EUR"))) == ["payments.1.amount", "payments.1.payee.currency"]
    assert list(problems(a_payment(1), debtor=the_office("EUR"))) == ["debtor.currency"]


def test_account_that_keeps_another_currency_is_refused() -> None:
    assert list(problems(a_payment(payee=an_account(currency="USD")))) == ["payments.0.payee.currency"]


@pytest.mark.parametrize("reference", ["", "x" * 36, "/A", "A/", "A//B", "付-1", "A\n", " A", "A_B", "NOTPROVIDED"])
def test_reference_that_a_bank_would_change_is_refused(reference: str) -> None:
    assert "payments.0.end_to_end" in problems(a_payment(end_to_end=reference))


@pytest.mark.parametrize("reference", ["", "x" * 36, "//"])
def test_message_id_that_a_bank_would_change_is_refused(reference: str) -> None:
    assert list(problems(a_payment(), message_id=reference)) == ["message_id"]


def test_file_without_payments_is_refused() -> None:
    assert list(problems()) == ["payments"]


def test_all_problems_are_named_at_once() -> None:
    found = problems(a_payment(1, remittance="two\nlines"), a_payment(1, payee=an_account(holder="", number="1")), message_id="")
    assert list(found) == ["message_id", "payments.1.end_to_end", "payments.0.remittance",
                           "payments.1.payee.holder", "payments.1.payee.number"]


def test_long_text_for_the_payee_is_refused_and_not_cut() -> None:
    assert a_payment_file(a_payment(remittance="科" * 140))
    assert "never cut" in problems(a_payment(remittance="科" * 141))["payments.0.remittance"]


def euro(**changes: Any) -> pain001.Payment:
    return a_payment(1, "10.00", "EUR", payee=an_iban_account(**changes))


def test_chinese_name_in_a_euro_file_is_refused_and_not_respelled() -> None:
    assert "威海" in problems(euro(holder="威海 GmbH"))["payments.0.payee.holder"]


def test_letters_of_europe_are_taken_in_a_euro_file() -> None:
    for name in ("Šķērstiņš SIA", "Ελληνικά ΑΕ", "Българска ООД", "Œuvre & Fils S.A.R.L. (Île-de-France)", "Ærøskøbing A/S", "O’Brien+Co"):
        assert pain001.read(a_payment_file(euro(holder=name))).payments[0].payee.holder == name


def test_name_over_70_signs_in_a_euro_file_is_refused_and_not_cut() -> None:
    assert a_payment_file(euro(holder="x" * 70))
    assert "71 signs" in problems(euro(holder="x" * 71))["payments.0.payee.holder"]


def test_euro_payment_over_the_largest_sepa_amount_is_refused() -> None:
    assert a_payment_file(replace(euro(), amount=Money(99_999_999_999, "EUR")))
    assert list(problems(replace(euro(), amount=Money(100_000_000_000, "EUR")))) == ["payments.0.amount"]


def test_account_outside_sepa_in_a_euro_file_is_refused() -> None:
    turkish = an_iban_account(number="TR330006100519786457841326", bank_code="")
    assert list(problems(a_payment(1, "10.00", "EUR", payee=turkish))) == ["payments.0.payee.number"]
    assert "payments.0.payee.number" in problems(a_payment(1, "10.00", "EUR", payee=an_account(currency="EUR", holder="Weihai")))


def test_payment_out_of_the_eea_needs_town_and_country_of_the_payer() -> None:
    swiss = euro(number="CH9300762011623852957", bank_code="")
    assert list(problems(swiss)) == ["debtor.address"]
    assert list(problems(swiss, debtor=replace(the_office("EUR"), address=Address("", "LV")))) == ["debtor.address.town"]
    content = a_payment_file(swiss, debtor=replace(the_office("EUR"), address=Address("Rīga", "LV")))
    assert "<TwnNm>Rīga</TwnNm>" in content.decode()
    assert pain001.read(content).debtor.address == Address("Rīga", "LV")


def test_file_that_departs_from_the_schema_is_refused_with_its_line() -> None:
    content = a_payment_file().replace(b"<PmtMtd>TRF</PmtMtd>", b"<PmtMtd>XXX</PmtMtd>")
    with pytest.raises(NotValid) as caught:
        pain001.read(content)
    assert caught.value.problems[0].line == 15


@pytest.mark.parametrize("change", [(b"<NbOfTxs>1<", b"<NbOfTxs>2<"), (b"<CtrlSum>300000.00<", b"<CtrlSum>300000.01<")])
def test_file_whose_sums_do_not_agree_is_refused(change: tuple[bytes, bytes]) -> None:
    with pytest.raises(NotValid, match=r"do not agree"):
        pain001.read(a_payment_file().replace(*change))


def test_another_message_is_refused_as_a_payment_file() -> None:
    with pytest.raises(NotValid, match=r"pain\.001\.001\.03"):
        pain001.read(a_payment_file().replace(b"001.001.09", b"001.001.03"))


NAMES = st.text("甲乙丙龘䶮𠮷威海AZaz09äöÉ.,()&<>\"'- ", min_size=1, max_size=140).map(lambda text: " ".join(text.split())).filter(bool)
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9+?:().,'-]{0,34}", fullmatch=True).filter(lambda text: text.upper() != "NOTPROVIDED")
PAYMENTS = st.builds(
    pain001.Payment, end_to_end=IDS, amount=st.integers(1, 10**14).map(lambda minor: Money(minor, "CNY")),
    payee=st.builds(an_account, holder=NAMES, bank_name=NAMES | st.just(""), number=st.from_regex(r"[0-9]{8,32}", fullmatch=True),
                    bank_code=st.from_regex(r"[0-9]{12}", fullmatch=True)),
    remittance=NAMES | st.just(""))


@settings(deadline=None, max_examples=60)
@given(payments=st.lists(PAYMENTS, min_size=1, max_size=6, unique_by=lambda each: each.end_to_end), message_id=IDS,
       later=st.integers(0, 10**9))
def test_what_is_written_is_read_back_unchanged(payments: list[pain001.Payment], message_id: str, later: int) -> None:
    created_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=later)
    content = pain001.write(message_id, created_at, date(2026, 12, 31), the_office(), payments)
    assert pain001.read(content) == pain001.Instruction(message_id, created_at, date(2026, 12, 31), the_office(), tuple(payments))
    assert not pain001.schema_problems(content)
