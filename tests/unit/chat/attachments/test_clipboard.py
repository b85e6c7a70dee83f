"""The clipboard's image by whatever program is there; one that hangs costs two seconds, none at all is said."""

import base64
from pathlib import Path

import pytest

from tests.support.files import png
from tui.chat.attachments import AttachmentError, clipboard_image

IMAGE = png(5, 5)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def install(programs: Path, name: str, script: str) -> None:
    (programs / name).write_text(f"#!/bin/sh\n{script}\n")
    (programs / name).chmod(0o755)


def printing(programs: Path, data: bytes) -> str:
    (programs / "data").write_bytes(data)
    return f"/bin/cat {programs / 'data'}"


async def refusal(environment: dict[str, str], platform: str = "linux") -> AttachmentError:
    with pytest.raises(AttachmentError) as caught:
        await clipboard_image(environment, platform)
    return caught.value


@pytest.mark.parametrize(
    ("name", "variable", "platform", "output"),
    [
        ("wl-paste", "WAYLAND_DISPLAY", "linux", IMAGE),
        ("xclip", "DISPLAY", "linux", IMAGE),
        ("pngpaste", "", "darwin", IMAGE),
        ("osascript", "", "darwin", "«data PNGf".encode() + IMAGE.hex().upper().encode() + "»\n".encode()),
        ("powershell.exe", "WSL_DISTRO_NAME", "linux", base64.b64encode(IMAGE) + b"\r\n"),
    ],
)
async def test_each_desktops_program_gives_its_image(
    programs: Path, name: str, variable: str, platform: str, output: bytes
) -> None:
    install(programs, name, printing(programs, output))
    found = await clipboard_image({"PATH": str(programs), **({variable: "1"} if variable else {})}, platform)
    assert (found.name, found.media_type, found.data) == ("clipboard.png", "image/png", IMAGE)


async def test_the_next_program_is_asked_when_the_first_has_none(programs: Path) -> None:
    install(programs, "wl-paste", "exit 1")
    install(programs, "xclip", printing(programs, IMAGE))
    environment = {"PATH": str(programs), "WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}
    assert (await clipboard_image(environment, "linux")).data == IMAGE


async def test_no_image_no_program_and_no_desktop_are_told_apart(programs: Path) -> None:
    path = {"PATH": str(programs)}
    assert "No desktop's clipboard" in (await refusal(path)).message
    missing = await refusal(path | {"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"})
    assert missing.hint == "Install wl-clipboard or xclip."
    install(programs, "xclip", printing(programs, b"words that were copied"))
    assert "There is no image on the clipboard" in (await refusal(path | {"DISPLAY": ":0"})).message


async def test_a_clipboard_that_hangs_is_left_after_its_time(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.chat.attachments.clipboard.PATIENCE_S", 0.05)
    install(programs, "xclip", "exec /bin/sleep 60")
    assert "(xclip)" in (await refusal({"PATH": str(programs), "DISPLAY": ":0"})).message
