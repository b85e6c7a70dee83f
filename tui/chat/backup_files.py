"""The files of the configuration that a backup takes along, without the keys in them. Knows paths, and no archive."""

import json
import os
import re
import shlex
from collections.abc import Collection, Iterator
from dataclasses import field
from pathlib import Path
from typing import Any

from tui.chat.backup_manifest import CONFIG, FOLDERS, MOST_FILES, is_ours
from tui.config.own_file import added_file
from tui.config.secrets import PASSWORD, FoundSecret, secrets_in
from tui.dataclass import dataclass
from tui.errors import ConfigError
from tui.files import read_regular
from tui.formats.tar import fits
from tui.text import is_too_short, redact
from tui.toml_source import TomlSource, load_toml, parse_toml

MOST_BYTES_TOGETHER = 64 << 20

_LITERAL = re.compile(
    r"""#[^\n]*|(?P<text>\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')""", re.DOTALL
)
"""A text in TOML, or a comment, in which there is none."""
_PROBE = "any-word-in-its-place"
"""Nothing that looks like a key: found as a secret, it is for where it stands."""
_SHORT = 8
_MOST_PROBED = 2 << 20
"""How many characters are read again for one secret."""
_REFERENCE = re.compile(r"(\$\{(?:key:|env:)?[\w.-]+\})")


@dataclass(slots=True)
class ConfigFiles:
    """What is there to be taken along.

    Attributes:
        contents: by their names in the archive.
        masked: names of those that had keys in them.
        left_out: what is not taken, and why, each in a few words.
    """

    contents: dict[str, bytes] = field(default_factory=dict)
    masked: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Places:
    """Where what is backed up is, or will be: the library's file, `config.toml`, the folder of themes and prompts."""

    library: Path
    config: Path
    folder: Path


def place_of(name: str, places: Places) -> Path:
    """Where a file of an archive belongs, whose name `is_ours` lets pass; links are followed, so that they stay."""
    rest = name.removeprefix(CONFIG)
    if rest == "config.toml":
        return places.config.resolve()
    if rest == "config.local.toml":
        return added_file(places.config).resolve()
    return (places.folder / rest).resolve()


