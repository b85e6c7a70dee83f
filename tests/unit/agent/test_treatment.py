"""What a model gets of a file that it does not take as it is. Lost else: the file, or the whole request to a 400."""

import importlib.util
import io
import threading
from base64 import b64encode

import pytest
from PIL import Image

from tests.support.files import pdf, png
from tests.support.switch_cases import PLACES, ask, asks
from tui.agent.image_size import image_size
from tui.agent.messages import BinaryContent, NamedContent, UserContent
from tui.agent.models.media import MediaKind
from tui.agent.models.target import ImageLimits, Target
from tui.agent.models.treatment import Treatment, treat

BLIND = Target("x", "m", images=False)
SMALL = Target("x", "m", image_limits=ImageLimits(20_000, 200, 100))


def treated(item: UserContent, target: Target, kind: MediaKind, *, minimal: bool = False) -> Treatment:
    return treat(item, kind, target, minimal=minimal)


def file(data: bytes, media_type: str, name: str = "") -> BinaryContent:
    return NamedContent(data, media_type, name=name)


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither extra is installed, and nothing is remembered from when it was."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr("tui.agent.models.pdf_text._texts._kept", {})
    monkeypatch.setattr("tui.agent.models.scaled_images._images._kept", {})


def test_a_pdf_becomes_its_text_page_by_page_under_its_name() -> None:
    found = treated(file(pdf("First", "", "Third"), "application/pdf", "a.pdf"), Target("x", "m"), "document")
    assert found.kind == "text"
    assert found.content == "Text of the attached PDF `a.pdf`:\n\n```\n[page 1]\nFirst\n\n[page 3]\nThird\n```"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf("", ""), "it has no text, only images of it"),
        (pdf("a", locked=True), "it is locked by a password"),
        (b"%PDF-1.7 and nothing", "it is damaged"),
        (pdf("a")[:150], "it is damaged"),
    ],
)
def test_a_pdf_without_text_is_named_and_the_reason_told(data: bytes, reason: str) -> None:
    found = treated(file(data, "application/pdf", "a.pdf"), Target("x", "m"), "document")
    assert (found.kind, found.content) == ("omitted", "[document omitted: a.pdf, application/pdf, 1 kB]")
    assert found.reason == f"documents of this kind are not read by this model, and {reason}"


def test_a_remark_of_the_pdf_reader_does_not_reach_the_screen(capfd: pytest.CaptureFixture[str]) -> None:
    treated(file(pdf("a").replace(b"startxref", b"startxxxx"), "application/pdf"), Target("x", "m"), "document")
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("without")
def test_without_the_packages_it_is_said_how_to_get_them() -> None:
    found = treated(file(pdf("a"), "application/pdf"), Target("x", "m"), "document")
    assert found.kind == "omitted" and found.reason.endswith("its text needs the extra files; see chinwag doctor")
    found = treated(file(png(300, 10), "image/png"), SMALL, "image")
    assert found.kind == "omitted" and found.reason.endswith("needs the extra images; see chinwag doctor")


def test_an_image_within_the_limits_is_sent_untouched() -> None:
    item = file(png(200, 200), "image/png")
    assert treated(item, SMALL, "image") == Treatment("whole", item)


def picture(mode: str = "RGB", format: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image = Image.new(mode, (400, 200), (200, 30, 30, 0) if mode == "RGBA" else (200, 30, 30))
    image.save(out, format, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "media_type", "sent_as", "size"),
    [
        (picture(), "image/jpeg", "image/jpeg", (100, 50)),
        (picture(format="PNG"), "image/png", "image/png", (100, 50)),
        (picture("RGBA", "WEBP"), "image/webp", "image/png", (100, 50)),
        (picture(format="GIF"), "image/gif", "image/png", (100, 50)),
        (png(300, 300, noise=True), "image/png", "image/png", (100, 100)),
    ],
)
def test_a_larger_one_is_scaled_keeping_its_shape_and_its_name(
    data: bytes, media_type: str, sent_as: str, size: tuple[int, int]
) -> None:
    found = treated(file(data, media_type, "cat"), SMALL, "image")
    assert found.kind == "scaled" and isinstance(found.content, NamedContent)
    assert (found.content.media_type, found.content.name) == (sent_as, "cat")
    assert image_size(found.content.data) == size and len(found.content.data) <= 20_000


def test_a_photo_that_lies_on_its_side_is_sent_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    found = treated(file(picture(exif=exif), "image/jpeg"), SMALL, "image")
    assert isinstance(found.content, BinaryContent) and image_size(found.content.data) == (50, 100)


def test_what_no_compression_makes_small_becomes_smaller_still_or_is_left_out() -> None:
    noise = file(png(300, 300, noise=True), "image/png")
    tight = Target("x", "m", image_limits=ImageLimits(3_000, 200, 100))
    found = treated(noise, tight, "image")
    assert isinstance(found.content, BinaryContent) and len(found.content.data) <= 3_000
    found = treated(noise, Target("x", "m", image_limits=ImageLimits(100, 200, 100)), "image")
    assert found.kind == "omitted" and found.reason.endswith("it cannot be made small enough")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (png(30_000, 30_000, rows_held=1)[:60], "30000 x 30000 pixels are too many to scale"),
        (png(300, 300)[:60], "it is damaged"),
    ],
)
def test_a_bomb_is_not_unpacked_and_a_torn_image_not_sent(data: bytes, reason: str) -> None:
    found = treated(file(data, "image/png"), SMALL, "image")
    assert (found.kind, found.reason) == ("omitted", f"it is larger than the provider takes, and {reason}")


def test_an_image_for_a_blind_model_is_named_with_its_size() -> None:
    found = treated(file(png(64, 32), "image/png", "cat.png"), BLIND, "image")
    assert found.content == "[image omitted: cat.png, image/png, 64x32, 1 kB]"


async def test_a_model_that_refuses_a_pdf_gets_its_text_in_the_second_try() -> None:
    refused = 400, b'{"error":{"message":"file input is not supported by this model","type":"invalid_request_error"}}'
    history = [asks("Read", file(pdf("Invoice 42"), "application/pdf", "bill.pdf"))]
    exchange = await ask(PLACES["openai"], history, refused, (200, b""))
    assert b64encode(pdf("Invoice 42")).decode() in str(exchange.bodies[0])
    assert "Invoice 42" in str(exchange.bodies[1]) and "base64" not in str(exchange.bodies[1])


def test_a_pdf_that_keeps_its_reader_busy_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever made it could else stop every turn of the chat, and the end of the program."""
    busy = threading.Event()
    monkeypatch.setattr("tui.agent.models.pdf_text._PATIENCE_S", 0.01)
    monkeypatch.setattr("tui.agent.models.pdf_text._read", lambda data: str(busy.wait()))
    found = treated(file(pdf("a trap"), "application/pdf"), Target("x", "m"), "document")
    busy.set()
    assert found.kind == "omitted" and found.reason.endswith("it takes too long to read")


def test_a_file_is_read_once_for_all_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    item = file(pdf("only once"), "application/pdf")
    first = treated(item, Target("x", "m"), "document")
    monkeypatch.setattr("tui.agent.models.pdf_text._read", lambda data: pytest.fail("read again"))
    assert treated(item, Target("x", "m"), "document") == first
