"""Bank accounts: what is kept, and what would make a payment come back."""

import pytest

from tests.voucher.bank.builders import an_account, an_iban_account
from voucher.bank.accounts import Account, Address, checked, problems_of, tidy
from voucher.errors import NotValid


def places(account: Account) -> list[str]:
    return [each.where for each in problems_of(tidy(account))]


def test_spaces_and_small_letters_are_tidied_away() -> None:
    kept = checked(an_iban_account(holder=" Prüfstand  GmbH ", number="de89 3704 0044 0532 0130 00", bank_code="cobadeff xxx", country=""))
    assert kept == an_iban_account(holder="Prüfstand GmbH")
    assert kept.is_iban


def test_chinese_account_is_taken_as_it_is() -> None:
    assert checked(an_account()) == an_account()
    assert not checked(an_account()).is_iban


@pytest.mark.parametrize("number", ["DE89370400440532013001", "DE8937040044053201300", "DE89", "12345678", ""])
def test_iban_with_a_wrong_sign_is_refused(number: str) -> None:
    assert places(an_iban_account(number=number)) == ["number"]


@pytest.mark.parametrize("number", ["1234567", "1" * 33, "6222-0216", "６２２２０２１６１４０００１２３", "62220216A"])
def test_chinese_number_that_is_not_8_to_32_digits_is_refused(number: str) -> None:
    assert places(an_account(number=number)) == ["number"]


@pytest.mark.parametrize("code", ["", "10446500002", "1044650000211", "BKCHCNBJ"])
def test_chinese_bank_without_its_12_digit_code_is_refused(code: str) -> None:
    assert places(an_account(bank_code=code)) == ["bank_code"]


def test_iban_tells_its_country_whatever_the_country_of_the_holder() -> None:
    assert checked(an_iban_account(country="LV")).country == "DE"


def test_chinese_number_and_code_tell_the_country_whatever_the_country_of_the_holder() -> None:
    assert checked(an_account(country="LV")).country == "CN"


def test_plain_number_in_a_country_with_ibans_is_refused_by_that_name() -> None:
    assert "Accounts in LV have one" in str(problems_of(tidy(an_iban_account(number="0000435195001", country="LV")))[0])


def test_account_elsewhere_needs_a_bic() -> None:
    assert checked(an_account(currency="USD", number="004-123456-838", bank_code="HSBCHKHH", country="")).country == "HK"
    assert places(an_account(currency="USD", number="123456789", bank_code="", country="US")) == ["bank_code"]
    assert places(an_account(currency="USD", number="1", bank_code="HSBC", country="US")) == ["number", "bank_code"]


def test_account_of_which_no_country_is_known_is_refused() -> None:
    assert places(an_account(currency="USD", bank_code="", country="")) == ["country"]


def test_all_problems_are_named_at_once() -> None:
    account = an_account(holder=" ", number="12", currency="XYZ", bank_code="1", bank_name="x" * 141, address=Address("", "Latvia"))
    with pytest.raises(NotValid) as caught:
        checked(account)
    assert [each.where for each in caught.value.problems] == [
        "holder", "bank_name", "currency", "number", "bank_code", "address.town", "address.country"]


@pytest.mark.parametrize("name", ["Ab\u200bc", "Ab\u202ec", "Ab\x00c", "Ab\ue000c", "Ab\ufffdc"])
def test_name_with_signs_that_nobody_sees_is_refused(name: str) -> None:
    assert places(an_account(holder=name)) == ["holder"]


def test_rare_chinese_signs_of_a_name_are_taken() -> None:
    assert places(an_account(holder="\u9fa5\u4dae\U00020bb7\U00031350\U0002ebf0公司")) == []


def test_name_over_the_length_is_refused_and_not_cut() -> None:
    assert places(an_account(holder="科" * 140)) == []
    assert "never cut" in str(problems_of(tidy(an_account(holder="科" * 141)))[0])
