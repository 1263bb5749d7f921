"""How we say things to this reader: the language, money and days, the names of things, and what can be chosen."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency
from flask import g, request, url_for
from markupsafe import Markup

from voucher.accounting import CHART, ChartAccount, chart_account, statutory_chart
from voucher.calendars import DayNote
from voucher.errors import NotAllowed, _
from voucher.findings import Finding
from voucher.instruments import LOG
from voucher.languages import CATALOGS, LOCALES, translator
from voucher.money import Money
from voucher.people import Organisation
from voucher.programmes.asking import asking_of
from voucher.programmes.funding import FundLine
from voucher.programmes.phrases import names_of
from voucher.programmes.sheet import SheetLine
from voucher.programmes.terms import Names, Terms
from voucher.references import is_reference
from voucher.requests import DEFECTS
from voucher.statutory.mapping import countries, mapping_of
from voucher.work import SYSTEM
from workflows.access import door, signed_in_person, who
from workflows.portal.navigation import MONEY
from workflows.portal.words import BOOKS, EVENTS, NODES, ROLES, STATES, field_word, return_word
from workflows.settlement_facts import event_title

COOKIE = "language"


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


def why_not(guard: Callable[[], object]) -> str:
    """Why whoever is at the door may not do what a guard keeps, in the reader's language; nothing where he may."""
    try:
        guard()
    except NotAllowed as refusal:
        return translator(language()).refusal(refusal)
    return ""


# -- Names ------------------------------------------------------------------------------------------------------------

def money(amount: Money | None) -> str:
    """An amount as the reader's place writes it: ¥1,234.50."""
    return "" if amount is None else format_currency(amount.decimal, amount.currency, locale=LOCALES[language()])


def account_name(name: str) -> Markup:
    """The name of an account, which a narrow screen breaks between its parts and not within a word."""
    *before, last = name.split(":")
    return Markup("<wbr>").join([*(f"{part}:" for part in before), last])


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


PAGES = {"V": "cases.voucher", "O": "cases.order", "C": "cases.claim", "Y": "cases.payout", "K": "checks.finding",
         "R": "recoveries.case", "W": "awards.case", "N": "register.provider", "J": "notices.objection", "G": "notices.notice",
         "P": "public.programme", "L": "finance.fund_line", "A": "cases.amendment_of", "E": "cases.appeal"}
MONEY_PAGES = {"B": "finance.batch", "S": "finance.statement", "U": "bounds.made"}


def subject_url(reference: str) -> str:
    """The page of a voucher, order, claim or payout; empty for what has none for this reader."""
    page = PAGES.get(reference[:1]) or (any(map(who().holds, MONEY)) and MONEY_PAGES.get(reference[:1]))
    return url_for(page, reference=reference) if page and is_reference(reference) else ""


def account_url(code: str, reference: str, currency: str) -> str:
    """The statement of what one voucher, fund line, claim or payout has in an account of the manual."""
    return url_for("auditor.statement", name=chart_account(code).of(reference, currency).name, currency=currency)


@cache
def _accounts() -> Mapping[str, ChartAccount]:
    return {chart.name: chart for chart in (*CHART, *statutory_chart())}


def account_word(name: str) -> str:
    """What the manual, or a country's law, calls an account, from its name in the books."""
    chart = _accounts().get(name.rpartition(":")[0])
    return "" if chart is None else chart.zh if language() == "zh" else chart.en


def entry_word(event: str) -> str:
    """What an event in the books is called: as in the story of a case, else as the manual calls it in short."""
    return say(EVENTS[event]) if event in EVENTS else event_title(event, "zh" if language() == "zh" else "en") or event


def book_word(name: str) -> str:
    """The name of a book: one of ours, or a statutory one, which its country's file names in both languages."""
    law = next((mapping.books[name] for mapping in map(mapping_of, countries()) if name in mapping.books), None)
    if law is not None:
        return law.zh if language() == "zh" else law.en
    return say(BOOKS.get(name, name))


def actor_word(name: str) -> str:
    """Who did something: a person's name stays, the system is said in the reader's language."""
    return say(_("the system")) if name == SYSTEM.name else name


def return_reason(reason: str) -> str:
    """Why something came back, a bank's code put in words."""
    return return_word(reason, translator(language()))


def defect_word(defect: str) -> str:
    """What is wanting in an application."""
    return say(DEFECTS.get(defect, defect))


def note_word(note: DayNote) -> str:
    """Why a day counted or did not; why nobody worked is said by the calendar, or is a sentence of ours."""
    return say(note.what, **{name: say(value) if isinstance(value, str) else value for name, value in note.values_in(language()).items()})


def days_word(left: int) -> str:
    """How far a last day is away."""
    if left == 0:
        return say(_("today"))
    if abs(left) == 1:
        return say(_("1 day left") if left > 0 else _("1 day over"))
    return say(_("{days} days left"), days=left) if left > 0 else say(_("{days} days over"), days=-left)


