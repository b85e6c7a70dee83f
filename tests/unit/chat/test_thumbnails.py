"""An image is drawn small, whatever is wrong with it."""

import io
from typing import Any

import pytest

from tui.chat.attachments import thumbnails
from tui.chat.attachments.thumbnails import thumbnail

Image = pytest.importorskip("PIL.Image")


def image(width: int, height: int, mode: str = "RGB", color: Any = (200, 0, 0), format: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height), color).save(file, format)
    return file.getvalue()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_every_kind_that_is_attached_is_drawn(format: str) -> None:
    drawn = thumbnail(image(640, 160, format=format))
    assert drawn is not None and len(drawn) == 4 and {len(row) for row in drawn} == {32}
    assert drawn[0][0][0][0] > 150 and drawn[0][0][0][1] < 60


def test_a_tall_one_is_as_high_as_there_is_room_and_an_odd_row_ends_on_paper() -> None:
    drawn = thumbnail(image(10, 400))
    assert drawn is not None and len(drawn) == 8 and len(drawn[0]) <= 1
    small = thumbnail(image(3, 3))
    assert small is not None and len(small) == 2 and small[1][0] == ((200, 0, 0), (255, 255, 255))


def test_what_is_transparent_lies_on_paper() -> None:
    drawn = thumbnail(image(8, 8, "RGBA", (0, 0, 0, 0)))
    assert drawn is not None and drawn[0][0] == ((255, 255, 255), (255, 255, 255))


@pytest.mark.parametrize("data", [b"", b"no image", image(20, 20)[:60], b"\x89PNG\r\n\x1a\n" + bytes(60)])
def test_what_is_damaged_is_not_drawn(data: bytes) -> None:
    assert thumbnail(data) is None


def test_too_many_pixels_are_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "_MOST_PIXELS", 100)
    assert thumbnail(image(11, 10)) is None


def test_without_the_package_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "can_draw", lambda: False)
    assert thumbnail(image(11, 10)) is None
