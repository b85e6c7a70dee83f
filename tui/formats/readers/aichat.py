"""aichat's sessions: a YAML file each, without ids and times.

YAML 1.1 would make a number of `12:30` and a truth value of `on`: every scalar is read as the text that stands there.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, Literal

from tui.formats.imported import Call, Found, ImportedChat, Part, Result, Skipped, Words
from tui.formats.readers.fields import as_json, as_words, file_of_url, label, mapping, objects, text
from tui.formats.readers.oterm import numbered_key
from tui.formats.readers.tree import Node, chained, folded
from tui.installed import how_to_get

SOURCE = "aichat"

_STAMP = re.compile(r"(\d{8}T\d{6})-?")


def load(data: bytes) -> object:
    """A YAML document as mappings, lists and texts.

    Raises:
        ValueError: it is none, uses aliases (with which a few lines can stand for gigabytes), or no reader of YAML is
            installed.
    """
    try:
        import yaml
    except ImportError:
        raise ValueError(f"reading YAML needs a package: {how_to_get('import')}") from None

    class Loader(yaml.BaseLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.events.AliasEvent):
                raise ValueError("it uses aliases of YAML, as no session does")
            return super().compose_node(parent, index)

    try:
        return yaml.load(data.decode("utf-8-sig"), Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ValueError(f"it is no valid YAML{f', see line {mark.line + 1}' if mark is not None else ''}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def recognise(value: dict[str, Any]) -> bool:
    """Whether a document is a session of this source."""
    return isinstance(value.get("model"), str) and isinstance(value.get("messages"), list)


def read(value: dict[str, Any], where: str, name: str) -> Iterator[Found]:
    """The session that a document is; `name` is its path, of which what stands below "sessions" tells it from others.

    A name may be that of another session on another machine: how it begins, which stays, is a part of its key.
    """
    path = PurePath(name.rpartition("sessions/")[2] if "sessions/" in name else PurePath(name).name)
    provider = value["model"].partition(":")[0] if ":" in value["model"] else ""
    earlier, listed = objects(value.get("compressed_messages")), objects(value.get("messages"))
    system = [text(one.get("content")) for one in (earlier or listed) if one.get("role") == "system"]
    nodes = [_node(one, index, value["model"], provider) for index, one in enumerate([*earlier, *listed])]
    messages, leaf = folded(chained(nodes), None)
    if not messages:
        yield Skipped(SOURCE, where, "empty", "it has no messages")
        return
    stamp = _STAMP.match(path.stem)
    created = datetime.strptime(stamp[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if stamp and _real(stamp[1]) else None
    title = path.stem[stamp.end() :].replace("-", " ") if stamp else path.stem
    yield ImportedChat(
        SOURCE, path.as_posix(), title, messages, leaf, created, None, value["model"], "\n\n".join(system),
        numbered_key(path.as_posix(), messages[0].text),
    )  # fmt: skip


def _real(stamp: str) -> bool:
    try:
        datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True


def _node(message: dict[str, Any], index: int, model: str, provider: str) -> Node:
    role, content = text(message.get("role")), message.get("content")
    if role == "tool":
        return Node(f"#{index}", None, "assistant", tuple(_tool(mapping(content))), model, provider)
    parts: list[Part] = [Words(content)] if isinstance(content, str) and content.strip() else []
    for item in objects(content):
        if url := text(mapping(item.get("image_url")).get("url")):
            parts.append(file_of_url(url))
        elif words := text(item.get("text")):
            parts.append(Words(words))
    if role == "user":
        return Node(f"#{index}", None, "user", tuple(parts))
    kind: Literal["assistant", "hidden"] = "assistant" if role == "assistant" else "hidden"
    # A reply that is made anew takes the place of the one before.
    said = "".join(part.text for part in parts if isinstance(part, Words))
    return Node(f"#{index}", None, kind, tuple(parts), model, provider, version=said)


def _tool(content: dict[str, Any]) -> list[Part]:
    parts: list[Part] = [Words(said)] if (said := text(content.get("text"))).strip() else []
    for one in objects(content.get("tool_results")):
        call = mapping(one.get("call"))
        id, name = label(call.get("id")), text(call.get("name")) or "tool"
        parts.append(Call(id, name, as_json(call.get("arguments"))))
        parts.append(Result(id, name, as_words(one.get("output"))))
    return parts
