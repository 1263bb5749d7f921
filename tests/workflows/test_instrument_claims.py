"""Bulk claims: a log of instrument uses becomes one claim, with its problems by line and column, all at once and nothing half done."""

import io
import json
import zipfile
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import select

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SME,
    SMES,
    House,
    a_completed_order,
    a_house,
    an_issued_voucher,
    evidence,
)
from tests.counting import statements
from tests.workflows.api.client import Programs, refused
from tests.workflows.cli.installation import an_installation
from tests.workflows.portal.visitors import Visitors, an_app
from tests.workflows.test_races import race, winners
from voucher.claims import Claim, ClaimState, CutReason, InvoiceLine, LineDecision, OwnPayment, lines_of
from voucher.clock import system_clock
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.files import FileStore
from voucher.findings import findings_of
from voucher.instruments import InstrumentUse, plain_use, uses_of_claim, uses_of_lines
from voucher.listings import end_span
from voucher.money import Money
from voucher.orders import Order
from voucher.work import Work, begin, read
from workflows.appeal import file_appeal, uphold_claim_appeal
from workflows.approval import approve_claim
from workflows.claiming import upload_file, withdraw_claim
from workflows.cli.main import main
from workflows.correction import resubmit_claim, return_claim
from workflows.demo.data import DOMAIN
from workflows.demo.evidence import evidence_page
from workflows.instrument_claims import keep_log, preview_log, resubmit_log, submit_log
from workflows.verification import verify_claim

HEAD = "use_number,instrument,used_on,invoice_number,invoice_date,net,vat"


def a_log(uses: int, *, invoices: int = 2, net: str = "100.00", vat: str = "6.00", first: int = 1, head: str = HEAD) -> bytes:
    """A CSV file of as many uses, on invoices in turn."""
    rows = [f"U-{number:06d},SEM {number % 3},2026-03-02,{26500_000000000000000 + first * 1000 + number % invoices},2026-03-02,{net},{vat}"
            for number in range(first, first + uses)]
    return "\n".join([head, *rows]).encode()


def a_spreadsheet(rows: Sequence[Sequence[str]]) -> bytes:
    """The least that is an XLSX file: cells of text, and of numbers where they begin with "#"."""
    def cell(text: str) -> str:
        return f"<c><v>{text[1:]}</v></c>" if text.startswith("#") else f'<c t="inlineStr"><is><t>{text}</t></is></c>'
    sheet = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = "http://schemas.openxmlformats.org/package/2006/relationships"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        for name, text in {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": f'<Relationships xmlns="{links}"><Relationship Id="r1" Type="{office}/officeDocument" '
                           'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="log" sheetId="1" r:id="r1"/>'
                               "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{links}"><Relationship Id="r1" Type="{office}/worksheet" '
                                          'Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
        }.items():
            parts.writestr(name, text)
    return out.getvalue()


def kept(house: House, content: bytes, name: str = "log.csv") -> str:
    with house.work(SME) as work:
        return keep_log(work, house.store, house.references[SMES[0].number], name, content).reference


def papers(work: Work, house: House, order: str) -> list[tuple[str, str]]:
    return evidence(work, house, fetch(work.session, Order, order), house.references[SMES[0].number])


def claim_of(house: House, order: str, log: str, paid: str = "21200.00") -> str:
    with house.work(SME) as work:
        return submit_log(work, house.store, order, log, OwnPayment("BANK-9", house.today, Money.parse(paid, "CNY")),
                          papers(work, house, order), final=False).reference


def problems_with(house: House, order: str, content: bytes, name: str = "log.csv") -> list[str]:
    log = kept(house, content, name)
    with pytest.raises(NotValid) as refused, house.work(SME) as work:
        preview_log(work, house.store, order, log)
    return [str(each) for each in refused.value.problems]


