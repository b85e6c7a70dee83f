"""A conversation as one HTML file: read in a browser, printed, or sent; it fetches nothing and runs nothing.

Whatever comes from outside is escaped, and a policy in its head forbids requests and scripts besides. Links lead to
pages and letters only; attached images are in it, other files are named. Dark or light is the reader's system's choice.
"""

from base64 import b64encode
from collections.abc import Sequence
from html import escape as quoted

from tui.bounds import json_object, whole_number
from tui.figures import counted, money, size
from tui.formats.document import behind, call_title, heading, iso, note, strands, thinking_title
from tui.formats.html_text import as_html
from tui.formats.tool_calls import StoredCall, tool_calls
from tui.store.records import Attachment, Conversation, Message, SwitchLine, branch_of, switch_lines
from tui.text import portable, portable_line

_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_LARGEST, _MOST = 4 << 20, 16 << 20
"""Bytes of one image, and of all of them, that stand in a file; beyond, they are named."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark; --page: #fff; --text: #1f2328; --soft: #59636e; --edge: #d1d9e0; --you: #eef4fb;
  --code: #f6f8fa; --link: #0a58ca; --word: #a3203a; --string: #0a5a28; --name: #6639ba; --number: #0550ae; }
@media screen and (prefers-color-scheme: dark) { :root { --page: #15181c; --text: #e3e6ea; --soft: #9aa4af;
  --edge: #39414a; --you: #1d2733; --code: #1e2328; --link: #7db4ff; --word: #ff8f8f; --string: #9fdc9f;
  --name: #d0a8ff; --number: #86c1ff; } }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 48rem; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
header, article { margin: 0 0 1.5rem; }
article.prompt { background: var(--you); border-radius: .5rem; padding: .75rem 1rem; }
article.prompt > .text { white-space: pre-wrap; }
h1 { font-size: 1.5rem; line-height: 1.25; }
.text h1 { font-size: 1.3rem; } .text h2 { font-size: 1.15rem; } .text :is(h3, h4, h5, h6) { font-size: 1rem; }
h2.who { margin: 0 0 .5rem; font-size: .85rem; font-weight: 600; color: var(--soft); }
.facts, .note, .file, .switch, summary { color: var(--soft); font-size: .9rem; }
.switch { text-align: center; }
details { margin: 0 0 .75rem; border-left: 3px solid var(--edge); padding-left: .75rem; }
summary { cursor: pointer; }
a { color: var(--link); }
img { max-width: 100%; height: auto; }
pre { padding: .75rem; overflow-x: auto; background: var(--code); border-radius: .4rem; }
code, pre { font: .875rem/1.45 ui-monospace, monospace; }
pre.plain { white-space: pre-wrap; }
blockquote { margin-inline: 0; padding-left: 1rem; border-left: 3px solid var(--edge); color: var(--soft); }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid var(--edge); padding: .3rem .6rem; text-align: start; }
.k { color: var(--word); } .s { color: var(--string); } .c { color: var(--soft); font-style: italic; }
.n { color: var(--name); } .m { color: var(--number); }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } pre { white-space: pre-wrap; }
  article { break-inside: auto; } h2.who { break-after: avoid; } }
"""


def write(
    conversation: Conversation,
    messages: Sequence[Message],
    attachments: Sequence[Attachment] = (),
    *,
    branches: bool = False,
) -> str:
    """The page: what the chat is, then its messages, oldest first; other branches below, if wanted."""
    branch = branch_of(messages, conversation.active_leaf)
    switches = {line.before: line for line in switch_lines(branch, conversation.model)}
    written = messages if branches else branch
    ids = {message.id for message in written}
    files = _Files([file for file in attachments if file.message_id in ids])
    title = quoted(portable_line(conversation.title) or "Untitled")
    blocks = [f"<header><h1>{title}</h1>{_facts(conversation, written)}</header>"]
    for message in branch:
        blocks += [*_switch(switches.get(message.id)), _section(message, files)]
    blocks += _switch(switches.get(None))
    for number, strand in enumerate(strands(messages, branch) if branches else (), 2):
        where = quoted(behind(strand, messages, portable_line))
        blocks.append(f'<header><h1>Branch {number}</h1><p class="facts">{where}</p></header>')
        blocks += [_section(message, files) for message in strand]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(blocks)
        + "\n</body>\n</html>\n"
    )


