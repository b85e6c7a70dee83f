"""What goes into a prompt beside what is typed: files, pictures, another editor's text, an earlier prompt.

Reads files in workers of their own, so that writing goes on, for the chat in which they were asked for; what goes wrong
is one line, and the draft stays. Draws nothing.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.app.chat.outcome import NOTHING, Outcome
from tui.app.widgets.chips import AttachmentFacts
from tui.app.widgets.prompt_foot import Estimate
from tui.characters import RUN, judged
from tui.chat.loading import unattended
from tui.chat.prompt import Prompt, PromptAttachment
from tui.dataclass import dataclass
from tui.errors import ChinwagError
from tui.figures import counted
from tui.streams import tab_folder
from tui.text import clean_line

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.worker import Worker

    from tui.app.chat.autosave import Autosave
    from tui.app.chat.drafts import Drafts
    from tui.app.chat.host import Host
    from tui.app.chat.presenter import ChatPresenter
    from tui.app.widgets.composer import Composer
    from tui.bootstrap import Services
    from tui.chat.attachments import Sending
    from tui.mcp.values import McpResource

_NAMED_TOKENS = 20
"""What the line takes that names a file in its place."""

COMPOSING_COMMANDS = frozenset({"attach", "upload", "paste_image", "editor", "history"})
"""Ids of the commands that are for this."""

Take = Callable[[], Awaitable[Sequence[PromptAttachment]]]


@dataclass(eq=False)
class _Reading:
    """A file on its way into the draft of a chat.

    Attributes:
        files: what came of it; None while it is read.
    """

    conversation_id: str
    name: str
    worker: "Worker[None] | None" = None
    files: Sequence[PromptAttachment] | None = None


class Composing:
    """The composer's services.

    Args:
        ask: opens a dialog and waits for what it is dismissed with.
        lend: hands the terminal over to another program, and takes it back.
    """

    def __init__(
        self,
        host: "Host",
        composer: "Composer",
        drafts: "Drafts",
        autosave: "Autosave",
        presenter: "ChatPresenter",
        services: "Services",
        ask: "Callable[[Screen[Any]], Awaitable[Any]]",
        lend: Callable[[], AbstractContextManager[int | None]],
    ) -> None:
        self._host = host
        self._composer = composer
        self._drafts = drafts
        self._autosave = autosave
        self._presenter = presenter
        self._catalog = services.catalog
        self._library = services.library
        self._servers = services.tools.servers
        self._ask = ask
        self._lend = lend
        self._readings: list[_Reading] = []
        self._model = ""
        self._folder: Path | None = None
        composer.price_next = self.estimate

    async def run(self, command: str, argument: str = "") -> Outcome:
        """Do what a command of the composer says, with what was typed behind it; its id is that of the table."""
        match command:
            case "attach" if argument:
                self.attach(argument)
            case "attach":
                return await self._pick_files()
            case "upload":
                return Outcome(upload=True)
            case "paste_image":
                self.paste_image()
            case "editor":
                await self._edit_elsewhere()
            case "history":
                await self._search_history()
            case _:
                raise AssertionError(f"no such command: {command}")
        return NOTHING

    # Files.

    def attach(self, source: str) -> None:
        """Read a file, a folder or a page, by its path or address, for the chat that is written in."""
        from tui.chat.attachments import attach_url, is_web_address, path_in

        source = source.strip()
        if is_web_address(source):
            self._read(source, lambda: _one(attach_url(source)))
        else:
            self._attach_file(path_in(source) or Path(source))

    def _attach_file(self, path: Path) -> None:
        from tui.chat.attachments import attach_path

        self._read(path.name or str(path), lambda: attach_path(path))

    async def attach_resource(self, resource: "McpResource") -> Outcome:
        """Read something that a server offers, for the chat that is written in; blanks in its address are asked for."""
        from tui.chat.tools.server_content import ResourceBlanks, attach_resource

        uri = resource.uri
        if resource.is_template:
            from tui.app.dialogs.prompt_form import PromptForm

            blanks = ResourceBlanks(resource)
            values = await self._ask(PromptForm(blanks, {})) if blanks.variables else {}
            if values is None:
                return NOTHING
            uri = blanks.fill(values)
        if (servers := self._servers) is not None:
            name = f"{resource.server}:{resource.name or uri}"
            self._read(clean_line(name, 80), lambda: attach_resource(servers, resource.server, uri))
        return NOTHING

    def paste_image(self, *, quietly: bool = False) -> None:
        """Take the picture on the clipboard; `quietly`, it is no mistake if there is none."""
        if tab_folder():
            self._refuse("The browser has that picture: paste it by ctrl+v.", quietly=True)
            return
        from tui.chat.attachments import clipboard_image

        self._read("clipboard", lambda: _one(clipboard_image()), quietly=quietly)

    async def _pick_files(self) -> Outcome:
        from tui.app.dialogs.file_picker import FilePicker

        picker = FilePicker(self._folder or Path.cwd())
        await self._ask(picker)
        self._folder = picker.folder
        for path in picker.chosen:
            self._attach_file(path)
        return Outcome(upload=picker.upload)

    def _read(self, name: str, take: Take, *, quietly: bool = False) -> None:
        reading = _Reading(self._drafts.written_for, name)
        self._readings.append(reading)
        self.show()
        reading.worker = self._host.begin(partial(self._finish, reading, take, quietly=quietly), "attach")

    async def _finish(self, reading: _Reading, take: Take, *, quietly: bool) -> None:
        """Put what was read into its chat's draft, or say why there is nothing; one that was cancelled is gone."""
        files: Sequence[PromptAttachment] = ()
        try:
            files = await take()
        except ChinwagError as error:
            if reading in self._readings:
                self._refuse(error.sentence, quietly=quietly)
        finally:
            reading.files = files
            self._put_what_is_read()

    def _put_what_is_read(self) -> None:
        """Let files go along in the order in which they were asked for, however long each takes."""
        waiting: set[str] = set()
        for reading in tuple(self._readings):
            chat = reading.conversation_id
            if reading.files is None or chat in waiting:
                waiting.add(chat)
            else:
                self._readings.remove(reading)
                self._put(chat, reading.files)
        self.show()

    def _refuse(self, sentence: str, *, quietly: bool) -> None:
        if quietly:
            self._host.toast("!", sentence, "warning")
        else:
            self._host.show_problem(sentence)

    def _put(self, conversation_id: str, files: Sequence[PromptAttachment]) -> None:
        if conversation_id != self._drafts.written_for:
            self._drafts.give_back(conversation_id, Prompt("", tuple(files)))
            self._autosave.note()
        elif files:
            self._composer.attach(files)
        else:
            self._composer.area.send_wanted = False  # what was to go along does not: the person decides again
        for file in files:
            if file.note:
                self._host.show_notice(f"{clean_line(file.name, 80)}: {clean_line(file.note, 300)}.")

    def show(self) -> None:
        """Show what is being read for the chat that is written in now."""
        shown = self._drafts.written_for
        self._composer.reading = tuple(one.name for one in self._readings if one.conversation_id == shown)

    def cancel(self, index: int | None = None) -> None:
        """Want one of the files no more that are being read for this chat, or none of them."""
        here = [one for one in self._readings if one.conversation_id == self._drafts.written_for]
        for reading in here if index is None else here[index : index + 1]:
            self._readings.remove(reading)
            if reading.worker is not None:
                reading.worker.cancel()
        self._composer.area.send_wanted = False
        self.show()

    # What is known of them.

    def use_model(self, model: str) -> None:
        """Another model answers next: it may read other files, and costs something else."""
        if model != self._model:
            self._model = model
            self.describe(self._composer.prompt.attachments)
            self._composer.estimate_soon()

    def describe(self, attachments: Sequence[PromptAttachment]) -> None:
        """Find out what files take, and what the model at hand gets of them."""
        if attachments:
            self._host.begin(partial(self._describe, attachments), "facts", exclusive=True)

    async def _describe(self, attachments: Sequence[PromptAttachment]) -> None:
        from tui.chat.attachments import estimated_tokens, how_all_sent

        counts = await asyncio.to_thread(lambda: [estimated_tokens(file) for file in attachments])
        known = {id(file): AttachmentFacts(count) for file, count in zip(attachments, counts, strict=True)}
        if any(id(file) not in self._composer.facts for file in attachments):
            self._composer.facts = known
        asked_with = self._presenter.settings.for_model()
        sent = await how_all_sent(attachments, self._catalog, self._model, asked_with)
        self._composer.facts = {
            id(file): AttachmentFacts(
                _NAMED_TOKENS if sending.kind == "omitted" else count, _care(sending), clean_line(sending.sentence, 200)
            )
            for file, count, sending in zip(attachments, counts, sent, strict=True)
        }

    def estimate(self, tokens: int) -> Estimate:
        """What a prompt of so many tokens takes, and what the next turn costs, the history and the answer included."""
        from tui.chat.replies.switching import expected_answer, price_of

        reading, records = self._presenter.reading, self._presenter.records
        if reading.free:
            return Estimate(tokens, free=True)
        try:
            info = self._catalog.find(self._presenter.model)
        except ChinwagError:
            return Estimate(tokens)
        count = (reading.context_tokens or 0) + tokens
        answer = expected_answer(records, info.id, self._presenter.settings.max_tokens)
        return Estimate(tokens, price_of(records, count, info, self._catalog, datetime.now(UTC), answer=answer))

    # Pastes.

    def look_at_paste(self, text: str, shown: str, start: tuple[int, int]) -> None:
        """See whether a pasted text is the path of something, which goes along then, and whether it hides something."""
        self._host.begin(partial(self._look_at_paste, text, shown, start), "paste")

    async def _look_at_paste(self, text: str, shown: str, start: tuple[int, int]) -> None:
        from tui.chat.attachments import paths_in

        chat = self._drafts.written_for
        paths = paths_in(text)
        if paths and await _all_there(paths):
            if chat == self._drafts.written_for:
                self._composer.area.remove_pasted(shown, start)
                for path in paths:
                    self.attach(str(path))
        elif found := await asyncio.to_thread(invisible_in, text):
            shown_codes = ", ".join(sorted({f"U+{ord(character):04X}" for character in found})[:3])
            what = counted(len(found), "invisible character")
            self._host.toast("!", f"The paste has {what} ({shown_codes}), sent as they are", "warning")

    # Another editor.

    async def _edit_elsewhere(self) -> None:
        from tui.app.tty.editor import edit_text, editor_command

        text = self._composer.text
        command = editor_command()
        with self._lend() as output:
            written = await edit_text(text, command, output=output)
        if not written.strip():
            self._host.toast("!", "The editor left nothing: the draft stays as it was", "warning")
        elif written != text:
            self._composer.area.take(written)

    # What was asked before.

    async def _search_history(self) -> None:
        self._composer.search_history(await self._library.past_prompts())


def _care(sending: "Sending") -> str:
    """What becomes of a file, in two words for its chip."""
    match sending.kind:
        case "text":
            return "as text"
        case "scaled":
            return "made smaller"
        case "omitted":
            return "only named"
        case _:
            return "may not be read" if sending.sentence else ""


async def _one(taken: Awaitable[PromptAttachment]) -> tuple[PromptAttachment, ...]:
    return (await taken,)


async def _all_there(paths: Sequence[Path]) -> bool:
    return await unattended(lambda: all(map(os.path.exists, paths)))  # Path.exists raises for a name too long


def invisible_in(text: str) -> str:
    """The characters of a text that no reader sees and that can hide something, or steer a terminal."""
    roles = ("filler", "control", "direction", "hidden")
    found = (judged(text[max(run.start() - 1, 0) : run.start()], run[0]) for run in RUN.finditer(text))
    return "".join(character for run in found for character, role in run if role in roles)
