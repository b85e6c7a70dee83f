"""What the SDK reads of a server, as values of ours: bounded, raw, nothing fetched."""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import Any, Literal

import mcp_types as sdk

from tui.mcp.allowance import MOST_LISTED
from tui.mcp.values import McpContent, McpPrompt, McpResource, McpResult, McpTool, PromptArgument

_MOST_NAME = 256
_MOST_DESCRIPTION = 20_000
_MOST_SCHEMA = 100_000

Role = Literal["", "user", "assistant"]


def tool(server: str, found: sdk.Tool) -> McpTool | None:
    """A tool; None for one whose name or schema is longer than any that could be used."""
    schema = json.dumps(found.input_schema, sort_keys=True)
    if len(found.name) > _MOST_NAME or len(schema) > _MOST_SCHEMA:
        return None
    hints = found.annotations or sdk.ToolAnnotations()
    title = found.title or hints.title or ""
    facts = [found.name, title, found.description, schema, hints.model_dump(mode="json")]
    return McpTool(
        server=server,
        name=found.name,
        title=title[:_MOST_NAME],
        description=(found.description or "")[:_MOST_DESCRIPTION],
        schema=found.input_schema,
        read_only=hints.read_only_hint,
        destructive=hints.destructive_hint,
        open_world=hints.open_world_hint,
        fingerprint=hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest(),
    )


def resource(server: str, found: sdk.Resource) -> McpResource:
    """A resource."""
    return McpResource(
        server=server,
        uri=str(found.uri),
        name=found.name[:_MOST_NAME],
        title=(found.title or "")[:_MOST_NAME],
        description=(found.description or "")[:_MOST_DESCRIPTION],
        media_type=found.mime_type or "",
        size=found.size,
    )


def template(server: str, found: sdk.ResourceTemplate) -> McpResource:
    """A template of resources."""
    return McpResource(
        server=server,
        uri=found.uri_template,
        name=found.name[:_MOST_NAME],
        title=(found.title or "")[:_MOST_NAME],
        description=(found.description or "")[:_MOST_DESCRIPTION],
        media_type=found.mime_type or "",
        is_template=True,
    )


def prompt(server: str, found: sdk.Prompt) -> McpPrompt | None:
    """A prompt; None for one whose name is longer than any that could be used."""
    if len(found.name) > _MOST_NAME:
        return None
    arguments = tuple(
        PromptArgument(one.name, (one.description or "")[:_MOST_DESCRIPTION], bool(one.required))
        for one in (found.arguments or ())[:100]
    )
    return McpPrompt(
        server,
        found.name,
        (found.title or "")[:_MOST_NAME],
        (found.description or "")[:_MOST_DESCRIPTION],
        arguments,
    )


def tool_result(found: sdk.CallToolResult) -> McpResult:
    """What a tool gave."""
    contents = [content(block) for block in found.content[:MOST_LISTED]]
    return McpResult(_with_rest(contents, found.content), bool(found.is_error), found.structured_content)


def resource_result(found: sdk.ReadResourceResult) -> McpResult:
    """What a resource holds."""
    contents = [_resource_contents(one) for one in found.contents[:MOST_LISTED]]
    return McpResult(_with_rest(contents, found.contents))


def prompt_result(found: sdk.GetPromptResult) -> McpResult:
    """The messages of a prompt."""
    contents = [content(message.content, message.role) for message in found.messages[:MOST_LISTED]]
    return McpResult(_with_rest(contents, found.messages))


def sampling_contents(messages: Sequence[sdk.SamplingMessage]) -> tuple[McpContent, ...]:
    """The messages that a server would like a model to answer."""
    found = [content(block, message.role) for message in messages for block in message.content_as_list]
    return tuple(found[:MOST_LISTED])


def content(block: Any, role: Role = "") -> McpContent:
    """One block, whose type is one of the SDK's; one of a kind that is not known here becomes a text that says so."""
    match block:
        case sdk.TextContent(text=text):
            return McpContent("text", text=text, role=role)
        case sdk.ImageContent(data=data, mime_type=media_type) | sdk.AudioContent(data=data, mime_type=media_type):
            return _data(data, media_type, role=role)
        case sdk.ResourceLink():
            return McpContent(
                "link", uri=str(block.uri), media_type=block.mime_type or "", name=block.title or block.name, role=role
            )
        case sdk.EmbeddedResource(resource=inner):
            return _resource_contents(inner, role)
        case _:
            return McpContent(
                "text", text=f"[something of a kind that is not known: {type(block).__name__}]", role=role
            )


def _resource_contents(found: sdk.ResourceContents, role: Role = "") -> McpContent:
    uri, media_type = str(found.uri), found.mime_type or ""
    if isinstance(found, sdk.TextResourceContents):
        return McpContent("text", text=found.text, uri=uri, media_type=media_type, role=role)
    blob = found.blob if isinstance(found, sdk.BlobResourceContents) else ""
    return _data(blob, media_type, uri, role)


def _data(text: str, media_type: str, uri: str = "", role: Role = "") -> McpContent:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return McpContent("text", text="[data that cannot be read: it is not base64]", uri=uri, role=role)
    return McpContent("data", data=data, uri=uri, media_type=media_type, name=uri.rpartition("/")[2], role=role)


def _with_rest(contents: list[McpContent], found: Sequence[object]) -> tuple[McpContent, ...]:
    if len(found) > len(contents):
        contents.append(McpContent("text", text=f"[what comes after {MOST_LISTED:,} parts was left out]"))
    return tuple(contents)
