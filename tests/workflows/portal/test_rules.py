"""The rules of a programme in plain words: for whoever is signed in, any version, on paper, and what two versions say differently."""

from pathlib import Path

import pytest

from tests.builders import SME, House, a_house, a_programme
from tests.workflows.portal.visitors import Visitors, an_app
from voucher.database import Database
from voucher.files import FileStore
from voucher.programmes.library import example
from workflows.publishing import publish_programme

LATER = example("weihai").replace(b"other: 100000.00", b"other: 120000.00")


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """Weihai, with a second version that gives other firms more."""
    house = a_house(database, store)
    a_programme(house)
    with house.work("approver1") as work:
        publish_programme(work, LATER)
    return house


def test_an_sme_reads_the_rules_in_force_and_those_of_before(house: House, tmp_path: Path) -> None:
    portal = Visitors(an_app(house, tmp_path), house)
    now, before = (portal.get(SME, f"/rules/P-2026-00001-9{which}").text for which in ("", "?version=1"))
    assert "other firm or start-up team 120,000 CNY" in now
    assert "other firm or start-up team 100,000 CNY" in before
    assert portal.get(SME, "/rules/P-2026-00001-9?version=3").status_code == 404


def test_two_versions_are_laid_beside_each_other(house: House, tmp_path: Path) -> None:
    page = Visitors(an_app(house, tmp_path), house).get("auditor1", "/rules/P-2026-00001-9/difference?older=1&newer=2").text
    assert "caps[yearly cap by class of firm].amount_by_class.other" in page
    assert "100000.00" in page
    assert "120000.00" in page


def test_the_rules_come_on_paper(house: House, tmp_path: Path) -> None:
    answer = Visitors(an_app(house, tmp_path), house).get(SME, "/rules/P-2026-00001-9/paper?version=1")
    assert answer.data.startswith(b"%PDF-")
    assert "weihai 1.pdf" in answer.headers["Content-Disposition"]
