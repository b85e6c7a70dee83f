"""What the first prompt will need, imported in one thread while it is written: who only looks on needs none of it.

Knows names only. The collector of cyclic garbage rests while modules load. Importing holds the interpreter's
lock for stretches; the pauses between the modules let keys through, and heavy packages are cut into several steps.
"""

import importlib
import threading
from collections.abc import Sequence
from operator import attrgetter

from tui.collector import rest_collector, wake_collector

MODULES = (
    "tui.chat.replies.switching",
    "tui.app.chat.sender",
    "tui.app.chat.action_runner",
    "tui.app.chat.actions",
    "tui.app.chat.reply_events",
    "tui.app.chat.tool_answers",
    "tui.app.transcript.from_messages",
    "tui.app.transcript.message_rows",
    "tui.chat.replies.turn",
    "annotated_types",
    "pydantic_core",
    "pydantic.fields",
    "pydantic",
    "tui.agent.messages",
    "tui.agent.messages:ModelMessagesTypeAdapter.rebuild",
    "tui.agent.tools",
    "tui.agent.agent",
    "anyio",
    "httpcore",
    "httpx",
    "tui.agent.models.openai",
    "tui.chat.replies.preparation",
    "tui.chat.replies.run_limits",
    "tui.chat.replies.stream",
    "tui.app.chat.comparing",
    "tui.app.chat.content_changes",
    "tui.chat.search",
    "anyio._backends._asyncio",
    "markdown_it",
    "pygments.lexers",
    "pygments.token",
)
"""In the order in which a prompt needs them: to price it, as soon as a few letters are written, to send it, to be
answered, to draw. After ":" stands what is called."""
PAUSE_S = 0.01


class WarmUp:
    """One thread that imports, and can be told to stop between two modules."""

    def __init__(self, modules: Sequence[str] = MODULES) -> None:
        self._modules = modules
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warm-up", daemon=True)
        self._begun = False

    def start(self) -> None:
        """Begin, unless that was done before."""
        if not self._begun:
            self._begun = True
            self._thread.start()

    def stop(self) -> None:
        """Import nothing more; returns when the module at hand is done."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        rest_collector()
        try:
            self._import()
        finally:
            wake_collector()

    def _import(self) -> None:
        for name in self._modules:
            if self._stop.wait(PAUSE_S):
                return
            module, _, function = name.partition(":")
            try:
                loaded = importlib.import_module(module)
            except ImportError:
                continue  # whoever needs it says so in words
            if function:
                attrgetter(function)(loaded)()
