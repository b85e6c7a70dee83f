"""An authority of certificates for a test run, and servers that show what it issues; all keys are made for the run."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization


@cache
def authority() -> trustme.CA:
    return trustme.CA()


@cache
def another_authority() -> trustme.CA:
    return trustme.CA()


def server_tls(*names: str, expired: bool = False, clients: trustme.CA | None = None) -> ssl.SSLContext:
    """For a server of these names; with `clients` it takes only who has a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ended = datetime.now(UTC) - timedelta(days=1) if expired else None
    began = ended - timedelta(days=1) if ended else None
    authority().issue_cert(*(names or ("127.0.0.1",)), not_before=began, not_after=ended).configure_cert(context)
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        clients.configure_trust(context)
    return context


@asynccontextmanager
async def refusing_server(context: ssl.SSLContext) -> AsyncIterator[str]:
    """One that says in an alert why it refuses, and then waits for the client to leave; gives its address.

    asyncio's own closes at once, with a request unread: the alert may be lost to the reset that follows.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        connection = context.wrap_bio(incoming, outgoing, server_side=True)
        with suppress(ConnectionError):
            while some := await reader.read(65536):
                incoming.write(some)
                with suppress(ssl.SSLError):
                    connection.do_handshake()
                writer.write(outgoing.read())
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def plain_server() -> AsyncIterator[str]:
    """One that speaks HTTP to whoever calls, as most do when TLS begins; gives its address as https."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def ca_file(folder: Path, of: trustme.CA | None = None) -> str:
    file = folder / "authority.pem"
    (of or authority()).cert_pem.write_to_path(str(file))
    return str(file)


def named_by_hash(file: str) -> str:
    """The folder of a file whose name OpenSSL finds in it: by a hash of its subject, as c_rehash names them."""
    command = ["openssl", "x509", "-noout", "-subject_hash", "-in", file]
    name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return str(Path(file).rename(Path(file).with_name(f"{name}.0")).parent)


def in_one_file(folder: Path, cert: str, key: str) -> str:
    both = folder / "both.pem"
    both.write_text(Path(cert).read_text() + Path(key).read_text())
    return str(both)


def with_passphrase(folder: Path, key_file: str, words: str) -> str:
    key = serialization.load_pem_private_key(Path(key_file).read_bytes(), None)
    lock = serialization.BestAvailableEncryption(words.encode())
    form = serialization.PrivateFormat.PKCS8
    locked = folder / "locked.pem"
    locked.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, lock))
    return str(locked)


def client_files(folder: Path, of: trustme.CA | None = None) -> tuple[str, str]:
    """A client's certificate and its key."""
    issued = (of or authority()).issue_cert("person@example.org")
    cert, key = folder / "client.pem", folder / "client.key"
    cert.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    return str(cert), str(key)
