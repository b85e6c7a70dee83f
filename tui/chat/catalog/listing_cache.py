"""The last lists of models that providers gave out, one JSON file each in the cache folder.

A list can be fetched again, so nothing that goes wrong with these files is worth an error.
"""

import json
import time
from pathlib import Path
from typing import Any

from tui.agent.providers import ListedModel
from tui.bounds import dollars, json_value, whole_number
from tui.config import write_private
from tui.dataclass import dataclass
from tui.errors import ConfigError
from tui.files import read_regular

FRESH_S = 24 * 3600.0
"""How long a list needs no new look."""


@dataclass(frozen=True, slots=True)
class CachedListing:
    """What a provider offered at a time (seconds since 1970)."""

    fetched_at: float
    models: tuple[ListedModel, ...]

    @property
    def fresh(self) -> bool:
        """Whether it is young enough to need no new look."""
        return 0 <= time.time() - self.fetched_at < FRESH_S


class ListingCache:
    """The cached lists; None as the folder keeps none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, provider: str, base_url: str) -> CachedListing | None:
        """The last list of a provider, if it was given out by this address."""
        if self._folder is None:
            return None
        try:
            table = json_value(read_regular(self._file(self._folder, provider)))
            if table["base_url"] != base_url:
                return None
            return CachedListing(float(table["fetched_at"]), tuple(_model(entry) for entry in table["models"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError):
            return None

    def write(self, provider: str, base_url: str, models: tuple[ListedModel, ...]) -> None:
        """Keep a list for next time."""
        if self._folder is None:
            return
        table = {"base_url": base_url, "fetched_at": time.time(), "models": [_entry(model) for model in models]}
        try:
            write_private(self._file(self._folder, provider), json.dumps(table).encode())
        except ConfigError:
            return

    @staticmethod
    def _file(folder: Path, provider: str) -> Path:
        return folder / "models" / f"{provider}.json"


def _entry(model: ListedModel) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": model.name,
        "label": model.label,
        "window": model.window,
        "max_output": model.max_output,
        "input_price": None if model.input_price is None else str(model.input_price),
        "output_price": None if model.output_price is None else str(model.output_price),
        "capabilities": None if model.capabilities is None else sorted(model.capabilities),
    }
    return {name: value for name, value in values.items() if value is not None}


def _model(entry: dict[str, Any]) -> ListedModel:
    """The model that an entry stands for; raises whatever comes when it is none."""
    window, max_output = (whole_number(entry.get(name)) for name in ("window", "max_output"))
    prices = (dollars(entry.get(name)) for name in ("input_price", "output_price"))
    input_price, output_price = (None if price is None else price.normalize() for price in prices)
    capabilities = entry.get("capabilities")
    return ListedModel(
        str(entry["name"]),
        str(entry.get("label", "")),
        window,
        max_output,
        input_price,
        output_price,
        None if capabilities is None else frozenset(map(str, capabilities)),
    )
