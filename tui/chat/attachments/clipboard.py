"""The image on the desktop's clipboard, by the programs that can read it; each gets two seconds."""

import base64
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping

from tui.chat.attachments.attach import MEDIA_BYTES, attachment_from
from tui.chat.attachments.content_types import media_type_of
from tui.chat.prompt import PromptAttachment
from tui.dataclass import dataclass
from tui.errors import AttachmentError
from tui.figures import size
from tui.programs import run_program

PATIENCE_S = 2.0

_POWERSHELL = (
    "Add-Type -AssemblyName System.Windows.Forms,System.Drawing;"
    "$image = [Windows.Forms.Clipboard]::GetImage(); if ($image -eq $null) { exit 1 };"
    "$stream = New-Object IO.MemoryStream; $image.Save($stream, [Drawing.Imaging.ImageFormat]::Png);"
    "[Console]::Out.Write([Convert]::ToBase64String($stream.ToArray()))"
)


def _of_applescript(output: bytes) -> bytes:
    """The bytes in what AppleScript prints of an image: `«data PNGf89504E47…»`."""
    digits = re.search(rb"PNGf([0-9A-Fa-f]+)", output)
    return bytes.fromhex(digits[1].decode()) if digits else b""


def _of_base64(output: bytes) -> bytes:
    try:
        return base64.b64decode(output.strip(), validate=True)
    except ValueError:
        return b""


@dataclass(frozen=True, slots=True)
class _ImageReader:
    """A program that writes the clipboard's image to standard output, or fails when there is none."""

    command: tuple[str, ...]
    image: Callable[[bytes], bytes] = bytes
    package: str = ""


_WAYLAND = _ImageReader(("wl-paste", "--no-newline", "--type", "image/png"), package="wl-clipboard")
_X11 = _ImageReader(("xclip", "-selection", "clipboard", "-target", "image/png", "-out"), package="xclip")
_MACOS = (
    _ImageReader(("pngpaste", "-"), package="pngpaste"),
    _ImageReader(("osascript", "-e", "the clipboard as «class PNGf»"), _of_applescript),
)
_WINDOWS = _ImageReader(("powershell.exe", "-NoProfile", "-STA", "-Command", _POWERSHELL), _of_base64)


def _readers(environment: Mapping[str, str], platform: str) -> Iterator[_ImageReader]:
    if environment.get("WAYLAND_DISPLAY"):
        yield _WAYLAND
    if environment.get("DISPLAY"):
        yield _X11
    if platform == "darwin":
        yield from _MACOS
    if platform == "win32" or environment.get("WSL_DISTRO_NAME"):
        yield _WINDOWS


async def clipboard_image(
    environment: Mapping[str, str] = os.environ, platform: str = sys.platform
) -> PromptAttachment:
    """The image on the clipboard.

    Raises:
        AttachmentError: there is none, or no program here that could tell.
    """
    readers = list(_readers(environment, platform))
    if not readers:
        raise AttachmentError(
            "No desktop's clipboard can be reached from here, as over SSH.", "Save the image, and attach the file."
        )
    slow = ""
    asked = False
    for reader in readers:
        path = shutil.which(reader.command[0], path=environment.get("PATH"))
        if path is None:
            continue
        asked = True
        try:
            image = await _image(path, reader)
        except TimeoutError:
            slow = reader.command[0]
            continue
        if image:
            return attachment_from(image, "clipboard.png")
    if slow:
        raise AttachmentError(f"The clipboard gave nothing within {PATIENCE_S:.0f} s ({slow}).", "Try again.")
    if not asked:
        packages = " or ".join(dict.fromkeys(reader.package for reader in readers if reader.package))
        hint = f"Install {packages}." if packages else "Save the image, and attach the file."
        raise AttachmentError("There is no program here that reads images off the clipboard.", hint)
    raise AttachmentError("There is no image on the clipboard.", "Copy one, or attach a file.")


async def _image(path: str, reader: _ImageReader) -> bytes:
    """The image that a program gives; b"" when it gives none."""
    try:
        result = await run_program([path, *reader.command[1:]], timeout_s=PATIENCE_S, most_bytes=3 * MEDIA_BYTES)
    except TimeoutError:  # an OSError too
        raise
    except OSError:
        return b""
    if result.cut:
        raise AttachmentError(f"The image on the clipboard has more than {size(MEDIA_BYTES)}.", "Copy a smaller one.")
    image = reader.image(result.output) if result.code == 0 else b""
    return image if media_type_of(image).startswith("image/") else b""
