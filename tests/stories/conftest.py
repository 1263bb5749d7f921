"""What tests of stories may ask for."""

from pathlib import Path

import pytest

from voucher.files import FileStore


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """An empty store of files."""
    return FileStore(str(tmp_path / "files"))
