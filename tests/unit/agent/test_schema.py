"""What a model is told about a function: schema and description decide whether it can call the tool at all."""

import functools
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired

import pydantic
import pytest
from typing_extensions import TypedDict

from tui.agent.exceptions import UserError
from tui.agent.schema import FunctionSchema, function_schema, is_model_like, object_schema, takes_context
from tui.agent.tools import RunContext, Tool


class City(pydantic.BaseModel):
    """A city."""

    name: str
    country: str = pydantic.Field("FR", description="Two letters.")


class Undescribed(pydantic.BaseModel):
    x: int


@dataclass
class Point:
    x: int
    y: str = "q"


class Options(TypedDict):
    """Options."""

    x: int
    y: NotRequired[str]


class Tree(pydantic.BaseModel):
    """A tree."""

    branches: list["Tree"]


CITY_SCHEMA = {
    "properties": {
        "name": {"title": "Name", "type": "string"},
        "country": {"default": "FR", "description": "Two letters.", "title": "Country", "type": "string"},
    },
    "required": ["name"],
    "title": "City",
    "type": "object",
}


def _schema(function: Callable[..., Any], takes_ctx: bool = False) -> dict[str, Any]:
    return function_schema(function, takes_ctx).json_schema


def test_names_types_and_defaults_make_the_schema() -> None:
    def search(query: str, limit: int = 10, *, tags: list[str] | None = None) -> None: ...

    schema = _schema(search)
    assert schema == {
        "additionalProperties": False,
        "properties": {
            "query": {"title": "Query", "type": "string"},
            "limit": {"title": "Limit", "type": "integer"},
            "tags": {"anyOf": [{"items": {"type": "string"}, "type": "array"}, {"type": "null"}], "title": "Tags"},
        },
        "required": ["query"],
        "type": "object",
    }
    assert list(schema) == ["additionalProperties", "properties", "required", "type"]
    assert list(schema["properties"]) == ["query", "limit", "tags"]


def test_a_function_without_parameters_has_no_required_ones() -> None:
    def now() -> str:
        return ""

    assert json.dumps(_schema(now)) == '{"additionalProperties": false, "properties": {}, "type": "object"}'


def test_what_is_not_annotated_may_be_anything() -> None:
    def f(a, b=1):  # type: ignore[no-untyped-def]
        return a, b

    assert _schema(f) == {
        "additionalProperties": False,
        "properties": {"a": {"title": "A"}, "b": {"title": "B"}},
        "required": ["a"],
        "type": "object",
    }


def test_titles_are_made_of_the_names() -> None:
    def f(_a: int, foo_bar: int, model_x: int) -> None: ...

    assert [inner["title"] for inner in _schema(f)["properties"].values()] == ["A", "Foo Bar", "Model X"]


def test_more_positional_arguments_are_a_list() -> None:
    def f(*args: int) -> None: ...

    assert _schema(f) == {
        "additionalProperties": False,
        "properties": {"args": {"items": {"type": "integer"}, "title": "Args", "type": "array"}},
        "required": ["args"],
        "type": "object",
    }


def test_more_named_arguments_open_the_object() -> None:
    def f(**kwargs: int) -> None: ...

    def g(a: int, **kwargs: Any) -> None: ...

    assert _schema(f) == {"additionalProperties": True, "properties": {}, "type": "object"}
    assert _schema(g) == {
        "additionalProperties": True,
        "properties": {"a": {"title": "A", "type": "integer"}},
        "required": ["a"],
        "type": "object",
    }


def test_a_field_with_a_default_is_optional_and_its_default_reaches_the_function() -> None:
    def f(a: int = pydantic.Field(description="Needed."), b: int = pydantic.Field(3, gt=1)) -> None: ...

    schema = function_schema(f, takes_ctx=False)
    assert schema.json_schema["properties"] == {
        "a": {"description": "Needed.", "title": "A", "type": "integer"},
        "b": {"exclusiveMinimum": 1, "title": "B", "type": "integer"},
    }
    assert schema.json_schema["required"] == ["a"]
    assert schema.bind({"a": 1}) == ([], {"a": 1, "b": 3})
    assert schema.bind({"a": 1, "b": 2}) == ([], {"a": 1, "b": 2})


