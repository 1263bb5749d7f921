"""Pages: what was typed is kept, every problem is told at once, in the reader's language, at a constant price."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from sqlmodel import select

from tests.builders import (
    IRISH_PROVIDERS,
    IRISH_SMES,
    PROVIDER,
    PROVIDERS,
    SME,
    SMES,
    House,
    a_completed_order,
    a_gathered_batch,
    a_placed_order,
    a_programme,
    a_released_batch,
    a_submitted_claim,
    a_verified_claim,
    an_application,
    an_approved_claim,
    an_exported_batch,
    an_issued_voucher,
    bank_answer,
    who,
)
from tests.counting import statements
from tests.workflows.portal.visitors import Visitors
from voucher.claims import Claim
from voucher.database import fetch
from voucher.files import StoredFile
from voucher.orders import Order
from voucher.payouts import Payout
from voucher.people import Organisation
from voucher.programmes.library import example
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.banning import ban_organisation
from workflows.demo.data import WEIHAI
from workflows.demo.evidence import evidence_page
from workflows.worker import work_off


def state_of(house: House, table: type[Voucher] | type[Order] | type[Claim] | type[Payout], reference: str) -> str:
    with read(house.database) as session:
        return fetch(session, table, reference).state


def wrong_fields(page: str) -> set[str]:
    """The fields that a page marks as wrong."""
    return {match[1] for match in re.finditer(r'<(?:input|select|textarea) id="([^"]+)"[^>]*aria-invalid="true"', page)}


# -- refusals on pages ------------------------------------------------------------------------------------------------

def test_a_refused_application_keeps_what_was_typed_and_lists_everything(portal: Visitors) -> None:
    programme = a_programme(portal.house)
    sme = portal.house.references[SMES[0].number]
    response = portal.post(SME, "/apply", programme=programme, sme=sme, amount="1e3", purpose="")
    assert response.status_code == 422
    assert 'value="1e3"' in response.text
    assert wrong_fields(response.text) == {"amount", "purpose"}
    assert f'<option value="{programme}" selected' in response.text


def test_what_the_terms_refuse_is_said_beside_the_field(portal: Visitors) -> None:
    programme = a_programme(portal.house)
    sme = portal.house.references[SMES[0].number]
    response = portal.post(SME, "/apply", programme=programme, sme=sme, amount="300000.01", purpose="Too much")
    assert response.status_code == 422
    assert "at most 300000.00 CNY now" in response.text
    assert wrong_fields(response.text) == {"amount"}


def test_a_step_that_comes_too_late_shows_the_case_and_why(portal: Visitors) -> None:
    voucher = an_issued_voucher(portal.house)
    response = portal.post("reviewer2", f"/vouchers/{voucher}/review", note="late")
    assert response.status_code == 409
    assert 'role="alert"' in response.text
    assert "This voucher is issued; this step needs it to be submitted." in response.text
    assert voucher in response.text


def test_a_step_that_is_not_mine_says_so_on_the_case(portal: Visitors) -> None:
    voucher = an_application(portal.house)
    with portal.house.work("reviewer1") as work:
        voucher_row = fetch(work.session, Voucher, voucher)
    portal.post("reviewer1", f"/vouchers/{voucher}/review")
    assert state_of(portal.house, Voucher, voucher_row.reference) == "reviewed"
    assert portal.post("reviewer1", f"/vouchers/{voucher}/issue").status_code == 403


def test_a_reason_is_asked_for_where_it_is_missing(portal: Visitors) -> None:
    voucher = an_application(portal.house)
    response = portal.post("reviewer1", f"/vouchers/{voucher}/reject", reason=" ")
    assert response.status_code == 422
    assert state_of(portal.house, Voucher, voucher) == "submitted"


def test_a_broken_terms_file_is_answered_with_each_problem_and_its_line(portal: Visitors) -> None:
    source = example(WEIHAI).decode().replace("currency: CNY", "currency: XYZ").replace("model: reimburse_sme", "model: gift")
    response = portal.client("approver1").post("/office/programmes/publish", data={"terms": (BytesIO(source.encode()), "terms.yaml")})
    assert response.status_code == 422
    assert len(re.findall(r"Line \d+", response.text)) >= 2


def test_choosing_no_file_is_told_and_not_an_error(portal: Visitors) -> None:
    assert "Choose the terms file." in portal.post("approver1", "/office/programmes/publish").text
    assert "Choose the bank&#39;s file." in portal.post("finance1", "/office/statements").text


@pytest.mark.parametrize("content", [b"", b"hello", b"<xml", b"<?xml version='1.0'?><Document/>", bytes(range(256))])
def test_a_file_that_is_no_bank_statement_is_refused_in_words(portal: Visitors, content: bytes) -> None:
    a_programme(portal.house)
    response = portal.client("finance1").post("/office/statements", data={"statement": (BytesIO(content), "statement.xml")})
    assert response.status_code == 422
    assert 'role="alert"' in response.text


def test_a_page_that_does_not_exist_is_a_page_of_ours(portal: Visitors) -> None:
    response = portal.get("", "/nowhere")
    assert response.status_code == 404
    assert "No page has this address." in response.text


# -- the form of a claim ----------------------------------------------------------------------------------------------

def claim_form(house: House, **changes: object) -> dict[str, object]:
    """A form for a claim on the default order, without evidence."""
    today = house.today.isoformat()
    return {"lines.0.invoice_number": "26371000000000000001", "lines.0.issued_on": today, "lines.0.description": "Buoy",
            "lines.0.net": "100000.00", "lines.0.vat": "6000.00", "own_payment.reference": "BANK-1", "own_payment.paid_on": today,
            "own_payment.amount": "106000.00"} | changes


def papers(*kinds: str) -> dict[str, object]:
    """A file for each kind of evidence."""
    return {f"evidence.{kind}": (BytesIO(evidence_page(kind)), f"{kind}.pdf") for kind in kinds}


ALL_PAPERS = ("contract", "registration", "invoice", "own_payment")


def test_a_whole_claim_goes_through_in_one_go(portal: Visitors) -> None:
    order = a_completed_order(portal.house)
    response = portal.client(SME).post(f"/orders/{order}/claim", data=claim_form(portal.house) | papers(*ALL_PAPERS))
    assert response.status_code == 303
    claim = response.headers["Location"].rsplit("/", 1)[-1]
    assert state_of(portal.house, Claim, claim) == "submitted"


def test_files_stay_when_something_else_has_to_be_mended(portal: Visitors) -> None:
    order, client = a_completed_order(portal.house), portal.client(SME)
    refused = client.post(f"/orders/{order}/claim", data=claim_form(portal.house, **{"lines.0.net": "1.005"}) | papers(*ALL_PAPERS))
    assert refused.status_code == 422
    assert wrong_fields(refused.text) == {"lines.0.net"}
    kept = {kind: re.findall(rf'name="kept.{kind}" value="([^"]+)"', refused.text) for kind in ALL_PAPERS}
    assert {kind: len(references) for kind, references in kept.items()} == dict.fromkeys(ALL_PAPERS, 1)
    again = client.post(f"/orders/{order}/claim", data=claim_form(portal.house) | {f"kept.{kind}": kept[kind] for kind in kept})
    assert again.status_code == 303
    with read(portal.house.database) as session:
        assert len(session.exec(select(StoredFile)).all()) == 4  # none was sent twice


def test_a_file_of_somebody_else_cannot_be_named_as_evidence(portal: Visitors) -> None:
    a_submitted_claim(portal.house)
    with read(portal.house.database) as session:
        foreign = session.exec(select(StoredFile.reference)).first()
    order = a_completed_order(portal.house, sme=SMES[1])
    form = claim_form(portal.house, **{"lines.0.invoice_number": "26371000000000000009"}) | {f"kept.{kind}": foreign for kind in ALL_PAPERS}
    response = portal.client(who(SMES[1])).post(f"/orders/{order}/claim", data=form)
    assert response.status_code == 422
    assert "no file" in response.text


def test_another_line_can_be_added_without_losing_the_first(portal: Visitors) -> None:
    order = a_completed_order(portal.house)
    page = portal.post(SME, f"/orders/{order}/claim", **claim_form(portal.house), more="1").text
    assert 'value="26371000000000000001"' in page
    assert 'name="lines.1.net"' in page


def test_problems_of_the_books_of_rules_are_shown_at_their_line(portal: Visitors) -> None:
    order = a_completed_order(portal.house)
    form = claim_form(portal.house, **{"lines.0.invoice_number": "42"})
    page = portal.client(SME).post(f"/orders/{order}/claim", data=form | papers("contract")).text
    assert "lines.0.invoice_number" in wrong_fields(page)
    assert "evidence.invoice" in wrong_fields(page)


def test_the_price_is_shown_before_anything_is_ordered(portal: Visitors) -> None:
    voucher = an_issued_voucher(portal.house)
    page = portal.post(SME, f"/vouchers/{voucher}/order", service_type="development", net="100000.00", vat="6000.00", price="1",
                       title="Buoy").text
    assert "CN¥21,200.00" in page
    assert 'value="Buoy"' in page
    with read(portal.house.database) as session:
        assert session.exec(select(Order)).all() == []


# -- verification, release, the bank ----------------------------------------------------------------------------------

def test_a_cut_without_a_reason_is_refused_at_its_line_and_the_amount_stays(portal: Visitors) -> None:
    claim = a_submitted_claim(portal.house)
    response = portal.post("verifier1", f"/office/claims/{claim}/verify", **{"decisions.1.accepted": "90000.00", "decisions.1.reason": ""})
    assert response.status_code == 422
    assert wrong_fields(response.text) == {"decisions.1.reason"}
    assert 'value="90000.00"' in response.text


def test_the_reason_of_a_cut_can_be_read_by_the_claimant_in_both_languages(portal: Visitors) -> None:
    claim = a_submitted_claim(portal.house)
    cut = {"decisions.1.accepted": "90000.00", "decisions.1.reason": "mandatory_test"}
    portal.post("verifier1", f"/office/claims/{claim}/verify", **cut)
    assert "A test that the law requires anyway is not supported." in portal.get(SME, f"/claims/{claim}").text
    assert "法律强制要求的检测不予资助。" in portal.client(SME, language="zh").get(f"/claims/{claim}").text


def test_who_gathered_a_batch_is_told_that_others_release_it(portal: Visitors) -> None:
    batch = a_gathered_batch(portal.house)
    assert "two other people have to release it" in portal.get("finance1", f"/office/batches/{batch}").text
    assert "Sign for the release" in portal.get("treasury1", f"/office/batches/{batch}").text


def test_a_batch_that_does_not_go_to_the_bank_says_so_on_its_page(portal: Visitors) -> None:
    batch = a_released_batch(portal.house)
    assert "The files are being made" in portal.get("treasury1", f"/office/batches/{batch}").text
    with portal.house.work("approver1") as work:
        ban_organisation(work, portal.house.references[SMES[0].number], portal.house.today + timedelta(days=9), "Lies", "Article 21")
    work_off(portal.house.database, portal.house.store, portal.house.clock)
    page = portal.get("treasury1", f"/office/batches/{batch}").text
    assert "Dissolve the batch and gather the others" in page and "The files are being made" not in page


def test_a_gathered_batch_holds_only_what_was_ticked(portal: Visitors) -> None:
    an_approved_claim(portal.house)
    an_approved_claim(portal.house, a_completed_order(portal.house, net="50000.00", vat="3000.00"))
    with read(portal.house.database) as session:
        first, second = session.exec(select(Payout.reference).order_by(Payout.reference)).all()
    portal.post("finance1", "/office/batches/gather", payouts=[first], execution_on=portal.house.today.isoformat())
    assert (state_of(portal.house, Payout, first), state_of(portal.house, Payout, second)) == ("gathered", "payable")


def test_what_waits_for_something_is_not_ticked_and_says_why(portal: Visitors) -> None:
    house = portal.house
    an_approved_claim(house)
    with read(house.database) as session:
        held = session.exec(select(Payout)).one()
        payout, payee = held.reference, session.get_one(Organisation, held.payee_id).reference
    page = portal.get("finance1", "/office/batches/gather").text
    assert (" checked" in page, "To be paid now, CNY" in page, "Waits, CNY" in page) == (True, True, False)
    with house.work("approver1") as work:
        ban_organisation(work, payee, house.today + timedelta(days=20), "It sold the voucher.", "Article 21")
    page = portal.get("finance1", "/office/batches/gather").text
    assert (" checked" in page, "To be paid now, CNY" in page, "Waits, CNY" in page) == (False, False, True)
    assert f"{payout} is owed to somebody who is banned until" in page
    refused = portal.post("finance1", "/office/batches/gather", payouts=[payout], execution_on=house.today.isoformat())
    assert f'<a href="#payouts.{payout}">Payout</a>' in refused.text and f'id="payouts.{payout}"' in refused.text


def test_the_reconciliation_page_explains_and_suggests_what_it_did_not_match(portal: Visitors) -> None:
    batch = an_exported_batch(portal.house)
    with read(portal.house.database) as session:
        payout = session.exec(select(Payout.reference)).one()
    answer = bank_answer(portal.house, batch, mangled={payout: "cut"}, stranger=True)
    portal.client("finance1").post("/office/statements", data={"statement": (BytesIO(answer), "camt.xml")})
    page = portal.get("finance1", "/office/reconciliation").text
    assert "It might be" in page
    line = re.search(r'action="(/office/lines/[^"]+/match)"[^>]*>(?:<input[^>]*>)<button[^>]*name="payout"', page)
    assert line is not None
    assert portal.post("finance1", line[1], payout=payout).status_code == 303
    assert state_of(portal.house, Payout, payout) == "settled"
    aside = re.search(r'action="(/office/lines/[^"]+/set-aside)"', portal.get("finance1", "/office/reconciliation").text)
    assert aside is not None
    assert portal.post("finance1", aside[1], reason="Rent").status_code == 303
    assert "No line is open." in portal.get("finance1", "/office/reconciliation").text


def test_the_bank_file_of_a_batch_is_served_as_it_was_made(portal: Visitors) -> None:
    batch = an_exported_batch(portal.house)
    link = re.search(r'href="(/files/F-[^"]+)"', portal.get("treasury1", f"/office/batches/{batch}").text)
    assert link is not None
    with portal.get("treasury1", link[1]) as response:
        assert response.data.startswith(b"<?xml")
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in response.headers["Content-Security-Policy"]


def test_the_settlement_statement_is_offered_to_the_payee(portal: Visitors) -> None:
    batch = an_exported_batch(portal.house)
    answer = bank_answer(portal.house, batch)
    portal.client("finance1").post("/office/statements", data={"statement": (BytesIO(answer), "camt.xml")})
    portal.house.do_jobs()
    with read(portal.house.database) as session:
        payout = session.exec(select(Payout.reference)).one()
    link = re.search(r'href="(/files/F-[^"]+)">Settlement statement', portal.get(SME, f"/payouts/{payout}").text)
    assert link is not None
    with portal.get(SME, link[1]) as response:
        assert response.data.startswith(b"%PDF")


# -- books ------------------------------------------------------------------------------------------------------------

def test_the_trial_balance_leads_down_to_the_entry_and_back_to_the_case(portal: Visitors) -> None:
    claim = an_approved_claim(portal.house)
    books = portal.get("auditor1", "/office/books").text
    assert "does not balance" not in books
    parts = re.search(r'href="(/office/books/accounts/F2100/CNY)"', books)
    assert parts is not None
    statement = re.search(r'href="(/office/books/statements/[^"]+)"', portal.get("auditor1", parts[1]).text)
    assert statement is not None
    entry = re.search(r'href="(/office/books/entries/[^"]+)"', portal.get("auditor1", statement[1]).text)
    assert entry is not None
    page = portal.get("auditor1", entry[1]).text
    assert f'href="/claims/{claim}"' in page and re.search(r'href="/rules/P-[^"]+version=1"', page)
    assert re.search(r'<dt>[^<]*</dt><dd><a href="/files/F-', page), "evidence is a way to the file"
    assert "Where it comes from" in page and "How the amount is worked out" in page


def test_the_trial_balance_of_an_earlier_day_is_that_of_the_day(portal: Visitors) -> None:
    a_programme(portal.house)
    portal.house.clock.turn(days=1)
    an_issued_voucher(portal.house)
    assert "V100" not in portal.get("auditor1", "/office/books?as_of=2026-03-02").text
    assert "V100" in portal.get("auditor1", "/office/books?as_of=2026-03-03").text


@pytest.mark.parametrize("question", ["as_of=yesterday", "as_of=2026-02-30"])
def test_what_is_no_day_is_refused_in_words(portal: Visitors, question: str) -> None:
    response = portal.get("auditor1", f"/office/books?{question}")
    assert response.status_code == 422
    assert "is not a day" in response.text


def test_every_moment_of_a_case_shows_its_entry(portal: Visitors) -> None:
    voucher = an_issued_voucher(portal.house)
    an_approved_claim(portal.house, a_completed_order(portal.house, voucher))
    page = portal.get("auditor1", f"/vouchers/{voucher}").text
    for account in ("entitlement:issued", "entitlement:reserved", "budget:obligated", "financial:payable:claims"):
        assert account in page, account


def test_the_voucher_page_shows_what_is_paid_and_what_is_left(portal: Visitors) -> None:
    voucher = an_issued_voucher(portal.house)
    an_approved_claim(portal.house, a_completed_order(portal.house, voucher))
    page = portal.get(SME, f"/vouchers/{voucher}").text
    assert re.search(r"Approved, not yet paid</span> <strong>CN¥21,200.00", page)
    assert re.search(r"Left to use</span> <strong>CN¥78,800.00", page)


# -- languages --------------------------------------------------------------------------------------------------------

def test_the_page_speaks_the_language_of_the_browser_of_a_stranger(portal: Visitors) -> None:
    client = portal.client(language="")
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "en-GB,en;q=0.9"}).text
    assert '<html lang="zh-Hans">' in client.get("/", headers={"Accept-Language": "fr"}).text


def test_the_language_chosen_stays_in_the_browser_and_with_the_person(portal: Visitors) -> None:
    client = portal.client(SME, language="")
    assert "待办事项" in client.get("/").text
    assert client.post("/language", data={"language": "en", "back": "/my/vouchers"}).headers["Location"] == "/my/vouchers"
    assert "Waiting for you" in client.get("/").text
    assert "Waiting for you" in portal.client(SME, language="").get("/").text  # another browser


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", ""])
def test_choosing_a_language_never_leads_to_another_site(portal: Visitors, back: str) -> None:
    assert portal.client().post("/language", data={"language": "en", "back": back}).headers["Location"] == "/"


def test_a_refusal_is_told_in_chinese_to_chinese_readers(portal: Visitors) -> None:
    voucher = an_issued_voucher(portal.house)
    page = portal.client("reviewer2", language="zh").post(f"/vouchers/{voucher}/review").text
    assert "该创新券当前已发放，此步骤要求为已提交。" in page


def test_money_and_days_are_written_as_the_reader_writes_them(portal: Visitors) -> None:
    voucher = an_issued_voucher(portal.house, sme=IRISH_SMES[0], amount="5000.00")
    english = portal.get(who(IRISH_SMES[0]), f"/vouchers/{voucher}").text
    assert "€5,000.00" in english
    assert "2 Mar 2026" in english
    assert "2026年3月2日" in portal.client(who(IRISH_SMES[0]), language="zh").get(f"/vouchers/{voucher}").text


def test_names_are_shown_as_text_and_never_as_markup(portal: Visitors) -> None:
    voucher = an_application(portal.house, purpose="<script>alert(1)</script>")
    page = portal.get("reviewer1", f"/vouchers/{voucher}").text
    assert "<script" not in page
    assert "&lt;script&gt;" in page


# -- the first page ---------------------------------------------------------------------------------------------------

def test_everybody_finds_on_the_first_page_what_waits_for_him(portal: Visitors) -> None:
    house = portal.house
    application, order, claim = an_application(house), a_placed_order(house), a_submitted_claim(house, sme=SMES[1])
    assert application in portal.get("reviewer1", "/").text
    assert order in portal.get(PROVIDER, "/").text
    verifier = portal.get("verifier1", "/").text
    assert claim in verifier and SMES[1].name_en in verifier and SMES[1].name not in verifier
    assert SMES[1].name in portal.client("verifier1", "zh").get("/").text


def test_what_i_may_not_decide_for_a_duty_taken_does_not_wait_for_me(portal: Visitors) -> None:
    claim = a_verified_claim(portal.house)  # approver1 issued its voucher
    assert claim not in portal.get("approver1", "/").text
    assert claim in portal.get("approver2", "/").text


def test_a_provider_that_is_paid_finds_its_claim_to_make(portal: Visitors) -> None:
    voucher = an_issued_voucher(portal.house, sme=IRISH_SMES[0], amount="5000.00")
    order = a_completed_order(portal.house, voucher, sme=IRISH_SMES[0], provider=IRISH_PROVIDERS[0], net="5000.00", vat="1150.00")
    assert order in portal.get(who(IRISH_PROVIDERS[0]), "/").text
    assert order not in portal.get(who(IRISH_SMES[0]), "/").text


def test_an_empty_house_says_what_to_do(portal: Visitors) -> None:
    assert "Nothing waits for you now." in portal.get("reviewer1", "/").text
    assert "No programme is published yet." in portal.get("approver1", "/office/programmes").text
    assert "You have no voucher yet." in portal.get(SME, "/my/vouchers").text


@pytest.mark.parametrize("path", ["/looks?subject=%00", "/office/invoices?find=a%00b", "/office/invoices.csv?find=%00",
                                  "/office/claims?state=%00"])
def test_a_character_that_no_text_has_is_refused_by_name(portal: Visitors, path: str) -> None:
    answer = portal.get("auditor1", path)
    assert answer.status_code == 422
    assert "This holds a character that no text has." in answer.text


@pytest.mark.parametrize("path", ["/providers/%00", "/programmes/%00", "/api/v1/notices/%00"])
def test_nothing_stands_at_an_address_with_such_a_character(portal: Visitors, path: str) -> None:
    assert portal.get("auditor1" if path.startswith("/api") else "", path).status_code in (401, 404)


# -- constant numbers of questions ------------------------------------------------------------------------------------

LISTS = (
    ("verifier1", "/"), (SME, "/"), (PROVIDER, "/"), (SME, "/my/vouchers"), (PROVIDER, "/my/orders"), (SME, "/claims"),
    (SME, "/payouts"), ("auditor1", "/office/vouchers"), ("auditor1", "/office/claims"), ("auditor1", "/office/payouts"),
    ("finance1", "/office/batches/gather"), ("auditor1", "/office/batches"), ("auditor1", "/office/books"),
)


def test_lists_ask_the_database_as_often_for_one_row_as_for_many(portal: Visitors) -> None:
    def count() -> dict[str, int]:
        counts = {}
        for visitor, path in LISTS:
            with statements(portal.house.database) as asked:
                assert portal.get(visitor, path).status_code == 200
            counts[f"{visitor} {path}"] = len(asked)
        return counts

    voucher = an_issued_voucher(portal.house)
    for _round in range(2):  # the second brings the first warnings
        _some_cases(portal.house, voucher)
    before = count()
    for _round in range(2):
        _some_cases(portal.house, voucher)
    assert count() == before


def _some_cases(house: House, voucher: str) -> None:
    """One case in each state that a list shows."""
    def an_order() -> str:
        return a_completed_order(house, voucher, net="1000.00", vat="60.00")

    a_placed_order(house, voucher, net="1000.00", vat="60.00")
    an_order()
    a_submitted_claim(house, an_order())
    an_approved_claim(house, an_order())
    a_released_batch(house)
    an_approved_claim(house, an_order())


def test_a_long_list_comes_in_pages(portal: Visitors) -> None:
    for _number in range(27):
        an_application(portal.house, amount="1000.00")
    first, second = (portal.get("auditor1", f"/office/vouchers?page={number}").text for number in (1, 2))
    assert (first.count('href="/vouchers/'), second.count('href="/vouchers/')) == (25, 2)
    assert "1 to 25 of 27" in first
    assert portal.get("auditor1", "/office/vouchers?page=999&state=submitted").text.count('href="/vouchers/') == 2
    assert portal.get("auditor1", "/office/vouchers?page=x&state=nonsense").status_code == 200


# -- the administrator ------------------------------------------------------------------------------------------------

def test_an_administrator_enters_a_firm_its_account_and_its_people(portal: Visitors) -> None:
    made = portal.post("administrator1", "/office/organisations/register", kind="provider", name="样例检测中心", country="CN",
                       number=PROVIDERS[3].number, town="威海")
    page = made.headers["Location"]
    assert portal.post("administrator1", page + "/accounts", currency="CNY", account_number="6299 0000 1111").status_code == 303
    person = {"person_name": "样例", "email": "new@voucher.example", "password": "a long password", "role": "provider", "language": "zh"}
    assert portal.post("administrator1", page + "/people", **person).status_code == 303
    shown = portal.get("administrator1", page).text
    for fact in ("样例检测中心", "629900001111", "new@voucher.example", '样例</a> <span class="soft">Provider</span><span class="when">'):
        assert fact in shown, fact
    assert portal.get("new", "/my/orders").location == "/account/password", "with a password that another chose he first chooses his own"


def test_what_is_wrong_with_a_new_person_is_told_at_once(portal: Visitors) -> None:
    reference = portal.house.references[SMES[0].number]
    page = portal.post("administrator1", f"/office/organisations/{reference}/people", email="x@voucher.example", password="short").text
    assert wrong_fields(page) == {"person_name", "password", "role", "language"}
    assert "short" not in re.findall(r'value="([^"]*)"', page)


def test_a_returned_payout_is_paid_again_once_another_account_is_named(portal: Visitors) -> None:
    batch = an_exported_batch(portal.house)
    with read(portal.house.database) as session:
        payout = session.exec(select(Payout.reference)).one()
    answer = bank_answer(portal.house, batch, returned=[payout])
    portal.client("finance1").post("/office/statements", data={"statement": (BytesIO(answer), "camt.xml")})
    refused = portal.post("finance1", f"/office/payouts/{payout}/reissue")
    assert refused.status_code == 409
    reference = portal.house.references[SMES[0].number]
    portal.post("administrator1", f"/office/organisations/{reference}/accounts", currency="CNY", account_number="629900002222")
    fresh = portal.post("finance1", f"/office/payouts/{payout}/reissue").headers["Location"].rsplit("/", 1)[-1]
    assert (state_of(portal.house, Payout, payout), state_of(portal.house, Payout, fresh)) == ("replaced", "payable")


def test_officers_see_what_is_awaited_and_a_case_says_why_its_deadline_is_that_day(portal: Visitors) -> None:
    voucher = an_application(portal.house)
    listed = portal.get("reviewer1", "/office/deadlines?waits_for=reviewer").text
    assert voucher in listed and "Review of the application" in listed
    page = portal.get(SME, f"/vouchers/{voucher}").text
    assert "Why this day?" in page and "The clock starts; 10 working days." in page
