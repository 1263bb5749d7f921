"""Who opened what is written down before he gets it, and read by auditors and by whose it is."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from tests.builders import PROVIDER, SME, SMES, House, who
from tests.workflows.portal.visitors import Visitors
from voucher.files import StoredFile
from voucher.looks import Look
from workflows.claiming import upload_file
from workflows.demo.evidence import evidence_page


def test_a_look_at_a_paper_is_told_to_auditors_and_to_whose_it_is_and_to_nobody_else(portal: Visitors, house: House) -> None:
    with house.work(SME) as work:
        firm = house.references[SMES[0].number]
        paper = upload_file(work, house.store, firm, "contract.pdf", evidence_page("contract", "O-1")).reference
    assert portal.get(SME, f"/files/{paper}").status_code == 200
    assert portal.get(who(SMES[1]), f"/files/{paper}").status_code == 404
    assert portal.get("verifier1", f"/files/{paper}").status_code == 200
    portal.get("administrator1", f"/office/organisations/{firm}")
    with house.work() as work:
        assert [(each.seen, each.subject) for each in work.session.exec(select(Look).order_by(col(Look.id)))] == [
            ("file", paper), ("register", firm)]
        assert work.session.exec(select(StoredFile)).one().reference == paper
    assert all(paper in portal.get(reader, "/looks").text for reader in ("auditor1", SME, "verifier1"))
    assert f'<a class="ref" href="/files/{paper}">{paper}</a>' in portal.get("auditor1", "/looks").text
    assert not [reader for reader in (who(SMES[1]), PROVIDER, "finance1") if paper in portal.get(reader, "/looks").text]
    assert firm not in portal.get("auditor1", f"/looks?subject={paper}").text
    for attack in ("update looks set subject = ''", "delete from looks"):
        with pytest.raises(DBAPIError, match="only ever added"), house.work() as work:
            work.session.connection().execute(text(attack))
