"""A catalogue whose vendors are played by servers of the test, and a keyring that is only a dictionary."""

import sys
import types
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from tests.support.protocol_server import Answer, json_answer
from tui.chat.catalog.catalog import Catalog
from tui.config import Config

# A busy machine takes seconds to import these; a server that is asked meanwhile would seem to be silent.
for _module in ("tui.agent", "tui.agent.providers.listing"):
    import_module(_module)


def listing(*names: str) -> Answer:
    """A list of models as OpenAI gives it."""
    return json_answer({"object": "list", "data": [{"id": name, "object": "model"} for name in names]})


def refusal(words: str = "invalid x-api-key", status: int = 401) -> Answer:
    """A provider that takes no such key."""
    return json_answer({"error": {"type": "authentication_error", "message": words}}, status)


def played(
    home: Path, urls: Mapping[str, str], *, config: Config | None = None, environ: Mapping[str, str] | None = None
) -> Catalog:
    """A catalogue in which each vendor of `urls` is at that address, and no server runs but those."""
    catalog = Catalog(config or Config(home / "config.toml"), cache_dir=None, environ=environ or {})
    sources = catalog._sources
    for name in list(sources):
        if name in urls:
            vendor = replace(sources[name].vendor, base_url=urls[name], base_url_env="")
            sources[name] = replace(sources[name], vendor=vendor)
        elif sources[name].to_discover:
            del sources[name]
    return catalog


def fake_keyring(monkeypatch: pytest.MonkeyPatch, *, remembers: bool = True, fails: bool = False) -> dict[str, str]:
    """Install a keyring, and return what it holds by provider."""
    held: dict[str, str] = {}
    keyring, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")

    class KeyringError(Exception):
        pass

    def set_password(service: str, name: str, value: str) -> None:
        assert service == "chinwag"
        if fails:
            raise KeyringError
        if remembers:
            held[name] = value

    keyring.__spec__ = ModuleSpec("keyring", None)
    errors.KeyringError = KeyringError  # type: ignore[attr-defined]  # a stand-in module
    keyring.set_password = set_password  # type: ignore[attr-defined]  # likewise
    keyring.get_password = lambda service, name: held.get(name)  # type: ignore[attr-defined]  # likewise
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return held
