"""The state machines as people read them: a diagram for each noun and one matrix of roles, drawn from the very rows that decide.

Nothing is kept that could get out of step: the guide is drawn when it is read, in the reader's language.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from unicodedata import east_asian_width

from flask import current_app
from markupsafe import Markup, escape

from voucher.errors import _
from voucher.languages import Translator
from voucher.people import Role
from workflows.access import Access, access_to
from workflows.machine import Machine, Step
from workflows.portal.words import DUTIES, ROLES, STATES, event_word

#: Where the words for the states of a noun stand, when that is not its own name.
_WORDS = {"bank line": "line", "fund line": "fund_line"}

# The drawing: one column that fits a telephone. Lines run down the left, a lane for each state that is led to.
_WIDTH, _LANE, _ROW, _LINE, _PILL = 370, 11, 24, 16, 28
_LANES = ("#0f5c56", "#a9741a", "#2d5b8c", "#a3281e", "#55635f", "#2d6a3d")
_TONES = {"good": "#e5f1e6", "bad": "#f9e6e3", "waiting": "#f8eeda", "moving": "#e6eef7", "": "#eeece6"}


def nouns() -> dict[str, list[Step]]:
    """The steps of each noun; those of one noun that stand in several rooms are put together."""
    found: dict[str, dict[str, Step]] = {}
    for machine in sorted(Machine.known, key=lambda each: each.noun):
        found.setdefault(machine.noun, {}).update(machine.steps)
    return {noun: list(steps.values()) for noun, steps in found.items()}


def states(steps: Iterable[Step]) -> list[str]:
    """The states that these steps lead from and to, in the order of the story."""
    return list(dict.fromkeys(str(state) for step in steps for state in (*step.source, step.target)))


def state_word(noun: str, state: str, say: Translator) -> str:
    """A state as people read it."""
    return say(STATES.get(_WORDS.get(noun, noun), {}).get(state, (state, ""))[0])


def takers(step: Step, say: Translator) -> str:
    """Who may take a step."""
    return ", ".join(say(ROLES[role]) for role in step.by) or say(_("the system"))


# -- The diagram ---------------------------------------------------------------------------------------------------------

def diagram(noun: str, steps: Sequence[Step], say: Translator) -> Markup:
    """The drawing of a noun's life (SVG): each state, below it the steps that lead on, and a line to where each leads."""
    rows = _rows(steps)
    lanes = _lanes(rows)
    left = 14 + _LANE * (1 + max(lanes.values(), default=0))
    heights, drawn, y = [], [], 8
    for row in rows:
        if isinstance(row, str):
            y += 8
            drawn.append(_pill(noun, row, left, y, say))
            heights.append(y + _PILL // 2)
            y += _PILL + 4
        else:
            lines = _wrapped(f"{say(event_word(row.event))} · {takers(row, say)}", _WIDTH - left - 12)
            drawn += [_text(left + 12, y + 13 + _LINE * at, line) for at, line in enumerate(lines)]
            heights.append(y + 9)
            y += _ROW + _LINE * (len(lines) - 1)
    drawn += _lines(rows, heights, lanes, left)
    return Markup('<svg class="machine" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _WIDTH, y + 8, say(noun), Markup("").join(map(Markup, drawn)))


def _rows(steps: Sequence[Step]) -> list[str | Step]:
    """From top to bottom: how the life begins, then each state with the steps that lead on from it."""
    rows: list[str | Step] = [step for step in steps if not step.source]
    for state in states(steps):
        rows += [state, *(step for step in steps if state in step.source)]
    return rows


def _lanes(rows: Sequence[str | Step]) -> dict[str, int]:
    """The lane of each state that is led to: one in which no other line runs between the same rows."""
    taken: list[list[tuple[int, int]]] = []
    lanes: dict[str, int] = {}
    for state in (row for row in rows if isinstance(row, str)):
        led = [at for at, row in enumerate(rows) if row == state or (isinstance(row, Step) and row.target == state)]
        span = (led[0], led[-1])
        free = (at for at, spans in enumerate(taken) if all(span[1] < low or high < span[0] for low, high in spans))
        if len(led) > 1:
            lanes[state] = next(free, len(taken))
            taken += [[]] if lanes[state] == len(taken) else []
            taken[lanes[state]].append(span)
    return lanes


def _lines(rows: Sequence[str | Step], heights: Sequence[int], lanes: dict[str, int], left: int) -> Iterator[str]:
    """One line for each state that is led to: from its steps through its lane into its field."""
    for number, (state, lane) in enumerate(lanes.items()):
        x, colour, field = left - 12 - _LANE * lane, _LANES[number % len(_LANES)], heights[rows.index(state)]
        leading = [(heights[at], row) for at, row in enumerate(rows) if isinstance(row, Step) and row.target == state]
        ends = [field, *(y for y, _step in leading)]
        yield f'<path d="M{x} {min(ends)}V{max(ends)}M{x} {field}H{left - 5}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        yield f'<path d="M{left - 6} {field - 4}l6 4l-6 4z" fill="{colour}"/>'
        for y, step in leading:
            dash = "" if step.by else ' stroke-dasharray="2 2"'
            yield f'<path d="M{left + 8} {y}H{x}" fill="none" stroke="{colour}" stroke-width="1.5"{dash}/>'
            yield f'<circle cx="{left + 6}" cy="{y}" r="3" fill="{colour}"/>'


def _pill(noun: str, state: str, x: int, y: int, say: Translator) -> str:
    tone = STATES.get(_WORDS.get(noun, noun), {}).get(state, ("", ""))[1]
    word = escape(state_word(noun, state, say))
    return (f'<rect x="{x}" y="{y}" width="{_WIDTH - x - 2}" height="{_PILL}" rx="14" fill="{_TONES[tone]}" stroke="#c5c0b1"/>'
            f'<text x="{x + 14}" y="{y + 19}" font-size="14" font-weight="600" fill="#1c2b2a">{word}</text>')


def _text(x: int, y: int, text: str) -> str:
    return f'<text x="{x}" y="{y}" font-size="12" fill="#1c2b2a">{escape(text)}</text>'


def _wrapped(text: str, width: int) -> list[str]:
    """A text in lines of so many points; Chinese may break anywhere, English between words."""
    lines, used = [""], 0.0
    for word in _words(text):
        wide = sum(12.0 if east_asian_width(sign) in "WF" else 6.4 for sign in word)
        if lines[-1] and used + wide > width:
            lines.append("")
            used = 0.0
        lines[-1] += word if lines[-1] else word.lstrip()
        used += wide
    return lines


def _words(text: str) -> Iterator[str]:
    word = ""
    for sign in text:
        if sign == " " or east_asian_width(sign) in "WF":
            yield word
            word = ""
        word += sign
    yield word


# -- The tables ----------------------------------------------------------------------------------------------------------

def table(noun: str, steps: Sequence[Step], say: Translator) -> Markup:
    """The same as the diagram, in rows: what happens, from where to where, by whom, and as which duty."""
    rows = [[say(event_word(step.event)), ", ".join(state_word(noun, each, say) for each in step.source) or "–",
             state_word(noun, step.target, say), takers(step, say), say(DUTIES[step.duty]) if step.duty else "–"] for step in steps]
    return _table([say(_("Step")), say(_("From")), say(_("To")), say(_("Who")), say(_("Duty"))], rows)


def role_matrix(say: Translator) -> Markup:
    """Who may take which step, over all nouns: one column a role, and one for what the system does by itself."""
    rows = [[f"{say(noun)}: {say(event_word(step.event))}", *("●" if role in step.by else "" for role in Role), "" if step.by else "●"]
            for noun, steps in nouns().items() for step in steps]
    return _table([say(_("Step")), *(say(ROLES[role]) for role in Role), say(_("the system"))], rows)


#: What else may be done, beside the steps of the machines: the operation of the API, by its name, and in words.
FURTHER: Mapping[str, str] = {
    "ban_organisation": _("ban an organisation until a day"), "ban_for_recovery": _("ban who is liable in a decided recovery"),
    "lift_ban": _("lift a ban; another than who banned"), "check_claim": _("have the checks on a claim run again"),
    "draw_sample": _("draw claims by lot"), "import_ties": _("enter who is tied to whom"), "submit_log": _("claim from a log of uses"),
    "resubmit_log": _("send a returned claim again with another log"), "upload_file": _("keep a piece of evidence"),
    "file_objection": _("object to what is on a public notice"), "match_line_with_deposit": _("match a line of the bank with a deposit"),
    "match_line_with_recovery": _("match a line of the bank with a recovery"),
    "match_return_less_charge": _("match a line of the bank with a payment sent back less a charge"),
    "remit_recovery": _("hand over to the treasury what a recovery brought"),
    "enter_exchange_key": _("enter a key for the exchange with other offices"),
    "end_exchange_key": _("end a key of the exchange"), "import_exchange_list": _("take in the list of another office"),
    "find_exchange_ticket": _("find what another office means by a ticket"), "register_organisation": _("enter an organisation"),
    "change_organisation": _("change what is entered of an organisation"),
    "register_account": _("enter the account of an organisation"), "register_person": _("enter a person"),
    "grant_role": _("grant a role to another"), "withdraw_role": _("take a role from another"),
    "close_person": _("close another's access"), "reopen_person": _("open another's access again"),
    "renew_password": _("give another a new first password"), "enter_absence": _("say that one will be away"),
    "end_absence": _("end an absence"), "hand_over_role": _("hand a role to a deputy"),
    "choose_mails": _("choose which letters come by mail")}


def further_acts(say: Translator) -> Markup:
    """Who may do what else: the roles that the very door asks for; everybody who is signed in where it asks for none."""
    doors = {rule.endpoint.rpartition(".")[2]: rule.endpoint for rule in current_app.url_map.iter_rules() if rule.rule.startswith("/api/")}
    asked = {name: access_to(current_app, doors[name], "POST") or Access() for name in FURTHER}
    rows = [[say(what), *("●" if role in (asked[name].roles or Role) else "" for role in Role)] for name, what in FURTHER.items()]
    return _table([say(_("What")), *(say(ROLES[role]) for role in Role)], rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    whole = Markup("<table><thead>{}</thead><tbody>{}</tbody></table>")
    return whole.format(_row(Markup("<th>{}</th>"), head), Markup("").join(_row(Markup("<td>{}</td>"), row) for row in rows))


def _row(cell: Markup, values: Sequence[str]) -> Markup:
    return Markup("<tr>{}</tr>").format(Markup("").join(cell.format(value) for value in values))


def drawn(say: Translator) -> Markup:
    """Every noun's life, one after the other: its diagram, then the same in rows."""
    part = Markup("<h2>{}</h2>{}<details><summary>{}</summary>{}</details>")
    return Markup("").join(
        part.format(say(noun).capitalize(), diagram(noun, steps, say), say(_("The same as a table")), table(noun, steps, say))
        for noun, steps in nouns().items())


#: What a guide may hold in a paragraph of its own, and what stands there when it is read.
GENERATED = {"[state machines]": drawn, "[role matrix]": role_matrix, "[further acts]": further_acts}
