"""A terms file that was published once is read for ever, and gives the same amounts and days."""

import json
from pathlib import Path

import pytest

from tests.voucher.programmes.freeze import FROZEN, dates, freeze, outcomes
from voucher.programmes.reading import read_terms

FILES = sorted(FROZEN.glob("format_*/*.yaml"))


def test_something_is_frozen_in_every_format() -> None:
    assert {path.parent.name for path in FILES} == {"format_1"}
    assert len(FILES) >= 12


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_frozen_file_is_read_and_gives_what_it_gave(path: Path) -> None:
    terms = read_terms(path.read_bytes())
    kept = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert dates(terms) == kept["dates"]
    assert outcomes(terms) == kept["outcomes"]


def test_what_is_frozen_is_never_written_over() -> None:
    with pytest.raises(AssertionError, match="frozen already"):
        freeze(FILES[0].read_bytes(), f"format_1/{FILES[0].stem}")
