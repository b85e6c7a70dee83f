"""The library on disk: conversations, their trees of messages, attachments. The only room that knows SQL.

- `records` the rows as frozen values
- `database` one writer and one reader, a thread each; `await database.run(function, ...)` is one transaction
- `conversations` plain SQL functions whose first argument is the connection
- `migrations` the schema, as numbered steps
- `opening` finds out in which state the file is before anything is written to it
- `salvage` reads what can still be read of a damaged file
- `catch_up` writes rows that a full disk refused earlier
- `instances` tells which Chinwags are alive, so that one never ends another's reply

It knows nothing of models, prices or screens: payloads are opaque JSON.
"""
