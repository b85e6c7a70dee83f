"""Several models on one prompt, side by side, over the chat screen.

- `screen` composes the columns, routes keys and what the replies report, and asks before it sends
- `columns` are they beside each other; `column` is one model's head and messages, `column_presenter` what of them is to
  be drawn, `heads` draws the lines
- `actions` are the commands, `host` is the screen as they see it
- `asked` is the prompt above the columns
- `tasks` is what takes a while or asks first: adding a model, settings, fusing, picking
- `dock` is what stands below the columns: what is written, or what can be picked

Knows the chat only by what it is given: the answers are ordinary replies, which the chat shows when this is closed.
"""
