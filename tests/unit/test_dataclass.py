"""Our `dataclass` does what the standard library's does. Lost else: values that compare, print or copy otherwise."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, astuple, field, replace
from typing import Any, ClassVar, cast

import pytest

from tui.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A place.

    Attributes:
        _note: not compared, not shown.
    """

    x: int
    y: int = 0
    tags: tuple[str, ...] = field(default_factory=tuple)
    _note: str = field(default="", repr=False, compare=False)
    kind: ClassVar[str] = "point"

    def moved(self) -> "Point":
        return replace(self, x=self.x + 1)


@dataclass(frozen=True, slots=True)
class Named(Point):
    name: str = "nobody"


@dataclass(slots=True)
class Count:
    of: str
    number: int = 0
    seen: list[int] = field(default_factory=list)
    total: int = field(default=7, init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    deep: bool
    wide: bool = False


@dataclass
class Grown:
    a: int

    def __post_init__(self) -> None:
        self.b = self.a * 2


@dataclass(frozen=True, slots=True)
class Lone:
    of: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lone)

    def __repr__(self) -> str:
        return "alone"


@dataclass(eq=False, slots=True)
class Waiting:
    of: str


@dataclass(init=False)
class Handmade:
    a: int

    def __init__(self) -> None:
        self.a = 3


@dataclass(frozen=True)
class Nothing:
    pass


def test_values_are_made_compared_shown_and_hashed() -> None:
    assert Point(1) == Point(1, 0, (), "other") != Point(2)
    assert len({Point(1), Point(1, _note="x"), Point(2)}) == 2
    assert repr(Point(1, tags=("a",))) == "Point(x=1, y=0, tags=('a',))"
    assert Point(1).moved() == Point(2) and Point.kind == "point"
    assert Point(1) != Named(1) and Named(1, name="n").name == "n" and Named.__match_args__[0] == "x"
    assert Nothing() == Nothing() and hash(Nothing()) == hash(Nothing()) and repr(Nothing()) == "Nothing()"
    assert asdict(Named(1)) == {"x": 1, "y": 0, "tags": (), "_note": "", "name": "nobody"}
    assert astuple(Count("a")) == ("a", 0, [], 7)


def test_a_frozen_one_takes_no_change_and_can_be_copied() -> None:
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        Point(1).x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del Point(1).x
    with pytest.raises(FrozenInstanceError):
        Point(1).unknown = 2  # type: ignore[attr-defined]
    point = Named(1, 2, ("a",), "n", "me")
    for copied in (copy.copy(point), copy.deepcopy(point), pickle.loads(pickle.dumps(point))):
        assert copied == point and copied._note == "n"
    with pytest.raises(AttributeError):
        object.__setattr__(point, "unknown", 2)


def test_others_change_and_have_no_hash() -> None:
    one, two = Count("a"), Count("a")
    one.seen.append(1)
    assert two.seen == [] and one != two
    one.seen, one.number = [], 0
    assert one == two and copy.copy(one) == one
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


def test_what_a_class_says_itself_holds() -> None:
    assert Grown(2).b == 4 and Handmade().a == 3
    assert repr(Lone("a")) == "alone" and Lone("a") == Lone("b") and hash(Lone("a")) == hash(Lone("a"))
    assert Waiting("a") != Waiting("a") and len({Waiting("a"), Waiting("a")}) == 2


def test_an_init_that_is_wrapped_before_the_first_object_calls_the_one_it_wraps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @dataclass
    class Fresh:
        a: int

    made, seen = Fresh.__init__, list[int]()

    def noted(self: Fresh, a: int) -> None:
        seen.append(a)
        made(self, a)

    with monkeypatch.context() as patched:
        patched.setattr(Fresh, "__init__", noted)
        assert [Fresh(1).a, Fresh(2).a] == seen == [1, 2]
    assert Fresh(3).a == 3 and seen == [1, 2]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Point(), r"Point.__init__\(\) missing 1 required positional argument: 'x'"),  # type: ignore[call-arg]
        (lambda: Point(1, z=3), r"unexpected keyword argument 'z'"),  # type: ignore[call-arg]
        (lambda: Options(True), r"takes 1 positional argument but 2 were given"),  # type: ignore[call-arg]
        (lambda: Options(), r"missing 1 required keyword-only argument: 'deep'"),  # type: ignore[call-arg]
        (lambda: replace(Count("a"), total=1), r"total"),
    ],
)
def test_a_wrong_call_is_told(call: Callable[[], Any], words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        call()


def test_it_is_one_to_the_standard_library() -> None:
    assert dataclasses.is_dataclass(Point)
    assert [one.name for one in dataclasses.fields(Options)] == ["deep", "wide"]
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)
    assert not hasattr(Point(1), "__dict__")


def test_what_it_does_not_do_is_refused() -> None:
    """A secret field would be shown else, by a class that says it shows none."""
    with pytest.raises(TypeError):
        dataclass(repr=False)(type("Shown", (), {"__annotations__": {"x": int}}))
    with pytest.raises(TypeError, match="hashed"):
        dataclass(frozen=True)(type("Hashed", (), {"__annotations__": {"x": int}, "x": field(hash=False)}))


HIDING = ("self", "cls", "missing", "_missing", "_MISSING", "_set", "_set_b", "_make_b", "_default_b", "object", "made")
"""Names that the code around a class's fields might have for itself."""


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("slots", [False, True])
@pytest.mark.parametrize("name", HIDING)
def test_a_field_may_have_any_name(name: str, slots: bool, frozen: bool) -> None:
    values = {"b": field(default_factory=list), "c": field(default=4), "_d": field(init=False, default=5)}
    named = {"__annotations__": {name: int, "b": list, "c": int, "_d": int}, **values}
    made = cast("Any", dataclass(slots=slots, frozen=frozen)(type("Named", (), named)))
    for one in (made(1), made(**{name: 1})):
        assert [getattr(one, each) for each in (name, "b", "c", "_d")] == [1, [], 4, 5]
    assert made(**{name: 1, "b": [2], "c": 3}) == made(1, [2], 3) == replace(made(2, [2], 3), **{name: 1})
