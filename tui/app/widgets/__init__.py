"""One widget per file: set by attributes, reports by messages, and never calls the app, a sibling or a service.

- `list` is the base of all that is chosen from, `line`, `field`, `choice` and `secret_field` the smallest parts
- `composer` is where one writes: `prompt_area` with `prompt_history`, on a `folding_area` (`pastes`, `fences`), and
  `prompt_foot` with the files, each a chip (`chips`), and the estimate; `history_search` finds what was sent before
- `completing_area` is the prompt area with completion and slash commands, `completion_keys` has the keys of that, and
  `completion` is the list
- `queue_panel` shows what waits, `question_card` asks before something is sent, `meter` the figures, `footer` the keys
- `wrapping` breaks what is written into rows, as much of it as a key has changed
- `find_bar` is the row above them in which one types what to find; `source_page` shows a source, scrolling both ways
- `header`, `notices` and `welcome` stand above the messages
- `chat_list` is the pane of chats (`chat_list_title` stands above it, `list_filter` reads what is typed there,
  `chat_entries` groups them, `found_chats` are those in which something was said, `chat_rows` draws them and has their
  keys, `row_field` changes one in place), `model_list` the models in the switcher,
  in the groups of `model_groups`, and `turn_preview` what the next turn comes to with one;
  `pull_list` has those on their way to this machine
- `usage_list` is the list of the usage panel, whose lines `usage_rows` makes of a report
- `tool_rows` are the tools of a chat, by server
- `inspector` holds `model_pane`, `settings_pane` and `usage_pane`; `resizable` is a pane's edge

 A message in the past tense reports what happened (`Composer.Sent`), one in `Requested` asks for something
that only the screen can do (`ChatList.Requested`).
"""
