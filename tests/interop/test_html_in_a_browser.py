"""A page that is exported, in a browser: what a parser takes for harmless must be so where it is read.

Skipped where no Chromium is installed. It runs without a network: no name is found, and what it asked for is logged.
"""

import os
import re
import shutil
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.formats.test_html import HOSTILE, hostile
from tui.formats import FORMATS

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), "")
pytestmark = [pytest.mark.apart, pytest.mark.skipif(not BROWSER, reason="no Chromium is installed")]

SCRIPT = "document.documentElement.dataset.ran='1'"
ATTACKS = [
    f"<script>{SCRIPT}</script>",
    f'"><img src=https://tracker.test/a.png onerror="{SCRIPT}">',
    f"'><svg/onload={SCRIPT}>",
    f"</title></style></article><script>{SCRIPT}</script>",
    "<link rel=stylesheet href=https://tracker.test/a.css><style>@import 'https://tracker.test/b.css';</style>",
    "<iframe src=https://tracker.test/></iframe><meta http-equiv=refresh content='0;url=https://tracker.test/'>",
    "![p](https://tracker.test/a.png) <https://tracker.test/link>",
    f"```html\n<script>{SCRIPT}</script>\n```",
]


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a page: its document, the names that the browser looked for, the colour of its first pixel."""

    document: str
    asked: set[str]
    colour: tuple[int, ...]


def seen(folder: Path, text: str, *, dark: bool = False) -> Seen:
    """Open a page."""
    page, log, picture = folder / "page.html", folder / "log", folder / "page.png"
    page.write_text(text, encoding="utf-8")
    arguments = [
        "--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
        "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=400,300",
        f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}", f"--screenshot={picture}", "--dump-dom",
        f"--blink-settings=preferredColorScheme={int(not dark)}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]  # fmt: skip
    ran = subprocess.run([BROWSER, *arguments, page.as_uri()], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0 and picture.exists(), ran.stderr
    asked = set(re.findall(r"[a-z.]+\.test\b", log.read_text(errors="replace")))
    return Seen(ran.stdout, asked, first_pixel(picture.read_bytes()))


def first_pixel(png: bytes) -> tuple[int, ...]:
    """Of a picture with 8 bits a channel: there is nothing before it that its line's filter could add."""
    pieces = [part[4 : 4 + int.from_bytes(png[at : at + 4])] for at, part in chunks(png) if part[:4] == b"IDAT"]
    return tuple(zlib.decompress(b"".join(pieces))[1:4])


def chunks(png: bytes) -> list[tuple[int, bytes]]:
    """The pieces of a PNG, from their names on, and where each begins."""
    found, at = [], 8
    while at < len(png):
        found.append((at, png[at + 4 :]))
        at += 12 + int.from_bytes(png[at : at + 4])
    return found


def test_a_page_asks_for_nothing_runs_nothing_and_wears_the_colours_of_the_system(tmp_path: Path) -> None:
    control = f"<!DOCTYPE html><body><img src='https://tracker.test/a.png'><script>{SCRIPT}</script></body>"
    found = seen(tmp_path, control)
    assert found.asked == {"tracker.test"} and "data-ran" in found.document, "the browser would not show an attack"
    text = "\n\n".join([*ATTACKS, *HOSTILE])
    written = FORMATS["html"].write(*hostile(text), branches=True)
    for dark, colour in ((False, (255, 255, 255)), (True, (0x15, 0x18, 0x1C))):
        found = seen(tmp_path, written, dark=dark)
        assert (found.asked, found.colour) == (set(), colour)
        assert "tracker.test" in found.document, "the page was not shown"
        assert "data-ran" not in found.document
