"""CSV as RFC 4180 has it and not otherwise: lines end in CR LF, and CR, LF, quote and comma stand in quotes only."""

import re

_CELL = r'(?:"(?:[^"]|"")*"|[^",\r\n]*)'
_LINE = re.compile(f"{_CELL}(?:,{_CELL})*\r\n")


def strictly_read(text: str) -> list[list[str]]:
    """Its lines, each cell as it was before it was quoted. Raises ValueError at the first that is none."""
    lines, at = list[list[str]](), 0
    while at < len(text):
        line = _LINE.match(text, at)
        if line is None:
            raise ValueError(f"no line of RFC 4180 begins at {text[at:at + 1]!r}")
        lines.append([_bare(cell) for cell in re.findall(f"({_CELL})(?:,|\r\n)", line[0])])
        at = line.end()
    return lines


def _bare(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell
