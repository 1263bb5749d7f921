"""`voucher programme simulate`: a draft over what was really ordered."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.builders import PROVIDERS, a_house, a_placed_order, an_issued_voucher
from tests.workflows.cli.installation import an_installation
from voucher.database import Database
from voucher.files import FileStore
from voucher.programmes.library import example
from workflows.cli.main import main


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """An installation with two orders of one firm: 100,000 and 900,000 yuan with tax."""
    environment = an_installation(tmp_path / "instance")
    database = Database(f"sqlite:///{tmp_path / 'instance' / 'voucher.sqlite3'}")
    house = a_house(database, FileStore(str(tmp_path / "instance" / "files")))
    voucher = an_issued_voucher(house, amount="300000.00")
    a_placed_order(house, voucher, net="100000.00", vat="0.00")
    a_placed_order(house, voucher, provider=PROVIDERS[0], net="900000.00", vat="0.00")
    database.close()
    return environment


def test_a_draft_is_tried_on_the_recorded_orders(tmp_path: Path, installed: dict[str, str]) -> None:
    draft, lines = tmp_path / "draft.yaml", tmp_path / "cases.csv"
    draft.write_text(example("weihai").decode().replace("technology_sme: 300000.00", "technology_sme: 150000.00"), encoding="utf-8")
    run = CliRunner(env=installed)
    told = json.loads(run.invoke(main, ["programme", "simulate", str(draft), "--budget", "100000.00", "--json"]).stdout)
    assert (told["cases"], told["recorded"], told["draft"], told["change"]) == (2, "200000.00", "150000.00", "-50000.00")
    assert told["caps"] == [{"name": "yearly cap by class of firm", "hits": 1, "cut": "50000.00"}]
    assert told["budget_spent_on"] == "2026-03-02"
    table = run.invoke(main, ["programme", "simulate", str(draft), "--csv", str(lines), "--chart", str(tmp_path / "months.svg")])
    assert table.exit_code == 0, table.output
    assert "money saved" in table.stdout
    assert "2026-03, under the draft: 150000.00 CNY" in (tmp_path / "months.svg").read_text(encoding="utf-8")
    assert [line.split(",")[5:8] for line in lines.read_text(encoding="utf-8").splitlines()[1:]] == [
        ["20000.00", "20000.00", "0.00"], ["180000.00", "130000.00", "-50000.00"]]


def test_a_draft_of_a_programme_that_is_not_there_is_refused(tmp_path: Path, installed: dict[str, str]) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_bytes(example("yuhuan"))
    answer = CliRunner(env=installed).invoke(main, ["programme", "simulate", str(draft)])
    assert answer.exit_code == 2
    assert "There is no programme yuhuan. Name one with --programme." in answer.stderr
