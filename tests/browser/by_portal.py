"""Tells the story through the portal alone: each person in a browser of his own, pressing what is there to press."""

from collections.abc import Sequence
from datetime import date

from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.builders import bank_answer
from tests.stories.story import Story
from tests.stories.tellers import Teller
from voucher.database import Database
from voucher.files import FileStore
from voucher.programmes.library import example
from workflows.access import hash_password
from workflows.demo.data import PASSWORD
from workflows.demo.evidence import evidence_page


class Portal(Teller):
    """Everybody signs in with his password and takes his steps on pages."""

    def __init__(self, database: Database, store: FileStore, browser: Browser) -> None:
        super().__init__(database, store)
        self.browser = browser
        self.address = ""
        self.pages: dict[str, Page] = {}
        self.complaints: list[str] = []

    def enter_everybody(self, story: Story) -> None:
        self.register(story, hash_password(PASSWORD))

    def page(self, who: str, path: str = "/") -> Page:
        """A page before somebody, who signs in first if he has not yet."""
        if who not in self.pages:
            self.pages[who] = self._sign_in(who)
        self.pages[who].goto(self.address + path)
        return self.pages[who]

    def _sign_in(self, who: str) -> Page:
        page = self.browser.new_context(locale="en-GB").new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.address + "/sign-in")
        page.get_by_label("E-mail address").fill(f"{who}@voucher.example")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        with page.expect_navigation():
            page.locator("main").get_by_role("button", name="Sign in").click()
        if page.locator("html").get_attribute("lang") != "en":  # the person's own language
            page.get_by_role("button", name="English").click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        return page

    def close(self) -> None:
        """Close every browser."""
        for page in self.pages.values():
            page.context.close()

    def waiting(self, who: str, reference: str) -> Page:
        """The page of a case, reached from the list of what waits for somebody."""
        page = self.page(who)
        page.get_by_role("link", name=reference).first.click()
        return page

    def press(self, page: Page, word: str) -> None:
        """Press a button; the page that follows must not refuse."""
        with page.expect_navigation():
            page.locator("main").get_by_role("button", name=word, exact=True).click()
        refusal = page.get_by_role("alert")
        assert refusal.count() == 0, refusal.all_inner_texts()

    def reference_of(self, page: Page) -> str:
        """The reference in the address of a page."""
        return page.url.rsplit("/", 1)[-1]

    # -- the steps ----------------------------------------------------------------------------------------------------

    def publish_programme(self, who: str, code: str) -> str:
        page = self.page(who)
        page.get_by_role("link", name="Cases", exact=True).click()
        page.get_by_role("link", name="Programmes", exact=True).first.click()
        page.get_by_role("link", name="Publish terms").click()
        terms = FilePayload(name=f"{code}.yaml", mimeType="application/yaml", buffer=example(code))
        page.get_by_label("Terms file (YAML)").set_input_files(terms)
        self.press(page, "Publish")
        return page.url.rsplit("/", 2)[-2]

    def record_appropriation(self, who: str, programme: str, year: int, amount: str, document: str, funder: str) -> str:
        page = self.page(who, f"/office/programmes/{programme}/funds")
        form = page.locator("form").filter(has_text="Record it")
        form.get_by_label("Year").fill(str(year))
        form.get_by_label("Funder").fill(funder)
        form.get_by_label("Amount").fill(amount)
        form.get_by_label("Document").fill(document)
        self.press(page, "Record it")
        return page.locator(".card-head .ref").first.inner_text()

    def allot(self, who: str, fund_line: str, amount: str, document: str) -> None:
        page = self.page(who, f"/office/programmes/{self.known['programme']}/funds")
        form = page.locator("form").filter(has_text="Allot it")
        form.get_by_label("Fund line").select_option(fund_line)
        form.get_by_label("Amount").fill(amount)
        form.get_by_label("Document").fill(document)
        self.press(page, "Allot it")

    def apply_for_voucher(self, who: str, programme: str, sme: str, amount: str, purpose: str) -> str:
        page = self.page(who)
        page.get_by_role("link", name="Apply for a voucher").click()
        page.get_by_label("Programme").select_option(programme)
        page.get_by_label("Amount").fill(amount)
        page.get_by_label("What the voucher is for").fill(purpose)
        self.press(page, "Send the application")
        return self.reference_of(page)

    def review_voucher(self, who: str, voucher: str, note: str) -> None:
        page = self.waiting(who, voucher)
        page.get_by_label("Note").fill(note)
        self.press(page, "Recommend it")

    def issue_voucher(self, who: str, voucher: str) -> None:
        self.press(self.waiting(who, voucher), "Issue the voucher")

    def place_order(self, who: str, voucher: str, provider: str, service_type: str, title: str, net: str, vat: str) -> str:
        page = self.page(who, f"/vouchers/{voucher}")
        page.get_by_role("link", name="Order a service").click()
        page.get_by_label("Provider", exact=True).select_option(provider)
        page.get_by_label("Service", exact=True).select_option(service_type)
        page.get_by_label("What is ordered").fill(title)
        page.get_by_label("Price without tax").fill(net)
        page.get_by_label("Value added tax", exact=True).fill(vat)
        self.press(page, "Show first what the voucher pays")
        expect(page.get_by_text("The voucher pays at most")).to_be_visible()
        self.press(page, "Place the order")
        return self.reference_of(page)

    def accept_order(self, who: str, order: str) -> None:
        self.press(self.waiting(who, order), "Accept the order")

    def cancel_order(self, who: str, order: str, reason: str) -> None:
        page = self.page(who, f"/orders/{order}")
        page.locator("summary").filter(has_text="Cancel the order").click()
        page.get_by_label("Reason, told to the provider").fill(reason)
        self.press(page, "Cancel the order")

    def register_contract(self, who: str, order: str, contract_number: str) -> None:
        page = self.waiting(who, order)
        page.get_by_label("Contract registration number").fill(contract_number)
        self.press(page, "Enter the contract number")

    def confirm_tax(self, who: str, order: str, paid_on: str, document: str) -> None:
        page = self.waiting(who, order)
        page.get_by_label("Day on which the SME paid it").fill(paid_on)
        page.get_by_label("Invoice or receipt").fill(document)
        self.press(page, "The tax has come in")

    def deliver_order(self, who: str, order: str, note: str) -> None:
        page = self.waiting(who, order)
        page.get_by_label("What was delivered").fill(note)
        self.press(page, "Note the delivery")

    def accept_delivery(self, who: str, order: str) -> None:
        self.press(self.waiting(who, order), "Accept the delivery")

    def submit_claim(self, who: str, order: str, lines: Sequence[Sequence[str]], own_payment: Sequence[str],
                     evidence: Sequence[str]) -> str:
        page = self.waiting(who, order)
        page.get_by_role("link", name="Submit the claim").click()
        for number, line in enumerate(lines):
            if number:
                self.press(page, "Add a line")
            self._fill_line(page, number, line)
        for name, value in zip(("reference", "paid_on", "amount"), own_payment, strict=True):
            page.locator(f'[name="own_payment.{name}"]').fill(value)
        for kind in evidence:
            paper = FilePayload(name=f"{kind}.pdf", mimeType="application/pdf", buffer=evidence_page(kind))
            page.locator(f'[name="evidence.{kind}"]').set_input_files(paper)
        self.press(page, "Submit the claim")
        return self.reference_of(page)

    def _fill_line(self, page: Page, number: int, line: Sequence[str]) -> None:
        for name, value in zip(("invoice_number", "issued_on", "description", "net", "vat"), line, strict=True):
            page.locator(f'[name="lines.{number}.{name}"]').fill(value)

    def verify_claim(self, who: str, claim: str, decisions: Sequence[tuple[int, str, str | None]]) -> None:
        page = self.waiting(who, claim)
        for number, amount, reason in decisions:
            page.locator(f'[name="decisions.{number}.accepted"]').fill(amount)
            page.locator(f'[name="decisions.{number}.reason"]').select_option(reason or "")
        self.press(page, "Send the decisions")

    def approve_claim(self, who: str, claim: str) -> None:
        self.press(self.waiting(who, claim), "Approve the claim")

    def gather_batch(self, who: str, payouts: Sequence[str] | None, execution_on: str) -> str:
        page = self.page(who)
        page.get_by_role("link", name="Go there").first.click()
        page.get_by_label("Day of execution").fill(execution_on)
        self.press(page, "Gather the batch")
        return self.reference_of(page)

    def release_batch(self, who: str, batch: str) -> None:
        self.press(self.waiting(who, batch), "Sign for the release")

    def import_statement(self, who: str, batch: str, booked_on: str) -> None:
        page = self.page(who, f"/office/batches/{batch}")
        with page.expect_download() as download:
            page.get_by_role("link", name=".xml").first.click()
        assert download.value.suggested_filename.endswith(".xml")
        content = bank_answer(self.house, batch, booked_on=date.fromisoformat(booked_on))
        page.get_by_role("link", name="Reconciliation", exact=True).click()
        statement = FilePayload(name="statement.xml", mimeType="application/xml", buffer=content)
        page.get_by_label("The bank's file (camt.053)").set_input_files(statement)
        self.press(page, "Import it")
        assert "1 payouts settled" in page.get_by_role("status").inner_text()
        expect(page.get_by_text("No line is open.")).to_be_visible()

    def fetch_settlement_statement(self, who: str, claim: str) -> None:
        page = self.page(who)
        page.get_by_role("link", name="Money", exact=True).click()
        page.get_by_role("link", name="Payouts", exact=True).click()
        page.get_by_role("row").filter(has_text=claim).get_by_role("link").first.click()
        link = page.get_by_role("link", name="Settlement statement (PDF)").get_attribute("href")
        self.check_statement(page.request.get(f"{self.address}{link}").body())
