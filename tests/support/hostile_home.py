"""A home in which everything that comes from outside is hostile: chats, their names and files, prompts, servers."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from tests.support.exports import dumped, request, response
from tests.support.hostile import printable
from tests.support.library import conversation, prompt, reply
from tests.support.servers import PlayedServer, PlayedServers, text
from tui.chat.ids import new_id
from tui.chat.replies.events import Failure
from tui.chat.replies.failures import failure_to_json
from tui.config import Config, SettingValues, SetValue
from tui.mcp.values import McpPrompt, McpResource, McpTool
from tui.paths import config_dir
from tui.store import conversations
from tui.store.database import Database
from tui.store.records import Attachment, Conversation, Message


def hostile_chat(words: str) -> tuple[Conversation, list[Message], list[Attachment]]:
    """A chat with files, thoughts, tool calls, links, code, tables, a failed reply, and two branches."""
    name = f"{words}.txt"
    chat = replace(
        conversation(words, model=f"fake:{words}"),
        tags=("ordinary",),
        settings=json.dumps({"system_prompt": words, "tools": "bad:*"}),
        updated_at=datetime.now(UTC),
    )
    file = {"kind": "attachment", "hash": "aa", "name": name, "media_type": "text/plain"}
    asked = prompt(chat, words)
    asked = replace(asked, payload=dumped(request([words, file])))
    call = {"tool_name": words, "args": {words: words}, "tool_call_id": "1", "part_kind": "tool-call"}
    returned = {
        "tool_name": words, "content": words, "tool_call_id": "1", "timestamp": "2026-11-22T12:00:00Z",
        "part_kind": "tool-return",
    }  # fmt: skip
    cell = words.replace("|", "")
    said = (
        f"{words}\n\n# {words}\n\n> {words}\n\n- {words}\n\n| {cell} | b |\n|-|-|\n| `{cell}` | **{cell}** |\n\n"
        f'```{words}\n{words}\n```\n\n[{words}](https://example.org/{words} "{words}")'
        f" ![{words}](https://example.org/x)\n\n$\\frac{{{words}}}{{2}}$\n\n<b onclick='{words}'>{words}</b>"
        f" https://example.org/?{words}\n\n[^1]: {words}\n"
    )
    answered = replace(
        reply(chat, asked, said, model=f"fake:{words}"),
        thinking=words,
        usage='{"input": 1000, "output": 200, "requests": 1}',
        price=Decimal("0.01"),
        created_at=datetime.now(UTC),
        payload=dumped(
            response([{"content": words, "part_kind": "thinking", "id": None, "signature": None}, call]),
            {"parts": [returned], "kind": "request"},
            response([{"content": said, "part_kind": "text"}]),
        ),
    )
    failure = Failure("server", words, words, words, words, words, 500, words)
    failed = replace(
        reply(chat, asked, words, model=f"fake:{words}"), state="failed", failure=failure_to_json(failure), text="half"
    )
    later = prompt(chat, words, parent=answered)
    files = [Attachment("aa", asked.id, name, "text/plain", words.encode("utf-8", "replace"))]
    return replace(chat, active_leaf=later.id), [asked, failed, answered, later], files


async def fill(path: Path, words: str) -> str:
    """Put such a chat, a deleted and an archived one into a library; the id of the first."""
    database = Database(path)
    await database.open()
    chat, messages, files = hostile_chat(words)

    plain = conversation("Nothing special")
    said = prompt(plain, words)

    def write(connection: Connection) -> None:
        conversations.save_conversation(connection, replace(plain, active_leaf=said.id))
        conversations.append(connection, [said])
        for one in (chat, *(replace(chat, id=new_id(), active_leaf=None, **kept) for kept in _ELSEWHERE)):
            conversations.save_conversation(connection, one)
        conversations.append(connection, messages, files)

    await database.run(write)
    await database.close()
    return chat.id


_ELSEWHERE: tuple[dict[str, Any], ...] = ({"archived": True}, {"deleted_at": datetime.now(UTC)}, {"pinned": True})


def hostile_servers(words: str) -> PlayedServers:
    """A tool server that is hostile in all that it says."""
    schema = {"type": "object", "title": words, "properties": {words: {"type": "string", "description": words}}}
    tools = (McpTool("bad", "look", words, words, schema), McpTool("bad", words, words, words, schema))
    return PlayedServers(
        PlayedServer(
            "bad",
            tools,
            resources=(McpResource("bad", f"note:///{words}", words, words, words, words),),
            prompts=(McpPrompt("bad", words, words, words),),
            answers={"look": text(words), f"note:///{words}": text(words)},
            state="ready",
        ),
        PlayedServer("broken", becomes="failed", problem=words),
    )


def configure(words: str, folder: Path) -> Config:
    """A configuration that shows everything, prompts of the person's, and files with hostile names in `folder`."""
    prompts = config_dir() / "prompts"
    prompts.mkdir(parents=True, exist_ok=True)
    body = words.encode("utf-8", "replace").decode().replace("{{", "")
    name = _file_name(words)
    (prompts / f"{name}.md").write_text(f"---\ndescription: {json.dumps(body)}\n---\n{body} {{{{what}}}}\n")
    (prompts / "odd.md").write_text(f"{body}\n")
    (folder / f"{name}.txt").write_text(body)
    (folder / f"{name}").mkdir(exist_ok=True)
    return Config(
        folder / "config.toml",
        settings=SettingValues((SetValue("notifications", "osc9", "config.toml"),)),
    )


def _file_name(words: str) -> str:
    """As much of hostile words as a file system takes."""
    data = words.replace("/", "").replace("\0", "").encode("utf-8", "replace")[:200]
    return data.decode("utf-8", "ignore") or printable(words)
