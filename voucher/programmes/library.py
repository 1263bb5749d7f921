"""The programmes that come with the software: real rules as terms files, to start from and to test against."""

from importlib.resources import files
from importlib.resources.abc import Traversable

from voucher.errors import NotFound, _


def example_names() -> tuple[str, ...]:
    """The names of the examples, in alphabetical order."""
    return tuple(sorted(each.name.removesuffix(".yaml") for each in _folder().iterdir() if each.name.endswith(".yaml")))


def example(name: str) -> bytes:
    """The terms file of that name. Raises NotFound."""
    if name not in example_names():
        raise NotFound(_("There is no example {name}. There are: {names}."), name=name, names=", ".join(example_names()))
    return (_folder() / f"{name}.yaml").read_bytes()


def _folder() -> Traversable:
    return files("voucher.programmes") / "examples"
