"""Base URLs: how people write them, and whether they lead to this machine. Standard library only.

What takes 3 ms to load, for addresses that a person has set, is loaded by the first of them.
"""

import re

_ENDPOINT = re.compile(
    r"/(?:chat/completions|completions|responses|messages|models"
    r"|api/(?:chat|generate|tags|show|version|ps)"
    r"|models/[^/]+:\w+"  # Gemini
    r"|model/[^/]+/converse(?:-stream)?)$",  # Bedrock
    re.IGNORECASE,
)
"""What requests append to a base URL, which people copy along."""

_VERSION = re.compile(r"(?:^|/)v\d\w*(?:/|$)")


def clean_base_url(url: str) -> str:
    """A base URL with a scheme, without a final slash, and without the endpoint and query of a single request.

    What only a server can use becomes loopback: 0.0.0.0, [::], and a port alone.
    """
    url = re.split(r"[?#]", url.strip(), maxsplit=1)[0].rstrip("/")
    if re.fullmatch(r":\d+", url):
        url = f"127.0.0.1{url}"
    elif url.count(":") > 1 and not url.startswith("[") and "/" not in url:  # a bare IPv6 address
        url = f"[{url}]"
    if url and "://" not in url and not re.fullmatch(r"https?:", url, re.IGNORECASE):
        url = f"http://{url}"
    url = re.sub(r"(?<!:)/{2,}", "/", url)
    while (shorter := _ENDPOINT.sub("", url).rstrip("/")) != url:
        url = shorter
    return re.sub(r"^(https?://)(0\.0\.0\.0|\[::\])(?=[:/]|$)", r"\g<1>127.0.0.1", url, flags=re.IGNORECASE)


def possible_base_urls(url: str) -> tuple[str, ...]:
    """Where the chat completions of a server may begin, likeliest first, if its address was given as `url`.

    An address with a version says it exactly; most servers have theirs below /v1, and some a second API below /api.
    """
    if _VERSION.search(url.partition("://")[2].partition("/")[2]):
        return (url,)
    root = url.removesuffix("/api")
    return (url, f"{url}/v1") if root == url else (url, f"{url}/v1", f"{root}/v1")


def is_address(url: str) -> bool:
    """Whether a URL says where a server is."""
    if not url.isprintable() or re.search(r'[ "<>\\^`{|}]', url):  # urlsplit drops line ends
        return False
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a malformed port, half an IPv6 address
        return False


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, without user and password."""
    scheme, separator, rest = without_password(url).partition("://")
    return f"{scheme}{separator}{rest.partition('/')[0]}"


def without_password(url: str) -> str:
    """A URL without user, password and query, to be shown."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = re.split(r"[?#]", rest if separator else scheme, maxsplit=1)[0].partition("/")
    return f"{scheme if separator else ''}{separator}{host.rpartition('@')[2]}{slash}{path}"


def secrets_in(url: str) -> tuple[str, ...]:
    """The password that a URL holds, in each form that it is written or sent in; () for none."""
    user_and_password, _, _ = url.partition("://")[2].partition("/")[0].rpartition("@")
    user, _, password = user_and_password.partition(":")
    if not password:
        return ()
    from base64 import b64encode
    from urllib.parse import unquote

    return password, unquote(password), b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    from ipaddress import ip_address
    from urllib.parse import urlsplit

    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or host.endswith(".localhost") or ip_address(host).is_loopback
    except ValueError:  # a name, or half an IPv6 address
        return False
