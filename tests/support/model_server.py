"""A server of models on this machine that speaks Chat Completions: lists two, and answers everything at once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tui.agent.models.schema_values import ValueGenerator

MODELS = ("gpt-5.6", "claude-sonnet-5")


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._send("application/json", json.dumps({"data": [{"id": name} for name in MODELS]}))

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        chunk = {"id": "1", "choices": [{"index": 0, "delta": _delta(asked), "finish_reason": "stop"}]}
        self._send("text/event-stream", f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n")

    def _send(self, kind: str, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing is printed."""


def _delta(asked: dict[str, Any]) -> dict[str, Any]:
    """Words; where an answer by a schema is wanted, one that fits it."""
    for tool in asked.get("tools", ()):
        if tool["function"]["name"] == "final_result":
            arguments = json.dumps(ValueGenerator(tool["function"]["parameters"], 0).generate())
            call = {"name": "final_result", "arguments": arguments}
            return {"tool_calls": [{"index": 0, "id": "call-1", "type": "function", "function": call}]}
    return {"content": "A chinwag is a friendly talk."}


@contextmanager
def model_server() -> Iterator[str]:
    """Serve until the end of the block; gives the address up to `/v1`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
