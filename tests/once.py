"""What every process of tests needs and takes long to make: one of them makes it, the others wait for it."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_FOLDER = "VOUCHER_TEST_ONCE"


@contextmanager
def one_folder() -> Iterator[None]:
    """A folder that this process and all that it starts have in common, as long as the block."""
    with TemporaryDirectory(prefix="voucher-once-") as folder:
        os.environ[_FOLDER] = folder
        yield
        del os.environ[_FOLDER]


def common(name: str) -> Path:
    """The path in that folder of what has this name there."""
    return Path(os.environ[_FOLDER], name)


@contextmanager
def alone(name: str) -> Iterator[Path]:
    """The path of what has this name there, while no other process of the tests is in such a block."""
    with common(f"{name}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield common(name)


def once(name: str, make: Callable[[Path], None]) -> Path:
    """The path of what has this name there; where nobody has made it yet, `make` makes it at another path first."""
    with alone(name) as path:
        if not path.exists():
            make(half := path.with_suffix(".half"))
            half.rename(path)
    return path
