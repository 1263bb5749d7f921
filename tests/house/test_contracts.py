"""The dependency rule of the house, as import-linter reads it in setup.cfg."""

import os
import subprocess
import sys
from pathlib import Path

from tests.house.tracked import ROOT


def test_every_import_points_one_way() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    answer = subprocess.run([program, "--config", "setup.cfg", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False,
                            env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert answer.returncode == 0, answer.stdout + answer.stderr
