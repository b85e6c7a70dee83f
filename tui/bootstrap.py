"""Where everything that is built once is built, and taken apart again: catalogue, library, replies.

Objects go down by constructor; nothing else makes them, and nothing is a singleton. Builds what is below the screen:
the app is built by the command that opens it. Heavy imports wait until something is built.
"""

import os
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.dataclass import dataclass
from tui.errors import StoreError
from tui.paths import cache_dir, config_dir, data_dir

if TYPE_CHECKING:
    from tui.chat.backup_files import Places
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.discovery import Discovery
    from tui.chat.catalog.pulls import Pulls
    from tui.chat.daily_backups import DailyBackups
    from tui.chat.library import Library
    from tui.chat.preferences import Preferences
    from tui.chat.replies.guard import Guard
    from tui.chat.replies.replies import Replies
    from tui.chat.server_requests import ServerRequests
    from tui.chat.server_setup import ServerSetup
    from tui.chat.setup import Setup
    from tui.chat.sharing import Sharing
    from tui.chat.title_maker import TitleMaker
    from tui.chat.tools.tools import Tools
    from tui.config import Config, State
    from tui.mcp.hooks import Hooks
    from tui.mcp.servers import McpServers


@dataclass(frozen=True, slots=True)
class Services:
    """What a chat stands on, built from configuration, environment and files.

    Attributes:
        notice: what the person must know from the start, such as that nothing can be saved; "" for nothing.
    """

    config: "Config"
    state: "State"
    catalog: "Catalog"
    setup: "Setup"
    discovery: "Discovery"
    library: "Library"
    backups: "DailyBackups"
    replies: "Replies"
    preferences: "Preferences"
    guard: "Guard"
    titles: "TitleMaker"
    pulls: "Pulls"
    tools: "Tools"
    requests: "ServerRequests"
    sharing: "Sharing"
    notice: str = ""


@asynccontextmanager
async def compose(config_path: Path | None = None) -> AsyncIterator[Services]:
    """Build everything that a chat needs; in the end close embedded models, connections and library.

    Raises:
        ConfigError: the configuration makes no sense.
        StoreError: the library belongs to a newer version, or to another program. One that cannot be opened or
            written for another reason is replaced by one in memory, and `Services.notice` says so.
    """
    from tui.agent.secret import hear_of_secrets
    from tui.chat.catalog.discovery import Discovery
    from tui.chat.catalog.pulls import Pulls
    from tui.chat.credentials.lookup import KeyLookup
    from tui.chat.daily_backups import DailyBackups
    from tui.chat.preferences import Preferences
    from tui.chat.replies.guard import Guard
    from tui.chat.replies.replies import Replies
    from tui.chat.server_requests import ServerRequests
    from tui.chat.setup import Setup
    from tui.chat.sharing import Sharing
    from tui.chat.title_maker import TitleMaker
    from tui.chat.tools.rules import ToolRules
    from tui.chat.tools.tools import Tools
    from tui.config import load_config, load_state
    from tui.log import mask_in_reports

    hear_of_secrets(mask_in_reports)
    config = load_config(config_path)
    async with (
        open_catalog(config) as catalog,
        open_library(or_memory=True) as (library, notice),
        nullcontext(ServerRequests(library, catalog)) as requests,
        open_servers(config, requests) if config.servers else nullcontext() as servers,
    ):
        setup = Setup(catalog.listings, config.path)
        discovery = Discovery(catalog.listings, catalog.local_models)
        state = load_state()
        preferences = Preferences(config, library, state)
        unclear = [f"chat.tools: {one}" for one in ToolRules.of(preferences.values.text("chat.tools") or "").problems]
        remarks = [config.exposed, config.models.notice, *library.budgets.limits.problems, *unclear]
        told = " ".join(filter(None, (notice, *remarks)))
        tools = Tools(library, servers, [server.name for server in config.servers if server.trusted])
        guard = Guard(catalog, lambda: preferences.values, library.budgets, tools.tokens)
        replies = Replies(library, catalog, guard, tools)
        preferences.listen(lambda _: catalog.embedded.serve_by(preferences.values))
        keys = KeyLookup(config_dir() / "credentials.toml")
        async with (
            aclosing(Sharing(config.library, library.database, keys)) as sharing,
            aclosing(Pulls(catalog, data_dir() / "models")) as pulls,
            aclosing(TitleMaker(library, catalog, preferences)) as titles,
        ):
            yield Services(
                config=config,
                state=state,
                catalog=catalog,
                setup=setup,
                discovery=discovery,
                library=library,
                backups=DailyBackups(library, lambda: preferences.values.whole("backups")),
                replies=replies,
                preferences=preferences,
                guard=guard,
                titles=titles,
                pulls=pulls,
                tools=tools,
                requests=requests,
                sharing=sharing,
                notice=told,
            )


