"""API keys: `lookup` finds them, `store` keeps those that were typed into the app."""
