"""What fills the context of the next request: system prompt, tools, history, files and the draft. Estimates; pure."""

from collections.abc import Sequence

from tui.chat.attachments.estimates import estimated_tokens
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.usage import StoredUsage, text_tokens
from tui.dataclass import dataclass
from tui.store.records import Attachment, Message


@dataclass(frozen=True, slots=True)
class ContextParts:
    """Tokens of what the next request would carry; each is an estimate.

    Attributes:
        system: the system prompt.
        tools: what the model is told of its tools.
        history: words and thoughts of the messages above, without their files.
        files: what went along with them.
        draft: what is written now, with its files.
        window: the model's context window; None when it is unknown.
    """

    system: int = 0
    tools: int = 0
    history: int = 0
    files: int = 0
    draft: int = 0
    window: int | None = None

    @property
    def total(self) -> int:
        """The tokens of all parts."""
        return self.system + self.tools + self.history + self.files + self.draft


def context_parts(
    messages: Sequence[Message],
    attachments: Sequence[Attachment],
    *,
    system_prompt: str,
    tools: int,
    draft: Prompt,
    used: int | None,
    window: int | None,
) -> ContextParts:
    """What the next request is made of. Reads through all files, so it is no work for the loop.

    Args:
        messages: the branch that is shown.
        attachments: the files of the conversation; those of other branches do not count.
        system_prompt: of the next request.
        tools: tokens of the definitions that go along.
        draft: what is written now.
        used: the last request's tokens in and out, by the provider; the history is what the other parts leave of it.
            None when nobody has told.
        window: of the model that answers next.
    """
    shown = {message.id for message in messages}
    files = sum(
        estimated_tokens(PromptAttachment(file.name, file.media_type, file.data))
        for file in attachments
        if file.message_id in shown
    )
    system = text_tokens(system_prompt)
    told = StoredUsage.from_json(messages[-1].usage).estimated if messages else True
    beside = system + tools + files
    words = sum(text_tokens(message.text) + text_tokens(message.thinking) for message in messages)
    history = words if used is None or told or used < beside else used - beside
    return ContextParts(
        system=system,
        tools=tools,
        history=history,
        files=files,
        draft=text_tokens(draft.text) + sum(map(estimated_tokens, draft.attachments)),
        window=window,
    )