def config_files(places: Places) -> ConfigFiles:
    """Read what there is; what cannot be read is left out, and said."""
    found = ConfigFiles()
    for name, path in _listed(places, found):
        if not (is_ours(name) and fits(name)):
            found.left_out.append(f"{name!a:.100}: a backup cannot have this name")
            continue
        try:
            data = read_regular(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            found.left_out.append(f"{name}: {error.strerror or error}")
            continue
        if sum(map(len, found.contents.values())) + len(data) > MOST_BYTES_TOGETHER:
            found.left_out.append(f"{name}: the files before it have {MOST_BYTES_TOGETHER >> 20} MB already")
            continue
        _take(found, name, path, data)
    return found


def _take(found: ConfigFiles, name: str, path: Path, data: bytes) -> None:
    if name.count("/") > 1:  # a theme, or a prompt
        found.contents[name] = data
        return
    try:
        found.contents[name] = without_keys(path, data)
    except (ConfigError, ValueError):
        found.left_out.append(f"{name}: it cannot be read, or not be freed of its keys")
    else:
        if found.contents[name] != data:
            found.masked.append(name)


def _listed(places: Places, found: ConfigFiles) -> Iterator[tuple[str, Path]]:
    yield f"{CONFIG}config.toml", places.config
    yield f"{CONFIG}config.local.toml", added_file(places.config)
    count = 0
    for top in FOLDERS:
        root = (places.folder / top).resolve()
        for here, folders, names in os.walk(root):
            folders[:] = sorted(one for one in folders if not one.startswith("."))
            for name in sorted(names):
                if name.startswith(".") or ".backup-" in name:
                    continue
                if (count := count + 1) > MOST_FILES - 10:
                    found.left_out.append(f"{top}: what is more than {MOST_FILES - 10:,} files")
                    return
                path = Path(here, name)
                yield f"{CONFIG}{top}/{path.relative_to(root).as_posix()}", path


def without_keys(path: Path, data: bytes) -> bytes:
    """A configuration without its keys and passwords, which can still be read: references and empty texts are there.

    Raises:
        ConfigError, ValueError: it cannot be read, or not be freed of them.
    """
    source, table = parse_toml(path, data)
    text = data.decode("utf-8")
    everything = [*secrets_in(source, table)]
    words = _words(table)
    alone = {one.value for one in everything if _is_a_word(one.value, words) or _is_a_short_argument(one)}
    for one in everything:
        if one.value in alone and (one.reference or one.where[-1] == "api_key"):
            text = _replaced_in_place(source, text, one)
    found = [one for one in everything if one.value not in alone]
    secrets = {one.value: one.reference for one in found if one.reference}
    for secret, reference in sorted(secrets.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(secret, reference)
    keys = {one.value for one in found if one.where[-1] == "api_key"}
    for key in keys:
        for quote in ('"', "'"):
            text = text.replace(f"{quote}{key}{quote}", '""')
    text = PASSWORD.sub(r"\g<user>@", text)
    # References are no keys, but stand behind names of keys.
    text = "".join(one if _REFERENCE.fullmatch(one) else redact(one, keys) for one in _REFERENCE.split(text))
    keys |= {one["password"] for value in _texts(table) for one in PASSWORD.finditer(value)}
    left = load_toml(text.removeprefix("\ufeff"))
    hidden = {secret for secret in (*secrets, *keys) if secret not in alone and not _is_a_word(secret, words)}
    if any(secret in value for secret in hidden for value in _texts(left)):
        raise ValueError
    if any(one.value != "…" and not _REFERENCE.fullmatch(one.value) for one in secrets_in(source, left)):
        raise ValueError
    return text.encode()


def _replaced_in_place(source: TomlSource, text: str, secret: FoundSecret) -> str:
    """The file with a reference where this secret stands as one; the same word elsewhere stays.

    Raises:
        ValueError: it stands in too many places to try them all.
    """
    word = re.compile(rf"(?<![^\W_]){re.escape(secret.value)}(?![^\W_])")
    probed, done, start = 0, "", 0
    for literal in _LITERAL.finditer(text):
        if not literal["text"] or secret.value not in (value := load_toml(f"x = {literal['text']}")["x"]):
            continue
        before, rest = done + text[start : literal.start()], text[literal.end() :]
        kept, at = value, 0
        while found := word.search(kept, at):
            if (probed := probed + len(text)) > _MOST_PROBED:
                raise ValueError
            head, tail = kept[: found.start()], kept[found.end() :]
            if _is_secret_there(source, secret, f"{before}{_quoted(f'{head}{_PROBE}{tail}')}{rest}"):
                kept, at = f"{head}{secret.reference}{tail}", len(head) + len(secret.reference)
            else:
                at = found.end()
        if kept != value:
            done, start = before + _quoted(kept), literal.end()
    return done + text[start:]


def _is_secret_there(source: TomlSource, secret: FoundSecret, probed: str) -> bool:
    try:
        found = [*secrets_in(source, load_toml(probed.removeprefix("\ufeff")))]
    except (ConfigError, ValueError):  # that was the name of a setting, or a value that may not be any
        return False
    return any(one.value == _PROBE and one.where == secret.where for one in found)


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _is_a_word(secret: str, words: Collection[str]) -> bool:
    """Whether it is none that anybody keeps secret, such as `api_key = "ollama"`, and may stand anywhere besides."""
    return is_too_short(secret) or (secret.casefold() in words and redact(secret) == secret)


def _is_a_short_argument(secret: FoundSecret) -> bool:
    """Whether it is a password behind an option that may be a part of any other word."""
    return secret.where[-1].endswith("_command") and len(secret.value) < _SHORT


def _words(table: dict[str, Any]) -> set[str]:
    from tui.agent.providers.vendors import VENDORS

    return {one.casefold() for one in (*_names(table), *VENDORS, "none")}


def _names(value: Any) -> Iterator[str]:
    """Every key at any depth."""
    if isinstance(value, dict):
        yield from value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _names(one)


def programs_in(data: bytes) -> tuple[str, ...]:
    """What a configuration has Chinwag start: servers of tools, and programs that print keys; each as one line.

    Every setting that names a program is a `command`, with its `args` beside it, or ends in `_command`.
    """
    try:
        table = load_toml(data.decode("utf-8-sig"))
    except ValueError:
        return ()  # such a file starts nothing: it is refused
    commands = [command for _, command in sorted(_commands(table), key=lambda pair: pair[0] != "mcp")]
    return tuple(shlex.join(map(str, command)) for command in commands if command and command[0])


def _commands(table: dict[str, Any], top: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Each program with its arguments, and the table of the configuration in which it stands, at any depth."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _commands(value, top or name)
        elif top not in ("", "keys") and (name == "command" or name.endswith("_command")):
            arguments = table.get("args") if name == "command" else None
            yield top, [*(_list(value) or [value]), *_list(arguments)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> Iterator[str]:
    """Every text at any depth."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value
