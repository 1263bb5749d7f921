"""How the portal makes a page: the reader's language, money and days in it, refusals with what was typed kept."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency
from flask import Flask, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from markupsafe import Markup
from sqlmodel import col, select

from voucher.accounting import CHART
from voucher.errors import NotFound, Refusal, _
from voucher.languages import CATALOGS, NAMES, translator
from voucher.money import Money
from voucher.people import Membership, Organisation, Person
from voucher.programmes.funding import FundLine
from voucher.programmes.programmes import Programme
from voucher.programmes.terms import Names, Terms
from voucher.references import is_reference
from voucher.statutory.mapping import countries, mapping_of
from voucher.work import SYSTEM
from workflows.access import door, looking, signed_in_person, who
from workflows.demo_data import PASSWORD
from workflows.portal.navigation import MONEY, navigation
from workflows.portal.words import BOOKS, DUTIES, FINDINGS, ROLES, STATES, event_word, field_word, return_word
from workflows.refusals import SignInFirst, TooManyAttempts, status_of, title_of

COOKIE = "language"

# Days and money are written as these places write them; a day in English must not be read as its month.
LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}

View = Callable[..., ResponseReturnValue]


def language() -> str:
    """The reader's language: what he chose in this browser, else what he set, else what his browser asks for."""
    if "language" not in g:
        chosen = request.cookies.get(COOKIE, "")
        g.language = chosen if chosen in CATALOGS else _language_of_person() or _language_of_browser()
    found: str = g.language
    return found


def _language_of_person() -> str | None:
    person = signed_in_person() if not request.path.startswith("/api/") else None
    return person.language[:2] if person and person.language[:2] in CATALOGS else None


def _language_of_browser() -> str:
    return request.accept_languages.best_match(list(CATALOGS), default=door().language) or door().language


def say(text: str, **values: Any) -> str:
    """A marked sentence in the reader's language."""
    return translator(language())(text, **values)


def show(template: str, **values: Any) -> str:
    """A page of templates/portal."""
    return render_template(f"portal/{template}", **values)


def done(text: str, url: str, **values: Any) -> ResponseReturnValue:
    """After a step was taken: say so on the page where the person goes next."""
    flash(say(text, **values))
    return redirect(url, 303)


def or_show(page: View) -> Callable[[View], View]:
    """When the step is refused, show `page` again with what was typed, and say why and what to do."""
    def around(view: View) -> View:
        @wraps(view)
        def answer(**arguments: Any) -> ResponseReturnValue:
            try:
                return view(**arguments)
            except (SignInFirst, TooManyAttempts, NotFound):
                raise
            except Refusal as refusal:
                g.refusal = refusal
                return page(**arguments), status_of(refusal)  # type: ignore[return-value]
        return answer
    return around


def refusal_page(refusal: Refusal, status: int) -> ResponseReturnValue:
    """A page of its own for a refusal that has no form to go back to."""
    g.refusal = refusal
    return show("refusal.html", title=say(title_of(status))), status


def demo_sign_ins() -> tuple[str, list[tuple[str, Person]]]:
    """For the demo's door: the password of everybody, and one person a role."""
    with looking() as session:
        held = session.exec(select(Membership.role, Person).join(Person, col(Person.id) == Membership.person_id)
                            .order_by(col(Membership.id))).all()
    first: dict[str, Person] = {}
    for role, person in held:
        first.setdefault(role, person)
    return PASSWORD, [(role, first[role]) for role in ROLES if role in first]


# -- What templates may use ------------------------------------------------------------------------------------------

def money(amount: Money | None) -> str:
    """An amount as the reader's place writes it: ¥1,234.50."""
    return "" if amount is None else format_currency(amount.decimal, amount.currency, locale=LOCALES[language()])


def day(value: date | None) -> str:
    """A day: 2026年3月2日, 2 Mar 2026."""
    return "" if value is None else format_date(value, "medium", locale=LOCALES[language()])


def instant(value: datetime | None) -> str:
    """An instant as the clock of the office shows it."""
    local = value and value.astimezone(ZoneInfo(door().zone))
    pattern = "d MMM y, HH:mm" if language() == "en" else "y年M月d日 HH:mm"
    return "" if local is None else format_datetime(local, pattern, locale=LOCALES[language()])


def badge(noun: str, value: str) -> Markup:
    """The badge of a state."""
    word, tone = STATES[noun][value]
    return Markup('<span class="state {}">{}</span>').format(tone, say(word))


def typed(name: str, default: object = "") -> str:
    """What the person typed into this field a moment ago, else what should stand there at first."""
    return request.form.get(name, str(default)) if request.method == "POST" else str(default)


def wrong(name: str) -> list[str]:
    """What is wrong with this field."""
    return [translator(language()).problem(each) for each in _problems() if each.where == name]


def refused() -> dict[str, Any] | None:
    """The refusal to show on top of the page: its sentence, and every problem with its place."""
    refusal: Refusal | None = g.get("refusal")
    if refusal is None:
        return None
    speak = translator(language())
    return {"message": speak.refusal(refusal),
            "problems": [(each.where, speak.problem(each)) for each in _problems()]}


