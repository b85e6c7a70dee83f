"""A conversation as Markdown for people: the active branch, who said what and when, what it cost.

What a model wrote stays Markdown, but cannot reach out of its place: pictures and HTML are shown as text (a viewer
would fetch them), an open fence ends with its message. Names what it leaves out.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import quote

from tui.bounds import json_object, whole_number
from tui.figures import counted, size
from tui.formats.document import behind, call_title, heading, iso, note, strands, thinking_title
from tui.formats.neutral import neutral, plain
from tui.formats.side_files import side_file_names
from tui.formats.tool_calls import StoredCall, tool_calls
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
    for number, strand in enumerate(strands(messages, branch) if branches else (), 2):
        blocks += [f"# Branch {number}", f"*{behind(strand, messages, plain)}*"]
        for message in strand:
            blocks += _section(message, attachments, places)
    if others := len(messages) - len(written):
        blocks.append(f"*Left out: {counted(others, 'message')} on other branches; `--branches` and JSON have them.*")
    return "\n\n".join(blocks) + "\n"


def _front_matter(conversation: Conversation, branch: Sequence[Message]) -> str:
    replies = [message for message in branch if message.kind == "reply"]
    usages = [json_object(message.usage) for message in replies]
    models = list(dict.fromkeys(message.model for message in replies)) or list(filter(None, [conversation.model]))
    prices = [message.price for message in replies if message.price is not None]
    return "\n".join(
        [
            "---",
            f"title: {_quoted(conversation.title)}",
            f"id: {_quoted(conversation.id)}",
            "models:",
            *(f"  - {_quoted(model)}" for model in models),
            f"created: {iso(conversation.created_at)}",
            f"updated: {iso(conversation.updated_at)}",
            *(["tags:", *(f"  - {_quoted(tag)}" for tag in conversation.tags)] if conversation.tags else []),
            f"messages: {len(branch)}",
            f"input_tokens: {_total(usages, 'input')}",
            f"output_tokens: {_total(usages, 'output')}",
            f"tokens_estimated: {'true' if any(usage.get('estimated') for usage in usages) else 'false'}",
            f"cost_usd: {_decimal(sum(prices, Decimal())) if prices else 'null'}",
            f"cost_complete: {'true' if len(prices) == len(replies) else 'false'}",
            "---",
        ]
    )


def _section(message: Message, attachments: Iterable[Attachment], places: Mapping[str, str]) -> list[str]:
    files = [file for file in attachments if file.message_id == message.id]
    blocks = [f"## {heading(message, plain)}", *(_attached(file, places.get(file.hash, "")) for file in files)]
    if message.thinking.strip():
        blocks += [f"<details>\n<summary>{thinking_title(message)}</summary>", neutral(message.thinking), "</details>"]
    for call in tool_calls(message):
        blocks += _tool_call(call)
    if message.text.strip():
        blocks.append(neutral(message.text))
    title, sentence = note(message, plain)
    if title:
        blocks.append(f"> **{title}** — {sentence}")
    return blocks


def _tool_call(call: StoredCall) -> list[str]:
    """A call with its arguments, whether it was allowed to run, and what it gave back."""
    texts = [_fenced(text, info) for text, info in ((call.arguments, "json"), (call.result, "")) if text.strip()]
    return [f"<details>\n<summary>{escape(call_title(call))}</summary>", *texts, "</details>"]


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


def _switch(line: SwitchLine) -> str:
    return f"*Model switched: {plain(line.previous)} → {plain(line.model)}*"


def _total(usages: Iterable[dict[str, Any]], key: str) -> str:
    known = [count for usage in usages if (count := whole_number(usage.get(key))) is not None]
    return str(sum(known)) if known else "null"


def _decimal(amount: Decimal) -> str:
    """Without an exponent and without zeros at the end."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _quoted(text: str) -> str:
    """A YAML string in double quotes, which are JSON's; what YAML does not call printable is escaped."""
    line = json.dumps(portable_line(text), ensure_ascii=False)
    return line.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