def test_a_log_is_seen_before_and_becomes_one_claim_with_a_line_an_invoice(house: House) -> None:
    order = a_completed_order(house)
    log = kept(house, a_log(200))
    with house.work(SME) as work:
        seen = preview_log(work, house.store, order, log)
    assert (len(seen.log.uses), seen.uses, str(seen.net), str(seen.sheet.result)) == (200, [100, 100], "20000.00", "4240.00")
    with read(house.database) as session:
        assert session.exec(select(Claim)).all() == []

    claim = claim_of(house, order, log)
    with read(house.database) as session:
        held = fetch(session, Claim, claim)
        assert [(str(line.money(line.net_minor)), str(line.money(line.vat_minor))) for line in lines_of(session, held.id)] == [
            ("10000.00", "600.00")] * 2
        assert sum(each.uses for each in uses_of_lines(session, held.id)) == 200
        assert [each.row for each in uses_of_claim(session, held.id, after=3, most=2)] == [4, 5]
    assert claim_of(house, order, kept(house, a_log(200), "again.csv")) == claim  # the same bytes are the same log


def test_what_is_wrong_with_rows_is_told_at_once_by_line_and_column(house: House) -> None:
    order = a_completed_order(house)
    text = a_log(4).decode().split("\n")
    text[1] = text[1].replace("U-000001", "u-000003")
    text[2] = text[2].replace("SEM 2,2026-03-02", "SEM 2,2026-13-02")
    text[3] = text[3].replace("100.00", "1e2")
    text[4] = text[4].replace("SEM 1,2026-03-02", ",2025-12-31")
    assert problems_with(house, order, "\n".join(text).encode()) == [
        "line 3, column 3: used_on: 2026-13-02 is not a day. Write it as 2026-03-31.",
        "line 4, column 6: net: '1e2' is not an amount. Write digits with a point, such as 1234.50, without spaces or commas.",
        "line 5, column 2: instrument: Fill this in."]

    text[2], text[3] = text[2].replace("13-02", "03-02"), text[3].replace("1e2", "100.00")
    text[4] = text[4].replace(",,2025", ",SEM 1,2025").replace("6.00", "6.00").replace(",2026-03-02,100", ",2026-03-01,100")
    assert problems_with(house, order, "\n".join(text).encode()) == [
        "line 4, column 1: use_number: The use U-000003 stands in line 2 already.",
        "line 5, column 3: used_on: The use must be dated between 2026-03-02, the first day that counts, and today.",
        f"line 5, column 5: invoice_date: In line 3 the invoice {text[4].split(',')[3]} has another date."]
    short = problems_with(house, order, b"use_number;net\nU-1;5.00\n")
    assert len(short) == 5 and short[0].startswith("line 1: The column instrument is missing.")
    assert problems_with(house, order, a_log(3, invoices=1).replace(b"26500", b"2650A")) == [
        "line 2, column 4: invoice_number: The number of a Chinese e-invoice has twenty digits."]


def test_a_use_counts_on_days_on_which_its_provider_was_listed_and_until_the_delivery_was_accepted(house: House) -> None:
    order, first = a_completed_order(house), house.today
    with house.work() as work:
        end_span(work.session, fetch(work.session, Order, order).provider_id, first + timedelta(days=3), "Looked into")
        held = fetch(work.session, Order, order)
        held.accepted_on = first + timedelta(days=4)
        work.session.add(held)
    house.clock.turn(days=9)
    text = a_log(5, invoices=1).decode().split("\n")
    for row, days in enumerate((2, 3, 4, 5, 10), 1):
        text[row] = text[row].replace("2026-03-02,265", f"{first + timedelta(days=days)},265")
    assert problems_with(house, order, "\n".join(text).encode()) == [
        "line 3, column 3: used_on: The provider was not listed on 2026-03-05.",
        "line 4, column 3: used_on: The provider was not listed on 2026-03-06.",
        "line 5, column 3: used_on: The delivery was accepted on 2026-03-06; a later use is no part of it.",
        "line 6, column 3: used_on: The use must be dated between 2026-03-02, the first day that counts, and today."]


