"""One GET of a page or a file, after all its redirects; a request to an API follows none, to keep its key safe."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

import httpx

from tui.agent.wire.addresses import is_address, is_loopback, without_password
from tui.agent.wire.body import apart, shut
from tui.agent.wire.client import count_reply
from tui.agent.wire.errors import NETWORK_ERRORS, network_error
from tui.agent.wire.policy import RequestPolicy
from tui.agent.wire.request_context import RequestContext

_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HINT = "It should look like https://example.org/page."


@dataclass(frozen=True, slots=True)
class Found:
    """An answer that is no redirect, with its body still to be read.

    Attributes:
        url: where it was found.
        context: who sent it, for errors.
    """

    url: str
    response: httpx.Response
    context: RequestContext


@asynccontextmanager
async def followed(
    url: str,
    client: httpx.AsyncClient,
    policy: RequestPolicy,
    context_of: Callable[[str], RequestContext],
    headers_for: Callable[[str], Mapping[str, str]],
) -> AsyncIterator[Found]:
    """Get what stands at an address; leaving the context ends the transfer at once.

    Args:
        url: a whole one, checked by `checked_address`.
        client: the one to ask with.
        policy: how long to wait.
        context_of: who is asked at an address.
        headers_for: what is sent to an address: a key goes to the first one only.

    Raises:
        ModelAPIError: nobody answers, or it leads in circles, to what is no address, or from outside into the network.
    """
    timeout = httpx.Timeout(connect=policy.connect_s, read=policy.read_s, write=policy.read_s, pool=policy.connect_s)
    count_reply(client, +1)
    try:
        for _ in range(_MOST_REDIRECTS + 1):
            context = context_of(url)
            try:
                request = client.build_request("GET", url, headers=headers_for(url), timeout=timeout)
                response = await apart(client.send(request, stream=True), shut)
            except NETWORK_ERRORS as error:
                raise network_error(error, context, policy) from error
            try:
                if response.status_code not in _REDIRECTS or "location" not in response.headers:
                    yield Found(url, response, context)
                    return
            finally:
                await shut(response)
            url = await _target(url, response.headers["location"], context, context_of)
        raise context.error("bad_request", f"{context.label} redirects in circles.", "Check the address.")
    finally:
        count_reply(client, -1)


def checked_address(url: str) -> str:
    """An address that may be asked, its scheme in small letters.

    Raises:
        ModelAPIError: it is none, or has a password in it.
    """
    scheme, _, rest = url.partition("://")
    url = f"{scheme.lower()}://{rest}"
    context = RequestContext("web", "The address")
    if not is_address(url):
        raise context.error("address", f'"{context.quote(without_password(url), 100)}" is no web address.', _HINT)
    if "@" in urlsplit(url).netloc:
        raise context.error("address", "An address with a password in it is not fetched.", "Save the page, attach it.")
    return url


async def _target(url: str, location: str, context: RequestContext, context_of: Callable[[str], RequestContext]) -> str:
    """Where a redirect leads, if it may lead there: a page out there does not choose what is read in here."""
    try:
        joined = urljoin(url, location)
    except ValueError:  # a bracket that is never closed, say
        joined = location
    target = checked_address(joined)
    if await _is_inside(target) and not await _is_inside(url):
        message = f"{context.label} redirects to {context_of(target).label}, an address inside your network."
        raise context.error("address", message, "Give that address itself, if you mean it.")
    return target


async def _is_inside(url: str) -> bool:
    """Whether an address is of this machine or of a private network, by any of the addresses that its name has."""
    if is_loopback(url):
        return True
    host = urlsplit(url).hostname or ""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except (OSError, UnicodeError):  # it cannot be reached either, or is no name at all
        return False
    return any(not ip_address(str(entry[4][0]).partition("%")[0]).is_global for entry in found)
