"""For auditors and programme officers: the folder of a case, to take along."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from voucher.references import read_reference
from workflows.access import acting, door, roles
from workflows.auditing import AUDITORS, export_case
from workflows.portal import cases
from workflows.portal.pages import or_show

portal = Blueprint("folders", __name__)


@portal.post("/vouchers/<reference>/folder")
@roles(*AUDITORS)
@or_show(cases.voucher)
def export_folder(reference: str) -> ResponseReturnValue:
    """The whole case as a ZIP that can be checked without us, sent as it is written."""
    with acting() as work:
        folder = export_case(work, read_reference(reference, "V"))
    response = Response(folder.write(door().files), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=folder.name)
    response.headers["X-Manifest-SHA256"] = folder.digest
    response.headers["Cache-Control"] = "no-store"
    return response