def test_a_spreadsheet_and_a_file_of_an_older_office_say_the_same(house: House) -> None:
    order = a_completed_order(house)
    number = "26500000000000000001"
    rows = [["使用编号", "仪器名称", "使用日期", "发票号码", "开票日期", "金额", "税额"],
            ["U-1", "扫描电镜", "2026-03-02", number, "2026/03/02", "#1250.5", "#75"]]
    text = "\r\n".join(";".join(row) for row in rows).replace("#", "").encode("gb18030")
    logs = kept(house, a_spreadsheet(rows), "log.xlsx"), kept(house, text)
    with house.work(SME) as work:
        sheet, plain = (preview_log(work, house.store, order, log) for log in logs)
    assert sheet.log.uses == plain.log.uses and sheet.lines == plain.lines
    assert (str(sheet.net), sheet.lines[0].description) == ("1250.50", "扫描电镜 × 1")
    rows[1][3] = f"#{number}"
    assert problems_with(house, order, a_spreadsheet(rows), "log.xlsx")[0] == (
        "line 2, column 4: invoice_number: The spreadsheet keeps this as a number and loses digits. Make it a cell of text.")
    broken = kept(house, b"PK\x03\x04 no zip", "log.xlsx")
    with pytest.raises(NotValid, match="cannot be read"), house.work(SME) as work:
        preview_log(work, house.store, order, broken)


def test_a_use_is_claimed_once_on_whichever_invoice_it_stands(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    other = a_completed_order(house, voucher)
    claim = claim_of(house, order, kept(house, a_log(3, invoices=1)))
    again = a_log(3, invoices=1).replace(b"2650000000000000100", b"2650000000000000200")
    assert problems_with(house, other, again) == [
        f"line {row}, column 1: use_number: The use U-00000{row - 1} is claimed already, by {claim}." for row in (2, 3, 4)]
    with house.work(SME) as work:
        withdraw_claim(work, claim)
    again_claimed = claim_of(house, other, kept(house, again))
    first_log_again = kept(house, a_log(3, invoices=1, first=10))
    third = claim_of(house, order, first_log_again)
    with read(house.database) as session:  # a log that two claims share does not break the findings
        assert len({claim, again_claimed, third}) == 3 and fetch(session, Claim, claim).state == ClaimState.WITHDRAWN
        assert [each.check_name for each in findings_of(session, [fetch(session, Claim, third).id])].count("same_papers") <= 1


def appealed_against(house: House, order: str, content: bytes) -> str:
    """A claim from a log that was refused whole, and an appeal against that."""
    claim = claim_of(house, order, kept(house, content))
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(line.number, line.money(0), CutReason.NOT_PAID)
                                   for line in lines_of(work.session, fetch(work.session, Claim, claim).id)])
    with house.work("approver2") as work:
        assert approve_claim(work, claim).state == ClaimState.REFUSED
    with house.work(SME) as work:
        file_appeal(work, claim, "All of it was paid")
    return claim


def upheld(house: House, claim: str, lines: str = "") -> str:
    """Somebody who had no part in the case finds the appeal right; answers the claim that this gives."""
    with house.work("approver3") as work:
        return uphold_claim_appeal(work, claim, "It was paid", lines).reference


@pytest.mark.parametrize("same_order", [True, False], ids=["on the same order", "on another order"])
def test_an_appeal_gives_back_no_use_that_another_claim_has_by_now(house: House, same_order: bool) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    other = order if same_order else a_completed_order(house, voucher)
    first = appealed_against(house, order, a_log(4))
    even = a_log(2, invoices=1, first=2).replace(b"265000", b"265009").replace(b"U-000003", b"U-000004")
    meanwhile = claim_of(house, other, kept(house, even))
    with pytest.raises(NotValid) as refused:
        upheld(house, first)
    assert [str(each) for each in refused.value.problems] == [f"lines: The use U-000002 is claimed already, by {meanwhile}."]

    given = upheld(house, first, "1")  # the odd ones, which nobody claimed
    with read(house.database) as session:
        held = fetch(session, Claim, given)
        assert [(each.line, each.use_number) for each in uses_of_claim(session, held.id)] == [(1, "U-000001"), (1, "U-000003")]
        assert (held.state, str(held.requested)) == (ClaimState.VERIFIED, "42.40")


