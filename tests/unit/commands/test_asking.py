"""A question before many chats are changed is answered by who sits there, and by nothing that was typed before it."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tui.commands.asking import agreed
from tui.errors import UsageError


@contextmanager
def keyboard() -> Iterator[int]:
    """The person's end of the terminal that standard input and standard error are."""
    person, program = os.openpty()
    with (
        os.fdopen(program, encoding="utf-8") as stdin,
        os.fdopen(os.dup(program), "w", encoding="utf-8") as stderr,
        pytest.MonkeyPatch.context() as patched,
    ):
        patched.setattr("sys.stdin", stdin)
        patched.setattr("sys.stderr", stderr)
        yield person
    os.close(person)


async def answered(person: int, typed: bytes) -> bool:
    """Whether that counts as a yes."""
    asking = asyncio.create_task(agreed("Delete it?", yes=False))
    shown = b""
    while b"Delete it? [y]es, [N]o: " not in shown:
        shown += await asyncio.to_thread(os.read, person, 1000)
    os.write(person, typed)
    return await asking


async def test_only_a_yes_that_is_typed_now_is_one() -> None:
    with keyboard() as person:
        assert await answered(person, b"y\n")
        assert await answered(person, b" Yes\n")
        os.write(person, b"y\n")
        for typed in (b"\n", b"n\n", b"ok\n", "ÿ\n".encode(), b"\x04"):
            assert not await answered(person, typed)


async def test_where_nobody_can_be_asked_the_answer_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    with pytest.raises(UsageError, match="Nobody could be asked"):
        await agreed("Delete it?", yes=False)
    assert await agreed("Delete it?", yes=True)
