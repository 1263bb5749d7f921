"""What terms ask for beside the price: sub-items, pieces, facts and amounts, at order time and again at claim time."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SME,
    SMES,
    House,
    a_house,
    evidence,
)
from tests.workflows.api.client import Programs, complaints
from tests.workflows.cli.test_nouns import Desk
from tests.workflows.portal.visitors import Visitors, an_app
from tests.workflows.scopes import change, order, publish, voucher_for, weihai_with, yuan
from voucher.amendments import Amendment
from voucher.claims import Claim, CutReason, InvoiceLine, LineDecision, OwnPayment
from voucher.database import Database, fetch
from voucher.errors import NotNow, NotValid
from voucher.files import FileStore
from voucher.money import Money
from voucher.orders import Order
from voucher.programmes.library import example
from voucher.programmes.programmes import terms_version
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.approval import approve_claim
from workflows.claim_check import papers_for
from workflows.claiming import submit_claim
from workflows.purchase import accept_delivery, accept_order, deliver_order, price_order, register_contract
from workflows.verification import verify_claim

NO_CAP = "caps:\n  - {name: {zh: 上限, en: the cap}, amount: 100000.00, period: calendar_year}\n"


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one SME and one provider."""
    return a_house(database, store)


def changchun(house: House) -> str:
    """An issued voucher of the programme with tiny limits per item."""
    change(house, house.references[SMES[0].number], category="firm")
    return voucher_for(house, publish(house, example("changchun")), amount="20000.00")


def weihai_of_recognised_income(house: House) -> str:
    """An issued voucher of which rates are a part of the price or of the recognised income, whichever is smaller."""
    return voucher_for(house, publish(house, weihai_with(NO_CAP) + b"\nbasis_at_most: [recognised_income]\n"))


def test_pieces_and_sub_items_decide_what_an_order_gets(house: House) -> None:
    voucher = changchun(house)
    with house.work(SME) as work:
        placed = order(work, house, voucher, "6000.00", service="ip", item="software_copyright", quantity=3)
        other = order(work, house, voucher, "6000.00", service="ip", item="other_right", quantity=3)
    assert (placed.voucher_part, placed.item, placed.quantity) == (yuan("1500.00"), "software_copyright", 3)
    assert other.voucher_part == yuan("3000.00")


def test_a_yearly_cap_of_a_sub_item_counts_its_orders_only(house: House) -> None:
    voucher = changchun(house)
    with house.work(SME) as work:
        for expected in ("4500.00", "500.00"):
            placed = order(work, house, voucher, "9000.00", service="ip", item="software_copyright", quantity=9)
            assert placed.voucher_part == yuan(expected)
        assert order(work, house, voucher, "9000.00", service="ip", item="invention_patent", quantity=2).voucher_part == yuan("4500.00")


def test_a_fact_can_exclude_an_order(house: House) -> None:
    voucher = changchun(house)
    with pytest.raises(NotNow, match="give nothing"), house.work(SME) as work:
        order(work, house, voucher, "6000.00", service="testing", facts=["mandatory_test"])


def test_everything_that_is_wrong_beside_the_price_is_told_at_once(house: House) -> None:
    voucher = changchun(house)
    with pytest.raises(NotValid) as refused, house.work(SME) as work:
        order(work, house, voucher, "6000.00", service="ip", item="patents", quantity=0, facts=["sunny"],
              measures={"added_value": yuan("1.00")})
    assert [each.where for each in refused.value.problems] == ["item", "quantity", "facts", "measures.added_value"]


@pytest.mark.parametrize("measures", [{}, {"recognised_income": yuan("-1.00")}])
def test_an_amount_that_the_terms_need_is_asked_for(house: House, measures: dict[str, Money]) -> None:
    voucher = weihai_of_recognised_income(house)
    with pytest.raises(NotValid) as refused, house.work(SME) as work:
        price_order(work, fetch(work.session, Voucher, voucher), "development", yuan("100000.00"), yuan("0.00"),
                    measures=measures)
    assert [each.where for each in refused.value.problems] == ["measures.recognised_income"]


def test_the_sme_sees_before_ordering_the_sheet_that_the_order_keeps(house: House) -> None:
    voucher, income = weihai_of_recognised_income(house), {"recognised_income": yuan("60000.00")}
    with house.work(SME) as work:
        quoted = price_order(work, fetch(work.session, Voucher, voucher), "development", yuan("100000.00"), yuan("0.00"),
                             provider=house.references[PROVIDERS[0].number], measures=income)
        placed = order(work, house, voucher, "100000.00", measures=income)
    assert quoted.result == placed.voucher_part == yuan("12000.00")
    assert placed.sheet == quoted.as_json()
    assert placed.measures == {"recognised_income": "60000.00"}


