"""Every verb there is, found in the code, and the doors at which people can take it."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from workflows.acts import ACTS

ROOT = Path(__file__).parents[2] / "workflows"
DOORS = ("portal", "api", "cli")

#: What changes something when it is called, whoever calls it.
CHANGES = frozenset({"record", "begin", "begin_many", "advance", "advance_many", "follow", "follow_many", "post", "post_many", "add",
                     "add_all", "store_file"})


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


@cache
def changing() -> frozenset[str]:
    """The public verbs that change something, by themselves or through what they call: they take the work first."""
    calls: dict[str, set[str]] = defaultdict(set)
    for name, function in functions():
        calls[name] |= called(function)
    found: set[str] = set()
    while more := {name for name, named in calls.items() if name not in found and named & (CHANGES | found)}:
        found |= more
    return frozenset(name for name, function in functions() if name in found and not name.startswith("_")
                     and function.args.args and function.args.args[0].arg == "work")


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
