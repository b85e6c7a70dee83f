"""Everything that speaks MCP, the Model Context Protocol: the only room that knows its SDK (extra `chinwag[mcp]`).

What the rest of the program uses:

- `servers` all of them: `McpServers` starts, asks, tells, ends
- `values` what servers offer and answer, and how they are; `McpError`
- `hooks` what servers may ask of the person, and who answers; `form` judges what is filled in
- `config` how a server is configured; `references` what in it is for variables and stored keys, which `resolving` looks
  up; `secrets` finds keys that stand there in the clear; `tokens` where sign-ins are kept
- `imports` reads the files of other programs, `readiness` says what a server lacks before it is started
- `clock` time-outs and pauses, which tests script

Below, from one server to its bytes:

- `server` its life: started, kept, started again, ended; `connection` one such life; `connection_end` why it ended
- `session` the talk with it on the SDK's client; `translation` and `asking` between the SDK's shapes and ours
- `stdio` and `http` the transports, `sign_in` OAuth; `allowance` and `sizes` how much may come, `well_formed`
  mends what was cut
- `process` its program, `guardian` which ends that program whatever becomes of us (`windows_guard` on Windows)
- `problems` what goes wrong, in our words

The SDK is loaded with the first server that starts, in a thread. Nothing here draws, decides what may be done, or
believes a hint; texts are raw, and are cleaned where they are drawn. No address is fetched that a server names, but to
sign in to it. A server that is asked twice for the same thing is asked twice: nothing is cached.

Of the specification of 2026-07-28 there is not: roots (none are offered), subscriptions to single resources, tasks,
extensions, tools in sampling, caching hints, icons, `outputSchema`; of older ones, the transport of HTTP with SSE.
"""
