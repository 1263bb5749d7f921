"""`voucher order` and `voucher programme diff` on an installation: sheets before ordering, and versions side by side."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.builders import PROVIDERS, SMES, House, a_house
from tests.workflows.cli.installation import an_installation
from tests.workflows.scopes import change, publish, voucher_for
from voucher.clock import system_clock
from voucher.database import Database
from voucher.files import FileStore
from voucher.programmes.library import example
from workflows.cli.main import main
from workflows.publishing import publish_programme

PRICE = ("--net", "6000.00", "--vat", "0.00", "--service", "ip", "--item", "software_copyright", "--quantity", "3")


class Installed:
    """An installation with an issued voucher of a programme that has limits per item and piece."""

    def __init__(self, folder: Path) -> None:
        self.environment = an_installation(folder)
        self.database = Database(f"sqlite:///{folder / 'voucher.sqlite3'}")
        self.house: House = a_house(self.database, FileStore(str(folder / "files")), now=system_clock())
        change(self.house, self.house.references[SMES[0].number], category="firm")
        self.voucher = voucher_for(self.house, publish(self.house, example("changchun")), amount="20000.00")
        self.provider = self.house.references[PROVIDERS[0].number]

    def run(self, *words: str) -> Result:
        """What the command answers."""
        return CliRunner(env=self.environment).invoke(main, list(words))


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    """One."""
    return Installed(tmp_path / "instance")


SME = ("--as", f"{SMES[0].people[0].email}")


def test_a_quote_shows_the_sheet_and_orders_nothing(installed: Installed) -> None:
    told = json.loads(installed.run("order", "quote", installed.voucher, *SME, *PRICE, "--json").stdout)
    assert (told["result"], told["own_share"]) == ("1500.00", "4500.00")
    assert "cap of one software copyright" in installed.run("order", "quote", installed.voucher, *SME, *PRICE).stdout
    assert json.loads(installed.run("order", "list", "--json").stdout) == []


def test_an_order_carries_what_the_terms_ask_for(installed: Installed) -> None:
    placed = installed.run("order", "place", installed.voucher, *SME, "--provider", installed.provider, "--title", "Rights", *PRICE,
                           "--json")
    assert placed.exit_code == 0, placed.output
    told = json.loads(placed.stdout)
    assert (told["voucher_part"], told["item"], told["quantity"]) == ("1500.00", "software_copyright", 3)


def test_a_fact_that_excludes_an_order_counts_at_the_command_line_too(installed: Installed) -> None:
    told = installed.run("order", "quote", installed.voucher, *SME, *PRICE, "--fact", "batch_test", "--json").stdout
    assert json.loads(told)["result"] == "0.00"


@pytest.mark.parametrize(("measure", "says"), [("added_value", "CODE=AMOUNT"), ("added_value=1.00", "ask for no such amount")])
def test_a_measure_that_is_none_is_refused(installed: Installed, measure: str, says: str) -> None:
    refused = installed.run("order", "quote", installed.voucher, *SME, *PRICE, "--measure", measure)
    assert refused.exit_code == 2
    assert says in refused.output


def test_a_stranger_gets_no_quote(installed: Installed) -> None:
    provider = ("--as", PROVIDERS[0].people[0].email)
    assert installed.run("order", "quote", installed.voucher, *provider, *PRICE).exit_code == 2


def test_a_draft_is_held_against_what_is_published(installed: Installed, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_bytes(example("changchun").replace(b"rate: 50 %", b"rate: 40 %", 1))
    assert "40%" in installed.run("programme", "diff", "changchun@", str(draft)).stdout.replace(" ", "")
    with installed.house.work("approver1") as work:
        publish_programme(work, draft.read_bytes())
    changes = json.loads(installed.run("programme", "diff", "changchun@1", "changchun@2", "--json").stdout)["values"]
    assert len(changes) == 1
    assert json.loads(installed.run("programme", "diff", "changchun@", str(draft), "--json").stdout)["values"] == []


@pytest.mark.parametrize("name", ["changchun@3", "nowhere@1", "changchun@x", "changchun@-1"])
def test_a_version_that_is_not_there_is_refused(installed: Installed, name: str) -> None:
    assert installed.run("programme", "diff", name, "changchun@").exit_code == 2
