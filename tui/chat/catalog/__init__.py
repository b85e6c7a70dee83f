"""The models to choose from.

- `providers` are those that can be asked, `listings` what each of them offers (kept by `listing_cache` for a day)
- `info` is what is known of a model, `prices` the table of prices and windows, `gguf` the models of this machine
- `pulling` brings a model's files from the hub to this machine, of the `quantisations` that a repository has
- `bringing` is that, and what Ollama brings, in one call; `pulls` has several under way, `kept` deletes what is here
- `offers` is which settings a model takes
- `remembered` keeps the models that a person has marked, and those that were asked last
- `catalog` answers which models there are and builds the one that is asked; `discovery` looks around at the first start
"""
