"""Sharing with a real server that is killed, refuses, or is somebody else: nothing is lost, and one line says so."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.library import NOON, conversation, prompt, reply
from tests.support.machines import SharingMachine
from tests.support.postgres import Server, binaries, own_server
from tui.errors import StoreError
from tui.store import conversations
from tui.store.records import Conversation, Message
from tui.sync.address import SharedAddress, read_address
from tui.sync.exchange import Exchanged
from tui.sync.hub import Hub, SharingError
from tui.sync.hub_schema import VERSION
from tui.sync.runner import Runner, exchange_once

needs_a_server = pytest.mark.skipif(binaries() is None, reason="needs a PostgreSQL server")


def until(condition: Callable[[], object], what: str) -> None:
    """Look until something is so."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, f"{what} never came"
        time.sleep(0.02)


def turn(machine: SharingMachine, chat: Conversation, text: str, parent: Message | None = None) -> Message:
    asked = prompt(chat, text, parent=parent)
    begun = reply(chat, asked)
    machine.run(conversations.start_turn, chat, asked, begun, "owner")
    machine.run(conversations.finish_reply, replace(begun, text=f"to {text}", state="done", total_ms=1), NOON)
    return begun


@contextmanager
def sharing(home: Path, url: str) -> Iterator[tuple[SharingMachine, Runner, threading.Event]]:
    """A library in a file, and the thread that shares it."""
    machine, heard = SharingMachine(url, home), threading.Event()
    runner = Runner(home / "chats.db", read_address(url), "", heard.set)
    runner.start()
    try:
        yield machine, runner, heard
    finally:
        began = time.monotonic()
        runner.stop(2.0)
        assert time.monotonic() - began < 5, "it holds nobody up"
        machine.connection.close()


@needs_a_server
def test_a_server_that_is_killed_costs_nothing_and_is_taken_up_again(tmp_path: Path) -> None:
    with own_server() as server:
        url = server.url()
        with sharing(tmp_path / "one", url) as (one, runner, _), sharing(tmp_path / "two", url) as (two, other, heard):
            chat = conversation()
            first = turn(one, chat, "first")
            runner.wake()
            until(lambda: len(two.texts) == 2, "the first turn")
            assert heard.wait(30)
            until(lambda: runner.status.text == other.status.text == "shared", "quiet")
            server.kill()
            until(lambda: runner.status.condition == other.status.condition == "offline", "the loss of the server")
            turn(one, chat, "of one", first)
            turn(two, chat, "of two", first)
            until(lambda: "waiting" in runner.status.text, "what waits")
            assert "cannot be reached" in runner.status.problem
            server.start()
            for each in (runner, other):
                each.wake()
            until(lambda: len(one.texts) == len(two.texts) == 6, "all turns")
            until(lambda: runner.status.condition == other.status.condition == "current", "quiet")
            assert one.journal.digests() == two.journal.digests()
            turn(one, chat, "at the end")
        with sharing(tmp_path / "two", url) as (two, _, _):
            until(lambda: "at the end" in two.texts, "what was told as the last thing before the end of a program")


@needs_a_server
def test_whenever_the_connection_breaks_in_telling_all_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_server() as server:
        one, two = SharingMachine(server.url(), tmp_path / "one"), SharingMachine(server.url(), tmp_path / "two")
        with closing(one.connection), closing(two.connection):
            one.meet()
            for number in range(100):
                turn(one, conversation(f"chat {number}"), f"text {number}")
            pieces: list[int] = []
            push = Hub._push

            def cut(hub: Hub, cells: list[object]) -> object:
                pieces.append(len(cells))
                if len(pieces) == 2:
                    server.kill()
                return push(hub, cells)  # type: ignore[arg-type]

            monkeypatch.setattr(Hub, "_push", cut)
            with pytest.raises(SharingError, match="cannot be reached"):
                one.meet()
            one.part()
            server.start()
            assert one.journal.state.pending > 600, "all of it waits"
            told = one.journal.told
            monkeypatch.setattr(one.journal, "told", _break)  # it is there, but the answer was not heard
            with pytest.raises(StoreError):
                one.meet()
            one.part()
            monkeypatch.setattr(one.journal, "told", told)
            assert one.meet().told == 0, "it was known again"
            two.meet()
            assert one.journal.digests() == two.journal.digests()
            assert len(two.texts) == 200 and one.journal.state.pending == 0
            one.part()
            two.part()


def _break(*_: object) -> Exchanged:
    raise StoreError("The disk is full.")


