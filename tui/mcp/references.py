"""References in a server's configuration: `${VARIABLE}` and `${key:NAME}` stand for what is looked up when it starts.

What they stand for is never stored or shown. `${VARIABLE:-text}` has a text for one that is not set, `${env:VARIABLE}`
is the same as `${VARIABLE}`, and `$${…}` is the text itself.
"""

import os
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from tui.mcp.values import McpError
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.mcp.config import ServerConfig

KEY_NAME = re.compile(r"mcp\.[a-z0-9_-]{1,40}\.[\w.-]{1,100}", re.ASCII)
"""A stored key that a server may have: keys of providers of models are none of its business."""

_MARK = re.compile(r"(\$?)\$\{([^{}]*)\}")
_VARIABLE = re.compile(r"(?:env:)?([A-Za-z_]\w*)(?::-(.*))?", re.ASCII | re.DOTALL)

FindKey = Callable[[str], Awaitable[str | None]]
"""The value of a stored key, by its name; None when there is none."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What one stands for.

    Attributes:
        default: what stands in its place when a variable is not set or empty; None for nothing.
    """

    kind: Literal["variable", "key"]
    name: str
    default: str | None = None


def references_in(text: str) -> tuple[Reference, ...]:
    """Those of a text, in its order.

    Raises:
        ValueError: something looks like one and is none; the message is half a sentence.
    """
    return tuple(_reference(match[2]) for match in _MARK.finditer(text) if not match[1])


def _reference(body: str) -> Reference:
    if variable := _VARIABLE.fullmatch(body):
        return Reference("variable", variable[1], variable[2])
    name = body.removeprefix("key:")
    if name != body and KEY_NAME.fullmatch(name):
        return Reference("key", name)
    raise ValueError(f"${{{clean_line(body, 40)}}} refers to nothing")


def all_references(server: "ServerConfig") -> tuple[Reference, ...]:
    """Those of a server, each once."""
    texts = (*server.command, *server.env.values(), server.folder, server.url, *server.headers.values())
    return tuple(dict.fromkeys(one for text in texts for one in references_in(text)))


def unset_variables(server: "ServerConfig", environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Variables that a server needs, and that are not set."""
    known = os.environ if environ is None else environ
    return tuple(
        one.name
        for one in all_references(server)
        if one.kind == "variable" and one.default is None and not known.get(one.name)
    )


async def resolved(
    server: "ServerConfig", find_key: FindKey | None = None, environ: Mapping[str, str] | None = None
) -> "ServerConfig":
    """The server with what its references stand for: for the one place that starts it, not to be kept.

    Without `find_key` there are no stored keys; without `environ` it is the process's own.

    Raises:
        McpError: a variable is not set, or a key is not there; the message names server and reference.
    """
    known = os.environ if environ is None else environ
    if unset := unset_variables(server, known):
        raise McpError(
            f"{server.name} needs {' and '.join(unset)}, not set in the environment.", "Set it, and try again."
        )
    values: dict[Reference, str] = {}
    for one in all_references(server):
        if one.kind == "variable":
            values[one] = known.get(one.name) or one.default or ""
        elif (key := await find_key(one.name) if find_key else None) is not None:
            values[one] = key
        else:
            hint = f'Add it to credentials.toml: "{one.name}" = "…", or add the server anew.'
            raise McpError(f"{server.name} needs the stored key {one.name}, which is not there.", hint)

    def put(text: str) -> str:
        return _MARK.sub(lambda match: f"${{{match[2]}}}" if match[1] else values[_reference(match[2])], text)

    return replace(
        server,
        command=tuple(map(put, server.command)),
        env={name: put(value) for name, value in server.env.items()},
        folder=put(server.folder),
        url=put(server.url),
        headers={name: put(value) for name, value in server.headers.items()},
    )
