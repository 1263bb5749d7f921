"""The commands about nouns: the side roads that the story does not take, tables for people, and refusals."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.builders import (
    PROVIDER,
    SME,
    SMES,
    House,
    a_gathered_batch,
    a_house,
    a_placed_order,
    a_reviewed_application,
    a_submitted_claim,
    a_verified_claim,
    an_application,
    an_exported_batch,
    an_issued_voucher,
    bank_answer,
)
from tests.workflows.scopes import publish
from tests.workflows.test_advancing import RULES as LENDING
from tests.workflows.test_advancing import line_of
from voucher.database import Database
from voucher.files import FileStore
from voucher.settings import Mode, Settings
from voucher.work import read
from workflows.access import person_with_key
from workflows.banning import ban_organisation
from workflows.cli.commands import Surroundings
from workflows.cli.main import main
from workflows.demo.data import DOMAIN


class Desk:
    """Somebody at the command line of a house."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.surroundings = Surroundings(Settings(
            instance=folder, database_url=house.database.url.render_as_string(hide_password=False), secret_key="a key of tests" * 3,
            files_url=str(folder / "files"), mode=Mode.PRODUCTION, zone="Asia/Shanghai", base_url="http://localhost", language="en"),
            house.clock)

    def type(self, *words: object, who: str = "") -> Result:
        """Type a command as somebody."""
        signed = ("--as", f"{who}@{DOMAIN}") if who else ()
        return CliRunner().invoke(main, [*map(str, words), *signed], obj=self.surroundings)

    def told(self, *words: object, who: str = "") -> Any:
        """What a command that is done says to machines."""
        result = self.type(*words, "--json", who=who)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def shown(self, *words: object) -> str:
        """What a command that is done shows to people."""
        result = self.type(*words)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def refused(self, *words: object, who: str = "") -> str:
        """What a command that is refused says on stderr."""
        result = self.type(*words, who=who)
        assert (result.exit_code, result.stdout) == (2, "")
        return result.stderr


@pytest.fixture
def house(sqlite: Database, tmp_path: Path) -> House:
    """An office on the embedded database."""
    return a_house(sqlite, FileStore(str(tmp_path / "files")))


@pytest.fixture
def desk(house: House, tmp_path: Path) -> Desk:
    """Its command line."""
    return Desk(house, tmp_path)


def test_applications_are_turned_down_and_withdrawn(house: House, desk: Desk) -> None:
    rejected, withdrawn, refused = an_application(house), an_application(house), a_reviewed_application(house)

    assert desk.told("voucher", "reject", rejected, "--reason", "Not of this city",
                     "--basis", "Article 5", who="reviewer1")["state"] == "rejected"
    assert desk.told("voucher", "withdraw", withdrawn, who=SME)["state"] == "withdrawn"
    assert desk.told("voucher", "refuse", refused, "--reason", "Outside the programme",
                     "--basis", "Article 5", who="approver1")["state"] == "rejected"
    assert [row["state"] for row in desk.told("voucher", "list")] == ["rejected", "withdrawn", "rejected"]


def test_a_voucher_shows_what_is_left_of_it(house: House, desk: Desk) -> None:
    voucher = an_issued_voucher(house)
    a_placed_order(house, voucher)

    shown = desk.shown("voucher", "show", voucher)

    assert "78800.00" in shown and "21200.00" in shown
    assert desk.told("voucher", "show", voucher)["reserved"] == "21200.00"
    assert desk.told("fund", "list")[0]["committed"] == "78800.00"


def test_finance_lends_for_another_funder_and_has_it_paid_back(house: House, desk: Desk) -> None:
    line = line_of(house, publish(house, LENDING, allotted="90000.00"), "city").reference
    told = desk.told("fund", "advance", line, "--amount", "50000.00", "--document", "Letter 1", who="finance1")
    assert (told["funder"], told["year"]) == ("province", 2026)
    assert {row["funder"]: row["free"] for row in desk.told("fund", "list")} == {"city": "40000.00", "province": "50000.00"}
    desk.told("fund", "advance", line, "--settle", "--amount", "20000.00", "--document", "Letter 2", who="finance1")
    assert {row["funder"]: row["free"] for row in desk.told("fund", "list")} == {"city": "60000.00", "province": "30000.00"}
    assert "is owed" in desk.refused("fund", "advance", line, "--settle", "--amount", "30000.01", "--document", "Letter 3", who="finance1")


