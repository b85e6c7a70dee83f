"""A conversation as Markdown for people: the active branch, who said what and when, what it cost.

What a model wrote stays Markdown, but cannot reach out of its place: pictures and HTML are shown as text (a viewer
would fetch them), an open fence ends with its message. Names what it leaves out.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import quote

from tui.bounds import json_object, whole_number
from tui.figures import counted, money, seconds, size, tokens
from tui.formats.neutral import neutral, plain
from tui.formats.side_files import side_file_names
from tui.formats.tool_calls import StoredCall, tool_calls
from tui.model_id import ModelId
from tui.store.records import Attachment, Conversation, Message, SwitchLine, branch_of, switch_lines
from tui.text import portable, portable_line


def write(
    conversation: Conversation,
    messages: Sequence[Message],
    attachments: Sequence[Attachment] = (),
    folder: str = "",
    *,
    branches: bool = False,
) -> str:
    """The document: YAML front-matter, then one section per message, oldest first; other branches below, if wanted.

    Attached files are linked in the `folder` beside it; without one they are only named.
    """
    branch = branch_of(messages, conversation.active_leaf)
    switches = {line.before: line for line in switch_lines(branch, conversation.model)}
    written = messages if branches else branch
    on_paper = {message.id for message in written}
    names = side_file_names(file for file in attachments if file.message_id in on_paper) if folder else {}
    places = {hash: quote(f"{folder}/{name}") for hash, name in names.items()}
    blocks = [_front_matter(conversation, written), f"# {plain(conversation.title) or 'Untitled'}"]
    for message in branch:
        if line := switches.get(message.id):
            blocks.append(_switch(line))
        blocks += _section(message, attachments, places)
    if line := switches.get(None):
        blocks.append(_switch(line))
    for number, strand in enumerate(_strands(messages, branch) if branches else (), 2):
        above = next((message for message in messages if message.id == strand[0].parent_id), None)
        behind = "*From the start of the chat*" if above is None else f"*Behind: {_heading(above)}*"
        blocks += [f"# Branch {number}", behind]
        for message in strand:
            blocks += _section(message, attachments, places)
    if others := len(messages) - len(written):
        blocks.append(f"*Left out: {counted(others, 'message')} on other branches; `--branches` and JSON have them.*")
    return "\n\n".join(blocks) + "\n"


def _front_matter(conversation: Conversation, branch: Sequence[Message]) -> str:
    replies = [message for message in branch if message.kind == "reply"]
    usages = [json_object(message.usage) for message in replies]
    models = list(dict.fromkeys(message.model for message in replies)) or [conversation.model]
    prices = [message.price for message in replies if message.price is not None]
    return "\n".join(
        [
            "---",
            f"title: {_quoted(conversation.title)}",
            f"id: {_quoted(conversation.id)}",
            "models:",
            *(f"  - {_quoted(model)}" for model in models),
            f"created: {_iso(conversation.created_at)}",
            f"updated: {_iso(conversation.updated_at)}",
            f"messages: {len(branch)}",
            f"input_tokens: {_total(usages, 'input')}",
            f"output_tokens: {_total(usages, 'output')}",
            f"tokens_estimated: {'true' if any(usage.get('estimated') for usage in usages) else 'false'}",
            f"cost_usd: {_decimal(sum(prices, Decimal())) if prices else 'null'}",
            f"cost_complete: {'true' if len(prices) == len(replies) else 'false'}",
            "---",
        ]
    )


def _strands(messages: Sequence[Message], shown: Sequence[Message]) -> list[list[Message]]:
    """What is not shown, as runs of messages that follow each other; each begins where its branch does."""
    strands: list[list[Message]] = []
    ends: dict[str, list[Message]] = {}  # by the id of the last message so far
    known = {message.id for message in shown}
    for message in messages:
        if message.id in known:
            continue
        strand = ends.pop(message.parent_id, None) if message.parent_id is not None else None
        if strand is None:
            strands.append(strand := [])
        strand.append(message)
        ends[message.id] = strand
    return strands


def _section(message: Message, attachments: Iterable[Attachment], places: Mapping[str, str]) -> list[str]:
    files = [file for file in attachments if file.message_id == message.id]
    blocks = [f"## {_heading(message)}", *(_attached(file, places.get(file.hash, "")) for file in files)]
    if message.thinking.strip():
        spent = "" if message.thinking_ms is None else f" · {seconds(message.thinking_ms / 1000)}"
        blocks += [f"<details>\n<summary>Thinking{spent}</summary>", neutral(message.thinking), "</details>"]
    for call in tool_calls(message):
        blocks += _tool_call(call)
    if message.text.strip():
        blocks.append(neutral(message.text))
    if note := _note(message):
        blocks.append(f"> {note}")
    return blocks


def _tool_call(call: StoredCall) -> list[str]:
    """A call with its arguments, whether it was allowed to run, and what it gave back."""
    name = call.name.removeprefix(f"{call.server}_")
    tool = escape(portable_line(f"{call.server} · {name}" if name != call.name else name, 120))
    took = "" if call.duration_ms is None else seconds(call.duration_ms / 1000)
    facts = " · ".join(filter(None, (call.outcome, call.approval, took)))
    texts = [_fenced(text, info) for text, info in ((call.arguments, "json"), (call.result, "")) if text.strip()]
    return [f"<details>\n<summary>Tool: {tool} — {facts}</summary>", *texts, "</details>"]


def _fenced(text: str, info: str) -> str:
    """A text as code, out of which nothing in it can reach."""
    safe = portable(text).strip("\n")
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", safe)), default=0))
    return f"{fence}{info}\n{safe}\n{fence}"


def _attached(file: Attachment, place: str) -> str:
    """A file by its name and where it lies; an image is shown."""
    figures = f"({plain(file.media_type)}, {size(len(file.data))})"
    if not place:
        return f"*Attached: {plain(file.name)} {figures}, not in this file*"
    link = f"[{plain(file.name)}]({place})"
    return f"*Attached: {link} {figures}*" + (f"\n\n!{link}" if file.media_type.startswith("image/") else "")


def _heading(message: Message) -> str:
    moment = message.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    if message.kind == "prompt":
        return f"You — {moment}"
    usage = json_object(message.usage)
    figures = [moment]
    if json_object(message.origin).get("kind") == "summary":
        figures.insert(0, "summary of what stands above")
    origin = json_object(message.origin)
    if origin.get("kind") == "fused" and isinstance(origin.get("models"), list):
        names = ", ".join(plain(str(model)) for model in origin["models"])
        figures.insert(0, f"from the answers of {names}")
    if usage.get("input") is not None or usage.get("output") is not None:
        figures.append(f"{_tokens(usage, 'input')} in → {_tokens(usage, 'output')} out tokens")
    if message.price is not None:
        figures.append(money(message.price) if message.price else "free")
    return f"{plain(ModelId.parse(message.model).label)} — {' · '.join(figures)}"


def _switch(line: SwitchLine) -> str:
    return f"*Model switched: {plain(line.previous)} → {plain(line.model)}*"


def _note(message: Message) -> str:
    if message.state == "interrupted":
        return "**Stopped** — the reply above is not complete."
    if message.state == "streaming":
        return "**Still arriving** — the reply was not complete when this file was written."
    if message.state == "failed":
        failure = json_object(message.failure)
        reason = " ".join(plain(str(failure[key]), 1000) for key in ("message", "hint") if failure.get(key))
        return f"**{plain(str(failure.get('title') or 'Failed'))}** — {reason or 'no complete reply came.'}"
    return ""


def _total(usages: Iterable[dict[str, Any]], key: str) -> str:
    known = [count for usage in usages if (count := whole_number(usage.get(key))) is not None]
    return str(sum(known)) if known else "null"


def _tokens(usage: dict[str, Any], key: str) -> str:
    return tokens(whole_number(usage.get(key)), estimated=bool(usage.get("estimated")))


def _decimal(amount: Decimal) -> str:
    """Without an exponent and without zeros at the end."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _quoted(text: str) -> str:
    """A YAML string in double quotes, which are JSON's; what YAML does not call printable is escaped."""
    line = json.dumps(portable_line(text), ensure_ascii=False)
    return line.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
