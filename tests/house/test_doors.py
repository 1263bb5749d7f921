"""Every verb has its three doors: the portal, the API and the command line; or it says here why it has not."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from workflows.acts import ACTS

ROOT = Path(__file__).parents[2] / "workflows"
DOORS = ("portal", "api", "cli")

#: What changes something when it is called, whoever calls it.
CHANGES = frozenset({"record", "begin", "begin_many", "advance", "advance_many", "follow", "follow_many", "post", "post_many", "add",
                     "add_all"})

#: Verbs that have not all three doors, and why not.
EXCEPT: Mapping[str, str] = {
    "change_password": "a person asks for it where he signs in; no program has to know a password",
    "enter_ties": "a table of one row enters one tie: `import_ties` has all three doors",
    "make_key": "a key that makes keys would outlive its theft; a person signs in, or somebody stands at the machine",
    "match_line_with_deposit": "`match_line` takes it where the reference is that of a deposit",
    "match_line_with_recovery": "`match_line` takes it where the reference is that of a recovery",
    "try_draft": "`voucher programme simulate` tries a draft where it runs, without a job, and shows how far it is",
}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def called(node: ast.AST) -> set[str]:
    """The names of everything that is mentioned in it."""
    names = {each.id if isinstance(each, ast.Name) else each.attr for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)}
    return names | {alias.name for each in ast.walk(node) if isinstance(each, ast.ImportFrom) for alias in each.names if alias.asname}


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """The functions of the verbs' own files, by name."""
    for path in sorted(ROOT.glob("*.py")):
        yield from ((each.name, each) for each in tree(path).body if isinstance(each, ast.FunctionDef))


def changing() -> set[str]:
    """The public verbs that change something, by themselves or through what they call: they take the work first."""
    calls: dict[str, set[str]] = defaultdict(set)
    for name, function in functions():
        calls[name] |= called(function)
    found: set[str] = set()
    while more := {name for name, named in calls.items() if name not in found and named & (CHANGES | found)}:
        found |= more
    return {name for name, function in functions() if name in found and not name.startswith("_")
            and function.args.args and function.args.args[0].arg == "work"}


def doors() -> dict[str, set[str]]:
    """The verbs that a person can take, each with the doors at which he can."""
    found: dict[str, set[str]] = defaultdict(set)
    verbs = changing()
    for door in DOORS:
        for path in sorted((ROOT / door).rglob("*.py")):
            for name in called(tree(path)) & verbs:
                found[name].add(door)
    for act in (act for acts in ACTS.values() for act in acts):
        found[act.verb.__name__] |= set(DOORS)
    return found


def test_every_verb_has_three_doors_or_a_reason() -> None:
    """When this fails: give the verb its missing door, most easily by a row in workflows/acts; or say in EXCEPT why it has none."""
    missing = {name: sorted(set(DOORS) - open_at) for name, open_at in doors().items() if set(DOORS) - open_at}
    assert {name: where for name, where in missing.items() if name not in EXCEPT} == {}
    assert EXCEPT.keys() <= missing.keys(), "these have all their doors by now"


def test_every_verb_is_taken_by_somebody() -> None:
    """When this fails: nobody can take this verb, neither at a door nor as a step that another one, or the clock, takes along."""
    elsewhere = set().union(*(called(function) for _name, function in functions()), called(tree(ROOT / "worker.py")),
                            called(tree(ROOT / "overdue.py")))
    assert changing() - doors().keys() - elsewhere == set()
