"""What servers offer a person beside tools: resources, which go along as files, and prompts, which are filled in.

What comes is checked as any file from outside is; the words stay raw, and are cleaned where they are drawn.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tui.chat.prompt import PromptAttachment
from tui.chat.prompt_library.template import TemplateVariable
from tui.chat.tools.uri_template import expand, variables
from tui.dataclass import dataclass
from tui.errors import AttachmentError
from tui.mcp.values import McpError
from tui.text import clean_line, storable

if TYPE_CHECKING:
    from tui.mcp.servers import McpServers
    from tui.mcp.values import McpContent, McpPrompt, McpResource, McpResult


def ready_servers(servers: "McpServers | None") -> tuple[str, ...]:
    """The names of the servers that can be asked now."""
    return () if servers is None else tuple(one.name for one in servers.statuses if one.state == "ready")


@dataclass(frozen=True, slots=True)
class ResourceBlanks:
    """A resource whose address has blanks, for the form that asks for them."""

    resource: "McpResource"

    @property
    def name(self) -> str:
        """What the form is for."""
        return self.resource.title or self.resource.name or self.resource.uri

    @property
    def variables(self) -> tuple[TemplateVariable, ...]:
        """The blanks; each may stay empty."""
        return tuple(TemplateVariable(name, "") for name in variables(self.resource.uri))

    def fill(self, values: Mapping[str, str]) -> str:
        """The address with values in its blanks."""
        return expand(self.resource.uri, values)


@dataclass(frozen=True, slots=True)
class ServerPrompt:
    """A prompt of a server, for the library and for the form that asks for its arguments."""

    prompt: "McpPrompt"

    @property
    def name(self) -> str:
        """How it is called: no prompt of the library has a colon in its name."""
        return f"{self.prompt.server}:{self.prompt.name}"

    @property
    def description(self) -> str:
        """What it is for, raw."""
        return self.prompt.description or self.prompt.title

    @property
    def variables(self) -> tuple[TemplateVariable, ...]:
        """Its arguments, as blanks; one without a default is required."""
        return tuple(
            TemplateVariable(one.name, None if one.required else "", about=one.description)
            for one in self.prompt.arguments
        )

    def fill(self, values: Mapping[str, str]) -> str:
        """What is known before the server was asked: what the prompt is for."""
        return self.description


def server_prompts(servers: "McpServers | None") -> tuple[ServerPrompt, ...]:
    """The prompts of all servers that are ready."""
    names = ready_servers(servers)
    return tuple(ServerPrompt(one) for name in names if servers is not None for one in servers.prompts(name))


async def attach_resource(servers: "McpServers", server: str, uri: str) -> tuple[PromptAttachment, ...]:
    """Read a resource, as files to go along with a prompt.

    Raises:
        McpError: the server is not there, or does not give it.
        AttachmentError: it holds nothing, or something that no model takes.
    """
    result = await servers.read(server, uri)
    if not result.contents:
        raise AttachmentError(f"{clean_line(uri, 200)} of {server} is empty.", "There is nothing in it to send.")
    return tuple(_file(server, one, uri) for one in result.contents)


def _file(server: str, content: "McpContent", uri: str) -> PromptAttachment:
    from tui.chat.attachments import attachment_from

    address = content.uri or uri
    last = address.rstrip("/").rpartition("/")[2] or address
    name = clean_line(f"{server}:{content.name or last}", 120)
    if content.kind == "link":
        return PromptAttachment(name, "text/plain", storable(address).encode(), "a link, which was not followed")
    data = storable(content.text).encode() if content.kind == "text" else content.data
    found = attachment_from(data, name)
    # A text is what its server says; what is in a binary file its bytes tell.
    declared = content.media_type.partition(";")[0].strip().casefold()
    takes = content.kind == "text" and declared.startswith("text/") and declared.isascii() and len(declared) < 60
    return PromptAttachment(name, declared, found.data, found.note) if takes else found


async def prompt_from(
    servers: "McpServers", prompt: ServerPrompt, values: Mapping[str, str]
) -> tuple[str, Sequence[PromptAttachment]]:
    """What a prompt comes to: its words, with the names of other roles than the person's, and its files.

    Raises:
        McpError: the server is not there, does not give it, or gives nothing.
        AttachmentError: a file in it is of a kind that no model takes.
    """
    given = {name: value for name, value in values.items() if value}
    result = await servers.prompt(prompt.prompt.server, prompt.prompt.name, given)
    text = prompt_text(result)
    files = [_file(prompt.prompt.server, one, one.uri) for one in result.contents if one.kind != "text"]
    if not text.strip() and not files:
        raise McpError(f"The prompt {clean_line(prompt.name, 80)} is empty.", "Its server has nothing to say there.")
    return text, files


def prompt_text(result: "McpResult") -> str:
    """The words of a prompt; who says them stands above them where somebody else than the person does."""
    parts = []
    for one in result.contents:
        if one.kind == "text":
            text = storable(one.text).strip("\n")
            parts.append(text if one.role in ("", "user") else f"{one.role}:\n{text}")
    return "\n\n".join(parts)
