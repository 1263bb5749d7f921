"""Every state machine of the house, found by itself: whoever adds one adds it to the tests that look at all."""

import ast
import pkgutil
from collections.abc import Iterator
from importlib import import_module

import workflows
from tests.house.tracked import modules, tree
from workflows.machine import Machine


def machines() -> list[Machine]:
    """Each machine, in the order of the nouns and of their first steps."""
    for module in pkgutil.walk_packages(workflows.__path__, "workflows."):
        if not module.name.startswith("workflows.cli.main"):
            import_module(module.name)
    return sorted(Machine.known, key=lambda each: (each.noun, *each.steps))


def recorded() -> Iterator[str]:
    """The names of events that the code records, from the calls of `record` and the rows of the machines."""
    for machine in machines():
        yield from (step.event for step in machine.steps.values())
    for path in modules("voucher", "workflows"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("record", "_told", "note_access") and len(node.args) > 1:
                words = [each.value for each in node.args[1:] if isinstance(each, ast.Constant)]
                yield from (word for word in words if isinstance(word, str) and "." in word)
