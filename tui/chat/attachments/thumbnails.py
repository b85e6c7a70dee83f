"""Small pictures of images, as colours: two pixels a cell, one above the other. Without `Pillow` there are none.

Decodes foreign files, which may take long and fail in every way there is: not for the loop.
"""

import importlib.util
import io

from tui.agent.image_size import image_size

Pixel = tuple[int, int, int]
Thumbnail = tuple[tuple[tuple[Pixel, Pixel], ...], ...]
"""Rows of cells; of each cell the upper pixel and the lower one, as red, green and blue."""

COLUMNS, ROWS = 32, 8
_MOST_PIXELS = 50_000_000
_PAPER = (255, 255, 255)
"""What lies below a transparent image."""


def can_draw() -> bool:
    """Whether there is a package that reads images."""
    return importlib.util.find_spec("PIL") is not None


def thumbnail(data: bytes, columns: int = COLUMNS, rows: int = ROWS) -> Thumbnail | None:
    """An image in at most so many cells; None when it cannot be read, or is too large to be."""
    width, height = image_size(data) or (0, 0)
    if not 0 < width * height <= _MOST_PIXELS or not can_draw():
        return None
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP")) as source:
            source.draft("RGB", (columns * 2, rows * 4))
            turned = ImageOps.exif_transpose(source).convert("RGBA")
    except Exception:  # noqa: BLE001  a decoder of foreign files fails in every way there is
        return None
    turned.thumbnail((columns, rows * 2))
    image = Image.new("RGB", (turned.width, turned.height + turned.height % 2), _PAPER)
    image.paste(turned, mask=turned)
    pixels = image.tobytes()
    line = [tuple(pixels[start : start + 3]) for start in range(0, len(pixels), 3)]
    upper = range(0, image.height, 2)
    return tuple(
        tuple(
            (line[y * image.width + x], line[(y + 1) * image.width + x])  # type: ignore[misc]  # three bytes each
            for x in range(image.width)
        )
        for y in upper
    )
