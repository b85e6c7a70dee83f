"""Where a shared library is: a PostgreSQL address, checked before anything connects. Pure; knows no driver.

Off this machine the connection is encrypted and the server proves who it is (`sslmode=verify-full`), unless the person
has written a weaker mode that still encrypts. A password does not stand in an address, which is shown and logged.
"""

import ipaddress
import os
import ssl
from urllib.parse import parse_qsl, unquote, urlsplit

from tui.dataclass import dataclass

_SCHEMES = ("postgresql", "postgres")
_SAFE = ("verify-full", "verify-ca", "require")
_KNOWN = ("sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "host", "port", "channel_binding")
"""Parameters that an address may have; others could lead elsewhere, or hold a secret."""

EXAMPLE = "postgresql://me@db.example.org/library"


class AddressError(ValueError):
    """An address makes no sense: what is wrong, half a sentence that quotes no secret, and what to do."""

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


@dataclass(frozen=True, slots=True)
class SharedAddress:
    """One database of one server.

    Attributes:
        user: "" for the name of the user here.
        host: a name, an address, or the folder of a Unix socket; "" for the usual one of these.
        port: None for the usual one.
        tls: the mode of the encryption; "" where the connection does not leave the machine and nobody asked for it.
        options: what else the address says, by its name in libpq.
    """

    user: str
    host: str
    port: int | None
    database: str
    tls: str
    options: tuple[tuple[str, str], ...] = ()

    @property
    def is_local(self) -> bool:
        """Whether the connection does not leave this machine."""
        return _is_local(self.host)

    @property
    def shown(self) -> str:
        """The address as a person may see it anywhere."""
        user = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port else ""
        if self.host.startswith("/"):
            return f"postgresql://{user}/{self.database}?host={self.host}"
        return f"postgresql://{user}{host}{port}/{self.database}"

    @property
    def parameters(self) -> dict[str, str]:
        """What libpq is given: all that decides where it connects to and how, so that no environment does."""
        found = dict(self.options) | {"dbname": self.database, "host": self.host, "gssencmode": "disable"}
        if self.user:
            found["user"] = self.user
        if self.port:
            found["port"] = str(self.port)
        found["sslmode"] = self.tls or ("disable" if not self.host or self.host.startswith("/") else "prefer")
        if self.tls.startswith("verify") and "sslrootcert" not in found:
            found["sslrootcert"] = _root_certificates()
        return {name: value for name, value in found.items() if value or name == "host"} | {"hostaddr": ""}


def read_address(url: str) -> SharedAddress:
    """Read an address.

    Raises:
        AddressError: it is none, holds a password, or would go over the network without encryption.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise AddressError("is no address", f"Write it like {EXAMPLE}") from None
    if parts.scheme not in _SCHEMES:
        raise AddressError("is no PostgreSQL address", f"Write it like {EXAMPLE}")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.password is not None or {"password", "passfile"} & options.keys():
        raise AddressError(
            "holds a password",
            'Take it out, and keep it as CHINWAG_LIBRARY_PASSWORD, as a line library = "…" in credentials.toml, or'
            " name a password_command.",
        )
    for name in options:
        if name not in _KNOWN:
            raise AddressError(f"has a parameter that is not for here ({name!r})", f"There are {', '.join(_KNOWN)}.")
    host = options.pop("host", "") or unquote(parts.hostname or "")
    if port is None and options.get("port", "").isdecimal():
        port = int(options["port"])
    options.pop("port", None)
    database = unquote(parts.path.lstrip("/"))
    if not database or "," in host:
        raise AddressError("names no database" if not database else "names several servers", f"As in {EXAMPLE}")
    mode = options.pop("sslmode", "")
    if not _is_local(host):
        mode = mode or "verify-full"
        if mode not in _SAFE:
            raise AddressError(
                f"would go over the network in clear (sslmode={mode})",
                "Leave sslmode out: the server is verified then. At the least: sslmode=require",
            )
    return SharedAddress(unquote(parts.username or ""), host, port, database, mode, tuple(sorted(options.items())))


def _is_local(host: str) -> bool:
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _root_certificates() -> str:
    """The file of the authorities that this system trusts; "system" where there is none that we know of."""
    if given := os.environ.get("SSL_CERT_FILE"):
        return given
    return ssl.get_default_verify_paths().cafile or "system"
