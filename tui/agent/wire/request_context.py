"""Who is asked for what, so that every error can name them. Knows no HTTP library and no vendor.

Text from a server is cut, cleaned of control characters and freed of keys before it becomes part of a message.
"""

import re
import time
from dataclasses import dataclass, field

from tui.agent.exceptions import ErrorKind, ModelAPIError
from tui.agent.wire.route import Route

LONGEST_QUOTE = 300

_SCHEMES = re.compile(r"\b(Bearer|Basic) (?!(?:auth\w*|token|key|credentials)\b)[\w.~+/=*\-]{4,}", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The provider and model of a request.

    Attributes:
        provider: the vendor's short name, such as "openai".
        label: its name for people.
        model: the model's name, or "" when the request is not about one.
        address: scheme, host and port, for errors of the network.
        key_hint: where its key comes from, such as "OPENAI_API_KEY", or "".
        local: it runs on the user's machine.
        base_url: where its API is looked for, without user and password.
        base_url_env: the variable that this comes from, such as "OPENAI_BASE_URL", or "".
        secrets: values that must not stand in any message.
        key_pattern: what else looks like a key, and must not either.
        route: how its servers are reached.
    """

    provider: str
    label: str
    model: str = ""
    address: str = ""
    key_hint: str = ""
    local: bool = False
    base_url: str = ""
    base_url_env: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    key_pattern: re.Pattern[str] | None = field(default=None, repr=False)
    route: Route = Route()  # noqa: RUF009  frozen

    def masked(self, text: str) -> str:
        """The text without this request's own secrets, be they wrapped or escaped in it."""
        for secret in self.secrets:
            text = _spellings(secret).sub("…", text.replace(secret, "…"))
        return text

    def quote(self, text: str, limit: int = LONGEST_QUOTE) -> str:
        """Text from outside on one line, cut, cleaned, without keys."""
        text = _CONTROLS.sub(" ", self.masked(text)[: limit * 20])
        text = _SCHEMES.sub(r"\1 …", text)
        if self.key_pattern is not None:
            text = self.key_pattern.sub("…", text)
        text = " ".join(text.split())
        return text if len(text) <= limit else f"{text[: limit - 1]}…"

    def error(
        self,
        kind: ErrorKind,
        message: str,
        hint: str = "",
        *,
        request_id: str = "",
        retry_after_s: float | None = None,
    ) -> ModelAPIError:
        """An error without an HTTP status."""
        return ModelAPIError(
            self.model,
            message,
            kind=kind,
            provider=self.provider,
            hint=hint or self.hint(kind),
            request_id=request_id,
            retry_after_s=retry_after_s,
        )

    def hint(self, kind: ErrorKind, wait_s: float | None = None) -> str:
        """What the user can do about an error of this kind.

        Args:
            kind: of the error.
            wait_s: seconds that the provider asks to wait.
        """
        wait = f"Try again in {_wait_text(wait_s)}." if wait_s else ""
        hints: dict[ErrorKind, str] = {
            "auth": f"Check the key in {self.key_hint}." if self.key_hint else f"Check the key for {self.label}.",
            "quota": f"Add credit to the {self.label} account, or choose another model.",
            "rate_limit": wait or "Wait a moment, then retry, or choose another model.",
            "overloaded": wait or "Wait a moment, then retry, or choose another model.",
            "context_too_long": "Shorten the conversation, or choose a model with a larger context window.",
            "refused": "Rephrase the prompt, or choose another model.",
            "unsupported_input": "Remove the attachment, or choose a model that can read it.",
            "model_not_found": f"Choose a model that {self.label} offers.",
            "address": f"Check the base URL{f' in {self.base_url_env}' if self.base_url_env else ''}.",
            "bad_request": "Change the settings or choose another model, then retry.",
            "network": f"Start the server at {self.address}." if self.local else "Check the connection, then retry.",
            "dns": "Check it, and the connection.",
            "tls": "The connection is not private. Check the clock, a company's proxy, or SSL_CERT_FILE.",
            "proxy": "Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY.",
            "stream_cut": "Retry to get a whole answer.",
            "malformed": f"Check that {self.address or self.label} is the address of a model's API.",
        }
        return hints.get(kind, wait or "Retry, or choose another model.")


_BREAK = r"""(?:\\[nrt]|[\s\\]|["']\s*b?["']|%20|%0[ad])*"""
"""What may stand between two signs of a secret: the end of a line, or of a literal that another one continues."""


def _spellings(secret: str) -> re.Pattern[str]:
    """A secret as a log, a page, JSON or a URL may have it: its signs escaped, line ends and backslashes between."""

    def spellings(sign: str) -> str:
        if sign.isalnum():
            return sign
        if sign in "\\\"'":  # taken as what stands between signs, if it stands there as it is
            return rf"(?:{re.escape(sign)}|%{ord(sign):02x})?"
        return rf"(?:{re.escape(sign)}|%{ord(sign):02x}|\\?u{ord(sign):04x}|\\?x{ord(sign):02x}|&#x?[\da-f]+;)"

    return re.compile(_BREAK.join(map(spellings, secret)), re.IGNORECASE)


def without_controls(text: str) -> str:
    """The text without control characters."""
    return _CONTROLS.sub("", text)


def _wait_text(seconds: float) -> str:
    """A waiting time for people: "40 s", "12 min", "3 h", and the time of day when it is long."""
    if seconds < 120:
        return f"{round(seconds)} s"
    at = time.strftime("%H:%M", time.localtime(time.time() + seconds))
    text = f"{round(seconds / 60)} min" if seconds < 2 * 3600 else f"{round(seconds / 3600)} h"
    return f"{text} (until {at})" if seconds < 86400 else text
