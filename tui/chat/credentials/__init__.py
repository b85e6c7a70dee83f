"""Keys: `lookup` finds those of providers, `store` keeps what was typed in, `server_keys` is those of MCP servers."""
