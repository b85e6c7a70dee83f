"""The `[providers.NAME]` tables: read and checked, and written again. Must not know which file they stand in."""

import os
import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from tui.agent.secret import Secret
from tui.config.private import others_can_read
from tui.dataclass import dataclass
from tui.key_text import read_key
from tui.mcp.config import ServerConfig
from tui.mcp.references import references_in, replaced
from tui.pattern import pattern
from tui.toml_source import TomlSource

_PROVIDER_KEYS = (
    "label", "base_url", "api", "api_key", "api_key_env", "key_command", "models", "headers", "ca_file", "client_cert",
    "client_key", "proxy",
)  # fmt: skip
_FILES = ("ca_file", "client_cert", "client_key")
_HEADER_NAME = pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """One `[providers.NAME]` table: a known vendor with changes, or a server of the person's own, or several.

    Attributes:
        name: the table's name, the part of a model id before the colon.
        base_url: such as "http://127.0.0.1:8000/v1", without a final slash; None for a known vendor's own address.
        more_urls: further servers that have the same models, or some of them.
        api: which wire format it speaks; "" for the vendor's own, or OpenAI chat completions for a new name.
        api_key_env: the environment variable that holds the key.
        api_key: the key itself; accepted only from a file that nobody else can read.
        key_command: a program and its arguments that print the key; run without a shell.
        models: model names to list without asking the server.
        label: the name that people see; the table's name when it is not given.
        headers: sent with every request; values may refer to variables, as in "${NAME}".
        ca_file, client_cert, client_key: PEM files, absolute; "" for none.
        proxy: URL, "none" for a direct connection, "" for what the environment says; it may refer to variables.
    """

    name: str
    base_url: str | None = None
    api: str = ""
    api_key_env: str | None = None
    api_key: Secret | None = None
    key_command: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    label: str = ""
    more_urls: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca_file: str = ""
    client_cert: str = ""
    client_key: str = ""
    proxy: str = field(default="", repr=False)

    @property
    def base_urls(self) -> tuple[str, ...]:
        """All servers, in the order in which they are preferred; () for a known vendor's own address."""
        return () if self.base_url is None else (self.base_url, *self.more_urls)

    @property
    def place(self) -> str:
        """Its table, for people."""
        return f"[providers.{self.name}]"

    def unset_variables(self) -> tuple[str, ...]:
        """Variables that its headers and its proxy refer to, and that are not set."""
        found = (one for text in (*self.headers.values(), self.proxy) for one in references_in(text))
        return tuple(dict.fromkeys(one.name for one in found if one.default is None and not os.environ.get(one.name)))

    def resolved(self, text: str) -> str:
        """A header's value or the proxy with what its references stand for; "" for a variable that is not set."""
        return replaced(text, {one: os.environ.get(one.name) or one.default or "" for one in references_in(text)})


def read_provider(source: TomlSource, name: str, providers: dict[str, Any]) -> ProviderConfig:
    """One table of `[providers]`, checked.

    Raises:
        ConfigError: a mistake in it, with file and line.
    """
    here = ("providers", name)
    table = source.get(here, providers, dict) or {}
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
        raise source.error(
            here, f'"{name}" is no name for a provider', "Use letters, digits, dot, dash and underscore."
        )
    source.reject_unknown(here, table, _PROVIDER_KEYS)
    _check_known(source, here, table)
    urls = _base_urls(source, here, table)
    return ProviderConfig(
        name=name,
        base_url=next(iter(urls), None),
        more_urls=tuple(urls[1:]),
        api=source.get((*here, "api"), table, str) or "",
        api_key_env=source.get((*here, "api_key_env"), table, str),
        api_key=_api_key(source, here, table),
        key_command=source.texts((*here, "key_command"), table),
        models=source.texts((*here, "models"), table),
        label=source.get((*here, "label"), table, str) or name,
        headers=_headers(source, here, table),
        proxy=_proxy(source, here, table),
        **_files(source, here, table),
    )


def _api_key(source: TomlSource, here: tuple[str, ...], table: Mapping[str, Any]) -> Secret | None:
    where = (*here, "api_key")
    text = source.get(where, table, str)
    if not text:
        return None
    if others_can_read(source.path):
        hint = f"Run: chmod 600 {source.path}   or name a variable: api_key_env."
        raise source.error(where, "this file holds a key, and others can read it", hint)
    found = read_key(text, '"api_key"')
    if found.problem:
        raise source.error(where, found.problem, "Write the key alone, on one line.")
    return Secret(found.key) if found.key else None


def _check_known(source: TomlSource, here: tuple[str, ...], table: Mapping[str, Any]) -> None:
    """Raise unless the table says whom to call, and in a dialect that the engine speaks."""
    from tui.agent.providers import custom_vendor, vendor_named

    if "base_url" not in table and vendor_named(here[1]) is None:
        hint = 'Say where it is, as in: base_url = "http://127.0.0.1:8000/v1".'
        raise source.error(here, f'"{here[1]}" is no vendor that Chinwag knows, and has no base_url', hint)
    try:
        custom_vendor(here[1], "http://127.0.0.1", api=source.get((*here, "api"), table, str) or "")
    except ValueError as error:
        raise source.error((*here, "api"), str(error)) from None


