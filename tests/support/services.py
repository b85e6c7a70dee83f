"""What a chat stands on, around a catalogue and a library of the test."""

from tui.bootstrap import Services
from tui.chat.catalog.catalog import Catalog
from tui.chat.catalog.discovery import Discovery
from tui.chat.catalog.pulls import Pulls
from tui.chat.credentials.lookup import KeyLookup
from tui.chat.daily_backups import DailyBackups
from tui.chat.library import Library
from tui.chat.preferences import Preferences
from tui.chat.replies.guard import Guard
from tui.chat.replies.replies import Replies
from tui.chat.server_requests import ServerRequests
from tui.chat.setup import Setup
from tui.chat.sharing import Sharing
from tui.chat.title_maker import TitleMaker
from tui.chat.tools.tools import Tools
from tui.config import Config, State
from tui.mcp.servers import McpServers
from tui.paths import config_dir, data_dir


def services_of(
    config: Config, state: State, catalog: Catalog, library: Library, servers: McpServers | None = None
) -> Services:
    """All of it; whoever asks closes titles, pulls, catalogue and database."""
    setup = Setup(catalog.listings, config.path)
    discovery = Discovery(catalog.listings, catalog.local_models)
    preferences = Preferences(config, library, state)
    tools = Tools(library, servers)
    guard = Guard(catalog, lambda: preferences.values, library.budgets, tools.tokens)
    replies, pulls = Replies(library, catalog, guard, tools), Pulls(catalog, data_dir() / "models")
    titles = TitleMaker(library, catalog, preferences)
    return Services(
        config, state, catalog, setup, discovery, library,
        DailyBackups(library, lambda: preferences.values.whole("backups")),
        replies, preferences, guard, titles, pulls, tools, ServerRequests(library, catalog),
        Sharing(config.library, library.database, KeyLookup(config_dir() / "credentials.toml")),
    )  # fmt: skip
