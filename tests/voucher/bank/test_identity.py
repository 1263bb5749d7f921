"""Who is who: re-imports and overlapping exports bring nothing new, true twins stay two."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voucher.bank.builders import a_camt053, a_detail, a_statement, an_entry, lines_of
from voucher.bank import camt053
from voucher.money import Money


def identities(*statements: str) -> list[str]:
    return [line.identity for line in lines_of(a_camt053(*statements))]


def test_same_file_again_has_the_same_identities() -> None:
    statement = a_statement([an_entry(), an_entry("6.00")], closing="1060.00")
    assert identities(statement) == identities(statement)


def test_true_twins_in_a_file_are_two() -> None:
    assert len(set(identities(a_statement([an_entry(), an_entry()], closing="1108.00")))) == 2


def test_true_twins_with_a_bank_reference_that_the_bank_repeats_are_two() -> None:
    assert len(set(identities(a_statement([an_entry(reference="R1"), an_entry(reference="R1")], closing="1108.00")))) == 2


def test_true_twins_within_a_batch_booking_are_two() -> None:
    entry = an_entry(details=a_detail("27.00") + a_detail("27.00"))
    assert len(set(identities(a_statement([entry], closing="1054.00")))) == 2


def test_longer_export_that_overlaps_brings_only_what_is_new() -> None:
    short = identities(a_statement([an_entry(), an_entry("6.00", day="2026-11-25")], closing="1060.00"))
    long = identities(a_statement([an_entry(), an_entry("6.00", day="2026-11-25"), an_entry("6.00", day="2026-11-25")], closing="1066.00",
                                  identification="2026-099", sequence=99, days=("2026-11-24", "2026-11-25")))
    assert long[:2] == short
    assert long[2] not in short


def test_order_of_the_entries_of_a_day_makes_no_difference() -> None:
    one, two = an_entry(), an_entry("6.00")
    assert set(identities(a_statement([one, two], closing="1060.00"))) == set(identities(a_statement([two, one], closing="1060.00")))


def test_statement_number_and_names_of_a_file_make_no_difference() -> None:
    first = identities(a_statement([an_entry()], closing="1054.00", identification="A", sequence=1))
    assert identities(a_statement([an_entry()], closing="1054.00", identification="B", sequence=None)) == first


def test_text_that_differs_by_spaces_and_line_breaks_only_makes_no_difference() -> None:
    assert identities(a_statement([an_entry(text="V-1  for\n work")], closing="1054.00")) == identities(
        a_statement([an_entry(text="V-1 for work")], closing="1054.00"))


def test_same_statement_number_next_year_is_another_statement_with_other_lines() -> None:
    (this,) = camt053.read(a_camt053(a_statement([an_entry(day="2026-01-02")], closing="1054.00", days=("2026-01-02", "2026-01-02"))))
    (next_year,) = camt053.read(a_camt053(a_statement([an_entry(day="2027-01-02")], closing="1054.00", days=("2027-01-02", "2027-01-02"))))
    assert this.identification == next_year.identification
    assert this.identity != next_year.identity
    assert this.lines[0].identity != next_year.lines[0].identity


def test_same_line_on_another_account_is_another_line() -> None:
    other = a_statement([an_entry()], closing="1054.00", account="LV80BANK0000435195001")
    assert identities(other) != identities(a_statement([an_entry()], closing="1054.00"))


def test_twins_on_two_pages_of_a_day_are_two() -> None:
    pages = (a_statement([an_entry()], closing="1054.00", sequence=1), a_statement([an_entry()], "1054.00", "1108.00", sequence=2))
    assert len(set(identities(*pages))) == 2
    assert set(identities(*reversed(pages))) == set(identities(*pages))


def test_statement_that_stands_twice_in_a_file_brings_nothing_new() -> None:
    statement = a_statement([an_entry(), an_entry("54.00", "DBIT")])
    assert len(set(identities(statement, statement))) == 2


def test_statements_of_one_file_that_overlap_bring_each_line_once() -> None:
    first = a_statement([an_entry(), an_entry(day="2026-11-25")], closing="1108.00", days=("2026-11-24", "2026-11-25"))
    second = a_statement([an_entry(day="2026-11-25"), an_entry(day="2026-11-26")], "1054.00", "1162.00", sequence=2,
                         days=("2026-11-25", "2026-11-26"))
    assert len(set(identities(first, second))) == 3


def test_overlap_that_comes_to_nothing_is_seen_although_the_balances_agree() -> None:
    nothing = [an_entry(day="2026-11-25"), an_entry(direction="DBIT", day="2026-11-25")]
    first = a_statement([an_entry(), *nothing], closing="1054.00", days=("2026-11-24", "2026-11-25"))
    second = a_statement([*nothing, an_entry("6.00", day="2026-11-26")], "1054.00", "1060.00", sequence=2,
                         days=("2026-11-25", "2026-11-26"))
    assert len(set(identities(first, second))) == 4


# A month of an account: for each day some amounts, with many twins among them.
DAYS = st.lists(st.lists(st.sampled_from(["1.00", "1.00", "-1.00", "2.00", "-2.00"]), max_size=4), min_size=1, max_size=6)


def an_export(days: list[list[str]], first: int, last: int, number: int) -> str:
    """The statement over some of the days, both included."""
    def moved(until: int) -> Money:
        return Money(sum(Money.parse(each, "EUR").minor for day in days[:until] for each in day), "EUR")

    entries = [an_entry(each.lstrip("-"), "DBIT" if each.startswith("-") else "CRDT", day=f"2026-11-{index + 1:02d}")
               for index in range(first, last + 1) for each in days[index]]
    return a_statement(entries, str(moved(first)), str(moved(last + 1)), identification=f"E{number}", sequence=number,
                       days=(f"2026-11-{first + 1:02d}", f"2026-11-{last + 1:02d}"))


@settings(deadline=None, max_examples=150)
@given(days=DAYS, data=st.data())
def test_exports_that_cover_an_account_bring_each_line_exactly_once(days: list[list[str]], data: st.DataObject) -> None:
    cuts = sorted({0, len(days), *data.draw(st.lists(st.integers(0, len(days)), max_size=3))})
    reach = data.draw(st.integers(0, 2))
    exports = [an_export(days, max(0, start - reach), end - 1, number) for number, (start, end) in enumerate(pairwise(cuts), start=1)]
    if data.draw(st.booleans()):
        known = set(identities(*exports))
    else:
        known = {identity for export in exports for identity in identities(export)}
    assert known == set(identities(an_export(days, 0, len(days) - 1, 99)))
    assert len(known) == sum(len(day) for day in days)
