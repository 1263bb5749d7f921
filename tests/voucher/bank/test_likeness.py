"""Damaged references: what still resembles, and what no longer does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.bank.likeness import resembles
from voucher.references import reference

OURS = reference("Y", 2026, 12)


@pytest.mark.parametrize("text", [
    OURS, f"payment {OURS} thanks", OURS.lower(), OURS.replace("-", " "), OURS.replace("-", ""), " ".join(OURS),
    "\n".join([OURS[:9], OURS[9:]]),
    f"Y-2026-12-{OURS[-1]}", f"2026/012/{OURS[-1]}", f"no. 2026-12-{OURS[-1]}", OURS[:-1], OURS[7:],
])
def test_reference_that_was_damaged_on_its_way_resembles(text: str) -> None:
    assert resembles(OURS, text)


@pytest.mark.parametrize("text", ["", "2026", "Y-2026-000", reference("Y", 2026, 13), f"12 {OURS[-1]} 2026", "invoice 4711 of 2026"])
def test_another_text_does_not_resemble(text: str) -> None:
    assert not resembles(OURS, text)


@given(number=st.integers(1, 10**7), before=st.text("abc 0123\n-", max_size=8), spaces=st.sampled_from(["", " ", "-", "\n"]))
def test_every_reference_resembles_itself_whatever_its_dashes_became(number: int, before: str, spaces: str) -> None:
    ours = reference("Y", 2026, number)
    assert resembles(ours, f"{before} {ours.replace('-', spaces).lower()} thanks")


@given(text=st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    assert resembles(OURS, text) in (True, False)
