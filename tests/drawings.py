"""Documents that were drawn before, in whatever process of the tests: the same page with the same data is the same PDF.

That it is so the tests of documents show, and there, as in every test that patches code, all are really drawn.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

Draw = Callable[[str, Mapping[str, str], bytes], bytes]


class Drawings:
    """What was drawn, each in a file of its own. Nothing is kept or taken while it is not open."""

    def __init__(self) -> None:
        self.open = False

    def set_up(self, folder: Path) -> None:
        """Where the drawings of all processes lie."""
        folder.mkdir(exist_ok=True)
        self._folder = folder

    def remembering(self, draw: Draw) -> Draw:
        """The same drawing, done once for the same page and data."""
        def drawn(page: str, document: Mapping[str, str], content: bytes) -> bytes:
            if not self.open:
                return draw(page, document, content)
            kept = self._folder / sha256(repr((page, sorted(document.items()), content)).encode()).hexdigest()
            if not kept.exists():
                pdf = draw(page, document, content)
                with NamedTemporaryFile(dir=self._folder, delete=False) as made:
                    made.write(pdf)
                Path(made.name).rename(kept)
            return kept.read_bytes()

        return drawn

    @contextmanager
    def closed(self) -> Iterator[None]:
        """As long as the block, all is really drawn."""
        before, self.open = self.open, False
        try:
            yield
        finally:
            self.open = before


DRAWINGS = Drawings()
