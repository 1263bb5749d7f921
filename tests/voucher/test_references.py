"""References: what people read out over the phone, and what is noticed when they misread it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.errors import NotFound
from voucher.references import KINDS, is_reference, read_reference, reference

kinds = st.sampled_from(sorted(KINDS))


@given(kinds, st.integers(2000, 2099), st.integers(1, 10**7))
def test_a_reference_is_well_formed(kind: str, year: int, number: int) -> None:
    assert is_reference(reference(kind, year, number), kind)


@given(kinds, st.integers(1, 99999), st.integers(0, 9), st.integers(0, 9))
def test_every_single_wrong_digit_is_noticed(kind: str, number: int, place: int, digit: int) -> None:
    right = reference(kind, 2026, number)
    digits = [at for at, char in enumerate(right) if char.isdigit()]
    wrong = right[:digits[place]] + str(digit) + right[digits[place] + 1:]
    assert wrong == right or not is_reference(wrong)


@given(kinds, st.integers(1, 99999), st.integers(0, 8))
def test_every_swap_of_two_neighbours_is_noticed(kind: str, number: int, place: int) -> None:
    right = reference(kind, 2026, number)
    digits = [at for at, char in enumerate(right) if char.isdigit()]
    one, other = digits[place], digits[place + 1]
    swapped = list(right)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    assert "".join(swapped) == right or not is_reference("".join(swapped))


def test_a_vouchers_number_typed_with_an_orders_letter_is_noticed() -> None:
    voucher = reference("V", 2026, 123)
    assert not any(is_reference(letter + voucher[1:]) for letter in "OCYB")


def test_spaces_and_small_letters_are_forgiven() -> None:
    right = reference("V", 2026, 123)
    assert read_reference(f" {right.lower()} ", "V") == right


@pytest.mark.parametrize("text", ["", "V", "V-2026-00123-9", "O-2026-00123-2", "V-2026-00123", "ＶＶ", "V-2026-00123-2; drop"])
def test_what_is_no_reference_is_not_found_in_words(text: str) -> None:
    with pytest.raises(NotFound, match="not the number of a voucher"):
        read_reference(text, "V")
