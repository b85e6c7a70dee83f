"""Servers out of the files of other programs: `mcpServers` as most have it, `servers` of VS Code, `mcp` of opencode.

The files are JSON with comments. What an entry has and ours cannot is told for each server; nothing is guessed, looked
up or started here, and secrets still stand where they stood.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from tui.bounds import json_value
from tui.dataclass import dataclass
from tui.errors import ConfigError
from tui.files import is_there, read_regular
from tui.mcp.config import ServerConfig, mistakes_in
from tui.text import clean_line

MOST_SERVERS = 500
"""How many are read of one file."""

_IN_PROJECTS = (".mcp.json", "opencode.json", "opencode.jsonc")
_JSON_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*"?|//[^\n]*+|/\*(?:.*?\*/|.*)', re.DOTALL)
_LAST_COMMA = re.compile(r'"(?:[^"\\]++|\\.)*"?|,(?=\s*+[}\]])', re.DOTALL)
_MARK = re.compile(r"\$\{([^{}]*)\}|\{((?:env|file):[^{}]*)\}")
_VARIABLE = re.compile(r"(?:env:)?[A-Za-z_]\w*(?::-.*)?", re.ASCII | re.DOTALL)

_PROGRAM_TYPES = ("", "stdio", "local")
_ADDRESS_TYPES = ("", "http", "streamable-http", "streamablehttp", "streamable_http", "remote")
_URLS = ("url", "serverUrl", "httpUrl")
_READ = {"type", "transport", "command", "args", "env", "environment", "cwd", "headers", "enabled", "disabled", *_URLS}
_SILENT = {"description", "name", "icon", "gallery", "version", "$schema"}
"""Keys that say nothing about how a server is started or asked."""


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server of another program, as ours.

    Attributes:
        config: checked; it holds its secrets in the clear.
        called: its name there.
        source: the file.
        notes: what was not taken over, or is to be done, half a sentence each.
    """

    config: ServerConfig
    called: str
    source: Path
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One that is not taken over; `reason` is half a sentence. One that is there already `needs` nothing."""

    called: str
    source: Path
    reason: str
    needs: bool = True


@dataclass(slots=True)
class _Entry:
    """One server of a file while it is read.

    Attributes:
        folder: of the project that has the file; None for a file of the person's own.
        inputs: what VS Code asks for, by its id.
    """

    called: str
    table: Mapping[str, Any]
    folder: Path | None
    inputs: Mapping[str, Mapping[str, Any]]
    notes: list[str] = field(default_factory=list)


class _NotOursError(Exception):
    """Half a sentence on why an entry cannot be taken over."""


def known_files() -> list[Path]:
    """The files of other programs that there are in the home folder."""
    home = Path.home()
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    support = home / "Library/Application Support" if sys.platform == "darwin" else settings
    if roaming := os.environ.get("APPDATA"):
        support = Path(roaming)
    names = [
        support / "Claude/claude_desktop_config.json",
        home / ".claude.json",
        home / ".cursor/mcp.json",
        support / "Code/User/mcp.json",
        settings / "opencode/opencode.json",
        settings / "opencode/opencode.jsonc",
        data / "oterm/config.json",
        support / "oterm/config.json",
    ]
    return [name for name in dict.fromkeys(names) if is_there(name)]


def project_files(folder: Path) -> list[Path]:
    """Those that came with a folder: somebody else may have written them, so they are read only when named."""
    names = (*_IN_PROJECTS, ".cursor/mcp.json", ".vscode/mcp.json")
    return [folder / name for name in names if is_there(folder / name)]


def read_foreign(file: Path) -> list[FoundServer | LeftOut]:
    """The servers of a file, in its order; none when it has none.

    Raises:
        ConfigError: it cannot be read, or is no JSON object.
    """
    found: list[FoundServer | LeftOut] = []
    for entry in _entries(file, _read_json(file)):
        if len(found) == MOST_SERVERS:
            found.append(LeftOut("…", file, f"more than {MOST_SERVERS} servers are not read"))
            break
        try:
            found.append(_taken(entry, file))
        except _NotOursError as error:
            found.append(LeftOut(entry.called, file, str(error)))
    return found


def _read_json(file: Path) -> dict[str, Any]:
    try:
        text = read_regular(file).decode("utf-8-sig")
        value = json_value(_without_comments(text))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.", "Check its name and permissions.") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is not UTF-8 text.", "Save it as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise ConfigError(f"{file}:{error.lineno}: not valid JSON: {error.msg}.", "Mend it, or leave it out.") from None
    except ValueError as error:
        raise ConfigError(f"{file} is not valid JSON: {error}.", "Mend it, or leave it out.") from None
    if not isinstance(value, dict):
        raise ConfigError(f"{file} is no JSON object.", 'It should hold "mcpServers", "servers" or "mcp".')
    return value


def _without_comments(text: str) -> str:
    """JSON without comments and last commas; lines stay where they are."""

    def blank(match: re.Match[str]) -> str:
        return match[0] if match[0].startswith('"') else "\n" * match[0].count("\n") or " "

    return _LAST_COMMA.sub(lambda match: "" if match[0] == "," else match[0], _JSON_TOKEN.sub(blank, text))


def _entries(file: Path, root: Mapping[str, Any]) -> Iterator[_Entry]:
    folder = _project_of(file)
    ours = root.get("mcp")
    for table in (root, ours if isinstance(ours, dict) else {}):
        asked = table.get("inputs")
        inputs = {one["id"]: one for one in asked if _is_input(one)} if isinstance(asked, list) else {}
        for key in ("mcpServers", "servers"):
            servers = table.get(key)
            for name, entry in servers.items() if isinstance(servers, dict) else ():
                yield _Entry(name, entry, folder, inputs)
    for name, entry in ours.items() if isinstance(ours, dict) else ():
        if isinstance(entry, dict) and entry.get("type") in (
            "local",
            "remote",
        ):  # else a setting of opencode or VS Code
            yield _Entry(name, entry, folder, {})


def _is_input(one: object) -> bool:
    return isinstance(one, dict) and isinstance(one.get("id"), str)


def _project_of(file: Path) -> Path | None:
    """The folder whose project has brought a file; its servers are started there. None for one of the person's own."""
    here, home = file.absolute().parent, Path.home()
    if here.name in (".cursor", ".vscode") and here.parent != home:
        return here.parent
    return here if file.name in _IN_PROJECTS and here != home and file.absolute() not in known_files() else None


