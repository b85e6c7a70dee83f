"""Makes an image as small as a provider wants it: by the package `Pillow` (extra `images`), loaded when needed."""

import importlib.util
import io
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tui.agent.image_size import image_size
from tui.agent.messages import BinaryContent
from tui.agent.models.file_cache import FileCache
from tui.agent.models.media import UnreadableFileError
from tui.agent.models.target import ImageLimits

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_PIXELS = 120_000_000
_SHRINKS = (1.0, 0.75, 0.5, 0.25)
_QUALITY = 85

_images: FileCache[tuple[bytes, str] | UnreadableFileError] = FileCache(16)


def scaled_image(item: BinaryContent, limits: ImageLimits) -> BinaryContent:
    """The image within the limits, the right way up; of an animation the first picture.

    Raises:
        UnreadableFileError: `Pillow` is not installed, or it cannot read the image.
    """
    made = _images.get(item.data, limits, partial(_scaled, item.data, limits))
    if isinstance(made, UnreadableFileError):
        raise made
    data, media_type = made
    return replace(item, data=data, media_type=media_type)


def _scaled(data: bytes, limits: ImageLimits) -> tuple[bytes, str] | UnreadableFileError:
    if importlib.util.find_spec("PIL") is None:
        return UnreadableFileError("scaling it needs the extra images; see chinwag doctor")
    width, height = image_size(data) or (0, 0)
    if width * height > _MOST_PIXELS:
        return UnreadableFileError(f"{width} x {height} pixels are too many to scale")
    try:
        for encoded, media_type in _attempts(data, limits.scaled_px):
            if len(encoded) <= limits.most_bytes:
                return encoded, media_type
    except Exception:  # noqa: BLE001  a decoder of foreign files fails in every way there is
        return UnreadableFileError("it is damaged")
    return UnreadableFileError("it cannot be made small enough")


def _attempts(data: bytes, longest_px: int) -> Iterator[tuple[bytes, str]]:
    """The image in ever smaller files: without loss first where it was so, and where it is transparent."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP")) as source:
        exact = source.format != "JPEG"
        image: Image.Image = ImageOps.exif_transpose(source)
        transparent = image.has_transparency_data
        image = image.convert("RGBA" if transparent else "RGB")
        for shrink in _SHRINKS:
            image.thumbnail((int(longest_px * shrink), int(longest_px * shrink)))
            if exact:
                yield _encoded(image, "PNG"), "image/png"
            if not transparent:
                yield _encoded(image, "JPEG"), "image/jpeg"


def _encoded(image: "Image", format: str) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **({"quality": _QUALITY} if format == "JPEG" else {"optimize": False}))
    return file.getvalue()
