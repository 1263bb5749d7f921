"""The languages in which we speak, on the web and off it: pages, refusals, documents, letters, the command line.

Sentences are written in English where they are used, marked with `_`, with `{names}` for what is filled in; the catalogs
under templates/translations hold them in other languages. What has no translation is shown in English, never dropped.
"""

import gettext
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from voucher.errors import Problem, Refusal, _
from voucher.places import place

# What people choose from, with the name of its catalog (CLDR).
CATALOGS = {"zh": "zh_Hans_CN", "en": "en"}
DEFAULT = "zh"
NAMES = {"zh": "中文", "en": "English"}
# Days and money are written as these places write them; a day in English must not be read as its month.
LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}

# What stands between the words of a list: "reviewer, approver", "submitted / reviewed".
_LISTED = re.compile(r"(, | / )")


@dataclass(frozen=True)
class Translator:
    """Says marked sentences in one language: `translator("zh")(_("{count} claims"), count=3)`."""

    language: str
    catalog: gettext.NullTranslations

    def __call__(self, text: str, /, **values: Any) -> str:
        """The sentence in this language, its `{names}` filled in; words and lists of words among the values are translated too."""
        said = self.catalog.gettext(text) if text else ""
        return said.format(**{name: self._value(value) for name, value in values.items()}) if values else said

    def _value(self, value: Any) -> Any:
        if not isinstance(value, str):
            in_language = getattr(value, "in_language", None)  # a text that terms bring along in both languages
            return in_language(self.language) if in_language else value
        return "".join(self.catalog.gettext(part) if part else "" for part in _LISTED.split(value))

    def refusal(self, refusal: Refusal) -> str:
        """What a refusal says, in one sentence or two."""
        return self(refusal.template, **refusal.values)

    def problem(self, problem: Problem) -> str:
        """What is wrong with one thing, its place in front where that is a line of a file."""
        said = self(problem.what, **dict(problem.values))
        if problem.line is None:
            return said
        # What was said is said: it is not taken for words to translate once more.
        if problem.column is None:
            return self(_("Line {line}: {what}")).format(line=problem.line, what=said)
        return self(_("Line {line}, column {column}: {what}")).format(line=problem.line, column=problem.column, what=said)


@cache
def translator(language: str) -> Translator:
    """The translator into a language ("zh", "en"); a language that we do not speak gets the default."""
    spoken = language if language in CATALOGS else DEFAULT
    return Translator(spoken, gettext.translation("messages", place("templates") / "translations", [CATALOGS[spoken]], fallback=True))