@pytest.mark.parametrize("same_order", [True, False], ids=["on the same order", "on another order"])
def test_a_use_that_an_appeal_gave_back_is_claimed_by_nobody_else(house: House, same_order: bool) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    other = order if same_order else a_completed_order(house, voucher)
    given = upheld(house, appealed_against(house, order, a_log(3, invoices=1)))
    again = a_log(3, invoices=1).replace(b"265000", b"265009")
    taken = [f"line {row}, column 1: use_number: The use U-00000{row - 1} is claimed already, by {given}." for row in (2, 3, 4)]
    assert problems_with(house, other, again) == taken
    with house.work("approver2") as work:
        approve_claim(work, given)
    assert problems_with(house, other, again) == taken


def test_an_invoice_that_an_appeal_gave_back_beside_another_appeal_stays_claimed(house: House) -> None:
    order = a_completed_order(house)
    first = appealed_against(house, order, a_log(2, invoices=1))
    upheld(house, first)
    upheld(house, appealed_against(house, order, a_log(2, invoices=1, first=10)))
    other_uses = a_log(2, invoices=1, first=10).replace(b"U-0", b"V-0")
    assert problems_with(house, order, other_uses) == [
        "line 2, column 4: invoice_number: The invoice 26500000000000010000 of this provider is already claimed."]


def test_an_appeal_gives_back_no_invoice_that_another_claim_has_by_now(house: House) -> None:
    voucher = an_issued_voucher(house)
    order, other = a_completed_order(house, voucher), a_completed_order(house, voucher)
    first = appealed_against(house, order, a_log(2, invoices=1))
    renumbered = a_log(2, invoices=1).replace(b"U-0", b"V-0")
    meanwhile = claim_of(house, other, kept(house, renumbered))
    with pytest.raises(NotValid, match="The invoice 26500000000000001000 of this provider is already claimed"):
        upheld(house, first)
    with house.work(SME) as work:
        withdraw_claim(work, meanwhile)
    upheld(house, first)


def test_a_returned_claim_is_sent_again_with_another_log_under_its_number(house: House) -> None:
    order = a_completed_order(house)
    claim = claim_of(house, order, kept(house, a_log(4)))
    with house.work("verifier1") as work:
        return_claim(work, claim, "Two of the uses were teaching")
    log = kept(house, a_log(2))
    with house.work(SME) as work:
        assert preview_log(work, house.store, order, log, claim=claim).uses == [1, 1]
        held = resubmit_log(work, house.store, claim, log, OwnPayment("BANK-9", house.today, Money.parse("212.00", "CNY")),
                            papers(work, house, order))
    assert (held.reference, held.version, str(held.requested)) == (claim, 2, "42.40")
    with read(house.database) as session:
        assert len(uses_of_claim(session, held.id)) == 2
    with house.work("verifier1") as work:
        lines = lines_of(work.session, held.id)
        verify_claim(work, claim, [LineDecision(line.number, line.money(line.basis_minor)) for line in lines])


def returned(house: House, order: str, content: bytes) -> str:
    claim = claim_of(house, order, kept(house, content))
    with house.work("verifier1") as work:
        return_claim(work, claim, "The report is missing")
    return claim


def test_a_claim_that_rests_on_a_log_is_not_sent_again_without_one_and_its_uses_stay_claimed(house: House) -> None:
    voucher = an_issued_voucher(house)
    order, other = a_completed_order(house, voucher), a_completed_order(house, voucher)
    claim = returned(house, order, a_log(3, invoices=1))
    with pytest.raises(NotNow, match="Correct the log and send that again"), house.work(SME) as work:
        lines = [InvoiceLine(line.invoice_number, line.issued_on, line.description, line.money(line.net_minor), line.money(line.vat_minor))
                 for line in lines_of(work.session, fetch(work.session, Claim, claim).id)]
        resubmit_claim(work, claim, lines, OwnPayment("BANK-9", house.today, Money.parse("318.00", "CNY")), papers(work, house, order))
    elsewhere = a_log(3, invoices=1).replace(b"2650000000000000100", b"2650000000000000700")
    assert problems_with(house, other, elsewhere) == [
        f"line {row}, column 1: use_number: The use U-00000{row - 1} is claimed already, by {claim}." for row in (2, 3, 4)]


