"""The forms that come from the tables of acts: a button or form on the page of the thing, and where it is sent."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from voucher.programmes.asking import asking_of
from voucher.programmes.terms import Names, Terms
from voucher.references import read_reference
from voucher.work import Work
from workflows.access import acting, door, looking, roles, who
from workflows.acts import ACTS, THINGS, Act, Ask, Kind, owner_of, thing_of
from workflows.claiming import upload_file
from workflows.portal import awards, cases, checks, notices, public, recoveries, register
from workflows.portal.forms import Typed
from workflows.portal.pages import done, or_show
from workflows.portal.speech import say, subject_url

portal = Blueprint("acts", __name__)

#: The page on which the acts on a thing stand, by the letter of its references: a refusal is shown there.
PAGES: Mapping[str, Callable[..., ResponseReturnValue]] = {
    "V": cases.voucher, "O": cases.order, "C": cases.claim, "Y": cases.payout, "K": checks.finding,
    "W": awards.case, "R": recoveries.case, "N": register.provider, "J": notices.objection, "P": public.programme,
}


def hang_acts() -> None:
    """Give every act its address."""
    for letter, acts in ACTS.items():
        for act in acts:
            view = roles(*act.row.by)(or_show(PAGES[letter])(_view(letter, act)))
            portal.post(f"/{THINGS[letter].plural}/<reference>/{act.name}", endpoint=act.step)(view)


def _view(letter: str, act: Act) -> Callable[..., ResponseReturnValue]:
    def take(reference: str) -> ResponseReturnValue:
        reference = read_reference(reference, letter)
        g.places = {ask.name: (f"{act.step}-{ask.name}", ask.label) for ask in act.asks}
        form = Typed(request.form)
        given = {ask.name: _read(form, letter, reference, ask) for ask in act.asks if _was_given(ask)}
        form.done()
        with acting() as work:
            for ask in act.asks:
                if ask.kind == Kind.FILES and ask.name in given:
                    given[ask.name] = _keep(work, letter, act, reference, ask)
            act.verb(work, reference, **given)
        return done(act.done, subject_url(reference), reference=reference)

    take.__doc__ = act.purpose
    return take


def _was_given(ask: Ask) -> bool:
    if ask.kind == Kind.FILES:
        return any(file.filename for file in request.files.getlist(ask.name))
    if ask.kind == Kind.FACTS:  # a form that asks for them says so: nothing ticked is an answer too
        return f"{ask.name}.asked" in request.form
    if ask.kind == Kind.AMOUNTS:
        return bool(_codes_given(ask))
    return ask.required or ask.kind == Kind.FLAG or bool(request.form.get(ask.name, "").strip())


def _codes_given(ask: Ask) -> list[str]:
    """The codes for which an amount was typed."""
    return [name.partition(".")[2] for name, text in request.form.items() if name.startswith(f"{ask.name}.") and text.strip()]


def _read(form: Typed, letter: str, reference: str, ask: Ask) -> Any:
    """What was typed, as the verb wants it. Files are kept later, when the rest is in order."""
    match ask.kind:
        case Kind.DAY:
            return form.day(ask.name)
        case Kind.NUMBER:
            return form.number(ask.name, ask.least, ask.most)
        case Kind.MONEY:
            with looking() as session:
                row: Any = thing_of(session, letter, reference)
            return form.money(ask.name, row.currency)
        case Kind.CHOICE:
            return form.choice(ask.name, list(ask.choices))
        case Kind.CHOICES:
            return [value for value in request.form.getlist(ask.name) if value in ask.choices]
        case Kind.FLAG:
            return ask.name in request.form
        case Kind.FILES:
            return []
        case Kind.FACTS:
            return request.form.getlist(ask.name)
        case Kind.AMOUNTS:
            with looking() as session:
                thing: Any = thing_of(session, letter, reference)
            return {code: form.money(f"{ask.name}.{code}", thing.currency) for code in _codes_given(ask)}
        case _:
            return form.text(ask.name, required=ask.required, longest=ask.longest)


def _keep(work: Work, letter: str, act: Act, reference: str, ask: Ask) -> list[str]:
    parties = THINGS[letter].parties(work.session, thing_of(work.session, letter, reference))
    owner = owner_of(work.session, who(), act, parties)
    return [upload_file(work, door().files, owner, file.filename or "", file.read()).reference
            for file in request.files.getlist(ask.name) if file.filename]


# -- What templates ask -------------------------------------------------------------------------------------------------

@portal.app_template_global()
def acts_open(open: cases.Open, letter: str, row: Any, terms: Any = None) -> list[Act]:
    """The acts that somebody may take now on a thing, in the order of the table."""
    return [act for act in ACTS[letter] if not open.steps.isdisjoint((act.step, *act.or_steps)) and act.makes_sense(row, terms)]


@portal.app_template_global()
def tried(act: Act) -> bool:
    """Whether this act was tried a moment ago and refused: its form stays open, with what was typed."""
    return request.endpoint == f"acts.{act.step}"


@portal.app_template_global()
def act_choices(ask: Ask) -> list[tuple[str, str]]:
    """The words to choose from."""
    return [(value, say(word)) for value, word in ask.choices.items()]


@portal.app_template_global()
def asked_beside(ask: Ask, terms: Terms | None, row: Any) -> Mapping[str, Names]:
    """What the terms of a thing let a field ask for: facts or amounts, by code; also facts that hold and that no rule asks for, which
    an answer without them would take away.
    """
    if terms is None:
        return {}
    asked = asking_of(terms)
    if ask.kind != Kind.FACTS:
        return asked.measures
    return {code: name for code, name in terms.facts.items() if code in asked.facts or code in row.facts}


@portal.app_template_global()
def ticked(act: Act, ask: Ask, value: str) -> bool:
    """Whether a box of this act was ticked a moment ago."""
    return tried(act) and value in request.form.getlist(ask.name)


hang_acts()
