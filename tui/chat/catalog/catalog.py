"""Which models the person can pick, and how an id becomes a model that can be asked.

`models` answers at once from the configuration and the last lists; `refresh` asks the providers. Knows no screen and no
HTTP; the engine is imported when something is built or asked.
"""

import asyncio
import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tui.agent.providers import ListedModel
from tui.chat.catalog.info import DEMO, DEMO_INFO, TEST, TEST_INFO, ModelFacts, ModelInfo
from tui.chat.catalog.listings import Listings
from tui.chat.catalog.offers import SettingOffer
from tui.chat.catalog.prices import Prices
from tui.chat.catalog.providers import STARTERS, ConfiguredProvider, provider_named
from tui.chat.loading import imported
from tui.chat.usage import StoredUsage
from tui.config import Config
from tui.errors import ChinwagError, UsageError
from tui.model_id import ModelId
from tui.paths import data_dir, state_dir
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.agent.models import Model
    from tui.agent.models.target import Target
    from tui.agent.providers.hub import ModelHub
    from tui.agent.providers.provider import Provider
    from tui.agent.settings import ModelSettings
    from tui.chat.catalog.gguf import EmbeddedModels

_SHORTEST = 3
"""Letters that a model's name can be shortened to."""


class Catalog:
    """The models of one configuration.

    Args:
        config: names the model of new chats and the folders of local models.
        listings: those that can be asked, with which keys, and what they offer.
    """

    def __init__(self, config: Config, listings: Listings) -> None:
        self._config = config
        self.listings = listings
        self._aliases = {name: self._full_id(model) for name, model in config.models.aliases.items()}
        overrides = {self._full_id(id): override for id, override in config.models.overrides.items()}
        self._facts = ModelFacts(Prices(), overrides, self._aliases)

    # What can be picked.

    def models(self) -> list[ModelInfo]:
        """Every model that can be picked now, from what is at hand: no network, nothing heavy, a few milliseconds."""
        found: dict[str, ModelInfo] = {}
        for provider, listed in self.listings.models():
            info = self._facts.info(provider, listed)
            found.setdefault(info.id, info)
        for info in (*self.local_models(), DEMO_INFO):
            found[info.id] = info
        return list(found.values())

    async def refresh(self, *, force: bool = False, discover: bool = True) -> list[ModelInfo]:
        """Ask every provider that has a key what it offers, look for servers on this machine, load the price table.

        Never raises for what a network or a server does: `problems` has the reasons.

        Args:
            force: also ask those whose list is less than a day old.
            discover: look for servers at the usual ports of this machine, for at most `DISCOVERY_S`.
        """
        await asyncio.gather(self.listings.refresh(force=force, discover=discover), self.load_prices())
        await asyncio.to_thread(self._facts.look_up, self.listings.models())
        return self.models()

    @property
    def problems(self) -> dict[str, str]:
        """Why a provider's list could not be had at the last `refresh`, by provider; one sentence each."""
        return dict(self.listings.problems)

    def find(self, model_id: str) -> ModelInfo:
        """A model by its alias, its id, or its bare name if only one has it.

        A known provider's model need not be listed: any id can be typed by hand.

        Raises:
            UsageError: nobody offers it; the hint names the nearest.
        """
        model_id = self._aliases.get(model_id, model_id)
        provider, name = self._provider_of(model_id), model_id.partition(":")[2]
        if provider is not None and name:
            return self._facts.info(provider, self._listed(provider, name) or ListedModel(name))
        if model_id in ("test", TEST):
            return TEST_INFO
        models = self.models()
        named = [info for info in models if model_id in (info.id, info.name)]
        if len(named) == 1:
            return named[0]
        if named:
            raise UsageError(
                f'"{model_id}" is offered by more than one provider.', f"Say which: {_some(info.id for info in named)}."
            )
        theirs = [info for info in models if provider is not None and info.provider == provider.name]
        raise UsageError(f'There is no model "{model_id}".', self._instead_of(model_id, theirs or models))

    def meant(self, name: str) -> ModelInfo:
        """A model as `find` has it, or the only one that a name is short for: "smol" for "local:smollm2-135m".

        Raises:
            UsageError: nobody offers it, or more than one model is meant perhaps; the hint names them.
        """
        try:
            return self.find(name)
        except UsageError:
            found = self.short_for(name)
            if len(found) == 1:
                return found[0]
            if found:
                shown, hint = clean_line(name, 40), f"Say which: {_some(info.id for info in found)}."
                raise UsageError(f"“{shown}” may be more than one model.", hint) from None
            raise

    def short_for(self, word: str) -> list[ModelInfo]:
        """The models of whose name a part begins so; a word of few letters is short for none."""
        part = re.compile(rf"(?<![^\W_]){re.escape(word)}", re.IGNORECASE)
        return [info for info in self.models() if len(word) >= _SHORTEST and part.search(info.name)]

    @property
    def aliases(self) -> Mapping[str, str]:
        """Names of the person's own for models, each with the id that it stands for."""
        return self._aliases

    def sources(self, info: ModelInfo) -> dict[str, str]:
        """Where each known fact of a model comes from, in words, by the field of `ModelInfo`."""
        provider = self.listings.providers.get(info.provider)
        listed = None if provider is None else self._listed(provider, info.name)
        return self._facts.sources(provider, listed, info)

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
        await self._facts.load()

    def price(self, info: ModelInfo, usage: StoredUsage, at: datetime) -> Decimal | None:
        """US dollars for a reply's tokens by this model at that moment; None when unknown, 0 when it is free."""
        if info.free:
            return Decimal(0)
        return self._facts.price(self.listings.providers.get(info.provider), info, usage, at)

    def offer(self, model_id: str) -> SettingOffer:
        """Which settings a model takes, by its id."""
        provider = self._provider_of(model_id)
        if provider is None:
            return SettingOffer()
        return SettingOffer(provider.vendor, provider.vendor.label, model_id.partition(":")[2])

    def writes_cache(self, info: ModelInfo) -> bool:
        """Whether what a model reads anew is also put into its provider's cache, which may cost more."""
        from tui.agent.providers.native import takes_cache_marks

        provider = self.listings.providers.get(info.provider)
        return provider is not None and takes_cache_marks(provider.vendor, info.name)

    def price_of(self, model_id: str, usage: StoredUsage, at: datetime) -> Decimal | None:
        """The same for a model by its id; None also for one that is not known any more."""
        try:
            return self.price(self.find(model_id), usage, at)
        except UsageError:
            return None

    # Asking.

    async def load(self, model_id: str) -> None:
        """Import what `build` needs, off the loop."""
        provider = self._provider_of(model_id)
        await imported("tui.agent.models.infer")
        if provider is not None:
            from tui.agent.models.infer import adapter_module

            await imported(adapter_module(provider.vendor.api))

    async def prepare(self, model_id: str) -> None:
        """Do what `build` would have to wait for: import the adapter, run a key command, ask the keyring."""
        await self.load(model_id)
        provider = self._provider_of(model_id)
        if provider is not None and (provider.vendor.needs_key or provider.configured is not None):
            await self.listings.keys.fetch(provider.key_places)

    def target(self, info: ModelInfo, settings: "ModelSettings | None" = None) -> "Target | None":
        """What a model takes of a history; None when it takes every one. `load` has imported what this needs.

        Args:
            info: the model.
            settings: of the request, by which it may go to another API of the provider.

        Raises:
            ModelAPIError: there is no such local file.
            ChinwagError: it cannot be built.
        """
        from tui.agent.models.infer import target_of

        provider = self.listings.providers.get(info.provider)
        if provider is None or info.provider == "local":
            return self.build(info.id).target()
        return target_of(provider.vendor, info.name, settings)

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
                return self.embedded.build(info.name)
            case _:
                return self._remote(info)

    def add_local(self, file: Path, name: str = "") -> ModelInfo:
        """Make a GGUF file a model of this machine; see `add_local_model` for what can be wrong with it."""
        return self.embedded.add(file, data_dir() / "models", name)

    @cached_property
    def embedded(self) -> "EmbeddedModels":
        """The models that run in child processes of this program; made when somebody asks for them."""
        from tui.chat.catalog.gguf import EmbeddedModels

        folders = [*self._config.local_models, data_dir() / "models"]
        return EmbeddedModels(folders, log_dir=state_dir(), values=self._config.settings)

    def client(self, provider: str) -> "Provider":
        """Whom to ask for what is no answer, such as Ollama for its own models."""
        return self.listings.client(self.listings.providers[provider])

    def hub(self) -> "ModelHub":
        """The hub from which models are pulled, with the person's token if there is one."""
        from tui.agent.providers.hub import ModelHub

        key = self.listings.key(self.listings.providers["huggingface"])
        return ModelHub(key.secret if key is not None else None)

    def local_models(self) -> list[ModelInfo]:
        """The models of this machine that need no server."""
        return [self._facts.by_hand(info) for info in self.embedded.infos()]

    async def aclose(self) -> None:
        """End embedded models and let go of connections."""
        if "embedded" in vars(self):
            await self.embedded.aclose()
        await self.listings.aclose()

    def key_sources(self) -> dict[str, str]:
        """Where each provider's key comes from, such as "OPENAI_API_KEY"; "" where one is needed and missing.

        Only of configured providers and of those with a key; commands and the keyring count once they were asked.
        """
        found: dict[str, str] = {}
        for provider in self.listings.providers.values():
            key = self.listings.key(provider)
            shown = provider.vendor.listed or provider.configured
            if (key is not None and shown) or (provider.configured and provider.vendor.needs_key):
                found[provider.name] = key.source if key else ""
        return found

    @property
    def has_key(self) -> bool:
        """Whether there is a key of any provider, or the configuration names one; asks nobody."""
        return any(one.configured or self.listings.may_have_key(one) for one in self.listings.providers.values())

    def key_problems(self) -> dict[str, str]:
        """What stands where a key is looked for and is none, by provider; only of those that have no other."""
        found = {provider.name: self.listings.key_problem(provider) for provider in self.listings.providers.values()}
        return {name: problem for name, problem in found.items() if problem}

    # The pieces.

    def _full_id(self, model_id: str) -> str:
        """An id with the provider's own name, where another name of it was written."""
        asked = ModelId.parse(model_id)
        provider = provider_named(self.listings.providers, asked.provider)
        return model_id if provider is None else str(ModelId(provider.name, asked.name))

    def _listed(self, provider: ConfiguredProvider, name: str) -> ListedModel | None:
        return next((listed for listed in self.listings.models_of(provider) if listed.name == name), None)

    def _provider_of(self, model_id: str) -> ConfiguredProvider | None:
        return provider_named(self.listings.providers, model_id.partition(":")[0])

    def _instead_of(self, model_id: str, models: list[ModelInfo]) -> str:
        """A hint for one who asked for a model that nobody offers."""
        near = _nearest(model_id, models)
        asked = ModelId.parse(model_id)
        if not near and asked.name:
            known = difflib.get_close_matches(asked.provider, self.listings.providers, n=1, cutoff=0.7)
            near = [f"{provider}:{asked.name}" for provider in known]
        return f"Did you mean {_some(near)}?" if near else f"Known here: {_some(info.id for info in models)}."

    def _usable(self, model_id: str) -> bool:
        try:
            info = self.find(model_id)
        except UsageError:
            return False
        provider = provider_named(self.listings.providers, info.provider)
        return (
            provider is None
            or not provider.vendor.needs_key
            or self.listings.may_have_key(provider)
            or bool(provider.configured)
        )

    def _first(self) -> str:
        for provider in self.listings.listed():
            names = [listed.name for listed in self.listings.models_of(provider)]
            usable = self.listings.may_have_key(provider) or not provider.vendor.needs_key
            if names and (usable or (provider.configured and provider.configured.key_command)):
                starter = STARTERS.get(provider.name, "")
                return f"{provider.name}:{starter if starter in names else names[0]}"
        local = [info for info in self.local_models() if not info.note]
        return local[0].id if local else DEMO

    def _remote(self, info: ModelInfo) -> "Model":
        from tui.agent.exceptions import UserError
        from tui.agent.models.infer import model_of

        provider = self.listings.providers[info.provider]
        problem = self.listings.key_problem(provider)
        if problem or (provider.vendor.needs_key and self.listings.key(provider) is None):
            problem = problem or self.listings.keys.problem(provider.key_places.provider)
            variable = next(iter(provider.vendor.key_env), "")
            hint = f"Set {variable}, or choose another model." if variable else "Choose another model."
            raise ChinwagError(problem or f"There is no key for {provider.vendor.label}.", hint)
        try:
            return model_of(self.listings.client(provider), info.name)
        except UserError as error:  # an address that only the environment can give
            raise ChinwagError(error.message.replace("`", ""), "Set it, or choose another model.") from error


def _nearest(model_id: str, models: list[ModelInfo]) -> list[str]:
    ids = {name: info.id for info in models for name in (info.id, info.name) if info.id != model_id}
    near = difflib.get_close_matches(model_id, ids, n=3, cutoff=0.5)
    return list(dict.fromkeys(ids[name] for name in near))


def _some(ids: Iterable[str]) -> str:
    names = list(ids)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