@asynccontextmanager
async def compose_temporary(services: Services) -> AsyncIterator[Services]:
    """The same, for chats of which nothing is written down."""
    from tui.chat.replies.guard import Guard
    from tui.chat.replies.replies import Replies
    from tui.chat.temporary import TemporaryLibrary
    from tui.chat.title_maker import TitleMaker
    from tui.chat.tools.tools import Tools
    from tui.store.database import Database

    database = Database(None)
    await database.open()
    library = TemporaryLibrary(database, services.library)
    catalog, preferences = services.catalog, services.preferences
    trusted = [server.name for server in services.config.servers if server.trusted]
    tools = Tools(library, services.tools.servers, trusted)
    guard = Guard(catalog, lambda: preferences.values, library.budgets, tools.tokens)
    try:
        async with aclosing(TitleMaker(library, catalog, preferences)) as titles:
            yield replace(
                services, library=library, replies=Replies(library, catalog, guard, tools), guard=guard, titles=titles,
                tools=tools, notice="",
            )  # fmt: skip
    finally:
        await database.close()


@asynccontextmanager
async def open_catalog(config: "Config") -> AsyncIterator["Catalog"]:
    """The models of a configuration.

    Raises:
        ConfigError: a provider of the configuration makes no sense.
    """
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.listing_cache import ListingCache
    from tui.chat.catalog.listings import Listings
    from tui.chat.catalog.providers import configured_providers
    from tui.chat.credentials.lookup import KeyLookup

    keys = KeyLookup(config_dir() / "credentials.toml")
    catalog = Catalog(config, Listings(configured_providers(config), keys, ListingCache(cache_dir())))
    try:
        yield catalog
    finally:
        await catalog.aclose()


@asynccontextmanager
async def open_library(*, or_memory: bool = False) -> AsyncIterator[tuple["Library", str]]:
    """The library, and what the person must know about it, such as where a damaged one was moved; "" for nothing.

    Args:
        or_memory: replace one that cannot be opened or written by one in memory, and say so.

    Raises:
        StoreError: it cannot be used; with `or_memory` only if it is sound, and not ours to write to.
    """
    from tui.chat.library import Library
    from tui.store.database import Database

    database, notice = Database(library_file()), ""
    try:
        await database.open()
    except StoreError as error:
        if not or_memory or error.__cause__ is None:  # no cause: a newer version's file, or another program's
            raise
        database, notice = Database(None), f"Nothing will be saved. {error.sentence}"
        await database.open()
    try:
        yield Library(database), notice or database.notice
    finally:
        await database.close()


def server_setup(config: "Config") -> "ServerSetup":
    """What adds and removes the MCP servers of a configuration."""
    from tui.chat.credentials.lookup import KeyLookup
    from tui.chat.credentials.server_keys import ServerKeys
    from tui.chat.server_setup import ServerSetup

    return ServerSetup(config, ServerKeys(KeyLookup(config_dir() / "credentials.toml")))


@asynccontextmanager
async def open_servers(config: "Config", hooks: "Hooks") -> AsyncIterator["McpServers"]:
    """The MCP servers of a configuration, none of them started; in the end those that were are ended.

    `hooks` answers what a server asks.
    """
    from tui.chat.credentials.lookup import KeyLookup
    from tui.chat.credentials.server_keys import ServerKeys
    from tui.mcp.servers import McpServers

    keys = ServerKeys(KeyLookup(config_dir() / "credentials.toml"))
    servers = McpServers(config.servers, hooks, keys, find_key=keys.find)
    try:
        yield servers
    finally:
        await servers.aclose()


def places_to_back_up(config_path: Path | None) -> "Places":
    """Where what a backup holds is, or will be."""
    from tui.chat.backup_files import Places

    return Places(library_file(), config_path or config_dir() / "config.toml", config_dir())


def library_file() -> Path:
    """Where the library is, or will be. A link is followed: its log and its copies lie beside the file itself."""
    file = data_dir() / "chats.db"
    return Path(os.path.realpath(file)) if file.is_symlink() else file