def test_one_process_of_a_machine_talks_and_another_takes_over(tmp_path: Path, hub_url: str) -> None:
    with sharing(tmp_path / "one", hub_url) as (one, runner, _):
        until(lambda: runner.status.condition == "current", "the first")
        met = one.journal.state.seen_at or 0
        second = Runner(tmp_path / "one" / "chats.db", read_address(hub_url))
        second.start()
        until(lambda: second.status.condition == "current", "the second, which looks on")
        turn(one, conversation(), "first")
        until(lambda: not one.journal.waits, "what another process has written")
        until(lambda: (one.journal.state.seen_at or 0) > met, "the time of the exchange, not of the connection")
        assert exchange_once(tmp_path / "one" / "chats.db", read_address(hub_url), "", 1.0), "nothing to do"
        runner.stop(2.0)
        turn(one, conversation(), "second")
        until(lambda: not one.journal.waits, "the one that took over")
        second.stop(2.0)
        turn(one, conversation(), "third")
        assert exchange_once(tmp_path / "one" / "chats.db", read_address(hub_url), "", 30.0)
        assert not one.journal.waits


def test_a_newer_server_is_left_alone_and_one_that_can_only_be_read_is_heard(
    tmp_path: Path, hub_url: str, postgres: Server
) -> None:
    one, two = SharingMachine(hub_url, tmp_path / "one"), SharingMachine(hub_url, tmp_path / "two")
    with closing(one.connection), closing(two.connection):
        turn(one, conversation(), "first")
        one.meet()
        assert one.hub is not None
        database = hub_url.partition("?")[0].rpartition("/")[2]
        one.hub._connection.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
        turn(two, conversation(), "second")
        with pytest.raises(SharingError, match="can only be read"):
            two.meet()
        assert two.texts == ["first", "second", "to first", "to second"] and two.journal.waits
        two.part()
        one.hub._connection.execute("UPDATE chinwag.meta SET version = %s", (VERSION + 1,))
        with pytest.raises(SharingError, match="newer Chinwag") as raised:
            two.meet()
        assert raised.value.lasting and two.journal.waits
        one.part()
        two.part()


def test_a_disk_that_is_full_here_takes_the_rest_once_there_is_room(tmp_path: Path, hub_url: str) -> None:
    one, two = SharingMachine(hub_url, tmp_path / "one"), SharingMachine(hub_url, tmp_path / "two")
    with closing(one.connection), closing(two.connection):
        for number in range(120):
            turn(one, conversation(f"chat {number}"), f"text {number} {'word ' * 50}")
        one.meet()
        turn(two, conversation("own"), "of this machine")
        (pages,) = two.connection.execute("PRAGMA page_count").fetchone()
        two.connection.execute(f"PRAGMA max_page_count = {pages + 24}")
        with pytest.raises(StoreError, match="disk is full"):
            two.meet()
        two.part()
        assert len(two.texts) < 242 and "of this machine" in two.texts
        two.connection.execute("PRAGMA max_page_count = 1000000")
        two.meet()
        one.meet()
        assert one.journal.digests() == two.journal.digests() and len(two.texts) == 242
        one.part()
        two.part()


@needs_a_server
def test_the_server_proves_who_it_is_and_a_password_stands_in_no_message(tmp_path: Path) -> None:
    with own_server() as server:
        with closing(Hub.connect(read_address(server.url()))) as hub:
            if hub._connection.execute("SHOW ssl_library").fetchone() == ("",):
                pytest.skip("this PostgreSQL was built without TLS")
        certificate = _certify(server)
        server.kill(fast=True)
        rules = server.folder / "data" / "pg_hba.conf"
        rules.write_text("hostssl all me 127.0.0.1/32 scram-sha-256\nlocal all all trust\n")
        server.start(ssl="on", ssl_cert_file=str(certificate), ssl_key_file=str(certificate.with_suffix(".key")))
        with closing(Hub.connect(read_address(server.url()))) as hub:
            hub._connection.execute("CREATE ROLE me LOGIN PASSWORD 'a-s3cr3t-word'")
        url = f"postgresql://me@localhost:{server.port}/postgres"
        trusting = read_address(f"{url}?sslmode=verify-full&sslrootcert={certificate}")
        with closing(Hub.connect(trusting, "a-s3cr3t-word")) as hub:
            assert hub.facts().encrypted
        _refused(trusting, "another-s3cr3t", "refused the password")
        _refused(read_address(f"{url}?sslmode=verify-full"), "a-s3cr3t-word", "could not be reached safely")
        elsewhere = replace(read_address("postgresql://me@db.invalid/library"), port=server.port)
        _refused(elsewhere, "a-s3cr3t-word", "cannot be reached")


def _refused(address: SharedAddress, password: str, why: str) -> None:
    with pytest.raises(SharingError, match=why) as raised:
        Hub.connect(address, password)
    assert raised.value.__cause__ is None
    assert "s3cr3t" not in raised.value.sentence


def _certify(server: Server) -> Path:
    """A certificate for localhost, signed by itself."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = server.folder / "server.crt"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = file.with_suffix(".key")
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    private.chmod(0o600)
    if os.getuid() == 0:
        shutil.chown(private, server.user)
        shutil.chown(file, server.user)
        server.folder.chmod(0o755)
    return file
