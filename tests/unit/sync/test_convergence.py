"""Whatever several machines do, in whatever order they meet: in the end all have the same, and nothing is lost."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.library import NOON, conversation, prompt, reply
from tests.support.machines import SharingMachine, empty_hub, machines, settled
from tui.errors import MessageGoneError
from tui.store import branches, conversations, folders, imports, picks, spending
from tui.store.imports import ImportLink
from tui.store.records import Attachment, Conversation
from tui.store.sharing_rows import digests, is_nothing

COUNT = 3
_pick = st.integers(0, 1 << 16)
_deeds = st.tuples(
    st.integers(0, COUNT - 1),
    st.sampled_from(
        [*["meet"] * 5, *["turn"] * 4, "new", "begin", "finish", "rename", "suggest", "pin", "tag", "untag", "trash",
         "restore", "delete", "cut", "uncut", "purge", "beside", "pick", "side", "import", "kill", "show",
         "file", "price", "skew"]
    ),
    _pick,
    _pick,
)  # fmt: skip


class World:
    """Machines, and what was ever written that nobody has deleted for good."""

    def __init__(self, some: list[SharingMachine]) -> None:
        self.machines = some
        self.written: dict[str, tuple[str, str]] = {}
        self.deleted: set[str] = set()
        self.count = 0

    def do(self, number: int, deed: str, one: int, two: int) -> None:
        machine = self.machines[number]
        if deed == "meet":
            machine.meet()
            return
        chats = [row[0] for row in machine.connection.execute("SELECT id FROM conversations ORDER BY id")]
        self.count += 1
        if deed in ("new", "import") or not chats:
            self._new(machine, imported=deed == "import")
            return
        chat = conversations.get(machine.connection, chats[one % len(chats)])
        messages = sorted(message.id for message in conversations.tree(machine.connection, chat.id))
        message = messages[two % len(messages)] if messages else None
        with suppress(MessageGoneError):
            getattr(self, f"_{deed}")(machine, chat, message)

    def _write(self, machine: SharingMachine, chat: Conversation, above: Any, *, end: bool) -> None:
        asked = replace(prompt(chat, f"text {self.count}"), parent_id=above)
        answer = reply(chat, asked)
        machine.run(conversations.start_turn, chat, asked, answer, "owner")
        self.written[asked.id] = chat.id, asked.text
        if end:
            machine.run(conversations.finish_reply, replace(answer, text="a", state="done", total_ms=1), NOON)

    def _new(self, machine: SharingMachine, *, imported: bool) -> None:
        chat = conversation(f"chat {self.count}", minutes=self.count)
        if not imported:
            self._write(machine, chat, None, end=True)
            return
        asked = prompt(chat, f"text {self.count}")
        machine.run(imports.take, ImportLink("elia", str(self.count), "x"), chat,
                    [asked, replace(reply(chat, asked, "old"), total_ms=None)], [], {}, NOON)  # fmt: skip
        self.written[asked.id] = chat.id, asked.text

    def _turn(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        self._write(machine, chat, message, end=True)

    def _begin(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        self._write(machine, chat, message, end=False)

    def _finish(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        rows = conversations.tree(machine.connection, chat.id)
        for row in rows:
            owned = machine.connection.execute("SELECT owner FROM messages WHERE id = ?", (row.id,)).fetchone()
            if row.state == "streaming" and owned == ("owner",):
                ended = replace(row, text=f"a{self.count}", state="failed", total_ms=2)
                machine.run(conversations.finish_reply, ended, NOON)
                return

    def _rename(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        machine.run(conversations.rename, chat.id, f"title {self.count}", "user" if self.count % 3 else "prompt")

    def _suggest(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        machine.run(conversations.suggest_title, chat.id, f"suggested {self.count}")

    def _pin(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        machine.run(folders.set_pinned, [chat.id], not chat.pinned)

    def _tag(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        machine.run(folders.change_tags, [(chat.id, f"t{self.count % 2}")], [])

    def _untag(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        machine.run(folders.change_tags, [], [(chat.id, f"t{self.count % 2}")])

    def _trash(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        machine.run(folders.delete, [chat.id], NOON)

    def _restore(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        machine.run(folders.restore, [chat.id])

    def _delete(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        machine.run(folders.delete, [chat.id], NOON)
        machine.run(folders.delete_for_good, [chat.id])
        self.deleted.add(chat.id)

    def _cut(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        if message is not None:
            machine.run(branches.trash_branch, chat.id, message, NOON.replace(year=2001))

    def _uncut(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        row = machine.connection.execute(
            "SELECT id FROM messages WHERE conversation_id = ? AND deleted_at IS NOT NULL", (chat.id,)
        ).fetchone()
        if row is not None:
            machine.run(branches.restore_branch, chat.id, row[0])

    def _purge(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        self.deleted.update(row[0] for row in machine.connection.execute(
            "SELECT id FROM messages WHERE deleted_at IS NOT NULL"))  # fmt: skip
        machine.run(folders.purge, NOON)

    def _beside(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        if message is not None:
            asked = replace(prompt(chat, f"text {self.count}"), parent_id=message)
            machine.run(branches.add_beside, asked)
            self.written[asked.id] = chat.id, asked.text

    def _pick(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        machine.run(picks.record, message or "none", f"w{self.count}", [], blind=False, at=NOON)

    def _side(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        machine.run(conversations.add_side_call, chat.id, f"p{self.count}", model="m", usage="", price=None, at=NOON)

    def _kill(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        machine.part()  # what was told last may be heard of once more
        machine.run(lambda connection: connection.execute(
            "UPDATE sync_state SET cursor = max(cursor - 3, 0)") if machine.journal.is_begun else None)  # fmt: skip

    def _file(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        if message is not None:
            data = b"%d" % (self.count % 4)
            file = Attachment(sha256(data).hexdigest(), message, f"f{self.count}", "text/plain", data)
            machine.run(conversations.append, (), [file])

    def _price(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        found = spending.unpriced(machine.connection)
        machine.run(spending.set_prices, [(one, Decimal(self.count)) for one in found])

    def _skew(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        if machine.journal.is_begun:  # as if the clock had been a day ahead, and set back
            machine.run(lambda connection: connection.execute("UPDATE sync_state SET clock = clock + 86400000000"))

    def _show(self, machine: SharingMachine, chat: Conversation, message: Any) -> None:
        if message is not None:
            machine.run(branches.show_branch, chat.id, message)


@settings(
    max_examples=max(settings.get_profile("rounds").max_examples // 5, 1),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(deeds=st.lists(_deeds, min_size=5, max_size=40))
def test_all_end_with_the_same_and_with_all_of_it(hub_url: str, deeds: list[tuple[int, str, int, int]]) -> None:
    empty_hub(hub_url)
    with machines(hub_url, COUNT) as some:
        world = World(some)
        for deed in deeds:
            world.do(*deed)
        settled(some)
        settled(some)
        first = some[0].journal.digests()
        for machine in some:
            assert machine.journal.digests() == first
            assert machine.journal.state.pending == 0
            assert not machine.connection.execute("PRAGMA foreign_key_check").fetchall()
            assert not machine.connection.execute(
                "SELECT 1 FROM messages JOIN messages AS above ON above.id = messages.parent_id"
                " WHERE above.number >= messages.number"
            ).fetchall(), "who follows has the greater number"
            machine.connection.execute("INSERT INTO search_index (search_index) VALUES ('integrity-check')")
            lost = "SELECT hash FROM attachments WHERE hash NOT IN (SELECT hash FROM contents)"
            assert not machine.connection.execute(lost).fetchall()
            texts = set(machine.texts)
            for id, (chat, text) in world.written.items():
                assert chat in world.deleted or _lies_below(world, machine, id) or text in texts
        hub = some[0].hub
        assert hub is not None
        cells, _ = hub.pull(0, 1 << 30)
        named = {hash for cell in cells for hash, _ in cell.files}
        kept = {hash for (hash,) in hub._connection.execute("SELECT hash FROM chinwag.contents")}
        assert kept == named, "files that no message has any more are gone, and no other"
        assert digests(cell for cell in cells if not is_nothing(cell)) == first


def _lies_below(world: World, machine: SharingMachine, id: str) -> bool:
    """Whether a message was purged: itself, or with one above it, which took it along."""
    return id in world.deleted
