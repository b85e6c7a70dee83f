"""A server of MCP by the letter of the specification and without the SDK, which misbehaves as its arguments say.

Run as a program: `played_mcp_server.py FOLDER MODE...`. It leaves a file in the folder for what a test waits for:
`pid`, the name of a request that it lets hang ("/" as "."), `cancelled`. What a hostile one says may stand in
the folder as `hostile.json`, a text.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[1])
MODES = set(sys.argv[2:])
VERSION = "2025-11-25"

Message = dict[str, Any]


def tell(name: str, text: str = "") -> None:
    part = FOLDER / f"{name}.{os.getpid()}"
    part.write_text(text)
    part.rename(FOLDER / name)


def send(message: Message) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def notify(method: str, **params: Any) -> None:
    send({"method": f"notifications/{method}", "params": params})


def messages() -> Iterator[Message]:
    for line in sys.stdin:
        yield json.loads(line)


def tool(name: str, **more: Any) -> Message:
    return {"name": name, "inputSchema": {"type": "object", "properties": {}}, **more}


HOSTILE = "\x1b]0;owned\x07\u202eevil [bold red]@click\x00 " + "x" * 100
if (FOLDER / "hostile.json").exists():
    HOSTILE = json.loads((FOLDER / "hostile.json").read_text())
TOOLS: list[Message] = [
    tool("echo", description="Says it again.", annotations={"readOnlyHint": True, "title": "Echo"}),
    tool("grow"),
]
if "many tools" in MODES:
    TOOLS += [tool(f"tool{number}") for number in range(10_000)]
if "hostile" in MODES:
    deep: Any = {"type": "string"}
    for _ in range(80):
        deep = {"type": "object", "properties": {HOSTILE: deep}}
    TOOLS += [
        tool(HOSTILE, title=HOSTILE, description=HOSTILE * 1000, inputSchema=deep),
        tool("n" * 5000),
        tool("huge", inputSchema={"type": "object", "description": "d" * 200_000}),
        tool("pattern", outputSchema={"type": "object", "properties": {"a": {"type": "string", "pattern": "(a+)+$"}}}),
        tool("echo", description="a second one of that name"),
    ]


def with_hostile(*usual: Message, **fields: str) -> list[Message]:
    """What there is, and in a hostile server one more, of these fields."""
    return [*usual, *([fields] if "hostile" in MODES else [])]


def list_tools(params: Message) -> Message:
    if "endless cursor" in MODES:
        cursor = int(params.get("cursor", 0))
        return {"tools": [tool(f"page{cursor}")], "nextCursor": str(cursor + 1)}
    if "same cursor" in MODES:
        return {"tools": [tool("one")], "nextCursor": "again"}
    if "bad schema" in MODES:
        return {"tools": [{"name": "bad", "inputSchema": "none"}]}
    return {"tools": TOOLS}


def call(params: Message, request_id: Any) -> Message:
    if params["name"] not in CALLS:
        raise LookupError(f"there is no {params['name']}")
    return CALLS[params["name"]](params, request_id)


def text(words: Any, **more: Any) -> Message:
    return {"content": [{"type": "text", "text": words if isinstance(words, str) else json.dumps(words)}], **more}


def grow(params: Message, request_id: Any) -> Message:
    TOOLS.append(tool("grown"))
    for _ in range(200):
        notify("tools/list_changed")
    return text("grown")


def die(params: Message, request_id: Any) -> Message:
    sys.stderr.write("it broke: sk-proj-0123456789abcdefghijklmnop\n\x1b[31mboom\n")
    sys.stderr.flush()
    os._exit(7)


def progress(params: Message, request_id: Any) -> Message:
    for step in range(1, 4):
        notify(
            "progress", progressToken=params["_meta"]["progressToken"], progress=step, total=3, message=f"step {step}"
        )
    return text("done")


def environment(params: Message, request_id: Any) -> Message:
    return text({"env": dict(os.environ), "folder": str(Path.cwd()), "session": os.getsid(0)})


def million_notes(params: Message, request_id: Any) -> Message:
    for number in range(1_000_000):
        notify("message", level="info", data=f"line {number}")
    return text("done")


def gigabyte(params: Message, request_id: Any) -> Message:
    sys.stdout.write('{"jsonrpc": "2.0", "method": "')
    for _ in range(1 << 10):
        sys.stdout.write("x" * (1 << 20))
    return text("done")


def errors(params: Message, request_id: Any) -> Message:
    for _ in range(64):
        sys.stderr.write("e" * (1 << 16))
    sys.stderr.write("\nlast error\n")
    sys.stderr.flush()
    return text("done")


def ask_and_die(params: Message, request_id: Any) -> Message:
    request = {"message": "?", "requestedSchema": {"type": "object", "properties": {}}}
    send({"id": "ask", "method": "elicitation/create", "params": request})
    next(messages())  # which the test sends once it was asked
    os._exit(1)


def repeat_secrets(params: Message, request_id: Any) -> Message:
    words = f"I was given {os.environ['TOWN_KEY']}"
    send({"method": "notifications/message", "params": {"level": "info", "data": words}})
    raise LookupError(words)


def twice(params: Message, request_id: Any) -> Message:
    send({"id": request_id, "result": text("first")})
    return text("second")


def wrong_id(params: Message, request_id: Any) -> Message:
    send({"id": 10_000, "result": text("wrong")})
    send({"id": None, "error": {"code": 1, "message": "nobody's"}})
    return text("right")


def garbage(params: Message, request_id: Any) -> Message:
    for _ in range(1_000):
        sys.stdout.write("{not json\n")
    return text("done")


def raw(params: Message, request_id: Any) -> Message:
    """Answer with what stands in `raw`, byte by byte, "ID" in it replaced; and never again."""
    sys.stdout.buffer.write((FOLDER / "raw").read_bytes().replace(b"ID", json.dumps(request_id).encode()) + b"\n")
    sys.stdout.flush()
    for message in messages():
        answer(message)
    os._exit(0)


def visit_first(params: Message, request_id: Any) -> Message:
    page = {"mode": "url", "message": "Sign in", "url": "https://example.org/x", "elicitationId": "1"}
    send({"id": request_id, "error": {"code": -32042, "message": "not yet", "data": {"elicitations": [page]}}})
    return text("too late")


CALLS: dict[str, Callable[[Message, Any], Message]] = {
    "echo": lambda params, _: text(json.dumps(params.get("arguments"), sort_keys=True)),
    "grow": grow,
    "die": die,
    "fail": lambda params, _: text("no such town", isError=True),
    "progress": progress,
    "ask": lambda params, _: text(ask(params["arguments"])),
    "kinds": lambda params, _: {"content": kinds(), "structuredContent": {"answer": 42}},
    "pattern": lambda params, _: {"content": [], "structuredContent": {"a": "a" * 40 + "!"}},
    "environment": environment,
    "million notes": million_notes,
    "gigabyte": gigabyte,
    "errors": errors,
    "ask and die": ask_and_die,
    "repeat secrets": repeat_secrets,
    "twice": twice,
    "wrong id": wrong_id,
    "nonsense": lambda params, _: {"content": "text"},
    "garbage": garbage,
    "million values": lambda params, _: text("x", structuredContent={"rows": [[]] * 1_000_000}),
    "many parts": lambda params, _: {"content": [{"type": "text", "text": "x"}] * 5_000},
    "raw": raw,
    "visit first": visit_first,
}


def kinds() -> list[Message]:
    picture = "iVBORw0KGgoAAAANSUhEUg=="
    return [
        {"type": "text", "text": "words"},
        {"type": "image", "data": picture, "mimeType": "image/png"},
        {"type": "audio", "data": "AAEC", "mimeType": "audio/wav"},
        {"type": "image", "data": "*", "mimeType": "image/png"},
        {"type": "resource_link", "uri": "https://example.org/secret?x=1", "name": "a page"},
        {"type": "resource", "resource": {"uri": "note://1", "text": "a note", "mimeType": "text/plain"}},
        {"type": "resource", "resource": {"uri": "file:///a/b.bin", "blob": "AAEC"}},
    ]


def ask(request: Message) -> Message:
    """Ask the client something, and wait for its answer."""
    for number in range(request.pop("times", 1)):
        send({"id": f"ask {number}", **request})
    answers = (message for message in messages() if str(message.get("id", "")).startswith("ask"))
    answer = next(answers)
    return {key: answer[key] for key in ("result", "error") if key in answer}


def initialize(params: Message) -> Message:
    version = "1999-01-01" if "wrong version" in MODES else VERSION
    everything = {"tools": {"listChanged": True}, "resources": {}, "prompts": {}, "completions": {}, "logging": {}}
    capabilities = {"tools": {}} if "tools only" in MODES else everything
    info = {"name": "played", "version": "1.0\x1b[31m"}
    return {
        "protocolVersion": version,
        "capabilities": capabilities,
        "serverInfo": info,
        "instructions": "Be brief.",
        "_meta": {"client": sorted(params["capabilities"])},
    }


ANSWERS: dict[str, Callable[[Message], Message]] = {
    "initialize": initialize,
    "ping": lambda _: {},
    "tools/list": list_tools,
    "resources/list": lambda _: {
        "resources": with_hostile(
            {"uri": "note://1", "name": "note", "size": 6}, uri=f"note://{HOSTILE}", name=HOSTILE, mimeType=HOSTILE
        )
    },
    "resources/templates/list": lambda _: {"resourceTemplates": [{"uriTemplate": "note://{id}", "name": "any note"}]},
    "resources/read": lambda params: {"contents": [{"uri": params["uri"], "text": "a note"}]},
    "prompts/list": lambda _: {
        "prompts": with_hostile(
            {"name": "greet", "arguments": [{"name": "whom", "required": True}, {"name": "how"}]},
            name=HOSTILE,
            description=HOSTILE,
        )
    },
    "prompts/get": lambda params: {
        "messages": [
            {"role": "user", "content": {"type": "text", "text": f"Greet {params['arguments']['whom']}."}},
            {"role": "assistant", "content": {"type": "text", "text": "Hello."}},
        ]
    },
    "completion/complete": lambda params: {"completion": {"values": [params["argument"]["value"] + "na"]}},
}


def answer(message: Message) -> None:
    method, params, request_id = message["method"], message.get("params", {}), message["id"]
    if f"hang {method}" in MODES or (method == "tools/call" and params["name"] == "hang"):
        tell(method.replace("/", "."))
        return
    if f"die {method}" in MODES:
        sys.stderr.write(f"no licence {HOSTILE if 'hostile' in MODES else ''}\n")
        sys.stderr.flush()
        os._exit(3)
    try:
        if f"refuse {method}" in MODES or method not in ANSWERS | {"tools/call": None}:
            raise LookupError("Method not found")
        result = call(params, request_id) if method == "tools/call" else ANSWERS[method](params)
        send({"id": request_id, "result": result})
    except LookupError as error:
        send({"id": request_id, "error": {"code": -32601, "message": str(error)}})


def stay() -> None:
    """Be one that does not go, with a child that does not go either."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    tell("child", str(child.pid))


