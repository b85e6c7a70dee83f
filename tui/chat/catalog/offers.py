"""Which settings of a chat its model takes: what is offered, and what is set in vain. Asks nobody."""

from collections.abc import Mapping
from dataclasses import replace

from tui.agent.providers import Vendor
from tui.agent.providers.native import search_of, takes_verbosity, unused
from tui.chat.settings import CHAT_SETTINGS, ChatSettings
from tui.config import Setting
from tui.dataclass import dataclass

_OURS: Mapping[str, str] = {"thinking": "effort"}
"""Settings of the engine that have another name here."""


@dataclass(frozen=True, slots=True)
class SettingOffer:
    """What one model takes.

    Attributes:
        vendor: who serves it; None for what runs inside this program.
        label: the vendor's name for people.
        model: the model's name there.
    """

    vendor: Vendor | None = None
    label: str = "this model"
    model: str = ""

    def setting(self, name: str) -> Setting:
        """A setting of a chat with the choices that the model has."""
        setting = CHAT_SETTINGS[name]
        return replace(setting, choices=self._tiers) if name == "service_tier" and self._tiers else setting

    def shows(self, name: str, settings: ChatSettings) -> bool:
        """Whether a setting has a place among those of the chat: what the model does not have only while it is set."""
        match name:
            case "web_search":
                offered = self.searches == "can"
            case "verbosity":
                offered = self.vendor is not None and takes_verbosity(self.vendor, self.model)
            case "service_tier":
                offered = bool(self._tiers)
            case _:
                return True
        return offered or bool(settings.value(name))

    def unused(self, settings: ChatSettings) -> frozenset[str]:
        """The settings that are set, and are not sent to this model."""
        vendor = self.vendor or Vendor("", self.label, "")
        return frozenset(_OURS.get(name, name) for name in unused(vendor, self.model, settings.for_model()))

    @property
    def searches(self) -> str:
        """Whether the model "can" search the web, "always" does, or "cannot"."""
        how = search_of(self.vendor, self.model) if self.vendor is not None else ""
        return "always" if how == "always" else "can" if how else "cannot"

    @property
    def _tiers(self) -> tuple[str, ...]:
        return tuple(ours for ours, _ in self.vendor.quirks.service_tiers) if self.vendor is not None else ()
