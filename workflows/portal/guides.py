"""Guides for each audience, and the accounting manual: written in Markdown, read on the portal."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from markdown_it import MarkdownIt
from markupsafe import Markup

from voucher.errors import NotFound, _
from voucher.languages import translator
from voucher.places import place
from workflows.access import public
from workflows.portal.machines import GENERATED
from workflows.portal.pages import show
from workflows.portal.speech import language

portal = Blueprint("guides", __name__)

GUIDES = {
    "sme": _("For firms"), "provider": _("For providers"), "programme": _("For the programme office"),
    "finance": _("For the finance office"), "auditor": _("For auditors"), "operator": _("For operators"),
    "exchange": _("Exchange with other offices"),
    "accounting": _("Accounting manual"), "machines": _("States, steps and roles"),
    "performance": _("How fast the books are"),
}

# Raw HTML in a guide would be shown as text: guides are prose, and nothing in them runs.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


@portal.get("/guides")
@public
def guides() -> ResponseReturnValue:
    """Which guides there are."""
    return show("guides.html", guides=GUIDES)


@portal.get("/guides/<name>")
@public
def guide(name: str) -> ResponseReturnValue:
    """One guide, in the reader's language."""
    if name not in GUIDES:
        raise NotFound
    text = (place("templates") / "guides" / language() / f"{name}.md").read_text(encoding="utf-8")
    page = _MARKDOWN.render(text)
    for mark, make in GENERATED.items():
        page = page.replace(f"<p>{mark}</p>", make(translator(language())) if mark in page else "")
    return show("guide.html", title=GUIDES[name], text=Markup(page))  # noqa: S704 - ours, and inert
