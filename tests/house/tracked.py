"""What is in the repository: the files that Git tracks, and those that are about to be."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file of the project that is there, by its path from the top."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                            capture_output=True, text=True)
    paths = (Path(name) for name in sorted(set(listed.stdout.split("\0"))) if name)
    return tuple(path for path in paths if (ROOT / path).is_file())


def modules(*rooms: str) -> list[Path]:
    """The Python files in some of the rooms at the top."""
    return [path for path in tracked_files() if path.suffix == ".py" and path.parts[0] in rooms]


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))
