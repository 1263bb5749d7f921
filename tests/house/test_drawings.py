"""What is taken instead of being drawn is what would be drawn."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.drawings import Drawings

DOCUMENT = {"kind": "settlement", "number": "S-1"}


@pytest.fixture
def drawings(tmp_path: Path) -> Drawings:
    """Where nothing was drawn yet."""
    made = Drawings()
    made.set_up(tmp_path)
    made.open = True
    return made


def test_the_same_page_with_the_same_data_is_drawn_once_and_any_other_is_drawn_too(drawings: Drawings) -> None:
    calls: list[str] = []

    def draw(page: str, document: Mapping[str, str], content: bytes) -> bytes:
        calls.append(page)
        return f"{page} {document['number']} {content!r}".encode()

    drawn = drawings.remembering(draw)
    other = DOCUMENT | {"number": "S-2"}
    asked = [("a", DOCUMENT, b"1"), ("a", DOCUMENT, b"1"), ("b", DOCUMENT, b"1"), ("a", DOCUMENT, b"2"), ("a", other, b"1")]
    assert [drawn(*each) for each in asked] == [b"a S-1 b'1'", b"a S-1 b'1'", b"b S-1 b'1'", b"a S-1 b'2'", b"a S-2 b'1'"]
    assert calls == ["a", "b", "a", "a"]
    with drawings.closed():
        drawn("a", DOCUMENT, b"1")
    assert calls == ["a", "b", "a", "a", "a"]


def test_what_cannot_be_drawn_is_not_kept(drawings: Drawings) -> None:
    def refuse(_page: str, _document: Mapping[str, str], _content: bytes) -> bytes:
        raise ValueError("no")

    for _time in range(2):
        with pytest.raises(ValueError, match="no"):
            drawings.remembering(refuse)("a", DOCUMENT, b"1")
