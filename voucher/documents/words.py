"""The words that documents print, in both languages: their own small catalog beside the templates.

Every document shows its headings in two languages, whoever reads it, so that both must be at hand at once and none may
be missing. The catalog is an ordinary gettext file and is read as it is; there is nothing to compile.
"""

from functools import cache

from babel.messages.pofile import read_po

from voucher.places import place

CATALOGS = {"zh": "zh_Hans_CN.po"}


@cache
def catalog(language: str) -> dict[str, str]:
    """English words and what they are in the language; empty for English itself."""
    if language not in CATALOGS:
        return {}
    with (place("templates") / "documents" / CATALOGS[language]).open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file) if each.id}


def say(text: str, language: str) -> str:
    """The words in a language. A word of ours that the catalog lacks is a fault of ours."""
    return catalog(language)[text] if language in CATALOGS else text