def test_an_amount_shrinks_with_what_is_accepted_of_the_price(house: House) -> None:
    voucher = weihai_of_recognised_income(house)
    with house.work(SME) as work:
        placed = order(work, house, voucher, "100000.00", measures={"recognised_income": yuan("60000.00")}).reference
    claim = claimed(house, placed)
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, yuan("33333.33"), CutReason.NOT_ELIGIBLE)])
    with house.work("approver2") as work:
        approve_claim(work, claim)
    with read(house.database) as session:
        done = fetch(session, Claim, claim)
        assert done.requested == yuan("12000.00")
        assert done.approved == yuan("4000.00")  # 20 % of 19,999.998, rounded down to 19,999.99 and then half up
        amounts = [line["amount"] for line in done.sheet["approved"]["lines"] if line["kind"] == "input"]
    assert amounts == ["33333.33", "0.00", "19999.99"]


def claimed(house: House, placed: str) -> str:
    """A claim of one line over the whole order."""
    with house.work(PROVIDER) as work:
        accept_order(work, placed)
        register_contract(work, placed, "2026371000000123")
        deliver_order(work, placed, "Report")
    with house.work(SME) as work:
        accept_delivery(work, placed)
        bought = fetch(work.session, Order, placed)
        line = InvoiceLine("26371000000000000001", house.today, "Report", bought.net, bought.vat)
        return submit_claim(work, placed, [line], OwnPayment(f"BANK-{house.number()}", house.today, bought.gross),
                            evidence(work, house, bought, house.references[SMES[0].number])).reference


def test_the_order_form_asks_what_its_terms_ask_and_nothing_else(house: House, tmp_path: Path) -> None:
    portal = Visitors(an_app(house, tmp_path), house)
    form = portal.get(SME, f"/vouchers/{changchun(house)}/order").text
    assert all(f'name="{name}"' in form for name in ("item", "quantity", "facts.mandatory_test"))
    assert 'name="measures.' not in form


def test_an_order_through_the_portal_carries_what_was_asked(house: House, tmp_path: Path) -> None:
    portal = Visitors(an_app(house, tmp_path), house)
    voucher, client = changchun(house), portal.client(SME)
    form = {"provider": house.references[PROVIDERS[0].number], "service_type": "ip", "title": "Three rights", "net": "6000.00",
            "vat": "0", "item": "software_copyright", "quantity": "3"}
    assert "1,500.00" in sent(client, voucher, form | {"price": "1"})
    sent(client, voucher, form)
    with read(house.database) as session:
        assert [(each.item, each.quantity, each.voucher_part) for each in session.exec(select(Order))] == [
            ("software_copyright", 3, yuan("1500.00"))]


def sent(client: FlaskClient, voucher: str, form: dict[str, str]) -> str:
    """The page that follows the form."""
    return client.post(f"/vouchers/{voucher}/order", data=form).text


def test_an_sme_uses_less_of_its_voucher_than_the_terms_give_and_is_told_when_too_little_is_left(house: House, tmp_path: Path) -> None:
    portal = Visitors(an_app(house, tmp_path), house)
    voucher, client = changchun(house), portal.client(SME)
    form = {"provider": house.references[PROVIDERS[0].number], "service_type": "rd", "title": "A trial", "net": "60000.00",
            "vat": "0", "quantity": "1"}
    shown = sent(client, voucher, form | {"price": "1"})
    assert "limit CN¥50,000.00" in shown
    assert "so this order would be refused" in shown
    sent(client, voucher, form | {"part": "1000.00"})
    with read(house.database) as session:
        assert [each.voucher_part for each in session.exec(select(Order))] == [yuan("1000.00")]


