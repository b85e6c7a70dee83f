"""A conversation as plain text, 80 columns wide: for mail, for print, and for whoever reads it aloud.

Markdown of replies becomes what it means: a list has its signs, a link its address, code stands indented and unbroken.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from tui.figures import size
from tui.formats.document import behind, heading, iso, note, strands
from tui.formats.wrapping import columns, wrapped
from tui.store.records import Attachment, Conversation, Message, SwitchLine, branch_of, switch_lines
from tui.text import portable, portable_line

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

WIDTH = 80
_DEEPEST = 20
_CODE = ("fence", "code_block", "html_block")


def write(
    conversation: Conversation,
    messages: Sequence[Message],
    attachments: Sequence[Attachment] = (),
    *,
    branches: bool = False,
) -> str:
    """The text: title, dates, then the messages, oldest first; other branches below, if wanted."""
    branch = branch_of(messages, conversation.active_leaf)
    switches = {line.before: line for line in switch_lines(branch, conversation.model)}
    title = wrapped(portable_line(conversation.title) or "Untitled", WIDTH)
    blocks = [
        "\n".join([*title, "=" * max(map(columns, title))]),
        f"Created {iso(conversation.created_at)}, changed {iso(conversation.updated_at)}",
    ]
    for message in branch:
        blocks += _switch(switches.get(message.id)) + _section(message, attachments)
    blocks += _switch(switches.get(None))
    for number, strand in enumerate(strands(messages, branch) if branches else (), 2):
        line = f"Branch {number}"
        blocks += [f"{line}\n{'=' * len(line)}", "\n".join(wrapped(behind(strand, messages, portable_line), WIDTH))]
        for message in strand:
            blocks += _section(message, attachments)
    return "\n\n".join(block for block in blocks if block.strip()) + "\n"


def _section(message: Message, attachments: Iterable[Attachment]) -> list[str]:
    title = wrapped(heading(message, portable_line), WIDTH)
    blocks = ["\n".join([*title, "-" * max(map(columns, title))])]
    blocks += [_attached(file) for file in attachments if file.message_id == message.id]
    text = portable(message.text).strip("\n")
    blocks.append("\n".join(wrapped(text, WIDTH) if message.kind == "prompt" else _plain(text)))
    what, sentence = note(message, portable_line)
    return [*blocks, *(["\n".join(wrapped(f"{what}: {sentence}", WIDTH))] if what else [])]


def _attached(file: Attachment) -> str:
    figures = f"({portable_line(file.media_type)}, {size(len(file.data))})"
    return "\n".join(wrapped(f"Attached: {portable_line(file.name)} {figures}, not in this file", WIDTH))


def _switch(line: SwitchLine | None) -> list[str]:
    if line is None:
        return []
    return ["\n".join(wrapped(f"Model switched: {portable_line(line.previous)} → {portable_line(line.model)}", WIDTH))]


def _plain(text: str) -> list[str]:
    """Markdown as lines without markup."""
    from markdown_it.tree import SyntaxTreeNode

    lines: list[str] = []
    for node in SyntaxTreeNode(_parser().parse(text)).children:
        lines += ([""] if lines else []) + _block(node, "", "", 0)
    return lines


def _block(node: "SyntaxTreeNode", first: str, rest: str, depth: int) -> list[str]:
    """The lines of a block, with what stands in front of the first and of all others."""
    match node.type:
        case "heading" | "paragraph":
            return wrapped(_inline(node), WIDTH, first, rest)
        case "bullet_list" | "ordered_list":
            return _list(node, first, rest, depth)
        case "hr":
            return [f"{first}{'-' * 20}"]
        case "table":
            rows = [row for part in node.children for row in part.children]
            cells = [" | ".join(_inline(cell) for cell in row.children) for row in rows]
            return [line for row in cells for line in wrapped(row, WIDTH, rest, f"{rest}    ")]
        case kind if kind in _CODE:
            code = node.content.rstrip("\n").split("\n")
            return [f"{first if not number else rest}    {line}".rstrip() for number, line in enumerate(code)]
        case "blockquote":
            first, rest = f"{first}| ", f"{rest}| "
    lines: list[str] = []
    tight = False
    for child in node.children if depth < _DEEPEST else ():
        gap = [rest.rstrip()] if lines and not tight else []
        lines += gap + _block(child, rest if lines else first, rest, depth + 1)
        tight = child.hidden  # a paragraph that stands right above what follows it in its list
    return lines or ([f"{first}…"] if depth >= _DEEPEST else [first.rstrip()])


def _list(node: "SyntaxTreeNode", first: str, rest: str, depth: int) -> list[str]:
    lines: list[str] = []
    start = int(str(node.attrs.get("start", 1))) if node.type == "ordered_list" else 0
    for number, item in enumerate(node.children, start):
        sign = f"{number}. " if node.type == "ordered_list" else "- "
        indent = rest + " " * len(sign)
        lines += _block(item, (rest if lines else first) + sign, indent, depth + 1)
    return lines


def _inline(node: "SyntaxTreeNode") -> str:
    """The words of a block; a link has its address behind it."""
    words: list[str] = []
    for child in node.children:
        match child.type:
            case "text" | "code_inline" | "html_inline":
                words.append(child.content)
            case "softbreak":
                words.append(" ")
            case "hardbreak":
                words.append("\n")
            case "link":
                words.append(_with_address(_inline(child), str(child.attrs.get("href", ""))))
            case "image":
                words.append(_with_address(child.content, str(child.attrs.get("src", ""))))
            case _:
                words.append(_inline(child))
    return "".join(words)


def _with_address(words: str, address: str) -> str:
    address = portable_line(address, 2_000)  # an entity in it may stand for a control character
    return words if address in ("", words, f"mailto:{words}") else f"{words} ({address})".lstrip()


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # 30 ms, and only an export needs it

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])
