"""The engine: runs a prompt against a model, with tools and structured results. Imports nothing else of tui."""
