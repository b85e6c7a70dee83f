"""Bytes to events. What a user would lose: words, whole replies, or the app to a server that never ends a line."""

import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.agent.wire.framing import AwsEventReader, FrameReader, FramingError, NdjsonReader, SseReader, WireEvent


def read(reader: FrameReader, *chunks: bytes) -> list[WireEvent]:
    events = [event for chunk in chunks for event in reader.feed(chunk)]
    return events + reader.close()


def data(*chunks: bytes) -> list[str]:
    return [event.data for event in read(SseReader(), *chunks)]


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        pytest.param(b"data: a\n\ndata: b\n\n", ["a", "b"], id="line feeds"),
        pytest.param(b"data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"], id="CRLF, as Gemini sends"),
        pytest.param(b"data: a\r\rdata: b\r\r", ["a", "b"], id="carriage returns only"),
        pytest.param(b"\xef\xbb\xbfdata: a\n\n", ["a"], id="byte order mark"),
        pytest.param(b"data:a\n\n", ["a"], id="no space after the colon"),
        pytest.param(b"data:  a\n\n", [" a"], id="only one space belongs to the field"),
        pytest.param(b"data: a\ndata: b\n\n", ["a\nb"], id="several data lines"),
        pytest.param(b"data\n\ndata: a\n\n", ["a"], id="field without a colon"),
        pytest.param(b": OPENROUTER PROCESSING\n\ndata: a\n\n", ["a"], id="comments"),
        pytest.param(b"id: 1\nretry: 5\n\ndata: a\n\n", ["a"], id="an event of other fields only"),
        pytest.param(b"data: \n\ndata:\n\ndata: a\n\n", ["a"], id="empty data as keep-alive"),
        pytest.param(b'data: {"a": 1}   \n\n', ['{"a": 1}   '], id="Anthropic's padding"),
        pytest.param("data: a\u2028b\u0085c\x0bd\n\n".encode(), ["a\u2028b\u0085c\x0bd"], id="line ends that are none"),
        pytest.param(b"data: a\n\ndata: b", ["a", "b"], id="last event without its blank line"),
        pytest.param(b"data: \xff\xfe\n\n", ["\ufffd\ufffd"], id="bytes that are no UTF-8"),
        pytest.param(b"", [], id="nothing"),
    ],
)  # fmt: skip
def test_an_event_is_read_as_the_standard_says_however_it_is_cut(wire: bytes, expected: list[str]) -> None:
    assert data(wire) == expected
    assert data(*(wire[at : at + 1] for at in range(len(wire)))) == expected


def test_an_event_has_its_name_and_the_next_one_does_not() -> None:
    events = read(SseReader(), b"event: error\ndata: a\n\ndata: b\n\n")
    assert [(event.name, event.data) for event in events] == [("error", "a"), ("", "b")]


def test_a_line_end_shared_by_two_chunks_is_one_line_end() -> None:
    assert data(b"data: a\r", b"\ndata: b\r", b"\n\r", b"\n") == ["a\nb"]


def test_an_event_is_there_as_soon_as_its_blank_line_is() -> None:
    reader = SseReader()
    assert list(reader.feed(b"data: a\r\r")) == [WireEvent("a")]
    assert list(reader.feed(b"data: b\n\n")) == [WireEvent("b")]


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), min_size=1).filter(str.strip)
    ),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.integers(1, 9), min_size=1),
)
@settings(deadline=None)
def test_any_text_survives_any_cut_and_any_line_end(texts: list[str], end: str, sizes: list[int]) -> None:
    wire = "".join(f"data: {text}{end}{end}" for text in texts).encode()
    chunks: list[bytes] = []
    at = 0
    while at < len(wire):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(wire[at : at + size])
        at += size
    assert data(*chunks) == texts


@given(st.binary(max_size=300), st.integers(1, 7))
@settings(deadline=None)
def test_no_bytes_at_all_break_the_reader_and_the_cut_never_matters(wire: bytes, size: int) -> None:
    for reader in (SseReader, NdjsonReader):
        pieces = [wire[at : at + size] for at in range(0, len(wire), size)]
        assert read(reader(), *pieces) == read(reader(), wire)


@pytest.mark.parametrize("reader", [SseReader, NdjsonReader])
def test_a_line_without_an_end_does_not_fill_the_memory(reader: type[SseReader | NdjsonReader]) -> None:
    endless = reader(limit_bytes=1000)
    with pytest.raises(FramingError, match="longer than"):
        for _ in range(100):
            list(endless.feed(b"data: " + b"y" * 100))


def test_an_event_of_endlessly_many_lines_does_not_fill_the_memory() -> None:
    reader = SseReader(limit_bytes=1000)
    with pytest.raises(FramingError, match="longer than"):
        for _ in range(100):
            list(reader.feed(b"data: " + b"y" * 100 + b"\n"))


def test_json_lines_are_cut_at_newlines_only() -> None:
    text = json.dumps({"a": "x\u2028y"}, ensure_ascii=False)
    wire = f"{text}\r\n\n{text}".encode()
    assert [event.data for event in read(NdjsonReader(), wire[:9], wire[9:])] == [text, text]


def frame(payload: bytes, **headers: str) -> bytes:
    block = b""
    for name, value in headers.items():
        key = f":{name.replace('_', '-')}".encode()
        block += bytes([len(key)]) + key + b"\x07" + len(value).to_bytes(2, "big") + value.encode()
    block += b"\x03int\x04\x00\x00\x00\x07"  # a header of another type, to be passed over
    prelude = (16 + len(block) + len(payload)).to_bytes(4, "big") + len(block).to_bytes(4, "big")
    body = prelude + zlib.crc32(prelude).to_bytes(4, "big") + block + payload
    return body + zlib.crc32(body).to_bytes(4, "big")


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_binary_frames_are_read_however_they_are_cut(size: int) -> None:
    wire = frame(b'{"a": 1}', event_type="messageStart") + frame(
        b'{"message": "slow"}', exception_type="throttlingException"
    )
    events = read(AwsEventReader(), *(wire[at : at + size] for at in range(0, len(wire), size)))
    assert events == [
        WireEvent('{"a": 1}', "messageStart"),
        WireEvent('{"message": "slow"}', "throttlingException", is_exception=True),
    ]


@given(st.integers(0, 60), st.integers(1, 255))
def test_a_damaged_frame_is_refused_and_never_misread(place: int, change: int) -> None:
    wire = bytearray(frame(b'{"a": 1}', event_type="messageStart"))
    wire[place % len(wire)] ^= change
    with pytest.raises(FramingError):
        list(AwsEventReader().feed(bytes(wire) + b"\0" * 70000))


def test_half_a_frame_at_the_end_is_no_event() -> None:
    assert read(AwsEventReader(), frame(b"{}", event_type="x")[:-1]) == []


def test_events_before_a_damaged_one_are_given() -> None:
    feed = AwsEventReader().feed(frame(b"{}", event_type="x") + b"\0\0\0\x20" + b"?" * 40)
    assert next(feed) == WireEvent("{}", "x")
    with pytest.raises(FramingError):
        next(feed)
