"""All tools that there are, and what of them a chat may call. Asks nobody, runs nothing."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakSet

from tui.chat.settings import ChatSettings
from tui.chat.tools.offer import BUILT_IN, ToolOffer
from tui.chat.tools.rules import ToolRules
from tui.chat.tools.summary import ToolsOn
from tui.dataclass import dataclass
from tui.files import expanded, is_folder

if TYPE_CHECKING:
    from tui.chat.library import Library
    from tui.chat.tools.toolbox import Toolbox, ToolHost
    from tui.mcp.servers import McpServers
    from tui.mcp.values import McpTool, ServerStatus

START_S = 30.0
"""How long a turn waits for servers; what is not there by then is not offered."""


@dataclass(frozen=True, slots=True)
class ToolGroup:
    """The tools of one server.

    Attributes:
        server: its name, or `BUILT_IN`.
        offers: as far as they are known: nothing of a server that was not started.
        status: how the server is; None for what comes with the program.
    """

    server: str
    offers: tuple[ToolOffer, ...]
    status: "ServerStatus | None" = None


class Tools:
    """What there is to call, and by whom it is brought.

    Args:
        library: for tools that read it.
        servers: those of the configuration; None for none.
        trusted: names of the servers that the person vouches for.
    """

    def __init__(self, library: "Library", servers: "McpServers | None" = None, trusted: Collection[str] = ()) -> None:
        self._library = library
        self._servers = servers
        self._trusted = frozenset(trusted)
        self._built_in: tuple[Path | None, tuple[ToolOffer, ...]] | None = None
        self._of_servers: dict[str, tuple[tuple[McpTool, ...], tuple[ToolOffer, ...]]] = {}
        self._counted: dict[str, tuple[ToolOffer, int]] = {}
        self._running: dict[str, WeakSet[Toolbox]] = {}  # by chat
        self._started = ""  # for these settings servers were started already
        self._summary: tuple[tuple[object, ...], ToolsOn] | None = None

    @property
    def servers(self) -> "McpServers | None":
        """Those of the configuration; None where there are none, or nothing speaks with them."""
        return self._servers

    def groups(self, settings: ChatSettings) -> tuple[ToolGroup, ...]:
        """All tools that can be switched on in a chat, with the program's own first."""
        found = [ToolGroup(BUILT_IN, self._own(granted_folder(settings)))]
        if self._servers is not None:
            found += [ToolGroup(one.name, self._offers(one.name), one) for one in self._servers.statuses]
        return tuple(found)

    # The same offers as long as they are the same: whoever has made something of one need not make it again.

    def _own(self, folder: Path | None) -> tuple[ToolOffer, ...]:
        from tui.chat.tools.builtin import built_in_tools

        if self._built_in is None or self._built_in[0] != folder:
            self._built_in = folder, tuple(built_in_tools(self._library, folder).values())
        return self._built_in[1]

    def _offers(self, server: str) -> tuple[ToolOffer, ...]:
        from tui.chat.tools.server_tools import server_offers

        assert self._servers is not None
        tools = self._servers.tools(server)
        known = self._of_servers.get(server)
        if known is None or known[0] is not tools:
            known = tools, server_offers(self._servers, tools, trusted=server in self._trusted)
            self._of_servers[server] = known
        return known[1]

    def on(self, settings: ChatSettings) -> tuple[ToolOffer, ...]:
        """The tools that a model is told of, as far as they are known."""
        rules = ToolRules.of(settings.tools)
        if not rules.rules:
            return ()
        offers = (offer for group in self.groups(settings) for offer in group.offers)
        return tuple(offer for offer in offers if rules.of_tool(offer) not in (None, "deny"))

    def tokens_of(self, offer: ToolOffer) -> int:
        """What one definition takes; counted once."""
        known = self._counted.get(offer.id)
        if known is None or (known[0] is not offer and known[0].fingerprint != offer.fingerprint):
            known = self._counted[offer.id] = (offer, offer.tokens)
        return known[1]

    def tokens(self, settings: ChatSettings) -> int:
        """What the definitions of those take of every request; an estimate."""
        return self.summary(settings).tokens

    def summary(self, settings: ChatSettings) -> ToolsOn:
        """How many are on, and what they take; looked at anew when the settings or a server's tools are others."""
        rules = ToolRules.of(settings.tools)
        if not rules.rules:
            return ToolsOn()
        wanted = sorted(self._wanted(settings))
        offers = tuple(self._offers(name) for name in wanted)
        key = (settings.tools, settings.folder, *offers)
        if self._summary is None or self._summary[0] != key:
            on = self.on(settings)
            missing = len({offer.server for offer in on} - {BUILT_IN}) < len(rules.servers() - {BUILT_IN})
            self._summary = (key, ToolsOn(len(on), sum(map(self.tokens_of, on)), missing))
        return self._summary[1]

    def start(self, settings: ChatSettings) -> None:
        """Start the servers of a chat whose tools are on, as a prompt is about to be written; returns at once."""
        if settings.tools == self._started or self._servers is None:
            return
        self._started = settings.tools
        if names := self._wanted(settings):
            self._servers.start(names)

    def start_all(self) -> None:
        """Start every server, to see what it has; returns at once."""
        if self._servers is not None:
            self._servers.start()

    async def restart(self, server: str) -> None:
        """Start a server anew, whatever it is doing; returns before it is ready."""
        if self._servers is not None:
            await self._servers.stop(server)
            self._servers.start([server])

    def listen(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """Call a function with a server's name after each change of it; returns what ends that."""
        return self._servers.listen(changed) if self._servers is not None else lambda: None

    def _wanted(self, settings: ChatSettings) -> frozenset[str]:
        known = {one.name for one in self._servers.statuses} if self._servers is not None else set()
        return ToolRules.of(settings.tools).servers() & known

    async def toolbox(self, conversation_id: str, settings: ChatSettings, host: "ToolHost") -> "Toolbox | None":
        """What a turn offers; None for nothing. Waits until the servers have started, and goes on without the others.

        What was agreed to before is asked about again where that cannot be read.
        """
        rules = ToolRules.of(settings.tools)
        if not rules.rules:
            return None
        from tui.chat.tools.agreements import Agreements
        from tui.chat.tools.toolbox import Toolbox

        if self._servers is not None and (names := self._wanted(settings)):
            starting = [one.name for one in self._servers.statuses if one.name in names and one.state != "ready"]
            if starting:
                host.waiting(f"Waiting for {', '.join(sorted(starting))}.")
            await self._servers.ready(names, START_S)
        agreements = await Agreements(self._library.database, conversation_id).load()
        toolbox = Toolbox(lambda: self.on(settings), rules, host, agreements)
        self._running.setdefault(conversation_id, WeakSet()).add(toolbox)
        return toolbox

    def set_rules(self, conversation_id: str, settings: ChatSettings) -> None:
        """Let what is set for a chat now hold for the calls of its replies under way; what is new to them waits."""
        for toolbox in self._running.get(conversation_id, ()):
            toolbox.rules = ToolRules.of(settings.tools)


def granted_folder(settings: ChatSettings) -> Path | None:
    """The folder whose files the tools of a chat may read; None for none, or where it is not there."""
    folder = expanded(settings.folder) if settings.folder else None
    return folder if folder is not None and is_folder(folder) else None
