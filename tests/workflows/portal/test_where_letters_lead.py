"""Where the letters and lists of the portal lead: to a page that is there, and is for whom it is shown."""

import html
import re
from datetime import timedelta

from sqlmodel import select

from tests.builders import PROVIDER, PROVIDERS, SME, SMES, House, a_programme, a_submitted_claim, an_exported_batch
from tests.workflows.mailing import all_letters, tell
from tests.workflows.portal.visitors import Visitors
from voucher.findings import Finding
from voucher.programmes.library import example
from voucher.work import read
from workflows.banning import ban_organisation
from workflows.correspondence import page_of
from workflows.providers import suspend_provider
from workflows.publishing import publish_programme

LINK = re.compile(r'href="(/[^"]+)"')


def test_every_letter_leads_its_receiver_to_a_page_that_he_may_open(portal: Visitors, house: House) -> None:
    batch, provider = an_exported_batch(house), house.references[PROVIDERS[0].number]
    with house.work("approver1") as work:
        suspend_provider(work, provider, "Its accreditation is over.")
        ban_organisation(work, house.references[SMES[0].number], house.today + timedelta(days=20), "It sold the voucher.", "Article 21")
    tell(house)
    led = {(who, page_of(letter)) for who, letter in all_letters(house)}
    assert ("finance1", f"/office/batches/{batch}") in led
    assert (SME, "/letters") in led  # of the ban: a firm has no page
    assert (PROVIDER, f"/providers/{provider}") in led
    assert [each for each in sorted(led) if portal.get(*each).status_code != 200] == []


def test_of_a_finding_its_desk_is_led_to_the_finding(portal: Visitors, house: House) -> None:
    programme = a_programme(house)
    with house.work("approver1") as work:
        publish_programme(work, example("weihai") + b"\nsampling_rate: 100 %\n")
    a_submitted_claim(house)
    portal.post("auditor1", "/office/draws", programme=programme, seed="Lottery of 2026-03-01: 8 15")
    tell(house)
    with read(house.database) as session:
        found = {f"/findings/{each}" for each in session.exec(select(Finding.reference))}
    led = {page_of(letter) for _who, letter in all_letters(house) if letter.event == "finding.found"}
    assert led and led <= found


def test_of_a_firm_no_page_is_shown_that_only_a_provider_has(portal: Visitors, house: House) -> None:
    firm, provider = (house.references[each.number] for each in (SMES[0], PROVIDERS[0]))
    for each in (firm, provider):
        portal.get("administrator1", f"/office/organisations/{each}")
    links = {html.unescape(each) for each in LINK.findall(portal.get("auditor1", "/looks").text)}
    assert f"/providers/{provider}" in links
    assert f"/providers/{firm}" not in links
