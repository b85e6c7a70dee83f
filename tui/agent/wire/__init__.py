"""The transport: one HTTP request, its retries, and what comes back as JSON events or as one of our errors.

Knows neither vendors nor dialects; `providers` says whom to call, `models` what to send and what an event means.

- `request` is a request before it is sent; `request_context` (who is asked) and `policy` (how long) travel with it.
- `client` is the shared HTTP client, which sends each request on its `route`, with the `certificates` of that.
- `reply` sends a request and reads the body of its answer, which `read_ahead` takes from the network;
  `body` sees that its connection is closed whenever who waits or reads is stopped.
- `compression` unpacks a body in bounded pieces, `framing` cuts it into frames, `events` decodes them; `json` and
  `text` read what is in them, however malformed, and `thoughts` parts what a model thinks from what it answers.
- `errors` translates what the network does, `refusals` what a server answers; `unknown_settings` finds the setting that
  a server does not take; `retries` tries again, and `notices` tells the run that it does.
- `rate_limits` reads from an answer's headers what is left of the provider's limits.
- `redirects` follows those of a page or a file, which a request to an API never does; `downloads` is one large file
  as it arrives.
- `addresses` is about base URLs alone, and `policy` about seconds: both load nothing, for the list of providers is on
  screen before httpx is needed.
"""

import sys

# With itself httpx imports its command line, wherever click is: another 2.7 MB. Barred like this it is as if not there.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # for typeshed nothing is ever barred
