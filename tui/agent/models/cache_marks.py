"""Marks at which a provider keeps a prompt, so that the next turn is read from the cache: Anthropic's, and Bedrock's.

Four are allowed: the tools and the system prompt, which change least; then the end of the last prompt, up to which the
next turn reads, and that of the one before, up to which this one does. An API only looks back some 20 blocks from a
mark, and a turn with tools is longer. A prompt that is too short to be kept is left alone, marked or not.
Source: docs.anthropic.com/en/docs/build-with-claude/prompt-caching, docs.aws.amazon.com/bedrock, "Prompt caching".
"""

from collections.abc import Callable, Mapping
from typing import Any

Blocks = list[dict[str, Any]]
Body = dict[str, Any]

_ANTHROPIC = {"type": "ephemeral"}
_BEDROCK = {"cachePoint": {"type": "default"}}


def mark_for_anthropic(body: Body) -> None:
    """Mark a request of the messages API: a block that ends something carries the mark."""
    for blocks in (body.get("tools"), body.get("system"), *_prompts(body)):
        if blocks:
            blocks[-1] = {**blocks[-1], "cache_control": _ANTHROPIC}


def mark_for_bedrock(body: Body, *, tools: bool) -> None:
    """Mark a request of the converse API: the mark is a block of its own.

    Args:
        body: the request.
        tools: the model takes marks behind the tools.
    """
    described = body["toolConfig"]["tools"] if tools and "toolConfig" in body else None
    for blocks in (described, body.get("system"), *_prompts(body)):
        if blocks:
            blocks.append(_BEDROCK)


def _prompts(body: Body) -> list[Blocks]:
    """The contents of the last two prompts."""
    return [turn["content"] for turn in body["messages"] if turn["role"] == "user" and turn["content"]][-2:]


def without_marks(body: Mapping[str, Any]) -> Body:
    """The request as it was before it was marked, for servers that do not know the marks."""
    plain: Body = {**body, "messages": [{**turn, "content": _plain(turn["content"])} for turn in body["messages"]]}
    holders: dict[str, Callable[[Any], Any]] = {
        "tools": _plain,
        "system": _plain,
        "toolConfig": lambda config: {**config, "tools": _plain(config["tools"])},
    }
    return plain | {name: change(body[name]) for name, change in holders.items() if name in body}


def _plain(blocks: Blocks) -> Blocks:
    kept = (block for block in blocks if block != _BEDROCK)
    return [{name: value for name, value in block.items() if name != "cache_control"} for block in kept]
