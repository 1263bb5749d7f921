"""Reconciliation: what matches by itself, what waits for a person, and that nothing counts twice."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree
from sqlmodel import select

from tests.builders import House, an_approved_claim, an_exported_batch, bank_answer
from voucher import ledger
from voucher.claims import Claim
from voucher.database import fetch
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.jobs import Job
from voucher.payouts import Payout, payouts_of
from voucher.people import account_of, office
from voucher.statements import BankLine, BankStatement, doubts, open_lines
from voucher.work import read
from workflows.reconciliation import Imported, import_statement, match_line, set_line_aside, suggestions


def take_in(house: House, content: bytes, who: str = "finance1") -> Imported:
    with house.work(who) as work:
        return import_statement(work, house.store, "statement.xml", content)


def payout_of(house: House, claim: str) -> Payout:
    with read(house.database) as session:
        return payouts_of(session, fetch(session, Claim, claim).id)[-1]


def waiting(house: House) -> list[BankLine]:
    with read(house.database) as session:
        return open_lines(session)


def test_a_statement_taken_in_twice_adds_nothing_the_second_time(house: House) -> None:
    an_approved_claim(house)
    content = bank_answer(house, an_exported_batch(house))
    first, again = take_in(house, content), take_in(house, content)
    assert (first.new, first.settled, again.new, again.known, again.settled) == (1, 1, 0, 1, 0)


def test_a_file_with_more_white_space_is_the_same_statement(house: House) -> None:
    an_approved_claim(house)
    content = bank_answer(house, an_exported_batch(house))
    take_in(house, content)
    assert take_in(house, content + b"\n\n").new == 0


def test_a_garbled_reference_waits_and_is_suggested_with_reasons(house: House) -> None:
    claim = an_approved_claim(house)
    batch = an_exported_batch(house)
    payout = payout_of(house, claim)
    outcome = take_in(house, bank_answer(house, batch, mangled={payout.reference: "zeros_lost"}))
    assert (outcome.settled, outcome.open) == (0, 1)
    [line] = waiting(house)
    assert line.finding in ("unknown_reference", "no_reference")
    [best] = suggestions([payout], line)
    assert best.payout.reference == payout.reference
    assert {"same amount", "same account"} <= set(best.reasons)
    with house.work("finance1") as work:
        match_line(work, str(line.id), payout.reference)
    assert payout_of(house, claim).state == "settled"
    assert waiting(house) == []


def test_a_strangers_line_waits_and_is_set_aside_with_a_reason(house: House) -> None:
    an_approved_claim(house)
    outcome = take_in(house, bank_answer(house, an_exported_batch(house), stranger=True))
    assert (outcome.settled, outcome.open) == (1, 1)
    [line] = waiting(house)
    assert suggestions([], line) == []
    with pytest.raises(NotValid), house.work("finance1") as work:
        set_line_aside(work, str(line.id), " ")
    with house.work("finance1") as work:
        set_line_aside(work, str(line.id), "rent of another department")
    assert waiting(house) == []
    with pytest.raises(NotNow, match="settled already"), house.work("finance1") as work:
        set_line_aside(work, str(line.id), "again")


def test_a_line_does_not_settle_a_payout_of_another_amount(house: House) -> None:
    first = an_approved_claim(house)
    take_in(house, bank_answer(house, an_exported_batch(house), stranger=True))
    [line] = [each for each in waiting(house) if each.finding in ("no_reference", "unknown_reference")][:1]
    with pytest.raises(NotNow, match="does not fit"), house.work("finance1") as work:
        match_line(work, str(line.id), payout_of(house, first).reference)


def test_one_open_line_does_not_hold_the_others(house: House) -> None:
    claims = [an_approved_claim(house) for _each in range(2)]
    batch = an_exported_batch(house)
    outcome = take_in(house, bank_answer(house, batch, mangled={payout_of(house, claims[0]).reference: "cut"}))
    assert (outcome.settled, outcome.open) == (1, 1)
    assert payout_of(house, claims[1]).state == "settled"


def test_a_return_that_comes_days_later_reopens_what_was_paid(house: House) -> None:
    claim = an_approved_claim(house)
    batch = an_exported_batch(house)
    payout = payout_of(house, claim)
    take_in(house, bank_answer(house, batch, returned=[payout.reference], returned_on=house.today + timedelta(days=3)))
    returned = payout_of(house, claim)
    assert (returned.state, returned.return_reason) == ("returned", "AC04")
    with read(house.database) as session:
        assert ledger.verify(session) == []


def test_each_settled_payout_asks_for_one_statement(house: House) -> None:
    claim = an_approved_claim(house)
    content = bank_answer(house, an_exported_batch(house))
    for _time in range(2):
        take_in(house, content)
    with read(house.database) as session:
        asked = session.exec(select(Job.key).where(Job.task == "make_settlement_statement")).all()
    assert asked == [f"make_settlement_statement {payout_of(house, claim).reference}"]


def test_a_statement_of_a_strange_account_is_refused_whole(house: House) -> None:
    an_approved_claim(house)
    content = bank_answer(house, an_exported_batch(house))
    with read(house.database) as session:
        own = account_of(session, office(session).id, "CNY")
    assert own is not None
    with pytest.raises(NotValid, match="not an account of this office"):
        take_in(house, content.replace(own.number.encode(), b"6217999999999999999"[:len(own.number)]))
    assert waiting(house) == []


def test_a_broken_file_changes_nothing(house: House) -> None:
    for broken in (b"", b"not xml", b"<?xml version='1.0'?><Document/>"):
        with pytest.raises(NotValid):
            take_in(house, broken)


def test_only_finance_and_treasury_take_statements_in(house: House) -> None:
    an_approved_claim(house)
    content = bank_answer(house, an_exported_batch(house))
    with pytest.raises(NotAllowed):
        take_in(house, content, "verifier1")


@pytest.mark.parametrize("line", ["nonsense", "257c565d-7e44-4b05-b333-83c76641a7da"])
def test_a_line_that_is_not_there_is_said_so(house: House, line: str) -> None:
    with pytest.raises(NotValid, match="bank line"), house.work("finance1") as work:
        set_line_aside(work, line, "reason")


def part_of(content: bytes, *, credits: bool) -> bytes:
    """A statement with only the credits, or only the debits, of the first statement of another; its balances agree."""
    root: Any = etree.fromstring(content)
    space = {"c": root.nsmap[None]}
    statement = root.find(".//c:Stmt", space)
    kept = Decimal(0)
    for entry in statement.findall("c:Ntry", space):
        if (entry.findtext("c:CdtDbtInd", namespaces=space) == "CRDT") == credits:
            kept += Decimal(entry.findtext("c:Amt", namespaces=space)) * (1 if credits else -1)
        else:
            statement.remove(entry)
    summary = statement.find("c:TxsSummry", space)
    if summary is not None:
        statement.remove(summary)
    statement.find("c:Id", space).text = f"{'credits' if credits else 'debits'}"
    opening, closing = [balance.find("c:Amt", space) for balance in statement.findall("c:Bal", space)]
    closing.text = str(Decimal(opening.text) + kept)
    answer: bytes = etree.tostring(root)
    return answer


def test_a_return_that_is_reported_before_the_payment_waits_for_it(house: House) -> None:
    claim = an_approved_claim(house)
    batch = an_exported_batch(house)
    whole = bank_answer(house, batch, returned=[payout_of(house, claim).reference])
    early = take_in(house, part_of(whole, credits=True))
    assert (early.returned, early.open, payout_of(house, claim).state) == (0, 1, "sent")
    late = take_in(house, part_of(whole, credits=False))
    assert (late.new, late.settled, late.returned, late.open) == (1, 1, 1, 0)
    assert payout_of(house, claim).state == "returned"
    assert waiting(house) == []


def test_a_return_that_the_bank_lists_before_the_payment_counts_after_it(house: House) -> None:
    claim = an_approved_claim(house)
    batch = an_exported_batch(house)
    root = etree.fromstring(bank_answer(house, batch, returned=[payout_of(house, claim).reference]))
    first, second = root.findall(".//{*}Ntry")
    second.addnext(first)
    outcome = take_in(house, etree.tostring(root))
    assert (outcome.settled, outcome.returned, outcome.open) == (1, 1, 0)
    assert payout_of(house, claim).state == "returned"


def test_what_the_bank_paid_twice_is_not_taken_for_another_payout(house: House) -> None:
    claims = [an_approved_claim(house) for _each in range(2)]
    batch = an_exported_batch(house)
    first, second = [payout_of(house, claim).reference for claim in claims]
    honest = bank_answer(house, batch)
    content = honest.replace(second.encode(), first.encode())  # both lines name the first
    outcome = take_in(house, content)
    assert (outcome.settled, outcome.open) == (1, 1)
    [line] = waiting(house)
    assert suggestions([payout_of(house, claims[1])], line) == []
    with pytest.raises(NotNow, match=f"names {first}"), house.work("finance1") as work:
        match_line(work, str(line.id), second)
    assert payout_of(house, claims[1]).state == "sent"


def first_statement(house: House) -> tuple[str, bytes]:
    """A batch of one claim and the bank's statement for it, taken in."""
    an_approved_claim(house)
    content = bank_answer(house, an_exported_batch(house))
    return take_in(house, content).statements[0], content


