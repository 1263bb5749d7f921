"""Awards: a provider's score and what its award would be now, what was asked for, and the decision."""

from datetime import date
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, select

from voucher.awards import AwardState, ProviderAward
from voucher.database import fetch, get
from voucher.duties import Duty, refuse_interested
from voucher.errors import NotFound, NotValid, _
from voucher.files import FileKind, StoredFile
from voucher.history import events_of
from voucher.listings import is_listed
from voucher.payouts import Payout
from voucher.people import OFFICE_ROLES, Organisation, OrganisationKind, Role
from voucher.performance import Performance, paid_for, performance_of
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.programmes.sheet import Sheet
from voucher.programmes.terms import Terms
from workflows import sight
from workflows.access import acting, asking, door, looking, roles, signed_in, who
from workflows.awards import AWARD, ask_award, figures_in, parties_of, to_declare, work_out
from workflows.claiming import upload_file
from workflows.portal.cases import Open, but_refused, of_the_office
from workflows.portal.forms import Typed
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, sees_money, show
from workflows.portal.speech import language, say
from workflows.portal.timeline import entries_with

portal = Blueprint("awards", __name__)


@portal.get("/providers/<reference>/performance")
@signed_in
def preview(reference: str) -> ResponseReturnValue:
    """What a provider did in a year, its score, and what each award of a programme would come to now."""
    with asking() as work:
        firm = fetch(work.session, Organisation, reference)
        if firm.kind != OrganisationKind.PROVIDER or not (sight.from_office(who()) or who().holds(Role.PROVIDER, firm.id)):
            raise NotFound
        programmes = _with_awards(work.session)
        wanted = request.values.get("programme", "")
        chosen = next((each for each in programmes if each.reference == wanted), programmes[0] if programmes else None)
        year = _year(request.values.get("year", ""), work.today)
        values: dict[str, Any] = {"provider": firm, "programmes": programmes, "programme": chosen, "year": year, "awards": []}
        if chosen is not None:
            values |= _worked_out(work.session, chosen, firm, year)
        return show("performance.html", unfinished=year >= work.today.year, may_ask=who().holds(Role.PROVIDER, firm.id),
                    measure_word=_measure_word, typed_figure=_typed_figure,
                    years=range(work.today.year, work.today.year - 5, -1), **values)


def _with_awards(session: Session) -> list[Programme]:
    return [each for each in session.exec(select(Programme).order_by(col(Programme.id)))
            if terms_in_force(session, each).terms.provider_awards]


def _year(text: str, today: date) -> int:
    return int(text) if text.isascii() and text.isdigit() and 2000 <= int(text) <= today.year else today.year


def _measure_word(terms: Terms, name: str) -> str:
    return terms.measures[name].in_language(language()) if name in terms.measures else name


def _typed_figure(name: str) -> str:
    return request.values.get(f"figure-{name}", "").strip()


def _worked_out(session: Session, programme: Programme, firm: Organisation, year: int) -> dict[str, Any]:
    terms = terms_in_force(session, programme).terms
    declarable = {name: is_number for award in terms.provider_awards for name, is_number in to_declare(award).items()}
    typed = {name: _typed_figure(name) for name in declarable}
    figures = "\n".join([request.values.get("figures", ""), *(f"{name} {value}" for name, value in typed.items() if value)])
    performance = performance_of(session, programme.id, firm.id, year, programme.currency)
    rows = []
    for award in terms.provider_awards:
        asked = session.exec(select(ProviderAward).where(
            ProviderAward.programme_id == programme.id, ProviderAward.provider_id == firm.id, ProviderAward.year == year,
            ProviderAward.code == award.code, ProviderAward.state != AwardState.REFUSED)).first()
        rows.append((award, to_declare(award), asked, *_sheet(terms, award.code, performance, figures)))
    paid = paid_for(session, programme.id, firm.id, year) if sees_money() else ()
    return {"performance": performance, "paid": paid, "awards": rows, "terms": terms, "figures": figures.strip(), "declarable": declarable}


