"""Tools that a model may use in a chat, and who says whether it may.

- `offer` is what a tool is: its name, what it can do, the function behind it
- `builtin` the tools that come with the program; `calculation`, `granted_folder` do their work
- `server_tools` those of MCP servers
- `rules` is what is set for the tools of a chat: off, ask, allow, deny
- `policy` decides from that, from what was agreed, and from what is in the chat, whether a call runs, is asked about or
  refused; `agreements` keeps what was agreed, `questions` is what a person is asked
- `toolbox` is what one turn offers: it decides on each call, asks a person where it must, and lets the engine run it
- `tools` is all that there is, for the turns, for the screens and for the shell; `summary` says it in few words
- `server_requests` is what servers ask of the person, and their logs
- `server_content` is what they offer a person beside tools: resources and prompts; `uri_template` fills in addresses

The program's own tools read, and run no program. What comes from outside is foreign: once it is in a chat, whatever
can carry words out of it is asked about again.
"""