def _problems() -> tuple[Any, ...]:
    refusal: Refusal | None = g.get("refusal")
    return refusal.problems if refusal else ()


def subject_url(reference: str) -> str:
    """The page of a voucher, order, claim or payout; empty for what has none."""
    pages = {"V": "cases.voucher", "O": "cases.order", "C": "cases.claim", "Y": "cases.payout"}
    return url_for(pages[reference[0]], reference=reference) if reference[:1] in pages and is_reference(reference) else ""


def account_word(name: str) -> str:
    """What the manual calls an account, from its name in the books."""
    chart = next((chart for chart in CHART if name.startswith(f"{chart.name}:")), None)
    return "" if chart is None else chart.zh if language() == "zh" else chart.en


def book_word(name: str) -> str:
    """The name of a book: one of ours, or a statutory one, which its country's file names in both languages."""
    law = next((mapping.books[name] for mapping in map(mapping_of, countries()) if name in mapping.books), None)
    if law is not None:
        return law.zh if language() == "zh" else law.en
    return say(BOOKS.get(name, name))


def return_reason(reason: str) -> str:
    """Why something came back, a bank's code put in words."""
    return return_word(reason, translator(language()))


def actor_word(name: str) -> str:
    """Who did something: a person's name stays, the system is said in the reader's language."""
    return say(_("the system")) if name == SYSTEM.name else name


def chosen(reference: str) -> bool:
    """Whether a payout's box is ticked: all are at first, then those that were."""
    return request.method != "POST" or reference in request.form.getlist("payouts")


def where_word(where: str) -> str:
    """The name of a field as people read it; of a line, with its number: "Line 2: Net amount"."""
    return field_word(where, translator(language()))


def firm(organisation: Organisation) -> str:
    """The name of an organisation for this reader."""
    return organisation.name_en if language() == "en" and organisation.name_en else organisation.name


def in_language(names: Names) -> str:
    """One of the two languages in which terms and sheets speak."""
    return names.in_language(language())


def firm_choices(firms: Iterable[Organisation]) -> list[tuple[str, str]]:
    """Organisations to choose from."""
    return [(each.reference, firm(each)) for each in firms]


def offers_choices(offers: Iterable[tuple[Programme, Organisation, Money]]) -> list[tuple[str, str]]:
    """Programmes to choose from, each once."""
    return list(dict.fromkeys((programme.reference, f"{programme.name(language())} ({programme.currency})")
                              for programme, _firm, _most in offers))


def service_choices(terms: Terms) -> list[tuple[str, str]]:
    """The services of a programme to choose from."""
    return [(code, in_language(service.name)) for code, service in terms.services.items()]


def kind_choices(kinds: Iterable[str]) -> list[tuple[str, str]]:
    """Kinds of organisations to choose from."""
    return [(str(kind), say(STATES["organisation"][kind][0])) for kind in kinds]


def role_choices(held: Iterable[str]) -> list[tuple[str, str]]:
    """Roles to choose from."""
    return [(role, say(ROLES[role])) for role in held]


def plain_choices(values: Iterable[str]) -> list[tuple[str, str]]:
    """What is read as it is written: currencies."""
    return [(value, value) for value in values]


def reason_choices(reasons: Mapping[str, str]) -> list[tuple[str, str]]:
    """The reasons for cutting a line."""
    return [(str(code), say(text)) for code, text in reasons.items()]


def line_choices(lines: Iterable[tuple[FundLine, object]]) -> list[tuple[str, str]]:
    """Fund lines to choose from."""
    return [(line.reference, f"{line.year} · {line.funder} ({line.reference})") for line, _position in lines]


def evidence_word(terms: Terms, kind: str) -> str:
    """What the terms call a kind of evidence."""
    return next((in_language(each.name) for each in terms.evidence if each.kind == kind), kind)


def page_url(number: int) -> str:
    """This page of a list at another number, other questions kept."""
    return request.path + "?" + urlencode({**request.args.to_dict(), "page": number})


def prepare_pages(app: Flask) -> None:
    """Teach the app's templates our words."""
    Babel(app, locale_selector=lambda: LOCALES[language()])
    app.jinja_env.globals.update(
        _=say, typed=typed, wrong=wrong, refused=refused, badge=badge, language=language,
        languages=NAMES, navigation=navigation, who=who, person=signed_in_person, page_url=page_url,
        STATES=STATES, FINDINGS=FINDINGS, ROLES=ROLES, DUTIES=DUTIES, event_word=event_word, where_word=where_word,
        is_demo=lambda: door().is_demo, firm=firm, in_language=in_language, demo_sign_ins=demo_sign_ins,
        subject_url=subject_url, account_word=account_word, book_word=book_word, actor_word=actor_word,
        return_word=return_reason, chosen=chosen,
        firm_choices=firm_choices, kind_choices=kind_choices, role_choices=role_choices, plain_choices=plain_choices,
        offers_choices=offers_choices, service_choices=service_choices, as_money=Money,
        reason_choices=reason_choices, line_choices=line_choices, evidence_word=evidence_word,
        sees_books=lambda: any(who().holds(role) for role in MONEY), sees_money=lambda: any(who().holds(role) for role in MONEY),
    )
    app.jinja_env.filters.update(money=money, day=day, instant=instant)
