"""The chat without a screen: lines that are only ever added, for screen readers, dumb terminals and serial lines.

The same turns, library and tools as in the app; no line is written over, and nothing steers the terminal.

- `run` opens it, on the two `threads` that it needs; `session` reads what is typed, and sends it or does what it says
- `keyboard` reads lines from the terminal, whose `line_mode` says what it shows; `typed` makes prompts of them, `page`
  is where all is written
- `talk` is one chat under way, `chats` which one it is; `reply_lines` writes a reply, `markdown_stream` its words,
  `asking` asks what is answered by a typed word, `server_asks` what servers of tools want to know
- `remembering` is what is left for the next start
- `commands` are those behind "/", which stand in the `table`
"""
