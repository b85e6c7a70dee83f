"""The chip's estimate: of the right order, and never nothing. Lost else: a surprise of 100,000 tokens."""

import io

import pytest
from PIL import Image

from tests.support.files import MP3, pdf, png, wav
from tui.agent.image_size import image_size
from tui.chat.attachments import estimated_tokens
from tui.chat.prompt import PromptAttachment


@pytest.mark.parametrize(
    ("media_type", "data", "tokens"),
    [
        ("text/plain", b"word " * 400, 500),
        ("text/plain", ("字" * 100).encode(), 100),
        ("text/plain", b"", 1),
        ("image/png", png(300, 250), 100),
        ("image/png", png(4000, 3000, rows_held=1), 1600),
        ("image/png", b"\x89PNG\r\n\x1a\n", 1398),
        ("application/pdf", pdf("a", "b"), 3000),
        ("application/pdf", b"%PDF-1.7" + bytes(500_000), 15_000),
        ("audio/wav", wav(10), 320),
        ("audio/mpeg", MP3 * 400, 334),
    ],
)
def test_an_estimate_is_of_the_right_order(media_type: str, data: bytes, tokens: int) -> None:
    assert estimated_tokens(PromptAttachment("a", media_type, data)) == tokens


def encoded(format: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGBA" if format == "WEBP" else "RGB", (37, 21)).save(file, format, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        png(37, 21),
        encoded("JPEG"),
        encoded("JPEG", progressive=True),
        encoded("JPEG", exif=b"Exif\0\0" + bytes(50)),
        encoded("GIF"),
        encoded("WEBP"),
        encoded("WEBP", lossless=True),
        encoded("WEBP", exif=b"Exif\0\0" + bytes(50)),
    ],
)
def test_the_size_of_an_image_is_read_off_its_header_however_it_was_written(data: bytes) -> None:
    assert image_size(data) == (37, 21)


@pytest.mark.parametrize("length", [0, 3, 9, 15, 24, 29])
def test_half_a_header_says_nothing_and_raises_nothing(length: int) -> None:
    for data in (png(), encoded("JPEG"), encoded("GIF"), encoded("WEBP")):
        image_size(data[:length])
    assert image_size(b"\xff\xd8" + b"\xff" * 10_000) is None
    assert image_size(b"\xff\xd8" + b"\xff\xe0\x00\x00" * 10_000) is None
