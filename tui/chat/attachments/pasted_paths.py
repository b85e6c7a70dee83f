"""The paths in a text that was pasted, or dropped on the terminal. Pure; does not look whether they exist."""

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

_LONGEST = 32_768
_BEGINNINGS = ("/", "~/", "./", "../")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def path_in(text: str) -> Path | None:
    r"""The path that a text is, and nothing else; None when it is anything else.

    As terminals and file managers write one: `'/a b/c.png'`, `/a\ b/c.png`, `file:///a%20b/c.png`, `~/c.png`. A
    relative path counts only where it begins with a dot, so that a word stays a word.
    """
    paths = paths_in(text)
    return paths[0] if len(paths) == 1 else None


def paths_in(text: str) -> tuple[Path, ...]:
    """The paths that a text consists of, as when several files are dropped at once; () when there is anything else."""
    text = text.strip()
    if not text or len(text) > _LONGEST or "\0" in text:
        return ()
    found = [_path(word) for word in _words(text)]
    return tuple(path for path in found if path is not None) if None not in found else ()


def _words(text: str) -> Sequence[str]:
    """The text's paths without a shell's quotes and backslashes: one on each line, or several in one."""
    if "\n" in text or text.lower().startswith("file:"):
        return text.split()  # a list of URIs has no blanks in it, and several lines of paths come from nowhere
    if os.name == "nt":
        return [text.strip('"')] if _WINDOWS.match(text.strip('"')) else [text]
    if not text.startswith(("'", '"')) and "\\" not in text and not re.search(r"\s['\"]?[/~]", text):
        return [text]  # a name with blanks or an apostrophe that nobody has quoted
    try:
        return shlex.split(text)
    except ValueError:
        return [text]


def _path(word: str) -> Path | None:
    if word.lower().startswith("file:"):
        return _of_uri(word)
    if os.name == "nt" and _WINDOWS.match(word):
        return Path(word)
    if not word.startswith(_BEGINNINGS) or not word.strip("/."):
        return None
    try:
        return Path(word).expanduser()
    except RuntimeError:  # there is no home
        return None


def _of_uri(text: str) -> Path | None:
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        return None
    path = os.fsdecode(unquote_to_bytes(parts.path))
    return None if "\0" in path else Path(path[1:] if os.name == "nt" else path)
