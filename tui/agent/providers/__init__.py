"""Whom to call: addresses, keys and headers of vendors, their lists of models, and the models of this machine.

- `vendors` has one row for each vendor; `vendor` says what a row is.
- `native` says what a vendor's model takes of the settings: search, service tier, verbosity, sampling.
- `provider` is one vendor at one address with one key; `tui.agent.models.infer` makes a model of it. `pool` is one at
  several addresses, and knows which of them to ask.
- `listing` asks a provider what it offers and whether its key is good; `list_items` finds the list in the answers,
  and `listed_model` reads what stands in it.
- `hub` says which model files a repository has, `ollama_models` has Ollama fetch or delete its own.
- `local_files` finds GGUF files, `local` serves one through the program `local_server`, `local_models` sees that all
  that are loaded have room.

What goes over the wire is the business of `tui.agent.models`. Importing this package loads neither httpx nor pydantic,
because the list of models is on screen before they are needed; `listing` does. The names below come with the first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.agent.providers.listed_model import ListedModel
    from tui.agent.providers.pool import ServerPool
    from tui.agent.providers.provider import Provider, provider_for
    from tui.agent.providers.vendor import Api, Quirks, Vendor, base_url_of, key_of
    from tui.agent.providers.vendors import (
        ALIASES,
        VENDORS,
        custom_vendor,
        key_pattern,
        vendor_at,
        vendor_named,
        vendor_of_key,
    )
    from tui.agent.wire.addresses import clean_base_url, is_address, is_loopback, without_password
    from tui.agent.wire.route import Route

__all__ = [
    "ALIASES",
    "VENDORS",
    "Api",
    "ListedModel",
    "Provider",
    "Quirks",
    "Route",
    "ServerPool",
    "Vendor",
    "base_url_of",
    "clean_base_url",
    "custom_vendor",
    "is_address",
    "is_loopback",
    "key_of",
    "key_pattern",
    "provider_for",
    "vendor_at",
    "vendor_named",
    "vendor_of_key",
    "without_password",
]

_PLACES = {
    "listed_model": ("ListedModel",),
    "pool": ("ServerPool",),
    "provider": ("Provider", "provider_for"),
    "vendor": ("Api", "Quirks", "Vendor", "base_url_of", "key_of"),
    "vendors": ("ALIASES", "VENDORS", "custom_vendor", "key_pattern", "vendor_at", "vendor_named", "vendor_of_key"),
    "wire.addresses": ("clean_base_url", "is_address", "is_loopback", "without_password"),
    "wire.route": ("Route",),
}
"""In which module a name is: each is loaded when it is first asked for."""


def __getattr__(name: str) -> Any:
    for place, names in _PLACES.items():
        if name in names:
            package = "tui.agent" if place.startswith("wire.") else __name__
            found = globals()[name] = getattr(import_module(f"{package}.{place}"), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
