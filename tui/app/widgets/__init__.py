"""One widget per file: set by attributes, reports by messages, and never calls the app, a sibling or a service.

- `list` is the base of all that is chosen from, `line`, `field`, `choice` and `secret_field` the smallest parts
- `composer` is where one writes, `queue_line` shows what waits, `meter` the figures, `footer` the keys
- `header`, `notices` and `welcome` stand above the messages
- `chat_list` is the pane of chats (`chat_entries` groups and filters them), `model_list` the models in the switcher
- `inspector` holds `model_pane`, `settings_pane` (with `setting_values`) and `usage_pane`; `resizable` is a pane's edge

 A message in the past tense reports what happened (`Composer.Sent`), one in `Requested` asks for something
that only the screen can do (`ChatList.DeleteRequested`).
"""