def held(files: Sequence[Attachment], messages: Sequence[Message] = ()) -> frozenset[str]:
    """The hashes of the files that stand in the page: images, each once, within its bounds."""
    found: set[str] = set()
    left = _MOST
    for file in files:
        if file.hash in found or file.media_type not in _PICTURES or len(file.data) > min(_LARGEST, left):
            continue
        found.add(file.hash)
        left -= len(file.data)
    return frozenset(found)


class _Files:
    """The files of a page, and where each stands; an image that comes again is named only."""

    def __init__(self, files: Sequence[Attachment]) -> None:
        self._files = files
        self._left = set(held(files))

    def of(self, message: Message) -> str:
        """Those of a message as HTML."""
        return "".join(self._shown(file) for file in self._files if file.message_id == message.id)

    def _shown(self, file: Attachment) -> str:
        name = quoted(portable_line(file.name))
        figures = f"({quoted(portable_line(file.media_type))}, {size(len(file.data))})"
        if file.hash not in self._left:
            where = "" if file.media_type in _PICTURES and file.hash in held(self._files) else ", not in this file"
            return f'<p class="file">Attached: {name} {figures}{where}</p>\n'
        self._left.discard(file.hash)
        source = f"data:{file.media_type};base64,{b64encode(file.data).decode()}"
        return f'<p class="file">Attached: {name} {figures}</p>\n<p><img src="{source}" alt="{name}"></p>\n'


def _facts(conversation: Conversation, written: Sequence[Message]) -> str:
    replies = [message for message in written if message.kind == "reply"]
    models = list(dict.fromkeys(message.model for message in replies)) or [conversation.model or "no model"]
    facts = [
        f"{iso(conversation.created_at)} to {iso(conversation.updated_at)}",
        counted(len(written), "message"),
        ", ".join(portable_line(model) for model in models),
    ]
    usages = [json_object(message.usage) for message in replies]
    for key, direction in (("input", "in"), ("output", "out")):
        known = [count for usage in usages if (count := whole_number(usage.get(key))) is not None]
        facts += [f"{sum(known):,} tokens {direction}"] if known else []
    prices = [message.price for message in replies if message.price is not None]
    facts += [money(sum(prices[1:], prices[0]))] if prices else []
    return f'<p class="facts">{quoted(" · ".join(facts))}</p>'


def _section(message: Message, files: _Files) -> str:
    parts = [f'<article class="{message.kind}">\n<h2 class="who">{quoted(heading(message, portable_line))}</h2>\n']
    parts.append(files.of(message))
    if message.thinking.strip():
        parts.append(_folded(thinking_title(message), f'<div class="text">{as_html(message.thinking)}</div>'))
    parts += [_tool_call(call) for call in tool_calls(message)]
    if message.text.strip():
        is_prompt = message.kind == "prompt"
        text = quoted(portable(message.text).strip("\n")) if is_prompt else as_html(message.text)
        parts.append(f'<div class="text">{text}</div>\n')
    what, sentence = note(message, portable_line)
    if what:
        parts.append(f'<p class="note"><strong>{quoted(what)}</strong> — {quoted(sentence)}</p>\n')
    return "".join([*parts, "</article>"])


def _tool_call(call: StoredCall) -> str:
    texts = [portable(text).strip("\n") for text in (call.arguments, call.result) if text.strip()]
    return _folded(call_title(call), "".join(f'<pre class="plain">{quoted(text)}</pre>' for text in texts))


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{quoted(title)}</summary>\n{content}\n</details>\n"


def _switch(line: SwitchLine | None) -> list[str]:
    if line is None:
        return []
    models = f"{portable_line(line.previous)} → {portable_line(line.model)}"
    return [f'<p class="switch">Model switched: {quoted(models)}</p>']
