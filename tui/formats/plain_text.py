"""A conversation as plain text, 80 columns wide: for mail, for print, and for whoever reads it aloud."""

from collections.abc import Iterable, Sequence

from tui.figures import size
from tui.formats.document import behind, heading, iso, note, strands
from tui.formats.markdown_lines import PLAIN, Page, Role, markdown_lines
from tui.formats.wrapping import columns, wrapped
from tui.store.records import Attachment, Conversation, Message, SwitchLine, branch_of, switch_lines
from tui.text import portable, portable_line


def write(
    conversation: Conversation,
    messages: Sequence[Message],
    attachments: Sequence[Attachment] = (),
    *,
    branches: bool = False,
    page: Page = PLAIN,
) -> str:
    """The text: title, dates, then the messages, oldest first; other branches below, if wanted."""
    branch = branch_of(messages, conversation.active_leaf)
    switches = {line.before: line for line in switch_lines(branch, conversation.model)}
    dates = f"Created {iso(conversation.created_at)}, changed {iso(conversation.updated_at)}"
    blocks = [
        _underlined(page, "title", portable_line(conversation.title) or "Untitled", "="),
        page.ink("quiet", dates),
    ]
    for message in branch:
        blocks += _switch(switches.get(message.id), page) + _section(message, attachments, page)
    blocks += _switch(switches.get(None), page)
    for number, strand in enumerate(strands(messages, branch) if branches else (), 2):
        blocks += [
            _underlined(page, "title", f"Branch {number}", "="),
            _quiet(page, behind(strand, messages, portable_line)),
        ]
        for message in strand:
            blocks += _section(message, attachments, page)
    return "\n\n".join(block for block in blocks if block.strip()) + "\n"


def _section(message: Message, attachments: Iterable[Attachment], page: Page) -> list[str]:
    role: Role = "asked" if message.kind == "prompt" else "answered"
    blocks = [_underlined(page, role, heading(message, portable_line), "-")]
    blocks += [_attached(file, page) for file in attachments if file.message_id == message.id]
    text = portable(message.text).strip("\n")
    blocks.append("\n".join(wrapped(text, page.width) if message.kind == "prompt" else markdown_lines(text, page)))
    what, sentence = note(message, portable_line)
    return [*blocks, *([_quiet(page, f"{what}: {sentence}")] if what else [])]


def _underlined(page: Page, role: Role, line: str, sign: str) -> str:
    lines = wrapped(line, page.width)
    return "\n".join(page.ink(role, one) for one in [*lines, sign * max(map(columns, lines))])


def _quiet(page: Page, line: str) -> str:
    return "\n".join(page.ink("quiet", one) for one in wrapped(line, page.width))


def _attached(file: Attachment, page: Page) -> str:
    figures = f"({portable_line(file.media_type)}, {size(len(file.data))})"
    return _quiet(page, f"Attached: {portable_line(file.name)} {figures}, not in this file")


def _switch(line: SwitchLine | None, page: Page) -> list[str]:
    if line is None:
        return []
    return [_quiet(page, f"Model switched: {portable_line(line.previous)} → {portable_line(line.model)}")]
