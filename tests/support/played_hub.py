"""A hub and an Ollama that play what the real ones do: sizes, hashes, ranges, layers; and faults on demand."""

import asyncio
import hashlib
import json
from collections.abc import Sequence

from tests.support.protocol_server import Answer, ProtocolServer, Seen, Step, json_answer

WEIGHTS = b"GGUF" + bytes(range(256)) * 400
SHA = hashlib.sha256(WEIGHTS).hexdigest()
NAME = "Acme-7B-Q4_K_M.gguf"


class PlayedHub:
    """A hub with one repository; `cuts` are the bytes after which each of its first answers breaks off.

    Attributes:
        gate: closed, it holds each file after its first 5,000 bytes.
        tells_size: it says how long a file is of which a range was asked that is not there.
    """

    def __init__(self, *cuts: int, weights: bytes = WEIGHTS, ranges: bool = True, sha: str = SHA) -> None:
        self.cuts = list(cuts)
        self.weights = weights
        self.ranges = ranges
        self.sha = sha
        self.gate = asyncio.Event()
        self.gate.set()
        self.tells_size = True
        self.server = ProtocolServer(respond=self.respond)

    def respond(self, seen: Seen) -> Answer:
        if seen.path.startswith("/api/models/"):
            blob = {"rfilename": NAME, "size": len(WEIGHTS), "lfs": {"size": len(WEIGHTS), "sha256": self.sha}}
            return json_answer({"siblings": [{"rfilename": "README.md", "size": 3}, blob]})
        start = 0
        if self.ranges and "range" in seen.headers:
            start = int(seen.headers["range"].removeprefix("bytes=").removesuffix("-"))
        if start >= len(self.weights):
            told = {"content-range": f"bytes */{len(self.weights)}"} if self.tells_size else {}
            return Answer([b"Nothing there."], 416, "text/plain", told)
        body = self.weights[start:]
        headers = {"content-range": f"bytes {start}-{len(self.weights) - 1}/{len(self.weights)}"} if start else {}
        status = 206 if start else 200
        if self.cuts:
            return Answer([body[: self.cuts.pop(0)]], status, "application/octet-stream", headers, end="cut")
        return Answer([body[:5_000], self.gate, body[5_000:]], status, "application/octet-stream", headers)

    @property
    def asked(self) -> list[str]:
        return [seen.headers.get("range", "") for seen in self.server.requests if seen.path.startswith("/acme")]


class PlayedOllama:
    """An Ollama with models of some size; one that is pulled comes in two steps, `gate` between them."""

    def __init__(self, **models: int) -> None:
        self.models = {name.replace("_", ":"): size for name, size in models.items()}
        self.gate = asyncio.Event()
        self.server = ProtocolServer(respond=self.respond)

    def respond(self, seen: Seen) -> Answer:
        match seen.method, seen.path:
            case "GET", "/api/tags":
                return json_answer({"models": [{"name": name, "size": size} for name, size in self.models.items()]})
            case "POST", "/api/show":
                return json_answer({"capabilities": ["completion"]})
            case "DELETE", "/api/delete" if seen.body["model"] in self.models:
                del self.models[seen.body["model"]]
                return json_answer({})
            case "POST", "/api/pull":
                self.models[seen.body["model"]] = 100
                lines = [
                    {"status": "pulling manifest"},
                    {"status": "pulling a", "digest": "a", "total": 100, "completed": 40},
                    {"status": "pulling a", "digest": "a", "total": 100, "completed": 100},
                    {"status": "success"},
                ]
                steps: Sequence[Step] = [json.dumps(line).encode() + b"\n" for line in lines]
                return Answer([*steps[:2], self.gate, *steps[2:]], content_type="application/x-ndjson")
            case _:
                return json_answer({"error": "model not found"}, 404)
