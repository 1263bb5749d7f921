"""Evidence for the demo: one-page PDFs that say what they stand for, and that they are invented."""


def evidence_page(*lines: str) -> bytes:
    """A PDF page (ISO 32000) with lines of ASCII text, the same bytes for the same lines."""
    text = "".join(f"({_escaped(line)}) Tj T* " for line in ("SAMPLE - invented for the demo", *lines))
    stream = f"BT /F1 12 Tf 18 TL 60 780 Td {text}ET".encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    )
    return _with_table(objects)


def _escaped(line: str) -> str:
    plain = line.encode("ascii", "replace").decode()
    return plain.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _with_table(objects: tuple[bytes, ...]) -> bytes:
    """The objects, and the table of where each begins."""
    content, starts = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        starts.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(content))
    return content + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (len(objects) + 1, table, trailer)