def doubts_about(house: House, reference: str) -> list[str]:
    with read(house.database) as session:
        return [str(each) for each in doubts(session, fetch(session, BankStatement, reference))]


def test_a_statement_that_follows_the_one_before_raises_no_doubt(house: House) -> None:
    first, _content = first_statement(house)
    assert doubts_about(house, first) == []


def test_a_missing_statement_between_two_is_noticed(house: House) -> None:
    first_statement(house)
    house.clock.turn(days=3)
    second, _content = first_statement(house)
    [doubt] = doubts_about(house, second)
    assert "one between them is missing" in doubt


def test_a_line_that_was_lost_is_noticed(house: House) -> None:
    first, _content = first_statement(house)
    with house.work() as work:
        statement = fetch(work.session, BankStatement, first)
        statement.closing_minor -= 500
        work.session.add(statement)
    [doubt] = doubts_about(house, first)
    assert "a line is missing" in doubt


def test_what_the_bank_booked_on_a_day_that_is_closed_counts_for_today(house: House) -> None:
    an_approved_claim(house)
    content = bank_answer(house, an_exported_batch(house))
    booked = house.today
    house.clock.turn(days=2)
    with house.work("finance1") as work:
        ledger.periods.close(work, booked)
    assert take_in(house, content).settled == 1
    with read(house.database) as session:
        [entry] = [each for each in ledger.plaintext.journal(session).split("\n\n") if "payout.settled" in each]
    assert entry.startswith(house.today.isoformat())