def _sheet(terms: Terms, code: str, performance: Performance, figures: str) -> tuple[Sheet | None, list[str]]:
    """The calculation, or what is missing for it; figures that another award asks for are not this one's."""
    award = next(each for each in terms.provider_awards if each.code == code)
    try:
        declared = {name: value for name, value in figures_in(figures).items() if name in to_declare(award)}
        return work_out(terms, code, performance, declared), []
    except NotValid as refusal:
        return None, [say(each.what, **{key: _measure_word(terms, str(value)) for key, value in each.values}) for each in refusal.problems]


@portal.post("/providers/<reference>/ask-award")
@roles(Role.PROVIDER)
@or_show(preview)
def ask(reference: str) -> ResponseReturnValue:
    """Ask for an award with its figures and papers."""
    form = Typed(request.form)
    programme, code = form.text("programme", longest=24), form.text("code", longest=64)
    year, figures = form.number("year", 2000, 2999), form.text("figures", required=False, longest=2000)
    form.done()
    with acting() as work:
        papers = [upload_file(work, door().files, reference, file.filename or "", file.read()).reference
                  for file in request.files.getlist("papers") if file.filename]
        award = ask_award(work, reference, programme, year, code, figures, papers).reference
    return done(_("Your award {reference} is asked for. The office checks the figures."), url_for("awards.case", reference=award),
                reference=award)


@portal.get("/awards/<reference>")
@signed_in
def case(reference: str) -> ResponseReturnValue:
    """An award: the figures, the score, the calculation, and what is open to whoever looks."""
    with asking() as work:
        session, held = work.session, sight.see(work.session, who(), reference)
        assert isinstance(held, ProviderAward)
        programme = get(session, Programme, held.programme_id)
        steps = AWARD.open_to(who(), held.state, parties_of(session, held))
        own = who().person_id in (held.proposed_by,)
        firm = get(session, Organisation, held.provider_id)
        return show("award.html", award=held, provider=firm, programme=programme,
                    terms=terms_in_force(session, programme).terms, sheet=Sheet.from_json(held.sheet) if held.sheet else None,
                    papers=session.exec(select(StoredFile).where(col(StoredFile.reference).in_(held.facts["papers"]))).all(),
                    payouts=session.exec(select(Payout).where(Payout.award_id == held.id).order_by(col(Payout.id))).all(),
                    decisions=session.exec(sight.papers(who(), FileKind.DECISION_LETTER, held.reference)).all(),
                    events=events_of(session, held.reference),
                    entries=entries_with(session, "award", held.reference) if sees_money() else (),
                    unfinished=held.year >= work.today.year, listed=is_listed(session, held.provider_id, work.today),
                    open=but_refused(Open(frozenset(step.name for step in steps if not (own and step.name == "decide_award"))),
                                     (of_the_office(), lambda: refuse_interested(work, firm, Duty.APPROVE))))


@portal.get("/awards")
@roles(Role.PROVIDER)
def mine() -> ResponseReturnValue:
    """The awards of one's own organisation, the newest first."""
    return _list("")


@portal.get("/office/awards")
@roles(*OFFICE_ROLES)
def awards() -> ResponseReturnValue:
    """All awards, or those in one state, the newest first."""
    return _list(request.args.get("state", ""))


def _list(state: str) -> ResponseReturnValue:
    rows = (sight.awards(who()).join(Organisation, col(Organisation.id) == ProviderAward.provider_id)
            .with_only_columns(ProviderAward, Organisation))
    with looking() as session:
        own = session.exec(select(Organisation).where(col(Organisation.id).in_(who().organisations(Role.PROVIDER)))).first()
        return show("awards.html", state=state, states=list(AwardState), own=own,
                    listing=listing(session, rows.where(col(ProviderAward.state) == state) if state else rows))
