"""Chinwag: a desktop-class chat with any large language model, in a terminal.

The rooms, one sentence each:

- `agent` runs a prompt against a model (the engine; imports nothing else of `tui`)
- `store` keeps rows (the only room that knows SQL)
- `chat` is the product without a screen: sessions, replies, library, catalogue
- `formats` turns conversations into files
- `app` is everything that draws (the only room that knows Textual)
- `cli` wires them; `plain` is the one-shot output over the same chat and library
- `config`, `paths`, `errors`, `text` are what all of them stand on
"""

__version__ = "0.1.0"
