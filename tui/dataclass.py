"""The `dataclass` of the standard library, for a fraction of its time: a first frame needs two hundred of them.

`dataclasses` compiles up to seven functions for each class, which takes 0.3 to 0.7 ms, whether an object is ever made
of it or not. Here all classes share those functions, and only `__init__` is compiled, with the first object. To a type
checker it is the standard library's own; the fields are, so that `replace`, `asdict` and patterns go with it. There is
no `repr`, `order`, `unsafe_hash`, `match_args` and `weakref_slot`, no `hash` of a field, which are refused, and no
`InitVar`. What a type checker refuses, such as a frozen class below one that is not, is not refused once more.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, fields
from operator import attrgetter
from reprlib import recursive_repr
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

_Class = type[Any]


def _dataclass(
    cls: _Class | None = None,
    /,
    *,
    init: bool = True,
    eq: bool = True,
    frozen: bool = False,
    slots: bool = False,
    kw_only: bool = False,
) -> Any:
    def made(cls: _Class) -> _Class:
        methods: dict[str, Any] = {}
        cls.__doc__ = cls.__doc__ or cls.__name__  # else `dataclasses` writes its signature there, which takes long
        own = vars(cls)
        cls = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
        if any(one.hash is not None for one in fields(cls)):
            raise TypeError(f"{cls.__qualname__}: all fields that are compared are hashed here")
        if init:
            methods["__init__"] = _first_init(cls, frozen)
        methods["__repr__"] = _repr
        if eq:
            methods |= _compared(cls, frozen)
        if frozen:
            methods |= {"__setattr__": _refuse, "__delattr__": _refuse}
        if frozen and slots:
            methods |= {"__getstate__": _state, "__setstate__": _set_state}
        for name, method in methods.items():
            if own.get(name) is None:  # Python puts None for the hash where `__eq__` was written
                setattr(cls, name, method)
        return cls

    return made if cls is None else made(cls)


def _first_init(cls: _Class, frozen: bool) -> Callable[..., None]:
    """What compiles the class's own `__init__`, and puts it in its place, unless another one stands there by now."""
    compiled: Callable[..., None] | None = None

    def first_init(self: Any, /, *args: Any, **kwargs: Any) -> None:
        nonlocal compiled
        if compiled is None:
            compiled = _init(cls, frozen)
            if vars(cls)["__init__"] is first_init:
                cls.__init__ = compiled
        compiled(self, *args, **kwargs)

    return first_init


def _init(cls: _Class, frozen: bool) -> Callable[..., None]:
    # Longer than any field's name, so that no parameter hides one of these; `self` is an ordinary name, too.
    ours = "_" * (1 + max((len(one.name) for one in fields(cls)), default=0))
    scope: dict[str, Any] = {f"{ours}missing": MISSING, f"{ours}set": object.__setattr__}
    places: list[str] = []
    names: list[str] = []
    lines: list[str] = []
    for one in fields(cls):
        value = name = one.name
        default = ""
        if one.default_factory is not MISSING:
            scope[f"{ours}make_{name}"], default = one.default_factory, f"={ours}missing"
            made = f"{ours}make_{name}()"
            value = f"{made} if {name} is {ours}missing else {name}" if one.init else made
        elif one.default is not MISSING:
            scope[f"{ours}default_{name}"], default = one.default, f"={ours}default_{name}"
            value = name if one.init else f"{ours}default_{name}"
        elif not one.init:
            continue  # whoever has it so sets it
        if one.init:
            (names if one.kw_only else places).append(f"{name}{default}")
        slot = getattr(cls, name, None)
        if not frozen:
            lines.append(f"{ours}self.{name} = {value}")
        elif isinstance(slot, MemberDescriptorType):  # takes a fifth of the time of a `__setattr__` that looks for it
            scope[f"{ours}set_{name}"] = slot.__set__
            lines.append(f"{ours}set_{name}({ours}self, {value})")
        else:
            lines.append(f"{ours}set({ours}self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append(f"{ours}self.__post_init__()")
    parameters = ", ".join([f"{ours}self", *places, *(["*"] if names else []), *names])
    exec(f"def __init__({parameters}):\n " + "\n ".join(lines or ["pass"]), scope)
    init: Callable[..., None] = scope["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"  # a wrong call is told by it
    return init


def _compared(cls: _Class, frozen: bool) -> dict[str, Any]:
    names = [one.name for one in fields(cls) if one.compare]
    values: Callable[[Any], Any] = attrgetter(*names) if names else lambda _: ()

    def equal(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    return {"__eq__": equal, "__hash__": hashed if frozen else None}


@recursive_repr()
def _repr(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{self.__class__.__qualname__}({shown})"


def _refuse(self: Any, name: str, *value: Any) -> None:
    raise FrozenInstanceError(f"cannot {'assign to' if value else 'delete'} field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, one.name) for one in fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for one, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    dataclass = _dataclass
