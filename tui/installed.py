"""How this very Chinwag came here, how it is started, and which of its extras are there. Changes nothing.

Cheap to import: it is asked when something is missing.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from importlib.metadata import Distribution

Way = Literal["a single file", "uv", "pipx", "pip", "pip, from a checkout", "a checkout"]

_GET: Mapping[Way, str] = {
    "a single file": "make the file anew with it",
    "uv": "uv tool install '.[{extras}]', where you installed it from",
    "pipx": "pipx inject chinwag {packages}",
    "a checkout": "pip install -e '.[{extra}]', in the checkout",
}


def way() -> Way:
    """How this Chinwag was installed."""
    if single_file() is not None:
        return "a single file"
    if (Path(sys.prefix) / "uv-receipt.toml").is_file():
        return "uv"
    if (Path(sys.prefix) / "pipx_metadata.json").is_file():
        return "pipx"
    found = _distribution()
    if found is None:
        return "a checkout"
    return "pip, from a checkout" if '"editable"' in (found.read_text("direct_url.json") or "") else "pip"


def single_file() -> Path | None:
    """The archive that all of this runs from, if it is one (`shiv`, `zipapp`)."""
    from zipfile import is_zipfile

    started = Path(sys.argv[0])
    return started.absolute() if started.is_file() and is_zipfile(started) else None


def command() -> list[str]:
    """How this very Chinwag is started: its single file, its script beside the interpreter, or else the module."""
    if (file := single_file()) is not None:
        return [sys.executable, str(file)]
    script = Path(sys.executable).with_name("chinwag.exe" if sys.platform == "win32" else "chinwag")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "tui"]


def source_folder() -> Path | None:
    """Where it must be started from, if it runs from a folder in which it was not installed."""
    return Path(__file__).parents[1] if command()[1:] == ["-m", "tui"] else None


def extras() -> Iterator[tuple[str, list[str]]]:
    """Each of our extras, with the packages that it lacks; none when we do not know what they are."""
    found = _distribution()
    if found is None:
        return
    for extra in found.metadata.get_all("Provides-Extra") or ():
        if extra != "dev":
            marker = re.compile(rf"""extra\s*==\s*['"]{re.escape(extra)}['"]""")
            wanted = [one for one in found.requires or () if marker.search(one)]
            yield extra, [name for name in map(_name, wanted) if not _is_there(name)]


def how_to_get(*wanted: str) -> str:
    """What brings some of our extras, for this way of installing; it takes none away that is here."""
    known = dict(extras())
    here = [extra for extra, packages in known.items() if not packages and extra not in wanted]
    return _GET.get(way(), "pip install 'chinwag[{extra}]'").format(
        extra=",".join(wanted),
        extras=",".join((*here, *wanted)),
        packages=" ".join(dict.fromkeys(name for extra in wanted for name in known.get(extra, ()))),
    )


def _distribution() -> "Distribution | None":
    from importlib import metadata

    try:
        return metadata.distribution("chinwag")
    except metadata.PackageNotFoundError:
        return None


def _name(requirement: str) -> str:
    """The package that is wanted; what only an extra of it brings, such as `httpx[socks]`, by that one's name."""
    match = re.match(r"([\w.-]+)(?:\[([\w-]+)\])?", requirement)
    assert match is not None
    return {"socks": "socksio"}.get(match[2] or "", match[1])


def _is_there(package: str) -> bool:
    from importlib import metadata

    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True