def test_orders_are_declined_and_listed(house: House, desk: Desk) -> None:
    order = a_placed_order(house)

    assert desk.told("order", "decline", order, "--reason", "No laboratory is free", who=PROVIDER)["state"] == "declined"
    assert desk.told("order", "show", order)["state"] == "declined"
    assert desk.told("order", "list", "--state", "placed") == []
    assert order in desk.shown("order", "list")


def test_claims_are_sent_back_and_withdrawn(house: House, desk: Desk) -> None:
    claim = a_verified_claim(house)

    assert desk.told("claim", "send-back", claim, "--reason", "Line 1 lacks a report", who="approver2")["state"] == "submitted"
    assert desk.told("claim", "verify", claim, "--all", who="verifier1")["state"] == "verified"
    assert desk.told("claim", "show", claim)["lines"][0]["accepted"] == "106000.00"
    assert "106000.00" in desk.shown("claim", "show", claim)
    assert desk.told("claim", "withdraw", claim, who=SME)["state"] == "withdrawn"
    assert [row["reference"] for row in desk.told("claim", "list", "--state", "withdrawn")] == [claim]


def test_a_batch_is_shown_with_its_totals_and_dissolved(house: House, desk: Desk) -> None:
    batch = a_gathered_batch(house)

    assert "1 x CNY 21200.00" in desk.shown("batch", "show", batch)
    assert len(desk.told("batch", "show", batch)["payouts"]) == 1
    assert desk.told("batch", "dissolve", batch, "--reason", "Wrong day", who="finance1")["state"] == "dissolved"
    assert [row["state"] for row in desk.told("batch", "list")] == ["dissolved"]
    assert [row["state"] for row in desk.told("payout", "list")] == ["payable"]


def test_a_returned_payout_is_issued_again_to_the_new_account(house: House, desk: Desk, tmp_path: Path) -> None:
    batch = an_exported_batch(house)
    (payout,) = (row["reference"] for row in desk.told("payout", "list"))
    statement = tmp_path / "statement.xml"
    statement.write_bytes(bank_answer(house, batch, returned=[payout]))

    told = desk.told("bank", "import", statement, who="finance1")
    assert (told["settled"], told["returned"], told["open"]) == (1, 1, 0)
    assert "no" in desk.refused("payout", "reissue", payout, who="finance1").lower()
    desk.told("organisation", "account", house.references[SMES[0].number], "--currency", "CNY", "--number", "6299000000000000555",
              "--bank-code", "999465000990", who="administrator1")
    again = desk.told("payout", "reissue", payout, who="finance1")

    assert again["state"] == "payable"
    assert desk.told("payout", "show", again["reference"])["account_number"] == "6299000000000000555"
    assert desk.told("payout", "show", payout)["return_reason"] == "AC04"
    assert desk.told("job", "run")[0]["error"] == ""


def test_lines_that_wait_are_matched_and_set_aside(house: House, desk: Desk, tmp_path: Path) -> None:
    batch = an_exported_batch(house)
    (payout,) = (row["reference"] for row in desk.told("payout", "list"))
    statement = tmp_path / "statement.xml"
    statement.write_bytes(bank_answer(house, batch, mangled={payout: "cut"}, stranger=True))
    desk.told("bank", "import", statement, who="finance1")
    ours, stranger = sorted(desk.told("bank", "lines"), key=lambda line: float(line["amount"]))

    assert desk.told("bank", "match", ours["id"], payout, who="finance1")["state"] == "matched"
    assert desk.told("bank", "set-aside", stranger["id"], "--reason", "Misdirected", who="finance1")["state"] == "set_aside"
    assert desk.told("bank", "lines") == []
    assert desk.told("payout", "show", payout)["state"] == "settled"