def _taken(entry: _Entry, file: Path) -> FoundServer:
    table = entry.table
    if not isinstance(table, dict):
        raise _NotOursError("it is no table")
    name = re.sub(r"[^a-z0-9_-]+", "-", entry.called.casefold()).strip("-")[:40].strip("-")
    if not name:
        raise _NotOursError("its name has no letter or digit that ours may have")
    command, url = _command(entry), _url(entry)
    headers = _texts(entry, "headers")
    if token := _bearer(entry):
        headers.setdefault("Authorization", f"Bearer {token}")
    if kept := sorted(set(table) - _READ - _SILENT - {"auth"}):
        entry.notes.append(f"not taken over: {clean_line(', '.join(kept), 100)}")
    config = ServerConfig(
        name=name,
        command=command,
        env={} if url else {**_texts(entry, "env"), **_texts(entry, "environment")},
        folder=_folder(entry) if command else "",
        url=url,
        headers=headers if url else {},
        enabled=table.get("enabled") is not False and table.get("disabled") is not True,
    )
    for mistake in mistakes_in(config):
        where = f"{mistake.key}: " if mistake.key else ""
        raise _NotOursError(f"{where}{mistake.text}")
    return FoundServer(config, entry.called, file, tuple(dict.fromkeys(entry.notes)))


