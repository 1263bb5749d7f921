"""Brings the catalogs of translations in step with the code and the templates.

    python templates/translations/collect.py          # take up new sentences, drop unused ones, compile
    python templates/translations/collect.py --check  # change nothing; exit 1 and say why when something is out of step

Sentences are what stands in `_("...")` in Python and in templates, and the docstrings of refusals, which are what a refusal
says when nothing else is given. A sentence stands in the catalog in English as in the code. Chinese needs a translation
of each, with the same {names}; English needs none.
"""

import ast
import string
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parent.parent.parent
TRANSLATED = "zh_Hans_CN"
LOCALES = (TRANSLATED, "en")
# A catalog made twice is the same to the byte, so it carries no date.
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
REFUSALS = {"Refusal", "NotValid", "NotFound", "NotAllowed", "NotNow"}


def sentences() -> dict[str, list[str]]:
    """Every sentence, with the files in which it stands."""
    found: dict[str, set[str]] = {}
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for room in ("voucher", "workflows") for path in _files(room, ".py")}
    pairs = [(path, text) for path, tree in trees.items() for text in _marked(tree)]
    pairs += _docstrings(trees)
    pairs += [(path, text) for path in _files("templates", ".html") for text in _in_template(path)]
    for path, text in pairs:
        found.setdefault(text, set()).add(path.relative_to(ROOT).as_posix())
    return {text: sorted(found[text]) for text in sorted(found)}


def _files(room: str, suffix: str) -> list[Path]:
    return sorted((ROOT / room).rglob(f"*{suffix}"))


def _marked(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _docstrings(trees: dict[Path, ast.Module]) -> list[tuple[Path, str]]:
    """The docstrings of all classes that descend, by name, from the four refusals."""
    classes = [(path, node) for path, tree in trees.items() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    known = set(REFUSALS)
    while True:
        more = {node.name for _path, node in classes if {getattr(base, "id", "") for base in node.bases} & known} - known
        if not more:
            break
        known |= more
    return [(path, " ".join(text.split())) for path, node in classes if node.name in known and (text := ast.get_docstring(node))]


def _in_template(path: Path) -> Iterator[str]:
    source = BytesIO(path.read_bytes())
    for _line, _function, text, _comments in babel_extract(source, ["_"], [], {"trim_blocks": "true", "encoding": "utf-8"}):
        text = text[0] if isinstance(text, tuple) else text
        if isinstance(text, str):
            yield text


def po_path(locale: str) -> Path:
    """Where a catalog lies."""
    return ROOT / "templates" / "translations" / locale / "LC_MESSAGES" / "messages.po"


def catalog(locale: str, current: dict[str, list[str]]) -> Catalog:
    """The catalog as it should be: the sentences that stand now, with the translations that are known."""
    path, known = po_path(locale), {}
    if path.exists():
        known = {message.id: message.string for message in read_po(BytesIO(path.read_bytes()), locale=locale) if message.id}
    made = Catalog(locale=locale, project="voucher", header_comment="# Sentences of the voucher system. Made by collect.py.",
                   creation_date=NEVER, revision_date=NEVER, last_translator="", language_team="", fuzzy=False)
    for text in current:
        made.add(text, known.get(text, ""))
    return made


def as_po(made: Catalog) -> bytes:
    """The catalog as text, without what would change with each run."""
    out = BytesIO()
    write_po(out, made, width=140, omit_header=True)
    head = f'msgid ""\nmsgstr ""\n"Language: {made.locale}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return head.encode() + out.getvalue()


def as_mo(made: Catalog) -> bytes:
    """The catalog as programs read it."""
    out = BytesIO()
    write_mo(out, made)
    return out.getvalue()


def problems(current: dict[str, list[str]]) -> list[str]:
    """What is out of step, a line each."""
    found = []
    for locale in LOCALES:
        made, path = catalog(locale, current), po_path(locale)
        if not path.exists() or path.read_bytes() != as_po(made):
            found.append(f"{path.relative_to(ROOT)} is not in step with the code: run collect.py")
        elif path.with_suffix(".mo").read_bytes() != as_mo(made):
            found.append(f"{path.with_suffix('.mo').relative_to(ROOT)} is not compiled from its .po: run collect.py")
        if locale == TRANSLATED:
            found += [f"no Chinese: {message.id}" for message in made if message.id and not message.string]
        found += [f"{locale} fills in other names: {message.id}" for message in made
                  if message.id and message.string and names_in(str(message.string)) != names_in(str(message.id))]
    return found


def names_in(text: str) -> set[str]:
    """The {names} in a sentence."""
    return {name for _before, name, _spec, _conversion in string.Formatter().parse(text) if name}


def main() -> int:
    """Collect, or with --check only say what is out of step."""
    current = sentences()
    if "--check" not in sys.argv:
        for locale in LOCALES:
            made, path = catalog(locale, current), po_path(locale)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(as_po(made))
            path.with_suffix(".mo").write_bytes(as_mo(made))
    wrong = problems(current)
    sys.stdout.write("".join(f"{line}\n" for line in wrong) or f"{len(current)} sentences, all in step\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