def _base_urls(source: TomlSource, here: tuple[str, ...], table: Mapping[str, Any]) -> list[str]:
    """One address, or a list of them."""
    where, several = (*here, "base_url"), table.get("base_url")
    urls = source.texts(where, table) if isinstance(several, list) else (source.get(where, table, str),)
    if urls == ():
        raise source.error(where, '"base_url" is an empty list', _LIKE)
    found = [_base_url(source, where, url) for url in urls if url is not None]
    if len(set(found)) < len(found):
        raise source.error(where, '"base_url" has an address twice', "Name each server once.")
    return found


_LIKE = 'Write it like "http://127.0.0.1:8000/v1".'


def _base_url(source: TomlSource, where: tuple[str, ...], url: str) -> str:
    from tui.agent.providers import clean_base_url, is_address, without_password

    address = clean_base_url(url)
    if "://" not in url or not is_address(address):
        raise source.error(where, f'"{without_password(url)}" is not a web address', _LIKE)
    return address


def _headers(source: TomlSource, here: tuple[str, ...], table: Mapping[str, Any]) -> dict[str, str]:
    where = (*here, "headers")
    headers = source.get(where, table, dict) or {}
    for name in headers:
        value = source.get((*where, name), headers, str) or ""
        if not _HEADER_NAME.fullmatch(name) or not re.fullmatch(r"[\t -~]*", value):
            raise source.error(where, "that is no header", "Names and values are one line of plain letters.")
        _check_references(source, where, value)
    # What may be a number of something as well stops no start: `Config.exposed` tells of it.
    if headers and secret_headers(here[1], table, guess=False) and others_can_read(source.path):
        hint = f'Run: chmod 600 {source.path}   or name a variable: "${{NAME}}".'
        raise source.error(where, "this file holds a key, and others can read it", hint)
    return headers


def secret_headers(name: str, table: Mapping[str, Any], *, guess: bool = True) -> dict[str, str]:
    """The keys that stand in a table's headers themselves, each with a reference that could stand there instead.

    See `parted` for what is a `guess`.
    """
    headers = table.get("headers")
    known = {key: text for key, text in (headers or {}).items() if isinstance(text, str)}
    if not known:
        return {}
    from tui.mcp.secrets import parted

    found = parted(ServerConfig("provider", url="https://provider.invalid", headers=known), guess=guess).secrets
    variables = {key: re.sub(r"\W", "_", f"KEY_{name}_{key.removeprefix('mcp.provider.')}").upper() for key in found}
    return {secret: f"${{{variables[key]}}}" for key, secret in found.items()}


def _proxy(source: TomlSource, here: tuple[str, ...], table: Mapping[str, Any]) -> str:
    where = (*here, "proxy")
    url = source.get(where, table, str)
    if url is None:
        return ""
    if url != "none" and not re.fullmatch(r"(?:https?|socks5h?)://\S+", url) and not url.startswith("${"):
        raise source.error(where, "that is no proxy", 'Write "http://HOST:PORT", "socks5://HOST:PORT" or "none".')
    _check_references(source, where, url)
    return url


def _check_references(source: TomlSource, where: tuple[str, ...], text: str) -> None:
    """Raise where something refers to what is no variable: stored keys are for the servers of tools."""
    try:
        found = references_in(text)
    except ValueError as error:
        raise source.error(where, str(error), "Write ${VARIABLE}, or $${…} for the text itself.") from None
    if any(one.kind != "variable" for one in found):
        raise source.error(where, "only variables can be referred to here", 'Write "${VARIABLE}".')


def _files(source: TomlSource, here: tuple[str, ...], table: Mapping[str, Any]) -> dict[str, str]:
    """Paths, from the folder of the configuration on; whether they are there is seen when they are used."""
    named = {name: source.get((*here, name), table, str) or "" for name in _FILES}
    if named["client_key"] and not named["client_cert"]:
        raise source.error((*here, "client_key"), 'there is no "client_cert" for this key', "Name both files.")
    folder = source.path.parent
    return {name: str((folder / Path(file).expanduser()).absolute()) if file else "" for name, file in named.items()}


def provider_table(provider: ProviderConfig) -> dict[str, Any]:
    """The table that reads as this provider."""
    values = {
        "label": provider.label if provider.label != provider.name else "",
        "base_url": list(provider.base_urls) if provider.more_urls else provider.base_url,
        "api": provider.api,
        "api_key_env": provider.api_key_env,
        "api_key": provider.api_key.reveal() if provider.api_key else "",
        "key_command": list(provider.key_command),
        "models": list(provider.models),
        "headers": dict(provider.headers),
        "ca_file": provider.ca_file,
        "client_cert": provider.client_cert,
        "client_key": provider.client_key,
        "proxy": provider.proxy,
    }
    return {key: value for key, value in values.items() if value}
