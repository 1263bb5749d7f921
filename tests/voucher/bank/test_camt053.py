"""Bank statements: nothing is guessed, nothing is lost, and what is wrong is named with its line."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voucher.bank.builders import (
    GOLDEN,
    OWN,
    a_balance,
    a_camt053,
    a_detail,
    a_payment_file,
    a_statement,
    an_entry,
    lines_of,
    refusal_of,
)
from voucher.bank import camt053, xml
from voucher.errors import NotValid
from voucher.money import Money, total


def in_words(statement: camt053.Statement) -> str:
    """A statement as text that a person can review."""
    rows = [f"{statement.identification} {statement.sequence} {statement.account} {statement.currency} "
            f"{statement.from_on}..{statement.to_on} {statement.opening} -> {statement.closing}"]
    for line in statement.lines:
        named = (("e2e", line.end_to_end), ("name", line.counterparty_name), ("account", line.counterparty_account), ("text", line.text),
                 ("bank", line.bank_reference), ("batch", line.batch_reference), ("code", line.transaction_code),
                 ("return", line.return_reason if line.is_return else ""), ("charges", str(line.charges or "")),
                 ("finding", str(line.finding or "")))
        rows.append(f"{line.booked_on} {line.value_on} {line.amount} {line.kind} (line {line.file_line})")
        rows += [f"    {name}: {value}" for name, value in named if value]
    return "\n".join([*rows, *map(str, statement.findings)]) + "\n"


def test_statement_of_version_02_is_read_as_reviewed() -> None:
    (statement,) = camt053.read((GOLDEN / "statement_02.xml").read_bytes())
    assert in_words(statement) == (GOLDEN / "statement_02.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("version", ["02", "03", "04", "06", "08", "10", "13"])
def test_every_version_from_02_is_read(version: str) -> None:
    status = "BOOK" if version == "02" else "<Cd>BOOK</Cd>"
    (line,) = lines_of(a_camt053(a_statement([an_entry(status=status)], closing="1054.00"), version=version))
    assert line.amount == Money(5400, "EUR")


def test_entry_without_details_is_one_line_with_the_text_of_the_entry() -> None:
    entry = an_entry(details="", more="<AddtlNtryInf>Account charges</AddtlNtryInf>", direction="DBIT")
    (line,) = lines_of(a_camt053(a_statement([entry], closing="946.00")))
    assert (line.amount, line.text, line.end_to_end, line.kind) == (Money(-5400, "EUR"), "Account charges", "", "entry")


def test_entry_with_one_detail_is_one_line_with_what_both_say() -> None:
    (line,) = lines_of(a_camt053(a_statement([an_entry(end_to_end="Y-7", text="for\n  Y-7", reference="R1")], closing="1054.00")))
    assert (line.end_to_end, line.text, line.bank_reference, line.booked_on) == ("Y-7", "for Y-7", "R1", date(2026, 11, 24))


def test_entry_with_many_details_is_one_line_for_each() -> None:
    details = a_detail("30.00", end_to_end="Y-1") + a_detail("24.00", end_to_end="Y-2")
    lines = lines_of(a_camt053(a_statement([an_entry(direction="DBIT", details=details)], closing="946.00")))
    assert [(line.end_to_end, str(line.amount), line.kind) for line in lines] == [("Y-1", "-30.00", "detail"), ("Y-2", "-24.00", "detail")]


def test_details_over_several_blocks_are_all_read() -> None:
    details = a_detail("30.00") + "</NtryDtls><NtryDtls>" + a_detail("24.00")
    assert len(lines_of(a_camt053(a_statement([an_entry(details=details)], closing="1054.00")))) == 2


def test_details_that_do_not_add_up_leave_a_line_for_the_difference() -> None:
    details = a_detail("30.00", end_to_end="Y-1") + a_detail("20.00", end_to_end="Y-2")
    lines = lines_of(a_camt053(a_statement([an_entry(direction="DBIT", details=details)], closing="946.00")))
    assert [(line.kind, str(line.amount), line.end_to_end) for line in lines] == [
        ("detail", "-30.00", "Y-1"), ("detail", "-20.00", "Y-2"), ("difference", "-4.00", "")]
    assert "difference of -4.00 stands as a line of its own" in str(lines[2].finding)


def test_difference_that_is_the_banks_charges_says_so() -> None:
    charges = '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">4.00</TtlChrgsAndTaxAmt></Chrgs>'
    lines = lines_of(a_camt053(a_statement([an_entry("50.00", more=charges, details=a_detail("54.00"))], closing="1050.00")))
    assert [str(line.amount) for line in lines] == ["54.00", "-4.00"]
    assert str(lines[1].finding).endswith("the difference of -4.00 is the bank's charges.")


@pytest.mark.parametrize("charges", [
    '<Chrgs><Amt Ccy="EUR">1.00</Amt></Chrgs><Chrgs><Amt Ccy="EUR">3.00</Amt></Chrgs>',
    '<Chrgs><Rcrd><Amt Ccy="EUR">1.00</Amt></Rcrd><Rcrd><Amt Ccy="EUR">3.00</Amt></Rcrd></Chrgs>',
    '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">4.00</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy="EUR">4.00</Amt></Rcrd></Chrgs>',
])
def test_charges_are_read_in_the_ways_of_all_versions(charges: str) -> None:
    (line,) = lines_of(a_camt053(a_statement([an_entry(more=charges)], closing="1054.00")))
    assert line.charges == Money(400, "EUR")


def test_unreadable_charges_refuse_the_file_and_lose_no_entry() -> None:
    for charged in (an_entry(more='<Chrgs><Amt Ccy="EUR">1,0</Amt></Chrgs>'),
                    an_entry(details=a_detail(more='<Chrgs><Amt Ccy="EUR">1,0</Amt></Chrgs>'))):
        assert "'1,0' is not an amount" in str(refusal_of(a_camt053(a_statement([charged], closing="1000.00"))))


def test_details_of_both_directions_are_summed_with_their_signs() -> None:
    details = a_detail("60.00", "CRDT") + a_detail("6.00", "DBIT")
    lines = lines_of(a_camt053(a_statement([an_entry(details=details)], closing="1054.00")))
    assert [str(line.amount) for line in lines] == ["60.00", "-6.00"]


def test_details_without_amounts_stay_one_line_that_names_them() -> None:
    details = a_detail("30.00", end_to_end="Y-1") + a_detail(end_to_end="Y-2")
    (line,) = lines_of(a_camt053(a_statement([an_entry(details=details)], closing="1054.00")))
    assert (str(line.amount), line.text, line.end_to_end) == ("54.00", "Y-1 Y-2", "")
    assert "2 details" in str(line.finding)


@pytest.mark.parametrize("none", ["NOTPROVIDED", "NotProvided", "NOT PROVIDED", ""])
def test_missing_end_to_end_id_is_empty(none: str) -> None:
    (line,) = lines_of(a_camt053(a_statement([an_entry(end_to_end=none)], closing="1054.00")))
    assert line.end_to_end == ""


@pytest.mark.parametrize(("in_entry", "in_detail", "reason"), [
    ("", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>", "AC04"),
    ("", "<RtrInf><Rsn><Prtry>closed</Prtry></Rsn></RtrInf>", "closed"),
    ("", "<RtrInf/>", ""),
    ("<RvslInd>true</RvslInd>", "", ""),
    ("<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd>", "", ""),
])
def test_return_is_known_by_reason_reversal_or_code(in_entry: str, in_detail: str, reason: str) -> None:
    (line,) = lines_of(a_camt053(a_statement([an_entry(more=in_entry, details=a_detail(more=in_detail))], closing="1054.00")))
    assert (line.is_return, line.return_reason) == (True, reason)


def test_ordinary_credit_is_no_return() -> None:
    (line,) = lines_of(a_camt053(a_statement([an_entry()], closing="1054.00")))
    assert not line.is_return


def parties(debtor: str, creditor: str) -> str:
    return "<RltdPties>" + "".join(
        f"<{side}><Pty><Nm>{name}</Nm></Pty></{side}><{side}Acct><Id><IBAN>{name}</IBAN></Id></{side}Acct>"
        for side, name in (("Dbtr", debtor), ("Cdtr", creditor))) + "</RltdPties>"


@pytest.mark.parametrize(("direction", "more", "roles"), [
    ("DBIT", "", (OWN, "OTHER")), ("CRDT", "", ("OTHER", OWN)),
    ("CRDT", "<RtrInf/>", (OWN, "OTHER")), ("CRDT", "<RtrInf/>", ("OTHER", OWN)), ("DBIT", "<RtrInf/>", ("OTHER", OWN)),
])
def test_counterparty_is_the_side_that_is_not_us(direction: str, more: str, roles: tuple[str, str]) -> None:
    detail = a_detail(more=parties(*roles) + more)
    (line,) = lines_of(a_camt053(a_statement([an_entry(direction=direction, details=detail)],
                                             closing="1054.00" if direction == "CRDT" else "946.00")))
    assert (line.counterparty_name, line.counterparty_account) == ("OTHER", "OTHER")


def test_entry_that_is_not_booked_is_left_out_with_a_finding() -> None:
    (statement,) = camt053.read(a_camt053(a_statement([an_entry(), an_entry(status="<Cd>PDNG</Cd>")], closing="1054.00")))
    assert len(statement.lines) == 1
    assert "not booked (PDNG)" in str(statement.findings[0])


def test_statement_without_entries_is_taken_with_a_finding() -> None:
    (statement,) = camt053.read(a_camt053(a_statement()))
    assert not statement.lines
    assert "has no entries; the balance stays 1000.00" in str(statement.findings[0])


def test_overdrawn_balances_are_negative() -> None:
    (statement,) = camt053.read(a_camt053(a_statement([an_entry()], "-100.00", "-46.00")))
    assert (str(statement.opening), str(statement.closing)) == ("-100.00", "-46.00")


def test_pages_of_a_statement_join_by_their_interim_balances() -> None:
    first = a_statement([an_entry()], balances=a_balance("OPBD", "1000.00") + a_balance("ITBD", "1054.00"),
                        head="<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>")
    middle = a_statement([an_entry()], balances=a_balance("ITBD", "1054.00") + a_balance("ITBD", "1108.00"))
    last = a_statement([an_entry()], balances=a_balance("ITBD", "1108.00") + a_balance("CLBD", "1162.00"))
    statements = camt053.read(a_camt053(first, middle, last))
    assert [(str(each.opening), str(each.closing)) for each in statements] == [
        ("1000.00", "1054.00"), ("1054.00", "1108.00"), ("1108.00", "1162.00")]
    assert "more pages follow" in str(statements[0].findings[0])
    assert len({line.identity for each in statements for line in each.lines}) == 3


def test_statement_with_a_balance_for_each_day_opens_with_the_first_and_closes_with_the_last() -> None:
    balances = (a_balance("OPBD", "1054.00", day="2026-11-25") + a_balance("CLBD", "1108.00", day="2026-11-25")
                + a_balance("OPBD", "1000.00") + a_balance("CLBD", "1054.00"))
    (statement,) = camt053.read(a_camt053(a_statement([an_entry(), an_entry(day="2026-11-25")], balances=balances)))
    assert (str(statement.opening), str(statement.closing)) == ("1000.00", "1108.00")


def test_gap_between_numbered_statements_is_a_finding() -> None:
    content = a_camt053(a_statement([an_entry()], closing="1054.00", sequence=7),
                        a_statement(opening="1053.00", closing="1053.00", sequence=8))
    assert any("closed with 1054.00" in str(finding) for finding in camt053.read(content)[1].findings)


def test_count_in_the_banks_summary_that_differs_is_a_finding() -> None:
    content = a_camt053(a_statement([an_entry()], closing="1054.00")).replace(
        b"<Ntry>", b"<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry><Ntry>")
    assert "says 2 entries, the statement has 1" in str(camt053.read(content)[0].findings[0])


# What is refused


@pytest.mark.parametrize(("message", "body"), [
    ("camt.052", "BkToCstmrAcctRpt"), ("camt.054", "BkToCstmrDbtCdtNtfctn"), ("camt.053", "BkToCstmrAcctRpt")])
def test_another_message_is_refused_and_not_read_as_nothing(message: str, body: str) -> None:
    assert message in str(refusal_of(a_camt053(a_statement(), message=message, body=body)))


def test_payment_file_is_refused_by_that_name() -> None:
    assert "such as we send to the bank" in str(refusal_of(a_payment_file()))


def test_file_without_a_statement_is_refused() -> None:
    assert "holds no statement" in str(refusal_of(a_camt053()))


def test_entries_that_do_not_reach_the_closing_balance_are_refused_with_the_difference() -> None:
    refusal = refusal_of(a_camt053(a_statement([an_entry()], closing="1055.00")))
    assert refusal.problems[0].line == 3
    assert "1.00 is missing or too much" in str(refusal)


@pytest.mark.parametrize("amount", ["", "abc", "1.005", "1e3", "NaN", "-5.00", "-0.00", "+5.00", "1,234.50", "007.00", "５.00", "1 000.00",
                                    "99999999999999999.00", "0x10", "Infinity"])
def test_amount_that_cannot_be_read_is_refused_with_its_line(amount: str) -> None:
    refusal = refusal_of(a_camt053(a_statement([an_entry("1.00"), an_entry(amount)])))
    assert [each.line for each in refusal.problems] == [7]
    assert refusal.problems[0].where == "Stmt 2026-001 entry 2"


@pytest.mark.parametrize(("amount", "minor"), [("54", 5400), ("54.0", 5400), ("54.00000", 5400), (" 54.00 ", 5400), ("0.01", 1)])
def test_amount_in_any_form_of_the_standard_is_read(amount: str, minor: int) -> None:
    (line,) = lines_of(a_camt053(a_statement([an_entry(amount)], "0", str(Money(minor, "EUR")))))
    assert line.amount == Money(minor, "EUR")


def test_all_problems_of_all_statements_are_named_at_once() -> None:
    bad = an_entry(direction="XXXX"), an_entry(day="2026-02-30"), an_entry(currency="USD"), an_entry("x")
    refusal = refusal_of(a_camt053(a_statement(bad), a_statement(currency="XAU"), a_statement(balances="", sequence=3)))
    assert [each.line for each in refusal.problems] == [6, 7, 8, 9, 11, 15, 15]
    assert all("Stmt 2026-001" in each.where for each in refusal.problems)


@pytest.mark.parametrize("missing", [b"<Id>2026-001</Id>", b"<Id><IBAN>" + OWN.encode() + b"</IBAN></Id>", b"<CdtDbtInd>CRDT</CdtDbtInd>",
                                     b'<Amt Ccy="EUR">54.00</Amt>', b"<Dt><Dt>2026-11-24</Dt></Dt>"])
def test_what_is_missing_is_refused(missing: bytes) -> None:
    content = a_camt053(a_statement([an_entry()], closing="1054.00"))
    assert missing in content
    assert refusal_of(content.replace(missing, b"")).problems


def test_identification_and_account_over_the_length_of_the_standard_are_refused() -> None:
    refusal = refusal_of(a_camt053(a_statement(identification="x" * 36, account="y" * 35)))
    assert ["35" in str(each) for each in refusal.problems] == [True, True]


def test_currency_of_an_entry_that_is_not_the_accounts_is_refused() -> None:
    assert "in USD, the account is in EUR" in str(refusal_of(a_camt053(a_statement([an_entry(currency="USD")], closing="1054.00"))))


# What means harm, or is no XML


def test_entities_are_refused_before_they_are_looked_at() -> None:
    bomb = b'<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n<x>&b;</x>'
    assert refusal_of(bomb).problems[0].line == 2


def test_file_of_this_machine_is_not_read_into_a_statement() -> None:
    content = a_camt053(a_statement([an_entry(text="&leak;")], closing="1054.00"))
    reaching = content.replace(b"?>\n", b'?>\n<!DOCTYPE Document [<!ENTITY leak SYSTEM "file:///etc/hostname">]>\n', 1)
    assert "document type declaration" in str(refusal_of(reaching))


def test_entity_that_nobody_declared_is_refused() -> None:
    assert "leak" in str(refusal_of(a_camt053(a_statement([an_entry(text="&leak;")]))))


def test_include_of_another_file_stays_text() -> None:
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/hostname" parse="text"/>'
    (line,) = lines_of(a_camt053(a_statement([an_entry(text=include)], closing="1054.00")))
    assert line.text == ""


def test_very_deep_file_is_refused() -> None:
    assert refusal_of(b"<a>" * 100_000 + b"</a>" * 100_000).problems


def test_file_over_the_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "LARGEST_BYTES", 1000)
    assert "at most 1000" in str(refusal_of(a_camt053(a_statement([an_entry()] * 5))))


@pytest.mark.parametrize(("content", "name"), [
    (b"", "empty"), (b" \n ", "empty"), (b":20:STARTUMS\n:25:1234/5678\n", "MT940"), (b"{1:F01}", "MT940"),
    (b"PK\x03\x04rest", "ZIP"), (b"%PDF-1.7", "PDF"), (b"Datum;Betrag\n1;2\n", "not XML"), (b"<html><body/></html>", "<html>"),
    (b"<Document/>", "<Document>"), (b"<?xml version='1.0'?>", "XML"), ("<Document/>".encode("utf-16"), "not UTF-8"),
    (b"\xff\xfe", "not XML"),
])
def test_file_of_another_kind_is_refused_by_its_name(content: bytes, name: str) -> None:
    assert name in str(refusal_of(content))


def test_bytes_that_are_not_utf_8_are_refused_with_their_line() -> None:
    content = a_camt053(a_statement([an_entry(text="威海")], closing="1054.00")).decode()
    assert refusal_of(content.encode("gb18030")).problems[0].line == 6


def test_single_byte_encoding_that_is_declared_is_read() -> None:
    text = a_camt053(a_statement([an_entry(text="Prüfung")], closing="1054.00")).decode().replace("UTF-8", "ISO-8859-1")
    assert lines_of(text.encode("iso-8859-1"))[0].text == "Prüfung"


def test_encoding_that_is_declared_wrongly_is_refused() -> None:
    text = a_camt053(a_statement([an_entry(text="Prüfung")], closing="1054.00")).decode().replace("UTF-8", "ISO-8859-1")
    assert "ISO-8859-1" in str(refusal_of(text.encode("utf-8")))


def test_complaints_of_one_file_do_not_show_up_in_the_next() -> None:
    assert len(refusal_of(b"<a>").problems) == 1
    assert len(refusal_of(b"<a>").problems) == 1


VALID = a_camt053(a_statement([an_entry(details=a_detail("30.00") + a_detail("24.00")), an_entry("5.00", "DBIT", reference="R1")],
                              closing="1049.00"))


@settings(deadline=None, max_examples=300)
@given(at=st.integers(0, len(VALID) - 1), length=st.integers(0, 40),
       put=st.binary(max_size=6) | st.sampled_from([b"<", b">", b"9", b"-", b"</Ntry>", b"DBIT"]))
def test_damaged_file_is_refused_or_still_adds_up(at: int, length: int, put: bytes) -> None:
    try:
        statements = camt053.read(VALID[:at] + put + VALID[at + length:])
    except NotValid:
        return
    for each in statements:
        assert each.opening + total((line.amount for line in each.lines), each.currency) == each.closing


@settings(deadline=None, max_examples=100)
@given(content=st.binary(max_size=200) | st.text(max_size=100).map(lambda text: ("<" + text).encode("utf-8", "surrogatepass")))
def test_any_bytes_are_refused_and_break_nothing(content: bytes) -> None:
    with pytest.raises(NotValid):
        camt053.read(content)
