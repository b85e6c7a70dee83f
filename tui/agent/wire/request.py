"""One HTTP request before it is sent. Knows no HTTP library."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Framing = Literal["sse", "ndjson", "aws", "json"]
"""How a body is cut into events; "json" is one whole answer."""

_ACCEPT: Mapping[Framing, str] = {
    "sse": "text/event-stream",
    "ndjson": "application/x-ndjson",
    "aws": "application/vnd.amazon.eventstream",
    "json": "application/json",
}


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request.

    Attributes:
        url: the whole address.
        body: what is sent as JSON; None makes it a GET.
        headers: with the key, so they are never shown.
        framing: how the answer is expected to be framed.
        deletes: it is a DELETE.
    """

    url: str
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    framing: Framing = "json"
    deletes: bool = False

    @property
    def method(self) -> str:
        """DELETE where it is said; else GET without a body, and POST with one."""
        return "DELETE" if self.deletes else "GET" if self.body is None else "POST"

    def all_headers(self) -> dict[str, str]:
        """The headers with those that describe body and answer."""
        headers = {"accept": _ACCEPT[self.framing]}
        if self.body is not None:
            headers["content-type"] = "application/json"
        return headers | dict(self.headers)
