"""The list of keyed hashes: the same invoice gives the same hash to all who share the key, and nothing else is told."""

import re
from datetime import date
from hashlib import sha256

import pytest

from voucher.errors import NotValid
from voucher.exchange_list import Kind, Secret, listed, read, write
from voucher.places import place

KEY = Secret("coast-2026", bytes(range(32)))
OTHER = Secret("coast-2026", bytes(32))
SELLER = "CN:91371000MA3C4D5E6X"
ENTRIES = [(Kind.INVOICE, KEY.invoice(SELLER, "INV-0012/7")[0]), (Kind.FILE, KEY.file(sha256(b"scan").hexdigest()))]


def a_list(office: str = "乳山市科学技术局") -> bytes:
    return write(listed(office, "CN:11371083004367382M", date(2026, 11, 22), KEY, ENTRIES), KEY)


def refused(content: bytes, *keys: Secret) -> str:
    """Why a list is not taken."""
    with pytest.raises(NotValid) as refusal:
        read(content, keys or [KEY])
    return " ".join([str(refusal.value), *map(str, refusal.value.problems)])


def test_what_is_written_is_read() -> None:
    taken = read(a_list(), [Secret("other", bytes(32)), KEY])
    assert (taken.office, taken.key, taken.made_on) == ("乳山市科学技术局", "coast-2026", date(2026, 11, 22))
    assert sorted(taken.entries) == sorted(ENTRIES)
    assert read(a_list().replace(b"\n", b"\r\n"), [KEY]) == taken, "another system's line ends change nothing"


@pytest.mark.parametrize("number", ["inv 12-7", "INV-00127", "1NV-012/7", "INV‐0012/7"])
def test_a_number_written_otherwise_gives_the_same_hash(number: str) -> None:
    assert KEY.invoice(" cn:91371000ma3c4d5e6x", number)[0] == ENTRIES[0][1]


@pytest.mark.parametrize(("seller", "number"), [(SELLER, "INV-0012/8"), ("CN:91371000MA3C4D5E6Y", "INV-0012/7"), (SELLER, "INV-1200/7")])
def test_near_another_digit_or_another_seller_gives_another_hash(seller: str, number: str) -> None:
    assert set(KEY.invoice(seller, number)).isdisjoint(KEY.invoice(SELLER, "INV-0012/7"))


def test_lists_of_offices_that_tell_an_invoice_by_one_form_match_as_before() -> None:
    assert KEY.invoice(SELLER, "INV-2026-012")[0] == "93a9b6d8ea6a678715f1d8de761b7a71566f3b696ca6894e2601815b7c56b371"
    assert KEY.invoice(SELLER, "26371000000000004711") == (KEY.invoice(SELLER, "2637 1000 0000 0000 4711")[0],), "one part, one hash"


def test_zeros_after_a_sign_match_by_the_second_hash() -> None:
    one, other = (KEY.invoice(SELLER, number) for number in ("INV-2026-012", "INV-2026-12"))
    assert one[0] != other[0] and one[1] == other[1]


def test_a_number_without_any_sign_that_counts_is_not_listed() -> None:
    assert KEY.invoice(SELLER, "发票") == ()


def test_a_list_tells_nothing_but_hashes_in_the_order_of_themselves() -> None:
    text = a_list().decode()
    assert not any(secret in text for secret in ("91371000MA3C4D5E6X", "INV", "0012", KEY.key.hex()))
    body = text.partition("\n\n")[2].splitlines()
    assert body == sorted(body) and len(body) == 2
    assert KEY.key.hex() not in repr(KEY)


@pytest.mark.parametrize(("broken", "said"), [
    (b"", "no list"), (b"\xff\xfe\x00", "UTF-8"), (b"form: voucher-exchange/2\n\n", "no list"),
    (a_list().replace(b"code:", b"Code:"), "no list"),
    (a_list().replace(b"made: 2026-11-22", b"made: 22.11.2026"), "2026-03-31"),
    (a_list().replace(b"entries: 2", b"entries: 3"), "3 entries"),
    (a_list().replace(b"entries: 2", b"entries: many"), "between 0"),
    (a_list().replace(b"invoice ", b"invoice  "), "no entry"),
    (a_list().replace(b"file ", b"firm "), "no entry"),
    (a_list() + b"file 00\n", "no entry"),
    (re.sub(rb"seal: .*", "seal: 印".encode(), a_list()), "A seal is"),
    (re.sub(rb"office: .*", b"office:", a_list()), "Between 1"),
    (a_list().replace("乳山".encode(), "文登".encode()), "seal does not fit"),
    (a_list().rsplit(b"\n", 2)[0].replace(b"entries: 2", b"entries: 1") + b"\n", "seal does not fit"),
])
def test_a_list_that_is_damaged_or_was_changed_is_refused_in_words(broken: bytes, said: str) -> None:
    assert said in refused(broken)


def test_all_that_is_wrong_is_said_at_once_with_its_line() -> None:
    broken = a_list().replace(b"made: 2026-11-22", b"made: soon") + b"nonsense\n"
    with pytest.raises(NotValid) as refusal:
        read(broken, [KEY])
    assert [each.line for each in refusal.value.problems] == [5, 11]


def test_a_list_of_millions_of_wrong_lines_is_refused_before_they_are_looked_at() -> None:
    head = a_list().partition(b"\n\n")[0]
    assert "between 0 and 250000 entries" in refused(head + b"\n\n" + b"x\n" * 300_000)
    with pytest.raises(NotValid) as refusal:
        read(head + b"\n\n" + b"x\n" * 1000, [KEY])
    assert len(refusal.value.problems) == 20


def test_a_key_that_is_not_shared_or_another_of_the_same_name_is_refused() -> None:
    assert "not in use here. Keys in use: inland" in refused(a_list(), Secret("inland", bytes(32)))
    assert "another key of the name coast-2026" in refused(a_list(), OTHER)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_example_in_the_guide_is_what_the_program_gives(language: str) -> None:
    guide = (place("templates") / "guides" / language / "exchange.md").read_text(encoding="utf-8")
    key = Secret("example", bytes(32))
    assert all(each in guide for each in key.invoice(SELLER, "INV 00-12/O3")) and key.file(sha256(b"").hexdigest()) in guide
