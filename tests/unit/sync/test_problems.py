"""A server that was started anew is taken for one that is not to be trusted, or the other way round."""

import pytest

from tui.sync.address import read_address
from tui.sync.problems import translated


@pytest.mark.parametrize(
    ("said", "lasting"),
    [
        ("consuming input failed: SSL error: unexpected eof while reading", False),
        ("SSL connection has been closed unexpectedly", False),
        ("SSL SYSCALL error: Connection reset by peer", False),
        ('connection to server at "db", port 5432 failed: SSL error: certificate verify failed', True),
        ('connection failed: server certificate for "a" does not match host name "b"', True),
        ("connection failed: server does not support SSL, but SSL was required", True),
        ('connection failed: root certificate file "/x" does not exist', True),
        ("connection failed: SSL error: tlsv1 alert unknown ca", True),
    ],
)
def test_only_what_a_person_has_to_mend_is_not_tried_again_at_once(said: str, lasting: bool) -> None:
    psycopg = pytest.importorskip("psycopg")
    found = translated(psycopg.OperationalError(said), read_address("postgresql://me@db.example.org/chats"))
    assert found.lasting is lasting and ("safely" in found.message) is lasting
