"""The `[providers.NAME]` tables: read and checked, and written again. Must not know which file they stand in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui.agent.secret import Secret
from tui.config.private import others_can_read
from tui.key_text import read_key
from tui.toml_source import TomlSource

_PROVIDER_KEYS = ("label", "base_url", "api", "api_key", "api_key_env", "key_command", "models")


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """One `[providers.NAME]` table: a known vendor with changes, or a server of the person's own.

    Attributes:
        name: the table's name, the part of a model id before the colon.
        base_url: such as "http://127.0.0.1:8000/v1", without a final slash; None for a known vendor's own address.
        api: which wire format it speaks; "" for the vendor's own, or OpenAI chat completions for a new name.
        api_key_env: the environment variable that holds the key.
        api_key: the key itself; accepted only from a file that nobody else can read.
        key_command: a program and its arguments that print the key; run without a shell.
        models: model names to list without asking the server.
        label: the name that people see; the table's name when it is not given.
    """

    name: str
    base_url: str | None = None
    api: str = ""
    api_key_env: str | None = None
    api_key: Secret | None = None
    key_command: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    label: str = ""


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
    return ProviderConfig(
        name=name,
        base_url=_base_url(source, here, table),
        api=source.get((*here, "api"), table, str) or "",
        api_key_env=source.get((*here, "api_key_env"), table, str),
        api_key=_api_key(source, here, table),
        key_command=source.texts((*here, "key_command"), table),
        models=source.texts((*here, "models"), table),
        label=source.get((*here, "label"), table, str) or name,
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


def _base_url(source: TomlSource, here: tuple[str, ...], table: Mapping[str, Any]) -> str | None:
    url = source.get((*here, "base_url"), table, str)
    if url is None:
        return None
    from tui.agent.providers import clean_base_url, is_address, without_password

    address = clean_base_url(url)
    if "://" not in url or not is_address(address):
        problem = f'"{without_password(url)}" is not a web address'
        raise source.error((*here, "base_url"), problem, 'Write it like "http://127.0.0.1:8000/v1".')
    return address


def provider_table(provider: ProviderConfig) -> dict[str, Any]:
    """The table that reads as this provider."""
    values = {
        "label": provider.label if provider.label != provider.name else "",
        "base_url": provider.base_url,
        "api": provider.api,
        "api_key_env": provider.api_key_env,
        "api_key": provider.api_key.reveal() if provider.api_key else "",
        "key_command": list(provider.key_command),
        "models": list(provider.models),
    }
    return {key: value for key, value in values.items() if value}
