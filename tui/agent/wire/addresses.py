"""Base URLs: how people write them, and whether they lead to this machine. Standard library only."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit


def clean_base_url(url: str) -> str:
    """A base URL with a scheme and without a final slash.

    What only a server can use becomes loopback: 0.0.0.0, [::], and a port alone.
    """
    url = url.strip().rstrip("/")
    if re.fullmatch(r":\d+", url):
        url = f"127.0.0.1{url}"
    elif url.count(":") > 1 and not url.startswith("[") and "/" not in url:  # a bare IPv6 address
        url = f"[{url}]"
    if url and "://" not in url:
        url = f"http://{url}"
    return re.sub(r"^(https?://)(0\.0\.0\.0|\[::\])(?=[:/]|$)", r"\g<1>127.0.0.1", url)


def is_address(url: str) -> bool:
    """Whether a URL says where a server is."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a malformed port, half an IPv6 address
        return False


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