@pytest.mark.parametrize("annotation", [City, Point, Options])
def test_what_has_a_schema_of_its_own_is_model_like(annotation: type) -> None:
    assert is_model_like(annotation)


@pytest.mark.parametrize("annotation", [int, dict, list[City], City | None, dict[str, int], Any])
def test_nothing_else_is(annotation: Any) -> None:
    assert not is_model_like(annotation)


def test_the_schema_of_a_single_model_is_the_tools() -> None:
    def f(city: City) -> None: ...

    schema = function_schema(f, takes_ctx=False)
    assert schema.json_schema == CITY_SCHEMA
    assert schema.description == "A city."
    assert schema.single_name == "city"
    assert schema.bind('{"name": "Paris"}') == ([], {"city": City(name="Paris", country="FR")})


def test_a_single_model_after_the_context_counts_as_single() -> None:
    def f(ctx: RunContext[int], city: City) -> None: ...

    assert _schema(f, takes_ctx=True) == CITY_SCHEMA


def test_a_single_dataclass_or_typed_dict_is_taken_as_a_whole() -> None:
    def f(point: Point) -> None: ...

    def g(options: Options) -> None: ...

    assert function_schema(f, takes_ctx=False).description is None
    assert _schema(f) == {
        "properties": {
            "x": {"title": "X", "type": "integer"},
            "y": {"default": "q", "title": "Y", "type": "string"},
        },
        "required": ["x"],
        "title": "Point",
        "type": "object",
    }
    assert function_schema(f, takes_ctx=False).bind({"x": "1"}) == ([], {"point": Point(1)})
    assert function_schema(g, takes_ctx=False).description == "Options."
    assert function_schema(g, takes_ctx=False).bind({"x": 1}) == ([], {"options": {"x": 1}})


def test_a_model_without_a_description_has_none() -> None:
    def f(model: Undescribed) -> None: ...

    assert function_schema(f, takes_ctx=False).description is None
    assert Tool(f).description is None


def test_a_docstring_leaves_the_models_description_where_it_is() -> None:
    def f(city: City) -> None:
        """Look at a city."""

    schema = function_schema(f, takes_ctx=False)
    assert schema.description == "Look at a city."
    assert schema.json_schema == {"description": "A city.", **CITY_SCHEMA}


@pytest.mark.parametrize("several", [True, False])
def test_a_model_beside_others_is_a_property(several: bool) -> None:
    def f(city: City, n: int) -> None: ...

    def g(city: City, **more: int) -> None: ...

    schema = _schema(f if several else g)
    assert schema["properties"]["city"] == {"$ref": "#/$defs/City"}
    assert schema["$defs"] == {"City": {"description": "A city.", **CITY_SCHEMA}}


def test_a_recursive_model_says_at_its_root_what_it_is() -> None:
    def f(tree: Tree) -> None: ...

    tree = {
        "properties": {"branches": {"items": {"$ref": "#/$defs/Tree"}, "title": "Branches", "type": "array"}},
        "required": ["branches"],
        "title": "Tree",
        "type": "object",
    }
    schema = function_schema(f, takes_ctx=False)
    assert schema.json_schema == {**tree, "$defs": {"Tree": {"description": "A tree.", **tree}}}
    assert schema.description == "A tree."


def test_a_definition_that_only_the_root_needs_is_not_kept() -> None:
    schema = {"$ref": "#/$defs/A", "$defs": {"A": {"type": "object", "properties": {"b": {"$ref": "#/$defs/B"}}},
                                             "B": {"type": "string"}}}  # fmt: skip
    assert object_schema(schema) == {
        "type": "object",
        "properties": {"b": {"$ref": "#/$defs/B"}},
        "$defs": {"B": {"type": "string"}},
    }


# Docstrings


def google(x: int, y: int) -> None:
    """Do it.

    More text.

    Args:
        x: The x,
            continued.
        y (int): The y.

    Returns:
        Nothing.
    """


def numpy(x: int, y: int) -> None:
    """Do it.

    More text.

    Parameters
    ----------
    x : int
        The x,
        continued.
    y : int, optional
        The y.

    Returns
    -------
    None
        Nothing.
    """


def sphinx(x: int, y: int) -> None:
    """Do it.

    More text.

    :param x: The x,
        continued.
    :param int y: The y.
    :return: Nothing.
    """


