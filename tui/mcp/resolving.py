"""What the references of a server stand for, looked up when it starts; it is never stored or shown."""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from tui.mcp.config import ServerConfig
from tui.mcp.references import Reference, references_in, replaced
from tui.mcp.values import McpError

FindKey = Callable[[str], Awaitable[str | None]]
"""The value of a stored key, by its name; None when there is none."""


def all_references(server: ServerConfig) -> tuple[Reference, ...]:
    """Those of a server, each once."""
    texts = (*server.command, *server.env.values(), server.folder, server.url, *server.headers.values())
    return tuple(dict.fromkeys(one for text in texts for one in references_in(text)))


def unset_variables(server: ServerConfig, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Variables that a server needs, and that are not set."""
    known = os.environ if environ is None else environ
    return tuple(
        one.name
        for one in all_references(server)
        if one.kind == "variable" and one.default is None and not known.get(one.name)
    )


async def resolved(
    server: ServerConfig, find_key: FindKey | None = None, environ: Mapping[str, str] | None = None
) -> ServerConfig:
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
    return replace(
        server,
        command=tuple(replaced(word, values) for word in server.command),
        env={name: replaced(value, values) for name, value in server.env.items()},
        folder=replaced(server.folder, values),
        url=replaced(server.url, values),
        headers={name: replaced(value, values) for name, value in server.headers.items()},
    )
