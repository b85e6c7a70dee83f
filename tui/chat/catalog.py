"""Which models the person can pick, what is known of them, and how an id becomes a model that can be asked.

`models` answers at once from the configuration and the last lists; `refresh` asks the providers. Knows no screen and no
HTTP; the engine is imported when something is built or asked.
"""

import asyncio
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from tui.agent.providers import ListedModel
from tui.chat.keys import Keys
from tui.chat.lists import Lists
from tui.chat.loading import imported
from tui.chat.meter import StoredUsage
from tui.chat.offers import Offers
from tui.chat.prices import ListPrice, Prices
from tui.chat.sources import STARTERS, Source, source_named, sources_of
from tui.config import Config
from tui.errors import ChinwagError, UsageError
from tui.paths import config_dir, data_dir, state_dir

if TYPE_CHECKING:
    from tui.agent.models import Model
    from tui.agent.providers.local import LocalModels
    from tui.chat.access import Access
    from tui.chat.discovery import Discovery

DEMO = "demo:guide"
TEST = "test:test"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of a model; None is unknown and never shown as 0.

    Attributes:
        id: "provider:name".
        provider_label: the provider's name for people.
        window: context window in tokens.
        input_price, output_price: US dollars per million tokens.
        capabilities: some of "vision", "tools", "thinking".
        local: it runs on this machine.
        free: it costs nothing.
        note: a remark such as "guide, not a model".
    """

    id: str
    name: str
    provider: str
    provider_label: str
    window: int | None = None
    input_price: Decimal | None = None
    output_price: Decimal | None = None
    capabilities: frozenset[str] | None = None
    local: bool = False
    free: bool = False
    note: str = ""


_DEMO = ModelInfo(
    DEMO, "guide", "demo", "Chinwag", capabilities=frozenset({"thinking"}), local=True, free=True,
    note="guide, not a model",
)  # fmt: skip
_TEST = ModelInfo(TEST, "test", "test", "Chinwag", local=True, free=True, note="answers without a model, for tests")


class Catalog:
    """The models of one configuration.

    Args:
        cache_dir: where lists are kept for a day; None keeps none.
        environ: the environment for keys; None for the process's own.

    Raises:
        ConfigError: a provider of the configuration makes no sense.
    """

    def __init__(self, config: Config, *, cache_dir: Path | None, environ: Mapping[str, str] | None = None) -> None:
        self._config = config
        self._sources = sources_of(config)
        self._keys = Keys(config_dir() / "credentials.toml", environ)
        self._offers = Offers(self._sources, self._keys, Lists(cache_dir))
        self._prices = Prices()
        self._known_prices: dict[str, ListPrice | None] = {}
        self._local: LocalModels | None = None

    # What can be picked.

    def models(self) -> list[ModelInfo]:
        """Every model that can be picked now, from what is at hand: no network, nothing heavy, a few milliseconds."""
        found: dict[str, ModelInfo] = {}
        for source in self._offers.listed():
            for listed in self._offers.names(source):
                info = self._info(source, listed)
                found.setdefault(info.id, info)
        for info in (*self._local_models(), _DEMO):
            found[info.id] = info
        return list(found.values())

    async def refresh(self, *, force: bool = False, discover: bool = True) -> list[ModelInfo]:
        """Ask every provider that has a key what it offers, look for servers on this machine, load the price table.

        Never raises for what a network or a server does: `problems` has the reasons.

        Args:
            force: also ask those whose list is less than a day old.
            discover: look for servers at the usual ports of this machine, for at most `DISCOVERY_S`.
        """
        await asyncio.gather(self._offers.refresh(force=force, discover=discover), self.load_prices())
        # Thousands of names against thousands of patterns: not on the loop.
        self._known_prices = await asyncio.to_thread(self._look_up_all)
        return self.models()

    @property
    def problems(self) -> dict[str, str]:
        """Why a provider's list could not be had at the last `refresh`, by provider; one sentence each."""
        return dict(self._offers.problems)

    def find(self, model_id: str) -> ModelInfo:
        """A model by its id, or by its bare name if only one has it.

        A known provider's model need not be listed: any id can be typed by hand.

        Raises:
            UsageError: nobody offers it; the hint names the nearest.
        """
        provider, _, name = model_id.partition(":")
        source = source_named(self._sources, provider)
        if source is not None and name:
            known = (listed for listed in self._offers.names(source) if listed.name == name)
            return self._info(source, next(known, ListedModel(name)))
        if model_id in ("test", TEST):
            return _TEST
        models = self.models()
        named = [info for info in models if model_id in (info.id, info.name)]
        if len(named) == 1:
            return named[0]
        if named:
            raise UsageError(
                f'"{model_id}" is offered by more than one provider.', f"Say which: {_some(info.id for info in named)}."
            )
        theirs = [info for info in models if source is not None and info.provider == source.name]
        raise UsageError(f'There is no model "{model_id}".', self._instead_of(model_id, theirs or models))

    def nearest(self, model_id: str) -> list[str]:
        """The ids that are most like one that does not exist, best first; at most three."""
        return _nearest(model_id, self.models())

    def default(self, asked: str | None, conversation: str | None, last_used: str | None) -> str:
        """The id of the model that answers: asked for by name > the conversation's > the configuration's > last used >
        the first provider with a key > a local one > the demo.

        Raises:
            UsageError: the one asked for, or the configuration's, is unknown.
        """  # noqa: D205  the order is the sentence
        if asked:
            return self.find(asked).id
        if conversation:
            return conversation
        if self._config.model:
            return self.find(self._config.model).id
        if last_used and self._usable(last_used):
            return last_used
        return self._first()

    # What is known of one.

    async def load_prices(self) -> None:
        """Load the price table in a worker thread, once."""
        await self._prices.load()

    def price(self, info: ModelInfo, usage: StoredUsage, at: datetime) -> Decimal | None:
        """US dollars for a reply's tokens by this model at that moment; None when unknown, 0 when it is free."""
        if info.free:
            return Decimal(0)
        source = self._sources.get(info.provider)
        if source is None:
            return None
        listed = self._prices.price(source.place, info.name, usage, at)
        return listed if listed is not None else _by_list_price(info, usage)

    # Asking.

    async def load(self, model_id: str) -> None:
        """Import what `build` needs, off the loop."""
        source = source_named(self._sources, model_id.partition(":")[0])
        await imported("tui.agent.models.infer")
        if source is not None:
            from tui.agent.models.infer import adapter_module

            await imported(adapter_module(source.vendor.api))

    async def prepare(self, model_id: str) -> None:
        """Do what `build` would have to wait for: import the adapter, run a key command, ask the keyring."""
        await self.load(model_id)
        source = source_named(self._sources, model_id.partition(":")[0])
        if source is None:
            return
        if source.vendor.needs_key or source.configured is not None:
            await self._keys.fetch(source.key_places)

    def build(self, model_id: str) -> "Model":
        """The engine's model for an id. Imports the engine; asks nobody yet.

        Raises:
            ChinwagError: a key or an address is missing; the hint says what to do.
            ModelAPIError: there is no such local file.
            UsageError: there is no such provider.
        """
        info = self.find(model_id)
        match info.provider:
            case "demo":
                from tui.agent.models.demo import DemoModel

                return DemoModel()
            case "test":
                from tui.agent.models.test import TestModel

                return TestModel()
            case "local":
                from tui.agent.models.local import LocalModel

                return LocalModel(self._embedded().server(info.name))
            case _:
                return self._remote(info)

    def add_local(self, file: Path, name: str = "") -> ModelInfo:
        """Make a GGUF file a model of this machine; see `add_local_model` for what can be wrong with it."""
        from tui.chat.local_files import add_local_model

        added = add_local_model(file, data_dir() / "models", self._embedded().files(), name)
        return next(info for info in self._local_models() if info.name == added.name)

    async def aclose(self) -> None:
        """End embedded models and let go of connections."""
        if self._local is not None:
            await self._local.aclose()
        await self._offers.aclose()

    def key_sources(self) -> dict[str, str]:
        """Where each provider's key comes from, such as "OPENAI_API_KEY"; "" where one is needed and missing.

        Only of configured providers and of those with a key; commands and the keyring count once they were asked.
        """
        sources: dict[str, str] = {}
        for source in self._sources.values():
            key = self._offers.key(source)
            shown = source.vendor.listed or source.configured
            if (key is not None and shown) or (source.configured and source.vendor.needs_key):
                sources[source.name] = key.source if key else ""
        return sources

    def access(self) -> "Access":
        """Adds keys and servers to this catalogue."""
        from tui.chat.access import Access

        return Access(self._sources, self._keys, self._offers, self._config.path)

    def discovery(self) -> "Discovery":
        """Looks for keys, servers and local models."""
        from tui.chat.discovery import Discovery

        return Discovery(self._offers, self._local_models)

    # The pieces.

    def _info(self, source: Source, listed: ListedModel) -> ModelInfo:
        info = ModelInfo(
            id=f"{source.name}:{listed.name}",
            name=listed.name,
            provider=source.name,
            provider_label=source.vendor.label,
            window=listed.window,
            input_price=listed.input_price,
            output_price=listed.output_price,
            capabilities=listed.capabilities,
            local=source.on_this_machine,
            free=source.free and not listed.name.endswith(("-cloud", ":cloud")),
        )
        if info.id not in self._known_prices and self._prices.loaded:
            self._known_prices[info.id] = self._prices.look_up(source.place, listed.name)
        if (price := self._known_prices.get(info.id)) is None:
            return info
        return replace(
            info,
            window=info.window or price.window,
            input_price=price.input if price.input is not None else info.input_price,
            output_price=price.output if price.output is not None else info.output_price,
        )

    def _look_up_all(self) -> dict[str, ListPrice | None]:
        return {
            f"{source.name}:{listed.name}": self._prices.look_up(source.place, listed.name)
            for source in self._offers.listed()
            for listed in self._offers.names(source)
        }

    def _local_models(self) -> list[ModelInfo]:
        from tui.agent.providers.local import CONTEXT_TOKENS, runner_installed

        note = "" if runner_installed() else "needs chinwag[local]"
        return [
            ModelInfo(
                f"local:{file.name}", file.name, "local", "This machine", window=CONTEXT_TOKENS,
                local=True, free=True, note=note,
            )
            for file in self._embedded().files()
        ]  # fmt: skip

    def _embedded(self) -> "LocalModels":
        from tui.agent.providers.local import LocalModels

        if self._local is None:
            paths = [*self._config.local_models, data_dir() / "models"]
            self._local = LocalModels(paths, log_dir=state_dir())
        return self._local

    def _instead_of(self, model_id: str, models: list[ModelInfo]) -> str:
        """A hint for one who asked for a model that nobody offers."""
        near = _nearest(model_id, models)
        provider, _, name = model_id.partition(":")
        if not near and name and (like := difflib.get_close_matches(provider, self._sources, n=1, cutoff=0.7)):
            near = [f"{like[0]}:{name}"]
        return f"Did you mean {_some(near)}?" if near else f"Known here: {_some(info.id for info in models)}."

    def _usable(self, model_id: str) -> bool:
        try:
            info = self.find(model_id)
        except UsageError:
            return False
        source = source_named(self._sources, info.provider)
        return (
            source is None
            or not source.vendor.needs_key
            or self._offers.may_have_key(source)
            or bool(source.configured)
        )

    def _first(self) -> str:
        for source in self._offers.listed():
            names = [listed.name for listed in self._offers.names(source)]
            usable = self._offers.may_have_key(source) or not source.vendor.needs_key
            if names and (usable or (source.configured and source.configured.key_command)):
                starter = STARTERS.get(source.name, "")
                return f"{source.name}:{starter if starter in names else names[0]}"
        local = [info for info in self._local_models() if not info.note]
        return local[0].id if local else DEMO

    def _remote(self, info: ModelInfo) -> "Model":
        from tui.agent.exceptions import UserError
        from tui.agent.models.infer import model_of

        source = self._sources[info.provider]
        if source.vendor.needs_key and self._offers.key(source) is None:
            problem = self._keys.problem(source.name)
            variable = next(iter(source.vendor.key_env), "")
            hint = f"Set {variable}, or choose another model." if variable else "Choose another model."
            raise ChinwagError(problem or f"There is no key for {source.vendor.label}.", hint)
        try:
            return model_of(self._offers.provider(source), info.name)
        except UserError as error:  # an address that only the environment can give
            raise ChinwagError(error.message.replace("`", ""), "Set it, or choose another model.") from error


def _by_list_price(info: ModelInfo, usage: StoredUsage) -> Decimal | None:
    """The price by what the provider itself lists; unknown when some tokens have a price of their own."""
    if info.input_price is None or info.output_price is None or usage.input is None or usage.output is None:
        return None
    if info.input_price == info.output_price == 0:
        return Decimal(0)
    if usage.cached or usage.cache_written:
        return None
    return (info.input_price * usage.input + info.output_price * usage.output) / 1_000_000


def _nearest(model_id: str, models: list[ModelInfo]) -> list[str]:
    ids = {name: info.id for info in models for name in (info.id, info.name) if info.id != model_id}
    near = difflib.get_close_matches(model_id, ids, n=3, cutoff=0.5)
    return list(dict.fromkeys(ids[name] for name in near))


def _some(ids: Iterable[str]) -> str:
    names = list(ids)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
