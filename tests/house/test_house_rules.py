"""Rules of the house that no tool knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tracked import ROOT, modules, tracked_files, tree

PRODUCT = modules("voucher", "workflows")
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "service", "misc", "core", "models"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# Addresses and folders that only mean something on the machine of whoever wrote them. Put together here, so that this
# file does not hold them itself.
PRIVATE_PLACES = [
    "/" + "work/", "/" + "root/", "/" + "home/", "/opt/" + "pypi", "/opt/" + "wheels", "pypi." + "org", "pythonhosted" + ".org",
    "registry." + "npmjs", "file:///" + "opt", "--index" + "-url http", "extra-" + "index-url", "find-" + "links",
]


def _name(path: Path) -> str:
    return str(path)


@pytest.mark.parametrize("path", [*modules("voucher", "workflows", "migrations", "tests"), Path("wsgi.py")], ids=_name)
def test_a_file_begins_by_saying_what_it_is(path: Path) -> None:
    assert ast.get_docstring(tree(path)), f"{path} has no docstring"


@pytest.mark.parametrize("path", PRODUCT, ids=_name)
def test_imports_stand_at_the_top(path: Path) -> None:
    inside = [node.lineno for function in ast.walk(tree(path)) if isinstance(function, FUNCTIONS)
              for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not inside, f"{path} imports inside a function, in lines {inside}"
    assert "TYPE_CHECKING" not in (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [path for path in PRODUCT if path.name == "__init__.py"], ids=_name)
def test_a_package_hands_names_on_and_defines_none(path: Path) -> None:
    defined = [node.name for node in tree(path).body if isinstance(node, (*FUNCTIONS, ast.ClassDef))]
    assert not defined


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert not [path for path in PRODUCT if path.stem in BANNED_NAMES]


def test_only_a_piece_of_work_commits() -> None:
    commits = [f"{path}:{node.lineno}" for path in PRODUCT for node in ast.walk(tree(path))
               if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"]
    assert [each.split(":")[0] for each in commits] == ["voucher/work.py"], commits


def test_verbs_write_in_the_books_through_posting() -> None:
    """Posting sees what an entry frees, closes and opens fund lines, and serves who waits: no verb may pass it by."""
    posts = [f"{path}:{node.lineno}" for path in PRODUCT if path.parts[:2] != ("voucher", "ledger") for node in ast.walk(tree(path))
             if isinstance(node, ast.Attribute) and node.attr in ("post", "post_many")
             and isinstance(node.value, ast.Name) and node.value.id == "ledger"]
    assert {each.split(":")[0] for each in posts} == {"voucher/posting.py"}, posts


def test_only_the_clock_reads_the_system_clock() -> None:
    readings = [str(path) for path in PRODUCT for node in ast.walk(tree(path))
                if isinstance(node, ast.Attribute) and node.attr in ("utcnow", "now", "today")
                and isinstance(node.value, ast.Name) and node.value.id in ("datetime", "date")]
    assert readings == ["voucher/clock.py"]


def test_csv_is_written_in_one_way() -> None:
    """A writer of its own would forget what tears a row, or what a spreadsheet takes for a formula."""
    writers = [str(path) for path in PRODUCT for node in ast.walk(tree(path))
               if isinstance(node, ast.Attribute) and node.attr in ("writer", "DictWriter")]
    assert writers == ["voucher/spreadsheets.py"]


@pytest.mark.parametrize("path", PRODUCT, ids=_name)
def test_what_people_read_can_be_translated(path: Path) -> None:
    """`_()` takes a sentence that stands in the source as it is: the catalogs are made from it."""
    wrong = [call.lineno for call in _marked(tree(path)) if not (len(call.args) == 1 and isinstance(call.args[0], ast.Constant))]
    assert not wrong, f"{path} marks something else than a plain sentence, in lines {wrong}"


def _marked(module: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            yield node


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    found = [f"{path}: {place}" for path in tracked_files() if not _is_binary(path) and path.parts[0] != ".git"
             for place in PRIVATE_PLACES if place in (ROOT / path).read_text(encoding="utf-8", errors="replace")]
    allowed = {"Makefile: find-" + "links"}  # the option that keeps such places out of the lock
    assert set(found) <= allowed, found


def _is_binary(path: Path) -> bool:
    return b"\0" in (ROOT / path).read_bytes()[:4096]