@pytest.mark.parametrize("function", [google, numpy, sphinx])
@pytest.mark.parametrize("explicit", [True, False])
def test_each_style_of_docstring_describes_function_and_parameters(
    function: Callable[..., Any], explicit: bool, caplog: pytest.LogCaptureFixture
) -> None:
    style: Any = function.__name__ if explicit else "auto"
    with caplog.at_level(logging.DEBUG):
        schema = function_schema(function, takes_ctx=False, docstring_format=style)
    assert schema.description == "Do it.\n\nMore text."
    x, y = schema.json_schema["properties"].values()
    assert x["description"].split() == ["The", "x,", "continued."]
    assert y == {"description": "The y.", "title": "Y", "type": "integer"}
    assert caplog.records == []


def test_a_docstring_of_nothing_but_parameters_describes_no_function() -> None:
    def f(x: int) -> None:
        """
        Args:
            x: The x.
        """

    schema = function_schema(f, takes_ctx=False)
    assert schema.description == ""
    assert schema.json_schema["properties"]["x"]["description"] == "The x."


def test_a_function_without_a_docstring_has_an_empty_description() -> None:
    def f(x: int) -> None: ...

    assert function_schema(f, takes_ctx=False).description == ""


def test_a_description_in_the_annotation_wins() -> None:
    def f(x: Annotated[int, pydantic.Field(description="Mine.")], y: int) -> None:
        """Do it.

        Args:
            x: Not this.
            y: Yes.
        """

    properties = _schema(f)["properties"]
    assert (properties["x"]["description"], properties["y"]["description"]) == ("Mine.", "Yes.")


def test_further_arguments_are_described_with_and_without_their_stars(caplog: pytest.LogCaptureFixture) -> None:
    def f(*numbers: int) -> None:
        """Add.

        Args:
            *numbers: What to add.
            nothing: Is not there.
        """

    assert _schema(f)["properties"]["numbers"]["description"] == "What to add."
    assert caplog.records == []


