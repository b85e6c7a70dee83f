"""How a connection ended. The transport tells it, whoever waits for an answer asks it. Knows nothing of the SDK."""

import asyncio

from tui.mcp.problems import ServerError


class ConnectionEnd:
    """The end of one connection; the first reason stands.

    Attributes:
        news: set when it has ended, or something else is to be looked at.
        ended: set once nothing more is sent or received.
        problem: why, if it is known.
        has_answered: the server has answered the handshake.
    """

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.ended = asyncio.Event()
        self.problem: ServerError | None = None
        self.has_answered = False

    def end(self, problem: ServerError | None = None) -> None:
        """Nothing more comes."""
        if self.problem is None:
            self.problem = problem
        self.ended.set()
        self.news.set()
