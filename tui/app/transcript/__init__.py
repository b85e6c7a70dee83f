"""The conversation on screen, from messages to cells.

- `message` says what is shown, as plain values; `from_messages` makes them from the library's rows
- `view` is the widget: what the screen calls, and the keys; `events` is what it posts. It is made of the following,
  each readable by itself:
- `shown_messages` lets messages come and go, with all that stands beside them
- `layout` puts messages under each other, `message_rows` one message's parts, `part_rows` one part's head and texts;
  `part_head` draws the head, `part_texts` makes the texts; `unmade` knows how high a message is before that
- `approvals` are the calls of tools that wait for the person, `approval_card` is how one looks, with a `tool_change`
- `headers`, `cards` and `tool_text` are the lines around a text; `message_text` is one text's blocks, with
  `block_heights`, `row_cache` for their rows, and `code_folds` for those that are folded away
- `markdown` turns text into rows, `row` says what a row is, `line_styles` knows the colours, `canvas` draws strips
- `scroll_place` keeps the reader's place, `stream_drawer` draws what streams in, `focus` and `selection` find messages
- `fast_letters` keeps words that are typed there in haste from being commands; `mouse` is what the mouse does; `drag`
  keeps a selection on its text while rows move
- `focused_message` is what the keys do with one, `openables` what can be opened in it, `links` what misleads in a link
- `pictures` are images as small blocks, `shown_pictures` says which are shown
- `finder` finds in all of them what a `query` says

A new kind of part is a value in `tui.chat.message_parts`, its line in `headers`, a case in `part_head`, and where it
has a text in `part_texts`.
"""
