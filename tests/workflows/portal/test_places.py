"""A refusal names each field as the form does, and leads to it."""

import ast
import re
from io import BytesIO
from pathlib import Path

from tests.builders import SME, a_completed_order, an_issued_voucher
from tests.workflows.portal.visitors import Visitors
from workflows.portal.words import FIELDS

PORTAL = Path(__file__).parents[3] / "workflows" / "portal"


def read_from_forms() -> set[str]:
    """The names of fields that the portal's hand-written views read from forms, as in `form.text("name")`."""
    return {str(call.args[0].value) for path in PORTAL.glob("*.py") for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
            and call.func.value.id == "form" and call.args and isinstance(call.args[0], ast.Constant)}


def test_every_field_that_a_page_reads_has_a_name_for_people() -> None:
    fields = {name.rpartition(".")[2] for name in read_from_forms()}
    assert len(fields) > 40
    assert fields - FIELDS.keys() == set()


def test_a_refused_act_names_its_field_as_its_form_does_and_leads_there(portal: Visitors) -> None:
    voucher = an_issued_voucher(portal.house)
    page = portal.post("approver2", f"/vouchers/{voucher}/freeze", reason="").text
    assert '<a href="#freeze_voucher-until">Until which day</a>' in page and 'id="freeze_voucher-until"' in page
    assert re.search(r'<a href="[^"]*" aria-current="page">Vouchers</a>', page), "the navigation knows which page it is on"


def test_a_log_full_of_faults_shows_the_first_of_them_and_folds_the_rest(portal: Visitors) -> None:
    order = a_completed_order(portal.house)
    log = "use_number,instrument,used_on,invoice_number,invoice_date,net,vat\n" + "U,X,never,1,2026-03-02,1.00,0.00\n" * 60
    page = portal.post(SME, f"/instrument-log/{order}", log_file=(BytesIO(log.encode()), "log.csv")).text
    shown, _fold, rest = page.partition("<details><summary>")
    assert shown.count("<li>Day of the use: ") + rest.count("<li>Day of the use: ") >= 60
    assert shown.count("<li>Day of the use: ") <= 50 < 60
