"""The chat screen, each part to be read by itself.

- `screen` composes and routes: what a widget posts goes to one of the `parts`, which see it as a `host`
- `layout` shows three panes over a `dock`, as `panes` decides, and moves the focus
- `presenter` turns rows and events into a `ChatView` and the `changes` of the transcript; calls nothing back. It
  knows the `shown_branch`, the `next_model`, what the chat has used and cost (`chat_figures`), and what is listed
  (`message_list`, with lines between: switches, what was summed up, what is not sent); `chat_reader` reads for it,
  `content_changes` are what comes of a reply under way
- `view_drawer` draws that view around the messages, `figures_drawer` the figures
- `actions` are the commands that ask first, `prompt_actions` those of the prompt library, `branch_actions` those of
  branches; each returns an `outcome`, which `action_runner` shows
- `comparing` opens a comparison of several models, which `compare` shows
- `pull_actions` are those of models that are brought to this machine, `pull_status` shows how far they are
- `import_actions` takes over the chats of other programs
- `message_files` shows the images of messages small, and opens files
- `setting_actions` is what the settings screen shows and does
- `tool_actions` shows the tools of the chat and switches them, `server_asks` puts to the person what servers ask
- `export_actions` writes and copies chats; `downloads` says where a file goes: in a browser, to the one who looks
- `usage_actions` is what the usage panel shows and leads to
- `composing` serves the composer: files, pastes, another editor, what was asked before
- `chat_commands` says what each command of the chat does, `dispatch` runs any command of the table from the menu or
  behind "/", `completions` names what completes a prompt
- `drafts` keeps what was written and not sent, by chat, and `autosave` has it on disk; `queue` is what can be done with
  prompts that wait
- `opening` shows another chat or a new one, `empty_chats` knows which ones are empty
- `list_actions` changes where chats are kept, and undoes that; `list_reading` reads what of them is listed, `unread`
  notes answers that nobody has seen
- `chat_search` finds for the list of chats what was said in them, and has the index built
- `compacting` sums up the oldest messages
- `questions` shows what is asked before something is sent, `question_answers` does what is answered
- `tool_answers` takes what is said to calls of tools that wait to the replies that ask
- `sender` sends what was written, `reply_events` shows what the replies report
- `following` shows what other windows write, `budget_alarm` says it when a soft limit is crossed
- `first_choice` shows what was found in an empty chat, and holds first prompts until it is known who answers
"""
