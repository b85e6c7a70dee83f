"""Events as the bytes in which providers send them."""

import json
import zlib
from typing import Any


def sse_bytes(*events: Any, done: bool = False, end: str = "\n", named: bool = False) -> bytes:
    """Server-sent events: JSON values, or texts that go as they are; `named` adds the event's type as its name."""
    wire = ""
    for event in events:
        data = event if isinstance(event, str) else json.dumps(event)
        if named and isinstance(event, dict):
            wire += f"event: {event['type']}{end}"
        wire += f"data: {data}{end}{end}"
    return (wire + (f"data: [DONE]{end}{end}" if done else "")).encode()


def lines_bytes(*values: Any) -> bytes:
    """JSON values, one a line."""
    return "".join(f"{value if isinstance(value, str) else json.dumps(value)}\n" for value in values).encode()


def aws_frame(name: str, payload: Any, *, exception: bool = False) -> bytes:
    """One binary frame of AWS's event stream."""
    body = json.dumps(payload).encode()
    kind = ("exception-type", "exception") if exception else ("event-type", "event")
    block = b""
    for key, value in ((kind[0], name), ("content-type", "application/json"), ("message-type", kind[1])):
        block += bytes([len(key) + 1]) + f":{key}".encode() + b"\x07" + len(value).to_bytes(2, "big") + value.encode()
    prelude = (16 + len(block) + len(body)).to_bytes(4, "big") + len(block).to_bytes(4, "big")
    frame = prelude + zlib.crc32(prelude).to_bytes(4, "big") + block + body
    return frame + zlib.crc32(frame).to_bytes(4, "big")
