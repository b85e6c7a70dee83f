"""The model files of a repository on Hugging Face's hub, or on another server with its API. Knows no disk.

Source: huggingface.co/docs/hub/api, "GET /api/models/{repo_id}" with `blobs=true`: sizes, and SHA-256 of large files.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tui.agent.secret import Secret
from tui.agent.wire.addresses import is_loopback, origin_of
from tui.agent.wire.policy import RequestPolicy
from tui.agent.wire.reply import get_json
from tui.agent.wire.request import HttpRequest
from tui.agent.wire.request_context import RequestContext

_POLICY = RequestPolicy(connect_s=10.0, silence_s=20.0, content_s=30.0, retries=1, response_limit_bytes=16 << 20)
_SHA256 = re.compile(r"[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository.

    Attributes:
        name: its path in the repository.
        size_bytes: None when the hub does not say.
        sha256: hex; "" when the hub does not say.
    """

    name: str
    size_bytes: int | None
    sha256: str


class Hub:
    """A server with the hub's API.

    Args:
        token: a key for what is not public; None for none.
        base_url: None for `HF_ENDPOINT`, or huggingface.co.
    """

    def __init__(self, token: Secret | None = None, base_url: str | None = None) -> None:
        self.base_url = (base_url or os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
        self._token = token

    def headers(self) -> dict[str, str]:
        """What goes with a request to this server, and to no other."""
        return {"authorization": f"Bearer {self._token.reveal()}"} if self._token is not None else {}

    def url_of(self, repository: str, file: HubFile) -> str:
        """Where a file is downloaded from."""
        return f"{self.base_url}/{quote(repository)}/resolve/main/{quote(file.name)}"

    async def files(self, repository: str) -> tuple[HubFile, ...]:
        """The GGUF files of a repository, as "owner/name".

        Raises:
            ModelAPIError: there is none of that name, it is not public, or the server is no hub.
        """
        context = RequestContext(
            "hub",
            "The model hub",
            repository,
            address=origin_of(self.base_url),
            base_url=self.base_url,
            base_url_env="HF_ENDPOINT",
            key_hint="HF_TOKEN",
            local=is_loopback(self.base_url),
            secrets=(self._token.reveal(),) if self._token is not None else (),
        )
        url = f"{self.base_url}/api/models/{quote(repository)}?blobs=true"
        value = await get_json(HttpRequest(url, headers=self.headers()), context, _POLICY)
        siblings = value.get("siblings") if isinstance(value, Mapping) else None
        if not isinstance(siblings, list):
            raise context.error("malformed", f"{context.label} did not say which files {repository} has.")
        files = (_file(one) for one in siblings)
        return tuple(file for file in files if file is not None and file.name.lower().endswith(".gguf"))


def _file(value: Any) -> HubFile | None:
    if not isinstance(value, Mapping) or not isinstance(name := value.get("rfilename"), str):
        return None
    if not name.isprintable() or ".." in name.split("/"):
        return None
    blob = value.get("lfs")
    blob = blob if isinstance(blob, Mapping) else {}
    size = next((one for one in (blob.get("size"), value.get("size")) if type(one) is int and one >= 0), None)
    digest = str(blob.get("sha256") or blob.get("oid") or "").lower()
    return HubFile(name, size, digest if _SHA256.match(digest) else "")
