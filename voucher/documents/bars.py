"""A bar chart as SVG: for each label two amounts, one bar below the other. Needs no browser, no network, no script."""

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from voucher.money import Money
from voucher.places import place

_LEFT, _LONGEST, _RIGHT = 90, 560, 150
_TOP, _ROW = 56, 34
_COLOURS = ("#9fb0c3", "#1b5e8c")  # told apart by lightness as well as by hue


def bars_svg(title: str, names: tuple[str, str], rows: Mapping[str, tuple[Money, Money]]) -> str:
    """The chart. `names` say what the two bars are; `rows` are amounts, not below zero, by label."""
    most = max((money.minor for pair in rows.values() for money in pair), default=0) or 1
    drawn = [_row(label, pair, _TOP + index * _ROW, most) for index, (label, pair) in enumerate(rows.items())]
    templates = Environment(loader=FileSystemLoader(place("templates") / "documents"), autoescape=True, undefined=StrictUndefined,
                            trim_blocks=True, lstrip_blocks=True)
    return templates.get_template("bars.svg").render(
        title=title, names=names, rows=drawn, colours=_COLOURS, left=_LEFT, width=_LEFT + _LONGEST + _RIGHT,
        height=_TOP + len(drawn) * _ROW + 10)


def _row(label: str, pair: Sequence[Money], y: int, most: int) -> dict[str, Any]:
    bars = [{"y": y + index * 13, "width": money.minor * _LONGEST // most, "amount": f"{money} {money.currency}"}
            for index, money in enumerate(pair)]
    return {"label": label, "y": y, "bars": bars}
