"""A programme's rules in plain words, as a page (HTML) and on paper (PDF): the words are those of the terms themselves."""

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from voucher.documents.render import render
from voucher.places import place
from voucher.programmes.reading import read_terms
from voucher.programmes.summary import summary
from voucher.programmes.terms import Terms

_TEMPLATE = "summary.html"
_STYLE = """
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; font-family: system-ui, sans-serif; line-height: 1.5; color: #1b2a3d }
table { width: 100%; border-collapse: collapse } td { vertical-align: top; padding: .25rem .5rem .25rem 0 }
.running { display: none } .small { color: #5b6878; font-size: .875rem } .title { text-align: right } h1 { font-size: 1.5rem; margin: 0 }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .25rem; border-bottom: 1px solid #c9d1db } .rules tr { border-bottom: 1px dotted #c9d1db }
"""
_TITLES = {"zh": "规则摘要", "en": "The rules in plain words"}
_DIGEST = {"zh": "由条款文件生成,SHA-256 {}", "en": "Made from the terms file with SHA-256 {}"}
_LANG = {"zh": "zh-CN", "en": "en"}


def summary_html(source: bytes, language: str) -> str:
    """The rules of a terms file as an HTML page that stands alone. Raises NotValid with every problem of the file."""
    templates = Environment(loader=FileSystemLoader(place("templates") / "documents"), autoescape=True, undefined=StrictUndefined,
                            trim_blocks=True, lstrip_blocks=True)
    data = _data(source, language, date.min)
    return templates.get_template(_TEMPLATE).render(**data, style=_STYLE, lang=_LANG[language])


def summary_pdf(source: bytes, language: str, made_on: date, read: Callable[[bytes], Terms] = read_terms) -> bytes:
    """The same on paper; `read` is how the file is read. Raises NotValid with every problem of the file."""
    return render(_TEMPLATE, _data(source, language, made_on, read), language)


def _data(source: bytes, language: str, made_on: date, read: Callable[[bytes], Terms] = read_terms) -> dict[str, Any]:
    """What the template prints: strings, lists and mappings of strings."""
    terms = read(source)
    office = terms.programme.office
    digest = hashlib.sha256(source).hexdigest()
    return {
        "document": {"kind": "summary", "number": terms.code, "issued_on": made_on.isoformat(), "language": language},
        "title": terms.programme.name.in_language(language), "subtitle": _TITLES[language],
        "office": {"name": office.name.in_language(language), "contact": " · ".join(filter(None, (office.phone, office.email)))},
        "digest_line": _DIGEST[language].format(digest),
        "sections": [
            {"heading": section.heading.in_language(language),
             "rules": [{"text": rule.text.in_language(language), "clause": rule.clause.in_language(language) if rule.clause else ""}
                       for rule in section.sentences]}
            for section in summary(terms)
        ],
    }