def test_uses_that_another_log_leaves_out_are_free(house: House) -> None:
    voucher = an_issued_voucher(house)
    order, other = a_completed_order(house, voucher), a_completed_order(house, voucher)
    claim = returned(house, order, a_log(3, invoices=1))
    log = kept(house, a_log(2, invoices=1))
    with house.work(SME) as work:
        resubmit_log(work, house.store, claim, log, OwnPayment("BANK-9", house.today, Money.parse("212.00", "CNY")),
                     papers(work, house, order))
    elsewhere = a_log(3, invoices=1).replace(b"2650000000000000100", b"2650000000000000700")
    assert problems_with(house, other, elsewhere) == [
        f"line {row}, column 1: use_number: The use U-00000{row - 1} is claimed already, by {claim}." for row in (2, 3)]


@pytest.mark.parametrize("typed", [
    "\uff35-000001", "\uff55\uff0d\uff10\uff10\uff11", "U000001", "U-1", "u_01", "U 0000 01", "U-00\u200b0001"])
def test_a_use_is_the_same_however_its_number_is_typed(house: House, typed: str) -> None:
    voucher = an_issued_voucher(house)
    order, other = a_completed_order(house, voucher), a_completed_order(house, voucher)
    claim = claim_of(house, order, kept(house, a_log(1)))
    text = a_log(1).decode().replace("26500000000000001001", "26500000000000007001").replace("U-000001", typed)
    assert problems_with(house, other, text.encode()) == [f"line 2, column 1: use_number: The use {typed} is claimed already, by {claim}."]
    twice = a_log(1, first=2).decode() + text.removeprefix(HEAD) + text.removeprefix(HEAD).replace(typed, "U-000001")
    assert "line 4, column 1: use_number: The use U-000001 stands in line 3 already." in problems_with(house, other, twice.encode())


def test_uses_of_different_numbers_stay_different_ones() -> None:
    several = ["1-12", "11-2", "112", "U-1", "U-10", "U-0", "0", "I-1", "L-1", "1-1", "B-1", "8-1", "A1-2", "A-12",
               "\u4eea\u5668\u7532-1", "\u4eea\u5668\u4e59-1", "-", "#", "\ufdfa" * 3, "\ufdfb" * 8]
    assert len({plain_use(number) for number in several}) == len(several)
    assert all(len(plain_use(number)) <= 40 for number in several)


def test_a_log_is_its_owners_alone(house: House) -> None:
    order = a_completed_order(house)
    log = kept(house, a_log(2))
    with pytest.raises(NotAllowed), house.work("verifier1") as work:
        preview_log(work, house.store, order, log)
    with house.work(PROVIDER) as work:
        foreign = upload_file(work, house.store, house.references[PROVIDERS[0].number], "log.csv", a_log(3)).reference
    with pytest.raises(NotFound), house.work(SME) as work:
        preview_log(work, house.store, order, foreign)


def test_ten_thousand_uses_take_no_more_questions_than_ten(house: House) -> None:
    order = a_completed_order(house)
    few = sending(house, order, a_log(10, net="1.00", vat="0.06"))
    many = sending(house, order, a_log(10_000, net="1.00", vat="0.06", first=1000))
    assert many <= few + 2  # another page of the numbers, no question a row
    with read(house.database) as session:
        assert len(uses_of_claim(session, fetch(session, Claim, "C-2026-00002-6").id, most=20_000)) == 10_000


