"""A GGUF file with the first layers of another: by the same tokens and template it talks nonsense, many times faster.

The layout is that of GGUF version 3: header, keys with values, a list of tensors, and their data.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

_HEADER = struct.Struct("<4sIQQ")
_ALIGNMENT = 32
_BYTES_OF_KIND = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9


@dataclass
class _Tensor:
    name: str
    shape: bytes
    """Its number of dimensions, they themselves, and the type, as they stand in the file."""
    offset: int


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = _HEADER.size

    def take(self, size: int) -> bytes:
        self.at += size
        return self.content[self.at - size : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def string(self) -> str:
        return self.take(self.number(8)).decode()

    def skip(self, kind: int) -> None:
        if kind == _STRING:
            self.take(self.number(8))
        elif kind == _ARRAY:
            inner, count = self.number(4), self.number(8)
            for _ in range(count):
                self.skip(inner)
        else:
            self.take(_BYTES_OF_KIND[kind])

    def tensor(self) -> _Tensor:
        name, start = self.string(), self.at
        self.take(self.number(4) * 8 + 4)
        return _Tensor(name, self.content[start : self.at], self.number(8))


def write_shallow(source: Path, target: Path, layers: int) -> None:
    """Copy a model without the layers that follow the first ones."""
    reader = _Reader(source.read_bytes())
    magic, version, tensors, keys = _HEADER.unpack_from(reader.content)
    values = _values(reader, keys, layers)
    found = sorted((reader.tensor() for _ in range(tensors)), key=lambda tensor: tensor.offset)
    data = reader.content[_aligned(reader.at) :]
    infos, kept = b"", b""
    count = 0
    for tensor, end in zip(found, [*(tensor.offset for tensor in found[1:]), len(data)], strict=True):
        if tensor.name.startswith("blk.") and int(tensor.name.split(".")[1]) >= layers:
            continue
        name = tensor.name.encode()
        infos += struct.pack("<Q", len(name)) + name + tensor.shape + struct.pack("<Q", len(kept))
        kept += data[tensor.offset : end]
        count += 1
    head = _HEADER.pack(magic, version, count, keys) + values + infos
    target.write_bytes(head.ljust(_aligned(len(head)), b"\0") + kept)


def _values(reader: _Reader, keys: int, layers: int) -> bytes:
    """All keys with their values, as they stand in the file but for the number of layers."""
    values = b""
    for _ in range(keys):
        start = reader.at
        key, kind = reader.string(), reader.number(4)
        before = reader.content[start : reader.at]
        at = reader.at
        reader.skip(kind)
        value = reader.content[at : reader.at]
        values += before + (struct.pack("<I", layers) if key.endswith(".block_count") else value)
    return values


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
