"""From a function's signature and docstring to the JSON schema of a tool, and from a model's arguments to a call of it.

Knows functions and pydantic; no model, no run. griffe, which reads docstrings, is loaded when one has sections.
"""

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from types import GenericAlias
from typing import Annotated, Any, NotRequired, cast, get_origin, get_type_hints

import pydantic
from pydantic.fields import FieldInfo
from typing_extensions import TypedDict, is_typeddict

from tui.agent._docstrings import read_docstring
from tui.agent.context import RunContext
from tui.agent.definitions import DocstringFormat, ObjectJsonSchema
from tui.agent.exceptions import UserError
from tui.agent.functions import underlying_function

__all__ = [
    "FunctionSchema",
    "function_schema",
    "is_model_like",
    "object_schema",
    "takes_context",
]


@dataclass(frozen=True, slots=True)
class FunctionSchema:
    """How a function is called with a model's arguments.

    Attributes:
        description: what its docstring says about it, "" when there is none; None for a model without a description.
        json_schema: of the arguments.
        adapter: validates the arguments.
        single_name: name of the only parameter, when the arguments as a whole are its value; else None.
        positional: names of the arguments that are passed by position, in order.
        var_positional: name of the argument that holds the rest of those, or None.
        defaults: fields whose default stands in a `pydantic.Field`.
    """

    description: str | None
    json_schema: ObjectJsonSchema
    adapter: pydantic.TypeAdapter[Any]
    single_name: str | None
    positional: tuple[str, ...]
    var_positional: str | None
    defaults: dict[str, FieldInfo]

    def bind(self, arguments: str | dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Validate arguments, and order them for the call.

        Args:
            arguments: JSON text, in which nothing at all stands for no arguments, or a dict.

        Returns:
            The arguments by position, and those by name.

        Raises:
            pydantic.ValidationError: the arguments do not fit the schema.
        """
        if isinstance(arguments, str):
            values = self.adapter.validate_json(arguments if arguments.strip() else "{}")
        else:
            values = self.adapter.validate_python(arguments)
        if self.single_name is not None:
            values = {self.single_name: values}
        named = dict(values)
        for name, default in self.defaults.items():
            if name not in named:
                named[name] = default.get_default(call_default_factory=True, validated_data={})
        by_position = [named.pop(name) for name in self.positional if name in named]
        if self.var_positional is not None:
            by_position += named.pop(self.var_positional)
        return by_position, named


def takes_context(function: Callable[..., Any]) -> bool:
    """Whether the first parameter is annotated as the `RunContext`, be it in a string."""
    parameters = list(_signature(function).parameters.values())
    if not parameters:
        return False
    annotation = _hints(function).get(parameters[0].name)
    return _is_context(annotation)


def is_model_like(annotation: Any) -> bool:
    """Whether a type's own schema is that of an object: a pydantic model, a dataclass, a TypedDict."""
    if not isinstance(annotation, type):
        return False
    return issubclass(annotation, pydantic.BaseModel) or is_dataclass(annotation) or is_typeddict(annotation)


def object_schema(schema: dict[str, Any]) -> ObjectJsonSchema:
    """The schema with a root that says what it is: a reference at the root, as recursive types have, is followed.

    The definition that it refers to stays among the definitions only if another one needs it.
    """
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    definitions = dict(schema["$defs"])
    name = reference.rpartition("/")[2]
    root: ObjectJsonSchema = copy.deepcopy(definitions[name])
    if f"'{reference}'" not in str(definitions):
        del definitions[name]
    return root | ({"$defs": definitions} if definitions else {})


def function_schema(
    function: Callable[..., Any],
    takes_ctx: bool,
    *,
    docstring_format: DocstringFormat = "auto",
    require_parameter_descriptions: bool = False,
) -> FunctionSchema:
    """Derive how a model has to call a function.

    Raises:
        UserError: the signature does not suit a tool; every problem is named.
    """
    return _SignatureReader(function, takes_ctx).read(docstring_format, require_parameter_descriptions)


class _SignatureReader:
    """Reads one signature; collects what is wrong with it, so that all of it can be said at once."""

    def __init__(self, function: Callable[..., Any], takes_ctx: bool) -> None:
        self._function = function
        self._name: str = underlying_function(function).__qualname__
        self._takes_ctx = takes_ctx
        self._problems: list[str] = []
        self._fields: dict[str, Any] = {}
        self._described: set[str] = set()
        self._defaults: dict[str, FieldInfo] = {}
        self._extra_items: Any = None
        self._var_positional: str | None = None
        self._hints: dict[str, Any] = {}

    def read(self, docstring_format: DocstringFormat, require_descriptions: bool) -> FunctionSchema:
        parameters = list(_signature(self._function).parameters.values())
        try:
            self._hints = _hints(self._function)
        except NameError as error:
            self._problems.append(str(error))
            raise self._error() from error
        arguments = self._without_context(parameters)
        description, descriptions = read_docstring(self._function, docstring_format)
        for parameter in arguments:
            self._add(parameter, descriptions.get(parameter.name))
        missing = [parameter.name for parameter in arguments if parameter.name not in self._described]
        if require_descriptions and missing:
            self._problems.insert(0, f"Missing parameter descriptions for {', '.join(missing)}")
        if self._problems:
            raise self._error()
        return self._single(arguments, description) or self._several(arguments, description)

    def _error(self) -> UserError:
        problems = "\n  ".join(self._problems)
        return UserError(f"Error generating schema for {self._name}:\n  {problems}")

    def _without_context(self, parameters: list[inspect.Parameter]) -> list[inspect.Parameter]:
        arguments: list[inspect.Parameter] = []
        for index, parameter in enumerate(parameters):
            annotated = parameter.name in self._hints
            is_context = _is_context(self._hints.get(parameter.name))
            if index == 0 and self._takes_ctx:
                if annotated and not is_context:
                    self._problems.append(
                        "First parameter of tools that take context must be annotated with RunContext[...]"
                    )
            elif is_context:
                self._problems.append(
                    "RunContext annotations can only be used as the first argument"
                    if self._takes_ctx
                    else "RunContext annotations can only be used with tools that take context"
                )
            else:
                arguments.append(parameter)
        return arguments

    def _add(self, parameter: inspect.Parameter, description: str | None) -> None:
        annotation: Any = self._hints.get(parameter.name, Any)
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            self._extra_items = annotation
            self._described.add(parameter.name)
            return
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            self._var_positional = parameter.name
            annotation = GenericAlias(list, (annotation,))
        required = parameter.default is inspect.Parameter.empty
        if isinstance(parameter.default, FieldInfo):
            required = parameter.default.is_required()
            annotation = self._with_field(parameter.name, annotation, parameter.default)
        if FieldInfo.from_annotation(annotation).description is not None:
            self._described.add(parameter.name)
        elif description is not None:
            self._described.add(parameter.name)
            annotation = Annotated[annotation, pydantic.Field(description=description)]
        self._fields[parameter.name] = annotation if required else NotRequired[annotation]

    def _with_field(self, name: str, annotation: Any, field: FieldInfo) -> Any:
        """The annotation with all that a field says but its default, which the function gets if nothing is given."""
        if not field.is_required():
            self._defaults[name] = field
        parts = field.asdict()
        attributes = {key: value for key, value in parts["attributes"].items() if not key.startswith("default")}
        return Annotated[(annotation, *parts["metadata"], pydantic.Field(**attributes))]

    def _single(self, parameters: list[inspect.Parameter], description: str | None) -> FunctionSchema | None:
        """A function of one model: the model's schema is the schema."""
        if len(parameters) != 1 or parameters[0].kind is inspect.Parameter.VAR_POSITIONAL:
            return None
        name = parameters[0].name
        if parameters[0].kind is inspect.Parameter.VAR_KEYWORD or not is_model_like(self._hints.get(name)):
            return None
        adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(self._hints[name])
        schema = object_schema(adapter.json_schema())
        if not description:
            description = schema.pop("description", None)
        return FunctionSchema(description, schema, adapter, name, self._positional(parameters), None, {})

    def _several(self, parameters: list[inspect.Parameter], description: str | None) -> FunctionSchema:
        closed = {} if self._extra_items is None else {"extra_items": self._extra_items}
        name = self._name.rpartition(".")[2]
        arguments = cast(Any, TypedDict)(name, self._fields, **closed)
        if self._extra_items is None:
            arguments.__pydantic_config__ = pydantic.ConfigDict(extra="forbid")
        adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(arguments)
        schema = adapter.json_schema()
        del schema["title"]
        schema["additionalProperties"] = self._extra_items is not None
        return FunctionSchema(
            description or "",
            schema,
            adapter,
            None,
            self._positional(parameters),
            self._var_positional,
            self._defaults,
        )

    def _positional(self, parameters: list[inspect.Parameter]) -> tuple[str, ...]:
        """Before `*args` everything has to go by position; else only what cannot go by name."""
        last = inspect.Parameter.POSITIONAL_ONLY
        if self._var_positional is not None:
            last = inspect.Parameter.POSITIONAL_OR_KEYWORD  # type: ignore[assignment]  # (narrowed to one member)
        return tuple(parameter.name for parameter in parameters if parameter.kind <= last)


def _is_context(annotation: Any) -> bool:
    return annotation is RunContext or get_origin(annotation) is RunContext


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except ValueError as error:  # a function written in C may have none
        raise UserError(f"Error generating schema for {function}:\n  {error}") from error


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    return get_type_hints(underlying_function(function), include_extras=True)
