"""The bar chart."""

from lxml import etree

from voucher.documents.bars import bars_svg
from voucher.money import Money

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_are_as_long_as_their_amounts() -> None:
    rows = {"2026-01": (Money(1000, "CNY"), Money(500, "CNY")), "2026-02": (Money(0, "CNY"), Money(250, "CNY"))}
    drawn = bars_svg("A & B", ("one", "two"), rows)
    chart = etree.fromstring(drawn.encode())
    widths = [int(each.attrib["width"]) for each in chart.iter(f"{SVG}rect") if each.get("height") == "11"]
    assert widths == [560, 280, 0, 140]
    assert chart.findtext(f"{SVG}title") == "A & B"


def test_a_chart_of_nothing_is_still_a_picture() -> None:
    assert etree.fromstring(bars_svg("nothing", ("one", "two"), {}).encode()).tag == f"{SVG}svg"
