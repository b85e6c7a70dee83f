"""Everything that speaks MCP, the Model Context Protocol: the only room that knows the SDK (extra `chinwag[mcp]`).

- `values` what servers offer and answer, and how they are
- `hooks` what servers may ask of the person, and who answers
- `config` how a server is configured; `references` what in it is for variables and stored keys, `secrets` finds keys
- `imports` reads the files of other programs, `readiness` says what a server lacks before it is started
- `servers` all of them: `McpServers` is what the rest of the program uses

The SDK is imported with the first server that starts. Nothing here draws, asks the person or decides what may be done:
texts are raw, hints are not believed, and no address is fetched that a server names.
"""
