"""Our engine with its adapters, beside the vendors' SDKs and pydantic-ai: `python -m tests.bench.adapters`.

    CHINWAG_SDKS=PYTHON CHINWAG_PYDANTIC_AI_CURRENT=PYTHON python -m tests.bench.adapters [--events 20000] [--rounds 3]

All get the same recorded bytes over HTTP from this machine, one event of text of which comes so many times, and give
pieces of text. CHINWAG_SDKS names a Python that has openai, anthropic and google-genai, the other one that has
`pydantic-ai-slim[openai,anthropic,google]`; what is not named is left out. Each measurement is a process of its own.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests" / "recorded" / "data"
MODEL, KEY = "a-model", "none"
Read = Callable[[str], AsyncIterator[object]]
"""Reads one reply of a server, given its address."""

APIS: dict[str, tuple[str, str, bytes]] = {
    "openai-chat": ("llamacpp-chat-text.json", "/chat/completions", b'"content":"'),
    "openai-responses": ("llamacpp-responses-text.json", "/responses", b"event: response.output_text.delta"),
    "anthropic": ("llamacpp-anthropic-text.json", "/messages", b'"text_delta"'),
    "gemini": ("gemini-thinking-tool.sse", ":streamGenerateContent", b'"Let me look."'),
}
"""For each the recording, how its address ends, and by what an event of text is known."""


def body_of(api: str, events: int) -> bytes:
    """The recorded stream, with its first event of text so many times; its calls of tools are left out."""
    name, _, known = APIS[api]
    data = (RECORDED / name).read_bytes()
    body = json.loads(data)["response"]["body"].encode() if name.endswith(".json") else data
    recorded = [
        event for event in body.replace(b"\r", b"").split(b"\n\n") if event.strip() and b"functionCall" not in event
    ]
    at = next(index for index, event in enumerate(recorded) if known in event)
    return b"\n\n".join([*recorded[:at], *[recorded[at]] * events, *recorded[at + 1 :]]) + b"\n\n"


@contextmanager
def served(events: int) -> Iterator[str]:
    """A server that answers each API with its stream."""
    bodies = {ending: body_of(api, events) for api, (_, ending, _) in APIS.items()}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            path = self.path.partition("?")[0]
            self.wfile.write(next(body for ending, body in bodies.items() if path.endswith(ending)))

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


async def _pieces(agent: Any) -> AsyncIterator[object]:
    async with agent.run_stream("Hello") as result:
        async for piece in result.stream_text(delta=True, debounce_by=None):
            yield piece


def chinwag(api: str) -> Read:
    """Ours: agent, loop and adapter."""
    from dataclasses import replace

    from tui.agent import Agent
    from tui.agent.models.infer import adapter_module, model_of
    from tui.agent.providers import VENDORS, Provider

    vendor = next(replace(VENDORS["openai"], api=each.api) for each in VENDORS.values() if each.api == api)
    import_module(adapter_module(vendor.api))
    return lambda url: _pieces(Agent(model_of(Provider(vendor, base_url=url, api_key=KEY), MODEL)))


_OF_PYDANTIC_AI = {
    "openai-chat": ("openai", "OpenAIChatModel", "OpenAIProvider"),
    "openai-responses": ("openai", "OpenAIResponsesModel", "OpenAIProvider"),
    "anthropic": ("anthropic", "AnthropicModel", "AnthropicProvider"),
    "gemini": ("google", "GoogleModel", "GoogleProvider"),
}


def pydantic_ai(api: str) -> Read:
    """The same of pydantic-ai."""
    name, model_name, provider_name = _OF_PYDANTIC_AI[api]
    agent = import_module("pydantic_ai").Agent
    model = getattr(import_module(f"pydantic_ai.models.{name}"), model_name)
    provider = getattr(import_module(f"pydantic_ai.providers.{name}"), provider_name)
    return lambda url: _pieces(agent(model(MODEL, provider=provider(base_url=url, api_key=KEY))))


def sdk(api: str) -> Read:
    """The vendor's own client, which knows neither agents nor tools."""
    module = import_module({"anthropic": "anthropic", "gemini": "google.genai"}.get(api, "openai"))
    messages = [{"role": "user", "content": "Hello"}]

    def ask(url: str) -> Any:
        match api:
            case "openai-chat":
                client = module.AsyncOpenAI(base_url=url, api_key=KEY)
                return client.chat.completions.create(model=MODEL, messages=messages, stream=True)
            case "openai-responses":
                client = module.AsyncOpenAI(base_url=url, api_key=KEY)
                return client.responses.create(model=MODEL, input="Hello", stream=True)
            case "anthropic":
                client = module.AsyncAnthropic(base_url=url, api_key=KEY)
                return client.messages.create(model=MODEL, max_tokens=100, messages=messages, stream=True)
        client = module.Client(api_key=KEY, http_options={"base_url": url})
        return client.aio.models.generate_content_stream(model=MODEL, contents="Hello")

    async def read(url: str) -> AsyncIterator[object]:
        async for event in await ask(url):
            yield event

    return read


ENGINES = {"chinwag": chinwag, "SDK": sdk, "pydantic-ai": pydantic_ai}


def measure(engine: str, api: str, short: str, long: str) -> dict[str, float]:
    """CPU of the import and of a stream, and its memory; meant for a process of its own."""
    cpu = time.process_time()
    read = ENGINES[engine](api)
    imported_s = time.process_time() - cpu

    async def count(url: str) -> int:
        return sum([1 async for _ in read(url)])

    asyncio.run(count(short))
    before_kb, cpu = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    seen = asyncio.run(count(long))
    used_s = time.process_time() - cpu
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
    return {"import ms": imported_s * 1_000, "us": used_s / seen * 1e6, "MB": grown_kb / 1024, "seen": seen}


def _in_a_process(python: str, *arguments: str) -> dict[str, float]:
    command = [python, str(Path(__file__).resolve()), "--measure", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LOGFIRE_IGNORE_NO_CONFIG": "1"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}: {done.stderr.strip()}")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def compare(events: int, rounds: int) -> None:
    """Print the table."""
    pythons = {"chinwag": sys.executable}
    for engine, variable in (("SDK", "CHINWAG_SDKS"), ("pydantic-ai", "CHINWAG_PYDANTIC_AI_CURRENT")):
        if python := os.environ.get(variable):
            pythons[engine] = python
    print(f"{events:,} events of text, medians of {rounds}, load average {os.getloadavg()[0]:.1f}\n")
    print("| | | events a second of CPU | beside ours | grown by, MB | import, ms of CPU |\n|---|---|---|---|---|---|")
    with served(1) as short, served(events) as long:
        for api in APIS:
            runs: dict[str, list[dict[str, float]]] = {engine: [] for engine in pythons}
            for _ in range(rounds):
                for engine, python in pythons.items():
                    runs[engine].append(_in_a_process(python, engine, api, short, long))
            middle = {
                engine: {name: statistics.median(run[name] for run in found) for name in found[0]}
                for engine, found in runs.items()
            }
            for engine, each in middle.items():
                factor = each["us"] / middle["chinwag"]["us"]
                figures = f"{1e6 / each['us']:,.0f} | {factor:.1f}x | {each['MB']:.1f} | {each['import ms']:.0f}"
                print(f"| {api} | {engine} | {figures} |", flush=True)


def main() -> None:
    """Compare, or, as a process of its own, measure one thing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", nargs=4, metavar=("ENGINE", "API", "SHORT", "LONG"))
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(*options.measure)))
    else:
        compare(options.events, options.rounds)


if __name__ == "__main__":
    main()