def test_facts_and_further_amounts_of_an_order_are_changed_at_every_door(house: House, tmp_path: Path) -> None:
    voucher = weihai_of_recognised_income(house)
    with house.work(SME) as work:
        placed = order(work, house, voucher, "100000.00", measures={"recognised_income": yuan("60000.00")}).reference
    app = an_app(house, tmp_path)
    portal = Visitors(app, house)

    # The provider proposes that less of it is technology; the SME reads on its page what was and what shall be, and agrees.
    page = portal.get(PROVIDER, f"/orders/{placed}").text
    assert 'name="measures.recognised_income"' in page and 'placeholder="60000.00"' in page
    wrong = portal.post(PROVIDER, f"/orders/{placed}/propose-change", reason="Less", **{"measures.recognised_income": "much"})
    assert "is not an amount" in wrong.text and 'value="much"' in wrong.text
    portal.post(PROVIDER, f"/orders/{placed}/propose-change", reason="Less", **{"measures.recognised_income": "50000.00"})
    page = portal.get(SME, f"/orders/{placed}").text
    assert "recognised technology income CN¥60,000.00" in page and "recognised technology income CN¥50,000.00" in page
    assert "CN¥10,000.00" in page  # a fifth of it, instead of 12,000
    portal.post(SME, f"/orders/{placed}/agree-amendment")
    with read(house.database) as session:
        held = fetch(session, Order, placed)
        assert (held.measures, held.voucher_part) == ({"recognised_income": "50000.00"}, yuan("10000.00"))

    # The API takes it as an object, and says by name what the terms do not know; so does the command line.
    api, body = Programs(app, house), {"reason": "No", "facts": ["sunny"], "measures": {"moonshine": "1.00"}}
    assert set(complaints(api.post(SME, f"/orders/{placed}/propose-change", body))) == {"currency"}
    refused = api.post(SME, f"/orders/{placed}/propose-change", body | {"currency": "CNY"})
    assert set(complaints(refused)) == {"facts", "measures.moonshine"}
    words = ("propose-change", placed, "--reason", "More", "--measures", "recognised_income=55000.00")
    typed = Desk(house, tmp_path).type("order", *words, who=SME)
    assert typed.exit_code == 0, typed.output
    assert api.seen(SME, f"/orders/{placed}")["amendments"][-1]["measures"] == {"recognised_income": "55000.00"}


def test_a_fact_is_ticked_and_unticked_in_a_proposal(house: House, tmp_path: Path) -> None:
    voucher, portal = changchun(house), Visitors(an_app(house, tmp_path), house)
    with house.work(SME) as work:
        placed = order(work, house, voucher, "6000.00", service="testing").reference
    page = portal.get(SME, f"/orders/{placed}").text
    assert 'name="facts" value="mandatory_test"> ' in page
    refused = portal.post(SME, f"/orders/{placed}/propose-change", reason="It is one", **{"facts.asked": "yes", "facts": "mandatory_test"})
    assert "give nothing" in refused.text and 'name="facts" value="mandatory_test" checked' in refused.text


def test_a_fact_that_no_rule_asks_for_stays_when_another_day_is_proposed(house: House, tmp_path: Path) -> None:
    weather = "\nfacts:\n  sunny: {zh: 晴天, en: a sunny day}\n  rainy: {zh: 雨天, en: a rainy day}\n"
    source = example("weihai").replace(b"\nfacts:\n", weather.encode())
    voucher = voucher_for(house, publish(house, source), amount="60000.00")
    with house.work(SME) as work:
        placed = order(work, house, voucher, "6000.00", facts=["rainy", "sunny"]).reference
    portal = Visitors(an_app(house, tmp_path), house)
    page = portal.get(SME, f"/orders/{placed}").text
    assert all(f'name="facts" value="{fact}" checked' in page for fact in ("rainy", "sunny"))
    form = {"reason": "Later", "deliver_by": (house.today + timedelta(days=20)).isoformat(), "facts.asked": "yes"}
    assert portal.post(SME, f"/orders/{placed}/propose-change", **form, facts=["sunny", "rainy"]).status_code == 303
    with read(house.database) as session:
        assert session.exec(select(Amendment)).one().facts == ["rainy", "sunny"]


def test_a_paper_of_special_cases_is_asked_for_in_those_cases(house: House) -> None:
    whens = {"ours": "firm_classes: [technology_sme]", "others": "firm_classes: [other]", "first": "first_time: yes",
             "again": "first_time: no", "dear": "cost_from: 6000.01", "cheap": "cost_up_to: 6000.00",
             "afar": "provider_local: no", "near": "provider_local: yes",
             "now": "since: 2026-01-01", "later": "since: 2036-01-01"}
    papers = "".join(f"  - {{kind: {kind}, name: {{zh: 证, en: {kind}}}, when: {{{when}}}}}\n" for kind, when in whens.items())
    source = example("weihai").replace(b"\nevidence:\n", f"\nevidence:\n{papers}".encode())
    voucher = voucher_for(house, publish(house, source), amount="60000.00")
    asked = []
    for _time in range(2):
        with house.work(SME) as work:
            placed = order(work, house, voucher, "6000.00")
            rules = terms_version(work.session, placed.terms_id).terms
            asked.append({kind for kind in papers_for(work.session, rules, fetch(work.session, Voucher, voucher), placed, None, anew=True)
                          if kind in whens})
    assert asked == [{"ours", "first", "cheap", "near", "now"}, {"ours", "again", "cheap", "near", "now"}]