_DAEMON = """
import subprocess, sys
started = subprocess.Popen([sys.executable, "-c", *sys.argv[1:]], start_new_session=True, stdout=subprocess.PIPE)
started.stdout.readline()
print(started.pid)
"""
_TIDY = """
import pathlib, signal, sys, time

def end(*_):
    pathlib.Path(sys.argv[1]).write_text("it has tidied up")
    sys.exit()

signal.signal(signal.SIGTERM, end if len(sys.argv) > 1 else signal.SIG_IGN)
print(flush=True)
time.sleep(3600)
"""


def leave_a_daemon() -> None:
    """Start one that has a session of its own, and no parent any more."""
    tidies = [str(FOLDER / "tidied")] if "tidy" in MODES else []
    started = subprocess.run(
        [sys.executable, "-c", _DAEMON, _TIDY, *tidies], stdout=subprocess.PIPE, text=True, check=True
    )
    tell("daemon", started.stdout)


def main() -> None:
    if "stays" in MODES:
        stay()
    if "daemon" in MODES:
        leave_a_daemon()
    tell("pid", str(os.getpid()))
    if "chatty" in MODES:
        sys.stdout.write("Server is starting…\n\n")
    if "not mcp" in MODES:
        for number in range(1_000):
            sys.stdout.write(f"usage: this is no server ({number})\n")
        sys.stdout.flush()
    for message in messages():
        if message.get("method") == "notifications/cancelled":
            tell("cancelled", str(message["params"]["requestId"]))
        elif "method" in message and "id" in message:
            answer(message)
    while "stays" in MODES:
        time.sleep(3600)


if __name__ == "__main__":
    main()
