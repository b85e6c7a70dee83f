"""A catalogue over a configuration, put together as the program does it."""

from collections.abc import Mapping
from pathlib import Path

from tui.chat.catalog.catalog import Catalog
from tui.chat.catalog.listing_cache import ListingCache
from tui.chat.catalog.listings import Listings
from tui.chat.catalog.providers import configured_providers
from tui.chat.credentials.lookup import KeyLookup
from tui.config import Config
from tui.paths import config_dir


def listings_of(config: Config, *, cache_dir: Path | None = None, environ: Mapping[str, str] | None = None) -> Listings:
    """The providers of a configuration with the keys of `environ`, or of the process."""
    keys = KeyLookup(config_dir() / "credentials.toml", environ)
    return Listings(configured_providers(config), keys, ListingCache(cache_dir))


def catalog_of(config: Config, *, cache_dir: Path | None = None, environ: Mapping[str, str] | None = None) -> Catalog:
    """The models of those providers."""
    return Catalog(config, listings_of(config, cache_dir=cache_dir, environ=environ))
