"""Streams that break off, stall, never end, or are not what they should be."""

import json
import zlib
from asyncio import Event
from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.support.misbehaving.fault import WORDS, Asked, Fault, Play
from tests.support.protocol_server import Answer, Step

_SSE = ("openai-chat", "anthropic")
_CHAT = ("openai-chat",)
_OTHER = "Grüße, 日本語 👩‍👩‍👧 end"


def streams() -> dict[str, Fault]:
    """All of them."""
    return {**_connections(), **_stalls(), **_sizes(), **_framings(), **_events(), **_endings()}


def _connections() -> dict[str, Fault]:
    cut = ("stream_cut",)
    return {
        "reset at once": Fault(lambda asked: Answer(end="refused"), "failed", kinds=("network",), requests=3),
        "closed at once": Fault(lambda asked: Answer(end="silent"), "failed", kinds=("network",), requests=3),
        "no HTTP": Fault(
            lambda asked: Answer([b"HELLO \x1b]0;title\x07\r\n\r\n"], unframed=True), "failed", kinds=("malformed",)
        ),
        "reset in the middle": Fault(lambda asked: asked.unended(*asked.words(), end="reset"), "failed", WORDS, cut),
        "closed in the middle": Fault(lambda asked: asked.unended(*asked.words(), end="cut"), "failed", WORDS, cut),
        "ended in the middle": Fault(lambda asked: asked.unended(*asked.words()), "failed", WORDS, cut),
        "shorter than promised": Fault(_promised(99_999), "failed", WORDS, cut),
        "longer than promised": Fault(_promised_less, "failed", WORDS.removesuffix("word9 "), cut),
        "header of 64 KB": Fault(
            lambda asked: Answer([asked.dialect.begin(), *asked.words(), *asked.dialect.end()],
                                 content_type=asked.dialect.content_type, headers={"x-big": "h" * 65_536}),
            "whole", WORDS,
        ),
    }  # fmt: skip


def _stalls() -> dict[str, Fault]:
    return {
        "silent": Fault(lambda asked: Answer([Event()], unframed=True), "stalled"),
        "silent after its head": Fault(lambda asked: Answer([Event()], content_type=asked.dialect.content_type),
                                       "stalled"),
        "silent after some words": Fault(lambda asked: asked.unended(*asked.words(), Event()), "stalled", WORDS),
        "a word now and then": Fault(lambda asked: asked.unended(*asked.words(), *_slowly(asked)), "stalled", None),
        "a header a byte at a time": Fault(_slow_head, "stalled"),
        "nothing but signs of life": Fault(_comments, "stalled"),
        "words without end": Fault(lambda asked: Answer(_flood(asked), content_type=asked.dialect.content_type),
                                   "stalled", None),
        "thoughts without end": Fault(
            lambda asked: asked.unended(*_thinking(asked)), "stalled"
        ),
    }  # fmt: skip


def _sizes() -> dict[str, Fault]:
    malformed, limit = ("malformed",), ("limit",)
    return {
        "answer of 5 MB": Fault(
            lambda asked: asked.stream(*asked.words(), *[asked.dialect.words("word " * 8_000)] * 130),
            "failed", None, limit,
        ),
        "event of 20 MB": Fault(
            lambda asked: asked.stream(*asked.words(), asked.dialect.words("x" * 20_000_000)),
            "failed", WORDS, malformed,
        ),
        "line of 20 MB": Fault(
            lambda asked: asked.unended(*asked.words(), *[b"data: " + b"y" * 100_000] * 200), "failed", WORDS, malformed
        ),
        "nothing 2 million times": Fault(
            lambda asked: asked.unended(*asked.words(), *[b"\n" * 1_000_000] * 2, *asked.dialect.end()), "whole", WORDS
        ),
        "bomb": Fault(_bomb, "failed", kinds=("limit", "malformed")),
        "no gzip": Fault(
            lambda asked: asked.unended(*asked.words(), headers={"content-encoding": "gzip"}), "failed", kinds=malformed
        ),
        "unknown compression": Fault(
            lambda asked: asked.unended(*asked.words(), headers={"content-encoding": "br"}), "failed", kinds=malformed
        ),
    }  # fmt: skip


def _framings() -> dict[str, Fault]:
    whole: Mapping[str, Callable[[bytes], bytes]] = {
        "a byte at a time": lambda text: text,
        "carriage returns": lambda text: text.replace(b"\n", b"\r"),
        "both line ends": lambda text: text.replace(b"\n", b"\r\n"),
        "byte order mark": lambda text: b"\xef\xbb\xbf" + text,
        "comments": lambda text: text.replace(b"data: {", b": hm\nid: 7\nretry: 1\ndata:{"),
        "other line ends": lambda text: text.replace(b"word", "\u2028\u0085word".encode()),
    }
    found = {
        name: Fault(_framed(change, 1 if name == "a byte at a time" else 7), "whole", _OTHER + WORDS, dialects=_SSE)
        for name, change in whole.items()
    }
    found["other line ends"] = Fault(
        _framed(whole["other line ends"], 7), "whole", _OTHER + WORDS.replace("word", "\u2028\u0085word"), dialects=_SSE
    )
    found["letters in pieces"] = Fault(_framed(lambda text: text, 1), "whole", _OTHER + WORDS)
    found["no UTF-8"] = Fault(
        lambda asked: asked.stream(asked.dialect.words("AAA").replace(b"AAA", b"\xff\xfe\xc3\x28")), "whole",
        "\ufffd\ufffd\ufffd(",
    )  # fmt: skip
    return found


