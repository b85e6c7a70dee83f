"""A catalogue whose vendors are played by servers of the test, and a keyring that is only a dictionary."""

import sys
import types
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from tests.support.catalog import listings_of
from tests.support.protocol_server import Answer, json_answer
from tui.chat.catalog.catalog import Catalog
from tui.chat.catalog.discovery import Discovery
from tui.chat.setup import Setup
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


@dataclass(frozen=True, slots=True)
class Played:
    """A catalogue and what works on it."""

    catalog: Catalog
    setup: Setup
    discovery: Discovery


def played(
    home: Path, urls: Mapping[str, str], *, config: Config | None = None, environ: Mapping[str, str] | None = None
) -> Played:
    """A catalogue in which each vendor of `urls` is at that address, and no server runs but those."""
    config = config or Config(home / "config.toml")
    listings = listings_of(config, environ=environ or {})
    providers = listings.providers
    for name in list(providers):
        if name in urls:
            vendor = replace(providers[name].vendor, base_url=urls[name], base_url_env="")
            providers[name] = replace(providers[name], vendor=vendor)
        elif providers[name].to_discover:
            del providers[name]
    catalog = Catalog(config, listings)
    return Played(catalog, Setup(listings, config.path), Discovery(listings, catalog.local_models))


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
