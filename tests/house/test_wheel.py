"""`pip install .` gives a working `voucher`: everything it needs travels in the wheel."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.house.tracked import ROOT, tracked_files

ROOMS = ("voucher", "workflows", "templates", "migrations")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what is tracked, so that nothing else can slip in."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for path in tracked_files():
        if path.parts[0] in ROOMS or len(path.parts) == 1:
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, source / path)
    _run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", target, source], source)
    return next(target.glob("voucher-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel in it; the libraries are lent to it from this one, to spare the download."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    library = next(folder.glob("lib/python*/site-packages"))
    (library / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    _run([sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "--quiet", "--no-deps", "--no-index",
          "--ignore-installed", wheel], folder)
    return folder / "bin"


def test_everything_travels_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    lacking = [str(path) for path in tracked_files() if path.parts[0] in ROOMS and _in_wheel(path) not in inside
               and path.name not in (".gitkeep", ".gitignore")]
    assert not lacking


def _in_wheel(path: Path) -> str:
    return str(path) if path.parts[0] in ("voucher", "workflows") else f"voucher/{path}"


def test_the_installed_command_works_from_another_folder(installed: Path, tmp_path: Path) -> None:
    program = installed / "voucher"
    where = _run([installed / "python", "-c", "import voucher, workflows; print(voucher.__file__, workflows.__file__)"], tmp_path)
    assert str(ROOT) not in where, "this would try the checkout, not the wheel"
    assert "0.1.0" in _run([program, "--version"], tmp_path)
    assert "programme" in _run([program, "--help"], tmp_path)
    assert "from nothing to" in _run([program, "db", "upgrade"], tmp_path)
    assert "mend" not in _run([program, "doctor"], tmp_path)
    terms = ROOT / "voucher" / "programmes" / "examples" / "weihai.yaml"
    _run([program, "programme", "check", terms], tmp_path)
    assert (tmp_path / "instance" / "voucher.sqlite3").exists()


def test_the_installed_pages_find_their_templates(installed: Path, tmp_path: Path) -> None:
    _run([installed / "voucher", "db", "upgrade"], tmp_path)
    visit = "import wsgi; print(wsgi.app.test_client().get('/').status_code)"
    shutil.copyfile(ROOT / "wsgi.py", tmp_path / "wsgi.py")
    assert _run([installed / "python", "-c", visit], tmp_path).split()[-1] in ("200", "302")


def _run(command: list[str | Path], folder: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("VOUCHER_", "PYTHON", "PYTEST"))}
    answer = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, f"{command}\n{answer.stdout}\n{answer.stderr}"
    return answer.stdout
