"""Makes pydantic write our dataclasses by their schemas wherever it meets them. Knows none of them."""

from typing import Any

import pydantic

__all__ = ["SchemaSerializable"]


class _Serializer:
    """Made of the class's schema when it is first asked for, as that takes milliseconds."""

    def __get__(self, instance: object, owner: type) -> Any:
        serializer = pydantic.TypeAdapter(owner).serializer
        owner.__pydantic_serializer__ = serializer  # type: ignore[attr-defined]  # takes this descriptor's place
        return serializer


class SchemaSerializable:
    """Base of dataclasses some of whose fields are left out of JSON.

    `pydantic_core.to_jsonable_python`, which programs store histories with, and fields of type Any know no schema. They
    would write every field of a dataclass, but they use the serializer of a class that has one.
    """

    __pydantic_serializer__ = _Serializer()
