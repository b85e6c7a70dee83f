"""The product without a screen.

- `replies` runs the turns: from a `prompt` to a reply on disk, with its events, its figures and its failures
- `comparison` asks several models the same, which `compared_models` reads from a line
- `attachments` takes files, folders, pages and images for a prompt, and puts them back when it is sent
- `folder_scan` reads what is below a folder, as `gitignore` allows
- `questions` is what is asked before a prompt is sent, `origin` how a message came about that is no ordinary one
- `library` is the person's conversations, `blank_chats` those in which nothing was sent yet, `settings` what is set
  for one, `preferences` for all, `usage` the tokens of a reply, `usage_report` those of a day, a model or a chat
  (`usage_files`: as CSV and JSON)
- `chat_folders` is what is pinned, archived, tagged or in the trash, `temporary` the chats that end with the program
- `chat_choice` is which chats a person means by a word in a shell, `message_tree` one of them as lines
- `search` reads what a person types to search, `library_search` finds it in all chats and has the index built
- `cost_split` parts the price of a reply, `rate_limits` is what a provider has said is left of them
- `limits` is what may be spent in a chat, on a day and in a month, `budgets` what of it is spent; `killed_replies` get
  their price when the program that they ended with is started again, all others of unknown price by `repricing`
- `context_parts` says what fills the context of the next request
- `unsent` is what was written and not sent: drafts, and prompts that wait in a queue; `titles` makes names of prompts,
  `title_maker` asks a model for one, as one of the `side_calls` beside a chat
- `addressed` reads the model that a prompt names with "@@", `slash_line` the command that it may be
- `branching` changes the tree of a chat, `branches` is that tree as values, `word_diff` two texts compared
- `message_parts` is what a message consists of, `stored_parts` reads them back from a row, `ids` names what is new
- `tools` is what a model may do in a chat, and who is asked first
- `catalog` is the models to choose from, `credentials` their keys, `setup` adds keys and servers of models
  (`server_check` finds out what one does), `server_setup` servers of MCP; `server_requests` is what those ask of the
  person
- `daily_backups` copies the library once a day; `backup_archive` writes one archive of it and of `backup_files`, with a
  `backup_manifest`, and `restoring` brings back what such an archive holds
- `sharing` exchanges the library with other machines, from the start of the app to its end
- `prompt_library` is the prompts that are kept as files, `answer_schema` the JSON that an answer is wanted as
- `refused` is what the disk has refused, and is in memory until it takes it; `unsaved` writes that to somewhere else
- `chat_pages` reads the chats of a folder page by page
- `forking` makes the rows of a fork or copy, `export` writes conversations to files, `export_all` many of them, by
  `export_writers` and the `export_manifest` of a folder; `importing` takes over those of other programs,
  `imported_rows` makes rows of them

Knows the engine, the store, the formats and the configuration; no Textual, no SQL, no HTTP. The engine, pydantic and
the price table are imported inside functions, and off the loop (`loading`), so that the first frame waits for none of
them.
"""
