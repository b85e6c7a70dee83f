"""One library on several machines: the local file stays the store, and a PostgreSQL server is where they meet.

- `address` is the address of the server, checked; `problems` says what goes wrong with it
- `hub` is one connection to it, `hub_schema` its tables, and the views for people and other programs
- `exchange` is one exchange between a library and the hub
- `copying` takes a library from a file to a server or back, once, and compares both sides (`comparing`)
- `runner` keeps them together for as long as the program runs, in a thread

What is exchanged are cells: (kind, key, field) with a value and a clock. A whole row is one cell where one machine
alone writes it (a message with its files, a call beside the chats, a pick, an import); what machines change
independently of each other is one cell a field (title, model, settings, the branch that is shown, pinned, archived,
trash, each tag). The journal is part of the library's file (`tui.store.sharing`): triggers note which cells have
changed, in the transaction that changes them, so nothing has to be handed over, and a broken network is an exchange
that has not happened yet.

An exchange (`exchange`) hears all that has come behind its cursor, and then tells what waits, in one transaction under
one lock, and only if nobody has told anything since: else it hears first. From that follows:

1. `seq` is the order of commits, so a cursor passes over nothing. Who has lost an answer tells once more: a cell with
   the same clock is the same cell.
2. The hub has the latest version of each cell by (clock, machine); who told an older one is given the later. What
   waits nowhere is therefore the same everywhere (as a property of three machines: `tests/unit/sync/`).
3. Clocks are hybrid (J. Leung, S. Kulkarni and others: "Logical Physical Clocks"): what was written in knowledge of
   something is later than it, whatever the machine's clock says. A reply that has ended and a title given by hand
   count before what is neither, whenever that was written.
4. Who deletes something for good knows all that the hub has. What another machine has written there meanwhile, unheard,
   brings it back, on whichever side that is found out; the rest goes from the hub, too, with its files.
5. A hub that has lost something, as a backup of it was restored, gets another id from the first machine that notices:
   all of them then tell everything once more. Nobody notices where it has grown beyond what each had seen.
6. A parent is on the hub before its child, as the journal keeps the order of first writing. A later version of the
   parent may come behind it in `seq`: who hears a child first asks for the parent by its id.

A reply that streams elsewhere has an owner that begins with "@": no process here ends it, but when its machine was not
heard of for a minute it is shown as interrupted, here alone; what its machine writes later takes its place.

Long tries: `python -m tests.battery machines` has two machines write to one chat while lines are cut, servers die and
machines are killed; `namespaces` the same over TLS, on lines that go silent.

Not exchanged: drafts and queues, what is unread, agreements to tools, the index of words, numbers of rows.
"""
