"""How the portal makes a page: refusals with what was typed kept, and what templates may ask."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any
from urllib.parse import urlencode

from flask import Flask, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from sqlmodel import col, select

from voucher.errors import Refusal
from voucher.languages import LOCALES, NAMES, translator
from voucher.money import Money
from voucher.people import Membership, Person
from voucher.programmes.telling.limits import most_of
from workflows.access import door, looking, signed_in_person, who
from workflows.demo.data import PASSWORD
from workflows.portal.navigation import MONEY, navigation
from workflows.portal.speech import (
    account_name,
    account_url,
    account_word,
    actor_word,
    amounts_in_words,
    badge,
    book_word,
    day,
    days_word,
    defect_word,
    entry_word,
    evidence_word,
    facts_in_words,
    firm,
    firm_choices,
    found_words,
    funder_choices,
    funder_word,
    in_language,
    instant,
    kind_choices,
    language,
    line_choices,
    line_word,
    money,
    node_choices,
    node_word,
    note_word,
    offer_name,
    offers_choices,
    plain_choices,
    reason_choices,
    return_reason,
    role_choices,
    say,
    service_choices,
    sheet_details,
    subject_url,
    tie_choices,
    tie_word,
    type_choices,
    where_word,
)
from workflows.portal.words import (
    DUTIES,
    FINDINGS,
    PREDICTED,
    QUEUED,
    ROLES,
    STATES,
    dimension_word,
    event_word,
    rule_word,
)
from workflows.refusals import SignInFirst, TooManyAttempts, status_of, title_of
from workflows.sight import from_office

View = Callable[..., ResponseReturnValue]


def show(template: str, **values: Any) -> str:
    """A page of templates/portal."""
    return render_template(f"portal/{template}", **values)


def done(text: str, url: str, **values: Any) -> ResponseReturnValue:
    """After a step was taken: say so on the page where the person goes next."""
    flash(say(text, **values))
    return redirect(url, 303)


def or_show(page: View) -> Callable[[View], View]:
    """When the step is refused, show `page` again with what was typed, and say why and what to do.

    Also where a number that was typed is that of nothing. Of what the address names `page` is told what it asks for:
    the page of one thing which thing, the page of a list nothing; a page whose thing does not exist says so itself.
    """
    asked = signature(page).parameters

    def around(view: View) -> View:
        @wraps(view)
        def answer(**arguments: Any) -> ResponseReturnValue:
            try:
                return view(**arguments)
            except (SignInFirst, TooManyAttempts):
                raise
            except Refusal as refusal:
                g.refusal, g.page = refusal, page
                told = {name: value for name, value in arguments.items() if name in asked}
                return page(**told), status_of(refusal)  # type: ignore[return-value]
        return answer
    return around


def refusal_page(refusal: Refusal, status: int) -> ResponseReturnValue:
    """A page of its own for a refusal that has no form to go back to."""
    g.refusal = refusal
    return show("refusal.html", title=say(title_of(status))), status


# -- What templates may ask ---------------------------------------------------------------------------------------------

def demo_sign_ins() -> tuple[str, list[tuple[str, Person]]]:
    """For the demo's door: the password of everybody, and one person a role."""
    with looking() as session:
        held = session.exec(select(Membership.role, Person).join(Person, col(Person.id) == Membership.person_id)
                            .order_by(col(Membership.id))).all()
    first: dict[str, Person] = {}
    for role, person in held:
        first.setdefault(role, person)
    return PASSWORD, [(role, first[role]) for role in ROLES if role in first]


def typed(name: str, default: object = "") -> str:
    """What the person typed into this field a moment ago, else what should stand there at first."""
    return request.form.get(name, str(default)) if request.method == "POST" else str(default)


def wrong(name: str) -> list[str]:
    """What is wrong with this field."""
    return [translator(language()).problem(each) for each in _problems() if each.where == name]


def refused() -> dict[str, Any] | None:
    """The refusal to show on top of the page: its sentence, and every problem with the element and the name of its place, if any."""
    refusal: Refusal | None = g.get("refusal")
    if refusal is None:
        return None
    speak = translator(language())
    return {"message": speak.refusal(refusal),
            "problems": [(*_place(each.where), speak.problem(each)) for each in _problems()]}


def _place(where: str) -> tuple[str, str]:
    """The id of a field on the page and what people read beside it: as the form of an act says them, else by its name."""
    element, label = g.get("places", {}).get(where, (where, ""))
    return element, say(label) if label else where_word(where)


def _problems() -> tuple[Any, ...]:
    refusal: Refusal | None = g.get("refusal")
    return refusal.problems if refusal else ()


def chosen(reference: str) -> bool:
    """Whether a payout's box is ticked: all are at first, then those that were."""
    return request.method != "POST" or reference in request.form.getlist("payouts")


def page_url(number: int) -> str:
    """This page of a list at another number, other questions kept."""
    return request.path + "?" + urlencode({**request.args.to_dict(), "page": number})


def prepare_pages(app: Flask) -> None:
    """Teach the app's templates our words."""
    Babel(app, locale_selector=lambda: LOCALES[language()])
    said = (badge, subject_url, account_url, account_word, entry_word, book_word, actor_word, where_word, firm, found_words, in_language,
            evidence_word, sheet_details, facts_in_words, amounts_in_words,
            firm_choices, offers_choices, service_choices, kind_choices, role_choices, plain_choices, reason_choices, line_choices,
            line_word, funder_choices, funder_word, offer_name, type_choices, defect_word, note_word, days_word, tie_word, tie_choices,
            node_choices, node_word)
    asked = (language, typed, wrong, refused, chosen, page_url, demo_sign_ins, navigation, who, event_word, dimension_word, rule_word,
             most_of)
    app.jinja_env.globals.update({each.__name__: each for each in (*said, *asked)})
    app.jinja_env.globals.update(
        _=say, return_word=return_reason, person=signed_in_person, as_money=Money, languages=NAMES, STATES=STATES,
        FINDINGS=FINDINGS, PREDICTED=PREDICTED, QUEUED=QUEUED, ROLES=ROLES, DUTIES=DUTIES, is_demo=lambda: door().is_demo,
        sees_money=sees_money, sees_office=sees_office)
    app.jinja_env.filters.update(money=money, day=day, instant=instant, account_name=account_name)


def sees_office() -> bool:
    """Whether whoever is at the door works for the office."""
    return from_office(who())


def sees_money() -> bool:
    """Whether batches, bank and books are for whoever is at the door."""
    return any(who().holds(role) for role in MONEY)
