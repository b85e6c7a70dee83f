"""What models are told about tools of every shape."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired

import pydantic
from typing_extensions import TypedDict

from tui.agent.messages import ToolCallPart
from tui.agent.models.test import TestModel
from tui.agent.tools import RunContext, Tool
from tui.agent.usage import Usage


class City(pydantic.BaseModel):
    """A city."""

    name: str
    people: Annotated[int, pydantic.Field(ge=0, description="Inhabitants.")] = 0


@dataclass
class Point:
    x: int
    y: str = "q"


class Options(TypedDict):
    """Options."""

    x: int
    y: NotRequired[str]


def nothing() -> str:
    return "nothing"


def plain(a: int, b: str = "x", *, c: list[int] | None = None) -> Any:
    return a, b, c


def many(*args: int) -> Any:
    return args


def named(a: int, **kwargs: int) -> Any:
    return a, kwargs


def one_model(city: City) -> Any:
    return city


def one_model_told(city: City) -> Any:
    """Look at a city."""
    return city


def one_dataclass(point: Point) -> Any:
    return point


def one_dict(options: Options) -> Any:
    return options


def maybe(city: City | None) -> Any:
    return city


def cities(cities: list[City], n: int = 1) -> Any:
    return cities, n


def bounded(a: Annotated[int, pydantic.Field(description="More than three.", gt=3)]) -> Any:
    return a


def in_context(ctx: RunContext[int], a: int) -> Any:
    return ctx.deps, ctx.tool_name, ctx.tool_call_id, ctx.retry, a


def google(x: int, y: int) -> Any:
    """Do it.

    More text.

    Args:
        x: The x.
        y (int): The y
            continued.

    Returns:
        Something.
    """
    return x, y


def numpy(x: int, y: int) -> Any:
    """Do it.

    Parameters
    ----------
    x : int
        The x.
    y : int, optional
        The y.

    Returns
    -------
    int
        Something.
    """
    return x, y


def sphinx(x: int, y: int) -> Any:
    """Do it.

    :param x: The x.
    :param int y: The y.
    :return: Something.
    """
    return x, y


def only_parameters(x: int) -> Any:
    """
    Args:
        x: The x.
    """
    return x


def undescribed(a: int, b: int) -> Any:
    """Do it."""
    return a, b


def late(a: int, ctx: RunContext[int]) -> Any:
    return a


CALLS: list[tuple[Callable[..., Any], list[str | dict[str, Any]]]] = [
    (nothing, ["{}", {}, '{"a":1}', "null"]),
    (plain, ['{"a":1}', {"a": "1", "b": "2", "c": [1]}, {"a": "z"}, {"a": 1, "d": 2}, '{"a', {}]),
    (many, [{"args": [1, 2]}, {}]),
    (named, [{"a": 1, "z": 2}, {"a": 1, "z": "x"}]),
    (one_model, ['{"name":"Paris"}', {"people": -1}]),
    (one_model_told, [{"name": "Paris", "people": 3}]),
    (one_dataclass, [{"x": 1}]),
    (one_dict, [{"x": 1}, {"x": 1, "y": "2"}]),
    (maybe, [{"city": None}, {"city": {"name": "x"}}]),
    (cities, [{"cities": [{"name": "x"}]}]),
    (bounded, [{"a": 4}, {"a": 3}]),
    (in_context, [{"a": 1}]),
    (google, [{"x": 1, "y": 2}]),
    (numpy, []),
    (sphinx, []),
    (only_parameters, []),
]


async def describe(function: Callable[..., Any], calls: list[str | dict[str, Any]]) -> None:
    tool: Tool[int] = Tool(function, max_retries=1)
    context = RunContext(deps=7, model=TestModel(), usage=Usage(), prompt="")
    definition = await tool.prepare_tool_def(context)
    assert definition is not None
    print(definition.name, repr(definition.description), json.dumps(definition.parameters_json_schema), tool.takes_ctx)
    for args in calls:
        try:
            tool = Tool(function, max_retries=1)
            part = await tool.run(ToolCallPart(tool.name, args, "id"), context)
            print("  ", type(part).__name__, part.tool_name, part.tool_call_id, part.content)
        except Exception as error:  # noqa: BLE001 (whatever it is, both packages must say it)
            print("  ", type(error).__name__, error)


def refuse(function: Callable[..., Any], **options: Any) -> None:
    try:
        Tool(function, **options)
        print(function.__name__, "accepted")
    except Exception as error:  # noqa: BLE001 (whatever it is, both packages must say it)
        print(type(error).__name__, error)


async def main() -> None:
    for function, calls in CALLS:
        await describe(function, calls)
    refuse(late)
    refuse(in_context, takes_ctx=False)
    refuse(plain, takes_ctx=True)
    refuse(late, takes_ctx=True)
    refuse(google, require_parameter_descriptions=True)


asyncio.run(main())
