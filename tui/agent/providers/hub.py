"""The model files of a repository on Hugging Face's hub, or on another server with its API. Knows no disk.

Source: huggingface.co/docs/hub/api, "GET /api/models/{repo_id}" with `blobs=true`: sizes, and SHA-256 of large files.
"""

import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from tui.agent.exceptions import ModelAPIError, ModelHTTPError
from tui.agent.secret import Secret
from tui.agent.wire.addresses import is_loopback, origin_of
from tui.agent.wire.policy import RequestPolicy
from tui.agent.wire.reply import get_json
from tui.agent.wire.request import HttpRequest
from tui.agent.wire.request_context import RequestContext

if TYPE_CHECKING:
    from tui.agent.wire.downloads import Download

_POLICY = RequestPolicy(connect_s=10.0, silence_s=20.0, content_s=30.0, retries=1, response_limit_bytes=16 << 20)
_NO_HUB = "Check whether this network wants a login, and HF_ENDPOINT if it is set."
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


class ModelHub:
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

    async def files(self, repository: str) -> tuple[HubFile, ...]:
        """The GGUF files of a repository, as "owner/name".

        Raises:
            ModelAPIError: there is none of that name, it is not public, or the server is no hub.
        """
        context = self._context(repository)
        url = f"{self.base_url}/api/models/{quote(repository)}?blobs=true"
        try:
            value = await get_json(HttpRequest(url, headers=self.headers()), context, _POLICY)
        except ModelHTTPError as error:
            raise self._explained(error, context) from error
        except ModelAPIError as error:
            if error.kind != "malformed":
                raise
            message = f"{context.label} sent something else than the list of files of {repository}."
            raise context.error("malformed", message, _NO_HUB) from error
        siblings = value.get("siblings") if isinstance(value, Mapping) else None
        if not isinstance(siblings, list):
            message = f"{context.label} did not say which files {repository} has."
            raise context.error("malformed", message, _NO_HUB)
        files = (_file(one) for one in siblings)
        return tuple(file for file in files if file is not None and file.name.lower().endswith(".gguf"))

    @asynccontextmanager
    async def opened(self, repository: str, file: HubFile, start: int) -> AsyncIterator["Download"]:
        """Ask for a file from a byte on; leaving the context ends the transfer at once.

        Raises:
            ModelAPIError: it is not there, not public, or no file; also where it lies in truth.
        """
        from tui.agent.wire.downloads import opened_download

        context = self._context(repository)
        url = f"{self.base_url}/{quote(repository)}/resolve/main/{quote(file.name)}"
        try:
            async with opened_download(url, context, start=start, headers=self.headers()) as download:
                yield download
        except ModelHTTPError as error:
            raise self._explained(error, context) from error

    def _context(self, repository: str) -> RequestContext:
        return RequestContext(
            "hub",
            urlsplit(self.base_url).hostname or "The model hub",
            repository,
            address=origin_of(self.base_url),
            base_url=self.base_url,
            base_url_env="HF_ENDPOINT",
            key_hint="HF_TOKEN",
            local=is_loopback(self.base_url),
            secrets=(self._token.reveal(),) if self._token is not None else (),
        )

    def _explained(self, error: ModelHTTPError, context: RequestContext) -> ModelAPIError:
        """What the hub's own refusal comes to; that of a server to which it redirects stays what it is.

        Without a token the hub says 401 to a name that it does not have, too.
        """
        status, name, page = error.status_code, context.model, f"{self.base_url}/{context.model}"
        if error.provider != context.provider:
            return error
        if status == 404:
            return context.error(
                "model_not_found", f"{context.label} has no {name} (404).", "Check its name, as in Qwen/Qwen3-4B-GGUF."
            )
        if status in (401, 403) and self._token is None:
            message = (
                f"{context.label} does not show {name} without a token ({status}): it is not public, or not there."
            )
            hint = f"Check the name; where {page} wants consent, give it, and set HF_TOKEN to a token of yours."
            return context.error("auth", message, hint)
        if status == 401:
            return context.error("auth", f"{context.label} refused the token (401).", "Check the token in HF_TOKEN.")
        if status == 403:
            message = f"{context.label} does not give {name} to the owner of this token (403)."
            return context.error("auth", message, f"Ask for access at {page}, with the account of the token.")
        if 300 <= status < 400:
            message = f"{context.label} has {name} under another name now ({status})."
            return context.error("address", message, f"{page} leads to it.")
        return error


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