def test_a_settlement_statement_that_is_not_made_yet_is_refused(house: House, desk: Desk, tmp_path: Path) -> None:
    an_exported_batch(house)
    (payout,) = (row["reference"] for row in desk.told("payout", "list"))

    assert "no settlement statement yet" in desk.refused("payout", "statement", payout, "--to", tmp_path)


def test_a_key_lets_a_program_act_for_its_person(house: House, desk: Desk) -> None:
    made = desk.told("key", "create", f"{SME}@{DOMAIN}", "--label", "ERP")

    with read(house.database) as session:
        person = person_with_key(session, made["key"])
        assert person is not None and person.email == f"{SME}@{DOMAIN}"


def test_people_are_listed_with_what_they_may_do_and_get_another_role(house: House, desk: Desk) -> None:
    office = next(row["reference"] for row in desk.told("organisation", "list", "--kind", "office"))
    desk.told("person", "grant", f"finance1@{DOMAIN}", "--role", "treasury", "--for", office, who="administrator1")

    roles = {row["role"] for row in desk.told("person", "list") if row["email"] == f"finance1@{DOMAIN}"}
    assert roles == {"finance", "treasury"}


def test_an_amount_that_is_none_is_refused_and_nothing_happens(house: House, desk: Desk) -> None:
    voucher = an_issued_voucher(house)
    provider = next(row["reference"] for row in desk.told("organisation", "list", "--kind", "provider"))

    said = desk.refused("order", "place", voucher, "--provider", provider, "--service", "development", "--title", "Buoy",
                        "--net", "1e3", "--vat", "0.00", who=SME)

    assert "1e3" in said
    assert desk.told("order", "list") == []


def test_all_that_is_wrong_with_a_claim_is_said_at_once_and_its_files_are_not_kept(house: House, desk: Desk, tmp_path: Path) -> None:
    claim = a_submitted_claim(house)
    order = desk.told("claim", "show", claim)["order"]
    desk.told("claim", "withdraw", claim, who=SME)
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(b"%PDF-1.4 not much of it")

    said = desk.refused("claim", "submit", order, "--invoice", "123", "2020-01-01", "100000.00", "6000.00", " ", "--paid", "", "2020-01-01",
                        "1.00", "--evidence", "invoice", paper, who=SME)

    for place in ("lines.0.invoice_number", "lines.0.issued_on", "lines.0.description", "evidence.contract"):
        assert place in said


def test_a_day_that_is_none_is_a_usage_error(desk: Desk) -> None:
    result = desk.type("batch", "gather", "--on", "tomorrow", who="finance1")

    assert result.exit_code == 2
    assert "Write it as 2026-03-02" in result.stderr


def test_the_demo_is_refused_where_money_is_at_stake(desk: Desk) -> None:
    assert "VOUCHER_MODE=demo" in desk.refused("demo")


def test_what_is_awaited_can_be_listed(desk: Desk, house: House) -> None:
    voucher = an_application(house)
    told = desk.told("deadline", "list", "--waits-for", "reviewer")
    assert [(each["subject"], each["rule"], each["due_on"], each["days_left"]) for each in told] == [(voucher, "review", "2026-03-16", 14)]
    assert desk.told("deadline", "list", "--due-by", "2026-03-15", "--voucher", voucher, "--all") == []
    with house.work("approver1") as work:
        ban_organisation(work, house.references[SMES[0].number], house.today + timedelta(days=30), "It sold the voucher.", "Article 21")
    assert [each["rule"] for each in desk.told("deadline", "list", "--voucher", voucher)] == ["review", "ban"]
    assert [(each["rule"], each["up to 10"], each["over 20"]) for each in desk.told("deadline", "ahead")] == [
        ("review", 1, 0), ("ban", 0, 1)]