def sending(house: House, order: str, content: bytes) -> int:
    """How many questions a log asks of the database until it is a claim."""
    log, heard = kept(house, content), list[tuple[int, int]]()
    with house.work(SME) as work:
        paid, attached = OwnPayment("BANK-9", house.today, Money.parse("20000.00", "CNY")), papers(work, house, order)
        with statements(house.database) as asked:
            submit_log(work, house.store, order, log, paid, attached, final=False, told=lambda *at: heard.append(at))
    assert heard[-1][0] == heard[-1][1] and len(heard) == max(1, heard[-1][1] // 500)
    return len(asked)


def test_uses_that_are_sent_for_two_orders_at_once_are_claimed_once(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    orders = [a_completed_order(house, an_issued_voucher(house, amount="40000.00")) for _each in range(2)]
    logs = [kept(house, a_log(50, invoices=1).replace(b"265", b"26%d" % at)) for at in range(2)]
    with house.work(SME) as work:
        attached = [papers(work, house, order) for order in orders]

    def attempt(work: Work, number: int) -> None:
        at = number % 2
        submit_log(work, house.store, orders[at], logs[at], OwnPayment("BANK-9", house.today, Money.parse("5300.00", "CNY")), attached[at])

    outcomes = race(house, [SME], attempt, times=8)
    assert winners(outcomes) == 4  # four send the same log of the same order and get the one claim; the other order gets none
    with read(postgres) as session:
        assert len(session.exec(select(Claim)).all()) == 1
        assert len(session.exec(select(InstrumentUse)).all()) == 50


def test_the_portal_shows_what_a_log_would_claim_before_it_is_sent(house: House, tmp_path: Path) -> None:
    order = a_completed_order(house)
    visitors = Visitors(an_app(house, tmp_path), house)

    def sent(content: bytes) -> str:
        return visitors.post(SME, f"/instrument-log/{order}", log_file=(io.BytesIO(content), "log.csv")).text

    assert "Line 3, column 6" in sent(a_log(1) + b"\nU-2,SEM,2026-03-02,26500000000000001001,2026-03-02,x,6.00")
    page = sent(a_log(40))
    assert "What the log would claim" in page and "848.00" in page
    log = page.split('name="log" value="')[1][:14]
    with house.work(SME) as work:
        attached = {f"kept.{kind}": file for kind, file in papers(work, house, order)}
    own = {"own_payment.reference": "BANK-9", "own_payment.paid_on": str(house.today)}
    short = visitors.post(SME, f"/instrument-log/{order}/claim", log=log, partial="1", **attached, **own, **{"own_payment.amount": "1.00"})
    assert short.status_code == 422 and "must be at least 4240.00" in short.text and "What the log would claim" in short.text
    own["own_payment.amount"] = "4240.00"
    made = visitors.post(SME, f"/instrument-log/{order}/claim", log=log, partial="1", **attached, **own)
    claim = made.location.rpartition("/")[2]
    assert "40 uses stand behind these lines" in visitors.get("verifier1", f"/claims/{claim}").text


def test_the_form_that_corrects_a_claim_with_a_log_is_that_of_another_log(house: House, tmp_path: Path) -> None:
    order = a_completed_order(house)
    visitors = Visitors(an_app(house, tmp_path), house)
    claim = returned(house, order, a_log(2, invoices=1))
    page = visitors.get(SME, f"/claims/{claim}").text
    assert f"/instrument-log/{claim}" in page and f"/claims/{claim}/correct" not in page
    led = visitors.get(SME, f"/claims/{claim}/correct")
    assert led.status_code == 302 and led.location.endswith(f"/instrument-log/{claim}")
    form = visitors.get(SME, f"/instrument-log/{claim}").text
    assert "The report is missing" in form and "Read the log" in form
    sent = visitors.post(SME, f"/instrument-log/{claim}", log_file=(io.BytesIO(a_log(1)), "log.csv")).text
    assert 'name="kept.contract"' in sent and 'name="kept.instrument_log"' not in sent
    line = {"invoice_number": "26500000000000001001", "issued_on": str(house.today), "description": "SEM", "net": "100.00", "vat": "6.00"}
    refusal = visitors.post(SME, f"/claims/{claim}/correct", **{f"lines.0.{name}": text for name, text in line.items()}, **{
        "own_payment.reference": "BANK-9", "own_payment.paid_on": str(house.today), "own_payment.amount": "106.00"})
    assert refusal.status_code == 409 and "Correct the log and send that again" in refusal.text
    assert f"/instrument-log/{claim}" in refusal.text


def test_programs_correct_a_claim_with_a_log_by_another_log(house: House, tmp_path: Path) -> None:
    api = Programs(an_app(house, tmp_path), house)
    order = a_completed_order(house)
    claim = returned(house, order, a_log(2, invoices=1))
    log = kept(house, a_log(1))
    with house.work(SME) as work:
        attached = [{"kind": kind, "file": file} for kind, file in papers(work, house, order)]
    body = {"currency": "CNY", "evidence": attached,
            "own_payment": {"reference": "BANK-9", "paid_on": str(house.today), "amount": "106.00"}}
    line = {"invoice_number": "26500000000000001001", "issued_on": str(house.today), "description": "SEM", "net": "100.00", "vat": "6.00"}
    told = refused(api.post(SME, f"/claims/{claim}/resubmit", body | {"lines": [line]}), 409)
    assert "resubmit-log" in str(told)
    assert api.done(SME, f"/claims/{claim}/resubmit-log", body | {"log": log})["version"] == 2


def test_programs_claim_a_log(house: House, tmp_path: Path) -> None:
    api = Programs(an_app(house, tmp_path), house)
    order = a_completed_order(house)
    log = kept(house, a_log(40))
    assert api.seen(SME, f"/orders/{order}/claim-log", log=log)["requested"] == "848.00"
    with house.work(SME) as work:
        attached = [{"kind": kind, "file": file} for kind, file in papers(work, house, order)]
    body = {"order": order, "currency": "CNY", "log": log, "evidence": attached, "final": False,
            "own_payment": {"reference": "BANK-9", "paid_on": str(house.today), "amount": "4240.00"}}
    made = api.done(SME, "/claims/from-log", body)
    assert sum(each["uses"] for each in made["uses"]) == 40
    assert api.done(SME, "/claims/from-log", body)["reference"] == made["reference"]
    wrong = refused(api.get(SME, f"/orders/{order}/claim-log", log=kept(house, a_log(1, first=99, net="x"))), 422)
    assert [(each["line"], each["column"], each["where"]) for each in wrong["problems"]] == [(2, 6, "net")]


def test_the_command_line_claims_a_log(tmp_path: Path) -> None:
    environment = an_installation(tmp_path)
    with closing(Database(f"sqlite:///{tmp_path / 'voucher.sqlite3'}")) as database:
        house = a_house(database, FileStore(str(tmp_path / "files")), now=system_clock())
        order = a_completed_order(house)
    log, page = tmp_path / "uses.csv", tmp_path / "paper.pdf"
    log.write_bytes(a_log(40).replace(b"2026-03-02", str(house.today).encode()))
    page.write_bytes(evidence_page("paper"))

    def run(*words: str) -> Any:
        command = ["claim", "submit-log", order, str(log), "--as", f"{SME}@{DOMAIN}", "--json"]
        done = CliRunner(env=environment).invoke(main, [*command, *words])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    assert run("--preview") == {"uses": 40, "invoices": 2, "net": "4000.00", "vat": "240.00", "requested": "848.00"}
    kinds = [word for kind in ("contract", "registration", "invoice", "own_payment") for word in ("--evidence", kind, str(page))]
    claimed = run("--paid", "BANK-9", str(house.today), "4240.00", "--partial", *kinds)
    assert (claimed["state"], claimed["requested"]) == ("submitted", "848.00")
    with closing(Database(f"sqlite:///{tmp_path / 'voucher.sqlite3'}")) as database, begin(
            database, house.people["verifier1"], system_clock) as work:
        return_claim(work, claimed["reference"], "One use is not in the log of the machine.")
    log.write_bytes(a_log(39).replace(b"2026-03-02", str(house.today).encode()))
    words = ["claim", "resubmit-log", claimed["reference"], str(log), "--as", f"{SME}@{DOMAIN}", "--json", "--paid", "BANK-9",
             str(house.today), "4240.00", *kinds]
    again = CliRunner(env=environment).invoke(main, words)
    assert again.exit_code == 0 and json.loads(again.stdout)["requested"] == "826.80", again.output