def _events() -> dict[str, Fault]:
    broken, malformed = '{"choices":[{"delta":{"content":"bro', ("malformed",)

    def middle(*texts: str) -> Play:
        return lambda asked: asked.stream(*asked.words(), *map(asked.dialect.event, texts), *asked.words())

    return {
        "a broken event": Fault(middle(broken), "whole", WORDS * 2),
        "three broken events": Fault(middle(*[broken] * 3), "failed", WORDS, malformed),
        "no JSON at all": Fault(
            lambda asked: Answer([asked.dialect.event("hello")] * 2, content_type=asked.dialect.content_type),
            "failed", kinds=malformed,
        ),
        "null everywhere": Fault(
            middle("null", "[]", "0", '{"choices":null}', '{"choices":[null]}', '{"choices":[{"delta":null}]}',
                   '{"message":null}', '{"type":null}', '{"choices":[],"usage":null}'), "whole", WORDS * 2,
        ),
        "unknown events": Fault(middle('{"type":"ping"}', '{"type":"new","x":{"y":[1]}}'), "whole", WORDS * 2),
        "unknown keys": Fault(
            lambda asked: asked.stream(asked.dialect.words(WORDS, new={"a": [1]}, notes=None)), "whole", WORDS
        ),
        "deep JSON": Fault(middle('{"a":' * 20_000 + "1" + "}" * 20_000), "whole", WORDS * 2),
        "numbers out of bounds": Fault(middle('{"usage":{"prompt_tokens":1e999,"completion_tokens":-5}}'), "whole",
                                       WORDS * 2),
        "an answer at once": Fault(
            lambda asked: Answer([json.dumps(asked.dialect.whole(WORDS)).encode()], content_type="application/json"),
            "whole", WORDS,
        ),
        "an empty answer": Fault(lambda asked: Answer([], content_type=asked.dialect.content_type), "failed",
                                 kinds=malformed),
        "no words at all": Fault(lambda asked: asked.stream(), "failed", kinds=malformed),
        "two ends": Fault(lambda asked: asked.stream(*asked.words(), *asked.dialect.end(), *asked.words()), "whole",
                          None),
    }  # fmt: skip


def _endings() -> dict[str, Fault]:
    def ended(reason: str) -> Play:
        return lambda asked: asked.unended(*asked.words(), *asked.dialect.end(reason))

    def called(name: str, arguments: str) -> Play:
        return lambda asked: (
            asked.stream(*asked.words())
            if asked.has_result
            else asked.unended(asked.dialect.call(name, arguments), *asked.dialect.end("tool_calls"))
        )

    def loop(asked: Asked) -> Answer:
        return asked.unended(asked.dialect.call("calculate", '{"expression": "1+1"}'), *asked.dialect.end("tool_calls"))

    return {
        "cut at its longest": Fault(ended("length"), "whole", WORDS),
        "cut by a filter": Fault(ended("content_filter"), "whole", WORDS),
        "an end that nobody knows": Fault(ended("because"), "whole", WORDS),
        "thoughts, then words": Fault(
            lambda asked: asked.stream(asked.dialect.thoughts("hm"), *asked.words()), "whole", WORDS
        ),
        "a tool that is none": Fault(called("format_disk", "{}"), "whole", WORDS, requests=2),
        "a tool call that is no JSON": Fault(called("calculate", '{"expression": "1+'), "whole", WORDS, requests=2),
        "tool calls without end": Fault(loop, "failed", kinds=("limit", "malformed"), requests=0),
    }


def _promised(size: int) -> Play:
    def play(asked: Asked) -> Answer:
        return asked.raw(asked.dialect.begin(), *asked.words(), head=f"content-length: {size}")

    return play


def _promised_less(asked: Asked) -> Answer:
    words = asked.words()
    size = len(b"".join(step for step in (asked.dialect.begin(), *words) if isinstance(step, bytes))) - 20
    return asked.raw(asked.dialect.begin(), *words, head=f"content-length: {size}")


def _slowly(asked: Asked) -> Iterator[Step]:
    for _ in range(1_000):
        yield 0.3
        yield asked.dialect.words("more ")


def _thinking(asked: Asked) -> Iterator[Step]:
    for _ in range(100_000):
        yield asked.dialect.thoughts("hm ")
        yield 0.01


def _flood(asked: Asked) -> Iterator[Step]:
    yield asked.dialect.begin()
    yield from asked.words()
    for number in range(1_000_000):
        yield asked.dialect.words(f"flood{number} " * 20)
        yield 0.002


def _slow_head(asked: Asked) -> Answer:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {asked.dialect.content_type}\r\nx-slow: {'h' * 1_000}\r\n\r\n".encode()
    return Answer([step for byte in head for step in (bytes([byte]), 0.1)], unframed=True)


def _comments(asked: Asked) -> Answer:
    sign = b"\n" if asked.dialect.name == "ollama" else b": here\n\n"
    return Answer([step for _ in range(10_000) for step in (sign, 0.1)], content_type=asked.dialect.content_type)


def _bomb(asked: Asked) -> Answer:
    packing = zlib.compressobj(9, zlib.DEFLATED, 31)
    lines = b": " + b"0" * 1_000_000 + b"\n"
    packed = b"".join(packing.compress(lines) for _ in range(200)) + packing.flush()
    return asked.raw(packed, head=f"content-encoding: gzip\ncontent-length: {len(packed)}")


def _framed(change: Callable[[bytes], bytes], size: int) -> Play:
    def play(asked: Asked) -> Answer:
        dialect = asked.dialect
        other = dialect.words(_OTHER).replace(json.dumps(_OTHER)[1:-1].encode(), _OTHER.encode())
        steps: Sequence[Step] = [dialect.begin(), other, *asked.words(), *dialect.end()]
        body = change(b"".join(step for step in steps if isinstance(step, bytes)))
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        return Answer(pieces, content_type=dialect.content_type)

    return play
