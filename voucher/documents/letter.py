"""A mail from letters: plain text and HTML, one letter or the digest of a day. Pure: what was told in, a message out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from voucher.errors import _
from voucher.languages import LOCALES, translator
from voucher.places import place

_LANG = {"zh": "zh-CN", "en": "en"}


@dataclass(frozen=True)
class Told:
    """One letter: its words in the receiver's language, when it happened, where the case is, and where the decision as a document is.

    `words` are said, do, until, reason and why; of a decision against the receiver also basis and appeal.
    """

    words: Mapping[str, str]
    at: datetime
    url: str
    paper_url: str = ""


def compose(
    told: Sequence[Told], *, sender: tuple[str, str], receiver: tuple[str, str], language: str, name: str, settings_url: str = ""
) -> EmailMessage:
    """The mail that carries these letters. `sender` and `receiver` are names with addresses; `name` makes its id.
    Who has no page of ours to choose on has no `settings_url`.

    The same letters make the same bytes, so that a mail that went out twice is known by its Message-ID.
    """
    say = translator(language)
    message = EmailMessage()
    message["Subject"] = told[0].words["said"] if len(told) == 1 else say(_("{count} letters about your cases"), count=len(told))
    message["From"] = Address(sender[0], addr_spec=sender[1])
    message["To"] = Address(receiver[0], addr_spec=receiver[1])
    message["Date"] = format_datetime(told[-1].at)
    message["Message-ID"] = f"<{name}@{sender[1].rpartition('@')[2]}>"
    message["Content-Language"] = _LANG[language]
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: so that no robot answers
    values = {"told": told, "office": sender[0], "name": receiver[0], "say": say, "lang": _LANG[language], "settings_url": settings_url,
              "day": lambda at: format_date(at.date(), "long", locale=LOCALES[language])}
    message.set_content(_templates(False).get_template("letter.txt").render(values))
    message.add_alternative(_templates(True).get_template("letter.html").render(values | {"_": say}), subtype="html")
    message.set_boundary(f"={name}=")
    return message


@cache
def _templates(escape: bool) -> Environment:
    templates = Environment(loader=FileSystemLoader(place("templates") / "letters"), autoescape=escape,  # noqa: S701 - plain text is not HTML
                            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    templates.globals.update(DEAR=_("Dear {name},"), WHY=_("Reason:"), NEXT=_("What to do now:"), SEE=_("See the case:"),
                             PAPER=_("The decision as a document (PDF):"),
                             CHOOSE=_("Choose here which letters you get by mail:"),
                             NO_ANSWER=_("This mail was written by itself. Please do not answer it."))
    return templates