def test_a_docstring_without_sections_does_not_load_the_parser() -> None:
    script = (
        "import sys\n"
        "from tui.agent.tools import Tool\n"
        "def f(x: int) -> int:\n    '''Do it.\n\n    Note this: x is small.'''\n    return x\n"
        "assert Tool(f).description == 'Do it.\\n\\nNote this: x is small.'\n"
        "print('griffe' in sys.modules, 'httpx' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


# Mistakes


def _message(function: Callable[..., Any], takes_ctx: bool, **options: Any) -> str:
    with pytest.raises(UserError) as caught:
        function_schema(function, takes_ctx, **options)
    return str(caught.value).replace(f"{_message.__module__}.", "")


def plain(a: int, b: int) -> None: ...


def late_context(a: int, ctx: RunContext[int]) -> None: ...


def with_context(ctx: RunContext[int], a: int) -> None: ...


def test_a_tool_that_takes_context_must_say_so() -> None:
    assert _message(plain, True) == (
        "Error generating schema for plain:\n"
        "  First parameter of tools that take context must be annotated with RunContext[...]"
    )


def test_a_plain_tool_has_no_context() -> None:
    assert _message(with_context, False) == (
        "Error generating schema for with_context:\n"
        "  RunContext annotations can only be used with tools that take context"
    )


def test_every_problem_is_named_at_once() -> None:
    assert _message(late_context, True, require_parameter_descriptions=True) == (
        "Error generating schema for late_context:\n"
        "  First parameter of tools that take context must be annotated with RunContext[...]\n"
        "  RunContext annotations can only be used as the first argument"
    )
    assert _message(plain, False, require_parameter_descriptions=True) == (
        "Error generating schema for plain:\n  Missing parameter descriptions for a, b"
    )


def test_a_description_may_be_missing_for_one_only() -> None:
    def f(a: int, b: Annotated[int, pydantic.Field(description="B.")], *, c: int) -> None:
        """Do it.

        Args:
            a: A.
        """

    assert _message(f, False, require_parameter_descriptions=True).endswith(
        "f:\n  Missing parameter descriptions for c"
    )


def test_the_qualified_name_says_where_the_mistake_is() -> None:
    def inner(ctx: RunContext[int]) -> None: ...

    name = "test_the_qualified_name_says_where_the_mistake_is.<locals>.inner"
    assert _message(inner, False).startswith(f"Error generating schema for {name}:\n")


def test_the_context_needs_no_description_and_may_be_unannotated() -> None:
    def f(ctx, a: Annotated[int, pydantic.Field(description="A.")]):  # type: ignore[no-untyped-def]
        return a

    schema = function_schema(f, takes_ctx=True, require_parameter_descriptions=True)
    assert list(schema.json_schema["properties"]) == ["a"]


def test_an_annotation_that_means_nothing_is_a_users_mistake() -> None:
    def f(a: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821

    assert _message(f, False).endswith(":\n  name 'Nowhere' is not defined")


# Context


def test_the_context_is_found_by_its_annotation() -> None:
    def bare(ctx: RunContext) -> None: ...

    def text(ctx: "RunContext[int]") -> None: ...

    def none() -> None: ...

    def unannotated(ctx):  # type: ignore[no-untyped-def]
        return ctx

    functions = (bare, text, with_context, late_context, plain, none, unannotated)
    assert [takes_context(function) for function in functions] == [True, True, True, False, False, False, False]


# Calls


def _bind(function: Callable[..., Any], arguments: str | dict[str, Any]) -> Any:
    schema: FunctionSchema = function_schema(function, takes_ctx=False)
    by_position, by_name = schema.bind(arguments)
    return function(*by_position, **by_name)


def test_arguments_reach_every_sort_of_parameter() -> None:
    def f(a: int, /, b: int, *rest: int, c: int = 4, **more: int) -> tuple[Any, ...]:
        return a, b, rest, c, more

    assert _bind(f, {"a": 1, "b": 2, "rest": [3, 4], "z": 5}) == (1, 2, (3, 4), 4, {"z": 5})
    assert _bind(f, '{"a": 1, "b": 2, "rest": [], "c": 9}') == (1, 2, (), 9, {})


def test_defaults_of_the_function_apply() -> None:
    def f(a: int, /, b: int = 2, *, c: int = 3) -> tuple[int, ...]:
        return a, b, c

    assert _bind(f, {"a": 1}) == (1, 2, 3)


def test_json_text_is_validated_as_json_and_a_dict_as_python() -> None:
    def f(a: tuple[int, int], b: bytes) -> tuple[Any, ...]:
        return a, b

    assert _bind(f, '{"a": [1, 2], "b": "x"}') == ((1, 2), b"x")
    assert _bind(f, {"a": (1, "2"), "b": b"x"}) == ((1, 2), b"x")


@pytest.mark.parametrize("nothing", ["", "  ", "{}", {}])
def test_no_arguments_are_written_in_many_ways(nothing: str | dict[str, Any]) -> None:
    assert _bind(lambda: "called", nothing) == "called"


@pytest.mark.parametrize("arguments", ["{", "null", "[]", {"a": "x"}, {}, {"a": 1, "b": 2}])
def test_arguments_that_do_not_fit_are_refused(arguments: Any) -> None:
    def f(a: int) -> int:
        return a

    with pytest.raises(pydantic.ValidationError):
        _bind(f, arguments)


def test_partials_methods_and_callable_objects_are_functions_too() -> None:
    class Adder:
        def add(self, a: int) -> int:
            """Add one."""
            return a + 1

        def __call__(self, a: int) -> int:
            """Add two."""
            return a + 2

    def power(base: int, exponent: int) -> int:
        """Raise."""
        return int(base**exponent)

    assert _bind(Adder().add, {"a": 1}) == 2
    assert _bind(Adder(), {"a": 1}) == 3
    assert function_schema(Adder(), takes_ctx=False).description == "Add two."
    squared = functools.partial(power, exponent=2)
    assert _bind(squared, {"base": 3}) == 9
    assert function_schema(squared, takes_ctx=False).description == "Raise."
    assert (Tool(squared).name, Tool(Adder()).name, Tool(Adder(), name="adder").name) == ("power", "Adder", "adder")


def test_a_class_is_called_like_a_function() -> None:
    schema = function_schema(Point, takes_ctx=False)
    assert list(schema.json_schema["properties"]) == ["x", "y"]
    assert _bind(Point, {"x": 1}) == Point(1)
    assert Tool(Point).name == "Point"


def test_a_function_that_hides_its_signature_is_a_users_mistake() -> None:
    with pytest.raises(UserError, match=r"^Error generating schema for <class 'dict'>:\n  no signature found"):
        Tool(dict)
