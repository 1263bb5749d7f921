"""The teller that types commands, from the first organisation on, and reads the JSON that they answer."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tests.builders import DATA
from tests.stories.story import Story
from tests.stories.tellers import Teller
from voucher.bank import simulated
from voucher.database import Database
from voucher.files import FileStore
from voucher.money import Money
from voucher.programmes.library import example
from voucher.settings import Mode, Settings
from workflows.cli.commands import Surroundings
from workflows.cli.main import main
from workflows.demo.data import DOMAIN, OrganisationData
from workflows.demo.evidence import evidence_page


class CommandLine(Teller):
    """Types commands."""

    def __init__(self, database: Database, store: FileStore, folder: Path) -> None:
        super().__init__(database, store)
        self.folder = folder
        self.surroundings = Surroundings(Settings(
            instance=folder, database_url=database.url.render_as_string(hide_password=False), secret_key="not a secret at all" * 2,
            files_url=str(folder / "files"), mode=Mode.DEMO, zone="Asia/Shanghai", base_url="http://127.0.0.1:8000",
            language="zh"), self.house.clock)

    def type(self, *words: object, who: str = "") -> Any:
        """Type a command as somebody; answers what it says to machines."""
        signed = ("--as", f"{who}@{DOMAIN}") if who else ()
        result = CliRunner().invoke(main, [*map(str, words), *signed, "--json"], obj=self.surroundings)
        assert result.exit_code == 0, f"{words}: {result.stderr or result.exception!r}"
        return json.loads(result.stdout)

    def make(self, *words: object, who: str = "") -> str:
        """Type a command that makes something; answers its reference."""
        return str(self.type(*words, who=who)["reference"])

    def file(self, name: str, content: bytes) -> Path:
        """A file to name in a command."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    def enter_everybody(self, story: Story) -> None:
        cast = {"office": DATA.office, "sme": story.sme, "provider": story.provider}
        for name, data in cast.items():
            self.known[name] = self._enter(data)
        self.meet_people()

    def _enter(self, data: OrganisationData) -> str:
        reference: str = self.type(
            "organisation", "create", "--kind", data.kind, "--name", data.name, "--number", data.number, "--name-en", data.name_en,
            "--country", data.country, "--category", data.category, "--region", data.region, "--address", data.address,
            "--town", data.town)["reference"]
        for account in data.accounts:
            self.type("organisation", "account", reference, "--currency", account.currency, "--number", account.number,
                      "--holder", account.holder, "--bank-name", account.bank_name, "--bank-code", account.bank_code)
        for person in data.people:
            self.type("person", "create", person.email, "--name", person.name, "--role", person.role, "--for", reference,
                      "--password", "correct horse battery", "--language", person.language)
        return reference

    def publish_programme(self, who: str, code: str) -> str:
        return self.make("programme", "publish", self.file(f"{code}.yaml", example(code)), who=who)

    def record_appropriation(self, who: str, programme: str, year: int, amount: str, document: str, funder: str) -> str:
        return self.make("fund", "appropriate", "--programme", programme, "--year", year, "--amount", amount, "--document",
                         document, "--funder", funder, who=who)

    def allot(self, who: str, fund_line: str, amount: str, document: str) -> None:
        self.type("fund", "allot", fund_line, "--amount", amount, "--document", document, who=who)

    def apply_for_voucher(self, who: str, programme: str, sme: str, amount: str, purpose: str) -> str:
        return self.make("voucher", "apply", "--programme", programme, "--sme", sme, "--amount", amount, "--purpose", purpose,
                         who=who)

    def review_voucher(self, who: str, voucher: str, note: str) -> None:
        self.type("voucher", "review", voucher, "--note", note, who=who)

    def issue_voucher(self, who: str, voucher: str) -> None:
        self.type("voucher", "issue", voucher, who=who)

    def place_order(self, who: str, voucher: str, provider: str, service_type: str, title: str, net: str, vat: str) -> str:
        return self.make("order", "place", voucher, "--provider", provider, "--service", service_type, "--title", title,
                         "--net", net, "--vat", vat, who=who)

    def accept_order(self, who: str, order: str) -> None:
        self.type("order", "accept", order, who=who)

    def cancel_order(self, who: str, order: str, reason: str) -> None:
        self.type("order", "cancel", order, "--reason", reason, who=who)

    def register_contract(self, who: str, order: str, contract_number: str) -> None:
        self.type("order", "register-contract", order, "--contract-number", contract_number, who=who)

    def confirm_tax(self, who: str, order: str, paid_on: str, document: str) -> None:
        self.type("order", "confirm-tax", order, "--paid-on", paid_on, "--document", document, who=who)

    def deliver_order(self, who: str, order: str, note: str) -> None:
        self.type("order", "deliver", order, "--note", note, who=who)

    def accept_delivery(self, who: str, order: str) -> None:
        self.type("order", "accept-delivery", order, who=who)

    def submit_claim(self, who: str, order: str, lines: Sequence[Sequence[str]], own_payment: Sequence[str],
                     evidence: Sequence[str]) -> str:
        words: list[object] = []
        for number, on, text, net, vat in lines:
            words += ["--invoice", number, on, net, vat, text]
        for kind in evidence:
            words += ["--evidence", kind, self.file(f"{kind}.pdf", evidence_page(kind))]
        return self.make("claim", "submit", order, "--paid", *own_payment, *words, who=who)

    def verify_claim(self, who: str, claim: str, decisions: Sequence[tuple[int, str, str | None]]) -> None:
        words: list[object] = []
        for number, amount, reason in decisions:
            words += ["--cut", number, amount, reason] if reason else ["--accept", number, amount]
        self.type("claim", "verify", claim, *words, who=who)

    def approve_claim(self, who: str, claim: str) -> None:
        self.type("claim", "approve", claim, who=who)

    def gather_batch(self, who: str, payouts: Sequence[str] | None, execution_on: str) -> str:
        return self.make("batch", "gather", *(payouts or ()), "--on", execution_on, who=who)

    def release_batch(self, who: str, batch: str) -> None:
        self.type("batch", "release", batch, who=who)

    def do_jobs(self, _who: str) -> None:
        assert {each["error"] for each in self.type("job", "run")} == {""}

    def import_statement(self, who: str, batch: str, booked_on: str) -> None:
        written = [Path(each["file"]) for each in self.type("batch", "files", batch, "--to", self.folder / "outbox")]
        office = {each.number: Money(100_000_000_00, each.currency) for each in DATA.office.accounts}
        content = simulated.answer([each.read_bytes() for each in written], office, date.fromisoformat(booked_on))
        told = self.type("bank", "import", self.file("statement.xml", content), who=who)
        assert (told["settled"], told["open"]) == (1, 0)

    def fetch_settlement_statement(self, _who: str, claim: str) -> None:
        (payout,) = self.type("payout", "list", "--state", "settled")
        written = self.type("payout", "statement", payout["reference"], "--to", self.folder / "outbox")
        assert self.type("document", "verify", written["file"])["good"]
        self.check_statement(Path(written["file"]).read_bytes())
