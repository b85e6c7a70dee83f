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
because the list of models is on screen before they are needed; `listing` does.
"""

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
