"""The library on disk: conversations, their trees of messages, attachments. The only room that knows SQL.

- `records` conversations, messages and files as frozen values; `rows` makes them of what SQLite gives, and back
- `database` one writer and one reader, a thread each; `await database.run(function, ...)` is one transaction
- `conversations` plain SQL functions whose first argument is the connection; `past_prompts` what was asked before
- `search` messages and titles by their words and by filters, `search_conditions` puts a query into SQL, `search_index`
  keeps the index for it true, `search_text` and `search_marks` say what is indexed, `search_records` are its values,
  `snippets` what is shown of a find
- `branches` the tree of a conversation: its outline, which branch is shown, its trash
- `folders` what is pinned, archived, tagged or in the trash
- `picks` which model won where several had answered
- `agreements` what tools may do in a chat
- `whole` reads conversations with all that is in them, many at a time
- `usage` what was asked of models, counted by model, day and chat
- `spending` what was spent in a chat or in a period
- `unsent` the same for what was written and not sent, `contents` for the bytes of files
- `transaction` begins and ends what `database` runs; `faults` says what an error means
- `migrations` the schema, as numbered steps; `views` those of it that are for other programs
- `connection` opens a file, `backups` copies the library beside itself while it is in use, and keeps the copies
- `comparing` says which chats two libraries have, `replacing` puts another file in the place of the library
- `opening` finds out in which state the file is before anything is written to it
- `integrity` finds out whether the file is whole, `salvage` reads what can still be read of a damaged one
- `repair` looks at a whole library and mends it, `consistency` those of its rows that lead nowhere
- `catch_up` writes rows that a full disk refused earlier
- `snapshot` reads a file as such cells, for a copy elsewhere, `unfinished` is a file that comes piece by piece
- `sharing` is the journal of a library that several machines share: which cells have changed; `sharing_records` are its
  values, `sharing_rows` reads rows as cells, `sharing_checks` looks at what other machines have told, `sharing_apply`
  writes it, `sharing_wanted` knows what that needs, `journal` is the connection of who exchanges them
- `imports` which chat was made of which of another program, `foreign` reads the databases of those
- `instances` knows which Chinwags are running, so that one never ends another's reply

It knows nothing of models, prices or screens: payloads are opaque JSON.
"""
