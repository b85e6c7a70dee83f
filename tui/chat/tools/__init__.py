"""Tools that a model may use in a chat, and who says whether it may.

- `offer` is what a tool is: its name, what it can do, the function behind it
- `builtin` the tools that come with the program; `calculation`, `granted_folder`, `chat_search` do their work
- `policy` decides from what was agreed, and from what is in the chat, whether a call runs, is asked about or refused
- `toolbox` is what one turn offers: it decides on each call, asks a person where it must, and lets the engine run it

Tools read, and nothing here runs a program. What comes from outside is foreign: once it is in a chat, whatever can
carry words out of it is asked about again.
"""