def where_word(where: str) -> str:
    """The name of a field as people read it; of a line, with its number: "Line 2: Net amount"."""
    return field_word(where, translator(language()))


def firm(organisation: Organisation) -> str:
    """The name of an organisation for this reader."""
    return organisation.name_en if language() == "en" and organisation.name_en else organisation.name


def found_words(finding: Finding) -> str:
    """What a check found, in the reader's language."""
    return say(finding.what, **finding.said)


def in_language(names: Names) -> str:
    """One of the two languages in which terms and sheets speak."""
    return names.in_language(language())


_DETAILS = {"limit": _("limit"), "used": _("used before"), "left": _("left"), "cut": _("cut")}


def sheet_details(line: SheetLine) -> str:
    """What a limit on a calculation sheet is, what of it was used and is left, and what it cut; of nothings only what is left."""
    currency = line.amount.currency if line.amount is not None else ""
    found = []
    for name, word in _DETAILS.items():
        text = line.details.get(name, "")
        if text.strip("0.") or (text and name == "left"):
            found.append(f"{say(word)} {money(Money.parse(text, currency)) if currency else text}")
    return " · ".join(found)


def evidence_word(terms: Terms, kind: str) -> str:
    """What the terms call a kind of evidence."""
    return next((in_language(each.name) for each in terms.evidence if each.kind == kind), say(_("Instrument log")) if kind == LOG else kind)


def facts_in_words(terms: Terms, held: Any) -> str:
    """The facts that hold for an order (or for a proposal to change one)."""
    return ", ".join(in_language(terms.facts[code]) if code in terms.facts else code for code in held.facts)


def amounts_in_words(terms: Terms, held: Any) -> str:
    """The further amounts of an order (or of a proposal to change one)."""
    names = asking_of(terms).measures
    return ", ".join(f"{in_language(names[code]) if code in names else code} {money(Money.parse(text, held.currency))}"
                     for code, text in held.measures.items())


# -- What can be chosen: pairs of a value and what people read ----------------------------------------------------------

def firm_choices(firms: Iterable[Organisation]) -> list[tuple[str, str]]:
    """Organisations to choose from."""
    return [(each.reference, firm(each)) for each in firms]


def offers_choices(offers: Iterable[Any]) -> list[tuple[str, str]]:
    """Programmes (and their types of voucher) to choose from, each once."""
    return list(dict.fromkeys((offer.key, f"{offer_name(offer)} ({offer.programme.currency})") for offer in offers))


def offer_name(offer: Any) -> str:
    """A programme, with the type of voucher where it has types."""
    name = offer.programme.name(language())
    return f"{name} · {in_language(offer.type_name)}" if offer.type_name else name


def type_choices(terms: Terms) -> list[tuple[str, str]]:
    """Types of voucher to choose from."""
    names = {code: terms.type_name(code) for code in terms.voucher_types}
    return [(code, in_language(name) if name else say(_("other services"))) for code, name in names.items()]


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


def tie_word(tie: str) -> str:
    """What people call a kind of tie."""
    return say(tie.replace("_", " "))


def tie_choices(ties: Iterable[str]) -> list[tuple[str, str]]:
    """Kinds of ties to choose from."""
    return [(str(tie), tie_word(tie)) for tie in ties]


def node_choices(kinds: Iterable[str]) -> list[tuple[str, str]]:
    """What may stand at the end of a tie."""
    return [(str(kind), say(NODES[kind])) for kind in kinds]


def node_word(node: str) -> str:
    """The end of a tie, such as phone:66315280000, as people read it; empty for what is none."""
    kind, _colon, name = node.partition(":")
    return f"{say(NODES[kind])} {name}" if kind in NODES and name else ""


def funder_word(terms: Terms, code: str) -> str:
    """What the terms call a funder; one that they do not name stands as it was typed."""
    return in_language(names_of(terms, "funders", (code,)))


def funder_choices(terms: Terms) -> list[tuple[str, str]]:
    """The funders that the terms name, to choose from."""
    return [(funder.code, in_language(funder.name)) for funder in terms.funders]


def line_word(terms: Terms, line: FundLine) -> str:
    """A fund line as people call it: its year, its funder, and the type of voucher for which it is, where there are types."""
    group = terms.type_name(line.service_group)
    return " · ".join(filter(None, (str(line.year), funder_word(terms, line.funder), in_language(group) if group else line.service_group)))


def line_choices(terms: Terms, lines: Iterable[tuple[FundLine, object]]) -> list[tuple[str, str]]:
    """Fund lines to choose from."""
    return [(line.reference, f"{line_word(terms, line)} ({line.reference})") for line, _position in lines]
