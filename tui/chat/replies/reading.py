"""Reads the rows of a turn as the library has them now: where it stands, and what goes along. Writes nothing."""

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.chat.ids import new_id
from tui.chat.library import Library, OpenConversation
from tui.chat.origin import Origin
from tui.chat.prompt import Prompt
from tui.chat.replies.compaction import again, summary_rows
from tui.chat.replies.options import TurnOptions
from tui.chat.replies.rows import TurnRows, turn_rows
from tui.dataclass import dataclass
from tui.store.records import Conversation

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads for one turn.

    Attributes:
        prompt: what is sent; None answers the last prompt of the branch again, or makes its summary anew.
        reply_id: the reply gets this id.
        prompt_id: what is sent gets this id; "" for a new one.
    """

    library: Library
    catalog: "Catalog"
    prompt: Prompt | None
    reply_id: str
    prompt_id: str = ""

    async def read(self, known: Conversation, options: TurnOptions) -> TurnRows:
        """The rows of the turn in a conversation, which the library may know better.

        Raises:
            UsageError: there is nothing yet that could be answered or summed up, or no such model.
            MessageGoneError: the message that it stands at is not there any more.
            StoreError: the library cannot be read.
        """
        opened = await self._opened(known, options.at)
        compaction = options.compaction or (again(opened) if self.prompt is None else None)
        if compaction is not None:
            return summary_rows(opened, replace(options, compaction=compaction), self.catalog, self.reply_id)
        rows = turn_rows(opened, self.prompt, options, reply_id=self.reply_id, prompt_id=self.prompt_id)
        origin = Origin.from_json(rows.reply.origin)
        return replace(rows, sources=await self.library.messages(known.id, origin.of)) if origin.is_fused else rows

    async def read_beside(self, known: Conversation, options: TurnOptions) -> list[TurnRows]:
        """The rows of the turns beside it; each as it would be now."""
        return [
            turn_rows(await self._opened(known, one.at), self.prompt, one, reply_id=new_id()) for one in options.beside
        ]

    async def _opened(self, known: Conversation, at: str) -> OpenConversation:
        opened = await (self.library.branch_to(known, at) if at else self.library.current_branch(known))
        # Another window may have chosen another model meanwhile: it is this one's that was asked.
        return replace(opened, conversation=replace(opened.conversation, model=known.model))
