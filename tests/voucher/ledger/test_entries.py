"""The bytes of which hashes are made never change: golden vectors."""

from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from io import StringIO
from typing import Any
from uuid import UUID

import pytest

from tests.voucher.ledger.builders import working
from voucher.database import Database
from voucher.ledger import Account, Draft, credit, debit
from voucher.ledger.accounts import account_id
from voucher.ledger.entries import dimension_set_id, instant, leaf, microseconds, record
from voucher.ledger.journal import commit_to, restore
from voucher.ledger.laying import Origin
from voucher.ledger.plaintext import export
from voucher.ledger.seals import seal
from voucher.ledger.tree import root
from voucher.money import Money
from voucher.work import read

LEAVES = ["fdf1da8ab47966d6", "9f27100c319de684", "ea18f9e919441886"]
HEAD = "9dc7d181b65ba0a92d34872e19876edf95c617a9cb948747cdda627024755cdf"
LINES = "f0b62bfe3cdd521280dd05fbaecd06a7b809d975f2184bcfee2de6c5408b14f3"
KEY = UUID("01997e6f-0000-7000-8000-000000000001")
MONEY = Money(5400000, "CNY")
DRAFT = Draft(
    "claim.approved C-2026-00042-7 v1", "claim.approved", date(2026, 3, 2),
    (debit(Account("financial:expense:subsidy", "CNY"), MONEY, claim="C-2026-00042-7", region="威海", year=2026),
     credit(Account("financial:payable:claims", "CNY"), MONEY)),
    memo="never part of the content", evidence=("ab" * 32,), terms="cd" * 32)


def test_the_content_of_an_entry_is_these_bytes() -> None:
    assert DRAFT.content().decode() == (
        '{"adjusting":"","cause":"claim.approved C-2026-00042-7 v1","effective_on":"2026-03-02","event":"claim.approved",'
        '"evidence":["' + "ab" * 32 + '"],"format":"ledger-content-1","postings":[["financial:expense:subsidy","CNY","5400000",'
        '{"claim":"C-2026-00042-7","region":"威海","year":"2026"}],["financial:payable:claims","CNY","-5400000",{}]],'
        '"reverses":"","terms":"' + "cd" * 32 + '"}')


def test_the_record_of_an_entry_and_its_leaf_are_these_bytes() -> None:
    recorded = record(KEY, bytes(range(32)), "system", 1772443800000001, bytes(32))
    assert recorded.decode() == (
        '{"actor":"system","content":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",'
        '"format":"ledger-record-1","id":"01997e6f-0000-7000-8000-000000000001","memo":"' + "00" * 32 + '",'
        '"recorded_us":"1772443800000001"}')
    assert leaf(recorded).hex() == "16e90847109c0b5cfbce0bd4696174dac8ffa1ce683e44ff1f44674e134ae6c6"


def test_keys_and_commitments_are_these() -> None:
    assert str(account_id("financial:payable:claims", "CNY")) == "c5535dc0-da31-348f-9d5d-74dd92326118"
    assert str(dimension_set_id('{"claim":"C-1"}')) == "54a82b63-04e5-d4f1-dcd7-457338d4bd8c"
    assert commit_to(bytes(32), "a word").hex() == "8c9ad5c2e836b939dff7a0e0434031837b57afca49adbaf50097b5a0d267d039"


def test_a_ledger_of_three_entries_has_this_head_and_these_lines_on_every_engine(database: Database) -> None:
    """The roots over the leaves, computed inside either engine, and the bytes that leave the house."""
    with working(database) as work:
        items = [(replace(DRAFT, cause=f"claim.approved C-{number}", memo=""), Origin(
            UUID(int=KEY.int + number), "system", 1772443800000001 + number, None, b"")) for number in range(3)]
        restored = restore(work.session, items)
        head = seal(work)
    with read(database) as session:
        text = StringIO()
        export(session, "jsonl", text)
    assert [entry.digest.hex()[:16] for entry in restored] == LEAVES
    assert head.root == root([entry.digest for entry in restored])
    assert head.root.hex() == HEAD
    *lines, end = text.getvalue().splitlines(keepends=True)
    assert sha256("".join(lines).encode()).hexdigest() == LINES
    assert end == f'{{"kind":"end","sha256":"{LINES}"}}\n'


@pytest.mark.parametrize("other", [
    {"cause": "claim.approved C-2026-00042-7 v2"}, {"event": "x"}, {"effective_on": date(2026, 3, 3)}, {"evidence": ()},
    {"terms": ""}, {"adjusting": True}, {"reverses": KEY}, {"lines": DRAFT.lines[::-1]},
    {"evidence": ("ab" * 32, "")}, {"cause": 'claim.approved","x":"'},
])
def test_whatever_differs_differs_in_the_content(other: dict[str, Any]) -> None:
    assert replace(DRAFT, **other).content() != DRAFT.content()


def test_text_cannot_pass_for_another_field() -> None:
    one = Draft('a","event":"b', "c", date(2026, 3, 2), DRAFT.lines)
    other = Draft("a", 'b","event":"c', date(2026, 3, 2), DRAFT.lines)
    assert one.content() != other.content()


@pytest.mark.parametrize("moment", [datetime(2026, 3, 2, 9, 30, 0, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, tzinfo=UTC)])
def test_an_instant_comes_back_exactly(moment: datetime) -> None:
    assert instant(microseconds(moment)) == moment


@pytest.mark.parametrize(("name", "bounds"), [("nobook", ()), ("a b:c", ()), ("a:" + "x" * 200, ()), ("a:b\n", ()), ("a:b", (1, None)),
                                               ("a:b", (None, -1))])
def test_a_name_or_bound_that_cannot_be_is_refused(name: str, bounds: tuple[int | None, ...]) -> None:
    with pytest.raises(AssertionError):
        Account(name, "CNY", *bounds)
