"""Small files of each kind that can be attached, made here: nothing of them is anybody's."""

import struct
import zlib
from random import Random


def png(width: int = 2, height: int = 3, *, noise: bool = False, rows_held: int | None = None) -> bytes:
    """A grey PNG; with `noise` one that no compression makes small, with `rows_held` fewer rows than it says."""
    random = Random(1)
    held = height if rows_held is None else rows_held
    rows = [b"\0" + (random.randbytes(width) if noise else bytes(width)) for _ in range(held)]

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(rows), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def pdf(*pages: str, locked: bool = False) -> bytes:
    """A PDF of these pages, one line of ASCII each; "" is a page without text. With `locked`, none can be read."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for text in pages:
        kids.append(f"{len(objects) + 1} 0 R")
        content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode() if text else b""
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
            b" /Contents %d 0 R >>" % (len(objects) + 2)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    encrypted = b""
    if locked:
        objects.append(b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (b"00" * 32, b"11" * 32))
        encrypted = b" /Encrypt %d 0 R /ID [<00> <00>]" % len(objects)
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, encrypted, start)
    return bytes(out)


def wav(seconds: float = 0.01) -> bytes:
    """Silence: 8 kHz, 8 bit, one channel."""
    data = b"\x80" * int(8000 * seconds)
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + len(data))
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + (struct.pack("<I", len(data)) + data)
    )


MP3 = b"\xff\xfb\x90\x00" + bytes(413)
"""One frame of silence."""
