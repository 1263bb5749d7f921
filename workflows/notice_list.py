"""The list of a public notice on paper: drawn once, when the notice is published, from the list as it was frozen."""

from voucher.database import fetch, get
from voucher.documents import notice_list as paper
from voucher.documents.settlement import Office
from voucher.files import FileKind
from voucher.notices import Notice
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.work import Work
from workflows.drawing import Document, Sketch
from workflows.settlement_facts import office_on_paper


def _sketch(work: Work, notice: str, number: str) -> Sketch:
    """What the list of a notice says: what was frozen, with the services by name."""
    held = fetch(work.session, Notice, notice)
    told = describe_list(work, held, number)
    return Sketch(paper.TEMPLATE, paper.data(told), held.reference, get(work.session, Programme, held.programme_id).reference)


#: The list of a public notice: asked for by the reference of the notice.
NOTICE_LIST = Document(FileKind.NOTICE_LIST, "notice.list_made", _sketch)


def describe_list(work: Work, held: Notice, number: str) -> paper.NoticeList:
    """Everything that the list of a notice says."""
    programme = get(work.session, Programme, held.programme_id)
    terms = terms_in_force(work.session, programme).terms
    language = "zh" if terms.programme.country == "CN" else "en"
    here, runs = office_on_paper(work), terms.programme.office
    contact = " · ".join(each for each in (runs.phone, runs.email) if each)
    return paper.NoticeList(
        number=number, issued_on=work.today, language=language, office=Office(here.name, here.name_en, here.address, contact),
        notice=held.reference, programme=programme.name_zh if language == "zh" else programme.name_en, since=held.opened_on,
        until=held.ends_on, lines=held.listed["claims"], list_sha256=held.digest,
        services={code: service.name.in_language(language) for code, service in terms.services.items()})
