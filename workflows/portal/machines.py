"""The state machines as people read them: a diagram for each noun and one matrix of roles, drawn from the very rows that decide.

Nothing is kept that could get out of step: the guide is drawn when it is read, in the reader's language.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from markupsafe import Markup, escape

from voucher.errors import _
from voucher.languages import Translator
from voucher.people import Role
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

@dataclass(frozen=True)
class _Arrow:
    """A step in the drawing: it starts at a height and leads to a state."""

    y: int
    target: str
    by_system: bool


def diagram(noun: str, steps: Sequence[Step], say: Translator) -> Markup:
    """The drawing of a noun's life (SVG): each state, below it the steps that lead on, and a line to where each leads."""
    order = states(steps)
    drawn: list[str] = []
    pills: dict[str, int] = {}
    arrows: list[_Arrow] = []
    left = 14 + _LANE * len(order)
    y = 8
    for state in ["", *order]:
        leading = [step for step in steps if (state in step.source if state else not step.source)]
        if state:
            drawn.append(_pill(noun, state, left, y, say))
            pills[state] = y + _PILL // 2
            y += _PILL + 4
        for step in leading:
            lines = _wrapped(f"{say(event_word(step.event))} · {takers(step, say)}", _WIDTH - left - 12)
            drawn += [_text(left + 12, y + 13 + _LINE * at, line) for at, line in enumerate(lines)]
            arrows.append(_Arrow(y + 9, str(step.target), not step.by))
            y += _ROW + _LINE * (len(lines) - 1)
        y += 8
    drawn += _lines(arrows, pills, left)
    return Markup('<svg class="machine" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _WIDTH, y, say(noun), Markup("").join(map(Markup, drawn)))


def _pill(noun: str, state: str, x: int, y: int, say: Translator) -> str:
    tone = STATES.get(_WORDS.get(noun, noun), {}).get(state, ("", ""))[1]
    word = escape(state_word(noun, state, say))
    return (f'<rect x="{x}" y="{y}" width="{_WIDTH - x - 2}" height="{_PILL}" rx="14" fill="{_TONES[tone]}" stroke="#c5c0b1"/>'
            f'<text x="{x + 14}" y="{y + 19}" font-size="14" font-weight="600" fill="#1c2b2a">{word}</text>')


def _text(x: int, y: int, text: str) -> str:
    return f'<text x="{x}" y="{y}" font-size="12" fill="#1c2b2a">{escape(text)}</text>'


def _lines(arrows: Sequence[_Arrow], pills: dict[str, int], left: int) -> Iterator[str]:
    """One line for each state that is led to, in a lane in which no other line runs at that height."""
    taken: list[list[tuple[int, int]]] = []
    for number, (target, pill) in enumerate(pills.items()):
        leading = [arrow for arrow in arrows if arrow.target == target]
        if not leading:
            continue
        heights = [pill, *(arrow.y for arrow in leading)]
        span = (min(heights), max(heights))
        lane = next((at for at, spans in enumerate(taken) if all(span[1] < low or high < span[0] for low, high in spans)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append(span)
        x, colour = left - 12 - _LANE * lane, _LANES[number % len(_LANES)]
        yield f'<path d="M{x} {span[0]}V{span[1]}M{x} {pill}H{left - 5}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        yield f'<path d="M{left - 6} {pill - 4}l6 4l-6 4z" fill="{colour}"/>'
        for arrow in leading:
            dash = ' stroke-dasharray="2 2"' if arrow.by_system else ""
            yield f'<path d="M{left + 8} {arrow.y}H{x}" fill="none" stroke="{colour}" stroke-width="1.5"{dash}/>'
            yield f'<circle cx="{left + 6}" cy="{arrow.y}" r="3" fill="{colour}"/>'


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
GENERATED = {"[state machines]": drawn, "[role matrix]": role_matrix}
