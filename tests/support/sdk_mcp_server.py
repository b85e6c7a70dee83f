"""A server on the official SDK: every kind of thing that a server has, over stdio or, with `http`, on a free port.

Run as a program; over HTTP its first line tells its address. It speaks the newest protocol, in which questions to the
person are part of an answer, and changes of lists are subscribed to.
"""

import asyncio
import socket
import sys
from typing import Annotated

from mcp.server import MCPServer
from mcp.server.mcpserver import Context, Elicit, Image, Resolve, Sample
from mcp_types import CreateMessageResult, SamplingMessage, TextContent, ToolAnnotations
from pydantic import BaseModel, Field

server = MCPServer("shop", version="3.1", instructions="Sells towns.")


class Town(BaseModel):
    town: str = Field(title="Town", min_length=2)
    many: int = 1


def which_town() -> Elicit[Town]:
    return Elicit("Which town?", Town)


def a_word() -> Sample:
    message = SamplingMessage(role="user", content=TextContent(type="text", text="A word?"))
    return Sample([message], max_tokens=5)


@server.tool(annotations=ToolAnnotations(read_only_hint=True), title="Add up")
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
async def work(steps: int, context: Context) -> str:
    """Takes its time."""
    for step in range(steps):
        await context.report_progress(step + 1, steps, "working")
    return "worked"


@server.tool()
def picture() -> Image:
    """A picture."""
    return Image(data=b"\x89PNG\r\n\x1a\n", format="png")


@server.tool()
def buy(order: Annotated[Town, Resolve(which_town)]) -> str:
    """Buys what the person says."""
    return f"{order.many} x {order.town}"


@server.tool()
def guess(answer: Annotated[CreateMessageResult, Resolve(a_word)]) -> str:
    """Lets a model answer."""
    assert isinstance(answer.content, TextContent)
    return f"{answer.content.text} ({answer.model})"


@server.tool()
async def grow(context: Context) -> str:
    """Offers one tool more from now on."""
    server.add_tool(lambda: "grown", name="grown", description="New.")
    await context.notify_tools_changed()
    return "grown"


@server.tool()
async def wait() -> str:
    """Waits for ever."""
    await asyncio.Event().wait()
    return "never"


@server.resource("note://{name}")
def note(name: str) -> str:
    """A note."""
    return f"note {name}"


@server.resource("file:///logo.png", mime_type="image/png")
def logo() -> bytes:
    """A logo."""
    return b"\x89PNG"


@server.prompt()
def review(code: str, style: str = "short") -> str:
    """Asks for a review."""
    return f"Review ({style}): {code}"


async def serve_http() -> None:
    import uvicorn

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # whoever reads the address may come at once
    config = uvicorn.Config(server.streamable_http_app(), log_level="warning", ws="none")
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp\n")
    sys.stdout.flush()
    await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    if "http" in sys.argv:
        asyncio.run(serve_http())
    else:
        server.run("stdio")