def _command(entry: _Entry) -> tuple[str, ...]:
    command, arguments = entry.table.get("command"), entry.table.get("args", [])
    words = command if isinstance(command, list) else [command] if command else []
    words = [*words, *(arguments if isinstance(arguments, list) else [arguments])]
    if not all(isinstance(word, str | int | float) for word in words):
        raise _NotOursError("its command is no list of texts")
    if words and not command:
        raise _NotOursError("it has arguments, and no command")
    if words and _type(entry) not in _PROGRAM_TYPES:
        raise _NotOursError(f'it has a command, and the type "{clean_line(_type(entry), 20)}"')
    return tuple(_translated(entry, str(word)) for word in words)


def _url(entry: _Entry) -> str:
    url = next((entry.table[key] for key in _URLS if entry.table.get(key)), "")
    if not isinstance(url, str):
        raise _NotOursError("its address is no text")
    if url and _type(entry) == "sse":
        raise _NotOursError("it speaks SSE, the transport before streamable HTTP; ask who runs it for the new address")
    if url and (_type(entry) not in _ADDRESS_TYPES or url.lower().startswith("ws")):
        raise _NotOursError(f'it speaks "{clean_line(_type(entry) or url.partition(":")[0], 20)}"')
    return _translated(entry, url)


def _type(entry: _Entry) -> str:
    kind = entry.table.get("type") or entry.table.get("transport") or ""
    return kind.casefold() if isinstance(kind, str) else "?"


def _texts(entry: _Entry, key: str) -> dict[str, str]:
    table = entry.table.get(key) or {}
    if not isinstance(table, dict) or not all(isinstance(value, str | int | float) for value in table.values()):
        raise _NotOursError(f"its {key} is no table of texts")
    texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in table.items()}
    return {name: _translated(entry, value) for name, value in texts.items()}


def _bearer(entry: _Entry) -> str:
    auth = entry.table.get("auth")
    if isinstance(auth, dict) and auth.get("type") == "bearer" and isinstance(auth.get("token"), str):
        return _translated(entry, auth["token"])
    if auth:
        entry.notes.append("not taken over: auth")
    return ""


def _folder(entry: _Entry) -> str:
    folder = entry.table.get("cwd") or ""
    if not isinstance(folder, str):
        raise _NotOursError("its cwd is no text")
    folder = _translated(entry, folder)
    return str(entry.folder / folder) if entry.folder is not None and not folder.startswith("${") else folder


def _translated(entry: _Entry, text: str) -> str:
    """A text with the references of other programs as ours."""
    return _MARK.sub(lambda match: _reference(entry, match[1] if match[1] is not None else match[2]), text)


def _reference(entry: _Entry, body: str) -> str:
    if body == "userHome":
        return "${HOME}"
    if body == "workspaceFolder" and entry.folder is not None:
        return str(entry.folder)
    if body.startswith("input:"):
        return _input(entry, body.removeprefix("input:"))
    if _VARIABLE.fullmatch(body) and body not in ("workspaceFolder", "workspaceFolderBasename", "pathSeparator"):
        return f"${{{body}}}"
    raise _NotOursError(f'it refers to "{clean_line(body, 40)}", which only that program knows')


def _input(entry: _Entry, id: str) -> str:
    """What VS Code asks for becomes a variable."""
    asked = entry.inputs.get(id, {})
    variable = re.sub(r"\W+", "_", id, flags=re.ASCII).strip("_").upper() or "INPUT"
    if not re.match("[A-Z_]", variable):
        variable = f"_{variable}"
    default, told = asked.get("default"), asked.get("description")
    if isinstance(default, str) and default and "}" not in default and "{" not in default:
        return f"${{{variable}:-{default}}}"
    about = f" ({clean_line(told, 60)})" if isinstance(told, str) and told else ""
    entry.notes.append(f"set {variable} in the environment{about}")
    return f"${{{variable}}}"
