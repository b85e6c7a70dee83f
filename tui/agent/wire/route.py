"""How one provider's servers are reached where that differs from what the environment says. Standard library only."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Route:
    """The way of a request; the default is the way that the environment sets.

    Attributes:
        ca_file: PEM file of the authorities that are trusted instead of the usual ones; "" for those.
        client_cert: PEM file of the certificate that is shown to the server; "" for none.
        client_key: PEM file of its key, if that does not stand in `client_cert`.
        proxy: URL of the proxy; "none" for a direct connection, "" for what the environment says.
        source: where this is written, for people, such as "[providers.work]".
    """

    ca_file: str = ""
    client_cert: str = ""
    client_key: str = ""
    proxy: str = field(default="", repr=False)
    source: str = ""
