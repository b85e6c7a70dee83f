"""Which models stand in the switcher, in which groups and in which order. Draws nothing.

A model stands in every group that it belongs to; the key of a row names both.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.app.model_query import ModelSearch, typed_id
from tui.app.widgets.list import ListRow
from tui.errors import UsageError
from tui.figures import counted

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.info import ModelInfo
    from tui.chat.catalog.remembered import RememberedModels

Row = ListRow["ModelInfo | str"]
"""A model, or a heading."""

_RECENT = 5
_FAVOURITE = 1.25
"""How much more a favourite's fit counts when the cursor looks for the best one."""
_GAP: Row = ListRow("", "")

PULL = "/pull"
"""Key of the row that brings a model to this machine, which has no id; its name may stand behind it."""


SHOW_HIDDEN = "."
"""Key of the row that shows the models that are hidden, or hides them again; it is also the key that does it."""


def row_key(group: str, id: str) -> str:
    """The key of a model's row in a group."""
    return f"{group}\t{id}"


def id_of(key: str) -> str:
    """The model's id of a row's key."""
    return key.partition("\t")[2]


def group_rows(heading: str, models: Sequence["ModelInfo"], group: str = "") -> list[Row]:
    """A gap, a heading and its models; nothing for none. `group` names it where the heading has more than a name."""
    if not models:
        return []
    rows: list[Row] = [_GAP, ListRow("", heading)]
    return [*rows, *model_rows(models, group or heading)]


def model_rows(models: Sequence["ModelInfo"], group: str) -> list[Row]:
    """The rows of models in a group."""
    return [ListRow(row_key(group, model.id), model) for model in models]


def provider_rows(models: Sequence["ModelInfo"], current: str) -> list[Row]:
    """The models by provider, that of `current`, the id of the model that answers next, in front."""
    groups: dict[str, list[ModelInfo]] = {}
    for model in models:
        groups.setdefault(model.provider_label, []).append(model)
    ordered = sorted(groups.items(), key=lambda group: not any(model.id == current for model in group[1]))
    return [row for label, members in ordered for row in group_rows(f"{label}  {len(members)}", members, label)]


class ModelGroups:
    """The models of a switcher.

    Args:
        catalog: knows the models that no list has (yet).
        remembered: favourites and recent models.
        current: id of the model that answers next.

    Attributes:
        known: every model that can be found here, by id.
        offered: ids of those that a list has.
        unhidden: those that are hidden are shown, too.
    """

    def __init__(self, catalog: "Catalog", remembered: "RememberedModels", current: str) -> None:
        self._catalog = catalog
        self._remembered = remembered
        self._current = current
        self.known: dict[str, ModelInfo] = {}
        self.offered: frozenset[str] = frozenset()
        self.unhidden = False
        self.take(catalog.models())

    def take(self, models: "Sequence[ModelInfo]") -> None:
        """Take these, and what is remembered or named in the configuration although no list has it."""
        self.offered = frozenset(model.id for model in models)
        self.known = {model.id: model for model in models}
        remembered = self._remembered
        for id in (self._current, *remembered.favourites, *remembered.recent, *self._catalog.aliases.values()):
            if id:
                self.model(id)
        self._search = ModelSearch(self.known.values())

    def model(self, id: str) -> "ModelInfo":
        """A model by its id, known from now on; one that was typed by hand, too."""
        from tui.chat.catalog.info import ModelInfo

        if id not in self.known:
            try:
                self.known[id] = self._catalog.find(id)
            except UsageError:
                self.known[id] = ModelInfo.unknown(id)
        return self.known[id]

    @property
    def gone(self) -> frozenset[str]:
        """Ids of the favourites that no list has."""
        return frozenset(self._remembered.favourites) - self.offered - {self._current}

    def rows(self, query: str) -> list[Row]:
        """The rows for what was typed: all groups for "", else favourites and others by how well they fit."""
        return (self._found(query) if query.strip() else self._grouped())[1:]

    def _grouped(self) -> list[Row]:
        remembered = self._remembered
        favourites = [self.model(id) for id in remembered.favourites]
        recent = [self.model(id) for id in remembered.recent[:_RECENT]]
        offered = [model for id, model in self.known.items() if id in self.offered or id == self._current]
        groups = [*group_rows("★ Favourites", favourites), *group_rows("Recent", self._shown(recent))]
        return [*groups, *provider_rows(self._shown(offered), self._current), *self._hidden_row(offered)]

    def _hides(self, model: "ModelInfo") -> bool:
        """Whether a model is hidden; a favourite and the current one never are."""
        remembered = self._remembered
        return model.id in remembered.hidden and model.id not in (self._current, *remembered.favourites)

    def _shown(self, models: "Sequence[ModelInfo]") -> "list[ModelInfo]":
        return [model for model in models if self.unhidden or not self._hides(model)]

    def _hidden_row(self, models: "Sequence[ModelInfo]") -> list[Row]:
        """The row that says how many of these are hidden, and brings them in or takes them away; none for none."""
        number = sum(map(self._hides, models))
        said = f"{counted(number, 'hidden model')} {'are shown' if self.unhidden else ''}".strip()
        return [_GAP, ListRow(SHOW_HIDDEN, said.replace("model are", "model is"))] if number else []

    def _found(self, query: str) -> list[Row]:
        fitting = [model for _, model in self._search.find(query)]
        found = self._shown(fitting)
        favourites = [model for model in found if model.id in self._remembered.favourites]
        others = [model for model in found if model.id not in self._remembered.favourites]
        rows = group_rows("★ Favourites", favourites)
        rows += group_rows("Others", others) if favourites else [_GAP, *model_rows(others, "")]
        if id := typed_id(fitting, query):
            rows += [_GAP, ListRow(row_key("", id), "+ ask for this id as it is")]
        rows += self._hidden_row(fitting)
        if len(rows) > 1:
            return rows
        return [_GAP, ListRow("", "No model has that name. Type provider:name to ask for it all the same.")]

    def best(self, query: str, rows: Sequence[Row]) -> str:
        """The key of the row at which the cursor begins: the current model's for "", else what fits best."""
        if not query.strip():
            return next((row.key for row in rows if id_of(row.key) == self._current), "")
        favourites = self._remembered.favourites
        scored = [
            (score * (_FAVOURITE if one.id in favourites else 1), one.id)
            for score, one in self._search.find(query)
            if self.unhidden or not self._hides(one)
        ]
        best = max(scored, key=lambda pair: pair[0])[1] if scored else ""
        return next((row.key for row in rows if row.key and (not best or id_of(row.key) == best)), "")
