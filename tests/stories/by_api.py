"""The teller that sends requests to /api/v1, each person with a key of his own."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

from tests.builders import DATA
from tests.stories.story import Story
from tests.stories.tellers import Teller
from tests.workflows.api.client import Programs
from tests.workflows.portal.visitors import an_app
from voucher.bank import simulated
from voucher.database import Database
from voucher.files import FileStore
from voucher.money import Money
from voucher.programmes.library import example
from workflows.demo.evidence import evidence_page


class Api(Teller):
    """Sends requests."""

    def __init__(self, database: Database, store: FileStore, folder: Path) -> None:
        super().__init__(database, store)
        self.programs = Programs(an_app(self.house, folder), self.house)

    def post(self, who: str, path: str, /, **body: object) -> str:
        """Take a step; answers the reference of what it was about."""
        answer = self.programs.done(who, path, body)
        return str(answer.get("reference", ""))

    def enter_everybody(self, story: Story) -> None:
        self.register(story)

    def publish_programme(self, who: str, code: str) -> str:
        return str(self.programs.done(who, "/programmes", data=example(code), content_type="application/yaml")["reference"])

    def record_appropriation(self, who: str, programme: str, year: int, amount: str, document: str, funder: str) -> str:
        return self.post(who, "/fund-lines", programme=programme, year=year, amount=amount, document=document, funder=funder,
                         currency=self.currency)

    def allot(self, who: str, fund_line: str, amount: str, document: str) -> None:
        self.post(who, f"/fund-lines/{fund_line}/allot", amount=amount, document=document, currency=self.currency)

    def apply_for_voucher(self, who: str, programme: str, sme: str, amount: str, purpose: str) -> str:
        return self.post(who, "/vouchers", programme=programme, sme=sme, amount=amount, purpose=purpose, currency=self.currency)

    def review_voucher(self, who: str, voucher: str, note: str) -> None:
        self.post(who, f"/vouchers/{voucher}/review", note=note)

    def issue_voucher(self, who: str, voucher: str) -> None:
        self.post(who, f"/vouchers/{voucher}/issue")

    def place_order(self, who: str, voucher: str, provider: str, service_type: str, title: str, net: str, vat: str) -> str:
        return self.post(who, "/orders", voucher=voucher, provider=provider, service_type=service_type, title=title, net=net,
                         vat=vat, currency=self.currency)

    def accept_order(self, who: str, order: str) -> None:
        self.post(who, f"/orders/{order}/accept")

    def cancel_order(self, who: str, order: str, reason: str) -> None:
        self.post(who, f"/orders/{order}/cancel", reason=reason)

    def register_contract(self, who: str, order: str, contract_number: str) -> None:
        self.post(who, f"/orders/{order}/register-contract", contract_number=contract_number)

    def confirm_tax(self, who: str, order: str, paid_on: str, document: str) -> None:
        self.post(who, f"/orders/{order}/confirm-tax", paid_on=paid_on, document=document)

    def deliver_order(self, who: str, order: str, note: str) -> None:
        self.post(who, f"/orders/{order}/deliver", note=note)

    def accept_delivery(self, who: str, order: str) -> None:
        self.post(who, f"/orders/{order}/accept-delivery")

    def submit_claim(self, who: str, order: str, lines: Sequence[Sequence[str]], own_payment: Sequence[str],
                     evidence: Sequence[str]) -> str:
        files = [{"kind": kind, "file": self._upload(who, kind)} for kind in evidence]
        reference, paid_on, amount = own_payment
        return self.post(
            who, "/claims", order=order, evidence=files, currency=self.currency,
            own_payment={"reference": reference, "paid_on": paid_on, "amount": amount},
            lines=[{"invoice_number": number, "issued_on": on, "description": text, "net": net, "vat": vat}
                   for number, on, text, net, vat in lines])

    def _upload(self, who: str, kind: str) -> str:
        form = {"organisation": self.known["sme" if "sme" in who else "provider"],
                "file": (BytesIO(evidence_page(kind)), f"{kind}.pdf")}
        return str(self.programs.done(who, "/files", data=form)["reference"])

    def verify_claim(self, who: str, claim: str, decisions: Sequence[tuple[int, str, str | None]]) -> None:
        said = [{"number": number, "accepted": amount} | ({"reason": reason} if reason else {})
                for number, amount, reason in decisions]
        self.post(who, f"/claims/{claim}/verify", decisions=said, currency=self.currency)

    def approve_claim(self, who: str, claim: str) -> None:
        self.post(who, f"/claims/{claim}/approve")

    def gather_batch(self, who: str, payouts: Sequence[str] | None, execution_on: str) -> str:
        assert payouts is None
        return self.post(who, "/batches", execution_on=execution_on)

    def release_batch(self, who: str, batch: str) -> None:
        self.post(who, f"/batches/{batch}/release")

    def import_statement(self, who: str, batch: str, booked_on: str) -> None:
        file = self.programs.get(who, f"/batches/{batch}/files/{self.currency}")
        assert file.status_code == 200
        office = {each.number: Money(100_000_000_00, each.currency) for each in DATA.office.accounts}
        content = simulated.answer([file.data], office, date.fromisoformat(booked_on))
        told = self.programs.done(who, "/bank-statements", data={"file": (BytesIO(content), "statement.xml")})
        assert (told["settled"], told["open"]) == (1, 0)

    def fetch_settlement_statement(self, who: str, claim: str) -> None:
        (payout,) = self.programs.seen(who, f"/claims/{claim}")["payouts"]
        document = self.programs.get(who, f"/payouts/{payout}/settlement-statement")
        assert document.mimetype == "application/pdf"
        self.check_statement(document.data)
